"""What a municipality decides itself: amounts, deadlines, hours, ages, proofs, as parameters of
``site/todoke.toml``. The national text of ``site/procedures`` stays as it is.

``[procedures.<id>.<parameter>]`` holds one parameter of one procedure, ``[facts."<name>"]`` a fact
that is the same for everybody who lives there, ``[closed_days]`` the days on which the city hall
is closed beside those of the law, ``[checkups.<id>]`` the window in which a health check is held,
``[payment_days.<benefit>]`` the day of the month on which an allowance is paid.
Each says from when (as_of) and where it was decided (source): a figure of the city's own without a
date or a source is not published.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from todoke.core import catalogue as shape
from todoke.core import city_ages, facts_file, immunization_file
from todoke.core.benefits import Benefit, PayDay
from todoke.core.catalogue import Catalogue, Own, Procedure, Span
from todoke.core.days import exists
from todoke.core.facts import Fact
from todoke.core.immunization import Checkup, Decided
from todoke.core.procedure_file import DATE
from todoke.core.site_fields import Fields
from todoke.core.site_yaml import SiteFile, Value, invalid

PATH = "todoke.toml"
TABLES = ("procedures", "facts", "closed_days", "checkups", "payment_days")
#: the age up to which a municipality gives its medical subsidy is nobody's but its own
SUBSIDY_AGE = "child.within_subsidy_age"
#: a city that is closed on more days than these has written down its weekends
MOST_CLOSED = 60
#: the last day that every month has: a payment day beyond it would be another one in February
LAST_OF_EVERY_MONTH = 28
_SHARED = ("as_of", "source")
_SOURCE = ("title", "url")
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_CLOSED = re.compile(r"(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,18}[0-9]")
_HTTP = re.compile(r"https?://[^\s\"<>]+")


def file(body: bytes) -> SiteFile:
    """Those tables of ``todoke.toml``. Raises ``site_file_invalid``; what else stands in the
    file is judged by ``config``."""
    try:
        found = tomllib.loads(body.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise invalid(PATH, "-", f"TOML: {error}", "mend that line") from error
    return SiteFile(PATH, {name: found.get(name, {}) for name in TABLES}, {})


def apply(catalogue: Catalogue, file: SiteFile) -> Catalogue:
    """The catalogue as it holds in this municipality. Changes what a parameter names and nothing
    else. Raises ``site_file_invalid`` with file, field, rule and next step."""
    tables = Fields.of(file, "", file.value, TABLES)
    answers = dict(_facts(catalogue, tables))
    procedures = dict(catalogue.procedures)
    with_ages = [id for id, each in procedures.items() if takes_ages(each)]
    named = tables.inner("procedures", tuple(procedures))
    for id in named.found if named else ():
        assert named is not None
        found = named.inner(id, tuple(PARAMETERS))
        if found is None:
            raise named.wrong(id, "a table of parameters", f"[procedures.{id}.hours]")
        procedures[id] = changed = _own(procedures[id], found, with_ages)
        if "ages" in changed.own and changed.ages_at is None:
            if SUBSIDY_AGE in answers:
                rule = f"{SUBSIDY_AGE} is answered twice"
                raise found.wrong("ages", rule, "keep ages or the fact, not both")
            answers[SUBSIDY_AGE] = changed.own["ages"]
        elif "ages" in changed.own:  # the city's list of facts may lack what its limit is about
            where = f"procedures.{id}.ages"
            facts_file.check_rule(PATH, where, changed.eligibility, catalogue.facts)
    return replace(
        catalogue,
        procedures=procedures,
        facts={name: _settled(each, answers) for name, each in catalogue.facts.items()},
        city_facts=answers,
        closed=_closed(tables),
        timeline=replace(catalogue.timeline, checkups=_checkups(catalogue, tables)),
        benefits=_payment_days(catalogue, tables),
    )


def _closed(tables: Fields) -> tuple[str, ...]:
    """Days as ``closed_days`` takes them: MM-DD for every year, YYYY-MM-DD for one."""
    fields = tables.inner("closed_days", ("days", *_SHARED))
    if fields is None or not fields.found:
        return ()
    found = fields.texts("days")
    if len(found) > MOST_CLOSED:
        rule = f"at most {MOST_CLOSED} days"
        raise fields.wrong("days", rule, "weekends and holidays are known, leave them out")
    for number, each in enumerate(found, 1):
        whole = each if len(each) > len("MM-DD") else f"2024-{each}"  # 2024 has 29 February
        if not (_CLOSED.fullmatch(each) and exists(whole)):
            rule = "a day that exists, MM-DD for every year or YYYY-MM-DD for one"
            raise fields.wrong(f"days[{number}]", rule, 'days = ["08-14", "2027-06-15"]')
    _decided(fields)
    return found


def _checkups(catalogue: Catalogue, tables: Fields) -> Mapping[str, Checkup]:
    """Check-ups with the windows in which this municipality holds them."""
    found = dict(catalogue.timeline.checkups)
    named = tables.inner("checkups", tuple(found))
    for id in named.found if named else ():
        assert named is not None
        fields = named.inner(id, ("window", *_SHARED))
        if fields is None:
            raise named.wrong(id, "a table with window, as_of and source", f"[checkups.{id}]")
        window, decided = immunization_file.whole_window(fields), _decided(fields)
        own = Decided(decided["source"], decided["url"])
        found[id] = replace(found[id], window=window, as_of=decided["as_of"], own=own)
    return found


def _payment_days(catalogue: Catalogue, tables: Fields) -> Mapping[str, Benefit]:
    """Benefits with the day this municipality pays them on. The months stand in the law (児童手当法
    8条4項, 児童扶養手当法7条3項), the day in none."""
    found = dict(catalogue.benefits)
    paid = tuple(id for id, each in found.items() if each.pay_months)
    named = tables.inner("payment_days", paid)
    for id in named.found if named else ():
        assert named is not None
        fields = named.inner(id, ("day", *_SHARED))
        if fields is None:
            raise named.wrong(id, "a table with day, as_of and source", f"[payment_days.{id}]")
        day = fields.whole("day", 1, LAST_OF_EVERY_MONTH)
        if day is None:
            raise fields.wrong("day", "the day of the month it is paid on", "day = 10")
        found[id] = replace(found[id], pay_day=PayDay(day, **_decided(fields)))
    return found


def _settled(fact: Fact, answers: Mapping[str, Own]) -> Fact:
    """A fact that the city answers is asked of nobody, or only until the birthday is known."""
    if fact.name not in answers:
        return fact
    value = answers[fact.name].value
    return replace(fact, settled=value if isinstance(value, dict) else {"value": value})


# ------------------------------------------------------------------------- one procedure
def _own(procedure: Procedure, found: Fields, with_ages: Sequence[str]) -> Procedure:
    """with_ages: ids of the procedures whose age a city may set."""
    changed, own = procedure, {}
    for key in found.found:
        if key == "ages" and procedure.id not in with_ages:
            rule = f"the rule of {procedure.id} asks for no age that a city decides"
            raise found.wrong(key, rule, f"ages belong to: {', '.join(with_ages)}")
        known, change, _ = PARAMETERS[key]
        fields = found.inner(key, (*known, *_SHARED))
        if fields is None:
            raise found.wrong(key, "a table with as_of and source", f"[{found.name(key)}]")
        changed, what = change(changed, fields)
        own[key] = replace(what, **_decided(fields))
    return replace(changed, own=own)


def _decided(fields: Fields) -> dict[str, Any]:
    """Date and source of a decision; neither may be left out."""
    as_of = fields.matching("as_of", DATE, "YYYY-MM or YYYY-MM-DD, in quotes")
    if not as_of or len(as_of) < len("YYYY-MM") or not exists(as_of):
        rule = "a figure of the city's own has a date (YYYY-MM or YYYY-MM-DD, in quotes)"
        raise fields.wrong("as_of", rule, 'add as_of = "2026-04"')
    if fields.found.get("source") is None:
        rule = "a figure of the city's own has a source"
        raise fields.wrong("source", rule, 'add source = { title = "…", url = "https://…" }')
    source = fields.inner("source", _SOURCE)
    assert source is not None
    url = source.matching("url", _HTTP, "https://… or http://…")
    return {"as_of": as_of, "source": source.words("title"), "url": url}


_Change = Callable[[Procedure, Fields], tuple[Procedure, Own]]
_NOWHERE = Own("", {})


def _amounts(procedure: Procedure, fields: Fields) -> tuple[Procedure, Own]:
    amounts = fields.list_of_words("value")
    if not amounts:
        raise fields.wrong("value", "at least one amount", 'value = ["月 1,000円"]')
    return replace(procedure, result=replace(procedure.result, amounts=amounts)), _NOWHERE


def _deadline(procedure: Procedure, fields: Fields) -> tuple[Procedure, Own]:
    """days after an event (the next day is day 1, 民法140条) or a yearly window."""
    national = procedure.deadline
    days, window = fields.whole("days", 1, 3650), fields.texts("window")
    moments = fields.texts("moments") or national.moments
    own_note = fields.maybe_words("note")
    note = own_note or (None if national.kind == "municipality" else national.note)
    if (days is None) == (not window):
        if days is not None or own_note is None:
            rule = "days, or window, or a note alone"
            raise fields.wrong("days", rule, 'add days = 30 or window = ["06-01", "06-30"]')
        return replace(procedure, deadline=replace(national, note=note)), _NOWHERE
    if days is not None:
        _moments(fields, moments)
        next_day = national.next_day or national.kind != "relative"
        deadline = replace(
            national, kind="relative", moments=moments, length=Span(days, "day"), note=note,
            next_day=next_day, open_from=False, from_md="", to_md="",
        )  # fmt: skip
    else:
        if len(window) != 2 or not all(_MONTH_DAY.fullmatch(each) for each in window):
            rule = "two days of the year that exist, MM-DD"
            raise fields.wrong("window", rule, 'window = ["06-01", "06-30"]')
        if not all(exists(f"2024-{each}") for each in window):  # 2024 has 29 February
            raise fields.wrong("window", "days that exist, MM-DD", "check month and day")
        deadline = replace(
            national, kind="annual_window", moments=(), length=None, note=note,
            open_from=False, from_md=window[0], to_md=window[1],
        )  # fmt: skip
    return replace(procedure, deadline=deadline), _NOWHERE


def _moments(fields: Fields, moments: tuple[str, ...]) -> None:
    if not moments:
        rule = "days count from something"
        raise fields.wrong("moments", rule, 'add moments = ["child_birth"]')
    for each in moments:
        if each not in shape.MOMENTS:
            rule = f"{each!r} is not a known moment"
            raise fields.wrong("moments", rule, f"choose from: {', '.join(shape.MOMENTS)}")


def _ages(procedure: Procedure, fields: Fields) -> tuple[Procedure, Own]:
    if procedure.ages_at is None:  # its rule asks for the city's own fact
        if "from_months" in fields.found:
            born = f"{SUBSIDY_AGE} begins at birth"
            raise fields.wrong("from_months", born, "leave it out")
        return procedure, replace(_NOWHERE, value=city_ages.upper(fields))
    rule, limit = city_ages.replaced(procedure.eligibility, procedure.ages_at, fields)
    return replace(procedure, eligibility=rule), replace(_NOWHERE, value=limit)


def takes_ages(procedure: Procedure) -> bool:
    """Whether a municipality may set the age in its rule."""
    return procedure.ages_at is not None or _asks(procedure.eligibility, SUBSIDY_AGE)


def _asks(tree: Value, fact: str) -> bool:
    if isinstance(tree, list):
        return any(_asks(each, fact) for each in tree)
    if not isinstance(tree, dict):
        return False
    return tree.get("fact") == fact or any(_asks(each, fact) for each in tree.values())


def _signature(procedure: Procedure, fields: Fields) -> tuple[Procedure, Own]:
    signature = fields.choice("value", shape.SIGNATURES)
    return replace(procedure, online=replace(procedure.online, signature=signature)), _NOWHERE


def _agent(procedure: Procedure, fields: Fields) -> tuple[Procedure, Own]:
    agent = fields.choice("value", shape.BY_AGENT)
    return replace(procedure, online=replace(procedure.online, agent=agent)), _NOWHERE


def _online(procedure: Procedure, fields: Fields) -> tuple[Procedure, Own]:
    possible = fields.choice("value", shape.ONLINE)
    return replace(procedure, online=replace(procedure.online, possible=possible)), _NOWHERE


def _phone(procedure: Procedure, fields: Fields) -> tuple[Procedure, Own]:
    fields.need("value")
    phone = fields.matching("value", _PHONE, "a telephone number")
    return procedure, replace(_NOWHERE, value=phone)


def _said(procedure: Procedure, fields: Fields) -> tuple[Procedure, Own]:
    """A parameter that is words: the page shows them, no rule reads them."""
    return procedure, replace(_NOWHERE, words=fields.words("value"))


#: parameter -> (its fields beside as_of and source, how it changes a procedure, what it says)
PARAMETERS: Mapping[str, tuple[tuple[str, ...], _Change, str]] = {
    "amounts": (
        ("value",),
        _amounts,
        "value: list of words (text, or a table of ja / easy / en); yen, or hours of use",
    ),
    "deadline": (
        ("days", "window", "moments", "note"),
        _deadline,
        "days: whole number, from moments (as in the procedure if left out); or window: two MM-DD",
    ),
    "ages": (
        ("to", "under", "from_months"),
        _ages,
        (
            f"to: the last school year ({', '.join(city_ages.LAST_YEARS)}); or under: years of "
            f"age; and from_months, 1 to {city_ages.MOST_MONTHS}, where it does not begin at birth"
        ),
    ),
    "hours": (("value",), _said, "value: words; when the counter for it is open"),
    "counter": (("value",), _said, "value: words; where to go"),
    "phone": (("value",), _phone, "value: text"),
    "post": (("value",), _said, "value: words; whether and where to send it"),
    "fee": (("value",), _said, "value: words"),
    "online": (("value",), _online, f"value: {', '.join(shape.ONLINE)}"),
    "signature": (("value",), _signature, f"value: {', '.join(shape.SIGNATURES)}"),
    "agent": (("value",), _agent, "value: yes, no; whether a mandate is enough to file it"),
}


# ------------------------------------------------------------------------- facts for everybody
def _facts(catalogue: Catalogue, tables: Fields) -> Mapping[str, Own]:
    """Facts the municipality answers: those about itself, and the age of its medical subsidy."""
    allowed = [
        name for name, each in catalogue.facts.items() if each.who == "city" or name == SUBSIDY_AGE
    ]
    found: dict[str, Own] = {}
    given = tables.found.get("facts")
    for name in given if isinstance(given, dict) else ():
        if name not in allowed:
            near = difflib.get_close_matches(name, allowed, 1, 0.5)
            step = f"did you mean {near[0]}?" if near else f"known: {', '.join(allowed)}"
            raise tables.wrong(f"facts.{name}", "a fact that the city can answer", step)
    facts = tables.inner("facts", allowed)
    for name in facts.found if facts else ():
        assert facts is not None
        known = ("to", "under") if name == SUBSIDY_AGE else ("value",)
        fields = facts.inner(name, (*known, *_SHARED))
        assert fields is not None
        value = city_ages.upper(fields) if name == SUBSIDY_AGE else _answer(catalogue, name, fields)
        found[name] = replace(_NOWHERE, value=value, **_decided(fields))
    return found


def _answer(catalogue: Catalogue, name: str, fields: Fields) -> Value:
    value = fields.need("value")
    if not isinstance(value, bool) or catalogue.facts[name].wrong(value):
        raise fields.wrong("value", "true or false", "write true or false without quotes")
    return value
