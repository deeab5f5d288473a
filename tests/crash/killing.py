"""Deaths of one flow at each of its calls, and what an oracle outside the process says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.scene import ORDERS, Scene
from tests.crash.tracing import Trace, points


@dataclass(slots=True)
class Tally:
    """points: where the flow can die. died: how often it did. complaints: of all deaths, and of
    the life before them."""

    flow: str
    points: int = 0
    died: int = 0
    complaints: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.flow}: {self.points} points, {self.died} deaths"


def die_at_each(
    flow: str, folder: Path, *, most: int = 0, fault: str = "none", only: str = ""
) -> Tally:
    """Kills a flow at each of its calls, or at so many of them spread evenly. folder: empty.
    only: at calls of this name."""
    tally = Tally(flow)
    with Scene(flow, folder / "scene", fault) as scene:
        for order in ORDERS:
            scene.restore()
            log = folder / "calls"
            lived = scene.run(trace=Trace(log))
            assert not lived.killed
            tally.complaints += [f"alive, {e}" for e in scene.complaints(lived.said, order)]
        found = [each for each in points(log) if only in ("", each.name)]
        tally.points = len(found)
        for place in spread(len(found), most):
            point, order = found[place], ORDERS[place % 2]
            scene.restore()
            died = scene.run(trace=Trace(kill=point))
            tally.died += died.killed
            told = f"{point.name} {point.number} ({place + 1}), {order}"
            tally.complaints += [f"{told}, {e}" for e in scene.complaints(died.said, order)]
    return tally


def spread(length: int, most: int) -> list[int]:
    """So many places, the first and the last among them; all of them for 0."""
    if not most or most >= length:
        return list(range(length))
    return sorted({round(step * (length - 1) / max(most - 1, 1)) for step in range(most)})
