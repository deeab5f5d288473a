"""strace on a process that runs already: what it calls, and its death at one of the calls."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: every call that changes a disk, makes it durable or tells somebody; "?" because not every
#: machine has every one of them
TOUCHES = (
    *("write", "writev", "pwrite64", "pwritev", "pwritev2", "ftruncate", "?truncate", "fallocate"),
    *("fsync", "fdatasync", "syncfs", "sync_file_range", "copy_file_range", "sendfile"),
    *("?rename", "?renameat", "renameat2", "?unlink", "unlinkat", "?rmdir", "?mkdir", "mkdirat"),
    *("?link", "linkat", "?symlink", "symlinkat", "sendto", "sendmsg", "sendmmsg"),
)
#: a trace ends with its process; this only ends a hang
PATIENCE_SECONDS = 60
_CALL = re.compile(r"^(\d+) +(\w+)\(")


@dataclass(frozen=True, slots=True)
class Point:
    """The n-th call of this name of a thread."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Trace:
    """log: what was called, if anybody wants to know. kill: the call before which the process
    dies. bytes: the log holds all that was written, and who opened what."""

    log: Path = Path("/dev/null")
    kill: Point | None = None
    bytes: bool = False

    @contextmanager
    def of(self, process: int) -> Iterator[None]:
        """Traces a process that does nothing yet, until it ends."""
        wanted = [*TOUCHES, "openat"] if self.bytes else TOUCHES
        command = ["strace", "-f", "-e", f"trace={','.join(wanted)}", "-e", "signal=none"]
        if self.bytes:
            command += ["-y", "-xx", "-s", "16777216"]
        if self.kill is not None:
            command += ["-e", f"inject={self.kill.name}:signal=KILL:when={self.kill.number}"]
        tracer = subprocess.Popen(
            [*command, "-o", str(self.log), "-p", str(process)], stderr=subprocess.PIPE, text=True
        )
        assert tracer.stderr is not None
        try:
            said = tracer.stderr.readline()
            assert "attached" in said, f"strace: {said}"
            yield
            tracer.wait(PATIENCE_SECONDS)
        finally:
            tracer.kill()
            tracer.wait()
            tracer.stderr.close()


def points(log: Path) -> list[Point]:
    """Every place to die that a trace met, in its order. Calls are counted by name and thread, as
    strace counts them; two threads at the same place are one."""
    seen: Counter[tuple[str, str]] = Counter()
    found: dict[Point, None] = {}
    for line in log.read_text("ascii", "replace").splitlines():
        call = _CALL.match(line)
        if call:
            thread, name = call.groups()
            seen[thread, name] += 1
            found[Point(name, seen[thread, name])] = None
    return list(found)
