"""What can be made again, as files beside the data: ``plan/<name>``.

Each file carries an HMAC over its name, its bytes and the edition of the program that wrote it: a
half-written, damaged or foreign file, and one of an older program, is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from todoke.core import words
from todoke.core.words import Dictionary
from todoke.ports import Shelf

_MAC_BYTES = 32
#: on the shelf: the sentences
WORDS = "words"


class FolderShelf:
    """Implements ``ports.Shelf`` in a folder that only this user may read."""

    def __init__(self, folder: Path, key: bytes, edition: str) -> None:
        self._folder, self._edition = folder, edition.encode()
        self._key = hmac.digest(key, b"todoke plan", "sha256")

    def get(self, name: str) -> bytes | None:
        """See ``ports.Shelf.get``."""
        try:
            with (self._folder / name).open("rb") as file:
                mac, body = file.read(_MAC_BYTES), file.read()
        except OSError:
            return None
        return body if hmac.compare_digest(mac, self._mac(name, body)) else None

    def put(self, name: str, body: bytes) -> None:
        """See ``ports.Shelf.put``. A full disk is somebody else's to complain about."""
        part = self._folder / f"{name}.{secrets.token_hex(4)}"
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with part.open("xb") as file:
                    file.write(self._mac(name, body))
                    file.write(body)
                part.replace(self._folder / name)
            finally:
                part.unlink(missing_ok=True)

    def _mac(self, name: str, body: bytes) -> bytes:
        mac = hmac.new(self._key, name.encode() + b"\0" + self._edition + b"\0", hashlib.sha256)
        mac.update(body)
        return mac.digest()


class NoShelf:
    """Implements ``ports.Shelf`` for a city that has no disk of its own."""

    def get(self, name: str) -> bytes | None:  # noqa: ARG002
        """Nothing is kept."""
        return None

    def put(self, name: str, body: bytes) -> None:
        """Nothing is kept."""


def dictionary(shelf: Shelf, files: Mapping[str, bytes]) -> Dictionary:
    """The sentences in ``locales/``, read anew only where a file is new: forty files of YAML take
    as long as printing five hundred pages. Raises ``site_file_invalid``."""
    mark = hashlib.sha256()
    for path, body in sorted(files.items()):
        mark.update(f"{path}\0{len(body)}\0".encode() + body)
    kept = shelf.get(WORDS)
    found = json.loads(kept) if kept is not None else {}
    if found.get("mark") == mark.hexdigest():
        return Dictionary(found["sentences"])
    made = words.parse(files)
    state = {"mark": mark.hexdigest(), "sentences": made.sentences}
    shelf.put(WORDS, json.dumps(state, ensure_ascii=False).encode())
    return made


def edition(package: Path) -> str:
    """Changes with every file of the program (names, sizes, times of change), with Python and with
    whatever is installed beside it."""
    digest = hashlib.sha256(sys.version.encode())
    for folder in sys.path:
        if folder.endswith("site-packages"):
            digest.update(f"{folder}\0{Path(folder).stat().st_mtime_ns}\n".encode())
    for folder, folders, names in os.walk(package):
        folders.sort()
        for name in sorted(each for each in names if each.endswith(".py")):
            path = os.path.join(folder, name)  # noqa: PTH118 - a hundred files at every start
            status = os.stat(path)  # noqa: PTH116
            digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
