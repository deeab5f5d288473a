"""The bridge's own folder: which pages may ask, what they asked and when, and who runs.

trust.json    pages that the person said yes to
log.txt       a line for each ask, for the person to read; log.1.txt is the one before
running.json  locked while a bridge runs: its process and port
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from card_bridge.errors import BridgeError

VARIABLE = "TODOKE_BRIDGE_HOME"
#: bytes of a log; a line has about 80, so some 3,000 asks, and as many in the one before
_LARGEST_LOG = 256 * 1024
#: bytes of trust.json: a person trusts a handful of pages
_LARGEST_FILE = 64 * 1024


def place(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> Path:
    """Where the folder is: ``TODOKE_BRIDGE_HOME``, otherwise where this system keeps the state
    of programs (XDG Base Directory Specification; Library on macOS)."""
    env = os.environ if environment is None else environment
    if env.get(VARIABLE):
        return Path(env[VARIABLE])
    person = Path(env.get("HOME") or Path.home())
    if platform == "darwin":
        return person / "Library" / "Application Support" / "todoke-bridge"
    state = env.get("XDG_STATE_HOME", "")
    # the specification: a path that is not absolute is ignored
    return (Path(state) if state.startswith("/") else person / ".local" / "state") / "todoke-bridge"


class Home:
    """The folder, made if absent, the owner's alone. Raises ``home_refused`` with ``reason``:
    ``open_to_others`` or ``unusable``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            mode = folder.stat().st_mode
        except OSError:
            raise BridgeError("home_refused", reason="unusable") from None
        if mode & 0o077:
            raise BridgeError("home_refused", reason="open_to_others")

    def read(self, name: str) -> Any:
        """One JSON file; None when there is none. ValueError when it is not ours or broken."""
        try:
            with (self.folder / name).open("rb") as file:
                raw = file.read(_LARGEST_FILE + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ValueError(name) from error
        if len(raw) > _LARGEST_FILE:
            raise ValueError(name)
        return json.loads(raw)

    def write(self, name: str, content: object) -> None:
        """Puts a JSON file in place whole: a crash or a full disk leaves the old one.

        Raises OSError."""
        beside = self.folder / f".{name}.new"
        beside.unlink(missing_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(json.dumps(content, indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.folder / name)

    def log(self, line: str) -> None:
        """One line a person can read: when, who asked what, what came of it. Never a secret.

        A log that cannot be written stops nobody."""
        now = datetime.now(UTC).astimezone().isoformat(sep=" ", timespec="seconds")
        whole = f"{now} {line}\n"
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(whole)
            sys.stderr.flush()
        with contextlib.suppress(OSError):
            path = self.folder / "log.txt"
            if path.exists() and path.stat().st_size > _LARGEST_LOG:
                path.replace(self.folder / "log.1.txt")
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            with os.fdopen(os.open(path, flags, 0o600), "a", encoding="utf-8") as file:
                file.write(whole)

    def last_lines(self, count: int) -> list[str]:
        """The newest lines of the log, oldest first."""
        lines: list[str] = []
        for name in ("log.1.txt", "log.txt"):
            with contextlib.suppress(OSError):
                lines += (self.folder / name).read_text("utf-8", "replace").splitlines()
        return lines[-count:]

    def run(self, port: int) -> int:
        """Says that a bridge runs, until the handle that is given back is closed, or we end.

        Raises ``home_refused`` with ``in_use`` when one runs already."""
        path = self.folder / "running.json"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise BridgeError("home_refused", reason="in_use") from None
        os.truncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "port": port}).encode(), 0)
        return handle

    def running(self) -> dict[str, int] | None:
        """Process and port of the bridge that runs; None when none does."""
        try:
            handle = os.open(self.folder / "running.json", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            said = json.loads(os.pread(handle, 200, 0) or b"{}")
            return {"pid": int(said.get("pid", 0)), "port": int(said.get("port", 0))}
        finally:
            os.close(handle)
        return None
