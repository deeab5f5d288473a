"""A message counts only when these very bytes were signed about now."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.core import webhook
from todoke.core.errors import TodokeError

SECRET, OTHER = "whsec_first", "whsec_second"
NOW = 1_795_000_000
BODY = json.dumps({"id": "evt_1", "題": "見本"}, ensure_ascii=False).encode()


def refusal(header: str, body: bytes = BODY, secrets: tuple[str, ...] = (SECRET,)) -> str:
    """The rule that was broken."""
    with pytest.raises(TodokeError) as caught:
        webhook.read(secrets, header, body, NOW)
    assert caught.value.code == "webhook_refused"
    assert caught.value.status == 400
    return str(caught.value.details["rule"])


@pytest.mark.parametrize("late", [-300, -1, 0, 1, 300])
def test_a_signed_message_of_about_now_is_read(late: int) -> None:
    header = webhook.sign(SECRET, BODY, NOW + late)
    assert webhook.read([SECRET], header, BODY, NOW)["id"] == "evt_1"


@pytest.mark.parametrize("late", [-301, 301, -86_400, 3600, 10 * 365 * 86_400])
def test_an_old_or_future_message_is_refused(late: int) -> None:
    assert refusal(webhook.sign(SECRET, BODY, NOW + late)) == "timestamp"


@pytest.mark.parametrize("place", [0, len(BODY) // 2, len(BODY) - 1])
def test_one_changed_byte_is_refused(place: int) -> None:
    header = webhook.sign(SECRET, BODY, NOW)
    changed = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
    assert refusal(header, changed) == "signature"


def test_the_same_json_in_other_bytes_is_refused() -> None:
    header = webhook.sign(SECRET, BODY, NOW)
    assert refusal(header, json.dumps(json.loads(BODY)).encode()) == "signature"


def test_a_moved_timestamp_is_refused() -> None:
    old = webhook.sign(SECRET, BODY, NOW - 1000)
    assert refusal(old.replace(str(NOW - 1000), str(NOW))) == "signature"


def test_two_signatures_and_two_secrets_work_during_a_change() -> None:
    first, second = (webhook.sign(each, BODY, NOW) for each in (SECRET, OTHER))
    both = f"{first},{second.partition(',')[2]},v0=00"
    for secrets in ([SECRET], [OTHER], [SECRET, OTHER], [OTHER, SECRET]):
        assert webhook.read(secrets, both, BODY, NOW)["id"] == "evt_1"
    assert webhook.read([OTHER, SECRET], first, BODY, NOW)["id"] == "evt_1"


@pytest.mark.parametrize("secrets", [(), ("",), ("", "")])
def test_without_a_secret_nothing_is_accepted(secrets: tuple[str, ...]) -> None:
    assert refusal(webhook.sign("", BODY, NOW), secrets=secrets) == "signature"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=",
        "v1=",
        "t=1",
        f"t={NOW}",
        f"t={NOW},v1=",
        f"t={NOW},v1=zz",
        f"t={NOW},t={NOW},v1=" + "0" * 64,
        f"t=+{NOW},v1=" + "0" * 64,
        f"t={NOW}.0,v1=" + "0" * 64,
        f"t=１７９５,v1={'0' * 64}",
        "t=" + "9" * 400 + ",v1=" + "0" * 64,
        f"t={NOW}," + "v1=" + "0" * 5000,
        f"t={NOW},v0=" + "0" * 64,
        "\0\udcff",
    ],
)
def test_a_header_of_another_shape_is_refused(header: str) -> None:
    assert refusal(header) == "signature"


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'"x"', b"1", b"{", b"\xff\xfe", b"NaN", b"[" * 100_000, b"{}{}"],
)
def test_signed_junk_is_refused_too(body: bytes) -> None:
    assert refusal(webhook.sign(SECRET, body, NOW), body) == "json"


@given(st.text(max_size=200), st.binary(max_size=50))
def test_any_text_as_a_header_is_refused_and_never_a_defect(header: str, body: bytes) -> None:
    assert refusal(header, body) == "signature"
