"""The push service of the tests is strict, remembers, and misbehaves when told to.

A weak oracle proves nothing: each rule here is one that a nearly right sender would break.
The sender is pywebpush (not ours), the sockets are real.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.parts.autopush import Conversation
from tests.parts.phone import Phone, Subscription, encode
from tests.parts.push_service import PushService, Whim
from tests.parts.sender import CONTACT, Sender
from tests.parts.waiting import wait_for

TITLE = b'{"title":"\xe3\x81\x8a\xe7\x9f\xa5\xe3\x82\x89\xe3\x81\x9b"}'


class Clock:
    """Turned by hand."""

    def __init__(self) -> None:
        self.at = time.time()

    def __call__(self) -> float:
        return self.at


def post(
    sender: Sender,
    subscription: Subscription,
    data: bytes = TITLE,
    headers: Mapping[str, str | None] | None = None,
    body: bytes | None = None,
) -> requests.Response:
    return sender.send(subscription.as_browser_gives_it(), data, headers, body)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(clock: Clock) -> Iterator[PushService]:
    with PushService(now=clock) as running:
        yield running


@pytest.fixture
def sender(service: PushService) -> Sender:
    return Sender(service)


@pytest.fixture
def phone(service: PushService) -> Iterator[Phone]:
    connected = Phone(service.port).connect()
    yield connected
    connected.disconnect()


@pytest.fixture
def subscription(phone: Phone, sender: Sender) -> Subscription:
    return phone.subscribe(sender.key)


def test_a_right_message_arrives_sealed_and_opens(
    sender: Sender, phone: Phone, subscription: Subscription
) -> None:
    answer = post(sender, subscription)
    assert answer.status_code == 201
    assert answer.headers["Location"].startswith(sender.service.origin)
    said = phone.receive()
    assert said["headers"] == {"encoding": "aes128gcm"}
    raw = base64.urlsafe_b64decode(said["data"] + "==")
    assert TITLE not in raw
    assert subscription.open(raw) == TITLE
    wait_for(lambda: sender.service.room.waiting() == 0, "the acknowledgement")


def test_the_log_holds_headers_and_length_but_no_credential(
    sender: Sender, service: PushService, subscription: Subscription
) -> None:
    post(sender, subscription, headers={"Topic": "abc", "Urgency": "low"})
    (arrival,) = service.arrivals
    assert arrival.headers["Topic"] == "abc"
    assert arrival.length > 0
    assert subscription.endpoint.endswith(arrival.endpoint)
    assert "Authorization" not in arrival.headers


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"aud": "https://updates.push.services.mozilla.com"}, 403),
        ({"aud": None}, 403),
        ({"exp": int(time.time()) - 1}, 403),
        ({"exp": int(time.time()) + 25 * 3600}, 403),
        ({"exp": "tomorrow"}, 403),
        ({"sub": "push@minatono.lg.jp"}, 403),
        ({"sub": "mailto:nobody"}, 403),
        ({"sub": "mailto:push@localhost"}, 403),
        ({"sub": "https://localhost"}, 403),
        ({"sub": "http://minatono.lg.jp"}, 403),
        ({"sub": "https://minatono.lg.jp/push"}, 201),
        ({"exp": int(time.time()) + 23 * 3600}, 201),
    ],
)
def test_vapid_claims_are_judged_strictly(
    sender: Sender, subscription: Subscription, claims: dict[str, Any], status: int
) -> None:
    # py_vapid itself refuses some of these, so the token is signed by hand
    answer = post(sender, subscription, headers={"Authorization": _signed_by_hand(sender, claims)})
    assert answer.status_code == status, answer.headers.get("X-Why")


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("Bearer x", 401),
        ("vapid", 401),
        ("vapid t=a.b.c", 401),
        ("vapid t=a.b.c, k=AAAA", 401),
        ("WebPush a.b.c", 401),
    ],
)
def test_a_message_without_a_vapid_header_is_refused(
    sender: Sender, subscription: Subscription, authorization: str | None, status: int
) -> None:
    answer = post(sender, subscription, headers={"Authorization": authorization})
    assert answer.status_code == status


def test_another_servers_key_is_refused_although_its_signature_fits(
    service: PushService, subscription: Subscription
) -> None:
    assert post(Sender(service), subscription).status_code == 403


def test_an_unrestricted_subscription_takes_any_valid_key(
    service: PushService, phone: Phone
) -> None:
    assert post(Sender(service), phone.subscribe()).status_code == 201


def test_a_signature_by_another_key_is_refused(
    sender: Sender, service: PushService, subscription: Subscription
) -> None:
    token = Sender(service).authorization().partition("t=")[2].partition(",")[0]
    forged = f"vapid t={token}, k={encode(sender.key)}"
    assert post(sender, subscription, headers={"Authorization": forged}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"TTL": None},
        {"TTL": "soon"},
        {"TTL": "-1"},
        {"Urgency": "urgent"},
        {"Topic": "a" * 33},
        {"Topic": "ä".encode().decode("latin-1")},
        {"Topic": ""},
        {"Content-Encoding": None},
        {"Content-Encoding": "aesgcm"},
    ],
)
def test_a_wrong_header_is_refused(
    sender: Sender, subscription: Subscription, headers: dict[str, str | None]
) -> None:
    assert post(sender, subscription, headers=headers).status_code == 400


def test_4096_bytes_pass_and_one_more_does_not(
    sender: Sender, subscription: Subscription, phone: Phone
) -> None:
    whole = sender.seal(subscription.as_browser_gives_it(), b"x" * 3993)
    assert len(whole) == 4096
    assert post(sender, subscription, body=whole).status_code == 201
    assert phone.next_message() == b"x" * 3993
    assert post(sender, subscription, body=whole + b"x").status_code == 413


#: salt, record size 4,096, a key id of 65 bytes that are no point, some ciphertext
NO_POINT = bytes(16) + (4096).to_bytes(4, "big") + bytes([65]) + b"\4" + bytes(64) + bytes(40)


@pytest.mark.parametrize("broken", [b"", b"hello", b"\0" * 200, NO_POINT])
def test_a_body_that_was_never_sealed_is_refused(
    sender: Sender, subscription: Subscription, broken: bytes
) -> None:
    assert post(sender, subscription, body=broken).status_code == 400


def test_unknown_is_404_and_left_or_forgotten_is_410(
    sender: Sender, phone: Phone, subscription: Subscription, service: PushService
) -> None:
    stranger = Subscription(
        f"{service.origin}/push/nobody", "x", subscription.private, subscription.auth
    )
    assert post(sender, stranger).status_code == 404
    second = phone.subscribe(sender.key)
    phone.leave(second)
    assert post(sender, second).status_code == 410
    service.forget_all()
    assert post(sender, subscription).status_code == 410


def test_a_dark_phone_gets_the_newest_of_a_topic_once_and_other_topics_too(
    sender: Sender, phone: Phone, subscription: Subscription, service: PushService
) -> None:
    service.go_dark()
    for words, topic in ((b"old", "a"), (b"other", "b"), (b"new", "a")):
        assert post(sender, subscription, words, {"Topic": topic}).status_code == 201
    with pytest.raises(ConnectionError):
        Phone(service.port).connect()
    service.light()
    phone.disconnect()
    phone.connect()
    arrived = [_opened(phone.receive(), subscription) for _ in range(2)]
    assert arrived == [b"other", b"new"]
    assert phone.next_message() is None
    assert service.room.counts["replaced"] == 1


def test_the_same_topic_of_another_subscription_is_not_replaced(
    sender: Sender, phone: Phone, subscription: Subscription, service: PushService
) -> None:
    second = phone.subscribe(sender.key)
    service.go_dark()
    post(sender, subscription, headers={"Topic": "a"})
    post(sender, second, headers={"Topic": "a"})
    assert service.room.waiting() == 2


def test_what_was_not_acknowledged_comes_again_and_what_was_does_not(
    sender: Sender, phone: Phone, subscription: Subscription
) -> None:
    post(sender, subscription, b"first")
    first = phone.receive(acknowledge=False)
    phone.disconnect()
    phone.connect()
    again = phone.receive()
    assert again["version"] == first["version"]
    assert phone.next_message() is None  # answered in order: the acknowledgement was read before
    phone.disconnect()
    phone.connect()
    assert phone.next_message() is None


def test_a_message_outlives_its_ttl_nowhere(
    sender: Sender, phone: Phone, subscription: Subscription, clock: Clock
) -> None:
    service = sender.service
    service.go_dark()
    wait_for(lambda: not service.room.online(), "the phone to be dark")
    post(sender, subscription, b"short", {"TTL": "60"})
    post(sender, subscription, b"long", {"TTL": "600"})
    assert post(sender, subscription, b"now or never", {"TTL": "0"}).status_code == 201
    clock.at += 61
    service.light()
    phone.disconnect()
    phone.connect()
    assert _opened(phone.receive(), subscription) == b"long"
    assert phone.next_message() is None


def test_now_or_never_is_never_for_a_dark_phone_and_now_for_another(
    sender: Sender, phone: Phone, subscription: Subscription
) -> None:
    post(sender, subscription, b"now", {"TTL": "0"})
    assert phone.next_message() == b"now"
    sender.service.go_dark()
    wait_for(lambda: not sender.service.room.online(), "the phone to be dark")
    post(sender, subscription, b"never", {"TTL": "0"})
    assert sender.service.room.waiting() == 0


def test_whoever_says_hello_while_it_grows_dark_is_not_let_in(service: PushService) -> None:
    phone = Phone(service.port).connect()
    service.go_dark()
    assert service.room.hello(phone.id, Conversation.__new__(Conversation)) is None
    phone.disconnect()


def test_a_forgotten_phone_gets_a_new_id(phone: Phone, service: PushService) -> None:
    before = phone.id
    phone.disconnect()
    phone.connect()
    assert phone.id == before
    service.forget_all()
    phone.disconnect()
    phone.connect()
    assert phone.id != before


@pytest.mark.parametrize("status", [429, 503, 410, 406, 500, 404])
def test_it_answers_as_told_and_then_takes_nothing(
    sender: Sender, subscription: Subscription, service: PushService, status: int
) -> None:
    service.next_answers(Whim(status=status, retry_after="120"))
    answer = post(sender, subscription)
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "120")
    assert service.accepted == 0
    assert post(sender, subscription).status_code == 201


def test_a_lost_answer_is_lost_after_the_message_was_taken(
    sender: Sender, phone: Phone, subscription: Subscription, service: PushService
) -> None:
    service.next_answers(Whim(lose_answer=True))
    with pytest.raises(requests.ConnectionError):
        post(sender, subscription)
    assert phone.next_message() == TITLE


def test_it_redirects_and_floods_when_told(
    sender: Sender, subscription: Subscription, service: PushService
) -> None:
    service.always(Whim(status=307, location="http://127.0.0.1:1/elsewhere"))
    answer = post(sender, subscription)
    assert (answer.status_code, answer.headers["Location"]) == (
        307,
        "http://127.0.0.1:1/elsewhere",
    )
    service.always(Whim(body_bytes=50_000_000))
    assert len(post(sender, subscription).content) == 50_000_000
    service.always(None)
    assert post(sender, subscription).content == b""


def test_stopping_does_not_wait_for_a_delayed_answer(clock: Clock) -> None:
    with PushService(now=clock) as service:
        phone = Phone(service.port).connect()
        sender = Sender(service)
        subscription = phone.subscribe(sender.key)
        service.always(Whim(delay_seconds=3600))
        with pytest.raises(requests.Timeout):
            requests.post(subscription.endpoint, data=b"x", timeout=0.2)
    phone.disconnect()


def test_by_http_it_is_controlled_and_reports(
    sender: Sender, subscription: Subscription, service: PushService
) -> None:
    control = f"{service.origin}/control"
    assert requests.post(control, json={"act": "go_dark"}, timeout=20).status_code == 200
    post(sender, subscription)
    report = requests.get(control, timeout=20).json()
    assert report["waiting"] == 1
    assert report["counts"]["accepted"] == 1
    said = json.dumps({"act": "next_answers", "whims": [{"status": 503}]})
    requests.post(control, data=said, timeout=20)
    assert post(sender, subscription).status_code == 503


def _opened(said: Any, subscription: Subscription) -> bytes:
    return subscription.open(base64.urlsafe_b64decode(said["data"] + "=="))


def _signed_by_hand(sender: Sender, changed: dict[str, Any]) -> str:
    claims = {
        "aud": sender.service.origin,
        "exp": int(sender.service.now()) + 3600,
        "sub": CONTACT,
    } | changed
    claims = {name: value for name, value in claims.items() if value is not None}
    head = encode(json.dumps({"typ": "JWT", "alg": "ES256"}).encode())
    signed = f"{head}.{encode(json.dumps(claims).encode())}"
    key: ec.EllipticCurvePrivateKey = sender.vapid.private_key
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    signature = encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={signed}.{signature}, k={encode(sender.key)}"
