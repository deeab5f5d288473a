"""What is stored about a person is sealed: AES-256-GCM under a key of its own per record kind.

The key of a kind is derived from the installation's data key (HKDF, RFC 5869), and kind and id
are authenticated with the text (RFC 5116 section 2.1), so a sealed text that is moved to another
record does not open. Look-ups go through ``blind``: an HMAC that only this installation can make.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from todoke.core.errors import TodokeError

#: first byte of every sealed text: which way it was sealed
VERSION = b"\x01"
#: AES-GCM's own nonce length (NIST SP 800-38D section 5.2.1.1)
NONCE_BYTES = 12
KEY_BYTES = 32


def seal(data_key: bytes, kind: str, id: str, text: bytes) -> bytes:
    """Version, nonce and ciphertext. data_key: 32 bytes; kind and id: of the record it is in."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return VERSION + nonce + AESGCM(_key(data_key, kind)).encrypt(nonce, text, _place(kind, id))


def unseal(data_key: bytes, kind: str, id: str, sealed: bytes) -> bytes:
    """The text. Raises ``sealed_unreadable`` when it was changed, moved or sealed elsewhere."""
    nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if sealed[:1] != VERSION or len(nonce) != NONCE_BYTES:
        raise TodokeError("sealed_unreadable", kind=kind)
    try:
        return AESGCM(_key(data_key, kind)).decrypt(nonce, rest, _place(kind, id))
    except InvalidTag as error:
        raise TodokeError("sealed_unreadable", kind=kind) from error


def seal_json(data_key: bytes, kind: str, id: str, value: Mapping[str, Any]) -> str:
    """The same for a field of a record: JSON, sealed, base64."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.b64encode(seal(data_key, kind, id, text)).decode("ascii")


def open_json(data_key: bytes, kind: str, id: str, sealed: object) -> dict[str, Any]:
    """The value of ``seal_json``. Raises ``sealed_unreadable``."""
    try:
        raw = base64.b64decode(str(sealed), validate=True)
    except ValueError as error:
        raise TodokeError("sealed_unreadable", kind=kind) from error
    return dict(json.loads(unseal(data_key, kind, id, raw)))


def blind(seal_key: bytes, purpose: str, value: str) -> str:
    """An identifier by which a value is found again and from which nobody learns it:
    HMAC-SHA-256 under the installation's key, hex. purpose: keeps two uses of one value apart."""
    message = f"{purpose}\0{value}".encode()
    return hmac.new(seal_key, message, hashlib.sha256).hexdigest()


def _key(data_key: bytes, kind: str) -> bytes:
    info = f"todoke record {kind}".encode()
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(data_key)


def _place(kind: str, id: str) -> bytes:
    return f"{kind}\0{id}".encode()
