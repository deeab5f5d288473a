"""Files about a person, on this machine: one file each, 0600, whole or not there.

They come sealed (core/sealed.py), so this folder alone tells nobody anything.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from todoke.adapters.disk import disk_error, sync_folder
from todoke.adapters.misuse import misuse

#: "attachments/F-k3m9q2": a folder and a name, nothing that could lead elsewhere
_KEY = re.compile(r"[a-z]{1,20}/[A-Za-z0-9-]{1,64}")


class PrivateFolder:
    """Implements ``ports.PrivateFiles``. Of several who put a key at once the last one stays."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()

    def put(self, key: str, body: bytes) -> None:
        """See ``ports.PrivateFiles.put``. Raises ``storage_full`` or ``storage_unavailable``."""
        target = self._path(key)
        part = target.with_name(f"{_halves(target)}{secrets.token_hex(4)}")
        try:
            for folder in (self._folder, target.parent):
                folder.mkdir(mode=0o700, exist_ok=True)
                sync_folder(folder.parent)
            try:
                _write_durably(part, body)
                part.replace(target)
                sync_folder(target.parent)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(error) from error

    def get(self, key: str) -> bytes | None:
        """See ``ports.PrivateFiles.get``."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk_error(error) from error

    def delete(self, key: str) -> None:
        """See ``ports.PrivateFiles.delete``. Durable when it returns, or a power cut would bring
        back a file that no record knows any more; what a death left of it half goes too."""
        target = self._path(key)
        try:
            for path in (target, *target.parent.glob(f"{_halves(target)}*")):
                path.unlink(missing_ok=True)
            with contextlib.suppress(FileNotFoundError):  # no file was ever put
                # whoever found nothing too: the one before may have died right here
                sync_folder(target.parent)
        except OSError as error:
            raise disk_error(error) from error

    def tidy(self, key: str) -> None:
        """See ``ports.PrivateFiles.tidy``."""
        target = self._path(key)
        try:
            for path in target.parent.glob(f"{_halves(target)}*"):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(error) from error

    def keys(self) -> Iterator[str]:
        """Every key, sorted: what a backup carries. A file still being written has none."""
        for path in sorted(self._folder.glob("*/*")):
            key = path.relative_to(self._folder).as_posix()
            if _KEY.fullmatch(key) and path.is_file():
                yield key

    def link(self, key: str, target: Path) -> bool:
        """A second name for the file, which a deletion meanwhile leaves alone; False when the
        key is gone. ``target`` lies on the same disk."""
        try:
            target.hardlink_to(self._path(key))
        except FileNotFoundError:
            return False
        return True

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise misuse("key of a private file", key=key)
        return self._folder / key


def _halves(target: Path) -> str:
    """How the names begin under which a file is written: by its key, so that what a death has left
    is found."""
    return f".{target.name}."


def _write_durably(path: Path, body: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
