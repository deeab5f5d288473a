"""Where a push may go: a push endpoint is an attacker's URL until proved otherwise.

Two checks, at two times: ``check_endpoint`` when a browser hands a URL in, and
``is_public_address`` for the address a name resolved to, right before connecting (DNS may
answer something else by then).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from todoke.core.errors import TodokeError

#: longer endpoints are not made by any push service we know (the longest seen: ~700, WNS)
MAX_ENDPOINT = 2048
#: RFC 1035 section 2.3.4
MAX_HOST = 253
MAX_LABEL = 63

# One grammar instead of a URL library: what a library forgives (backslash, tabs, userinfo,
# upper case, "0x7f.1") is exactly what two parsers may read differently.
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
# RFC 3986 path + query; possessive, so that no text makes it try again from the start
_PATH = r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]++|%[0-9A-Fa-f]{2})*+"
_HTTPS = re.compile(rf"https://({_LABEL}(?:\.{_LABEL})+)(?::443)?({_PATH})")
_LOOPBACK = re.compile(rf"http://([a-z0-9.\[\]:-]+:[0-9]{{1,5}})({_PATH})")

#: networks of one's own; an organisation may also use 100.64.0.0/10 (RFC 6598) behind its carrier
_OWN = tuple(
    ipaddress.ip_network(each)
    for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last 32 bits
# special-purpose (RFC 6890 and its registries), though ``is_global`` of some Python says yes
_SPECIAL = tuple(
    ipaddress.ip_network(each)
    for each in (
        "192.0.0.0/24",  # IETF protocol assignments
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "64:ff9b:1::/48",  # local NAT64 (RFC 8215)
        "3fff::/20",  # documentation (RFC 9637)
        "5f00::/16",  # segment routing (RFC 9602)
        "fec0::/10",  # site-local, given up (RFC 3879) and still in use inside networks
    )
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A checked push endpoint. path: with query. loopback: a test service named in the
    settings, spoken to over plain HTTP. inside: a machine named in the settings, which may stand in
    the city's own network."""

    scheme: str
    host: str
    port: int
    path: str
    loopback: bool = False
    inside: bool = False

    @property
    def origin(self) -> str:
        """Scheme, host and non-default port: RFC 8292 section 2 ("aud")."""
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.loopback else "")

    @property
    def url(self) -> str:
        """The endpoint in its one canonical spelling."""
        return self.origin + self.path

    @property
    def resource(self) -> str:
        """What the push service tells apart: "/%54" is "/T", and "?1" after it is nothing,
        except at WNS, which carries its channel in the query."""
        path, mark, query = self.path.partition("?")
        named = self.origin + unquote(path)
        return named + mark + query if self.host.endswith(".notify.windows.com") else named


def check_endpoint(
    url: object, hosts: Sequence[str], allow_loopback: Sequence[str] = ()
) -> Endpoint:
    """The endpoint, if a message may be sent there.

    hosts: "updates.push.services.mozilla.com", or "*.notify.windows.com" for one or more
    labels in front. allow_loopback: "127.0.0.1:4321", from the settings, for tests only.
    Raises ``endpoint_refused`` with the rule broken, never with the URL (it is a secret of
    the person's browser).
    """
    if not isinstance(url, str):
        raise TodokeError("endpoint_refused", rule="text")
    if len(url) > MAX_ENDPOINT:
        raise TodokeError("endpoint_refused", rule="length", limit=MAX_ENDPOINT)
    if allow_loopback and (local := _LOOPBACK.fullmatch(url)):
        return _loopback(local[1], local[2], allow_loopback)
    parts = _HTTPS.fullmatch(url)
    if parts is None:
        raise TodokeError("endpoint_refused", rule="form")
    host = parts[1]
    if not _is_allowed(host, tuple(hosts)):
        raise TodokeError("endpoint_refused", rule="host")
    return Endpoint("https", host, 443, parts[2])


def _loopback(netloc: str, path: str, allowed: Sequence[str]) -> Endpoint:
    if netloc not in allowed:
        raise TodokeError("endpoint_refused", rule="host")
    host, _, port = netloc.rpartition(":")
    return Endpoint("http", host, int(port), path, loopback=True)


@lru_cache(maxsize=256)
def _is_allowed(host: str, hosts: tuple[str, ...]) -> bool:
    """Remembered: a page of messages goes to few hosts."""
    return _is_plain_name(host) and any(_is_host_allowed(host, each) for each in hosts)


def _is_plain_name(host: str) -> bool:
    """A DNS name of ordinary length without punycode: no push service has an IDN host."""
    labels = host.split(".")
    return len(host) <= MAX_HOST and all(
        len(label) <= MAX_LABEL and not label.startswith("xn--") for label in labels
    )


def _is_host_allowed(host: str, pattern: str) -> bool:
    """Compared label by label: "evil-notify.windows.com" is not "*.notify.windows.com"."""
    have, want = host.split("."), pattern.split(".")
    if want[0] == "*":
        return len(have) >= len(want) and have[-(len(want) - 1) :] == want[1:]
    return have == want


def is_public_address(address: str) -> bool:
    """Whether an IP address is one of the open internet, so that connecting to it cannot
    reach a machine of ours. Tunnelled forms are judged by the IPv4 address inside."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:  # "fe80::1%eth0", or no address at all
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped or parsed.sixtofour or parsed.teredo:
            return False  # no push service is reached that way; a smuggler is
        if parsed in _NAT64:
            return is_public_address(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
    if any(parsed in each for each in _SPECIAL):
        return False
    # multicast and some reserved ranges count as "global" for the ipaddress module
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


def is_city_address(address: str) -> bool:
    """An address of the open internet, or of a network of one's own (RFC 1918, RFC 4193). Never
    this machine, nor link-local ones, where a cloud keeps its keys (169.254.169.254)."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return is_public_address(address) or any(
        parsed.version == each.version and parsed in each for each in _OWN
    )


def is_loopback_address(address: str) -> bool:
    """127.0.0.0/8 or ::1."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
