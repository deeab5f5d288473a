"""Power cuts: one flow is done once under a trace; then the folder is rebuilt as it would lie on
the disk after a cut at each moment, and the oracle looks at it as after a death."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from tests.crash import calls
from tests.crash.disk import SYNCS, VARIANTS, Disk
from tests.crash.killing import Tally, spread
from tests.crash.scene import ORDERS, Scene
from tests.crash.tracing import Trace


@dataclass(frozen=True, slots=True)
class Moment:
    """Right after a call. number: of the call. what: the acknowledgement or the sync. said: what
    was acknowledged by then."""

    number: int
    what: str
    said: dict[str, str]

    @property
    def answer(self) -> bool:
        """Whether somebody was told something."""
        return self.what not in SYNCS


#: a moment, and what the cut left of that which nobody had synced
State: TypeAlias = tuple[Moment, str]


def cut_at_each(
    flow: str,
    folder: Path,
    *,
    most: int | None = None,
    fault: str = "none",
    seed: int = 1,
) -> Tally:
    """Cuts the power after each acknowledgement and each sync of a flow. folder: empty. most:
    only after each acknowledgement, when nothing arrived that was not synced, and in so many of
    the other states, spread evenly. seed: of what arrives when some does."""
    tally = Tally(flow)
    with Scene(flow, folder / "scene", fault) as scene:
        disk, made = _recorded(scene, folder / "calls")
        states = [(moment, variant) for moment in _moments(made) for variant in VARIANTS]
        tally.points, done = len(states), 0
        for number, (moment, variant) in enumerate(_chosen(states, most)):
            for call in made[done : moment.number + 1]:
                disk.apply(call)
            done = moment.number + 1
            _lay(scene, disk, variant, random.Random(f"{seed} {number}"))
            tally.died += 1
            told = f"{moment.what} ({moment.number}), {variant} arrived, seed {seed}"
            found = scene.complaints(moment.said, ORDERS[number % 2])
            tally.complaints += [f"{told}, {each}" for each in found]
    return tally


def _recorded(scene: Scene, log: Path) -> tuple[Disk, list[calls.Call]]:
    """The disk before the flow, and what the flow called."""
    scene.restore()
    disks: list[Disk] = []
    lived = scene.run(
        trace=Trace(log, bytes=True),
        ready=lambda: disks.append(Disk(scene.work, scene.template)),
    )
    assert not lived.killed
    made = list(calls.read(log))
    # the trace must hold what the driver said, or nothing would be asked of any state
    assert [each.said for each in _moments(made)][-1] == lived.said
    return disks[0], made


def _chosen(states: Sequence[State], most: int | None) -> Sequence[State]:
    if most is None:
        return states
    asked = {n for n, (moment, kind) in enumerate(states) if moment.answer and kind == "nothing"}
    others = [number for number in range(len(states)) if number not in asked]
    some = {others[place] for place in spread(len(others), most)} if most else set()
    return [states[number] for number in sorted(asked | some)]


def _lay(scene: Scene, disk: Disk, variant: str, luck: random.Random) -> None:
    shutil.rmtree(scene.work)
    scene.work.mkdir()
    disk.folder_after(variant, scene.work, luck)
    scene.believe_deliveries()


def _moments(made: Sequence[calls.Call]) -> Iterator[Moment]:
    said: dict[str, str] = {}
    for number, call in enumerate(made):
        if call.name == "write" and call.place.startswith("pipe:"):
            told = json.loads(call.texts[0])
            said = {**said, **told}
            yield Moment(number, f"said {'/'.join(told)}", said)
        elif call.name in SYNCS:
            yield Moment(number, call.name, said)
