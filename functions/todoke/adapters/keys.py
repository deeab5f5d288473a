"""Keys of this installation as files: made on the first run, mode 0600, never replaced.

A lost VAPID key loses every subscriber (the push services bind a subscription to it, RFC 8292
section 4.2), so nothing here overwrites a key and a backup carries them.

``data.key`` is data key 1 itself, as every installation begins. Each further one lies wrapped in
the store (adapters/key_ring.py), and ``data-2.key`` … hold what it is wrapped with: a file for
each, so that whoever had read the files before learns nothing of what is sealed after a rotation.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from todoke.adapters.disk import disk_error, sync_folder
from todoke.adapters.key_ring import KeyRing
from todoke.core.errors import TodokeError
from todoke.ports import Secrets, Store

VAPID = "vapid_private.pem"
SEAL = "seal.key"
DATA = "data.key"
NAMES = (VAPID, SEAL, DATA)
#: files of data keys, by number
_DATA_FILE = re.compile(r"data(?:-([1-9][0-9]{0,4}))?\.key")
KEY_BYTES, NONCE_BYTES = 32, 12
#: lies beside the keys while they are made: until it has gone, none of them was used
MAKING = "making"


def load_or_make(folder: Path, store: Store) -> Secrets:
    """The keys in ``folder``, made where all are missing; the ring of the data keys is the
    store's. Raises what ``make_missing`` raises."""
    make_missing(folder)
    return Secrets(
        vapid_private=(folder / VAPID).read_bytes(),
        seal_key=(folder / SEAL).read_bytes(),
        data_key=KeyRing(store, KeyFiles(folder)),
    )


def make_missing(folder: Path) -> None:
    """Makes the keys where all are missing.

    Raises ``keys_missing`` when only some of them are there: that is a damaged installation,
    and a new key would silently cut off every subscriber or make what is sealed unreadable. A
    first run that died while it made them is finished."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _missing(folder) or (folder / MAKING).exists():
        with _alone(folder):
            _make_missing(folder)


class KeyFiles:
    """Implements ``ports.Master``: a file for each data key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()

    def make(self, number: int) -> str:
        """See ``ports.Master.make``. A file that is there already was made by somebody who died
        before the ring knew of it: it was never used, and is. Raises ``storage_full``."""
        try:
            with _alone(self._folder):
                file = self._folder / data_file(number)
                if not file.exists():
                    _write(file, secrets.token_bytes(KEY_BYTES))
        except OSError as error:
            raise disk_error(error) from error
        nonce, key = secrets.token_bytes(NONCE_BYTES), secrets.token_bytes(KEY_BYTES)
        closed = AESGCM(self._read(number)).encrypt(nonce, key, _about(number))
        return base64.b64encode(nonce + closed).decode("ascii")

    def open(self, number: int, wrapped: str) -> bytes:
        """See ``ports.Master.open``."""
        held = self._read(number)
        if not wrapped:
            return held
        raw = base64.b64decode(wrapped)
        try:
            return AESGCM(held).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _about(number))
        except InvalidTag as error:  # the file of another installation, or of another day
            raise TodokeError("keys_missing", file=data_file(number)) from error

    def drop(self, number: int) -> bool:
        """See ``ports.Master.drop``."""
        file = self._folder / data_file(number)
        try:
            there = file.exists()
            file.unlink(missing_ok=True)
            sync_folder(self._folder)
        except OSError as error:
            raise disk_error(error) from error
        return there

    def _read(self, number: int) -> bytes:
        try:
            held = (self._folder / data_file(number)).read_bytes()
        except OSError as error:
            raise TodokeError("keys_missing", file=data_file(number)) from error
        if len(held) != KEY_BYTES:
            raise TodokeError("keys_missing", file=data_file(number))
        return held


def data_file(number: int) -> str:
    """Name of the file that belongs to a data key."""
    return DATA if number == 1 else f"data-{number}.key"


def names(folder: Path) -> list[str]:
    """Names of the key files that are there, or should be, sorted: what a backup carries."""
    kept = [VAPID, SEAL, *_data_files(folder)]
    return sorted(kept if _data_files(folder) else NAMES)


def is_name(name: str) -> bool:
    """Whether a key file may be called so."""
    return name in (VAPID, SEAL) or _DATA_FILE.fullmatch(name) is not None


def _data_files(folder: Path) -> list[str]:
    return [each.name for each in folder.glob("data*.key") if _DATA_FILE.fullmatch(each.name)]


def _about(number: int) -> bytes:
    return f"todoke data key\0{number}".encode()


def readable_by_others(folder: Path, *more: str) -> bool:
    """Whether any key file may be read by another user of this machine. more: further files in the
    folder, or whole paths."""
    files = [folder / name for name in (*names(folder), *more)]
    return any(each.stat().st_mode & 0o077 for each in files if each.exists())


def faults(folder: Path) -> list[str]:
    """Names of key files that are missing or are no such key; empty when all are sound."""
    found = []
    try:
        key = serialization.load_pem_private_key((folder / VAPID).read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            found.append(VAPID)
    except (OSError, ValueError, TypeError):
        found.append(VAPID)
    for name in (each for each in names(folder) if each != VAPID):
        file = folder / name
        if not file.is_file() or file.stat().st_size != KEY_BYTES:
            found.append(name)
    return found


def _missing(folder: Path) -> list[str]:
    """DATA is not missing where a later data key is: the first one was retired."""
    absent = [name for name in (VAPID, SEAL) if not (folder / name).exists()]
    return absent if _data_files(folder) else [*absent, DATA]


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two programs may start for the first time at the same moment."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _make_missing(folder: Path) -> None:
    making, missing = folder / MAKING, _missing(folder)
    if missing and len(missing) < len(NAMES) and not making.exists():
        raise TodokeError("keys_missing", file=missing[0])
    if missing:
        making.touch(mode=0o600)
        sync_folder(folder)
        sync_folder(folder.parent)  # the folder itself: a store must never outlive its keys
    for name in missing:
        _write(folder / name, _new_vapid() if name == VAPID else secrets.token_bytes(KEY_BYTES))
    making.unlink(missing_ok=True)
    sync_folder(folder)


def _new_vapid() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, body: bytes) -> None:
    """Whole or not at all: a half-written key would be worse than none."""
    temporary = path.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)
