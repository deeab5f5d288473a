"""The age or the school year up to which a municipality offers a service, as a parameter.

A leaf of a rule that says ``city_decides: ages`` is the limit as most municipalities have it;
``[procedures.<id>.ages]`` of ``site/todoke.toml`` puts the city's own in its place. The mark never
leaves the file it stands in: Python and the phone are handed a rule of plain conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from todoke.core.site_fields import Fields
from todoke.core.site_yaml import Value

#: the field of a marked leaf, and what it says
MARK, AGES = "city_decides", "ages"
#: last school year that counts (to its 31 March); names of ``child.grade_or_below``
LAST_YEARS = (
    "before_school",
    *(f"elementary_{year}" for year in range(1, 7)),
    *("junior_high_3", "high_school_3"),
)
#: ages in months below which a service may begin later than at birth; at six school has begun
MOST_MONTHS = 71
#: facts that a limit of age can be about -> how such a condition is written
LIMITS: Mapping[str, tuple[str, ...]] = {
    "child.age_months": ("lt", "le"),
    "child.age_years": ("lt", "le"),
    "child.grade_or_below": ("lt", "le"),
    "child.before_school_entry": ("eq",),
    "child.elementary_school": ("eq",),
    "child.before_fy_end_of_18": ("eq",),
}
_GRADE, _SCHOOL = "child.grade_or_below", "child.elementary_school"
#: a club for pupils stays one, whatever year it ends with (児童福祉法6条の3第2項)
_PUPIL: Value = {"fact": _GRADE, "op": "ge", "value": "elementary_1"}
#: at the youngest, a pupil is six (学校教育法17条1項)
_PUPIL_FROM = 6


def taken_out(fields: Fields, rule: Value) -> tuple[Value, tuple[int, ...] | None]:
    """The rule of a procedure's file without its mark, and the way to the leaf that had it: the
    number of the part at every branch. Raises ``site_file_invalid``."""
    ways = list(_marked(rule, ()))
    if len(ways) > 1:
        wrong = f"{MARK} stands at one condition of a rule"
        raise fields.wrong("eligibility", wrong, "keep the one that limits the age")
    for way in ways:
        _check(fields, rule, way)
    return _bare(rule), ways[0] if ways else None


def _marked(tree: Value, way: tuple[int, ...]) -> Iterable[tuple[int, ...]]:
    if isinstance(tree, dict) and "fact" in tree:
        if MARK in tree:
            yield way
        return
    for number, each in enumerate(_parts(tree)):
        yield from _marked(each, (*way, number))


def _check(fields: Fields, rule: Value, way: Sequence[int]) -> None:
    """A mark belongs to an upper limit of age: in its place stands another one."""
    here: Any = rule
    for number in way:
        if "not" in here:
            raise fields.wrong("eligibility", f"{MARK} does not stand below not", "say it without")
        here = _parts(here)[number]
    if here[MARK] != AGES:
        raise fields.wrong("eligibility", f"{MARK} says ages", f"write {MARK}: {AGES}")
    limits = here["op"] in LIMITS.get(here["fact"], ()) and here["value"] is not False
    if not limits:
        step = f"lt, le or eq: true, about one of: {', '.join(LIMITS)}"
        raise fields.wrong("eligibility", f"{MARK}: {AGES} marks an upper limit of age", step)


def _bare(tree: Value) -> Value:
    if not isinstance(tree, dict):
        return tree
    if "fact" in tree:
        return {key: each for key, each in tree.items() if key != MARK}
    return {key: [_bare(each) for each in _parts(tree)] for key in tree}


def _parts(tree: Value) -> Sequence[Value]:
    inner = next(iter(tree.values()), None) if isinstance(tree, dict) else None
    return inner if isinstance(inner, list) else []


# ------------------------------------------------------------------------- the city's own
def replaced(rule: Value, way: Sequence[int], fields: Fields) -> tuple[Value, Value]:
    """The rule with the city's limit at the end of that way, and the limit as it is told: {"to":
    last school year} or {"under": years}, with {"from_months": …} where the service begins later
    than at birth. fields: ``[procedures.<id>.ages]``. Raises ``site_file_invalid``."""
    here: Any = rule
    for number in way:
        here = _parts(here)[number]
    pupils = here["fact"] == _SCHOOL
    limit = upper(fields, _PUPIL_FROM if pupils else 0)
    conditions: list[Value] = [_PUPIL] if pupils else []
    youngest = fields.whole("from_months", 1, MOST_MONTHS)
    if youngest is not None:
        _begins_before(fields, youngest, limit, pupils=pupils)
        conditions.append({"fact": "child.age_months", "op": "ge", "value": youngest})
        limit = {"from_months": youngest, **limit}
    if "under" in limit:
        conditions.append({"fact": "child.age_years", "op": "lt", "value": limit["under"]})
    else:
        conditions.append({"fact": _GRADE, "op": "le", "value": limit["to"]})
    own: Value = conditions[0] if len(conditions) == 1 else {"all": conditions}
    return _put(rule, way, own), limit


def _begins_before(
    fields: Fields, youngest: int, limit: Mapping[str, Any], *, pupils: bool
) -> None:
    if pupils:
        rule = "the service begins with primary school"
        raise fields.wrong("from_months", rule, "leave it out")
    if "under" in limit and youngest >= limit["under"] * 12:
        rule = "younger than the age at which it ends"
        raise fields.wrong("from_months", rule, "months, not years")


def upper(fields: Fields, youngest: int = 0) -> dict[str, Any]:
    """{"to": last school year} or {"under": years}. youngest: in years, of who may have it at
    all. Raises ``site_file_invalid``."""
    under = fields.whole("under", youngest + 1, 20)
    if (under is None) == ("to" not in fields.found):
        raise fields.wrong("to", "either to or under", 'to = "high_school_3" or under = 3')
    if under is not None:
        return {"under": under}
    return {"to": fields.choice("to", LAST_YEARS[1:] if youngest else LAST_YEARS)}


def _put(tree: Value, way: Sequence[int], own: Value) -> Value:
    if not way:
        return own
    assert isinstance(tree, dict)
    (key,) = tree
    first, *rest = way
    parts = list(_parts(tree))
    parts[first] = _put(parts[first], rest, own)
    return {key: parts}
