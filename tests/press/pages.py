"""Reads printed pages the way a browser would, for the tests beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

#: elements that have no end tag (HTML 13.1.2)
VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
    ]
)
#: elements of SVG that we close at once
EMPTY = frozenset(["path", "circle", "rect"])


@dataclass
class Page(HTMLParser):
    """tags: every start tag with its attributes, in order. text: words outside <script>."""

    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: str = ""
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.problems.append(f"<{tag}> repeats an attribute: {names}")
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.problems.append(f"</{tag}> closes {self._open[-3:]}")
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if "script" not in self._open and "rt" not in self._open:
            self.text += data

    def all(self, tag: str) -> Iterator[dict[str, str]]:
        """Attributes of every element of that name."""
        return (attributes for name, attributes in self.tags if name == tag)

    def values(self, attribute: str) -> list[str]:
        """Values of an attribute, wherever it stands."""
        return [each[attribute] for _, each in self.tags if attribute in each]


def read(html: bytes) -> Page:
    """Parses a whole page; what is left open is a problem too."""
    page = Page()
    page.feed(html.decode("utf-8"))
    page.close()
    if page._open:
        page.problems.append(f"left open: {page._open}")
    return page
