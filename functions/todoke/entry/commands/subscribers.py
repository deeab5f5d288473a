"""How many devices follow each topic, district and school year; never who."""

from __future__ import annotations

import argparse

from todoke.core.audience import Figure
from todoke.entry.terminal import Terminal
from todoke.journeys import followers
from todoke.journeys.export import figure_json

NAME = "subscribers"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--topic: one topic with its districts and school years."""
    parser.add_argument("--topic", help="one topic, with its districts and school years")


def run(terminal: Terminal) -> int:
    """Shows rounded figures only: a number below the floor k is never told."""
    found = followers.by_topic(terminal.city)
    wanted = terminal.arguments.topic
    if wanted is not None:
        found = [each for each in found if each.topic == wanted]
    lines = []
    for each in found:
        name = each.name.get(terminal.language, each.name["ja"])
        lines.append(f"{_shown(terminal, each.total):>10}  {each.topic}  {name}")
        if wanted is not None:
            parts = {**each.areas, **{str(year): one for year, one in each.cohorts.items()}}
            lines += [f"{_shown(terminal, one):>14}  {part}" for part, one in parts.items()]
    result = {
        "topics": {
            each.topic: {
                "devices": figure_json(each.total),
                "areas": {area: figure_json(one) for area, one in each.areas.items()},
                "cohorts": {str(year): figure_json(one) for year, one in each.cohorts.items()},
            }
            for each in found
        }
    }
    terminal.answer(result, *lines)
    return 0


def _shown(terminal: Terminal, figure: Figure) -> str:
    if figure.few:
        return terminal.say("subscribers.few", number=figure.number)
    if figure.at_least:
        return terminal.say("subscribers.at_least", number=f"{figure.number:,}")
    return terminal.say("subscribers.exactly", number=f"{figure.number:,}")
