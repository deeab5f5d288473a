"""The user authentication part of the JPKI application, in APDUs (公的個人認証, 利用者証明用).

Files: 000A certificate (free to read), 0017 key, 0018 PIN: 4 digits, 3 tries. The other
applications of the card are no part of this program: one of them can reveal the My Number.
"""

from __future__ import annotations

import hashlib

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from card_bridge import der
from card_bridge.errors import BridgeError
from card_bridge.transport import Card

AID = bytes.fromhex("D392F000260100000001")
CERTIFICATE, KEY, PIN = 0x000A, 0x0017, 0x0018
PIN_DIGITS = 4
#: certificates of real cards measure 1,178 to 1,480 bytes
_LARGEST_CERTIFICATE = 4096
#: answers that a card may split one answer into (61xx), and corrections of Le (6Cxx)
_MOST_PARTS = 16
_DONE = 0x9000
_BLOCKED = (0x63C0, 0x6983, 0x6984)
#: DigestInfo of SHA-256 (RFC 8017 section 9.2, note 1), NULL included: without it a strict
#: verifier refuses the signature
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def open_application(card: Card) -> None:
    """Selects JPKI; ``card_unknown`` when this card has no such application."""
    _answer, status = _transmit(card, b"\x00\xa4\x04\x0c" + bytes([len(AID)]) + AID)
    if status != _DONE:
        raise BridgeError("card_unknown")


def certificate(card: Card) -> bytes:
    """The authentication certificate in DER, without the filler behind it."""
    _select(card, CERTIFICATE)
    read = _read(card, 0, 256)
    while len(read) < der.HEADER:
        read += _read(card, len(read), 256)
    length = der.whole_length(read)
    if length > _LARGEST_CERTIFICATE:
        raise BridgeError("card_failed")
    while len(read) < length:
        read += _read(card, len(read), min(256, length - len(read)))
    return read[:length]


def tries_left(card: Card) -> int:
    """Wrong PINs until the card locks, 0 when it is locked. Costs none: an empty VERIFY."""
    _select(card, PIN)
    _answer, status = _transmit(card, b"\x00\x20\x00\x80")
    if status in _BLOCKED:
        return 0
    if status & 0xFFF0 == 0x63C0:
        return status & 0x0F
    raise BridgeError("card_failed")


def verify(card: Card, pin: bytearray) -> None:
    """Shows the PIN to the card, exactly once. ``pin_wrong`` with ``left``, or ``pin_blocked``."""
    _select(card, PIN)
    apdu = bytearray(b"\x00\x20\x00\x80") + bytes([len(pin)]) + pin
    try:
        answer = card.exchange(apdu)
    finally:
        apdu[:] = bytes(len(apdu))
    status = int.from_bytes(answer[-2:], "big")
    if status in _BLOCKED:
        raise BridgeError("pin_blocked")
    if status & 0xFFF0 == 0x63C0:
        raise BridgeError("pin_wrong", left=status & 0x0F)
    if status != _DONE:
        raise BridgeError("card_failed")


def sign(card: Card, message: bytes) -> bytes:
    """RSASSA-PKCS1-v1_5 with SHA-256 over the message, by the key that the PIN opened."""
    _select(card, KEY)
    info = DIGEST_INFO + hashlib.sha256(message).digest()
    # P1=00: the card pads what it is given; that is why only this module gives it anything
    command = b"\x80\x2a\x00\x80" + bytes([len(info)]) + info + b"\x00"
    signature, status = _transmit(card, command)
    if status != _DONE or not signature:
        raise BridgeError("card_failed")
    return signature


def check(der_certificate: bytes, message: bytes, signature: bytes) -> None:
    """Whether the card's signature holds under the card's own certificate; ``card_failed`` if
    not, so that a broken contact ends here and not as a refused login."""
    try:
        key = x509.load_der_x509_certificate(der_certificate).public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise BridgeError("card_unknown")
        key.verify(signature, message, padding.PKCS1v15(), SHA256())
    except (ValueError, InvalidSignature):
        raise BridgeError("card_failed") from None


def _select(card: Card, file: int) -> None:
    _answer, status = _transmit(card, b"\x00\xa4\x02\x0c\x02" + file.to_bytes(2, "big"))
    if status != _DONE:
        raise BridgeError("card_unknown")


def _read(card: Card, offset: int, count: int) -> bytes:
    # 15 bits of offset; Le=00 means 256
    command = b"\x00\xb0" + offset.to_bytes(2, "big") + bytes([count & 0xFF])
    part, status = _transmit(card, command)
    if status != _DONE or not part:
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
            apdu = apdu[:-1] + bytes([second])
        elif first == 0x61:
            apdu = b"\x00\xc0\x00\x00" + bytes([second])
        else:
            return gathered, first << 8 | second
    raise BridgeError("card_failed")
