"""A form (申請書): what a procedure asks, as data. Which answers are right: ``form_check``.

One description makes the static page, the page with one question at a time, the checks in the
browser and on the server, the desk's view and the fields a case worker may return.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from todoke.core.site_fields import Text

#: what a question is answered with; a choice with one option is a box to tick
KINDS = ("text", "kana", "date", "choice", "yes_no", "phone", "digits", "group", "file")
YES_NO = ("yes", "no")
#: proof that a procedure asks for (site/procedures, online.signature) -> tier of the session that
#: files it (docs/adr/0024): a signature of nobody, or a login of any kind
_TIERS = {"none": 1, "sign_or_login": 1}
#: the card: where a signature is asked for, where it varies, and where nothing is known
STRONGEST = 2

#: question id -> text, list of entries (group) or list of attachment ids (file)
Answers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose. stop: who chooses it cannot go on here, and this says where to."""

    id: str
    label: Text
    stop: Text | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds when the question named is answered with one of the values. Inside a group it
    looks among the same entry's answers first, then outside."""

    question: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One question. when: all conditions must hold, else it is not asked.

    max_length: characters after tidying up. digits: how many exactly. earliest, latest:
    "YYYY-MM-DD", "today", "today-20y" (years before today) or "school_year-18" (2 April of
    the school year that began so many years ago). lines: rows of the text box. options: of a
    choice or yes_no. most: entries of a group, or files. questions: inside a group.
    autocomplete: the browser's name for it (HTML 4.10.18.7), "" for none.
    """

    id: str
    kind: str
    label: Text
    hint: Text | None = None
    why: Text | None = None
    required: bool = True
    when: tuple[Condition, ...] = ()
    max_length: int = 100
    lines: int = 1
    digits: int = 0
    earliest: str = ""
    latest: str = ""
    options: tuple[Option, ...] = ()
    most: int = 0
    questions: tuple[Question, ...] = ()
    autocomplete: str = ""

    def option(self, id: str) -> Option | None:
        """The option of that id."""
        return next((each for each in self.options if each.id == id), None)


@dataclass(frozen=True, slots=True)
class Section:
    """Questions that belong together, under one heading."""

    id: str
    title: Text
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A whole form. version: grows with every change of what is asked; answers written on
    another version are not taken."""

    version: str
    sections: tuple[Section, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions in the order of asking, groups as one."""
        return tuple(each for section in self.sections for each in section.questions)

    def question(self, path: str) -> Question | None:
        """The question that "claimant_name", "children" or "children-2-born" leads to."""
        head, _, rest = path.partition("-")
        outer = next((each for each in self.questions if each.id == head), None)
        if outer is None or not rest:
            return outer
        number, _, inner = rest.partition("-")
        if outer.kind != "group" or not _is_place(number, outer.most):
            return None
        return next((each for each in outer.questions if each.id == inner), None)


def _is_place(number: str, most: int) -> bool:
    plain = number.isascii() and number.isdigit() and not number.startswith("0")
    return plain and len(number) <= 2 and int(number) <= most


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is asked, given the other answers. path: its HTML name and the place of
    its problems. entry: number of the entry it stands in, 0 outside groups. answer: tidy, ""
    or empty list while there is none."""

    path: str
    question: Question
    entry: int
    answer: Any


def asked(form: Form, answers: Answers) -> Iterator[Asked]:
    """Every question that applies to these (tidy) answers, in order; a group is followed by
    the questions of its entries."""
    for question in form.questions:
        if not applies(question, answers):
            continue
        empty: Any = [] if question.kind in ("group", "file") else ""
        answer = answers.get(question.id, empty)
        yield Asked(question.id, question, 0, answer)
        if question.kind == "group":
            for number, entry in enumerate(answer, 1):
                yield from _in_entry(question, number, entry, answers)


def _in_entry(
    group: Question, number: int, entry: Mapping[str, str], outside: Answers
) -> Iterator[Asked]:
    for inner in group.questions:
        if applies(inner, entry, outside):
            path = f"{group.id}-{number}-{inner.id}"
            yield Asked(path, inner, number, entry.get(inner.id, ""))


def applies(question: Question, *scopes: Answers) -> bool:
    """Whether every condition holds; the first scope that has the answer decides."""
    return all(
        next((scope[each.question] for scope in scopes if each.question in scope), None)
        in each.values
        for each in question.when
    )


def tier_of(signature: str) -> int:
    """Tier of the session that files what asks for this proof: 1 a passkey, 2 the card."""
    return _TIERS.get(signature, STRONGEST)


def by_agent(signature: str, decided: str = "") -> bool:
    """Whether somebody with a mandate may file what asks for this proof. decided: yes or no where
    the city has (core/parameters.py).

    Where a signature is asked for it is the applicant's own: a signature that only the person can
    make is what 電子署名法3条 presumes authentic, so an agent's card proves the agent and never
    stands for hers. What varies, is done at the counter or by an employer is hers, too."""
    return decided == "yes" if decided else signature in _TIERS


def as_json(form: Form) -> dict[str, Any]:
    """The form as the browser reads it (/forms/<procedure>.json): fields that say nothing are
    left out."""
    sections = [
        {
            "id": each.id,
            "title": dict(each.title),
            "questions": [_question_json(question) for question in each.questions],
        }
        for each in form.sections
    ]
    return {"version": form.version, "sections": sections}


def _question_json(question: Question) -> dict[str, Any]:
    full = {
        "id": question.id,
        "kind": question.kind,
        "label": dict(question.label),
        "hint": dict(question.hint or {}),
        "why": dict(question.why or {}),
        "required": question.required,
        "when": [{"question": each.question, "is": list(each.values)} for each in question.when],
        "max_length": question.max_length,
        "lines": question.lines,
        "digits": question.digits,
        "earliest": question.earliest,
        "latest": question.latest,
        "options": _options_json(question.options),
        "most": question.most,
        "questions": [_question_json(each) for each in question.questions],
        "autocomplete": question.autocomplete,
    }
    return {name: value for name, value in full.items() if value or name == "required"}


def _options_json(options: Sequence[Option]) -> list[dict[str, Any]]:
    return [
        {"id": each.id, "label": dict(each.label)}
        | ({"stop": dict(each.stop)} if each.stop else {})
        for each in options
    ]
