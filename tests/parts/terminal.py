"""The operator at a terminal: gives commands and reads what they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from todoke.entry import cli

PASSPHRASE = "見本の合言葉は十二文字より長い"
#: puts a text in the place of another, once, in a file of a copy of the site
Edit = Callable[[str, str, str], None]


@dataclass
class Operator:
    """Somebody at a terminal. data: the folder she works on."""

    data: Path
    capture: pytest.CaptureFixture[str]

    def says(self, *words: str, data: Path | None = None) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        try:
            code = cli.main([words[0], "--data", str(data or self.data), *words[1:]])
        except SystemExit as ended:
            code = int(str(ended.code))
        out, error = self.capture.readouterr()
        return code, out, error

    def asks(self, *words: str, code: int = 0, data: Path | None = None) -> dict[str, Any]:
        """The JSON answer of a command that must end with ``code``."""
        found, out, error = self.says(*words, "--json", data=data)
        assert found == code, out + error
        answer: dict[str, Any] = json.loads(out)
        # a finding (doctor, keys check) is an answer with exit 1, a refusal is an error
        assert answer["ok"] is ("error" not in answer)
        return answer
