"""What the page lists of a child and what it tells a calendar and the alarm, held to the rules: the
days of ``todoke timeline``, never two doses closer than their interval, nothing before its time."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import combinations
from typing import Any

from tests.core.test_doses import LEAST
from tests.parts import childhood
from todoke.core import catalogue, deadline_rules, deadlines
from todoke.core.immunization import as_json

CHILDREN = 1_500
Told = Mapping[str, Any]


@cache
def drawn() -> tuple[tuple[Told, str, Told], ...]:
    """Children, the day, and what the page makes of them; with those who are expected."""
    asked = [childhood.draw(seed) for seed in range(50_000, 50_000 + CHILDREN)]
    for each in range(0, 280, 7):
        today = date(2026, 11, 23)
        birth = (today + timedelta(days=each)).isoformat()
        asked.append(({"birth": birth, "edd": birth, "given": {}}, today.isoformat()))
    renamed = {"rota_type": "rotaType", "mr_shortage": "mrShortage"}
    questions = [({renamed.get(k, k): v for k, v in told.items()}, on) for told, on in asked]
    book = deadline_rules.as_json(deadlines.book(catalogue.parse(childhood.site())))
    done = subprocess.run(
        ["node", "tests/js/timeline_plan.mjs"],
        cwd=childhood.ROOT,
        input=json.dumps({"data": as_json(childhood.RULES), "book": book, "questions": questions}),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = json.loads(done.stdout)
    return tuple((told, on, page) for (told, on), page in zip(asked, found, strict=True))


def day_of(moment: int) -> str:
    """The day in Japan, with its morning."""
    at = datetime.fromtimestamp(moment / 1000, UTC) + timedelta(hours=9)
    assert (at.hour, at.minute) == (9, 0)
    return at.date().isoformat()


def apart(days: Mapping[str, str], page: Told) -> Iterator[tuple[str, int]]:
    """Of two doses of one series that follow each other: the second, and the days between them."""
    before: dict[tuple[str, str | None], str] = {}
    for row in page["doses"]:
        name, series = f"{row['vaccine']}/{row['dose']}", (row["vaccine"], row["series"])
        day = row["given"] or days.get(name)
        if not day:
            continue
        if series in before and not row["given"]:
            between = date.fromisoformat(day) - date.fromisoformat(before[series])
            yield name, between.days
        before[series] = day


def test_the_page_and_the_command_plan_the_same_days() -> None:
    for told, on, page in drawn():
        here = {f"{e['vaccine']}/{e['dose']}": e for e in childhood.answer(told, on)["doses"]}
        for item in page["items"]:
            if item["kind"] == "dose" and here[item["id"]]["plan_from"]:
                assert item["begins"] == here[item["id"]]["plan_from"], (told, on, item)


def test_the_list_never_names_two_doses_closer_than_their_interval() -> None:
    for told, on, page in drawn():
        # what is open is given today at the soonest, whatever last day the list names of it
        ahead = {each["id"]: max(each["begins"], on) for each in page["items"] if each["begins"]}
        planned = {f"{e['vaccine']}/{e['dose']}" for e in page["doses"] if e["plan_from"]}
        days = {id: day for id, day in ahead.items() if id in planned}
        for name, between in apart(days, page):
            assert between >= LEAST.get(name, 1), (told, on, name)


def test_the_list_stands_in_the_order_of_the_days_it_names() -> None:
    for _, _, page in drawn():
        days = [each["day"] for each in page["listed"]]
        assert days == sorted(days)


def test_calendar_and_alarm_never_tell_two_doses_closer_than_their_interval() -> None:
    seen = 0
    for told, on, page in drawn():
        days = {
            each["title"].split()[1]: day_of(each["at"])
            for each in page["told"]
            if each["title"].split()[0] in ("opens", "follows")
        }
        for name, between in apart(days, page):
            seen += 1
            assert between >= LEAST.get(name, 1), (told, on, name)
    assert seen > CHILDREN


def test_neither_list_nor_alarm_brings_two_live_vaccines_closer_than_28_days() -> None:
    moved = 0
    for told, on, page in drawn():
        alarms = {e["title"].split()[1]: day_of(e["at"]) for e in reversed(page["told"])}
        live = [e for e in page["items"] if e["group"] in ("bcg", "mr", "varicella")]
        ahead = [e for e in live if e["begins"] and not e["day"]]
        planned = {f"{e['vaccine']}/{e['dose']}" for e in page["doses"] if e["plan_from"]}
        days = {e["id"]: max(e["begins"], on) for e in ahead if e["id"] in planned}
        moved += sum(each["apart"] for each in live)
        for named in (days, {id: day for id, day in alarms.items() if id in days}):
            for (one, day), (other, second) in combinations(named.items(), 2):
                if one.split("/")[0] != other.split("/")[0]:
                    between = abs((date.fromisoformat(day) - date.fromisoformat(second)).days)
                    assert between == 0 or between >= 28, (told, on, one, other)
    assert moved > 20


def test_no_reminder_is_before_today_or_before_its_time_begins_or_after_it() -> None:
    kinds = set()
    for told, on, page in drawn():
        items = {each["id"]: each for each in page["items"]}
        for each in page["told"]:
            kind, id = each["title"].split()
            kinds.add(kind)
            item, day = items[id], day_of(each["at"])
            assert on <= day <= item["until"], (told, on, each)
            if kind not in ("paper", "expected"):
                assert day >= item["begins"], (told, on, each)
                first = datetime.fromisoformat(f"{max(item['begins'], on)}T00:00:00+09:00")
                assert each["opens"] == first.timestamp() * 1000
            if kind == "ends":
                assert day > item["begins"], (told, on, each)
    assert kinds == {"opens", "follows", "ends", "paper", "expected"}


def test_what_can_be_done_now_is_told_today() -> None:
    """Or on the day it is planned for, where it waits for another live vaccine."""
    for told, on, page in drawn():
        telling = {e["title"].split()[1]: day_of(e["at"]) for e in reversed(page["told"])}
        for item in page["items"]:
            if item["kind"] == "dose" and item["status"] in ("due", "overdue"):
                day = item["begins"] if item["apart"] else on
                assert telling[item["id"]] == max(day, on), (told, on, item)
