"""A bridge that nobody asks does nothing at all, and what was asked leaves nothing behind."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.card_bridge.asking import exchange, request
from tests.parts.bridge import ROOT, Bridge
from tests.parts.pcscd import Pcscd, nobody_serves
from tests.parts.virtual_card import VirtualCard
from tests.parts.waiting import wait_for

ORIGIN = "http://localhost:8080"
#: a page may ask for the state 60 times at once (card_bridge/limits.py), so 1,000 ask as twenty
PAGES = [f"http://localhost:{port}" for port in range(9001, 9021)]
ASKS = 1000
HALF_OPEN = 200
#: of a process that must not wake up; a bridge that looked for cards would, every 400 ms or so
STILL_SECONDS = 3.0


def test_what_reads_certificates_is_loaded_when_a_card_is_used_and_not_before() -> None:
    look = "import sys, card_bridge.__main__; print(*sorted(sys.modules), sep='\\n')"
    loaded = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert "card_bridge.server" in loaded
    heavy = ("cryptography", "smartcard", "tkinter", "http.server", "card_bridge.pretend_card")
    assert not [each for each in loaded if each.startswith(heavy)]


@pytest.fixture(params=["a card", "no card", "no pcscd"])
def bridge(request: pytest.FixtureRequest) -> Iterator[Bridge]:
    """Has been asked once: whatever would begin with the first ask has begun."""
    with contextlib.ExitStack() as held:
        if request.param == "no pcscd":
            held.enter_context(nobody_serves())
        else:
            pcscd: Pcscd = request.getfixturevalue("pcscd")
            if request.param == "a card":
                folder = request.getfixturevalue("card_folder")
                held.enter_context(VirtualCard(folder, pcscd.ports[0]))
                pcscd.sees()
        bridge = held.enter_context(Bridge.start(None, ORIGIN))
        expected = {"a card": "signed", "no card": "no_card", "no pcscd": "pcsc_stopped"}
        bridge.authenticate("A" * 43)
        assert expected[request.param] in bridge.output
        yield bridge


@pytest.mark.real
def test_a_bridge_that_nobody_asks_does_not_wake_up(bridge: Bridge) -> None:
    wait_for(lambda: held(bridge)[1] == 1, "the act's thread to end")
    wait_for(lambda: _woken(bridge) == _woken_after(bridge, 0.2), "the bridge to be still")
    before = _woken(bridge)
    assert _woken_after(bridge, STILL_SECONDS) == before


@pytest.mark.real
def test_a_thousand_asks_and_two_hundred_half_open_lines_leave_nothing_behind(
    tmp_path: Path,
) -> None:
    words = [word for page in PAGES for word in ("--origin", page)]
    with Bridge.start(tmp_path / "card", ORIGIN, words=tuple(words)) as bridge:
        before = held(bridge)
        assert _state(bridge, PAGES[0]) == 200
        size = _resident(bridge)
        assert {_state(bridge, PAGES[at % len(PAGES)]) for at in range(ASKS - 1)} == {200}
        wait_for(lambda: held(bridge) == before, f"handles and threads to be {before} again")
        with contextlib.ExitStack() as lines:
            for at in range(HALF_OPEN):
                line = socket.create_connection(("127.0.0.1", bridge.port), timeout=30)
                lines.enter_context(line)
                line.sendall(b"GET /v1/status HTTP/1.1\r\n"[: at % 25])
            # the oldest made room, so a page that asks now is answered while they hang
            assert _state(bridge, PAGES[-1]) in (200, 429)
            wait_for(lambda: held(bridge) == before, "half heads to be given up")
        assert _resident(bridge) < size + 4, "megabytes"
        assert "defect" not in bridge.output


def held(bridge: Bridge) -> tuple[int, int]:
    """Handles and threads of a running bridge."""
    own = Path(f"/proc/{bridge.process.pid}")
    return len([*(own / "fd").iterdir()]), len([*(own / "task").iterdir()])


def _state(bridge: Bridge, page: str) -> int:
    sent = request(
        bridge, "GET", "/v1/status", b"",
        origin=page, content_type=None, content_length=None, todoke_card=None,
    )  # fmt: skip
    return exchange(bridge, sent)[0]


def _woken(bridge: Bridge) -> int:
    """How often it has waited for something and gone on (proc(5), voluntary_ctxt_switches)."""
    return int(_told(bridge, "voluntary_ctxt_switches:"))


def _woken_after(bridge: Bridge, seconds: float) -> int:
    time.sleep(seconds)
    return _woken(bridge)


def _resident(bridge: Bridge) -> float:
    return int(_told(bridge, "VmRSS:")) / 1024


def _told(bridge: Bridge, name: str) -> str:
    lines = Path(f"/proc/{bridge.process.pid}/status").read_text("ascii").splitlines()
    return next(each.split()[1] for each in lines if each.startswith(name))
