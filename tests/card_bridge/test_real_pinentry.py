"""The dialog is asked of a real pinentry, in a real terminal (a pty), by the real daemon."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.card_bridge.asking import NONCE, request
from tests.parts.bridge import ROOT, Bridge
from tests.parts.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.real
ORIGIN = "http://localhost:8080"


@dataclass(slots=True)
class Terminal:
    """What the person sees and types."""

    handle: int
    seen: str = field(default="")

    def see(self, words: str) -> None:
        """Waits until the words are on the screen."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while words not in self.seen:
            assert time.monotonic() < deadline, f"waited in vain for {words}: {self.seen[-800:]}"
            if select.select([self.handle], [], [], 0.1)[0]:
                self.seen += os.read(self.handle, 4096).decode("utf-8", "replace")

    def type(self, keys: str) -> None:
        """Presses keys."""
        os.write(self.handle, keys.encode())


@contextmanager
def bridge_in_a_terminal(folder: Path, program: str) -> Iterator[tuple[Bridge, Terminal]]:
    person, screen = pty.openpty()
    words = (
        "serve",
        "--pretend",
        str(folder),
        "--origin",
        ORIGIN,
        "--port",
        "0",
        "--pinentry",
        program,
    )
    with subprocess.Popen(
        [sys.executable, "-m", "card_bridge", *words],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=screen,
        env={**os.environ, "TERM": "vt100"}, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout
            port = json.loads(process.stdout.readline())["port"]
            url = f"http://127.0.0.1:{port}"
            yield (
                Bridge(url, port, ORIGIN, folder, folder, process, process.stdout),
                Terminal(person),
            )
        finally:
            process.terminate()
            process.wait(10)
            os.close(screen)
            os.close(person)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("terminal") / "card"


def program(name: str) -> str:
    path = shutil.which(name)
    if not path:
        pytest.skip(f"{name} is not installed")
    return path


def test_pinentry_tty_shows_page_and_tries_and_takes_the_pin(folder: Path) -> None:
    with (
        bridge_in_a_terminal(folder, program("pinentry-tty")) as (bridge, terminal),
        ThreadPoolExecutor(1) as page,
    ):
        answer: Future[tuple[int, dict[str, Any]]]
        for pin, outcome in (("9876", "pin_wrong"), ("1234", "signed")):
            answer = page.submit(bridge.authenticate, NONCE, language="en")
            terminal.see(f"{ORIGIN} asks for a login")
            terminal.see("more wrong PINs")
            terminal.see("PIN: ")
            terminal.type(f"{pin}\n")
            assert answer.result(PATIENCE_SECONDS)[0] == (200 if outcome == "signed" else 403)
            terminal.see(f"login: {outcome}")
            assert "9876" not in terminal.seen, "what is typed is not echoed"
            terminal.seen = ""


def test_pinentry_curses_draws_the_dialog_in_japanese_and_stopping_is_heard(folder: Path) -> None:
    with (
        bridge_in_a_terminal(folder, program("pinentry-curses")) as (bridge, terminal),
        ThreadPoolExecutor(1) as page,
    ):
        answer = page.submit(bridge.authenticate, NONCE, language="ja")
        terminal.see("8080")
        terminal.see("<やめる>")
        terminal.type("\t\t\r")  # past the PIN and the yes, to the no
        assert answer.result(PATIENCE_SECONDS)[1]["error"] == "pin_cancelled"
        # the log is on the same screen: after it, nothing of the first dialog is left to see
        terminal.see("login: pin_cancelled")
        terminal.seen = ""
        answer = page.submit(bridge.authenticate, NONCE, language="ja")
        terminal.see("<やめる>")
        terminal.type("1234\r")
        assert answer.result(PATIENCE_SECONDS)[0] == 200


@pytest.mark.parametrize("name", ["pinentry-tty", "pinentry-curses"])
def test_a_page_that_goes_away_gives_the_terminal_back_as_it_was(folder: Path, name: str) -> None:
    with bridge_in_a_terminal(folder, program(name)) as (bridge, terminal):
        before = termios.tcgetattr(terminal.handle)
        with socket.create_connection(("127.0.0.1", bridge.port), timeout=30) as page:
            page.sendall(request(bridge))
            terminal.see("PIN:" if name == "pinentry-tty" else "<Stop>")
            assert termios.tcgetattr(terminal.handle) != before, "no echo while a PIN is typed"
        terminal.see("login: pin_cancelled")
        assert termios.tcgetattr(terminal.handle) == before
        status, said = bridge.status()
        assert (status, said["card"]) == (200, "pretend")


def test_a_pinentry_that_has_no_place_to_show_itself_is_not_used(folder: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "card_bridge", "serve", "--pretend", str(folder), "--origin", ORIGIN,
         "--port", "0", "--pinentry", program("pinentry-curses")],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "cannot ask for a PIN here" in ended.stderr
