"""What the page of a benefit says about its amount: the table in force, the next known change, a
worked example, and what ``js/amount_form.js`` needs to compute a person's own on her device."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from markupsafe import Markup

from todoke.core import amounts, payment_days
from todoke.core.amounts import Step
from todoke.core.benefits import Benefit, Period, as_json
from todoke.core.catalogue import Catalogue, Source
from todoke.press import phrases
from todoke.press.frame import Frame

#: benefit -> the rows of its table, each one amount or the least and the most of a range
ROWS: Mapping[str, Sequence[tuple[str, ...]]] = {
    "jidou_teate": (("under3",), ("from3",), ("third",)),
    "jidou_fuyou_teate": (
        ("first_full",),
        ("first_least", "first_part"),
        ("second_full",),
        ("second_least", "second_part"),
        ("further_full",),
        ("further_least", "further_part"),
    ),
    "tokubetsu_jidou_fuyou_teate": (("grade1",), ("grade2",)),
    "shougaiji_fukushi_teate": (("child",),),
    "ninpu_shien_kyufu": (("recognition",), ("fetus",)),
}
_COUNTED = ("child_counted", "child_not_counted", "child_not_yet", "child_past")
_CHILDREN = ("child_under3", "child_from3", "child_third")
_EARLIER = ("child_elementary", "child_elementary_third", "child_junior_high", "child_reduced")
_INCOME = ("income_not_told", "income_below", "income_reduced", "income_nothing")
_GUARDIAN = ("guardian_below", "guardian_reached", "no_children", "uncertain_additions")
_MONTHLY = ("version", "total", "unverified_amount", "uncertain_amount")
_LIMITED = (*_MONTHLY, "unverified_limit", "uncertain_limit")
#: benefit -> every step that may be said about it
STEPS: Mapping[str, Sequence[str]] = {
    "jidou_teate": (*_LIMITED, "no_income_limit", *_INCOME, *_COUNTED, *_CHILDREN, *_EARLIER),
    "jidou_fuyou_teate": (
        *_LIMITED,
        *_GUARDIAN,
        *(f"income_{name}" for name in ("full", "part", "none")),
        *("first_full", "second_full", "further_full"),
        *("first_part", "second_part", "further_part"),
    ),
    "tokubetsu_jidou_fuyou_teate": (
        *_LIMITED, *_GUARDIAN, "claimant_below", "claimant_reached", "grade1", "grade2",
    ),
    "shougaiji_fukushi_teate": (*_LIMITED, *_GUARDIAN, "self_below", "self_reached", "children"),
    "ninpu_shien_kyufu": ("version", "recognition", "fetuses", "outcome", "total_once"),
}  # fmt: skip
_KINDS = ("versions", "limits")
#: how far back a person may compute, and how far ahead, in months
BACK, AHEAD = 24, 12


@dataclass(frozen=True, slots=True)
class Ask:
    """One field of the small calculator. name: of the fact that ``core/amounts.py`` reads. kind:
    month, births, flag, yen, count, or choice among ``options``. start: what stands in it."""

    name: str
    kind: str
    optional: bool = False
    start: str = ""
    options: tuple[str, ...] = ()


_GUARDIAN_ASKED = (
    Ask("guardian_income", "yen", optional=True),
    Ask("guardian_dependents", "count", optional=True, start="0"),
)
ASKED: Mapping[str, Sequence[Ask]] = {
    "jidou_teate": (
        Ask("month", "month"),
        Ask("children", "births"),
        Ask("supported_18_22", "flag", optional=True),
    ),
    "jidou_fuyou_teate": (
        Ask("month", "month"),
        Ask("children", "count", start="1"),
        Ask("income", "yen"),
        Ask("dependents", "count", start="1"),
        *_GUARDIAN_ASKED,
    ),
    "tokubetsu_jidou_fuyou_teate": (
        Ask("month", "month"),
        Ask("grade1", "count", start="0"),
        Ask("grade2", "count", start="1"),
        Ask("income", "yen"),
        Ask("dependents", "count", start="1"),
        *_GUARDIAN_ASKED,
    ),
    "shougaiji_fukushi_teate": (
        Ask("month", "month"),
        Ask("children", "count", start="1"),
        Ask("child_income", "yen", start="0"),
        Ask("guardian_income", "yen"),
        Ask("guardian_dependents", "count", start="1"),
    ),
    "ninpu_shien_kyufu": (
        Ask("step", "choice", options=("1", "2")),
        Ask("fetuses", "count", start="1"),
    ),
}
#: benefit -> a made-up family for the worked example; {month} is the month of the page
EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "jidou_teate": {"children": (12, 7, 1)},
    "jidou_fuyou_teate": {"children": 2, "income": 1_500_000, "dependents": 2},
    "tokubetsu_jidou_fuyou_teate": {"grade2": 1, "income": 3_000_000, "dependents": 1},
    "shougaiji_fukushi_teate": {
        "children": 1,
        "child_income": 0,
        "guardian_income": 3_000_000,
        "guardian_dependents": 1,
    },
    "ninpu_shien_kyufu": {"step": 2, "fetuses": 2},
}
#: digits of another script: what the table of readings takes for a number, and no sentence holds
_STAND_INS = "٠١٢٣٤٥٦٧٨٩"


@dataclass(frozen=True, slots=True)
class Shown:
    """A period of amounts or limits with what it rests on. unsure: nobody has checked it for the
    month of the page, or not all of it."""

    kind: str
    period: Period
    sources: tuple[Source, ...]
    unsure: bool


@dataclass(frozen=True, slots=True)
class AmountPage:
    """rows: keys of ``Period.amounts``. now, next: amounts; limits, next_limits: income limits.
    facts, steps: the worked example. months: the calculator offers (YYYY-MM). periods: every one
    that a month of these can meet. file: their figures, in the shape of ``/benefits.json``. paid:
    the next days the city pays it on, where it has set its day."""

    benefit: Benefit
    rows: Sequence[tuple[str, ...]]
    now: Shown
    next: Shown | None
    limits: Shown | None
    next_limits: Shown | None
    facts: Mapping[str, Any]
    steps: Sequence[Step]
    asked: Sequence[Ask]
    months: Sequence[str]
    month: str
    periods: Sequence[Shown]
    words: Sequence[str]
    file: str
    paid: Sequence[date]


def amount_page(catalogue: Catalogue, id: str, today: date) -> AmountPage | None:
    """Of the benefit ``id``; None where no amount is computed."""
    benefit = catalogue.benefits.get(id)
    if benefit is None or id not in ROWS:
        return None
    month = today.isoformat()[:7]

    def shown(kind: str, period: Period | None) -> Shown | None:
        if period is None:
            return None
        sources = tuple(catalogue.sources[each] for each in period.sources)
        sure = [period.confidence, period.additions.confidence if period.additions else "high"]
        unsure = month > period.verified_until or set(sure) != {"high"}
        return Shown(kind, period, sources, unsure)

    now = shown("versions", _at(benefit.versions, month) or benefit.versions[-1])
    assert now is not None
    facts = _example(id, today)
    answer = amounts.compute(catalogue.benefits, id, facts)
    months = _months(benefit, today)
    met = [
        shown(kind, each)
        for kind, several in (("versions", benefit.versions), ("limits", benefit.limits))
        for each in several
        if benefit.paid_once or any(each.holds_in(one) for one in months)
    ]
    return AmountPage(
        benefit=benefit,
        rows=ROWS[id],
        now=now,
        next=shown("versions", _after(benefit.versions, month)),
        limits=shown("limits", _at(benefit.limits, month)),
        next_limits=shown("limits", _after(benefit.limits, month)),
        facts=facts,
        steps=answer.steps,
        asked=ASKED[id],
        months=months,
        month=month,
        periods=[each for each in met if each],
        words=STEPS[id],
        file=_file(benefit, [each for each in met if each]),
        paid=[each.on for each in payment_days.coming(catalogue, id, today)],
    )


def _file(benefit: Benefit, met: Sequence[Shown]) -> str:
    """``/benefits.json`` with this benefit, these periods, and nothing but figures."""

    def of(kind: str) -> tuple[Period, ...]:
        return tuple(each.period for each in met if each.kind == kind)

    shown = replace(benefit, versions=of("versions"), limits=of("limits"))
    (shape,) = as_json({benefit.id: shown})["benefits"]
    figures = {kind: [_without_words(each) for each in shape[kind]] for kind in _KINDS}
    kept = {"id": benefit.id, "paid_once": benefit.paid_once, **figures}
    return json.dumps({"version": 1, "benefits": [kept]}, separators=(",", ":"))


def _without_words(period: Mapping[str, Any]) -> Mapping[str, Any]:
    words = ("law", "sources", "uncertain", "additions")
    return {key: value for key, value in period.items() if key not in words}


def speech(frame: Frame, language: str) -> Mapping[str, Any]:
    """What the template of the amounts calls, in one language."""

    def say(name: str, /, **values: object) -> str:
        return frame.words.say(language, name, **values)

    def figures(step: Step) -> Mapping[str, str]:
        return {name: figure(name, value) for name, value in step.figures.items()}

    def figure(name: str, value: int | str) -> str:
        if name == "month":
            return phrases.month(say, str(value))
        return f"{value:,}" if isinstance(value, int) else value

    def births(days: Sequence[str]) -> str:
        return say("amounts.and").join(birthday(*each.split("-")) for each in days)

    def birthday(year: str, month: str, day: str) -> str:
        return say("amounts.day", year=year, month=say(f"site.month.{int(month)}"), day=int(day))

    return {
        "figures": figures,
        "births": births,
        "number": lambda value: f"{value:,}",
        "fillable": lambda name: fillable(frame, language, name),
    }


def fillable(frame: Frame, language: str, name: str) -> Markup:
    """A sentence whose figures a script fills in: each is an empty element that names it. A number
    changes how the kanji after it is read (「3人」 is さんにん), so one stands there meanwhile."""
    text = frame.words.say(language, name)
    names = list(dict.fromkeys(re.findall(r"\{(\w+)\}", text)))
    for each, stand_in in zip(names, _STAND_INS, strict=False):
        text = text.replace("{" + each + "}", stand_in)
    markup = frame.read(language, text)
    for each, stand_in in zip(names, _STAND_INS, strict=False):
        markup = markup.replace(stand_in, Markup('<span data-figure="{}"></span>').format(each))
    return markup


def _example(id: str, today: date) -> Mapping[str, Any]:
    facts = dict(EXAMPLES[id])
    if id == "jidou_teate":
        facts["children"] = [f"{today.year - age}-06-15" for age in facts["children"]]
    return facts if id == "ninpu_shien_kyufu" else {"month": today.isoformat()[:7], **facts}


def _months(benefit: Benefit, today: date) -> Sequence[str]:
    if benefit.paid_once:
        return ()
    now = today.year * 12 + today.month - 1
    every = (f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(now - BACK, now + AHEAD + 1))
    return [each for each in every if _at(benefit.versions, each)]


def _at(periods: Sequence[Period], month: str) -> Period | None:
    return next((each for each in periods if each.holds_in(month)), None)


def _after(periods: Sequence[Period], month: str) -> Period | None:
    return next((each for each in periods if each.start > month), None)
