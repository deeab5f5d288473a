"""Files that nobody sent within a day are erased by the care of the tick."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from tests.crash.flows.apply import PHOTO
from tests.crash.flows.seen import Plain, Say, Seen
from todoke.adapters.fakes import TurnedClock
from todoke.journeys import attachments
from todoke.journeys.tick import tick
from todoke.ports import Services


class Erase(Plain):
    """Implements ``Flow``. That no file is without a record holds of everything (``seen``)."""

    later = 26 * 3600

    def prepare(self, services: Services, told: Mapping[str, Any]) -> dict[str, Any]:
        """Two files of two people."""
        return {"files": [attachments.take(services, each, PHOTO).id for each in ("R-a", "R-b")]}

    def act(
        self, services: Services, told: Mapping[str, Any], said: Mapping[str, str], say: Say
    ) -> None:
        """A day later."""
        cast("TurnedClock", services.clock).turn(self.later)
        tick(services)
        say("erased", "yes")

    def look(self, seen: Seen) -> Iterator[str]:
        """Whoever is on record may still have her file; afterwards nobody has."""
        kept = [each.id for each in seen.all("attachment")]
        if kept and ("erased" in seen.said or seen.ended):
            yield f"the erasing is lost ({len(kept)} records)"
