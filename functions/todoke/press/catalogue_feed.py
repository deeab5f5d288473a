"""The catalogue as an Atom feed (RFC 4287) in each language: who reads it hears of procedures that
are new and of those whose facts were looked at again.

An entry says no more than the page's first lines, and from which month its facts are. The order is
the catalogue's: the RFC gives the order of entries no meaning, and readers sort by ``updated``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from todoke.core.catalogue import Catalogue, Procedure
from todoke.core.site_fields import Text
from todoke.press.frame import FOLDERS, HREFLANG, LANG, Frame, nearest
from todoke.press.xml_text import escaped

NAME = "catalogue.atom"
_UPDATED = re.compile(rb"<updated>[^<]*</updated>")


def files(catalogue: Catalogue, frame: Frame) -> Mapping[str, bytes]:
    """The feeds by key."""
    return {f"{FOLDERS[each]}{NAME}": _feed(catalogue, frame, each) for each in FOLDERS}


def entry(catalogue: Catalogue, frame: Frame, item: Procedure, language: str) -> bytes:
    """What the feed says of one procedure."""
    key = f"{FOLDERS[language]}procedures/{item.id}.html"
    topic = catalogue.topics[item.topic]
    label = escaped(topic.name[nearest(topic.name, language)])
    lines = [
        "<entry>",
        _words("title", item.name, language),
        f"<id>{frame.tag(key.removesuffix('.html'))}</id>",
        f"<updated>{_instant(item.as_of)}</updated>",
        f'<category term="{topic.id}" label="{label}"/>',
        f'<link rel="alternate" type="text/html" href="{escaped(frame.absolute(key))}"/>',
        _words("summary", item.who, language),
        "</entry>\n",
    ]
    return "\n".join(lines).encode()


def dated(feed: bytes) -> bytes:
    """The feed as new as its newest entry."""
    own, *entries = _UPDATED.findall(feed)
    return feed.replace(own, max(entries), 1)


def _feed(catalogue: Catalogue, frame: Frame, language: str) -> bytes:
    city, key = frame.config.city, f"{FOLDERS[language]}{NAME}"

    def named(text: Text) -> str:
        return text[nearest(text, language)]

    title = frame.words.say(language, "site.feed.catalogue", city=named(city.name))
    page = frame.absolute(f"{FOLDERS[language]}procedures/index.html")
    head = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{HREFLANG[language]}">',
        f"<title>{escaped(title)}</title>",
        f"<id>{frame.tag(key.removesuffix('.atom'))}</id>",
        "<updated></updated>",
        f'<link rel="self" href="{escaped(frame.absolute(key))}"/>',
        f'<link rel="alternate" type="text/html" href="{escaped(page)}"/>',
        f"<author><name>{escaped(f'{named(city.name)} {named(city.office)}')}</name></author>\n",
    ]
    entries = (entry(catalogue, frame, each, language) for each in catalogue.procedures.values())
    return dated("\n".join(head).encode() + b"".join(entries) + b"</feed>\n")


def _words(element: str, text: Text, language: str) -> str:
    """Words that are missing come from another language, and say so."""
    there = nearest(text, language)
    marked = "" if LANG[there] == LANG[language] else f' xml:lang="{LANG[there]}"'
    return f"<{element}{marked}>{escaped(text[there])}</{element}>"


def _instant(month: str) -> str:
    """The first moment of it in Japan (RFC 3339)."""
    return f"{month}-01T00:00:00+09:00"
