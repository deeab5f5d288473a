"""The sealed file of a backup: a passphrase-encrypted stream that cannot be cut or changed.

Layout: the line ``TODOKE-BACKUP 1``, one line of JSON (how the key is made), then chunks of
AES-256-GCM. The key comes from the passphrase by scrypt (RFC 7914) with a random salt, so it
is new for every file; the nonce is the number of the chunk and whether it is the last (the
STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015). A chunk moved, left out
or cut off at the end is therefore noticed, as is a single changed bit, header included.
"""

from __future__ import annotations

import base64
import io
import json
import os
import secrets
import unicodedata
from collections.abc import Mapping
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from todoke.core.errors import TodokeError

MAGIC = b"TODOKE-BACKUP 1\n"
#: plaintext of one chunk; memory needed, not a limit of the format
CHUNK_BYTES = 1024 * 1024
TAG_BYTES = 16
#: cost of one guess: 128 MiB and about half a second (n * r * 128 bytes, RFC 7914 section 2)
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**17, 8, 1
#: what a header may ask of the reader; beyond that the file is hostile, not a backup
MOST_N = 2**20
MAX_HEADER_BYTES = 4096


class Sealer(io.RawIOBase):
    """Encrypts what is written to it into ``file``. ``close`` writes the last chunk; without
    it the file stays unreadable, which is what a crash should leave."""

    def __init__(self, file: IO[bytes], passphrase: str) -> None:
        super().__init__()
        n = SCRYPT_N
        salt = secrets.token_bytes(32)
        key, check = _derive(passphrase, salt, n, SCRYPT_R, SCRYPT_P)
        header = {
            "kdf": "scrypt", "n": n, "r": SCRYPT_R, "p": SCRYPT_P, "salt": _text(salt),
            "check": _text(check), "cipher": "AES-256-GCM", "chunk": CHUNK_BYTES,
        }  # fmt: skip
        self._head = MAGIC + json.dumps(header).encode() + b"\n"
        self._file, self._cipher = file, AESGCM(key)
        self._number, self._held = 0, bytearray()
        file.write(self._head)

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, body: Any) -> int:
        """Takes any number of bytes."""
        self._held += body
        # one byte is always kept back: only ``close`` knows which chunk is the last
        while len(self._held) > CHUNK_BYTES:
            self._put(bytes(self._held[:CHUNK_BYTES]), last=False)
            del self._held[:CHUNK_BYTES]
        return len(body)

    def finish(self) -> None:
        """Writes the last chunk."""
        self._put(bytes(self._held), last=True)
        self._held.clear()

    def _put(self, plain: bytes, *, last: bool) -> None:
        nonce = _nonce(self._number, last)
        self._file.write(self._cipher.encrypt(nonce, plain, self._head))
        self._number += 1


class Opener(io.RawIOBase):
    """Decrypts ``file``. Raises ``backup_unreadable`` with a rule: "not_a_backup",
    "passphrase" or "damaged" (a flipped bit, a cut end)."""

    def __init__(self, file: IO[bytes], passphrase: str) -> None:
        super().__init__()
        self._file = file
        self._head, header = _read_header(file)
        self._chunk = header["chunk"]
        key, check = _derive(
            passphrase, _bytes(header["salt"]), header["n"], header["r"], header["p"]
        )
        if _text(check) != header["check"]:
            raise unreadable("passphrase")
        self._cipher = AESGCM(key)
        self._number, self._held, self._ended = 0, b"", False
        self._ahead = file.read(self._chunk + TAG_BYTES)

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """Up to ``size`` bytes of plaintext, b"" at the authenticated end."""
        while not self._held and not self._ended:
            self._held = self._next()
        wanted = len(self._held) if size is None or size < 0 else size
        given, self._held = self._held[:wanted], self._held[wanted:]
        return given

    def _next(self) -> bytes:
        sealed, self._ahead = self._ahead, self._file.read(self._chunk + TAG_BYTES)
        self._ended = not self._ahead
        try:
            plain = self._cipher.decrypt(_nonce(self._number, self._ended), sealed, self._head)
        except (InvalidTag, ValueError) as error:
            raise unreadable("damaged") from error
        self._number += 1
        return plain


def unreadable(rule: str) -> TodokeError:
    """``backup_unreadable``; rule: not_a_backup | passphrase | damaged | incomplete."""
    return TodokeError("backup_unreadable", rule=rule)


def _read_header(file: IO[bytes]) -> tuple[bytes, Mapping[str, Any]]:
    magic = file.read(len(MAGIC))
    line = file.readline(MAX_HEADER_BYTES)
    if magic != MAGIC:
        raise unreadable("not_a_backup")
    try:
        header = json.loads(line)
        n, r, p, chunk = (header[name] for name in ("n", "r", "p", "chunk"))
        sane = (
            type(n) is int
            and 2**10 <= n <= MOST_N
            and r == SCRYPT_R
            and p == SCRYPT_P
            and chunk == CHUNK_BYTES
        )
        salted = len(_bytes(header["salt"])) == 32 and isinstance(header["check"], str)
    except (ValueError, KeyError, TypeError) as error:
        raise unreadable("damaged") from error
    if not (line.endswith(b"\n") and sane and salted and n & (n - 1) == 0):
        raise unreadable("damaged")
    return magic + line, header


def _derive(passphrase: str, salt: bytes, n: int, r: int, p: int) -> tuple[bytes, bytes]:
    """The key, and 8 bytes that tell a wrong passphrase from a damaged file. They give a
    guesser nothing that the first chunk would not."""
    # the same letters typed on another system must give the same key (RFC 8265 section 4.2)
    typed = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    both = Scrypt(salt=salt, length=40, n=n, r=r, p=p).derive(typed)
    return both[:32], both[32:]


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _text(body: bytes) -> str:
    return base64.b64encode(body).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def sync(file: IO[bytes]) -> None:
    """Make what was written durable."""
    file.flush()
    os.fsync(file.fileno())
