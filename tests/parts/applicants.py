"""Two made-up applicants: what they send, how many applications they have, what is on record."""

from __future__ import annotations

from typing import Any, cast

from tests.parts.applying import PROCEDURE, answers
from todoke.adapters.fakes import TurnedClock
from todoke.journeys import apply
from todoke.ports import Services

ANNE, BERT = "R-anne", "R-bert"
KEY = "a-key-made-by-chance-1"
VERSION = "2026-11"


def sent(**changes: Any) -> apply.Sent:
    return apply.Sent(PROCEDURE, VERSION, answers(**changes))


def count(services: Services, resident: str = ANNE) -> int:
    return len(apply.list_own(services, resident).records)


def acts(services: Services, resident: str = ANNE) -> list[str]:
    found = services.store.find("audit_by_resident", resident, limit=100).records
    return [str(each.data["act"]) for each in found]


def turn(services: Services, seconds: int) -> None:
    cast("TurnedClock", services.clock).turn(seconds)
