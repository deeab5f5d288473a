"""Made-up children and their doses, for the tests of the timeline."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from todoke.core import catalogue_files, timeline
from todoke.core.immunization import Timeline, Vaccine, as_json
from todoke.core.windows import Child

ROOT = Path(__file__).parents[2]
NAMES = ("immunization.yaml", "checkups.yaml", "sources.yaml")
FILES: Mapping[str, bytes] = {each: (ROOT / "site" / each).read_bytes() for each in NAMES}
RULES: Timeline = catalogue_files.timeline(FILES)
VECTORS: Sequence[Mapping[str, Any]] = [
    json.loads(line)
    for line in (ROOT / "tests/vectors/doses.jsonl").read_text("utf-8").splitlines()
]
#: births at which rules turn: leap days, month ends, the first of April
_EDGES = ((2, 28), (2, 29), (3, 1), (3, 31), (4, 1), (4, 2), (8, 31), (12, 31), (1, 1), (5, 31))
#: days after which something begins or ends, and those beside them
_STEPS = (0, 1, 6, 7, 20, 21, 26, 27, 28, 29, 56, 57, 60, 61, 89, 92, 139, 140, 141, 183, 214, 365)


def site() -> Mapping[str, bytes]:
    """All the files of the demonstration's catalogue but its own decisions."""
    root = ROOT / "site"
    return {e.relative_to(root).as_posix(): e.read_bytes() for e in root.rglob("*.yaml")}


def child(told: Mapping[str, Any]) -> Child:
    """A child as ``todoke timeline`` reads it; told: as in the vectors."""
    file = {name: told[name] for name in timeline.FIELDS if name in told}
    sex, due = told.get("sex", ""), told.get("edd", "")
    return timeline.child_of(RULES, file, birth=told["birth"], sex=sex, due=due)


def answer(told: Mapping[str, Any], on: str, rules: Timeline = RULES) -> Mapping[str, Any]:
    """The timeline of that child on that day, without what only the server knows."""
    found = timeline.timeline(rules, child(told), date.fromisoformat(on))
    return {name: found[name] for name in ("doses", "given", "checkups")}


def only(vaccine: str) -> Timeline:
    """The rules of one vaccine."""
    assert RULES.programme is not None
    return with_vaccines({vaccine: RULES.programme.vaccines[vaccine]})


def with_vaccines(vaccines: Mapping[str, Vaccine]) -> Timeline:
    """The programme with these vaccines."""
    assert RULES.programme is not None
    return Timeline(replace(RULES.programme, vaccines=vaccines), {})


def on_the_phone(
    asked: Sequence[tuple[Mapping[str, Any], str]],
    book: Mapping[str, Any] | None = None,
    rules: Timeline = RULES,
) -> list[Any]:
    """The same, by the scripts of the phone; with a book the deadlines alone."""
    renamed = {"rota_type": "rotaType", "mr_shortage": "mrShortage"}
    questions = [
        ({"given": {}, **{renamed.get(name, name): each for name, each in told.items()}}, on)
        for told, on in asked
    ]
    done = subprocess.run(
        ["node", "tests/js/timeline_agree.mjs"],
        cwd=ROOT,
        input=json.dumps({"data": as_json(rules), "book": book, "questions": questions}),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    found: list[Any] = json.loads(done.stdout)
    return found


def draw(seed: int) -> tuple[Mapping[str, Any], str]:
    """A child of any age with any doses, well kept or not, and a day to ask on."""
    dice = random.Random(seed)
    birth = date(dice.randint(1994, 2032), 1, 1) + timedelta(days=dice.randrange(366))
    if dice.random() < 0.4:
        month, day = dice.choice(_EDGES)
        leap = birth.year % 4 == 0
        birth = date(birth.year, month, day if (month, day) != (2, 29) or leap else 28)
    today = birth + timedelta(days=_age(dice))
    told: dict[str, Any] = {"birth": birth.isoformat()}
    if dice.random() < 0.8:
        told["sex"] = dice.choice("FFM")
    if dice.random() < 0.6:
        told["rota_type"] = dice.choice((1, 5))
    if dice.random() < 0.3:
        told["mr_shortage"] = True
    if dice.random() < 0.3:
        told["edd"] = (birth + timedelta(days=dice.randint(-30, 160))).isoformat()
    told["given"] = _given(dice, birth, today)
    if dice.random() < 0.5:
        told["held"] = _held(dice, birth, today)
    return told, today.isoformat()


def _held(dice: random.Random, birth: date, today: date) -> Mapping[str, str]:
    """Days of check-ups: mostly behind, some before the birth or still to come."""
    span = max(1, (today - birth).days)
    ids = [each for each in RULES.checkups if dice.random() < 0.4]
    return {e: (birth + timedelta(days=dice.randint(-3, span + 3))).isoformat() for e in ids}


def _age(dice: random.Random) -> int:
    years = dice.choice((0.3, 1, 2, 3, 6, 14, 22))
    return dice.randint(-60 if years == 0.3 else 0, int(years * 366))


def _given(dice: random.Random, birth: date, today: date) -> Mapping[str, list[str]]:
    assert RULES.programme is not None
    found: dict[str, list[str]] = {}
    for vaccine in RULES.programme.vaccines:
        if dice.random() < 0.45:
            continue
        span = max(1, (today - birth).days)
        on = birth + timedelta(days=dice.randint(-5, span))
        days = []
        for _ in range(dice.randint(1, 5)):
            days.append(on.isoformat())
            step = dice.choice(_STEPS) if dice.random() < 0.7 else dice.randint(0, 500)
            on += timedelta(days=step)
        if dice.random() < 0.1:
            dice.shuffle(days)
        found[vaccine] = days
    return found
