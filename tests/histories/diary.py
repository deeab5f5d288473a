"""What each client did and was told, and what they tell each other."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from tests.histories.baton import Turns
from tests.histories.faults import DiedError
from tests.histories.linear import Act
from todoke.core.errors import STATUS

#: the answer of a city that met something nobody thought of
DEFECT = "a defect"
#: result and answer of one act
Told = tuple[str, Any]


@dataclass(slots=True)
class Diary:
    """acts: in the order of their answers."""

    turns: Turns
    acts: list[Act] = field(default_factory=list)

    def write(self, client: str, thing: str, what: str, given: Any, do: Callable[[], Told]) -> Act:
        """Does one act and notes when it was asked and answered. A process that died during it
        has not answered."""
        invoked = self.turns.tick()
        try:
            result, answer = do()
        except DiedError:
            result, answer = "unknown", None
        act = Act(client, thing, what, given, invoked, self.turns.tick(), result, answer)
        self.acts.append(act)
        return act

    def also(self, act: Act, thing: str, what: str, given: Any) -> None:
        """The same act as it concerns another object."""
        told = (act.invoked, act.answered, act.result, act.answer)
        self.acts.append(Act(act.client, thing, what, given, *told))


def told(answer: TestResponse, read: Callable[[TestResponse], Any] | None = None) -> Told:
    """What an answer says of the act. 5xx may come before the act or after it; 500 is a defect
    whatever the weather."""
    if answer.status_code >= 500:
        return "unknown", DEFECT if answer.status_code == 500 else None
    if answer.status_code == 429:
        return "nothing", None
    if answer.status_code >= 400:
        return "refused", code_of(answer)
    return "ok", read(answer) if read else None


def code_of(answer: TestResponse) -> str:
    """The code of a refusal, of JSON or of a page; "" when it names none."""
    shown = answer.get_json(silent=True, force=True)
    if isinstance(shown, dict):
        return str(shown.get("error") or shown.get("code"))
    words = set(answer.text.replace("<", " ").replace(">", " ").replace(")", " ").split())
    return next(iter(sorted(words & set(STATUS))), "")


@dataclass(slots=True)
class Board:
    """What clients know of each other's doings, so that they meet. tokens: phone -> tokens, the
    latest last. notices, cases: number -> the state somebody last heard of. filed: receipt
    number -> resident. pages: (bill, page at the company). events: what the company told.
    letters: resident -> numbers. count: makes every text another one."""

    tokens: dict[int, list[str]] = field(default_factory=dict)
    notices: dict[str, str] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    filed: dict[str, str] = field(default_factory=dict)
    pages: list[tuple[str, str]] = field(default_factory=list)
    events: list[tuple[str, str, str, str]] = field(default_factory=list)
    letters: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0

    def number(self) -> int:
        """Another one each time."""
        self.count += 1
        return self.count


def lately(luck: random.Random, known: Sequence[Any]) -> Any:
    """One of the last few, most often: there the others are, too."""
    return luck.choice(known[-3:] if luck.random() < 0.8 else known)


def in_state(luck: random.Random, known: Mapping[str, str], *states: str) -> str | None:
    """One that is said to be in such a state, most often; a wrong door is tried as well."""
    fitting = [id for id, state in known.items() if state in states]
    if fitting and luck.random() < 0.8:
        return str(lately(luck, fitting))
    return str(lately(luck, list(known))) if known else None
