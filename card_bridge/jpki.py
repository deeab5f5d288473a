"""The JPKI application (公的個人認証) in APDUs: the certificate for user authentication
(利用者証明用電子証明書) and the one for signing (署名用電子証明書).

The other applications of the card are no part of this program: one of them can reveal the
My Number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from card_bridge import der, pinpad
from card_bridge.errors import BridgeError
from card_bridge.transport import Card, Pad

if TYPE_CHECKING:
    from card_bridge.algorithms import Algorithm


@dataclass(frozen=True, slots=True)
class Credential:
    """One of the card's two certificates: its files (authority is its issuer's certificate), how
    its secret is written, and how many wrong ones lock it. place: its byte in file 0008."""

    certificate: int
    authority: int
    key: int
    pin: int
    shortest: int
    longest: int
    letters: bytes
    tries: int
    place: int

    def takes(self, secret: bytes | bytearray) -> bool:
        """Whether a secret has the right shape: looked at before the card is shown anything."""
        fits = self.shortest <= len(secret) <= self.longest
        return fits and all(each in self.letters for each in secret)

    @property
    def typed_on_keys(self) -> bool:
        """Whether the keys of a reader can write the secret: they have digits only."""
        return self.letters == _DIGITS and self.shortest == self.longest


_DIGITS = b"0123456789"
AUTHENTICATION = Credential(0x000A, 0x000B, 0x0017, 0x0018, 4, 4, _DIGITS, 3, 1)
SIGNING = Credential(
    0x0001, 0x0002, 0x001A, 0x001B, 6, 16, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ" + _DIGITS, 5, 0
)

AID = bytes.fromhex("D392F000260100000001")
CERTIFICATE, KEY, PIN = AUTHENTICATION.certificate, AUTHENTICATION.key, AUTHENTICATION.pin
PIN_DIGITS = AUTHENTICATION.longest
#: CK_TOKEN_INFO of PKCS#11, its label first; and which certificates the card carries
TOKEN_INFO, PRESENT = 0x0006, 0x0008
_LABEL_BYTES = 32
#: the label of a 住民基本台帳カード
_OLD_CARD = b"JPKIAPICCTOKEN"
#: file 0008 has this for a certificate that is there (8F 8F 00: reported from a test card with
#: both). What it has otherwise nobody published: that any other value means absent, and which
#: byte is whose, is a guess
_THERE = 0x8F
#: certificates of real cards measure 1,178 to 1,480 bytes
_LARGEST_CERTIFICATE = 4096
#: answers that a card may split one answer into (61xx), and corrections of Le (6Cxx)
_MOST_PARTS = 16
_DONE, _END_OF_FILE = 0x9000, 0x6282
_BLOCKED = (0x63C0, 0x6983, 0x6984)


def open_application(card: Card) -> None:
    """Selects JPKI; ``card_unknown`` when this card has no such application, ``card_old`` for a
    住基カード."""
    _answer, status = _transmit(card, b"\x00\xa4\x04\x0c" + bytes([len(AID)]) + AID)
    if status != _DONE:
        raise BridgeError("card_unknown")
    label = _short_file(card, TOKEN_INFO, _LABEL_BYTES)
    if label is not None and label.rstrip(b" \0\xff") == _OLD_CARD:
        raise BridgeError("card_old")


def require(card: Card, credential: Credential) -> None:
    """``card_without_signing`` when the card does not carry the certificate (children under 15
    have none for signing), before anybody is asked for its secret."""
    present = _short_file(card, PRESENT, 3)
    # a card without this file says nothing, and no is for the file to say
    if present is not None and present[credential.place : credential.place + 1] != bytes([_THERE]):
        wanted = credential == SIGNING
        raise BridgeError("card_without_signing" if wanted else "card_unknown")


def certificate(card: Card, credential: Credential = AUTHENTICATION) -> bytes:
    """The certificate in DER, without the filler behind it. The one for signing holds name and
    address, and is read after its password was shown."""
    return _certificate(card, credential.certificate)


def authority(card: Card, credential: Credential = AUTHENTICATION) -> bytes:
    """The certificate of its issuer in DER, as the card has it: no reason to trust it."""
    return _certificate(card, credential.authority)


def check_days(der_certificate: bytes, now: datetime) -> None:
    """``card_expired`` and ``card_not_yet`` by the certificate's own dates, so that nobody types
    a PIN for nothing. now: aware."""
    from card_bridge import algorithms

    start, end = algorithms.days(der_certificate)
    if now > end:
        raise BridgeError("card_expired")
    if now < start:
        raise BridgeError("card_not_yet")


def tries_left(card: Card, credential: Credential = AUTHENTICATION) -> int:
    """Wrong PINs until the card locks, 0 when it is locked. Costs none: an empty VERIFY."""
    _select(card, credential.pin)
    _answer, status = _transmit(card, b"\x00\x20\x00\x80")
    if status in _BLOCKED:
        return 0
    if status & 0xFFF0 == 0x63C0:
        return status & 0x0F
    raise BridgeError("card_failed")


def verify(card: Card, pin: bytearray, credential: Credential = AUTHENTICATION) -> None:
    """Shows the PIN to the card, exactly once. ``pin_wrong`` with ``left``, or ``pin_blocked``."""
    _select(card, credential.pin)
    apdu = bytearray(b"\x00\x20\x00\x80") + bytes([len(pin)]) + pin
    try:
        answer = card.exchange(apdu)
    finally:
        apdu[:] = bytes(len(apdu))
    _told(answer)


def verify_on(pad: Pad, card: Card, credential: Credential = AUTHENTICATION) -> None:
    """Lets the reader show the PIN that is typed on its keys to the card, once. As ``verify``; and
    ``pin_timeout``, ``pin_cancelled``, ``pin_length``, ``pad_failed`` from the reader."""
    _select(card, credential.pin)
    answer = pad.enter(pinpad.structure(credential.longest))
    pinpad.check(answer)
    _told(answer)


def _told(answer: bytes) -> None:
    """What the card said to a PIN."""
    status = int.from_bytes(answer[-2:], "big") if len(answer) == 2 else 0
    if status in _BLOCKED:
        raise BridgeError("pin_blocked")
    if status & 0xFFF0 == 0x63C0:
        raise BridgeError("pin_wrong", left=status & 0x0F)
    if status != _DONE:
        raise BridgeError("card_failed")


def sign(
    card: Card,
    message: bytes,
    algorithm: Algorithm | None = None,
    credential: Credential = AUTHENTICATION,
) -> bytes:
    """The signature over the message, by the key that the PIN opened. algorithm: that of the
    certificate (``algorithms.of``); None is that of today's cards."""
    from card_bridge import algorithms

    algorithm = algorithm or algorithms.RS256
    _select(card, credential.key)
    given = algorithm.given(message)
    # P1=00: the card signs what it is given; that is why only this module gives it anything
    command = b"\x80\x2a\x00\x80" + bytes([len(given)]) + given + b"\x00"
    answer, status = _transmit(card, command)
    if status != _DONE or not answer:
        raise BridgeError("card_failed")
    return algorithm.signature(answer)


def check(der_certificate: bytes, message: bytes, signature: bytes) -> None:
    """Whether the card's signature holds under the card's own certificate; ``card_failed`` if
    not, so that a broken contact ends here and not as a refused login."""
    from card_bridge import algorithms

    algorithms.of(der_certificate).check(der_certificate, message, signature)


def _certificate(card: Card, file: int) -> bytes:
    _select(card, file)
    read = _read(card, 0, 256)
    while len(read) < der.HEADER:
        read += _read(card, len(read), 256)
    length = der.whole_length(read)
    if length > _LARGEST_CERTIFICATE:
        raise BridgeError("card_failed")
    while len(read) < length:
        read += _read(card, len(read), min(256, length - len(read)))
    return read[:length]


def _short_file(card: Card, file: int, count: int) -> bytes | None:
    """The first bytes of a file that only helps to name a trouble early; None where the card
    does not give them, for whatever reason."""
    _answer, status = _transmit(card, _selecting(file))
    read = b""
    while status == _DONE and len(read) < count:
        part, status = _transmit(card, _reading(len(read), count - len(read)))
        if not part:
            return None
        read += part
    return read[:count] if len(read) >= count else None


def _select(card: Card, file: int) -> None:
    _answer, status = _transmit(card, _selecting(file))
    if status != _DONE:
        raise BridgeError("card_unknown")


def _selecting(file: int) -> bytes:
    return b"\x00\xa4\x02\x0c\x02" + file.to_bytes(2, "big")


def _reading(offset: int, count: int) -> bytes:
    # 15 bits of offset; Le=00 means 256
    return b"\x00\xb0" + offset.to_bytes(2, "big") + bytes([count & 0xFF])


def _read(card: Card, offset: int, count: int) -> bytes:
    part, status = _transmit(card, _reading(offset, count))
    if status not in (_DONE, _END_OF_FILE) or not part:
        raise BridgeError("card_failed")
    return part


def _transmit(card: Card, apdu: bytes) -> tuple[bytes, int]:
    """One command with what the card has to say about lengths: 6Cxx is "ask for xx", 61xx "xx
    more to fetch" (ISO/IEC 7816-4 section 5.6). Never used for a PIN: that is shown once."""
    gathered = b""
    for _ in range(_MOST_PARTS):
        answer = card.exchange(apdu)
        if len(answer) < 2:
            raise BridgeError("card_failed")
        data, first, second = answer[:-2], answer[-2], answer[-1]
        gathered += data
        if first == 0x6C:
            if not _expects(apdu):
                raise BridgeError("card_failed")
            apdu = apdu[:-1] + bytes([second])
        elif first == 0x61:
            apdu = b"\x00\xc0\x00\x00" + bytes([second])
        else:
            return gathered, first << 8 | second
    raise BridgeError("card_failed")


def _expects(apdu: bytes) -> bool:
    """Whether the last byte of a short command is its Le: there is nothing else to correct."""
    return len(apdu) == 5 or (len(apdu) > 5 and len(apdu) == 6 + apdu[4])
