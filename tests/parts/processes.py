"""Child processes of the tests that never outlive them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO


def start(
    command: Sequence[str], environment: Mapping[str, str], output: IO[bytes], folder: Path
) -> subprocess.Popen[bytes]:
    """Starts a command as leader of its own group, all its words into ``output``.

    Where setpriv exists (util-linux), the kernel kills it when the test run dies, even by
    SIGKILL; start it from the main thread, because it is that thread's death which counts."""
    guard = shutil.which("setpriv")
    guarded = [guard, "--pdeathsig", "KILL", *command] if guard else list(command)
    return subprocess.Popen(
        guarded,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to a process and whatever it started, at once."""
    if process.poll() is None:
        # signalled before it is reaped: afterwards the number could be somebody else's
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def dies_at(touch: int, prepare: Callable[[], Callable[[], object]]) -> bool:
    """Prepares an act and does it in a process of its own, which dies at the given touch of the
    file system; whether it did, or had done everything before. What fails otherwise fails here."""
    child = os.fork()
    if child == 0:  # pragma: no cover - the other process
        left = [touch]

        def die(event: str, _arguments: object) -> None:
            if event.startswith(("open", "os.", "shutil.")):
                left[0] -= 1
                if left[0] == 0:
                    os._exit(9)

        try:
            act = prepare()
            sys.addaudithook(die)
            act()
            left[0] = 0  # what the interpreter does to end is no touch of ours
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9), "it broke instead of dying"
    return code == 9
