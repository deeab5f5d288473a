"""Child processes of the tests that never outlive them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
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
