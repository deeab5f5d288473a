"""Our own window for the PIN (Tk), in a real X server, asked for by the real daemon, with the keys
of a person in front of it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from card_bridge import assuan, consent
from card_bridge.assuan import AssuanError, Conversation
from card_bridge.consent import OWN_WINDOW, Consent, Hangup, Question
from card_bridge.examination import examine
from card_bridge.sentences import LANGUAGES, Language, say
from tests.card_bridge.asking import NONCE, receive, request
from tests.parts.bridge import Bridge
from tests.parts.screen import Screen
from tests.parts.waiting import wait_for

pytestmark = pytest.mark.real
ORIGIN = "http://localhost:8080"
PROGRAM = Path(consent.__file__).with_name("tk_pinentry.py")
LONG = "https://" + "kosodate-tetsuzuki." * 9 + "city.minatono.example:65535"


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    pytest.importorskip("_tkinter", reason="NO WINDOW TEST: python3-tk is missing")
    with Screen.start() as running:
        yield running


@pytest.fixture
def command(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The program of our window, on the test's own screen."""
    monkeypatch.setenv("DISPLAY", screen.display)
    monkeypatch.delenv("XAUTHORITY", raising=False)
    found = consent.find(OWN_WINDOW, None)
    assert found
    return list(found)


@pytest.fixture
def bridge(command: list[str], keys: Path) -> Iterator[Bridge]:
    assert command
    (keys / "card.json").unlink(missing_ok=True)
    with Bridge.start(keys, ORIGIN, words=("--pinentry", OWN_WINDOW)) as running:
        yield running
        assert "defect" not in running.output


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("window") / "card"


def windows(bridge: Bridge) -> list[Path]:
    """The processes of open windows."""
    tasks = Path(f"/proc/{bridge.process.pid}/task")
    own = [n for each in tasks.iterdir() for n in (each / "children").read_text().split()]
    return [Path("/proc") / each for each in own]


def test_a_pin_is_typed_by_keys_alone_and_is_nowhere_but_at_the_card(
    bridge: Bridge, screen: Screen
) -> None:
    with ThreadPoolExecutor(1) as page:
        answer = page.submit(bridge.authenticate, NONCE, language="en")
        screen.see()
        screen.press(*"7391")
        (window,) = windows(bridge)
        for name in ("cmdline", "environ"):
            assert b"7391" not in (window / name).read_bytes()
        screen.press("ctrl+slash", "ctrl+c", "ctrl+x", "shift+Home", "End")  # all of it
        assert "7391" not in screen.marked()
        screen.press("Return")
        status, said = answer.result(60)
        assert (status, said["error"], said["left"]) == (403, "pin_wrong", 2)
        screen.gone()
        assert not window.exists(), "what copies it made end with it"
        answer = page.submit(bridge.authenticate, NONCE, language="en")
        screen.see()
        screen.press(*"1234", "Tab", "space")
        assert answer.result(60)[0] == 200
    assert "7391" not in bridge.output + (bridge.desk / "home/log.txt").read_text("utf-8")


def test_digits_are_not_drawn(command: list[str], screen: Screen) -> None:
    with ThreadPoolExecutor(1) as person, Conversation(command, time.monotonic() + 60) as dialog:
        answer = person.submit(dialog.say, "GETPIN")
        screen.see()
        empty = screen.rests()
        screen.press(*"1111")
        ones = screen.rests(other=empty)
        screen.press(*["BackSpace"] * 4)
        wait_for(lambda: screen.picture() == empty, "an empty field")
        screen.press(*"7394")
        wait_for(lambda: screen.picture() == ones, "four signs, whatever was typed")
        screen.press("Return")
        assert answer.result(60) == b"7394"


def test_a_pin_of_the_wrong_shape_is_asked_for_again_and_costs_nothing(
    bridge: Bridge, screen: Screen
) -> None:
    with ThreadPoolExecutor(1) as page:
        answer = page.submit(bridge.authenticate, NONCE, language="easy")
        screen.see()
        before = screen.rests()
        screen.press(*"12", "Return")
        screen.rests(other=before)  # the sentence about four digits
        screen.press(*"1234", "KP_Enter")
        assert answer.result(60)[0] == 200


@pytest.mark.parametrize("keys_to_stop", [("Escape",), ("1", "Tab", "Tab", "Return")])
def test_stopping_by_key_is_heard_and_costs_nothing(
    bridge: Bridge, screen: Screen, keys_to_stop: tuple[str, ...]
) -> None:
    with ThreadPoolExecutor(1) as page:
        answer = page.submit(bridge.authenticate, NONCE, language="en")
        screen.see()
        screen.press(*keys_to_stop)
        assert answer.result(60)[1]["error"] == "pin_cancelled"
    assert bridge.status()[1]["tries_left"] == 3


def test_the_last_try_needs_a_yes_that_no_stray_enter_gives(bridge: Bridge, screen: Screen) -> None:
    bridge.stop()
    (bridge.folder / "card.json").write_text('{"pin": "1234", "left": 1}')
    with (
        Bridge.start(bridge.folder, ORIGIN, words=("--pinentry", OWN_WINDOW)) as again,
        ThreadPoolExecutor(1) as page,
    ):
        answer = page.submit(again.authenticate, NONCE, language="en")
        screen.see()
        screen.rests()
        screen.press("Return")
        assert answer.result(60)[1]["error"] == "pin_cancelled", "Enter is no yes to a risk"
        screen.gone()
        answer = page.submit(again.authenticate, NONCE, language="en")
        screen.see()
        warned = screen.rests()
        screen.press("shift+Tab", "Return")
        asked = screen.rests(other=warned)
        assert not answer.done()
        assert asked
        screen.press(*"1234", "Return")
        assert answer.result(60)[0] == 200


def test_keys_that_were_meant_for_another_window_answer_no_question(
    command: list[str], screen: Screen, tmp_path: Path
) -> None:
    # what opens under busy fingers: here it stays so for an hour instead of 0.6 seconds
    text = PROGRAM.read_text("utf-8")
    assert "_UNREADABLE_MILLISECONDS = 600" in text
    slow = tmp_path / "window.py"
    slow.write_text(text.replace("_MILLISECONDS = 600", "_MILLISECONDS = 3_600_000"), "utf-8")
    with (
        ThreadPoolExecutor(1) as person,
        Conversation([*command[:-1], str(slow)], time.monotonic() + 60) as dialog,
    ):
        answer = person.submit(dialog.say, "CONFIRM")
        screen.see()
        screen.press("Return", "space", "Tab", "Return", "space", "KP_Enter")
        screen.rests()
        assert not answer.done()
        screen.press("Escape")
        with pytest.raises(AssuanError) as no:
            answer.result(60)
        assert no.value.code == assuan.NOT_CONFIRMED


def test_a_new_page_is_allowed_by_her_yes_only(command: list[str], screen: Screen) -> None:
    person = Consent(command, None)
    with ThreadPoolExecutor(1) as page:
        for pressed, allowed in (("Return", False), ("shift+Tab", True)):
            asked = page.submit(person.trusts, "https://city.example", "ja", Hangup())
            screen.see()
            screen.rests()
            screen.press(pressed, *(["Return"] if allowed else []))
            assert asked.result(60) is allowed
            screen.gone()


def test_a_page_that_goes_away_closes_the_window(bridge: Bridge, screen: Screen) -> None:
    with socket.create_connection(("127.0.0.1", bridge.port), timeout=30) as page:
        page.sendall(request(bridge))
        screen.see()
        screen.press(*"12")
    screen.gone()
    wait_for(lambda: "login: pin_cancelled" in bridge.output, "the log")
    assert bridge.status()[1]["tries_left"] == 3


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGKILL])
def test_the_window_closes_with_the_bridge(
    bridge: Bridge, screen: Screen, way: signal.Signals
) -> None:
    with socket.create_connection(("127.0.0.1", bridge.port), timeout=30) as page:
        page.sendall(request(bridge))
        screen.see()
        bridge.process.send_signal(way)
        if way == signal.SIGTERM:
            assert receive(page)[2]["error"] == "pin_cancelled"
        screen.gone()


def test_nobody_is_waited_for_for_ever(command: list[str], screen: Screen) -> None:
    assert screen
    for question in ("GETPIN", "CONFIRM"):
        with Conversation(command, time.monotonic() + 60) as dialog:
            dialog.say("SETTIMEOUT", "1")
            with pytest.raises(AssuanError) as late:
                dialog.say(question)
            assert late.value.code == assuan.TIMEOUT


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_question_is_whole_on_a_small_screen(
    command: list[str], screen: Screen, language: Language
) -> None:
    called = "児童手当 認定請求書と添付書類のすべて（見本）二〇二六年度 みなと野市.pdf"
    login = Question(LONG, "login", 1, language, "1234")
    signing = Question(LONG, "sign-document", 5, language, "MIHON1234", document=called)
    texts = {
        "GETPIN": [consent.described(login), consent.described(signing)],
        "CONFIRM": [
            say(language, "dialog", "last_try", origin=LONG),
            say(language, "dialog", "new_site", origin=LONG),
            consent.described(login, on_reader=True),
        ],
    }
    for question, each in ((name, each) for name in texts for each in texts[name]):
        with ThreadPoolExecutor(1) as person, Conversation(
            command, time.monotonic() + 60
        ) as dialog:  # fmt: skip
            dialog.say("SETDESC", each)
            dialog.say("SETERROR", say(language, "dialog", "shape_sign-document"))
            answer = person.submit(dialog.say, question)
            assert screen.fits(screen.see()), (language, each)
            screen.press("Escape")
            with pytest.raises(AssuanError):
                answer.result(60)


def test_a_machine_without_a_screen_has_no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert consent.find(OWN_WINDOW, None) is None
    monkeypatch.setenv("DISPLAY", ":987654")
    assert consent.find(OWN_WINDOW, None) is None, "it is tried, not believed"


def test_it_is_found_where_there_is_no_pinentry_and_only_there(
    command: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TODOKE_PINENTRY", raising=False)
    assert list(consent.find(None, None) or ()) == command
    (told,) = [each for each in examine(tmp_path / "home", 1) if each.name == "dialog"]
    assert told.message("en") == "Window for the PIN: the bridge's own (Tk)"
    assert consent.find("pinentry-of-her-own", None) is None, "what she named is not replaced"
    other = tmp_path / "pinentry"
    other.write_text("#!/bin/sh\necho OK\nread x\necho OK\n")
    other.chmod(0o755)
    assert list(consent.find(None, None) or ()) == [str(other)]


def test_it_gives_the_pin_to_a_pipe_and_to_nothing_else(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        ended = subprocess.run(
            [sys.executable, "-I", "-S", str(PROGRAM)], stdin=subprocess.PIPE, stdout=file,
            stderr=subprocess.PIPE, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert ended.returncode == 1
    assert "card bridge" in ended.stderr
    assert (tmp_path / "file").read_bytes() == b""
