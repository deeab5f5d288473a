"""Every date of one childhood on one day: doses, check-ups, deadlines.

Nothing of it is kept: the child is told, counted and forgotten. ``site/assets/js/doses.js`` does
the same on the family's own device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from todoke.core import checkups, deadlines, doses
from todoke.core.deadline_rules import Book
from todoke.core.errors import TodokeError
from todoke.core.facts import FIRST_YEAR, LAST_YEAR
from todoke.core.form_text import real_day
from todoke.core.given import Given
from todoke.core.immunization import Programme, Timeline
from todoke.core.windows import Child

#: what a file of given doses may say
FIELDS = ("given", "rota_type", "mr_shortage", "held")
SEXES = ("F", "M")
ROTA_TYPES = (1, 5)
#: more than anybody ever gets of one vaccine
MOST_DOSES = 20


def timeline(
    rules: Timeline, child: Child, today: date, book: Book | None = None
) -> Mapping[str, Any]:
    """{"doses", "given", "checkups", "deadlines"}, days as YYYY-MM-DD. given: each dose as it was
    told, and whether it counts. book: the rules by name; None leaves deadlines empty."""
    rows: Sequence[doses.Row] = ()
    told: Sequence[Given] = ()
    if rules.programme:
        rows, told = doses.doses(rules.programme, child, today)
    return {
        "doses": [each.as_json() for each in rows],
        "given": [each.as_json() for each in told],
        "checkups": [each.as_json() for each in checkups.checkups(rules.checkups, child, today)],
        "deadlines": deadlines_of(book, child) if book else [],
    }


def deadlines_of(book: Book, child: Child) -> Sequence[Mapping[str, Any]]:
    """What a family has to file and until when, and the days of school and childcare: each as the
    rule of that id answers (``todoke deadline``). A rule that the city leaves out, or that does not
    know the year, is left out."""
    birth = child.birth.isoformat()
    asked: list[tuple[str, Mapping[str, str]]] = [
        ("shussei_todoke_14", {"birth": birth}),
        ("jidou_teate_15", {"event": "birth", "date": birth}),
        ("shussan_ichijikin", {"birth": birth}),
        ("daredemo_first_day", {"dob": birth}),
        ("daredemo_last_day", {"dob": birth}),
        ("school_entry", {"dob": birth}),
    ]
    if child.due:
        asked.append(("ninpu_kyufu_2", {"due_date": child.due.isoformat()}))
    found: list[Mapping[str, Any]] = []
    for id, told in asked:
        if id in book.rules:
            try:
                found.append({"id": id, **deadlines.compute(book, id, told)})
            except TodokeError as error:
                if error.details.get("rule") != "deadline_year":
                    raise
    return found


def child_of(rules: Timeline, told: object, *, birth: str, sex: str = "", due: str = "") -> Child:
    """The child as it was told. told: {"given": {vaccine: [days]}, "rota_type"?, "mr_shortage"?,
    "held"?: {check-up: day}}.

    Raises ``bad_field``, ``unknown_field``: field, and which rule."""
    if not isinstance(told, Mapping):
        raise TodokeError("bad_field", field="given", rule="object")
    for name in told:
        if name not in FIELDS:
            raise TodokeError("unknown_field", field=str(name)[:60])
    rota_type, shortage = told.get("rota_type"), told.get("mr_shortage", False)
    if rota_type is not None and (isinstance(rota_type, bool) or rota_type not in ROTA_TYPES):
        raise TodokeError("bad_field", field="rota_type", rule="rota_type")
    if not isinstance(shortage, bool):
        raise TodokeError("bad_field", field="mr_shortage", rule="fact_bool")
    if sex and sex not in SEXES:
        raise TodokeError("bad_field", field="sex", rule="one_of", allowed=" ".join(SEXES))
    return Child(
        birth=day("birth", birth),
        sex=sex,
        due=day("edd", due) if due else None,
        rota_type=rota_type or 0,
        mr_shortage=shortage,
        given=_given(rules.programme, told.get("given", {})),
        held=_held(rules, told.get("held", {})),
    )


def _given(programme: Programme | None, told: object) -> Mapping[str, tuple[date, ...]]:
    if not isinstance(told, Mapping):
        raise TodokeError("bad_field", field="given", rule="object")
    known = programme.vaccines if programme else {}
    found: dict[str, tuple[date, ...]] = {}
    for vaccine, listed in told.items():
        if vaccine not in known:
            allowed = " ".join(known)
            raise TodokeError("bad_field", field="given", rule="vaccine", allowed=allowed)
        if not isinstance(listed, list | tuple) or len(listed) > MOST_DOSES:
            raise TodokeError("bad_field", field=f"given.{vaccine}", rule="days_given")
        found[vaccine] = tuple(day(f"given.{vaccine}", each) for each in listed)
    return found


def _held(rules: Timeline, told: object) -> Mapping[str, date]:
    if not isinstance(told, Mapping):
        raise TodokeError("bad_field", field="held", rule="object")
    for check in told:
        if check not in rules.checkups:
            allowed = " ".join(rules.checkups)
            raise TodokeError("bad_field", field="held", rule="checkup", allowed=allowed)
    return {check: day(f"held.{check}", each) for check, each in told.items()}


def day(field: str, value: object) -> date:
    """A day that exists, YYYY-MM-DD, in years a rule can count with. Raises ``bad_field``."""
    found = real_day(value) if isinstance(value, str) else None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise TodokeError("bad_field", field=field, rule="fact_day")
    return found
