"""The first start of a city in an empty folder: its keys, its store, its first file, and the
first phone that follows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.crash.flows.seen import Plain, Say, Seen, exactly
from tests.parts.desk import AREAS, COHORTS, TOPICS
from tests.parts.town import Phone
from todoke.core.errors import TodokeError
from todoke.journeys import subscribe
from todoke.ports import Services

OFFER = json.dumps({"topics": TOPICS, "areas": AREAS, "cohorts": COHORTS}).encode()


class First(Plain):
    """Implements ``Flow``."""

    begins = True

    def prepare(self, services: Services, told: Mapping[str, Any]) -> dict[str, Any]:
        """Nothing is there."""
        return {}

    def act(
        self, services: Services, told: Mapping[str, Any], said: Mapping[str, str], say: Say
    ) -> None:
        """The city has just been opened, whatever was there."""
        if "offer" not in said:
            services.blobs.put("app.json", OFFER)
            say("offer", "yes")
        if "token" not in said:
            body = {**Phone(1).device(), "topics": ["nursery"]}
            say("token", str(subscribe.follow(services, body)[0]["token"]))

    def look(self, seen: Seen) -> Iterator[str]:
        """The file is whole, and her token opens what she made."""
        there = seen.services.blobs.get("app.json")
        if there is None and ("offer" in seen.said or seen.ended):
            yield "the file is lost"
        if there is not None and there.body != OFFER:
            yield "the file is half"
        made = len(seen.all("subscription"))
        yield from exactly("her subscription", made, seen.between("token", made))
        if "token" in seen.said:
            try:
                subscribe.subscription_of(seen.services, seen.said["token"])
            except TodokeError:
                yield "her token is lost"
