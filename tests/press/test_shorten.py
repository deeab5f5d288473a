"""What was shortened before is not shortened again, and only that."""

from __future__ import annotations

import pytest

from todoke.adapters.shelf import NoShelf
from todoke.press import shorten


class Kept(NoShelf):
    """Implements ``ports.Shelf``."""

    def __init__(self) -> None:
        self.found: dict[str, bytes] = {}

    def get(self, name: str) -> bytes | None:
        return self.found.get(name)

    def put(self, name: str, body: bytes) -> None:
        self.found[name] = body


def test_the_same_scripts_are_shortened_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf, texts = Kept(), {"a.js": "const long = 1;\nexport { long };\n", "b.css": "a { top: 0 }"}
    first = shorten.shortened_before(texts, shelf)
    assert first == shorten.shortened(texts)
    with monkeypatch.context() as patch:
        patch.setattr(shorten, "shortened", lambda _: pytest.fail("shortened again"))
        assert shorten.shortened_before(dict(reversed(texts.items())), shelf) == first
    other = {**texts, "b.css": "a { top: 1px }"}
    assert shorten.shortened_before(other, shelf) == shorten.shortened(other) != first
