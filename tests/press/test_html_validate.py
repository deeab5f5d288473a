"""Printed pages against the HTML standard, as html-validate reads it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.press.conftest import ROOT

VALIDATOR = ROOT / "node_modules/.bin/html-validate"
RULES = Path(__file__).parent / "html-validate.json"
#: filled by scripts: their headings are empty until then, and the browser tests read them
FILLED_LATER = ("inbox.html", "topics.html")


def complaints(folder: Path) -> str:
    """What the validator says about every page below a folder; "" for nothing."""
    done = subprocess.run(
        [str(VALIDATOR), "--config", str(RULES), "--formatter", "text", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.stdout.strip()


@pytest.mark.real
def test_pages_satisfy_the_html_standard(release: Mapping[str, bytes], tmp_path: Path) -> None:
    for path, body in release.items():
        if path.endswith(".html") and not path.endswith(FILLED_LATER):
            (tmp_path / path.replace("/", "_")).write_bytes(body)
    assert len(list(tmp_path.iterdir())) > 250
    assert complaints(tmp_path) == ""


@pytest.mark.real
def test_the_validator_sees_a_broken_page(release: Mapping[str, bytes], tmp_path: Path) -> None:
    broken = release["index.html"].replace(b"</h1>", b"</h2>", 1)
    (tmp_path / "index.html").write_bytes(broken)
    assert "close-order" in complaints(tmp_path)
