"""The six fields of a signing certificate are read strictly. Everybody here is made up."""

from __future__ import annotations

from datetime import date

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from card_bridge import pretend_ca
from tests.parts.signing_certificates import ARC, certificate, fields, utf8
from todoke.core import card_person
from todoke.core.card_person import CardPerson
from todoke.core.errors import TodokeError


def refused(der: bytes) -> object:
    with pytest.raises(TodokeError) as caught:
        card_person.read(der)
    assert caught.value.code == "card_refused"
    assert set(caught.value.details) == {"rule"}  # nothing of the person
    return caught.value.details["rule"]


def test_the_pretend_card_describes_its_made_up_person() -> None:
    issued = pretend_ca.issue_signing(kind="ES384")
    der = x509.load_pem_x509_certificate(issued.card).public_bytes(Encoding.DER)
    assert card_person.read(der) == CardPerson(
        name="見本　はなこ",
        name_substitutes="000000",
        address="見本県みなと野市見本町一丁目１番１号",
        address_substitutes="0" * 18,
        born=date(1990, 4, 1),
        sex="2",
    )


def test_the_order_does_not_matter_and_other_names_are_passed_by() -> None:
    more = [*reversed(fields()), (f"{ARC}.7", utf8("x")), ("1.2.3.4", b"\x05\x00")]
    assert card_person.read(certificate(more)) == card_person.read(certificate(fields()))


def test_letters_that_stand_for_others_are_told_one_by_one() -> None:
    found = card_person.read(certificate(fields(n1="辺見本　花子", n2="100000")))
    assert (found.name, found.name_substitutes) == ("辺見本　花子", "100000")


@pytest.mark.parametrize("text", ["400000000", "419900400", "419900001"])
def test_a_birth_date_that_nobody_knows_is_none(text: str) -> None:
    assert card_person.read(certificate(fields(n4=text))).born is None


@pytest.mark.parametrize(
    "changed",
    [
        {"n1": None},
        {"n2": None},
        {"n3": None},
        {"n4": None},
        {"n5": None},
        {"n6": None},
        {"n1": ""},
        {"n1": "　"},
        {"n1": "見" * 101},
        {"n1": "見\u202e本"},
        {"n1": "見\n本"},
        {"n2": "00000"},
        {"n2": "0000000"},
        {"n2": "00000x"},
        {"n3": "0"},
        {"n3": "女"},
        {"n4": "19900401"},
        {"n4": "619900401"},
        {"n4": "419900230"},
        {"n4": "41990040１"},
        {"n5": ""},
        {"n5": "見" * 201},
        {"n6": "2" * 18},
    ],
)
def test_a_field_that_cannot_be_is_refused(changed: dict[str, str | None]) -> None:
    assert refused(certificate(fields(**changed))) == "card_person"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x0c",
        b"\x0c\x05mihon\x00",
        b"\x0c\x06mihon",
        b"\x13\x05mihon",
        b"\x0c\x81\x05mihon",
        b"\x0c\x80mihon\x00\x00",
        b"\x0c\x82\x00\x05mihon",
        b"\x0c\x83\x00\x00\x05mihon",
        b"\x0c\xff",
        b"\x0c\x02\xff\xfe",
    ],
)
def test_a_text_not_written_in_der_is_refused(value: bytes) -> None:
    """Most of these no library would put into a certificate, or read out of one."""
    with pytest.raises(TodokeError) as caught:
        card_person._utf8(value)
    assert caught.value.details == {"rule": "card_person"}


@given(st.text(max_size=200))
def test_a_text_written_in_der_is_read(text: str) -> None:
    assert card_person._utf8(utf8(text)) == text


def test_a_field_that_comes_twice_is_refused() -> None:
    assert refused(certificate([*fields(), fields()[0]])) == "card_person"
    without = [each for each in fields() if each[0] != f"{ARC}.2"]
    assert refused(certificate([*without, without[0]])) == "card_person"


def test_too_many_names_are_refused() -> None:
    more = [(f"1.2.3.{number}", b"\x05\x00") for number in range(20)]
    assert refused(certificate([*fields(), *more])) == "card_person"


def test_no_extension_and_no_certificate_are_refused() -> None:
    assert refused(certificate(None)) == "card_person"
    assert refused(b"") == "card_shape"
    assert refused(certificate(fields())[:-1]) == "card_shape"
    assert refused(certificate(fields()) + b"\0") == "card_shape"
    assert refused(b"\x30\x82" + b"\xff" * 5000) == "card_shape"


def test_the_certificate_for_login_describes_nobody() -> None:
    issued = pretend_ca.issue(kind="ES384")
    der = x509.load_pem_x509_certificate(issued.card).public_bytes(Encoding.DER)
    assert refused(der) == "card_person"


@given(st.integers(min_value=0, max_value=2000), st.integers(min_value=0, max_value=255))
def test_any_changed_byte_is_read_or_refused_by_name(place: int, byte: int) -> None:
    der = bytearray(certificate(fields()))
    der[place % len(der)] = byte
    try:
        card_person.read(bytes(der))
    except TodokeError as error:
        if error.code != "card_refused":
            raise
