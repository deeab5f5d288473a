"""The card bridge is a package of its own, complete in its wheel, and says what it lacks."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from card_bridge.__main__ import main

ROOT = Path(__file__).parents[2]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "card_bridge", *words],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_without_a_window_for_the_pin_a_real_card_is_not_served() -> None:
    ended = run("serve", "--port", "0", "--pinentry", "none")
    assert ended.returncode == 1
    assert "Nothing here can ask for a PIN" in ended.stderr
    assert "python3-tk" in ended.stderr
    assert ended.stdout == ""


def test_without_pyscard_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setattr("card_bridge.consent.find", lambda _named, _tty: ["pinentry"])
    assert main(["serve", "--port", "0"]) == 1
    assert "todoke-card-bridge[pcsc]" in capsys.readouterr().err


def test_it_is_installed_without_the_service() -> None:
    project = tomllib.loads((ROOT / "card_bridge/pyproject.toml").read_text("utf-8"))["project"]
    assert [each.split(">")[0] for each in project["dependencies"]] == ["cryptography"]
    assert [each.split(">")[0] for each in project["optional-dependencies"]["pcsc"]] == ["pyscard"]
    lock = (ROOT / "requirements/bridge.txt").read_text("utf-8")
    assert "pyscard==" in lock
    assert "flask==" not in lock


def test_its_wheel_holds_every_module_and_word(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT / "card_bridge", capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    packed = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    here = [*(ROOT / "card_bridge").glob("*.py"), *(ROOT / "card_bridge").glob("words/*.toml")]
    wanted = {str(each.relative_to(ROOT)) for each in here}
    assert wanted == {each for each in packed if ".dist-info/" not in each}


@pytest.mark.parametrize(
    "origin",
    ["https://city.example", "http://localhost.city.example", "https://localhost",
     "http://localhost/", "http://LOCALHOST:8080", "http://127.0.0.1:8080", "null", "*", "",
     "http://localhost:80", "http://localhost:99999", "http://a..localhost",
     "http://localhost@city.example", "http://localhost:8080\n"],
)  # fmt: skip
def test_a_pretend_card_serves_no_origin_of_another_machine(
    tmp_path: Path, origin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["serve", "--pretend", str(tmp_path / "card"), "--pinentry", "none"]
    assert main([*words, "--origin", "http://localhost:8080", "--origin", origin]) == 2
    assert "this very machine only" in capsys.readouterr().err
    assert not (tmp_path / "card").exists()
