"""Keys of this installation as files: made on the first run, mode 0600, never replaced.

A lost VAPID key loses every subscriber (the push services bind a subscription to it, RFC 8292
section 4.2), so nothing here overwrites a key and a backup carries them.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from todoke.adapters.disk import sync_folder
from todoke.core.errors import TodokeError
from todoke.ports import Secrets

VAPID = "vapid_private.pem"
SEAL = "seal.key"
DATA = "data.key"
NAMES = (VAPID, SEAL, DATA)
KEY_BYTES = 32
#: lies beside the keys while they are made: until it has gone, none of them was used
MAKING = "making"


def load_or_make(folder: Path) -> Secrets:
    """The keys in ``folder``, made where all are missing.

    Raises ``keys_missing`` when only some of them are there: that is a damaged installation,
    and a new key would silently cut off every subscriber or make what is sealed unreadable. A
    first run that died while it made them is finished."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _missing(folder) or (folder / MAKING).exists():
        with _alone(folder):
            _make_missing(folder)
    return Secrets(
        vapid_private=(folder / VAPID).read_bytes(),
        seal_key=(folder / SEAL).read_bytes(),
        data_key=(folder / DATA).read_bytes(),
    )


def readable_by_others(folder: Path) -> bool:
    """Whether any key file may be read by another user of this machine."""
    return any((folder / n).stat().st_mode & 0o077 for n in NAMES if (folder / n).exists())


def faults(folder: Path) -> list[str]:
    """Names of key files that are missing or are no such key; empty when all are sound."""
    found = []
    try:
        key = serialization.load_pem_private_key((folder / VAPID).read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            found.append(VAPID)
    except (OSError, ValueError, TypeError):
        found.append(VAPID)
    for name in (SEAL, DATA):
        file = folder / name
        if not file.is_file() or file.stat().st_size != KEY_BYTES:
            found.append(name)
    return found


def _missing(folder: Path) -> list[str]:
    return [name for name in NAMES if not (folder / name).exists()]


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
