"""The person whom a signing certificate (署名用電子証明書) describes: its otherNames
1.2.392.200149.8.5.5.1 to .6, as the profile of J-LIS has them and as a test card was seen to write
them (facts of 2026-11, confidence medium: the profile itself could not be read).

Nothing here asks whether the certificate is genuine: whoever reads one has verified it before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from todoke.core import form_text
from todoke.core.errors import TodokeError
from todoke.core.token import MAX_CERTIFICATE_BYTES

_ARC = "1.2.392.200149.8.5.5."
_NAME, _NAME_MARKS, _SEX, _BORN, _ADDRESS, _ADDRESS_MARKS = (f"{_ARC}{n}" for n in range(1, 7))
_FIELDS = (_NAME, _NAME_MARKS, _SEX, _BORN, _ADDRESS, _ADDRESS_MARKS)
#: letters; far more than any residence certificate has
MAX_NAME, MAX_ADDRESS = 100, 200
#: names of a certificate: six, and a few that a later profile may add
MAX_NAMES = 16
#: DER of a UTF8String (ITU-T X.690 section 8.1.3): tag, then one to three bytes of length
_UTF8_STRING = 0x0C
#: ISO/IEC 5218
_SEXES = ("1", "2", "9")
#: one digit of the era (元号: 1 明治 … 5 令和), then the day as in the West
_DAY = re.compile("[0-5]([0-9]{4})([0-9]{2})([0-9]{2})")
_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


@dataclass(frozen=True, slots=True)
class CardPerson:
    """What the certificate says. substitutes: one digit a letter, "1" where it stands for one that
    a certificate cannot hold (代替文字). born: None where a part of the day is not known. sex: "1",
    "2", or "9"."""

    name: str
    name_substitutes: str
    address: str
    address_substitutes: str
    born: date | None
    sex: str


def read(certificate: bytes) -> CardPerson:
    """The person of a verified certificate. certificate: DER. Raises ``card_refused`` (rule
    card_shape for what is no certificate, card_person for one without these six fields)."""
    texts = _texts(certificate)
    name, address = _line(texts[_NAME], MAX_NAME), _line(texts[_ADDRESS], MAX_ADDRESS)
    if texts[_SEX] not in _SEXES:
        raise _refused("card_person")
    return CardPerson(
        name=name,
        name_substitutes=_marks(texts[_NAME_MARKS], name),
        address=address,
        address_substitutes=_marks(texts[_ADDRESS_MARKS], address),
        born=_born(texts[_BORN]),
        sex=texts[_SEX],
    )


def _refused(rule: str) -> TodokeError:
    return TodokeError("card_refused", rule=rule)


def _texts(certificate: bytes) -> Mapping[str, str]:
    """Each of the six fields once."""
    if len(certificate) > MAX_CERTIFICATE_BYTES:
        raise _refused("card_shape")
    try:
        leaf = x509.load_der_x509_certificate(certificate)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound as error:
        raise _refused("card_person") from error
    except _UNREADABLE as error:
        raise _refused("card_shape") from error
    others = [each for each in names if isinstance(each, x509.OtherName)]
    mine = [each for each in others if each.type_id.dotted_string in _FIELDS]
    if len(list(names)) > MAX_NAMES or len(mine) != len(_FIELDS):
        raise _refused("card_person")
    texts = {each.type_id.dotted_string: _utf8(each.value) for each in mine}
    if len(texts) != len(_FIELDS):  # one of them twice
        raise _refused("card_person")
    return texts


def _utf8(value: bytes) -> str:
    """The text of one UTF8String, which is all that is there; its length in the shortest form."""
    size, head = (value[1], 2) if len(value) > 1 else (-1, 0)
    if size > 0x80:
        count = size - 0x80
        size, head = int.from_bytes(value[2 : 2 + count], "big"), 2 + count
        shortest = count <= 2 and size >= (0x80 if count == 1 else 0x100)
        size = size if shortest else -1
    if value[:1] != bytes([_UTF8_STRING]) or size != len(value) - head:
        raise _refused("card_person")
    try:
        return value[head:].decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused("card_person") from error


def _line(text: str, most: int) -> str:
    if not text.strip() or len(text) > most or form_text.has_unseen(text) or "\n" in text:
        raise _refused("card_person")
    return text


def _marks(text: str, of: str) -> str:
    if len(text) != len(of) or set(text) - {"0", "1"}:
        raise _refused("card_person")
    return text


def _born(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    if found is None:
        raise _refused("card_person")
    year, month, day = (int(each) for each in found.groups())
    if 0 in (year, month, day):  # 不詳
        return None
    try:
        return date(year, month, day)
    except ValueError as error:
        raise _refused("card_person") from error
