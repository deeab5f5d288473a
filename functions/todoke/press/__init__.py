"""Catalogue -> {path: bytes}, pure: templates, assets and sentences are handed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from todoke.config import Config
from todoke.core.words import Dictionary
from todoke.ports import Secrets
from todoke.press.house import House

Files = Mapping[str, bytes]


def build(
    config: Config,
    words: Dictionary,
    secrets: Secrets,
    read_templates: Callable[[], Files],
    read_site: Callable[[], Files],
) -> House:
    """The press of one installation. Nothing is read before the first page is asked for."""
    return House(config, words, secrets, read_templates, read_site)
