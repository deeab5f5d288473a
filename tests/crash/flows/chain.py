"""Acts come into the chain, and where it ends is published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.crash.flows.seen import Plain, Say, Seen, exactly
from todoke.journeys import audit, chain
from todoke.ports import Services

ACTS = 4


class Chain(Plain):
    """Implements ``Flow``."""

    def prepare(self, services: Services, told: Mapping[str, Any]) -> dict[str, Any]:
        """A chain that has begun, and acts that wait."""
        for number in range(ACTS):
            services.store.commit([_entry(services, number)])
            if number < 2:
                chain.lengthen(services, 1.0)
        return {}

    def act(
        self, services: Services, told: Mapping[str, Any], said: Mapping[str, str], say: Say
    ) -> None:
        """Somebody acts, the tick comes, somebody acts again."""
        for turn in ("first", "second"):
            for number in range(ACTS):
                if f"{turn}{number}" not in said:
                    written = _entry(services, number)
                    services.store.commit([written])
                    say(f"{turn}{number}", written.record.id)
            chain.lengthen(services, 1.0)
            say(f"{turn} link", "done")
        chain.anchor(services)
        found = chain.published_anchors(services)
        assert found
        say("anchored", found[-1].root)

    def look(self, seen: Seen) -> Iterator[str]:
        """What was acknowledged is there, in one link each; the chain itself ``of_everything``
        has looked at."""
        linked = [
            str(each[0])
            for link in seen.all("chain_link")
            for each in link.data["entries"]  # type: ignore[union-attr]
            if isinstance(each, list)
        ]
        for name, id in seen.said.items():
            turn, number = name[:-1], name[-1]
            if number.isdecimal():
                if seen.one("audit", id) is None:
                    yield "an act is lost"
                done = seen.ended or f"{turn} link" in seen.said
                yield from exactly(
                    "an act in the chain", linked.count(id), int(done or id in linked)
                )
        published = chain.published_anchors(seen.services) or []
        roots = {each.root for each in published}
        if "anchored" in seen.said and seen.said["anchored"] not in roots:
            yield "what was published is lost"
        if seen.ended:
            yield from exactly("the anchor of the day", len(published), 1)


def _entry(services: Services, number: int) -> Any:
    return audit.entry(services, "S-demo-author", "drafted", f"notice/N-{number}")
