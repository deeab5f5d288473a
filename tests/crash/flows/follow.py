"""A phone follows, changes its mind about the district; another one leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.crash.flows.seen import Plain, Say, Seen, exactly
from tests.parts.desk import Desk
from tests.parts.town import Phone
from todoke.core.errors import TodokeError
from todoke.journeys import subscribe
from todoke.ports import Services

TOPICS = ("nursery", "vaccines")


class Follow(Plain):
    """Implements ``Flow``."""

    def prepare(self, services: Services, told: Mapping[str, Any]) -> dict[str, Any]:
        """A desk's offer, and a phone that follows already."""
        Desk.open(services.config.data)
        shown, _ = subscribe.follow(services, {**Phone(2).device(), "topics": list(TOPICS)})
        return {"leaver": shown["token"]}

    def act(
        self, services: Services, told: Mapping[str, Any], said: Mapping[str, str], say: Say
    ) -> None:
        """Three acts of two people."""
        token = said.get("token", "")
        if not token:
            body = {**Phone(1).device(), "topics": list(TOPICS)}
            token = str(subscribe.follow(services, body)[0]["token"])
            say("token", token)
        if "area" not in said:
            subscribe.change(services, subscribe.subscription_of(services, token), {"area": "kita"})
            say("area", "kita")
        if "left" not in said:
            subscribe.leave(services, told["leaver"])
            say("left", "yes")

    def look(self, seen: Seen) -> Iterator[str]:
        """Rows, follows, counts and acts agree."""
        leaver = str(seen.told["leaver"]).partition(".")[0]
        rows = {each.id: each for each in seen.all("subscription")}
        mine = [each for each in rows.values() if each.id != leaver]
        yield from exactly("her subscription", len(mine), seen.between("token", len(mine)))
        yield from exactly("the act of following", seen.acts("subscription_made"), 1 + len(mine))
        gone = leaver not in rows
        yield from exactly("the leaving", int(gone), seen.between("left", int(gone)))
        yield from exactly("the act of leaving", seen.acts("subscription_left"), int(gone))
        for each in mine:
            if ("area" in seen.said or seen.ended) and each.data["area"] != "kita":
                yield "her district is lost"
        yield from _her_token(seen)
        for topic in TOPICS:
            yield from _of_topic(seen, topic, len(rows), mine[0].data["area"] if mine else None)


def _her_token(seen: Seen) -> Iterator[str]:
    """A token that she was given opens her subscription."""
    if "token" in seen.said:
        try:
            subscribe.subscription_of(seen.services, seen.said["token"])
        except TodokeError:
            yield "her token is lost"


def _of_topic(seen: Seen, topic: str, rows: int, area: object) -> Iterator[str]:
    follows = sum(1 for each in seen.all("follow") if each.data["topic"] == topic)
    yield from exactly(f"a follower of {topic}", follows, rows)
    counted = seen.services.store.get("counter.followers", topic)
    cells = {} if counted is None else {name: n for name, n in counted.data.items() if n}
    wanted = {"*|*": rows} if rows else {}
    if area:
        wanted[f"{area}|*"] = 1
    if cells != wanted:
        yield f"{topic}: counted {cells}, lost or doubled from {wanted}"
