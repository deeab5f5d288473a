"""How a notice will look on a phone: made by the very functions that make the real message."""

from __future__ import annotations

import json
from dataclasses import dataclass

from todoke.core import delivery, push_message
from todoke.core.notice import Content
from todoke.core.words import LANGUAGES
from todoke.journeys import sending
from todoke.ports import Services


@dataclass(frozen=True, slots=True)
class Shown:
    """What a locked screen shows: title and body as they travel, shortened if they must be."""

    language: str
    title: str
    body: str


def on_phone(services: Services, id: str, content: Content, show: str) -> list[Shown]:
    """One per language the notice is written in. show: "discreet" (what everybody starts
    with) or "title"."""
    now = services.clock.unix()
    notice = sending.Notice(id, content, now, delivery.ends_at(now, content.expires_at))
    found = []
    for language in LANGUAGES:
        if language in content.title:
            plaintext = push_message.payload(sending.words_of(services, notice, language, show))
            said = json.loads(plaintext)["notification"]
            found.append(Shown(language, said["title"], said["body"]))
    return found
