"""Catalogue -> {path: bytes}, pure: templates, assets and sentences are handed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from todoke.config import Config
    from todoke.core.words import Dictionary
    from todoke.ports import Secrets, Shelf
    from todoke.press.house import House

Files = Mapping[str, bytes]


def build(
    config: Config,
    words: Dictionary,
    secrets: Secrets,
    read_templates: Callable[[], Files],
    read_site: Callable[[], Files],
    shelf: Shelf | None = None,
) -> House:
    """The press of one installation. Nothing is read before the first page is asked for. shelf:
    for templates, which are then compiled once and not at every start."""
    from todoke.press.house import House  # whoever prints one page again needs a part of it only

    return House(config, words, secrets, read_templates, read_site, shelf)
