"""README and CONTRIBUTING name files that exist, and the map leaves nothing out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: what the map need not name: settings of the type checker, a register of the state
UNNAMED = {"shapes.d.ts", "municipalities.csv"}
_PATH = re.compile(r"(?:site|tests|functions|docs|templates|tools)/[\w./{},<>-]*")
_LINK = re.compile(r'\]\(([\w./-]+)\)|src="([^"]+)"')


@pytest.mark.parametrize("paper", ["README.md", "CONTRIBUTING.md"])
def test_every_file_that_is_named_exists(paper: str) -> None:
    text = (ROOT / paper).read_text("utf-8")
    named = {each for code in re.findall(r"`([^`\n]+)`", text) for each in _PATH.findall(code)}
    named |= {each for pair in _LINK.findall(text) for each in pair if each}
    plain = {each for each in named if each and not re.search(r"[<{]", each)}
    made_up = {"site/procedures/mihon-ehon.yaml"}
    missing = {each for each in plain - made_up if not (ROOT / each.rstrip(".,")).exists()}
    assert len(plain) > 3
    assert missing == set()


def test_the_map_names_whatever_lies_in_the_site() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    drawn = text[text.index("## Map of the tree") :]
    there = {each.name for each in (ROOT / "site").iterdir()} - UNNAMED
    assert {
        each for each in there if not re.search(rf"(?<![\w.]){re.escape(each)}", drawn)
    } == set()


def test_the_command_is_written_as_it_can_be_typed() -> None:
    """``todoke`` is not on the PATH of who has just typed ``make run``."""
    for paper in ("README.md", "CONTRIBUTING.md"):
        blocks = re.findall(r"```sh\n(.*?)```", (ROOT / paper).read_text("utf-8"), re.DOTALL)
        assert not [
            line for block in blocks for line in block.splitlines() if line.startswith("todoke ")
        ]
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "`.venv/bin/todoke staff link" in readme
