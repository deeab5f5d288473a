"""Who follows what in a town, read from its rows, and changes as a phone's page asks for them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tests.parts.town import Phone, Town
from todoke.core.errors import TodokeError
from todoke.journeys import subscribe

TOPICS = ["nursery", "vaccines"]


def follow_rows(town: Town, topic: str = "nursery") -> list[str]:
    page = town.services.store.find("follows_by_topic", topic, limit=1000)
    return [str(each.data["subscription"]) for each in page.records]


def change_as_page(town: Town, phone: Phone, **body: Any) -> dict[str, Any]:
    record = subscribe.subscription_of(town.services, phone.token)
    return subscribe.change(town.services, record, body)


def row_count(town: Town) -> int:
    return len({each for topic in TOPICS for each in follow_rows(town, topic)})


@contextlib.contextmanager
def unless(code: str) -> Iterator[None]:
    """Lets this one error pass, and no other."""
    try:
        yield
    except TodokeError as error:
        if error.code != code:
            raise
