"""The card bridge is a package of its own, and says that it reads no card yet."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_it_does_not_look_as_if_it_could_read_a_card() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "card_bridge"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "does not read cards yet" in ended.stderr


def test_it_is_installed_without_the_service() -> None:
    project = tomllib.loads((ROOT / "card_bridge/pyproject.toml").read_text("utf-8"))["project"]
    assert sorted(each.split(">")[0] for each in project["dependencies"]) == [
        "cryptography",
        "pyscard",
    ]
    lock = (ROOT / "requirements/bridge.txt").read_text("utf-8")
    assert "pyscard==" in lock
    assert "flask==" not in lock
