"""A notice goes out to five phones, page by page, through a push service that takes everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tests.crash.flows.announce import Announce
from tests.crash.flows.seen import Say, Seen, exactly
from tests.crash.flows.settling import settle
from tests.parts.desk import Desk
from tests.parts.town import NoPages, Phone
from todoke.journeys import deliver, subscribe
from todoke.journeys.tick import tick
from todoke.ports import Services
from todoke.store_schema import LANES

#: rows of a page, so that five phones are three pages
PAGE = 2


class Deliver(Announce):
    """Implements ``Flow``. told: the endpoints of five phones."""

    def prepare(self, services: Services, told: Mapping[str, Any]) -> dict[str, Any]:
        """Phones that follow, and a notice whose first page is due."""
        desk = Desk.open(services.config.data)
        for number, endpoint in enumerate(told["endpoints"], 1):
            body = {**Phone(number).device(), "endpoint": endpoint, "topics": ["nursery"]}
            subscribe.follow(services, body)
        notice = desk.approved().id
        silent = replace(services, press=NoPages())
        tick(silent)
        for lane in LANES:
            deliver.work(silent, lane)
        return {"notice": notice}

    def act(
        self, services: Services, told: Mapping[str, Any], said: Mapping[str, str], say: Say
    ) -> None:
        """The tick and the workers."""
        settle(services)
        say("sent", str(told["notice"]))

    def look(self, seen: Seen) -> Iterator[str]:
        """Every phone is reached once; what is on record as accepted has arrived."""
        (notice,) = seen.all("notice")
        sent = notice.data["state"] == "sent"
        if not sent and (seen.ended or "sent" in seen.said):
            yield f"the notice is {notice.data['state']}: its end is lost"
        if not sent and not seen.waits("send_part"):
            yield "the notice is going out, and its next page is lost"
        yield from exactly("the act sent", seen.acts("sent"), int(sent))
        # a page is the receipt of its messages: those of the pages done were accepted
        rows = sorted(seen.all("subscription"), key=lambda each: each.id)
        done = sum(int(str(each.data["page"])) for each in seen.all("sending"))
        accepted = [str(each.data["endpoint"]) for each in rows[: done * PAGE]]
        counted = seen.services.store.get("counter.delivery", notice.id)
        number = counted.data.get("accepted", 0) if counted else 0
        if number != len(accepted):
            yield f"{len(accepted)} messages are counted as {number}: lost or doubled"
        for place, endpoint in enumerate(seen.told["endpoints"]):
            times = seen.shown[endpoint]
            needed = sent or endpoint in accepted
            yield from exactly(f"the message on phone {place}", times, 1 if needed else times)
