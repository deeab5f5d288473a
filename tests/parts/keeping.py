"""Years of keeping that a city has decided, made up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from todoke.core.keeping import KINDS

#: where the example of ``todoke init`` says it can be read, and where this city's rules can
EXAMPLE = "https://www.city.example.jp/reiki"
RULES = "https://www.city.shiken.lg.jp/reiki"


def rule(years: int = 5, **other: Any) -> dict[str, Any]:
    """One rule as a table of the settings."""
    source = {"title": {"ja": "試験区文書管理規程"}, "url": RULES}
    basis = {"ja": "試験区文書管理規程 別表", "en": "Rules on documents of Shiken City"}
    return {"years": years, "basis": basis, "as_of": "2026-04", "source": source, **other}


def rules(years: int = 5, **other: Any) -> Mapping[str, Any]:
    """The same rule for every kind."""
    return {kind: rule(years, **other) for kind in KINDS}


def decide(city: Path) -> None:
    """What a person does in a new city's settings: the city's own rules in place of the example."""
    settings = city / "site" / "todoke.toml"
    settings.write_text(settings.read_text("utf-8").replace(EXAMPLE, RULES), "utf-8")
