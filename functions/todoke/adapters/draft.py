"""A release while it is filled: a folder that nobody is shown before it is complete."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from todoke.adapters.blob_keys import is_blob_key
from todoke.adapters.misuse import misuse
from todoke.core.files import Kept, OtherRelease

_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC


class Draft:
    """Links to files that did not change, new bytes for the others. Paths are plain text: ten
    thousand files are an ordinary site, and a ``Path`` costs more than a link.

    served: folder of the release being served, None before the first; number: its number."""

    def __init__(self, new: Path, served: Path | None, number: int) -> None:
        new.mkdir()
        self._new, self._served, self._number = str(new), str(served) if served else None, number
        self._folders = {""}
        self._files: set[str] = set()
        self._linked = 0

    def add(self, key: str, body: bytes | Kept) -> None:
        """One file. Raises ``store_misuse`` for a key that is none or is a folder of another one,
        and ``OtherRelease`` for what is to be kept and is not there."""
        self._make_room(key)
        path, old = f"{self._new}/{key}", f"{self._served}/{key}"
        if isinstance(body, Kept):
            if body.release != self._number or not _share(old, path):
                raise OtherRelease
            self._linked += 1
        elif self._served and _holds(old, body) and _link(old, path):
            self._linked += 1
        else:
            _write(path, body)

    def same(self) -> bool:
        """Whether it is the release being served, no file more and none less."""
        if not self._served or self._linked < len(self._files):
            return False
        return sum(len(names) for _, _, names in os.walk(self._served)) == len(self._files)

    def _make_room(self, key: str) -> None:
        if not is_blob_key(key) or key in self._files or key in self._folders:
            raise misuse("key of a blob", key=ascii(key)[:80])
        self._files.add(key)
        folder = key.rpartition("/")[0]
        if folder not in self._folders:
            above = ""
            for name in folder.split("/"):
                above = f"{above}/{name}" if above else name
                if above in self._files:
                    raise misuse("key of a blob", key=ascii(key)[:80])
                self._folders.add(above)
            os.makedirs(f"{self._new}/{folder}", exist_ok=True)  # noqa: PTH103


def share_but(served: Path, spare: Path, new: Path, count: int, files: Mapping[str, bytes]) -> None:
    """Links to all files of the release being served, but new bytes for these. Raises
    ``OtherRelease`` unless it has exactly so many, among them all of these.

    spare: a release that nobody needs any more. Where there is one it becomes the new one: of ten
    thousand files nearly all are the same already, as their inodes say without a look at them."""
    try:
        os.rename(spare, new)  # noqa: PTH104
    except FileNotFoundError:
        os.mkdir(new)  # noqa: PTH102
    left, found = {f"{new}/{key}": body for key, body in files.items()}, 0
    folders = [(str(served), str(new))]
    for folder, here in folders:
        there = _entries(here)
        for name, each in _entries(folder).items():
            path, old = f"{here}/{name}", there.pop(name, None)
            if each.is_dir(follow_symlinks=False):
                folders.append((each.path, path))
                if old is None or not old.is_dir(follow_symlinks=False):
                    _remove(old)
                    os.mkdir(path)  # noqa: PTH102
                continue
            found += 1
            if path in left:
                _remove(old)
                _write(path, left.pop(path))
            elif old is None or old.inode() != each.inode():
                _remove(old)
                if not _share(each.path, path):
                    raise OtherRelease
        for old in there.values():
            _remove(old)
    if left or found != count:
        raise OtherRelease


def _entries(folder: str) -> dict[str, os.DirEntry[str]]:
    with os.scandir(folder) as found:
        return {each.name: each for each in found}


def _remove(entry: os.DirEntry[str] | None) -> None:
    if entry is not None and entry.is_dir(follow_symlinks=False):
        shutil.rmtree(entry.path)
    elif entry is not None:
        os.unlink(entry.path)  # noqa: PTH108


def _link(old: str, new: str) -> bool:
    """Whether the link could be made: some file systems have none, and ext4 ends at 65,000."""
    try:
        os.link(old, new)
    except OSError:
        return False
    return True


def _share(old: str, new: str) -> bool:
    """The same file again, as a copy where no link can be made; False when there is none."""
    if _link(old, new):
        return True
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
        shutil.copyfile(old, new)
        return True
    return False


def _holds(path: str, body: bytes) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        return os.fstat(handle).st_size == len(body) and os.pread(handle, len(body) + 1, 0) == body
    except IsADirectoryError:
        return False
    finally:
        os.close(handle)


def _write(path: str, body: bytes) -> None:
    handle = os.open(path, _NEW, 0o666)
    try:
        left = memoryview(body)
        while left:
            left = left[os.write(handle, left) :]
    finally:
        os.close(handle)
