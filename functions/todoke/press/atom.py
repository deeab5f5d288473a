"""Atom feeds (RFC 4287): the city's notices for any feed reader, without an account."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from todoke.core.catalogue import Catalogue
from todoke.core.notice import PublicNotice
from todoke.press.frame import Frame
from todoke.press.phrases import instant
from todoke.press.xml_text import fit

_ATOM = "http://www.w3.org/2005/Atom"


def feed(
    frame: Frame,
    catalogue: Catalogue,
    topic: str,
    updated: str,
    notices: Sequence[PublicNotice],
) -> bytes:
    """The feed of a topic, or of all ("all")."""
    say, city = frame.words.say, frame.config.city
    root = ElementTree.Element("feed", {"xmlns": _ATOM, "xml:lang": "ja"})
    named = "" if topic == "all" else f": {catalogue.topics[topic].name['ja']}"
    _add(root, "title", say("ja", "site.feed.title", city=city.name["ja"]) + named)
    _add(root, "id", frame.tag(f"feeds/{topic}"))
    _add(root, "updated", updated)
    ElementTree.SubElement(root, "link", rel="self", href=frame.absolute(f"feeds/{topic}.atom"))
    ElementTree.SubElement(root, "link", rel="alternate", href=frame.absolute("notices/index.html"))
    _add(ElementTree.SubElement(root, "author"), "name", f"{city.name['ja']} {city.office['ja']}")
    for notice in notices:
        _entry(frame, catalogue, root, notice)
    ElementTree.indent(root)
    made: bytes = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    return made + b"\n"


def _entry(
    frame: Frame, catalogue: Catalogue, root: ElementTree.Element, notice: PublicNotice
) -> None:
    content, published = notice.content, instant(notice.published_at)
    title = content.title["ja"]
    if notice.withdrawn:
        title = frame.words.say("ja", "site.notice.withdrawn_title", title=title)
    entry = ElementTree.SubElement(root, "entry")
    _add(entry, "title", title)
    _add(entry, "id", frame.tag(f"notices/{notice.id}"))
    _add(entry, "published", published)
    _add(entry, "updated", instant(notice.updated_at))
    topic = catalogue.topics.get(content.topic)
    label = topic.name["ja"] if topic else content.topic
    ElementTree.SubElement(entry, "category", term=content.topic, label=label)
    href = frame.absolute(f"notices/{notice.id}.html")
    ElementTree.SubElement(entry, "link", rel="alternate", type="text/html", href=href)
    _add(entry, "content", notice.reason if notice.withdrawn else content.text["ja"])


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = fit(text)
