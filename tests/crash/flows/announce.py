"""A notice from the draft to its public page: written, asked for, approved by a second person."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.crash.flows.seen import Plain, Say, Seen, exactly
from tests.crash.flows.settling import settle
from tests.parts.desk import DAY, Desk
from todoke.adapters.fakes import START
from todoke.core.notice import Content, Person, PublicNotice
from todoke.journeys import announce, notices
from todoke.ports import Services

FORM = "a-form-made-by-chance-1"
#: what stands on record of a notice in each state
ACTS = ("drafted", "asked", "approved", "published", "sent")
STATES = {"draft": 1, "asked": 2, "approved": 3, "sending": 4, "sent": 5}


def content() -> Content:
    """A notice with nothing to mend."""
    return Content(
        topic="nursery",
        title={"ja": "保育園の申込は12月4日(金)まで"},
        text={"ja": "一次申込の締切は12月4日(金)です。\n電話 000-000-1234"},
        expires_at=int(START.timestamp()) + 30 * DAY,
    )


class Announce(Plain):
    """Implements ``Flow``."""

    def prepare(self, services: Services, told: Mapping[str, Any]) -> dict[str, Any]:
        """Two clerks."""
        desk = Desk.open(services.config.data)
        return {"author": desk.author.id, "approver": desk.approver.id}

    def warm(self, services: Services) -> Services:
        """Templates are read once in the life of a server."""
        services.press.notices([invented()], [invented()])
        return services

    def act(
        self, services: Services, told: Mapping[str, Any], said: Mapping[str, str], say: Say
    ) -> None:
        """Three acts of two clerks; the rest is done by the tick and the workers."""
        author = Person(told["author"], frozenset({"author"}))
        approver = Person(told["approver"], frozenset({"approver"}))
        number = said.get("draft", "")
        if not number:
            number = announce.draft(services, author, content(), form=FORM).id
            say("draft", number)
        if "asked" not in said:
            if notices.get(services, number).data["state"] == "draft":
                announce.ask(services, author, number)
            say("asked", number)
        if "approved" not in said:
            _approve(services, approver, number)
            say("approved", number)
        settle(services)
        say("sent", number)

    def look(self, seen: Seen) -> Iterator[str]:
        """One notice, as far as it was acknowledged, with its acts, its work and its page."""
        found = seen.all("notice")
        yield from exactly("the notice", len(found), seen.between("draft", len(found)))
        yield from exactly("the form", len(seen.all("form")), len(found))
        for each in found:
            state = str(each.data["state"])
            if state not in STATES:
                yield f"the notice is {state}"
                continue
            wanted = [("asked", 2), ("approved", 3), ("sent", 5)]
            least = max([n for name, n in wanted if name in seen.said or seen.ended], default=1)
            if STATES[state] < least:
                yield f"the notice is {state}: what was acknowledged is lost on the way"
            for place, act in enumerate(ACTS, 1):
                there = int(STATES[state] >= place)
                yield from exactly(f"the act {act}", seen.acts(act), there)
            if state == "approved" and not seen.waits("publish_notice"):
                yield "the notice is approved, and its publishing is lost"
            if state == "sending" and not seen.waits("send_part"):
                yield "the notice is public, and its sending is lost"
            if STATES[state] >= STATES["sending"]:
                yield from of_pages(seen, each.id)


def _approve(services: Services, approver: Person, number: str) -> None:
    record = notices.get(services, number)
    if record.data["state"] != "asked":  # her click arrived, and the page shows it
        return
    shown = record.data["audience"]
    assert isinstance(shown, dict)
    announce.approve(services, approver, number, str(record.data["snapshot"]), str(shown["number"]))


def of_pages(seen: Seen, number: str) -> Iterator[str]:
    for key in (f"notices/{number}.html", f"notices/{number}.json"):
        page = seen.services.blobs.get(key)
        if page is None or number.encode() not in page.body:
            yield f"its page {key} is lost"
    feed = seen.services.blobs.get("feeds/all.json")
    items = json.loads(feed.body)["items"] if feed else []
    listed = sum(1 for item in items if item["id"] == number)
    yield from exactly("its line in the feed", listed, 1)


def invented() -> PublicNotice:
    """A notice that nobody wrote."""
    return PublicNotice("N-2026-9999", content(), START)
