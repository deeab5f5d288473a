"""Whether answers are right, the same on the server as in the browser (form_check.js).

Pure: the day comes from outside. ``tidy`` writes the answers as they are kept, ``check`` says
what is wrong with them, in the order of the form, at most one problem a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from todoke.core import form_text, my_number
from todoke.core.form import Answers, Asked, Form, Question, applies, asked

#: what ``rule`` of a problem may be; words: errors.rule.<rule>, with {limit}
RULES = (
    "answer_required",
    "answer_choose",
    "answer_shape",
    "answer_unknown",
    "answer_control",
    "answer_my_number",
    "answer_too_long",
    "answer_kana",
    "answer_date",
    "answer_too_early",
    "answer_too_late",
    "answer_option",
    "answer_digits",
    "answer_phone",
    "answer_too_many",
    "answer_stop",
)
#: fields nobody asked for that are named; who sends more is no reader of ours
MOST_STRANGERS = 20
_ATTACHMENT = re.compile("F-[0-9A-Z]{5}-[0-9A-Z]{5}")


@dataclass(frozen=True, slots=True)
class Problem:
    """at: HTML name of the place ("children-2-born"). rule: one of ``RULES``. limit: what
    the sentence names: characters, digits, entries, or a day (YYYY-MM-DD); "" for none."""

    at: str
    rule: str
    limit: int | str = ""


Problems = tuple[Problem, ...]


def tidy(form: Form, answers: Answers) -> dict[str, Any]:
    """The answers as they are kept: only what is asked and not hidden, trimmed, in one
    spelling, without entries of a group that are blank throughout."""
    return _read(form, answers)[0]


def check(form: Form, answers: Answers, today: date) -> Problems:
    """What is wrong with these answers (tidy or not), in the order of the form; fields nobody
    asked for come last. Empty when they may be sent."""
    kept, misshapen = _read(form, answers)
    found = []
    for each in asked(form, kept):
        if each.path in misshapen:
            found.append(Problem(each.path, "answer_shape"))
        elif problem := _judge(each, today):
            found.append(problem)
    known = {each.id for each in form.questions}
    outer = (Problem(str(name)[:60], "answer_unknown") for name in answers if name not in known)
    strangers = (*_inner_strangers(form, answers), *outer)
    return (*found, *strangers[:MOST_STRANGERS])


def without_numbers(form: Form, answers: Answers, problems: Problems) -> dict[str, Any]:
    """Tidy answers with every one left out that holds a My Number: it goes nowhere, not even
    back to the page."""
    kept = tidy(form, answers)
    for problem in problems:
        if problem.rule == "answer_my_number":
            head, _, rest = problem.at.partition("-")
            number, _, inner = rest.partition("-")
            (kept[head][int(number) - 1] if inner else kept).pop(inner or head, None)
    return kept


# ------------------------------------------------------------------- reading
def _read(form: Form, answers: Answers) -> tuple[dict[str, Any], set[str]]:
    """Tidy answers, and the paths whose value is no such thing as the question asks for."""
    kept: dict[str, Any] = {}
    misshapen: set[str] = set()
    for question in form.questions:
        given = answers.get(question.id)
        if given is None or given == "" or not applies(question, kept):
            continue
        if question.kind == "group":
            value: Any = _entries(question, given, kept, misshapen)
        elif question.kind == "file":
            value = _files(question, given, misshapen)
        else:
            value = _text(question, given, question.id, misshapen)
        if value:
            kept[question.id] = value
    return kept, misshapen


def _entries(group: Question, given: Any, outside: Answers, misshapen: set[str]) -> Any:
    if not isinstance(given, list | tuple) or not all(isinstance(e, Mapping) for e in given):
        misshapen.add(group.id)
        return []
    kept: list[dict[str, str]] = []
    for entry in given:
        path = f"{group.id}-{len(kept) + 1}"
        inner: dict[str, str] = {}
        wrong: set[str] = set()
        for question in group.questions:
            value = entry.get(question.id)
            if value is None or not applies(question, inner, outside):
                continue
            text = _text(question, value, f"{path}-{question.id}", wrong)
            if text:
                inner[question.id] = text
        if inner or wrong:
            kept.append(inner)
            misshapen |= wrong
        if len(kept) > group.most:  # one too many is enough to say so
            break
    return kept


def _files(question: Question, given: Any, misshapen: set[str]) -> list[str]:
    if not isinstance(given, list | tuple) or not all(
        isinstance(each, str) and _ATTACHMENT.fullmatch(each) for each in given
    ):
        misshapen.add(question.id)
        return []
    return list(dict.fromkeys(given))


def _text(question: Question, given: Any, path: str, misshapen: set[str]) -> str:
    if not isinstance(given, str):
        misshapen.add(path)
        return ""
    text = form_text.trimmed(given, one_line=question.lines == 1)
    spell = _SPELLINGS.get(question.kind)
    return spell(text) if spell and not form_text.has_unseen(text) else text


_SPELLINGS = {
    "kana": form_text.katakana,
    "digits": form_text.digits,
    "phone": form_text.phone,
    "date": form_text.day,
}


# ------------------------------------------------------------------- judging
def _judge(each: Asked, today: date) -> Problem | None:
    question, answer = each.question, each.answer
    if not answer:
        choose = question.kind in ("choice", "yes_no")
        rule = "answer_choose" if choose else "answer_required"
        return Problem(each.path, rule) if question.required else None
    if question.kind in ("group", "file"):
        many = len(answer) > question.most
        return Problem(each.path, "answer_too_many", question.most) if many else None
    found = next(_problems(question, answer, today), None)
    return Problem(each.path, *found) if found else None


def _problems(question: Question, text: str, today: date) -> Iterator[tuple[str, int | str]]:
    """Every rule that this answer breaks, the plainest first."""
    if form_text.has_unseen(text):
        yield "answer_control", ""
    if question.options:
        option = question.option(text)
        if option is None:
            yield "answer_option", ""
        elif option.stop:
            yield "answer_stop", ""
        return
    if my_number.found_in(text):
        yield "answer_my_number", ""
    if len(text) > question.max_length:
        yield "answer_too_long", question.max_length
    if question.kind == "kana" and not form_text.is_kana(text):
        yield "answer_kana", ""
    if question.kind == "phone" and not form_text.is_phone(text):
        yield "answer_phone", ""
    if question.kind == "digits" and not re.fullmatch(f"[0-9]{{{question.digits}}}", text):
        yield "answer_digits", question.digits
    if question.kind == "date":
        yield from _day_problems(question, text, today)


def _day_problems(question: Question, text: str, today: date) -> Iterator[tuple[str, str]]:
    day = form_text.real_day(text)
    if day is None:
        yield "answer_date", ""
        return
    if question.earliest and day < (first := form_text.limit_day(question.earliest, today)):
        yield "answer_too_early", first.isoformat()
    if question.latest and day > (last := form_text.limit_day(question.latest, today)):
        yield "answer_too_late", last.isoformat()


def _inner_strangers(form: Form, answers: Answers) -> Iterator[Problem]:
    for group in form.questions:
        entries = answers.get(group.id) if group.kind == "group" else None
        if not isinstance(entries, list | tuple):
            continue
        known = {each.id for each in group.questions}
        for number, entry in enumerate(entries, 1):
            if isinstance(entry, Mapping):
                for name in entry:
                    if name not in known:
                        yield Problem(f"{group.id}-{number}-{str(name)[:60]}", "answer_unknown")
