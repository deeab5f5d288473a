"""What can be made again, as files beside the data: ``plan/<name>``.

Each file carries an HMAC over its name, its bytes and the edition of the program that wrote it: a
half-written, damaged or foreign file, and one of an older program, is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import marshal
import os
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from todoke.core import words
from todoke.core.words import Dictionary

if TYPE_CHECKING:
    from todoke.ports import Shelf

_MAC_BYTES, _LENGTH_BYTES = 32, 8
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

    def parts(self, name: str) -> Mapping[str, bytes]:
        """See ``ports.Shelf.parts``."""
        try:
            handle = os.open(self._folder / name, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return {}
        mac, length = os.pread(handle, _MAC_BYTES, 0), os.pread(handle, _LENGTH_BYTES, _MAC_BYTES)
        start = _MAC_BYTES + _LENGTH_BYTES
        size = os.fstat(handle).st_size  # a damaged length may be any number
        index = os.pread(handle, min(int.from_bytes(length), size), start)
        if not hmac.compare_digest(mac, self._mac(name, index)):
            os.close(handle)
            return {}
        return _Parts(handle, start + len(index), marshal.loads(index))  # noqa: S302 - vouched for

    def put_parts(self, name: str, parts: Mapping[str, bytes]) -> None:
        """See ``ports.Shelf.put_parts``: behind an index whose HMAC vouches for the parts by their
        SHA-256, so that one of thousands is read alone."""
        index, end = {}, 0
        for key, body in parts.items():
            index[key] = (end, len(body), hashlib.sha256(body).digest())
            end += len(body)
        head = marshal.dumps(index)
        length = len(head).to_bytes(_LENGTH_BYTES)
        self._write(name, [self._mac(name, head), length, head, *parts.values()])

    def put(self, name: str, body: bytes) -> None:
        """See ``ports.Shelf.put``. A full disk is somebody else's to complain about."""
        self._write(name, [self._mac(name, body), body])

    def _write(self, name: str, pieces: Sequence[bytes]) -> None:
        part = self._folder / f"{name}.{secrets.token_hex(4)}"
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with part.open("xb") as file:
                    file.writelines(pieces)
                part.replace(self._folder / name)
            finally:
                part.unlink(missing_ok=True)

    def _mac(self, name: str, body: bytes) -> bytes:
        mac = hmac.new(self._key, name.encode() + b"\0" + self._edition + b"\0", hashlib.sha256)
        mac.update(body)
        return mac.digest()


class _Parts(Mapping[str, bytes]):
    """Of a file that stays open: another one may be put in its place meanwhile."""

    def __init__(
        self, handle: int, start: int, index: Mapping[str, tuple[int, int, bytes]]
    ) -> None:
        self._handle, self._start, self._index = handle, start, index

    def __getitem__(self, key: str) -> bytes:
        place, length, digest = self._index[key]
        body = os.pread(self._handle, length, self._start + place)
        if hashlib.sha256(body).digest() != digest:
            raise KeyError(key)
        return body

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)

    def __del__(self) -> None:
        os.close(self._handle)


class NoShelf:
    """Implements ``ports.Shelf`` for a city that has no disk of its own."""

    def get(self, name: str) -> bytes | None:  # noqa: ARG002
        """Nothing is kept."""
        return None

    def put(self, name: str, body: bytes) -> None:
        """Nothing is kept."""

    def parts(self, name: str) -> Mapping[str, bytes]:  # noqa: ARG002
        """Nothing is kept."""
        return {}

    def put_parts(self, name: str, parts: Mapping[str, bytes]) -> None:
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
