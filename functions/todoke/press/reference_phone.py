"""Following topics and the inbox in a reference language: what their pages say
(parts/following.html, parts/shelf.html in other words) and, in phone/<code>.json, their scripts.

The texts are held to their source as those of the questions are (``core/reference_words.py``). What
the city sends, and what the lock screen shows of it, stays in the language the city wrote:
Japanese, marked as such. A name of a district stands in Latin letters, the Japanese one beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from todoke.core.catalogue import Area, Catalogue, Topic
from todoke.core.reference import PARAMETER, Reference
from todoke.core.reference_words import TOPIC, Told, fallback, marked, of_following
from todoke.core.words import LANGUAGES, Dictionary
from todoke.press.assets import to_json
from todoke.press.frame import Frame

#: pages of the language itself; every other one is of easy Japanese
OWN = ("topics.html", "inbox.html", "check.html", "timeline.html")
#: Japanese beyond what the catalogue holds: what the city sends and what its notices say
_SENT = Markup(' lang="ja"')
#: a run of Japanese, as ``core/reference_words.py`` marks it
_RUN = re.compile(r"\[([^\[\]|]+)\|ja\]")
#: how days are written, by which ``js/dates.js`` tells such a file from those of the editions
_DAYS = {"date.day": "{iso}"}


def files(catalogue: Catalogue, frame: Frame) -> dict[str, bytes]:
    """phone/<code>.json of every language with words: the sentences of words.easy.json."""
    every = of_following(catalogue.topics.values(), frame.words)
    return {
        key(each): to_json(_Voice(frame, Told(each.words, every)).phone())
        for each in catalogue.references.values()
        if each.words is not None
    }


def key(reference: Reference) -> str:
    """Of the sentences its scripts say."""
    return f"phone/{reference.id}.json"


def spoken(frame: Frame, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the parts ask for, in the words of one language. values: reference, topics, areas,
    calendars (topic: its id, "" for all of them; kept, file)."""
    reference: Reference = values["reference"]
    assert reference.words is not None
    topics: Sequence[Topic] = values["topics"]
    told = Told(reference.words, of_following(topics, frame.words))
    voice, city = _Voice(frame, told), frame.config.city
    names = {each.id: told.say(f"{TOPIC}{each.id}.name") for each in topics}
    return {
        "t": lambda name, /, **own: markup(voice.say(name, **own)),
        "plain": lambda name, /, **own: plain(voice.say(name, **own)),
        "read": markup,
        "text": markup,
        "url": lambda path: f"/{reference.id if path in OWN else 'easy'}/{path}",
        "city": {
            "name": marked(frame.pick("easy", city.name)),
            "hours": marked(frame.pick("easy", city.hours)),
            "phone": city.phone,
            "email": city.email,
        },
        "topics": [_topic(told, each) for each in topics],
        "areas": [_area(each) for each in values["areas"]],
        "calendars": [
            {**each, "topic": names.get(each["topic"]) or voice.say("site.calendar.all")}
            for each in values["calendars"]
        ],
        "sent": _SENT,
        "without_gaps": not told.missing,
    }


def markup(text: str) -> Markup:
    """A text whose Japanese runs are marked as a phone reads them."""
    parts = _RUN.split(text)
    return Markup("").join(
        Markup('<span lang="ja">{}</span>').format(each) if n % 2 else escape(each)
        for n, each in enumerate(parts)
    )


def plain(text: str) -> str:
    """The same for an attribute or an option."""
    return _RUN.sub(r"\1", text)


def _topic(told: Told, topic: Topic) -> Mapping[str, Any]:
    said = {part: told.say(f"{TOPIC}{topic.id}.{part}") for part in ("name", "about", "often")}
    return {"id": topic.id, "sensitive": topic.sensitive, **said}


def _area(area: Area) -> Mapping[str, str]:
    """plain: for an option, which holds no element that could say its language."""
    name, japanese = area.name, marked(area.name["ja"])
    said = f"{name['en']} ({japanese})" if "en" in name else japanese
    return {"id": area.id, "name": said, "plain": plain(said)}


class _Voice:
    """Says a sentence of the locales in one language, else in easy Japanese, marked as such."""

    def __init__(self, frame: Frame, told: Told) -> None:
        self._words, self._told = frame.words, told

    def say(self, name: str, /, **values: object) -> str:
        """A sentence with its {parameters} filled in."""
        said = self._sentence(name)
        return PARAMETER.sub(lambda found: str(values[found[1]]), said) if values else said

    def phone(self) -> Mapping[str, str]:
        """Every sentence a script may say, by the name it calls it."""
        names = self._words.part("ja", "phone")
        return {name: self._sentence(f"phone.{name}") for name in names} | _DAYS

    def _sentence(self, name: str) -> str:
        return (
            self._told.say(name) if self._told.wants(name) else fallback(texts(self._words, name))
        )


def texts(words: Dictionary, name: str) -> Mapping[str, str]:
    """A sentence of the locales in each edition."""
    return {each: words.sentences[each][name] for each in LANGUAGES if words.has(each, name)}


__all__ = ["OWN", "files", "key", "markup", "plain", "spoken", "texts"]
