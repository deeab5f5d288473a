"""Endpoints of push services: an attacker's URL until proved otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.core.endpoint import (
    MAX_ENDPOINT,
    check_endpoint,
    is_loopback_address,
    is_public_address,
)
from todoke.core.errors import TodokeError

HOSTS = (
    "fcm.googleapis.com",
    "jmt17.google.com",
    "updates.push.services.mozilla.com",
    "web.push.apple.com",
    "*.notify.windows.com",
)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc:APA91b-_x", "https://fcm.googleapis.com"),
        ("https://fcm.googleapis.com:443/wp/abc", "https://fcm.googleapis.com"),
        (
            "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
            "https://updates.push.services.mozilla.com",
        ),
        ("https://web.push.apple.com/QKz", "https://web.push.apple.com"),
        (
            "https://wns2-par02p.notify.windows.com/w/?token=BQYAAA%2b%3d",
            "https://wns2-par02p.notify.windows.com",
        ),
        ("https://a.b.notify.windows.com/w/", "https://a.b.notify.windows.com"),
    ],
)
def test_endpoints_of_real_push_services_are_taken(url: str, origin: str) -> None:
    endpoint = check_endpoint(url, HOSTS)
    assert endpoint.origin == origin
    assert endpoint.url == url.replace(":443/", "/")
    assert (endpoint.scheme, endpoint.port, endpoint.loopback) == ("https", 443, False)


HOSTILE = [
    # scheme
    "http://fcm.googleapis.com/x",
    "HTTPS://fcm.googleapis.com/x",
    "ftp://fcm.googleapis.com/x",
    "//fcm.googleapis.com/x",
    "https:/fcm.googleapis.com/x",
    "https:fcm.googleapis.com/x",
    "javascript:alert(1)//https://fcm.googleapis.com/x",
    "file:///etc/passwd",
    "gopher://fcm.googleapis.com:443/x",
    # port
    "https://fcm.googleapis.com:80/x",
    "https://fcm.googleapis.com:8443/x",
    "https://fcm.googleapis.com:0443/x",
    "https://fcm.googleapis.com:/x",
    "https://fcm.googleapis.com:443443/x",
    "https://fcm.googleapis.com:443@evil.example/x",
    # userinfo
    "https://evil@fcm.googleapis.com/x",
    "https://fcm.googleapis.com@evil.example/x",
    "https://fcm.googleapis.com%40evil.example/x",
    "https://u:p@fcm.googleapis.com/x",
    # other hosts, and hosts that only look alike
    "https://evil.example/x",
    "https://localhost/x",
    "https://fcm.googleapis.com.evil.example/x",
    "https://evilfcm.googleapis.com/x",
    "https://x.fcm.googleapis.com/x",
    "https://notify.windows.com/x",
    "https://evil-notify.windows.com/x",
    "https://evilnotify.windows.com/x",
    "https://a.notify.windows.com.evil.example/x",
    "https://.notify.windows.com/x",
    "https://a..notify.windows.com/x",
    "https://-a.notify.windows.com/x",
    "https://a-.notify.windows.com/x",
    "https://*.notify.windows.com/x",
    "https://a_b.notify.windows.com/x",
    f"https://{'a' * 64}.notify.windows.com/x",
    f"https://{'a.' * 120}notify.windows.com/x",
    # spelling of the host
    "https://FCM.googleapis.com/x",
    "https://fcm.googleapis.com./x",
    "https://fcm。googleapis。com/x",
    "https://fcm.ｇoogleapis.com/x",
    "https://fcm.gооgleapis.com/x",  # Cyrillic o
    "https://xn--fcm-abc.notify.windows.com/x",
    "https://fcm%2egoogleapis.com/x",
    "https://fcm\u00ad.googleapis.com/x",
    # IP literals in every spelling
    "https://127.0.0.1/x",
    "https://10.0.0.1/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://2130706433/x",
    "https://0x7f000001/x",
    "https://0x7f.0.0.1/x",
    "https://0177.0.0.1/x",
    "https://127.1/x",
    "https://[::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://[fe80::1%25eth0]/x",
    "https://８.８.８.８/x",
    "https://8.8.8.8/x",
    # what parsers disagree about
    "https://fcm.googleapis.com\\@evil.example/x",
    "https://evil.example\\fcm.googleapis.com/x",
    "https://fcm.googleapis.com\\x",
    "https:\\\\fcm.googleapis.com/x",
    "https://fcm.googleapis.com/x#fragment",
    "https://fcm.googleapis.com#@evil.example/",
    "https://fcm.googleapis.com?x",
    "https://fcm.googleapis.com",
    "https://fcm.googleapis.com/x y",
    "https://fcm.googleapis.com/x\r\nHost: evil.example",
    "https://fcm.googleapis.com/x\n",
    "\nhttps://fcm.googleapis.com/x",
    " https://fcm.googleapis.com/x",
    "https://fcm.googleapis.com/x\t",
    "https://fcm.goo\tgleapis.com/x",
    "https://fcm.googleapis.com/x\x00",
    "https://fcm.googleapis.com/%",
    "https://fcm.googleapis.com/%zz",
    "https://fcm.googleapis.com/お",
    'https://fcm.googleapis.com/"x',
    "https://fcm.googleapis.com/" + "x" * MAX_ENDPOINT,
    "",
    "https://",
]


@pytest.mark.parametrize("url", HOSTILE)
@pytest.mark.parametrize("loopback", [(), ("127.0.0.1:4321",)])
def test_a_hostile_endpoint_is_refused_without_repeating_it(
    url: str, loopback: tuple[str, ...]
) -> None:
    with pytest.raises(TodokeError) as refused:
        check_endpoint(url, HOSTS, loopback)
    assert refused.value.code == "endpoint_refused"
    assert not url or url not in str(refused.value)


@pytest.mark.parametrize("value", [None, 5, b"https://fcm.googleapis.com/x", ["https"], {}])
def test_an_endpoint_that_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(TodokeError, match="endpoint_refused"):
        check_endpoint(value, HOSTS)


def test_an_endpoint_of_exactly_the_longest_length_is_taken() -> None:
    start = "https://fcm.googleapis.com/"
    assert check_endpoint(start + "x" * (MAX_ENDPOINT - len(start)), HOSTS)


def test_a_test_service_on_the_loopback_is_taken_only_when_the_settings_name_it() -> None:
    url = "http://127.0.0.1:4321/push/abc"
    endpoint = check_endpoint(url, HOSTS, ("127.0.0.1:4321",))
    assert (endpoint.origin, endpoint.url) == ("http://127.0.0.1:4321", url)
    assert endpoint.loopback
    for hosts, allowed in ((HOSTS, ()), (HOSTS, ("127.0.0.1:4322",)), ((), ("127.0.0.1:432",))):
        with pytest.raises(TodokeError, match="endpoint_refused"):
            check_endpoint(url, hosts, allowed)


@given(
    st.text(alphabet="htps:/.@\\#?%[]0123456789abcdefgilmnowx-_ \t\r\n。A", max_size=80)
    | st.builds(
        "https://{}{}{}".format,
        st.text(max_size=6),
        st.sampled_from(HOSTS[:4]),
        st.text(max_size=8),
    )
)
def test_whatever_is_taken_really_names_an_allowed_host(url: str) -> None:
    try:
        endpoint = check_endpoint(url, HOSTS)
    except TodokeError:
        return
    assert endpoint.host in HOSTS[:4] or endpoint.host.endswith(".notify.windows.com")
    assert url.startswith(f"https://{endpoint.host}")
    assert url[len(f"https://{endpoint.host}") :].removeprefix(":443") == endpoint.path
    assert endpoint.path.isascii()
    assert endpoint.path.isprintable()
    assert check_endpoint(endpoint.url, HOSTS) == endpoint


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "255.255.255.255", "224.0.0.1", "239.1.1.1", "240.0.0.1", "192.0.2.1",
        "198.18.0.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1",
        "ff0e::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "2002:7f00:1::",
        "2002:808:808::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "localhost", "",
        "fec0::1", "3fff::1", "5f00::1", "192.0.0.8", "192.88.99.1", "0x7f.1", "2130706433",
    ],
)  # fmt: skip
def test_an_address_inside_somebodys_network_is_not_public(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "142.250.1.1", "2606:4700::1", "64:ff9b::808:808"])
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public_address(address)


def test_only_loopback_addresses_are_loopback() -> None:
    assert is_loopback_address("127.0.0.1")
    assert is_loopback_address("::1")
    assert not is_loopback_address("10.0.0.1")
    assert not is_loopback_address("localhost")
