"""One-time codes of an app: the vectors of the RFCs, and what holds for any secret and time."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as some

from todoke.core import totp

#: the secret of RFC 4226 appendix D and RFC 6238 appendix B
SECRET = b"12345678901234567890"
SECRETS = some.binary(min_size=totp.SECRET_BYTES, max_size=totp.SECRET_BYTES)
MOMENTS = some.integers(min_value=10_000, max_value=20_000_000_000)


def test_the_ten_codes_of_rfc_4226() -> None:
    wanted = [
        "755224",
        "287082",
        "359152",
        "969429",
        "338314",
        "254676",
        "287922",
        "162583",
        "399871",
        "520489",
    ]
    assert [totp.at(SECRET, step) for step in range(10)] == wanted


@pytest.mark.parametrize(
    ("unix", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_codes_of_rfc_6238_appendix_b(unix: int, code: str) -> None:
    assert totp.at(SECRET, totp.step_of(unix), 8) == code


@given(SECRETS, MOMENTS, some.integers(min_value=-5, max_value=5))
def test_a_code_holds_for_its_step_and_one_to_either_side(
    secret: bytes, unix: int, away: int
) -> None:
    step = totp.step_of(unix)
    code = totp.at(secret, step + away)
    shown = {totp.at(secret, each) for each in (step - 1, step, step + 1)}
    assert (totp.matching(secret, code, unix, -1) is not None) == (code in shown)


@given(SECRETS, MOMENTS)
def test_a_step_that_was_used_and_all_before_it_are_over(secret: bytes, unix: int) -> None:
    step = totp.step_of(unix)
    for each in (step - 1, step, step + 1):
        found = totp.matching(secret, totp.at(secret, each), unix, -1)
        assert found is not None
        assert totp.matching(secret, totp.at(secret, each), unix, found) is None
        assert totp.matching(secret, totp.at(secret, each), unix, step + 1) is None


@given(SECRETS, some.integers(min_value=0, max_value=10**9))
def test_a_code_is_six_digits_and_is_read_back_however_it_is_typed(
    secret: bytes, step: int
) -> None:
    code = totp.at(secret, step)
    assert len(code) == 6
    wide = code.translate({ord("0") + each: 0xFF10 + each for each in range(10)})
    for typed in (code, f" {code[:3]} {code[3:]} ", f"{code[:3]}-{code[3:]}", wide):
        assert totp.read(typed) == code


@given(some.text(max_size=100))
def test_what_is_no_code_is_never_read_as_one(text: str) -> None:
    found = totp.read(text)
    assert found is None or (len(found) == 6 and found.isascii() and found.isdigit())


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "٣٤٥٦٧٨", "1" * 65, "1 2 3"])
def test_another_text_is_no_code(typed: str) -> None:
    assert totp.read(typed) is None


@given(SECRETS)
def test_what_is_shown_and_what_the_picture_says_are_the_secret(secret: bytes) -> None:
    text = totp.shown(secret).replace(" ", "")
    assert base64.b32decode(text + "=" * (-len(text) % 8)) == secret
    found = urlsplit(totp.address(secret, "console.minatono.example", "S-1a2b3c4d"))
    assert (found.scheme, found.netloc) == ("otpauth", "totp")
    assert unquote(found.path) == "/console.minatono.example:S-1a2b3c4d"
    asked = parse_qs(found.query)
    assert asked == {"secret": [text], "issuer": ["console.minatono.example"]}
