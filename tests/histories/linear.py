"""A small checker of histories, after Wing and Gong (1993) and Porcupine.

A history is what several clients did to one object: when each asked, when it was answered, and
what. It is *linearizable* when every act can be thought of as done at one moment between asking
and answer, so that a plain sequential model, doing one after the other, gives those very answers.
An act whose answer got lost may have been done at any moment after it was asked, or never.

Objects are independent, so each is judged by itself; that keeps the search small.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

#: so many states of the search are looked at before it is given up as too large (never met with
#: what the clients here do; a history that is not judged must not pass for a good one)
MOST_STATES = 2_000_000

NEVER = 1 << 62
#: tokens are shown by their end
_TOKEN = re.compile(r"[\w.-]{40,}")


@dataclass(frozen=True, slots=True)
class Act:
    """One act of one client on one object.

    thing: the object, "kind name". given: what was asked. invoked, answered: places in the one
    order of all events. result: ok | refused (``answer`` is the code, and nothing was done) |
    nothing (not done, and it says nothing) | unknown (the answer got lost)."""

    client: str
    thing: str
    what: str
    given: Any
    invoked: int
    answered: int
    result: str
    answer: Any = None

    @property
    def kind(self) -> str:
        """Which model judges it."""
        return self.thing.partition(" ")[0]

    @property
    def lost(self) -> bool:
        """Whether nobody knows if it was done."""
        return self.result == "unknown"

    def __str__(self) -> str:
        end = "lost" if self.lost else str(self.answered)
        said = "?" if self.lost else f"{self.result} {self.answer!r}"
        line = f"{self.client:>9} [{self.invoked}…{end}] {self.what}({self.given!r}) → {said}"
        return _TOKEN.sub(lambda found: f"…{found[0][-6:]}", line)


Step = Callable[[Any, Act], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Model:
    """What one object may do, one act after the other.

    first: its state before any act. step: (state, act) -> the states in which the act may leave
    it; none when this act cannot have had this answer in that state. Of a lost act those in which
    doing it may leave it. looks: acts that change nothing."""

    first: Hashable
    step: Step
    looks: frozenset[str] = field(default_factory=frozenset)

    def changes(self, act: Act) -> bool:
        """Whether it may have changed anything."""
        return act.result in ("ok", "unknown") and act.what not in self.looks


@dataclass(frozen=True, slots=True)
class Offence:
    """The smallest part of a history that no order explains."""

    thing: str
    acts: Sequence[Act]

    def __str__(self) -> str:
        lines = "\n".join(f"  {each}" for each in self.acts)
        return f"no order explains what was answered about {self.thing}:\n{lines}"


def offences(models: Mapping[str, Model], history: Iterable[Act]) -> list[Offence]:
    """Judges each object by its model; the acts that tell nothing are left aside."""
    things: dict[str, list[Act]] = {}
    for act in history:
        if act.result != "nothing" and act.kind in models:
            things.setdefault(act.thing, []).append(act)
    found = (offence(models[acts[0].kind], acts) for acts in things.values())
    return [each for each in found if each is not None]


def offence(model: Model, history: Iterable[Act]) -> Offence | None:
    """None when some order explains the history of this one object."""
    acts = sorted(history, key=lambda each: each.invoked)
    if explained(model, acts):
        return None
    return Offence(acts[0].thing, _smallest(model, acts))


def explained(model: Model, history: Sequence[Act]) -> bool:
    """Whether the acts can be put into one order. Raises when the search grows too large."""
    acts = [each for each in history if not each.lost or model.changes(each)]
    needed = sum(1 << place for place, each in enumerate(acts) if not each.lost)
    seen: set[tuple[int, Hashable]] = set()
    waiting: list[tuple[int, Hashable]] = [(0, model.first)]
    while waiting:
        done, state = waiting.pop()
        if done & needed == needed:
            return True
        for place in _next(acts, done):
            for after in model.step(state, acts[place]):
                found = (done | 1 << place, after)
                if found not in seen:
                    seen.add(found)
                    waiting.append(found)
        if len(seen) > MOST_STATES:
            raise OverflowError(f"too many orders to look at: {acts[0].thing}")
    return False


def _next(acts: Sequence[Act], done: int) -> list[int]:
    """Acts that may come next: asked before anything still to come was answered."""
    left = [place for place in range(len(acts)) if not done >> place & 1]
    first = min((_end(acts[place]) for place in left), default=NEVER)
    return [place for place in left if acts[place].invoked < first]


def _end(act: Act) -> int:
    return NEVER if act.lost else act.answered


def _smallest(model: Model, acts: Sequence[Act]) -> Sequence[Act]:
    """Up to the first answer that cannot be explained, without the looks that do not matter."""
    ends = sorted(each.answered for each in acts if not each.lost)
    until = next(end for end in ends if not explained(model, _until(acts, end)))
    kept = _until(acts, until)
    for each in list(kept):
        without = [other for other in kept if other is not each]
        if not model.changes(each) and not explained(model, without):
            kept = without
    return kept


def _until(acts: Sequence[Act], end: int) -> list[Act]:
    """What had been asked by then; what was not yet answered might or might not be done."""
    return [
        each if _end(each) <= end else replace(each, result="unknown", answer=None)
        for each in acts
        if each.invoked < end
    ]
