"""The ``form:`` part of a procedure file -> Form. Every mistake names field, rule, next step."""

from __future__ import annotations

import re
from collections.abc import Sequence

from todoke.core.form import KINDS, YES_NO, Condition, Form, Option, Question, Section
from todoke.core.site_fields import Fields, Text
from todoke.core.words import LANGUAGES

#: ids are parts of HTML names joined by "-", so they hold none
_ID = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_VERSION = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]+)?")
_LIMIT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|today(-[0-9]{1,3}y)?|school_year-[0-9]{1,2}")
_AUTOCOMPLETE = ("name", "bday", "street-address", "tel")
#: words of yes and no are the form's own, so that a question can say what they mean
_YES_NO_LABELS: dict[str, Text] = {
    "yes": {"ja": "はい", "easy": "はい", "en": "Yes"},
    "no": {"ja": "いいえ", "easy": "いいえ", "en": "No"},
}
MAX_LENGTH = 1000
MOST_ENTRIES = 20
MAX_DIGITS = 11
_QUESTION = (
    *("id", "kind", "label", "hint", "why", "required", "when", "max_length", "lines"),
    *("digits", "earliest", "latest", "options", "most", "questions", "autocomplete"),
)


def form(fields: Fields, key: str) -> Form | None:
    """The form of a procedure, None where it has none. Raises ``site_file_invalid``."""
    found = fields.inner(key, ("version", "sections"))
    if found is None:
        return None
    found.need("version")
    known: list[Question] = []
    sections = tuple(_section(each, known) for each in found.each("sections", _SECTION))
    if not known:
        raise found.wrong("sections", "at least one question", "add sections with questions")
    return Form(found.matching("version", _VERSION, "a month, YYYY-MM or YYYY-MM-2"), sections)


_SECTION = ("id", "title", "questions")


def _section(fields: Fields, known: list[Question]) -> Section:
    questions = _questions(fields, known, known)
    return Section(_id(fields), _in_all(fields, "title"), questions)


def _questions(
    fields: Fields, among: list[Question], visible: list[Question]
) -> tuple[Question, ...]:
    """Reads a list and adds to ``among``; conditions may name what is ``visible`` by then."""
    read = []
    for each in fields.each("questions", _QUESTION):
        question = _question(each, visible)
        if any(other.id == question.id for other in among):
            raise each.wrong("id", f"{question.id!r} stands here twice", "give one another id")
        among.append(question)
        if visible is not among:
            visible.append(question)
        read.append(question)
    return tuple(read)


def _question(fields: Fields, visible: Sequence[Question]) -> Question:
    kind = fields.choice("kind", KINDS)
    inner: list[Question] = []
    question = Question(
        id=_id(fields),
        kind=kind,
        label=_in_all(fields, "label"),
        hint=_maybe_in_all(fields, "hint"),
        why=_maybe_in_all(fields, "why"),
        required=fields.flag("required") if "required" in fields.found else True,
        when=tuple(_condition(each, visible) for each in fields.each("when", ("question", "is"))),
        max_length=fields.whole("max_length", 1, MAX_LENGTH) or 100,
        lines=fields.whole("lines", 1, 10) or 1,
        digits=fields.whole("digits", 1, MAX_DIGITS) or 0,
        earliest=fields.matching("earliest", _LIMIT, _LIMIT_RULE),
        latest=fields.matching("latest", _LIMIT, _LIMIT_RULE),
        options=_options(fields, kind),
        most=fields.whole("most", 1, MOST_ENTRIES) or 0,
        questions=_questions(fields, inner, [*visible]) if kind == "group" else (),
        autocomplete=fields.choice("autocomplete", _AUTOCOMPLETE)
        if "autocomplete" in fields.found
        else "",
    )
    _complete(fields, question)
    return question


_LIMIT_RULE = "YYYY-MM-DD, today, today-20y or school_year-18"


def _complete(fields: Fields, question: Question) -> None:
    """What a kind cannot do without, and what it has no use for."""
    kind = question.kind
    if kind == "choice" and not question.options:
        raise fields.wrong("options", "a choice has options", "add options: [{id, label}]")
    if kind == "digits" and not question.digits:
        raise fields.wrong("digits", "how many digits exactly", "add digits: 7")
    if kind in ("group", "file") and not question.most:
        raise fields.wrong("most", "how many at most", "add most: 8")
    if (kind == "group") != bool(question.questions):
        raise fields.wrong("questions", "a group, and only a group, has questions", "see kind")
    if any(each.kind in ("group", "file") for each in question.questions):
        raise fields.wrong("questions", "no group and no file inside a group", "move it outside")


def _options(fields: Fields, kind: str) -> tuple[Option, ...]:
    read = tuple(
        Option(_id(each), _in_all(each, "label"), _maybe_in_all(each, "stop"))
        for each in fields.each("options", ("id", "label", "stop"))
    )
    if kind != "yes_no":
        return read
    given = {each.id: each for each in read}
    if not given.keys() <= set(YES_NO):
        raise fields.wrong("options", "a yes_no question has yes and no", "use kind: choice")
    return tuple(given.get(each, Option(each, _YES_NO_LABELS[each])) for each in YES_NO)


def _condition(fields: Fields, visible: Sequence[Question]) -> Condition:
    name, values = fields.text("question"), fields.texts("is")
    question = next((each for each in visible if each.id == name), None)
    if question is None:
        raise fields.wrong("question", f"{name!r} is not asked before this", "name an earlier one")
    for value in values:
        if question.option(value) is None:
            raise fields.wrong("is", f"{value!r} is no option of {name}", "name one of its options")
    if not values:
        raise fields.wrong("is", "at least one value", "add is: [value]")
    return Condition(name, values)


def _id(fields: Fields) -> str:
    fields.need("id")
    value = fields.found["id"]
    if isinstance(value, int) and not isinstance(value, bool):  # an option may be a number
        return str(value)
    if not (isinstance(value, str) and (_ID.fullmatch(value) or value.isdigit())):
        raise fields.wrong("id", "letters a-z, digits and single _ only", "respell the id")
    if len(value) > 40:
        raise fields.wrong("id", "at most 40 characters", "shorten the id")
    return value


def _in_all(fields: Fields, key: str) -> Text:
    """Words of a form are there in every language: who cannot read a question cannot answer."""
    words = fields.words(key)
    for language in LANGUAGES:
        if language not in words:
            raise fields.wrong(key, f"words in {' '.join(LANGUAGES)}", f"add {language}: …")
    return words


def _maybe_in_all(fields: Fields, key: str) -> Text | None:
    return _in_all(fields, key) if fields.found.get(key) is not None else None
