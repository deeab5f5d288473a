"""The birthdays of check.html: the phone's three fields and ``todoke validate wareki`` agree, and
both take exactly the days that a child of the catalogue can be born on."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.parts.eligibility_world import city
from todoke.core import facts, input_check
from todoke.core.errors import TodokeError

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 24)
NAMES = {"reiwa": "令和", "heisei": "平成"}


def on_the_phone(written: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    done = subprocess.run(
        ["node", "tests/js/birth_dates.mjs"],
        cwd=ROOT,
        input=json.dumps({"today": TODAY.isoformat(), "written": list(written)}),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def born(day: str) -> bool:
    """Whether the server takes that day as the birthday of a child."""
    try:
        facts.known(city().facts, {"child.birth_date": day}, TODAY)
    except TodokeError:
        return False
    return True


def test_days_of_an_era_are_those_of_the_server() -> None:
    eras = [
        {"era": era, "year": str(year), "month": str(month), "day": str(day)}
        for era, years in {"reiwa": range(10), "heisei": range(11, 34)}.items()
        for year, month, day in itertools.product(
            years, range(14), (0, 1, 7, 8, 28, 29, 30, 31, 32)
        )
    ]
    accepted = 0
    for written, found in zip(eras, on_the_phone(eras), strict=True):
        text = f"{NAMES[written['era']]}{written['year']}年{written['month']}月{written['day']}日"
        wanted = input_check.wareki(text).normal
        there = found.get("day")
        assert there == (wanted if wanted and born(wanted) else None), (text, found)
        accepted += there is not None
    assert accepted > 1000


def test_days_of_the_common_calendar_are_those_of_the_server() -> None:
    first = date(2001, 10, 1)
    days = [first + timedelta(days=each) for each in range(0, 9250, 3)]
    near = [date(2001, 11, 23) + timedelta(days=each) for each in range(4)]
    near += [TODAY + timedelta(days=each) for each in range(-2, 3)]
    west = [
        {"era": "west", "year": str(each.year), "month": str(each.month), "day": str(each.day)}
        for each in [*days, *near]
    ]
    for day, found in zip([*days, *near], on_the_phone(west), strict=True):
        assert found.get("day") == (day.isoformat() if born(day.isoformat()) else None), found
