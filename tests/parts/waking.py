"""Phones that follow nothing and ask to be woken."""

from __future__ import annotations

import json
from typing import Any

from tests.parts.town import Phone, Town
from todoke.journeys import alarms, subscribe
from todoke.journeys.sending import ALARM_TAG
from todoke.ports import Record

HOUR, DAY = 3600, 24 * 3600


def ask(town: Town, phone: Phone, seconds: int = HOUR) -> int:
    """The phone asks to be woken so long from now, on a whole minute; when that is."""
    at = (town.clock.unix() + seconds) // 60 * 60
    record = subscribe.subscription_of(town.services, phone.token)
    assert alarms.wake_at(town.services, record, {"at": at}) == {"ok": True, "at": at}
    return at


def asleep(town: Town, number: int = 1, seconds: int = HOUR) -> list[Phone]:
    """So many phones that follow no topic, all to be woken so long from now."""
    phones = [town.join(topics=[]) for _ in range(number)]
    for each in phones:
        ask(town, each, seconds)
    return phones


def alarm_of(town: Town, phone: Phone) -> Record | None:
    """What the city keeps of it."""
    return town.services.store.get("alarm", phone.id)


def woken(town: Town) -> list[str]:
    """Endpoints that got an alarm, in order."""
    return [target.endpoint for target, each in town.push.sent if _said(each.body) == ALARM_TAG]


def _said(body: bytes) -> Any:
    return json.loads(body).get("id")
