"""Histories: what five clients saw of a city on a bad day, judged against a model.

Three citizens (two of them the same person in two tabs) and two clerks use the city through its
web application, all at once: they follow, change and leave with the same phones; write, ask,
approve, give back and recall the same notices; file, mend, return and decide the same
applications; press the same pay buttons, while the company tells of payments twice, late and in
any order; and read. Meanwhile commits fail before or after they are done, processes die between
two calls, jobs come twice or late, push services are busy, and the clock goes a little back.

    linear.py      the checker: is there an order of all acts that explains every answer?
    models.py      what one object may do, written anew
    diary.py       who asked what, when it was answered, and what the clients tell each other
    citizen.py official.py      the five clients
    faults.py baton.py chance.py    the bad day, who goes on next, and chance that can be repeated
    scene.py day.py             the people and the city of one run
    invariants.py  what must hold of all objects together when everything has come to rest
    planted.py     defects that these tests must find

A run has a number, from which everything follows: what each client does, what fails, what is drawn
by chance, and (with ``Baton``) which thread goes on at each call to the store.

    python -m tests.histories.run 17     judges run 17 and prints what no order explains
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.histories import invariants
from tests.histories.baton import Baton, Turns
from tests.histories.chance import repeatable
from tests.histories.citizen import MOVING
from tests.histories.day import Day
from tests.histories.diary import DEFECT
from tests.histories.linear import Act, offences
from tests.histories.models import MODELS
from tests.histories.scene import Scene

#: acts of each client in one run
ACTS = 20


def complaints(
    folder: Path, seed: int, acts: int = ACTS, turns: Callable[[int], Turns] = Baton
) -> list[str]:
    """What is wrong with one run; empty when all is well."""
    with repeatable(seed):
        scene = lived(folder, seed, acts, turns)
        found = judged(scene)
    return [f"run {seed}: {each}" for each in found]


def lived(
    folder: Path, seed: int, acts: int = ACTS, turns: Callable[[int], Turns] = Baton
) -> Scene:
    """A run that is over; everything was read once more in calm weather."""
    day = Day.open(folder, seed, turns(seed))
    day.live(acts)
    read_all(day.scene)
    return day.scene


def judged(scene: Scene) -> list[str]:
    """What is wrong with a history, and with what came of it. The city comes to rest."""
    acts = scene.diary.acts
    found = [f"a defect: {each}" for each in acts if each.answer == DEFECT]
    found += [str(each) for each in offences(MODELS, acts)]
    scene.settle()
    return [*found, *invariants.broken(scene)]


def read_all(scene: Scene) -> None:
    """Everything once more, when nothing else is done."""
    reader, desk, board = scene.citizens[0], scene.officials[0], scene.board
    for number in MOVING:
        for token in board.tokens.get(number, [])[-3:]:
            reader.read_phone(number, token)
    for id, resident in board.filed.items():
        owner = next(each for each in scene.citizens if each.session.resident == resident)
        owner.read_application(id)
    for citizen in scene.citizens:
        citizen.read_inbox()
        for bill in citizen.bills:
            citizen.read_bill(bill)
    for place, id in enumerate(board.notices):
        if place % 2 and board.notices[id] == "approved":
            desk.recall(id)  # what still waits for a retry must not go any more
        desk.read(id)


def statistics(acts: list[Act]) -> dict[str, int]:
    """How many acts had which result: a run that does nothing proves nothing."""
    found: dict[str, int] = {}
    for act in acts:
        for name in (act.result, f"{act.kind} {act.what} {act.result}"):
            found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items()))


def main(seeds: list[int]) -> int:
    """Runs of these numbers; how many were wrong."""
    logging.disable(logging.CRITICAL)
    wrong = 0
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            found = complaints(Path(folder) / "city", seed)
        wrong += bool(found)
        print(seed, "well" if not found else "\n".join(found), flush=True)
    return wrong


if __name__ == "__main__":
    sys.exit(min(main([int(each) for each in sys.argv[1:]]), 100))
