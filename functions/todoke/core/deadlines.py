"""The dates of a childhood: until when, from when, paid on which day.

``site/assets/js/deadlines.js`` does the same in the browser, so that a birthday stays on the
family's own device; ``tests/vectors/deadlines.jsonl`` holds both to it. How a limit counts stands
in its procedure (民法140条, 141条, 143条), the words in ``site/deadlines.yaml``. Nobody is told a
right here: the city decides.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from todoke.core import closed_days, days
from todoke.core.amount_facts import Facts
from todoke.core.catalogue import Catalogue
from todoke.core.catalogue import Deadline as OfProcedure
from todoke.core.deadline_rules import Book, Limit
from todoke.core.errors import TodokeError
from todoke.core.form_text import real_day

Answer = Mapping[str, str | int]
#: an expected birth may be asked about; no pregnancy lasts longer
MOST_AHEAD = timedelta(days=300)
#: days outside are typing mistakes; a rule with closed days knows fewer years
FIRST_YEAR, LAST_YEAR = 1900, 2099
#: 妊婦のための支援給付, the second: counts from that many weeks before the expected day
WEEKS_BEFORE = 8
#: こども誰でも通園制度: 0歳6か月 to 満3歳未満
FROM_MONTHS, UNDER_YEARS = 6, 3
MOST_YEARS = 130
EVENTS = ("birth", "move_in")


def book(catalogue: Catalogue) -> Book:
    """What the rules need to know of a municipality. A rule whose procedure it has not is none."""
    procedures = catalogue.procedures
    rules = {
        id: rule
        for id, rule in catalogue.deadlines.items()
        if not rule.procedure or rule.procedure in procedures
    }
    limits = {
        id: limit_of(procedures[rule.procedure].deadline)
        for id, rule in rules.items()
        if RULES[id].counts
    }
    windows = {
        id: (each.deadline.from_md, each.deadline.to_md)
        for id, each in procedures.items()
        if each.deadline.kind == "annual_window"
    }
    paid = tuple(id for id, each in catalogue.benefits.items() if each.pay_months)
    return Book(rules, limits, windows, paid, catalogue.closed)


def limit_of(deadline: OfProcedure) -> Limit:
    """Raises ``ValueError`` for a limit that counts from no event."""
    if deadline.length is None:
        raise ValueError(f"a limit of kind {deadline.kind} has no length")
    span = deadline.length
    return Limit(
        span.amount, span.unit, deadline.next_day, deadline.minus_days, rolls=deadline.rolls
    )


def compute(book: Book, id: str, given: object, today: date | None = None) -> Answer:
    """What rule ``id`` says to the days that were told: days as YYYY-MM-DD, months as YYYY-MM.

    today (Japanese calendar date): refuses a birth that lies too far ahead; None asks nothing.
    Raises ``bad_field``, ``missing_field`` or ``unknown_field``; the rule says what to write."""
    if id not in RULES or id not in book.rules:
        raise TodokeError("bad_field", field="rule", rule="known_rule")
    rule = RULES[id]
    if not isinstance(given, Mapping):
        raise TodokeError("bad_field", field="input", rule="object")
    for name in given:
        if name not in rule.fields:
            shown = ", ".join(rule.fields)
            raise TodokeError("unknown_field", field=str(name)[:60], known=shown)
    return rule.say(Asked(book, id, Facts(given, rule.fields), today))


# ------------------------------------------------------------------------- what was told
class Asked:
    """One question. Every reader raises ``missing_field`` or ``bad_field``."""

    def __init__(self, book: Book, id: str, told: Facts, today: date | None) -> None:
        self.book, self.told, self._today = book, told, today
        self._id = id

    def day(self, name: str, first_year: int = FIRST_YEAR) -> date:
        """A day that exists, as YYYY-MM-DD. first_year: of those the rule knows."""
        text = self.told.needed(name)
        found = real_day(text) if isinstance(text, str) else None
        if found is None:
            raise TodokeError("bad_field", field=name, rule="deadline_day")
        # the last year is left out, so that what is counted from it still lies within them
        if not first_year <= found.year < LAST_YEAR:
            raise TodokeError("bad_field", field=name, rule="deadline_year")
        return found

    def born(self, name: str, first_year: int = FIRST_YEAR) -> date:
        """A birthday, or the day a birth is expected on: not one that nobody can expect yet."""
        birth = self.day(name, first_year)
        if self._today is not None and birth > self._today + MOST_AHEAD:
            raise TodokeError("bad_field", field=name, rule="birth_far_ahead")
        return birth

    def last_day(self, start: date) -> date:
        """The last day of the rule's limit."""
        return last_day(self.book.limits[self._id], start)

    def moved(self, day: date) -> date:
        """The last day, moved to the next open one where the limit says so."""
        rolls = self.book.limits[self._id].rolls
        return closed_days.next_open(day, self.book.closed) if rolls else day


def last_day(limit: Limit, start: date) -> date:
    """The last day of a limit that is counted from ``start``; ``js/limits.js`` does the same.

    140条: the first day does not count (next_day). 141条: the last day ends the period. 143条:
    months and years by the calendar; without a corresponding day the last day of that month."""
    less = limit.minus_days or 1
    first = start + timedelta(days=1) if limit.next_day else start
    if limit.unit == "day":
        return first + timedelta(days=limit.amount - less)
    reached = days.age_reached(first, limit.amount * (12 if limit.unit == "year" else 1))
    corresponds = (reached + timedelta(days=1)).day == first.day
    return reached - timedelta(days=less - 1) if corresponds else reached


# ------------------------------------------------------------------------- limits from an event
def _limit(name: str) -> Callable[[Asked], Answer]:
    """raw: the last day; deadline: after closed days were looked at."""

    def say(asked: Asked) -> Answer:
        first = closed_days.FIRST_YEAR
        start = asked.born(name, first) if name == "birth" else asked.day(name, first)
        raw = asked.last_day(start)
        return {"raw": raw.isoformat(), "deadline": asked.moved(raw).isoformat()}

    return say


def _fifteen_days(asked: Asked) -> Answer:
    """児童手当法8条3項: who claims within 15 days is paid from the month after the event."""
    event, first = asked.told.choice_of("event", EVENTS, "one_of"), closed_days.FIRST_YEAR
    start = asked.born("date", first) if event == "birth" else asked.day("date", first)
    raw = asked.last_day(start)
    return {
        "raw": raw.isoformat(),
        "deadline": asked.moved(raw).isoformat(),
        "first_month_if_in_time": _month_after(start),
    }


def _first_month(asked: Asked) -> Answer:
    """児童手当法8条2項: from the month after the claim; 3項: after the birth, if it was in time."""
    start = asked.born("birth", closed_days.FIRST_YEAR)
    claim = asked.day("claim", closed_days.FIRST_YEAR)
    if claim < start:
        raise TodokeError("bad_field", field="claim", rule="claim_before_birth")
    in_time = claim <= asked.moved(asked.last_day(start))
    lost = 0 if in_time else (claim.year - start.year) * 12 + claim.month - start.month
    return {"first_month": _month_after(start if in_time else claim), "lost_months": lost}


def _ends(name: str, weeks_before: int = 0) -> Callable[[Asked], Answer]:
    """A right that ends after its time; a closed day does not move it."""

    def say(asked: Asked) -> Answer:
        start = asked.born(name) if name == "birth" else asked.day(name)
        day = asked.moved(asked.last_day(start - timedelta(weeks=weeks_before)))
        return {"deadline": day.isoformat()}

    return say


# ------------------------------------------------------------------------- the calendar
def _payment_day(asked: Asked) -> Answer:
    """Before a closed day it is paid on the last open one."""
    asked.told.choice_of("benefit", asked.book.benefits, "benefit_with_payment")
    year = asked.told.number("year", closed_days.FIRST_YEAR + 1, LAST_YEAR, "year_number")
    month = asked.told.number("month", 1, 12, "month_number")
    last = calendar.monthrange(year, month)[1]
    day = date(year, month, asked.told.number("nominal_day", 1, last, "day_of_month"))
    return {"pay_on": closed_days.previous_open(day, asked.book.closed).isoformat()}


def _annual_window(asked: Asked) -> Answer:
    """A window over the end of the year belongs to the year it opens in."""
    id = asked.told.choice_of("procedure", tuple(asked.book.windows), "procedure_with_window")
    first, last = asked.book.windows[id]
    year = asked.told.number("year", closed_days.FIRST_YEAR + 1, LAST_YEAR, "year_number")
    until = year + 1 if last < first else year
    return {"from": _of_year(year, first), "until": _of_year(until, last)}


def _of_year(year: int, month_day: str) -> str:
    """29 February is the 28th in a year without one."""
    leap = calendar.isleap(year)
    return f"{year}-{'02-28' if month_day == '02-29' and not leap else month_day}"


# ------------------------------------------------------------------------- ages
def _first_day(asked: Asked) -> Answer:
    """「0歳6か月から」: the day the child is six months old, as the rule of the procedure asks."""
    return {"deadline": days.after_age(asked.born("dob"), FROM_MONTHS).isoformat()}


def _last_day(asked: Asked) -> Answer:
    """「満3歳未満」: three is reached on the day before the birthday, so the last day is the one
    before that. Only vaccination reads the words otherwise (``days.until_age``)."""
    reached = days.age_reached(asked.born("dob"), 12 * UNDER_YEARS)
    return {"deadline": (reached - timedelta(days=1)).isoformat()}


def _school_entry(asked: Asked) -> Answer:
    return {"entry": days.school_entry(asked.born("dob")).isoformat()}


def _age(asked: Asked) -> Answer:
    """An age is reached on the day before the birthday (年齢計算ニ関スル法律). months: all of them,
    not what is left over from the years."""
    birth, on = asked.born("dob"), asked.day("on")
    if on < birth:
        raise TodokeError("bad_field", field="on", rule="on_before_birth")
    months = (on.year - birth.year) * 12 + on.month - birth.month + 1
    while months and days.age_reached(birth, months) > on:
        months -= 1
    return {"years": months // 12, "months": months}


def _fiscal_end(asked: Asked) -> Answer:
    """「…歳に達する日以後の最初の3月31日」."""
    birth = asked.born("dob")
    age = asked.told.number("age", 1, MOST_YEARS, "age_number")
    return {"until": days.fiscal_last(days.fiscal_year_of_age(birth, age)).isoformat()}


def _month_after(day: date) -> str:
    return f"{day.year + day.month // 12:04d}-{day.month % 12 + 1:02d}"


# ------------------------------------------------------------------------- the rules
class _Rule:
    """fields: of the input, in order. counts: whether it takes its limit from its procedure."""

    def __init__(
        self, fields: Sequence[str], say: Callable[[Asked], Answer], *, counts: bool = False
    ) -> None:
        self.fields, self.say, self.counts = tuple(fields), say, counts


RULES: Mapping[str, _Rule] = {
    "shussei_todoke_14": _Rule(("birth",), _limit("birth"), counts=True),
    "jidou_teate_15": _Rule(("event", "date"), _fifteen_days, counts=True),
    "jidou_teate_first_month": _Rule(("birth", "claim"), _first_month, counts=True),
    "tennyu_todoke_14": _Rule(("moved",), _limit("moved"), counts=True),
    "payment_day": _Rule(("benefit", "year", "month", "nominal_day"), _payment_day),
    "annual_window": _Rule(("procedure", "year"), _annual_window),
    "ninpu_kyufu_1": _Rule(("heartbeat_confirmed",), _ends("heartbeat_confirmed"), counts=True),
    "ninpu_kyufu_2": _Rule(("due_date",), _ends("due_date", WEEKS_BEFORE), counts=True),
    "shussan_ichijikin": _Rule(("birth",), _ends("birth"), counts=True),
    "daredemo_first_day": _Rule(("dob",), _first_day),
    "daredemo_last_day": _Rule(("dob",), _last_day),
    "school_entry": _Rule(("dob",), _school_entry),
    "age_by_law": _Rule(("dob", "on"), _age),
    "fy_end_after_age": _Rule(("dob", "age"), _fiscal_end),
}
