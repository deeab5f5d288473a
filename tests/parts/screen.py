"""A real X server without a monitor (Xvfb), and the keys of a person in front of it (xdotool).

with Screen.start() as screen:        # programs started with screen.environment() draw there
    screen.see()
    screen.press("1", "2", "Return")
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

import pytest

from tests.parts import processes
from tests.parts.bridge import ROOT
from tests.parts.waiting import wait_for

#: of the screen: a small laptop's
SIZE = (1024, 600)


@dataclass(slots=True)
class Screen:
    """display: its name, as in DISPLAY. folder: of what it draws into."""

    display: str
    folder: Path
    process: subprocess.Popen[bytes]
    _output: IO[bytes]

    @classmethod
    def start(cls) -> Screen:
        """Starts it and waits for its name. Skips the test, loudly, where it cannot be had."""
        for program in ("Xvfb", "xdotool"):
            if not shutil.which(program):
                pytest.skip(f"NO WINDOW TEST: {program} is missing (tools/system_packages.sh)")
        output = tempfile.TemporaryFile()  # noqa: SIM115 (closed at the end)
        folder = Path(tempfile.mkdtemp(prefix="todoke-screen-"))
        # it takes a free number itself, and tells it on standard output
        command = [
            "Xvfb", "-displayfd", "1", "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24",
            "-nolisten", "tcp", "-fbdir", str(folder),
        ]  # fmt: skip
        process = processes.start(command, os.environ, output, ROOT)

        def number() -> str:
            assert process.poll() is None, "Xvfb has ended"
            said = os.pread(output.fileno(), 4096, 0).decode()
            return next((each for each in said.splitlines() if each.isdigit()), "")

        return cls(f":{wait_for(number, 'the X server')}", folder, process, output)

    def environment(self) -> dict[str, str]:
        """For a program that is to draw here."""
        kept = {k: v for k, v in os.environ.items() if k not in ("WAYLAND_DISPLAY", "XAUTHORITY")}
        return {**kept, "DISPLAY": self.display}

    def see(self) -> str:
        """Waits until a window of the bridge's own is drawn and has the keys; its number."""
        return wait_for(self._focused, "the window")

    def gone(self) -> None:
        """Waits until there is no such window any more."""
        wait_for(lambda: not self._found(), "the window to close")

    def rests(self, other: bytes = b"") -> bytes:
        """Waits until the screen has not changed for a second, and is not as ``other``."""

        def look() -> bytes | None:
            before = self.picture()
            time.sleep(1)
            return before if before == self.picture() != other else None

        return wait_for(look, "the screen to rest")

    def press(self, *keys: str) -> None:
        """Presses keys, by their X names, in whatever window has them."""
        self._tool("key", "--clearmodifiers", "--delay", "20", *keys)

    def marked(self) -> str:
        """What a program would paste: the selection and the clipboard, by a client of our own."""
        program = (
            "import tkinter\nroot = tkinter.Tk()\nroot.withdraw()\n"
            "for name in ('PRIMARY', 'CLIPBOARD'):\n"
            "    try:\n        print(root.selection_get(selection=name))\n"
            "    except tkinter.TclError:\n        pass\n"
        )
        ended = subprocess.run(
            [sys.executable, "-c", program], env=self.environment(), capture_output=True,
            text=True, check=True, timeout=60,
        )  # fmt: skip
        return ended.stdout

    def picture(self) -> bytes:
        """Every point of the screen, from the memory that the X server draws into."""
        return (self.folder / "Xvfb_screen0").read_bytes()

    def fits(self, window: str) -> bool:
        """Whether no edge of a window is beyond the screen's."""
        said = self._tool("getwindowgeometry", "--shell", window)
        at = {k: int(v) for k, _, v in (each.partition("=") for each in said.split())}
        right, bottom = at["X"] + at["WIDTH"], at["Y"] + at["HEIGHT"]
        return at["X"] >= 0 and at["Y"] >= 0 and right <= SIZE[0] and bottom <= SIZE[1]

    def __enter__(self) -> Screen:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        processes.kill_group(self.process)
        self._output.close()
        shutil.rmtree(self.folder)

    def _found(self) -> list[str]:
        return self._tool("search", "--onlyvisible", "--class", "^Todoke-bridge$").split()

    def _focused(self) -> str:
        # 1 is nobody's: the root window, under the pointer
        found, focus = self._found(), self._tool("getwindowfocus").strip()
        return found[0] if found and focus not in ("", "1") else ""

    def _tool(self, *words: str) -> str:
        ended = subprocess.run(
            ["xdotool", *words], env=self.environment(), capture_output=True, text=True,
            check=False, timeout=30,
        )  # fmt: skip
        return ended.stdout
