"""What a command speaks with."""

from __future__ import annotations

import argparse
from pathlib import Path

from todoke.entry.terminal import Terminal


def test_the_sentences_are_read_once_and_need_no_city(tmp_path: Path) -> None:
    data = tmp_path / "data"
    before = Terminal(argparse.Namespace(data=str(data)))
    assert before.say("publish.step.read")
    assert not data.exists()
    after = Terminal(argparse.Namespace(data=str(data)))
    assert after.services.words is after.dictionary
    assert before.dictionary == after.dictionary
