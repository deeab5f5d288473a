"""A disk as it would be after a power cut: what was written since the last sync may be gone.

Of a file only the bytes that it held at its last fsync are sure; of a folder only the names it
held at its own. syncfs makes everything sure. Nothing else does: POSIX promises no more, whatever
a file system does in addition. The index of SQLite's journal (-shm) is memory, not disk.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from tests.crash.calls import Call

#: what a disk writes whole or not at all
SECTOR = 512
#: what the cut left of that which nobody had synced: nothing; everything; the names and no byte;
#: the bytes and no name; some sectors and some names
VARIANTS = ("nothing", "everything", "names", "bytes", "some")
MEMORY = "-shm"
WRITES = ("write", "pwrite64")
SYNCS = ("fsync", "fdatasync", "syncfs")
#: these change no disk of ours here, or are read with their paths
_KNOWN = {
    *(*WRITES, *SYNCS, "ftruncate", "openat", "rename", "renameat", "renameat2", "unlink"),
    *("unlinkat", "rmdir", "mkdir", "mkdirat", "link", "linkat", "symlink", "symlinkat"),
    *("sendto", "sendmsg"),
}


@dataclass(slots=True)
class File:
    """now: what a reader sees. sure: what the last sync kept. since: changes after it, each
    (offset, bytes) or (size, None) for another length."""

    now: bytearray
    sure: bytes
    since: list[tuple[int, bytes | None]] = field(default_factory=list)

    def change(self, offset: int, body: bytes | None) -> None:
        """Writes, or sets the length."""
        _change(self.now, offset, body)
        self.since.append((offset, body))

    def sync(self) -> None:
        """Makes sure what is there."""
        self.sure, self.since = bytes(self.now), []

    def some(self, luck: random.Random) -> bytes:
        """Some sectors of what was not sure."""
        found = bytearray(self.sure)
        for offset, body in self.since:
            for start, piece in _sectors(offset, body):
                if luck.random() < 0.5:
                    _change(found, start, piece)
        return bytes(found)


@dataclass(frozen=True, slots=True)
class Folder:
    """Its names are in the disk's."""


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link."""

    to: str


Node: TypeAlias = File | Folder | Link
Names: TypeAlias = dict[PurePosixPath, Node]


class Disk:
    """What lies below one folder. Begins as the folder is; sure are the names that another one
    holds, which was there before the city was opened."""

    def __init__(self, root: Path, before: Path) -> None:
        self.root = root.resolve()
        self.now: Names = dict(_found(self.root))
        self.sure: Names = {
            path: node for path, node in self.now.items() if os.path.lexists(before / path)
        }
        self._ends: dict[str, int] = {}

    def apply(self, call: Call) -> None:
        """One call. Raises for one that it does not understand."""
        if call.name not in _KNOWN:
            raise AssertionError(f"a call that no one understands: {call.name}")
        act = getattr(self, f"_{call.name.removesuffix('at2').removesuffix('at')}", None)
        if act is not None:
            act(call)

    def folder_after(self, variant: str, target: Path, luck: random.Random) -> None:
        """Builds what the cut left, in an empty folder."""
        names = {"nothing": self.sure, "bytes": self.sure}.get(variant, self.now)
        if variant == "some":
            names = self._some_names(luck)
        for path in sorted(names):
            node, place = names[path], target / path
            if not place.parent.is_dir() or path.name.endswith(MEMORY):
                continue  # a name in a folder whose own name is gone
            if isinstance(node, Folder):
                place.mkdir()
            elif isinstance(node, Link):
                place.symlink_to(node.to)
            else:
                place.write_bytes(_bytes_of(node, variant, luck))

    def _some_names(self, luck: random.Random) -> Names:
        found: Names = {}
        for path in {**self.sure, **self.now}:
            here = luck.choice((self.sure, self.now)).get(path)
            if here is not None:
                found[path] = here
        return found

    # -------------------------------------------------------------------- bytes
    def _pwrite64(self, call: Call) -> None:
        file = self._file(call.place)
        if file is not None:
            file.change(call.numbers[-1], call.texts[0][: call.result])

    def _write(self, call: Call) -> None:
        """One after the other, from where its descriptor was opened."""
        file = self._file(call.place)
        if file is not None:
            end = self._ends[call.handle]
            file.change(end, call.texts[0][: call.result])
            self._ends[call.handle] = end + call.result

    def _ftruncate(self, call: Call) -> None:
        file = self._file(call.place)
        if file is not None:
            file.change(call.numbers[-1], None)

    def _fsync(self, call: Call) -> None:
        path = self._path(call.place)
        node = self.now.get(path) if path else None
        if isinstance(node, File):
            node.sync()
        elif path is not None:
            self._sync_names(path)

    _fdatasync = _fsync

    def _syncfs(self, call: Call) -> None:
        self.sure = dict(self.now)
        for node in self.now.values():
            if isinstance(node, File):
                node.sync()

    def _sync_names(self, folder: PurePosixPath) -> None:
        for path in [each for each in self.sure if each.parent == folder]:
            del self.sure[path]
        self.sure |= {path: node for path, node in self.now.items() if path.parent == folder}

    # -------------------------------------------------------------------- names
    def _open(self, call: Call) -> None:
        path = self._named(call, 0)
        self._ends[str(call.result)] = 0
        if path is None or "O_CREAT" not in call.flags:
            return
        if path not in self.now:
            self.now[path] = File(bytearray(), b"")
        elif "O_TRUNC" in call.flags:
            node = self.now[path]
            assert isinstance(node, File)
            node.change(0, None)

    def _mkdir(self, call: Call) -> None:
        path = self._named(call, 0)
        if path is not None:
            self.now[path] = Folder()

    def _symlink(self, call: Call) -> None:
        path = self._named(call, 1)
        if path is not None:
            self.now[path] = Link(call.texts[0].decode())

    def _rename(self, call: Call) -> None:
        old, new = self._named(call, 0), self._named(call, 1)
        if old is not None and new is not None:
            node = self.now.pop(old)
            assert not isinstance(node, Folder), "a folder that moves is not understood"
            self.now[new] = node

    def _link(self, call: Call) -> None:
        old, new = self._named(call, 0), self._named(call, 1)
        if old is not None and new is not None:
            self.now[new] = self.now[self._followed(old)]

    def _unlink(self, call: Call) -> None:
        path = self._named(call, 0)
        if path is not None:
            del self.now[path]

    _rmdir = _unlink

    # -------------------------------------------------------------------- places
    def _named(self, call: Call, which: int) -> PurePosixPath | None:
        """The path a text names, from the folder of its descriptor where it is relative. Where
        the process stands is not in its trace."""
        path = PurePosixPath(call.place) / call.texts[which].decode()
        assert path.is_absolute(), f"{call.name}: a path from nowhere"
        return self._path(str(path))

    def _path(self, place: str) -> PurePosixPath | None:
        path = PurePosixPath(place)
        return path.relative_to(self.root) if path.is_relative_to(self.root) else None

    def _file(self, place: str) -> File | None:
        """The file behind a descriptor; None for what lies elsewhere, or has lost its name."""
        path = self._path(place)
        if path is None or path.name.endswith(MEMORY) or place.endswith("(deleted)"):
            return None
        node = self.now[path]
        assert isinstance(node, File)
        return node

    def _followed(self, path: PurePosixPath) -> PurePosixPath:
        """The path without links on its way."""
        done = PurePosixPath()
        for part in path.parts:
            node = self.now.get(done / part)
            done = done / (node.to if isinstance(node, Link) else part)
        return done


def _found(root: Path) -> Iterator[tuple[PurePosixPath, Node]]:
    for path in sorted(root.rglob("*")):
        name = PurePosixPath(path.relative_to(root))
        if path.is_symlink():
            yield name, Link(str(path.readlink()))
        elif path.is_dir():
            yield name, Folder()
        else:
            body = path.read_bytes()
            yield name, File(bytearray(body), body)


def _bytes_of(file: File, variant: str, luck: random.Random) -> bytes:
    if variant == "some":
        return file.some(luck)
    return file.sure if variant in ("nothing", "names") else bytes(file.now)


def _change(body: bytearray, offset: int, new: bytes | None) -> None:
    length = offset if new is None else max(len(body), offset + len(new))
    body.extend(bytes(max(0, length - len(body))))
    del body[length:]
    if new is not None:
        body[offset : offset + len(new)] = new


def _sectors(offset: int, body: bytes | None) -> Iterator[tuple[int, bytes | None]]:
    if body is None:
        yield offset, None
        return
    start = 0
    while start < len(body):
        end = min(len(body), start + SECTOR - (offset + start) % SECTOR)
        yield offset + start, body[start:end]
        start = end
