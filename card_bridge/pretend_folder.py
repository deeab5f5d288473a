"""The folder of a pretend card: authority, card, PIN and the counter of wrong tries.

ca.pem ca.key card.pem card.key   made on the first start, 0600, in a folder of 0700
card.json                         the PIN and the tries left; survives a restart. Erasing
                                  this one file is the pretend card's municipal office:
                                  the next start finds it unlocked
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any

from card_bridge import pretend_ca
from card_bridge.errors import BridgeError

#: published on purpose: it protects nothing, and a demonstration must not ask for a real one
PUBLISHED_PIN = "1234"
TRIES = 3
#: ca.pem comes last: where it is, everything is
_FILES = ("ca.key", "card.pem", "card.key", "ca.pem")


class PretendFolder:
    """Opens the folder, making its files on the first start, and keeps others out of it.

    Raises ``folder_refused`` with ``reason``: ``open_to_others``, ``incomplete``, ``in_use``
    (two programs on one counter would forget tries), or ``unusable``."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
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
        elif not all((self.path / name).exists() for name in _FILES):
            raise BridgeError("folder_refused", reason="incomplete")
        elif not (self.path / "card.json").exists():
            self.keep(PUBLISHED_PIN, TRIES)

    def read(self, name: str) -> bytes:
        """The bytes of one file."""
        return (self.path / name).read_bytes()

    def card(self) -> tuple[str, int]:
        """The PIN and the tries left; ``folder_refused`` when the counter cannot be read."""
        try:
            kept: dict[str, Any] = json.loads(self.read("card.json"))
            pin, left = str(kept["pin"]), int(kept["left"])
        except (OSError, ValueError, KeyError, TypeError):
            raise BridgeError("folder_refused", reason="incomplete") from None
        return pin, min(max(left, 0), TRIES)

    def keep(self, pin: str, left: int) -> None:
        """Writes PIN and tries so that a crash leaves the old or the new, never none."""
        self._write("card.json", json.dumps({"pin": pin, "left": left}).encode())

    def close(self) -> None:
        """Lets another bridge use the folder."""
        os.close(self._lock)

    def _make(self) -> None:
        made = pretend_ca.issue()
        self._write("ca.key", made.ca_key)
        self._write("card.pem", made.card)
        self._write("card.key", made.card_key)
        self.keep(PUBLISHED_PIN, TRIES)
        self._write("ca.pem", made.ca)

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
