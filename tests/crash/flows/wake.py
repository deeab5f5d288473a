"""Phones that follow nothing are woken at their hour; another one asks to be woken next week."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.crash.flows.seen import Plain, Say, Seen, exactly
from tests.crash.flows.settling import settle
from tests.parts.desk import DAY, HOUR, Desk
from tests.parts.town import Phone
from todoke.adapters.fakes import START, TurnedClock
from todoke.journeys import alarms, subscribe
from todoke.ports import Services

SOON = (int(START.timestamp()) // HOUR + 1) * HOUR
NEXT_WEEK = SOON + 7 * DAY


class Wake(Plain):
    """Implements ``Flow``. told: the endpoints of five phones."""

    def prepare(self, services: Services, told: Mapping[str, Any]) -> dict[str, Any]:
        """Four phones whose hour comes soon, and a fifth."""
        Desk.open(services.config.data)
        tokens = []
        for number, endpoint in enumerate(told["endpoints"], 1):
            body = {**Phone(number).device(), "endpoint": endpoint, "topics": []}
            tokens.append(str(subscribe.follow(services, body)[0]["token"]))
        for token in tokens[:-1]:
            record = subscribe.subscription_of(services, token)
            alarms.wake_at(services, record, {"at": SOON})
        return {"tokens": tokens}

    def act(
        self, services: Services, told: Mapping[str, Any], said: Mapping[str, str], say: Say
    ) -> None:
        """One phone asks; then the hour has come."""
        if "asked" not in said:
            record = subscribe.subscription_of(services, told["tokens"][-1])
            alarms.wake_at(services, record, {"at": NEXT_WEEK})
            say("asked", "yes")
        assert isinstance(services.clock, TurnedClock)
        services.clock.turn(max(0, SOON - services.clock.unix()))
        settle(services)
        say("woken", "yes")

    def look(self, seen: Seen) -> Iterator[str]:
        """What was asked for is there until its phone was reached, and not any longer."""
        *early, late = (str(each).partition(".")[0] for each in seen.told["tokens"])
        kept = seen.one("alarm", late)
        yield from exactly(
            "the new alarm", int(kept is not None), seen.between("asked", bool(kept))
        )
        if kept is not None and kept.data["at"] != NEXT_WEEK:
            yield "the new alarm is another one: half"
        over = seen.ended or "woken" in seen.said
        for place, id in enumerate(early):
            endpoint = seen.told["endpoints"][place]
            waits = seen.one("alarm", id) is not None
            if waits and over:
                yield f"the hour of phone {place} is over, and its alarm still there: lost"
            if not waits and not seen.shown[endpoint]:
                yield f"the alarm of phone {place} is erased, and it was never woken: lost"
            if seen.shown[endpoint] > 1:
                yield f"the alarm of phone {place} is doubled"
