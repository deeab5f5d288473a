"""What is stored about a person is sealed: AES-256-GCM under a key of its own per record kind.

The key of a kind is derived from one of the installation's data keys (HKDF, RFC 5869), and kind and
id are authenticated with the text (RFC 5116 section 2.1), so a sealed text that is moved to another
record does not open. The data keys are numbered, and each sealed text says with which it was
sealed, so that new things get a new key while old ones can be read (docs/adr/0024). Look-ups go
through ``blind``: an HMAC that only this installation can make, under a key that stays.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from todoke.core.errors import TodokeError

#: first byte of a text sealed with key 1, which every installation had before keys had numbers
FIRST = b"\x01"
#: first byte of one that names its key in the next two
NUMBERED = b"\x02"
NUMBER_BYTES = 2
#: a key a week would last a thousand years
MAX_NUMBER = 256**NUMBER_BYTES - 1
#: AES-GCM's own nonce length (NIST SP 800-38D section 5.2.1.1)
NONCE_BYTES = 12
KEY_BYTES = 32
#: errors of a text that will not open by waiting
CLOSED = ("sealed_unreadable", "sealed_key_missing")


class Keys(Protocol):
    """The data keys, 32 bytes each, by their numbers."""

    def newest(self) -> int:
        """Number of the key with which new things are sealed."""

    def key(self, number: int) -> bytes:
        """Raises ``sealed_key_missing`` for one that is not there (any more)."""


@dataclass(frozen=True, slots=True)
class Ring:
    """Keys as they are at one moment."""

    keys: Mapping[int, bytes] = field(repr=False)

    def newest(self) -> int:
        """See ``Keys.newest``."""
        return max(self.keys)

    def key(self, number: int) -> bytes:
        """See ``Keys.key``."""
        if number not in self.keys:
            raise TodokeError("sealed_key_missing", number=number)
        return self.keys[number]


def seal(keys: Keys, kind: str, id: str, text: bytes) -> bytes:
    """Key number, nonce and ciphertext. kind and id: of the record it is in.

    Raises what ``keys`` raises: where no key can be had, nothing is sealed and nothing stored."""
    number, nonce = keys.newest(), secrets.token_bytes(NONCE_BYTES)
    cipher = AESGCM(_key(keys.key(number), kind))
    return _head(number) + nonce + cipher.encrypt(nonce, text, _place(kind, id))


def unseal(keys: Keys, kind: str, id: str, sealed: bytes) -> bytes:
    """The text. Raises ``sealed_unreadable`` when it was changed, moved or sealed elsewhere,
    ``sealed_key_missing`` when its key is gone."""
    number = number_of(sealed)
    rest = sealed[len(_head(number)) :] if number else b""
    if len(rest) < NONCE_BYTES:
        raise TodokeError("sealed_unreadable", kind=kind)
    nonce, closed = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
    try:
        return AESGCM(_key(keys.key(number), kind)).decrypt(nonce, closed, _place(kind, id))
    except InvalidTag as error:
        raise TodokeError("sealed_unreadable", kind=kind) from error


def number_of(sealed: bytes) -> int:
    """With which key it was sealed; 0 where this is no sealed text. One key has one way of being
    named: ``\\x02`` never says 1."""
    if sealed[:1] == FIRST:
        return 1
    number = int.from_bytes(sealed[1 : 1 + NUMBER_BYTES])
    whole = sealed[:1] == NUMBERED and len(sealed) > NUMBER_BYTES
    return number if whole and number > 1 else 0


def number_in(field: object) -> int:
    """The same of a field of a record."""
    try:
        return number_of(_raw(field))
    except ValueError:
        return 0


def again(keys: Keys, kind: str, id: str, sealed: bytes) -> bytes:
    """The same text sealed with the newest key."""
    return seal(keys, kind, id, unseal(keys, kind, id, sealed))


def again_in(keys: Keys, kind: str, id: str, field: object) -> str:
    """The same of a field of a record. Raises ``sealed_unreadable``."""
    try:
        raw = _raw(field)
    except ValueError as error:
        raise TodokeError("sealed_unreadable", kind=kind) from error
    return base64.b64encode(again(keys, kind, id, raw)).decode("ascii")


def seal_json(keys: Keys, kind: str, id: str, value: Mapping[str, Any]) -> str:
    """The same for a field of a record: JSON, sealed, base64."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.b64encode(seal(keys, kind, id, text)).decode("ascii")


def open_json(keys: Keys, kind: str, id: str, sealed: object) -> dict[str, Any]:
    """The value of ``seal_json``. Raises ``sealed_unreadable``, ``sealed_key_missing``."""
    try:
        raw = _raw(sealed)
    except ValueError as error:
        raise TodokeError("sealed_unreadable", kind=kind) from error
    return dict(json.loads(unseal(keys, kind, id, raw)))


def blind(seal_key: bytes, purpose: str, value: str) -> str:
    """An identifier by which a value is found again and from which nobody learns it:
    HMAC-SHA-256 under the installation's key for look-ups, hex. purpose: keeps two uses of one
    value apart."""
    message = f"{purpose}\0{value}".encode()
    return hmac.new(seal_key, message, hashlib.sha256).hexdigest()


def _key(data_key: bytes, kind: str) -> bytes:
    info = f"todoke record {kind}".encode()
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(data_key)


def _head(number: int) -> bytes:
    return FIRST if number == 1 else NUMBERED + number.to_bytes(NUMBER_BYTES)


def _raw(field: object) -> bytes:
    return base64.b64decode(str(field), validate=True)


def _place(kind: str, id: str) -> bytes:
    return f"{kind}\0{id}".encode()
