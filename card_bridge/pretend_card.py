"""A card that is none: an in-process transport that answers the APDUs of a JPKI card.

It answers as test cards do (63Cx to an empty VERIFY, 6984 once locked, filler behind the
certificate), so that ``jpki`` needs no branch for it. Its PIN is published and its key lies in
a folder: it proves nothing about anybody, and serves only origins of this very machine. The
tests put the same card into a reader of PC/SC (tests/parts/virtual_card.py).
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from card_bridge import jpki
from card_bridge.errors import BridgeError
from card_bridge.pretend_folder import PUBLISHED_PASSWORD, PUBLISHED_PIN, PretendFolder
from card_bridge.protocol import LOGIN, Purpose
from card_bridge.transport import Card

#: the rest of a real certificate file holds 00 or FF; ours ends 1,600 bytes after its start
_FILE_SIZE = 1600
_DONE, _WRONG_LENGTH, _NOT_ALLOWED, _LOCKED = 0x9000, 0x6700, 0x6982, 0x6984
_NO_FILE, _WRONG_P1P2, _NOT_SELECTED, _PAST_END = 0x6A82, 0x6A86, 0x6985, 0x6B00


class PretendCard:
    """The transport: one reader with one pretend card that is always in it."""

    kind = "pretend"

    def __init__(self, folder: PretendFolder) -> None:
        self._folder = folder
        self._held = threading.Lock()

    def published(self, purpose: Purpose) -> str:
        """The PIN or the password, which everybody may know."""
        return PUBLISHED_PIN if purpose == LOGIN else PUBLISHED_PASSWORD

    @contextmanager
    def card(self) -> Iterator[Card]:
        """Powers the card and forgets a verified PIN on leaving."""
        if not self._held.acquire(blocking=False):
            raise BridgeError("busy")
        try:
            yield PoweredCard(self._folder)
        finally:
            self._held.release()

    def pad(self, _card: Card) -> None:
        """Its reader is none, and has no keys."""


class _RefusedError(Exception):
    """A status that is no success."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status:04X}")
        self.status = status


def _refuse(status: int) -> NoReturn:
    raise _RefusedError(status)


@dataclass(frozen=True, slots=True)
class Sort:
    """What cards differ in. label: of the token information; signing: whether it carries that
    certificate; filler: the byte behind a certificate."""

    label: bytes = b"JPKIAPICCTOKEN2"
    signing: bool = True
    filler: bytes = b"\xff"


class PoweredCard:
    """The card between power-up and power-down: what is selected, and which PINs were shown."""

    def __init__(self, folder: PretendFolder, sort: Sort | None = None) -> None:
        self._folder = folder
        sort = sort or Sort()
        names = {
            "card.pem": jpki.AUTHENTICATION.certificate,
            "ca.pem": jpki.AUTHENTICATION.authority,
        }
        if sort.signing:
            names["sign-card.pem"] = jpki.SIGNING.certificate
            names["sign-ca.pem"] = jpki.SIGNING.authority
        self._files = {
            jpki.TOKEN_INFO: _token_info(sort.label),
            jpki.PRESENT: bytes([0x8F if sort.signing else 0x00, 0x8F, 0x00]),
            **{
                number: _der(folder.read(name)).ljust(_FILE_SIZE, sort.filler)
                for name, number in names.items()
            },
        }
        credentials = [jpki.AUTHENTICATION, *([jpki.SIGNING] if sort.signing else [])]
        self._keys = {each.key: each for each in credentials}
        self._pins = {each.pin: each for each in credentials}
        self._in_application = False
        self._selected: int | None = None
        self._verified: set[int] = set()

    def exchange(self, apdu: bytes | bytearray) -> bytes:
        """Answers one command APDU; what it does not know gets the card's own refusal."""
        try:
            data, status = self._answer(bytes(apdu))
        except _RefusedError as refusal:
            data, status = b"", refusal.status
        return data + status.to_bytes(2, "big")

    def _answer(self, apdu: bytes) -> tuple[bytes, int]:
        if len(apdu) < 4:
            _refuse(_WRONG_LENGTH)
        if apdu[0] not in (0x00, 0x80):
            _refuse(0x6E00)
        match (apdu[0], apdu[1]):
            case (0x00, 0xA4):
                return b"", self._select(apdu)
            case (0x00, 0x20):
                return b"", self._verify(apdu)
            case (0x00, 0xB0):
                return self._read(apdu)
            case (0x80, 0x2A):
                return self._sign(apdu), _DONE
        return _refuse(0x6D00)

    def _select(self, apdu: bytes) -> int:
        by = apdu[2], apdu[3]
        if by == (0x00, 0x00):
            return _DONE if self._in_application else _WRONG_P1P2
        body = _body(apdu)
        if by == (0x04, 0x0C):
            if body != jpki.AID:
                _refuse(_NO_FILE)
            self._in_application, self._selected = True, None
            return _DONE
        if by != (0x02, 0x0C):
            _refuse(_WRONG_P1P2)
        file = int.from_bytes(body, "big")
        if not self._in_application or file not in (*self._files, *self._keys, *self._pins):
            _refuse(_NO_FILE)
        self._selected = file
        return _DONE

    def _verify(self, apdu: bytes) -> int:
        file = self._file(apdu[3])
        if file not in self._pins or apdu[2] != 0:
            _refuse(_NOT_SELECTED)
        signing = self._pins[file] == jpki.SIGNING
        secret, left = self._folder.signing() if signing else self._folder.card()
        keep = self._folder.keep_signing if signing else self._folder.keep
        if len(apdu) == 4 or apdu[4:] == b"\x00":
            return 0x63C0 | left
        shown = _body(apdu)
        if left == 0:
            return _LOCKED
        # the try is spent before it is judged: pulling the card must not give it back
        keep(secret, left - 1)
        self._verified.discard(file)
        if not hmac.compare_digest(shown, secret.encode()):
            return 0x63C0 | (left - 1)
        self._verified.add(file)
        keep(secret, self._pins[file].tries)
        return _DONE

    def _read(self, apdu: bytes) -> tuple[bytes, int]:
        if len(apdu) != 5:
            _refuse(_WRONG_LENGTH)
        if apdu[2] & 0x80:
            file, offset = apdu[2] & 0x1F, apdu[3]
        else:
            file, offset = self._file(0x80), apdu[2] << 8 | apdu[3]
        content = self._files.get(file)
        if content is None or not self._in_application:
            _refuse(_NOT_SELECTED)
        if file == jpki.SIGNING.certificate and jpki.SIGNING.pin not in self._verified:
            _refuse(_NOT_ALLOWED)
        if offset >= len(content):
            _refuse(_PAST_END)
        return content[offset : offset + (apdu[4] or 256)], _DONE

    def _sign(self, apdu: bytes) -> bytes:
        if apdu[2] != 0:
            _refuse(_WRONG_P1P2)
        credential = self._keys.get(self._file(apdu[3]))
        if credential is None:
            return _refuse(_NOT_SELECTED)
        if credential.pin not in self._verified:
            _refuse(_NOT_ALLOWED)
        if len(apdu) < 7 or len(apdu) != 6 + apdu[4] or apdu[4] > 245:
            _refuse(_WRONG_LENGTH)
        name = "sign-card.key" if credential == jpki.SIGNING else "card.key"
        return _signature(self._folder.read(name), apdu[5:-1])

    def _file(self, reference: int) -> int:
        """The file that P2 means: 80 the selected one, 80|SFI one by its short number."""
        if not self._in_application or not reference & 0x80:
            _refuse(_NOT_SELECTED)
        if reference == 0x80:
            return _refuse(_NOT_SELECTED) if self._selected is None else self._selected
        return reference & 0x1F


def _body(apdu: bytes) -> bytes:
    if len(apdu) < 6 or len(apdu) != 5 + apdu[4]:
        _refuse(_WRONG_LENGTH)
    return apdu[5:]


def _der(pem: bytes) -> bytes:
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def _token_info(label: bytes) -> bytes:
    """CK_TOKEN_INFO (PKCS#11): label, maker, model and number in spaces, twelve numbers, versions
    and a time."""
    return label.ljust(32) + b" " * 64 + bytes(4 + 10 * 4 + 2 + 2 + 16)


def _signature(pem: bytes, data: bytes) -> bytes:
    # checking the numbers takes ten times as long as signing; this program made them
    key = load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
    if isinstance(key, rsa.RSAPrivateKey):
        return _raw_signature(key, data)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or len(data) != 48:
        _refuse(_NOT_ALLOWED)
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(Prehashed(SHA384()))))
    return r.to_bytes(48, "big") + s.to_bytes(48, "big")


def _raw_signature(key: rsa.RSAPrivateKey, data: bytes) -> bytes:
    """RFC 8017 section 8.2.1 over data as given, as the card does it: pad, then the private
    operation. Not in constant time, which the real card is and a pretend one need not be."""
    size = key.key_size // 8
    padded = b"\x00\x01" + b"\xff" * (size - len(data) - 3) + b"\x00" + data
    secret = key.private_numbers()
    message = int.from_bytes(padded, "big")
    half_p = pow(message, secret.dmp1, secret.p)
    half_q = pow(message, secret.dmq1, secret.q)
    signed = half_q + (secret.iqmp * (half_p - half_q) % secret.p) * secret.q
    return signed.to_bytes(size, "big")
