"""The folder of a pretend card: authorities, certificates, secrets and the counters of wrong tries.

ca.pem ca.key card.pem card.key   authentication; made on the first start, 0600, in a folder of 0700
sign-*                            the same for signing; a folder of an older bridge gets them
card.json                         PIN, password and the tries left; survives a restart. Erasing
                                  this one file is the pretend card's municipal office:
                                  the next start finds it unlocked
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any

from card_bridge import jpki, pretend_ca
from card_bridge.errors import BridgeError

#: published on purpose: it protects nothing, and a demonstration must not ask for a real one
PUBLISHED_PIN = "1234"
PUBLISHED_PASSWORD = "MIHON1234"  # noqa: S105
TRIES = jpki.AUTHENTICATION.tries
PASSWORD_TRIES = jpki.SIGNING.tries
#: before the names of the files for signing
_SIGNING = "sign-"
#: ca.pem comes last: where it is, everything is
_FILES = ("ca.key", "card.pem", "card.key", "ca.pem")


class PretendFolder:
    """Opens the folder, making its files on the first start, and keeps others out of it.

    Raises ``folder_refused`` with ``reason``: ``open_to_others``, ``incomplete``, ``in_use``
    (two programs on one counter would forget tries), or ``unusable``."""

    def __init__(self, folder: Path, kind: pretend_ca.Kind = "RS256") -> None:
        """kind: of a card that is made now; ``ES384`` is the next card's."""
        self.path = folder
        self._kind = kind
        try:
            self._lock = _alone_in(folder)
        except OSError:
            raise BridgeError("folder_refused", reason="unusable") from None
        try:
            self._fill()
        except OSError:
            self.close()
            raise BridgeError("folder_refused", reason="unusable") from None
        except BridgeError:
            self.close()
            raise

    def _fill(self) -> None:
        if not (self.path / "ca.pem").exists():
            self._make()
        elif not self._has_all(""):
            raise BridgeError("folder_refused", reason="incomplete")
        elif not (self.path / "card.json").exists():
            self.keep(PUBLISHED_PIN, TRIES)
        if not (self.path / f"{_SIGNING}ca.pem").exists():
            self._put(_SIGNING, pretend_ca.issue_signing(kind=self._kind))
        elif not self._has_all(_SIGNING):
            raise BridgeError("folder_refused", reason="incomplete")

    def _has_all(self, prefix: str) -> bool:
        return all((self.path / f"{prefix}{name}").exists() for name in _FILES)

    def read(self, name: str) -> bytes:
        """The bytes of one file."""
        return (self.path / name).read_bytes()

    def card(self) -> tuple[str, int]:
        """The PIN and the tries left; ``folder_refused`` when the counter cannot be read."""
        return self._secret("pin", "left", (PUBLISHED_PIN, TRIES))

    def signing(self) -> tuple[str, int]:
        """The same of the password for signing."""
        return self._secret("password", "password_left", (PUBLISHED_PASSWORD, PASSWORD_TRIES))

    def _secret(self, name: str, count: str, new: tuple[str, int]) -> tuple[str, int]:
        kept = self._kept()
        if name == "password" and name not in kept:
            return new  # a counter that an older bridge wrote
        try:
            secret, left = str(kept[name]), int(kept[count])
        except (ValueError, KeyError, TypeError):
            raise BridgeError("folder_refused", reason="incomplete") from None
        return secret, min(max(left, 0), new[1])

    def keep(self, pin: str, left: int) -> None:
        """Writes PIN and tries so that a crash leaves the old or the new, never none."""
        self._keep({"pin": pin, "left": left})

    def keep_signing(self, password: str, left: int) -> None:
        """The same for the password."""
        self._keep({"password": password, "password_left": left})

    def _keep(self, changed: dict[str, str | int]) -> None:
        try:
            kept = self._kept()
        except BridgeError:
            kept = {}  # the first one, or a broken one that somebody sets right
        self._write("card.json", json.dumps({**kept, **changed}).encode())

    def _kept(self) -> dict[str, Any]:
        try:
            kept = json.loads(self.read("card.json"))
        except (OSError, ValueError):
            kept = None
        if not isinstance(kept, dict):
            raise BridgeError("folder_refused", reason="incomplete")
        return kept

    def close(self) -> None:
        """Lets another bridge use the folder."""
        os.close(self._lock)

    def _make(self) -> None:
        self.keep(PUBLISHED_PIN, TRIES)
        self._put("", pretend_ca.issue(kind=self._kind))

    def _put(self, prefix: str, made: pretend_ca.Issued) -> None:
        self._write(f"{prefix}ca.key", made.ca_key)
        self._write(f"{prefix}card.pem", made.card)
        self._write(f"{prefix}card.key", made.card_key)
        self._write(f"{prefix}ca.pem", made.ca)

    def _write(self, name: str, content: bytes) -> None:
        beside = self.path / f".{name}.new"
        beside.unlink(missing_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path / name)
        entry = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(entry)
        finally:
            os.close(entry)


def _alone_in(folder: Path) -> int:
    """Makes the folder if absent and locks it; the handle that holds the lock."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        folder.chmod(0o700)
    if folder.stat().st_mode & 0o077:
        raise BridgeError("folder_refused", reason="open_to_others")
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise BridgeError("folder_refused", reason="in_use") from None
    return lock
