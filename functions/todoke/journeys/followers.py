"""How many devices follow what, as a person may see it: never one row, never a small cell."""

from __future__ import annotations

from dataclasses import dataclass

from todoke.core.audience import Figure, Segment
from todoke.journeys import notices, offered
from todoke.journeys.offered import Names
from todoke.ports import Services


@dataclass(frozen=True, slots=True)
class TopicFollowers:
    """One topic. areas: id -> figure; cohorts: school year -> figure."""

    topic: str
    name: Names
    total: Figure
    areas: dict[str, Figure]
    cohorts: dict[int, Figure]


def by_topic(services: Services) -> list[TopicFollowers]:
    """Every topic that is offered. The floor k of the settings is applied to each figure."""
    offer, k = offered.offer(services), services.config.notices.floor_k
    found = []
    for topic, name in offer.topics.items():
        cells = notices.cells_of(services, topic)
        found.append(
            TopicFollowers(
                topic,
                name,
                notices.figure_of(cells, Segment(), k),
                {each: notices.figure_of(cells, Segment(area=each), k) for each in offer.areas},
                {each: notices.figure_of(cells, Segment(cohort=each), k) for each in offer.cohorts},
            )
        )
    return found
