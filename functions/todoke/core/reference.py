"""Reference languages: a smaller edition for who reads none of the three full ones.

The names of life events and procedures with one plain sentence each, and the sentences of the one
page they stand on. Facts are not among them: amounts, days and official names stand on that page as
the catalogue has them, so a translation that nobody has looked at for a year misleads nobody about
money or a time limit. Whoever lacks a name reads the English one, marked as such.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from todoke.core.reference_words import ReferenceWords
from todoke.core.site_fields import Text

FOLDER = "reference"
#: the sentences every reference language has -> the {parameters} of each
SENTENCES: Mapping[str, frozenset[str]] = {
    "title": frozenset(),
    "description": frozenset(["city"]),
    "skip": frozenset(),
    "languages": frozenset(),
    "label": frozenset(),
    "label_text": frozenset(),
    "nobody": frozenset(),
    "checked": frozenset(["by", "on"]),
    "facts": frozenset(),
    "mistake": frozenset(),
    "use": frozenset(),
    "use_choose": frozenset(),
    "use_read": frozenset(),
    "use_show": frozenset(),
    "use_whole": frozenset(),
    "easy": frozenset(),
    "easy_text": frozenset(),
    "events": frozenset(),
    "others": frozenset(),
    "official": frozenset(),
    "until": frozenset(),
    "amount": frozenset(),
    "whole": frozenset(),
    "online": frozenset(),
    "unsure": frozenset(),
    "ended": frozenset(),
    "untranslated": frozenset(),
    "top": frozenset(),
    "tools": frozenset(),
    "find": frozenset(),
    "find_text": frozenset(),
    "filter": frozenset(),
    "filter_none": frozenset(),
    "headings": frozenset(),
    "headings_text": frozenset(),
    "headings_doors": frozenset(),
    "headings_procedure": frozenset(),
    "no_script": frozenset(),
    "device_text": frozenset(),
    "gaps": frozenset(),
    "notices_easy": frozenset(),
    "inbox": frozenset(),
    "ask": frozenset(),
    "ask_text": frozenset(),
    "ask_show": frozenset(),
    "phone": frozenset(),
    "hours": frozenset(),
    "address": frozenset(),
    "emergency": frozenset(),
    "emergency_fire": frozenset(),
    "emergency_police": frozenset(),
    "emergency_child": frozenset(),
    "emergency_abuse": frozenset(),
    "follow": frozenset(),
    "follow_text": frozenset(),
    "home": frozenset(),
    "privacy": frozenset(),
    "coverage": frozenset(),
}
PARAMETER = re.compile(r"\{(\w*)\}")
#: folders of the site that a language must not be printed over
RESERVED = ("api",)


@dataclass(frozen=True, slots=True)
class Named:
    """A procedure's name and what it is for, in one sentence."""

    name: str
    summary: str


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference language. id: its folder, two or three letters (ISO 639). lang: BCP 47, for
    the ``lang`` of the page. own: what its readers call it; name: what others do. direction: "ltr"
    or "rtl". by, on: who other than the author has read all of it and when (YYYY-MM-DD), "" for
    nobody yet. events, procedures: by id; what is missing falls back to English. words: of the
    questions and dates, None for a language that has none of them."""

    id: str
    lang: str
    own: str
    name: Text
    direction: str
    sentences: Mapping[str, str]
    events: Mapping[str, str]
    procedures: Mapping[str, Named]
    by: str = ""
    on: str = ""
    order: int = 0
    words: ReferenceWords | None = None

    @property
    def path(self) -> str:
        """Where its first page stands."""
        return f"{self.id}/index.html"

    def say(self, name: str, /, **values: str) -> str:
        """One of ``SENTENCES``, its {parameters} filled in."""
        return PARAMETER.sub(lambda found: values[found[1]], self.sentences[name])
