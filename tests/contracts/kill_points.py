"""Dies at every place where it can: ``python -m tests.contracts.kill_points FOLDER ACT WHICH``.

The act (``release`` or ``put``) runs in a forked child that kills itself (SIGKILL) at its
n-th call of the file system, for n = 1, 2, 3 … until it once comes through. After each
death the survivors look: everything old or everything new, nothing between. Prints JSON:
how many places there were and what was found torn. ``WHICH`` "careless" runs a Blobs that
writes in place, to show that the oracle sees it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from todoke.adapters.files import FileBlobs
from todoke.ports import Files

#: what the interpreter announces (sys.addaudithook) before it asks the kernel
TOUCHES = (
    *("open", "os.mkdir", "os.link", "os.rename", "os.symlink", "os.remove", "os.rmdir"),
    *("os.scandir", "os.listdir", "fcntl.flock"),
)
OLD = {f"pages/{n}.html": b"old" for n in range(3)} | {"old.html": b"o", "same/a.css": b"same"}
NEW = {f"pages/{n}.html": b"new" for n in range(3)} | {"new.html": b"n", "same/a.css": b"same"}


class CarelessBlobs(FileBlobs):
    """Edits the files that are being served."""

    def release(self, files: Files) -> int:
        if not self.current_release():
            return super().release(files)
        assert isinstance(files, Mapping)
        for key, body in files.items():
            (self._current / key).write_bytes(body)
        for path in self._current.resolve().rglob("*.html"):
            if path.relative_to(self._current.resolve()).as_posix() not in files:
                path.unlink()
        return self.current_release()

    def put(self, key: str, body: bytes) -> None:
        with (self._files / key).open("wb") as file:
            file.write(body[:1])
            file.flush()
            list(self._files.iterdir())  # a place to die in the middle
            file.write(body[1:])


def die_at(point: int) -> None:
    """Arm this process: the n-th touch of the file system is its last."""
    left = point

    def hook(event: str, _: object) -> None:
        nonlocal left
        if event in TOUCHES:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def survives(point: int, act: Callable[[], object]) -> bool:
    """Whether the act came to its end before its n-th touch."""
    child = os.fork()
    if child == 0:
        die_at(point)
        act()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return not os.WIFSIGNALED(status)


def seen(blobs: FileBlobs) -> dict[str, bytes]:
    """Everything a reader finds among the names of both releases."""
    found = {key: blobs.get(key) for key in sorted({*OLD, *NEW})}
    return {key: blob.body for key, blob in found.items() if blob is not None}


def leftovers(folder: Path) -> list[str]:
    """What should not lie about after a release that came to its end."""
    kept = len(list((folder / "releases").iterdir()))
    names = [path.name for path in (folder / "incoming").iterdir()]
    names += [path.name for path in folder.iterdir() if path.name == "next"]
    return names + ([f"{kept} releases"] if kept > 3 else [])


def kill_releases(folder: Path, make: type[FileBlobs]) -> tuple[int, list[str]]:
    """The deaths of a release and what each of them left torn."""
    blobs, torn, point = make(folder), [], 0
    while True:
        point += 1
        blobs.release(OLD)
        before = blobs.current_release()
        came_through = survives(point, lambda: blobs.release(NEW))
        found, switched = seen(blobs), blobs.current_release() != before
        if found not in (OLD, NEW):
            torn.append(f"point {point}: pages of two releases")
        elif (found == NEW) != switched:
            torn.append(f"point {point}: number and pages differ")
        blobs.release({"index.html": b"%d" % point})
        torn += [f"point {point}: {name} is left" for name in leftovers(folder)]
        if came_through:
            return point - 1, torn


def kill_puts(folder: Path, make: type[FileBlobs]) -> tuple[int, list[str]]:
    """The deaths of a put over an older file and what each of them left torn."""
    blobs, torn, point = make(folder), [], 0
    while True:
        point += 1
        FileBlobs(folder).put("feeds/all.atom", b"old")
        came_through = survives(point, lambda: blobs.put("feeds/all.atom", b"new"))
        found = blobs.get("feeds/all.atom")
        if found is None or found.body not in (b"old", b"new"):
            torn.append(f"point {point}: half a file")
        if list(blobs.list("")) != ["feeds/all.atom"]:
            torn.append(f"point {point}: half a file among the files")
        if came_through:
            return point - 1, torn


def main(folder: str, act: str, which: str) -> None:
    """Run, tell, end."""
    make = CarelessBlobs if which == "careless" else FileBlobs
    kill = kill_releases if act == "release" else kill_puts
    points, torn = kill(Path(folder), make)
    print(json.dumps({"points": points, "torn": torn}))


if __name__ == "__main__":
    main(*sys.argv[1:])
