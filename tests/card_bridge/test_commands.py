"""The words of ``todoke-bridge`` on a terminal, each run as a person would."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from card_bridge import home
from card_bridge.__main__ import main
from card_bridge.examination import Finding, examine
from card_bridge.home import Home
from card_bridge.sentences import LANGUAGES
from tests.parts.bridge import ROOT, Bridge

CITY = "https://city.example"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(list(words)) == code
    got = capsys.readouterr()
    assert "{" not in got.err
    return got.out + got.err


def test_a_page_is_trusted_shown_and_forgotten(capsys: pytest.CaptureFixture[str]) -> None:
    assert "No page may use the card yet" in said(capsys, "status")
    assert f"{CITY} may use the card now" in said(capsys, "trust", CITY)
    shown = said(capsys, "status")
    assert "does not run" in shown
    assert f"  {CITY}\n" in shown
    assert "was allowed on the command line" in shown
    assert "may no longer use" in said(capsys, "forget", CITY)
    assert "was not allowed before" in said(capsys, "forget", CITY, code=1)
    assert "No page may use the card yet" in said(capsys, "status")


@pytest.mark.parametrize(
    "origin", ["http://city.example", "city.example", f"{CITY}/login", "*", ""]
)
def test_what_is_no_safe_page_is_refused_with_an_example(
    capsys: pytest.CaptureFixture[str], origin: str
) -> None:
    assert "https://city.example" in said(capsys, "trust", origin, code=2)
    assert "No page" in said(capsys, "status")


def test_a_japanese_terminal_is_answered_in_japanese(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    assert "カードブリッジは動いていません" in said(capsys, "status")


def test_a_folder_that_cannot_be_used_is_told(
    capsys: pytest.CaptureFixture[str], bridge_home: Path
) -> None:
    bridge_home.mkdir(mode=0o755)
    for words in (("status",), ("trust", CITY), ("forget", CITY)):
        assert "chmod 700" in said(capsys, *words, code=1)
    bridge_home.chmod(0o700)
    (bridge_home / "trust.json").write_text("broken")
    assert "cannot be used" in said(capsys, "trust", CITY, code=1)


# ---------------------------------------------------------------- doctor
def doctor(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["doctor", "--json", *words])
    return code, json.loads(capsys.readouterr().out)


def test_doctor_tells_what_stands_in_the_way_and_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TODOKE_PINENTRY", "/nonexistent")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, found = doctor(capsys, "--port", str(taken.getsockname()[1]))
    states = {each["name"]: each["state"] for each in found["checks"]}
    assert (code, found["ok"]) == (1, False)
    assert states["folder"] == "ok"
    assert states["port"] == "fail"
    assert states["dialog"] == "fail"
    assert states["sites"] == "hint"
    for each in found["checks"]:
        assert each["message"]
        assert bool(each["advice"]) == (each["state"] != "ok")
    main(["doctor"])
    shown = capsys.readouterr().out
    assert "× There is no window for the PIN (/nonexistent).\n   → Install" in shown


def test_doctor_spends_nothing_and_changes_nothing(
    capsys: pytest.CaptureFixture[str], bridge_home: Path
) -> None:
    Home(bridge_home)
    doctor(capsys)
    assert list(bridge_home.iterdir()) == []


@pytest.mark.real
def test_doctor_and_status_find_the_bridge_that_runs(
    capsys: pytest.CaptureFixture[str], bridge_home: Path, tmp_path: Path
) -> None:
    with Bridge.start(tmp_path / "card", "http://localhost:8080", home=bridge_home) as bridge:
        _code, found = doctor(capsys)
        assert {"name": "port", "state": "ok"}.items() <= found["checks"][1].items()
        assert str(bridge.port) in found["checks"][1]["message"]
        bridge.authenticate("n" * 43)
        shown = said(capsys, "status")
        assert f"runs (port {bridge.port})" in shown
        assert "http://localhost:8080 login: signed" in shown
        second = subprocess.run(
            [sys.executable, "-m", "card_bridge", "serve", "--pretend", str(tmp_path / "other"),
             "--origin", "http://localhost:8080", "--port", "0", "--pinentry", "none"],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert second.returncode == 1
        assert "runs already" in second.stderr
    assert "does not run" in said(capsys, "status")


def test_every_finding_has_its_words() -> None:
    words = {
        language: tomllib.loads((ROOT / f"card_bridge/words/{language}.toml").read_text("utf-8"))
        for language in LANGUAGES
        if language != "easy"
    }
    assert set(words["ja"]["doctor"]) == set(words["en"]["doctor"])
    assert set(words["ja"]["cli"]) == set(words["en"]["cli"])
    source = (ROOT / "card_bridge/examination.py").read_text("utf-8")
    for name, how in re.findall(r'Finding\("(\w+)", "(\w+)"', source):
        told = f"{name}_{how}" in words["en"]["doctor"]
        assert told or (name, how) == ("card", "trouble"), (name, how)
    finding = Finding("port", "free", "hint", {"port": 1})
    assert finding.advice("ja")


# ---------------------------------------------------------------- where its folder is
def test_the_folder_is_where_the_person_or_the_system_says() -> None:
    at = {"HOME": "/home/mihon"}
    assert home.place({**at, "TODOKE_BRIDGE_HOME": "/x"}) == Path("/x")
    assert home.place(at, "linux") == Path("/home/mihon/.local/state/todoke-bridge")
    assert home.place({**at, "XDG_STATE_HOME": "/s"}, "linux") == Path("/s/todoke-bridge")
    assert home.place({**at, "XDG_STATE_HOME": "s"}, "linux") == home.place(at, "linux")
    assert "Library" in str(home.place(at, "darwin"))


def test_examining_an_unusable_folder_goes_on_with_the_rest(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    found = examine(tmp_path / "file", 1)
    assert (found[0].how, found[0].state) == ("unusable", "fail")
    assert "dialog" in {each.name for each in found}
