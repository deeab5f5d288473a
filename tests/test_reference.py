"""docs/reference.md says what the code does now."""

from __future__ import annotations

from tools import reference


def test_the_committed_reference_is_current() -> None:
    shown = reference.TARGET.read_text("utf-8")
    assert shown == reference.text(), "run: make docs"
