"""An application (届出・申請): its states, and what mending may change. Pure."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from todoke.core.errors import TodokeError
from todoke.core.form import Answers, Asked, Form, asked
from todoke.core.form_check import Problem, Problems, check, tidy

STATES = ("submitted", "returned", "accepted", "refused")
#: (state, act) -> state afterwards; whatever is not here cannot be done
MOVES: Mapping[tuple[str, str], str] = {
    ("submitted", "return"): "returned",
    ("submitted", "accept"): "accepted",
    ("submitted", "refuse"): "refused",
    ("returned", "mend"): "submitted",
}
#: a question that an answer has brought up may bring up another; forms are not deeper
MAX_ROUNDS = 8


class AnswersRefusedError(TodokeError):
    """``answers_refused`` with all problems, for a page that shows each in its place."""

    def __init__(self, problems: Problems) -> None:
        super().__init__("answers_refused", count=len(problems))
        self.problems = problems


def move(state: str, act: str) -> str:
    """The state after the act. Raises ``application_state`` when it cannot be done now."""
    after = MOVES.get((state, act))
    if after is None:
        raise TodokeError("application_state", state=state)
    return after


def refuse_wrong(form: Form, answers: Answers, today: date) -> dict[str, Any]:
    """The answers as they are kept. Raises AnswersRefusedError."""
    problems = check(form, answers, today)
    if problems:
        raise AnswersRefusedError(problems)
    return tidy(form, answers)


def mended(
    form: Form, old: Answers, asks: Collection[str], sent: Answers
) -> tuple[dict[str, Any], tuple[Asked, ...]]:
    """The answers with what was sent for the paths asked back, and for questions that only
    those answers bring up; and those questions, in order. Everything else that was sent is
    left aside, whatever it is. Answers to questions that the form has lost since stay."""
    answers: dict[str, Any] = copy.deepcopy(dict(old))
    before = {each.path for each in asked(form, old)}
    open_now = [path for path in asks if form.question(path)]
    taken: set[str] = set()
    for _ in range(MAX_ROUNDS):
        for path in open_now:
            if path not in taken:
                taken.add(path)
                _carry(answers, sent, path)
        kept = tidy(form, answers)
        shown = [each for each in asked(form, kept) if each.path in asks or each.path not in before]
        open_now = [each.path for each in shown]
        if taken.issuperset(open_now):
            break
    lost = {name: value for name, value in old.items() if form.question(name) is None}
    return lost | kept, tuple(shown)


def mending_problems(
    form: Form, answers: Answers, shown: Collection[Asked], today: date
) -> tuple[Problem, ...]:
    """What is wrong with the places that may be mended. The others were judged on the day they
    were sent; time alone (a child comes of age) must not hold up the mending."""
    places = {each.path for each in shown}
    return tuple(each for each in check(form, answers, today) if each.at in places)


def _carry(answers: dict[str, Any], sent: Answers, path: str) -> None:
    """What was sent for a path into the answers; nothing sent changes nothing."""
    head, _, rest = path.partition("-")
    if not rest:
        if head in sent:
            answers[head] = copy.deepcopy(sent[head])
        return
    number, _, inner = rest.partition("-")
    place = int(number) - 1
    entries, given = answers.get(head), sent.get(head)
    if not (isinstance(given, list) and place < len(given) and isinstance(given[place], Mapping)):
        return
    if isinstance(entries, list) and place < len(entries) and inner in given[place]:
        entries[place][inner] = given[place][inner]
