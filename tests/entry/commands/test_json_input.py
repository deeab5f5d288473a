"""The commands that answer a family take its facts as JSON in one way: in a file, in the line or on
standard input, bounded, and no name twice."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests.parts.terminal import Operator

#: command -> its words before what is handed to it, and the field a refusal names
COMMANDS = {
    "check": (["check", "--facts"], "--facts"),
    "amount": (["amount", "jidou_teate", "--facts"], "facts"),
    "timeline": (["timeline", "--birth", "2026-04-01", "--on", "2026-11-24", "--given"], "given"),
    "deadline": (["deadline", "school_entry", "--input"], "input"),
}
SPOILED = {
    "twice": b'{"dob": "2026-04-01", "dob": "2020-04-01"}',
    "broken": b'{"dob": ',
    "empty": b"",
    "no text": b"\xff\xfe\xff",
    "deep": b"[" * 3000,
    "long": b'{"dob": "' + b"1" * 300_000 + b'"}',
}


@pytest.mark.parametrize("spoiled", SPOILED)
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_no_json_of_a_family_is_refused_by_its_field(
    newcomer: Operator, monkeypatch: pytest.MonkeyPatch, command: str, spoiled: str
) -> None:
    words, field = COMMANDS[command]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SPOILED[spoiled])))
    answer = newcomer.asks(*words, "-", code=1)
    assert answer["error"] == "bad_field"
    assert field in answer["message"]
    assert ("too long" if spoiled == "long" else "not JSON") in answer["message"]
    assert not newcomer.data.exists()


@pytest.mark.parametrize("command", [each for each in COMMANDS if each != "deadline"])
def test_a_file_without_end_is_not_read_to_its_end(newcomer: Operator, command: str) -> None:
    answer = newcomer.asks(*COMMANDS[command][0], "/dev/zero", code=1)
    assert "too long" in answer["message"]


@pytest.mark.parametrize("command", [each for each in COMMANDS if each != "deadline"])
def test_a_file_that_is_not_there_is_told_and_no_traceback(
    newcomer: Operator, tmp_path: Path, command: str
) -> None:
    code, out, error = newcomer.says(*COMMANDS[command][0], str(tmp_path / "none.json"))
    assert code == 1
    assert "none.json" in out + error
    assert "no such file" in out + error
    assert "Traceback" not in out + error
