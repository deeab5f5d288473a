"""``site/benefits.yaml`` -> benefits. An amount without date, law or confidence is refused."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from todoke.core.benefits import Additions, Benefit, Limit, Period
from todoke.core.catalogue import CONFIDENCE
from todoke.core.site_fields import Fields
from todoke.core.site_yaml import SiteFile

PATH = "benefits.yaml"
MAX_YEN = 100_000_000
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_RATE = re.compile(r"0\.[0-9]{1,9}")
_FUYOU = tuple(
    f"{child}_{size}"
    for child in ("first", "second", "further")
    for size in ("full", "part", "least")
)
#: the names of amounts that a version of each benefit states: one of these sets
AMOUNTS: Mapping[str, Sequence[Sequence[str]]] = {
    "jidou_teate": (
        ("under3", "elementary", "elementary_third", "junior_high", "reduced"),
        ("under3", "from3", "third"),
    ),
    "jidou_fuyou_teate": (_FUYOU,),
    "tokubetsu_jidou_fuyou_teate": (("grade1", "grade2"),),
    "shougaiji_fukushi_teate": (("child",),),
    "ninpu_shien_kyufu": (("recognition", "fetus"),),
}
#: the rates a version states, and the income limits
RATES: Mapping[str, Sequence[str]] = {"jidou_fuyou_teate": ("first", "second", "further")}
TABLES: Mapping[str, Sequence[str]] = {
    "jidou_teate": ("reduced", "nothing"),
    "jidou_fuyou_teate": ("full", "part", "guardian"),
    "tokubetsu_jidou_fuyou_teate": ("claimant", "guardian"),
    "shougaiji_fukushi_teate": ("child", "guardian"),
}
#: what a dependent who adds to a limit can be: 老人扶養親族 and the like; 16 to 22 years old
#: (特定扶養親族, 控除対象扶養親族 under 19)
ADDING = ("elderly", "young")
_PERIOD = ("from", "until", "law", "verified_until", "confidence", "sources", "uncertain")


def read(file: SiteFile, sources: Collection[str]) -> Mapping[str, Benefit]:
    """Every benefit by its id. sources: ids of ``site/sources.yaml``.

    Raises ``site_file_invalid`` with field, rule and next step."""
    found: dict[str, Benefit] = {}
    known = (
        *("id", "name", "law", "paid_once", "pay_months", "stated_in_law", "versions", "limits"),
    )
    for fields in Fields.of(file, "", file.value, ("benefits",)).each("benefits", known):
        benefit = _benefit(fields, sources)
        if benefit.id in found:
            raise fields.wrong("id", f"{benefit.id!r} stands here twice", "remove one of them")
        found[benefit.id] = benefit
    return found


def _benefit(fields: Fields, sources: Collection[str]) -> Benefit:
    id = fields.choice("id", tuple(AMOUNTS))
    versions = fields.each("versions", (*_PERIOD, "amounts", "rates"))
    limits = fields.each("limits", (*_PERIOD, "tables", "additions"))
    if not versions:
        raise fields.wrong("versions", "at least one amount with its date", "add versions:")
    if not limits and id in TABLES:
        raise fields.wrong("limits", "income limits with their date", "add limits:")
    return Benefit(
        id=id,
        name=fields.words("name"),
        law=fields.text("law"),
        versions=_in_order(versions, [_version(each, id, sources) for each in versions]),
        limits=_in_order(limits, [_limits(each, id, sources) for each in limits]),
        pay_months=_months(fields),
        paid_once=fields.flag("paid_once"),
        stated_in_law=_maybe_month(fields, "stated_in_law"),
    )


def _months(fields: Fields) -> tuple[int, ...]:
    months = fields.found.get("pay_months", [])
    if not isinstance(months, list):
        raise fields.wrong("pay_months", "a list of months", "write [2, 4, 6]")
    whole = tuple(each for each in months if type(each) is int and 1 <= each <= 12)
    if len(whole) != len(months):
        raise fields.wrong("pay_months", "months are 1 to 12", "write [2, 4, 6]")
    return whole


def _version(fields: Fields, id: str, sources: Collection[str]) -> Period:
    amounts = _amounts(fields, AMOUNTS[id])
    named = RATES.get(id, ())
    inner = fields.inner("rates", named)
    if named and inner is None:
        raise fields.wrong("rates", "this field must be filled in", "add rates: …")
    rates = {name: _rate(inner, name) for name in named} if inner else {}
    return _period(fields, sources, amounts=amounts, rates=rates)


def _amounts(fields: Fields, sets: Sequence[Sequence[str]]) -> Mapping[str, int]:
    fields.need("amounts")
    known = tuple(dict.fromkeys(name for names in sets for name in names))
    inner = fields.inner("amounts", known)
    assert inner is not None
    if all(set(inner.found) != set(names) for names in sets):
        rule = "the amounts of one version of the law, all of them"
        step = " or ".join(", ".join(names) for names in sets)
        raise fields.wrong("amounts", rule, f"write {step}")
    return {name: _yen(inner, name) for name in inner.found}


def _yen(fields: Fields, key: str) -> int:
    fields.need(key)
    yen = fields.whole(key, 0, MAX_YEN)
    assert yen is not None
    return yen


def _rate(fields: Fields, key: str) -> str:
    fields.need(key)
    return fields.matching(key, _RATE, "a decimal number such as 0.0264029")


def _limits(fields: Fields, id: str, sources: Collection[str]) -> Period:
    fields.need("tables")
    names = TABLES.get(id, ())
    inner = fields.inner("tables", names)
    assert inner is not None
    added = fields.inner("additions", ("law", "confidence", "sources", "uncertain", "tables"))
    raised = added.inner("tables", names) if added else None
    if added and raised is None:
        raise added.wrong("tables", "which limits rise", "write tables: {…}, {} without figures")
    period = _period(fields, sources, tables={name: _limit(inner, name, raised) for name in names})
    return replace(period, additions=_additions(added, sources)) if added else period


def _additions(fields: Fields, sources: Collection[str]) -> Additions:
    """What dependents of certain ages add, as dated and as sourced as the limits themselves."""
    return Additions(
        law=fields.text("law"),
        confidence=fields.choice("confidence", CONFIDENCE),
        sources=_sources(fields, sources),
        uncertain=fields.maybe_words("uncertain"),
    )


def _added(raised: Fields | None, name: str) -> Mapping[str, int] | None:
    """Kind of dependent -> yen; empty where the figures were not read."""
    inner = raised.inner(name, ADDING) if raised else None
    return {kind: _yen(inner, kind) for kind in inner.found} if inner else None


def _limit(fields: Fields, key: str, raised: Fields | None) -> Limit:
    fields.need(key)
    inner = fields.inner(key, ("by_dependents", "further"))
    assert inner is not None
    values = inner.need("by_dependents")
    listed = values if isinstance(values, list) else []
    yen = tuple(each for each in listed if type(each) is int and 0 < each <= MAX_YEN)
    if not yen or len(yen) != len(listed) or list(yen) != sorted(set(yen)):
        rule = "limits in yen for 0, 1, 2 … dependents, each higher than the one before"
        raise inner.wrong("by_dependents", rule, "write [6220000, 6600000, …]")
    return Limit(yen, _yen(inner, "further"), _added(raised, key))


def _period(
    fields: Fields,
    sources: Collection[str],
    *,
    amounts: Mapping[str, int] | None = None,
    rates: Mapping[str, str] | None = None,
    tables: Mapping[str, Limit] | None = None,
) -> Period:
    named = _sources(fields, sources)
    confidence = fields.choice("confidence", CONFIDENCE)
    if confidence == "high" and not named:
        rule = "high needs a source that was read"
        raise fields.wrong("confidence", rule, "add sources: or write medium")
    if named:
        fields.need("verified_until")
    start = _month(fields, "from")
    until = _maybe_month(fields, "until")
    if until and until < start:
        raise fields.wrong("until", "not before from", "mend one of the two months")
    return Period(
        start=start,
        until=until,
        law=fields.text("law"),
        verified_until=_maybe_month(fields, "verified_until"),
        confidence=confidence,
        sources=named,
        amounts=amounts or {},
        rates=rates or {},
        tables=tables or {},
        uncertain=fields.maybe_words("uncertain"),
    )


def _sources(fields: Fields, sources: Collection[str]) -> tuple[str, ...]:
    named = fields.texts("sources")
    unknown = [each for each in named if each not in sources]
    if unknown:
        rule = f"{unknown[0]!r} does not exist"
        raise fields.wrong("sources", rule, "add it to site/sources.yaml")
    return named


def _month(fields: Fields, key: str) -> str:
    fields.need(key)
    return fields.matching(key, _MONTH, "a month, YYYY-MM")


def _maybe_month(fields: Fields, key: str) -> str:
    return _month(fields, key) if fields.found.get(key) is not None else ""


def _in_order(fields: Sequence[Fields], periods: Sequence[Period]) -> tuple[Period, ...]:
    """Oldest first, each beginning in the month after the one before: no month has two amounts."""
    for place, (earlier, later) in enumerate(itertools.pairwise(periods), 1):
        if later.start != _next_month(earlier.until):
            rule = "it begins in the month after the version before it ends"
            raise fields[place].wrong("from", rule, "mend from here, or until of the one before")
    return tuple(periods)


def _next_month(month: str) -> str:
    if not month:
        return ""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"
