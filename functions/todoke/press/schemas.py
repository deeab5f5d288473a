"""The JSON Schemas of catalogue.json, facts.json, benefits.json, deadlines.json and timeline.json,
published beside them.

The allowed words are those of ``core``; tests/press/test_schemas.py holds the fields to the shapes
there, and the real files to the schemas."""

from __future__ import annotations

from collections.abc import Mapping

from todoke.core import benefits_file, catalogue, facts
from todoke.press.deadline_schema import DEADLINE_FIELDS, DEADLINE_PARTS
from todoke.press.procedure_schema import PROCEDURE_PARTS
from todoke.press.schema_parts import (
    FLAG,
    ID,
    MONTH,
    PARTIAL_DAY,
    STRING,
    TEXT,
    URL,
    VERSION,
    Field,
    Shape,
    document,
    many,
    matching,
    needed,
    one_of,
    record,
    ref,
    table,
    whole,
)
from todoke.press.timeline_schema import TIMELINE_FIELDS, TIMELINE_PARTS

FOLDER = "schemas/"
_TEXT = ref("text")
_DOCUMENT = Field("The schema this file keeps.", URL, True, source="this site, /schemas/")
_VERSION = needed(
    "Version of this form; it changes only when a field changes its meaning or goes.",
    VERSION,
    source="the program",
)


def all_schemas(public_url: str) -> Mapping[str, Shape]:
    """Key of each published file -> its schema. public_url: address of the site."""
    made = {
        "catalogue": _catalogue,
        "facts": _facts,
        "benefits": _benefits,
        "deadlines": _deadlines,
        "timeline": _timeline,
    }
    return {
        key_of(name): make(f"{public_url}/{key_of(name)}", f"Todoke: {name}.json")
        for name, make in made.items()
    }


def key_of(name: str) -> str:
    """Key of the schema of ``<name>.json``."""
    return f"{FOLDER}{name}.schema.json"


# ----------------------------------------------------------------------------- catalogue.json
def _catalogue(url: str, title: str) -> Shape:
    whole_file = record(
        "Everything a family may claim in one municipality, as open data.",
        "site/",
        {
            "$schema": _DOCUMENT,
            "version": _VERSION,
            "city": needed("The municipality.", ref("city"), source="site/todoke.toml, city"),
            "url": needed("Address of the site.", URL, source="site/todoke.toml, public_url"),
            "licence": needed("Under which the data may be used.", STRING, "SPDX name", "LICENSE"),
            "topics": needed("What a person may follow.", many(ref("topic")), source="site/topics"),
            "events": needed("Life events.", many(ref("event")), source="site/events"),
            "sources": needed(
                "Where facts were read.", many(ref("source")), source="site/sources.yaml"
            ),
            "procedures": needed(
                "Every procedure.", many(ref("procedure")), source="site/procedures"
            ),
            "city_facts": needed(
                "Facts that this municipality answers for everybody, by the names of facts.json.",
                table(ref("own")),
                source="site/todoke.toml, facts and ages",
            ),
        },
    )
    return document(url, title, whole_file, {**CATALOGUE_PARTS, **PROCEDURE_PARTS, **_SHARED})


_SHARED: Mapping[str, Shape] = {
    "text": TEXT,
    "settled": record(
        "An answer of the municipality: value, under or to.",
        "site/todoke.toml, facts and ages",
        {
            "value": Field("The answer, for every child.", FLAG),
            "under": Field("Children below this age have it.", whole(1), unit="years"),
            "to": Field("Children up to the end of this school year have it.", ID),
            "from_months": Field(
                "Children from this age have it, beside under or to.", whole(1), unit="months"
            ),
        },
    ),
}
CATALOGUE_PARTS: Mapping[str, Shape] = {
    "city": record(
        "The municipality.",
        "site/todoke.toml, city",
        {
            "code": needed(
                "Its number (全国地方公共団体コード).", matching("[0-9]{6}"), "six digits"
            ),
            "name": needed("Its name.", _TEXT),
        },
    ),
    "topic": record(
        "Something a person may follow.",
        "site/topics/<id>.yaml",
        {
            "id": needed("Its name for machines.", ID),
            "name": needed("Its name for people.", _TEXT),
            "sensitive": needed("Whether following it says something about the household.", FLAG),
        },
    ),
    "event": record(
        "A life event (できごと).",
        "site/events/<id>.yaml",
        {
            "id": needed("Its name for machines.", ID),
            "name": needed("Its name for people.", _TEXT),
            "procedures": needed("Ids of its procedures, the most urgent first.", many(ID)),
        },
    ),
    "source": record(
        "Where a fact was read.",
        "site/sources.yaml",
        {
            "id": needed("Its name for machines.", ID),
            "title": needed("What it is called.", _TEXT),
            "url": Field("Its address; missing where it is not on the web.", URL),
            "date": Field("The date the page itself states.", PARTIAL_DAY, unit="YYYY[-MM[-DD]]"),
        },
    ),
}


# --------------------------------------------------------------------------------- facts.json
def _facts(url: str, title: str) -> Shape:
    whole_file = record(
        "What the rules of catalogue.json may ask about a family. Answers stay on the device.",
        "site/facts.yaml",
        {
            "$schema": _DOCUMENT,
            "version": _VERSION,
            "facts": needed("Every fact, in the order they are best asked.", many(ref("fact"))),
        },
    )
    return document(url, title, whole_file, {**FACT_PARTS, **_SHARED})


_READ = "readings of easy Japanese stand as [漢字|かんじ]"
FACT_PARTS: Mapping[str, Shape] = {
    "fact": record(
        "One thing that may be known about a family.",
        "site/facts.yaml",
        {
            "name": needed("Its name.", matching(r"[a-z]+(?:\.[a-z0-9_]+)?")),
            "type": needed(
                "Kind of its value: bool, int, date (YYYY-MM-DD), weeks (of pregnancy, 28w0d), "
                "text, choice.",
                one_of(facts.TYPES),
            ),
            "who": needed("Whom it is about.", one_of(facts.WHO)),
            "question": needed(f"What a person is asked; {_READ}.", _TEXT),
            "derived_from": Field(
                "What it follows from where nobody states it.", one_of((facts.BIRTH, facts.TODAY))
            ),
            "law": Field("By which rule it follows; in Japanese only.", STRING),
            "most": needed(
                "The largest whole number that makes sense.", whole(1), "the fact's own"
            ),
            "choices": Field("The values of a choice.", many(ref("choice"), 1)),
            "ordered": Field(
                "Whether the choices stand in an order; missing: no.", {"const": True}
            ),
            "settled": Field(
                "How this municipality answers it for everybody: value, or under (an age in "
                "years), or to (the last school year).",
                ref("settled"),
                source="site/todoke.toml, facts and ages",
            ),
        },
    ),
    "choice": record(
        "One of the values of a choice.",
        "site/facts.yaml, choices",
        {
            "value": needed("The value.", STRING),
            "label": needed(f"Its words; {_READ}.", _TEXT),
        },
    ),
}


# ------------------------------------------------------------------------------ benefits.json
def _benefits(url: str, title: str) -> Shape:
    whole_file = record(
        "Benefits whose amount can be computed, by the month they are paid for.",
        "site/benefits.yaml",
        {
            "$schema": _DOCUMENT,
            "version": _VERSION,
            "benefits": needed("Every benefit.", many(ref("benefit"))),
        },
    )
    return document(url, title, whole_file, {**BENEFIT_PARTS, **_SHARED})


_PERIODS = "without a gap, oldest first"
_YEN = whole()
BENEFIT_PARTS: Mapping[str, Shape] = {
    "benefit": record(
        "One benefit.",
        "site/benefits.yaml",
        {
            "id": needed("Its name for machines.", one_of(tuple(benefits_file.AMOUNTS))),
            "name": needed("Its name for people.", _TEXT),
            "law": needed("The law it stands in.", STRING),
            "paid_once": needed("Whether it is a one-time grant.", FLAG),
            "pay_months": needed(
                "Months of the year in which it is paid.", many(whole(1)), "1 to 12"
            ),
            "pay_day": needed(
                "The day of these months, as the city set it; null where it has not said.",
                {"anyOf": [ref("pay_day"), {"type": "null"}]},
            ),
            "versions": needed(f"The amounts, {_PERIODS}.", many(ref("period"), 1)),
            "limits": needed(f"The income limits, {_PERIODS}.", many(ref("period"))),
        },
    ),
    "pay_day": record(
        "The city's own day of payment; before a day on which the city is closed.",
        "site/todoke.toml, payment_days",
        {
            "day": needed("Day of the month.", whole(1), "1 to 28"),
            "as_of": needed("When it was decided.", STRING, "YYYY-MM or YYYY-MM-DD"),
            "source": needed("Where it was decided.", _TEXT),
            "url": needed("Its address; empty for none.", STRING),
        },
    ),
    "period": record(
        "What holds from one month to another.",
        "site/benefits.yaml, versions and limits",
        {
            "from": needed("First month.", MONTH, "YYYY-MM"),
            "until": needed(
                "Last month; empty while it is open.", matching("(?:[0-9]{4}-[0-9]{2})?"), "YYYY-MM"
            ),
            "law": needed("The article.", STRING),
            "verified_until": needed(
                "Last month for which a source that was read fixes the figures; null where none "
                "states them.",
                {"anyOf": [MONTH, {"type": "null"}]},
                "YYYY-MM",
            ),
            "confidence": needed("How sure the figures are.", one_of(catalogue.CONFIDENCE)),
            "sources": needed("Ids in catalogue.json, sources.", many(ID)),
            "amounts": needed("Name of the amount: the amount.", table(_YEN), "yen"),
            "rates": needed(
                "Name of the rate: yen taken away for each yen above the limit, as decimal text.",
                table(matching(r"0\.[0-9]{1,9}")),
                "yen per yen",
            ),
            "tables": needed("Name of the limit: the limit.", table(ref("limit"))),
            "uncertain": needed(
                "What was not checked; null where everything was.",
                {"anyOf": [_TEXT, {"type": "null"}]},
            ),
            "additions": needed(
                "Where it stands what dependents add to the limits; null where none add anything.",
                {"anyOf": [ref("additions"), {"type": "null"}]},
            ),
        },
    ),
    "limit": record(
        "An income limit; an income at the limit is beyond it (所得が…以上であるとき).",
        "site/benefits.yaml, tables",
        {
            "by_dependents": needed("For 0, 1, 2 … dependents.", many(_YEN, 1), "yen a year"),
            "further": needed("What each dependent after the last one adds.", _YEN, "yen a year"),
            "added": needed(
                "What a dependent adds besides who is elderly (70 and over), or young (16 to 22).",
                table(_YEN),
                "yen a year",
            ),
            "rises": needed(
                "The most that one dependent can add; null where the law adds something and the "
                "figure is not known.",
                {"anyOf": [_YEN, {"type": "null"}]},
                "yen a year",
            ),
        },
    ),
    "additions": record(
        "What dependents of certain ages add to the limits of a period (tables, added).",
        "site/benefits.yaml, limits, additions",
        {
            "law": needed("The article.", STRING),
            "confidence": needed("How sure the figures are.", one_of(catalogue.CONFIDENCE)),
            "sources": needed("Ids in catalogue.json, sources.", many(ID)),
            "uncertain": needed(
                "What was not checked; null where everything was.",
                {"anyOf": [_TEXT, {"type": "null"}]},
            ),
        },
    ),
}


# ----------------------------------------------------------------------------- deadlines.json
def _deadlines(url: str, title: str) -> Shape:
    whole_file = record(
        "Rules by name that turn a day of a family's life into the days of the law.",
        "site/deadlines.yaml",
        {"$schema": _DOCUMENT, "version": _VERSION, **DEADLINE_FIELDS},
    )
    return document(url, title, whole_file, {**DEADLINE_PARTS, **_SHARED})


# ------------------------------------------------------------------------------ timeline.json
def _timeline(url: str, title: str) -> Shape:
    whole_file = record(
        "The rules of routine vaccination and check-ups, by which a phone counts.",
        "site/immunization.yaml and site/checkups.yaml",
        {"$schema": _DOCUMENT, "version": _VERSION, **TIMELINE_FIELDS},
    )
    return document(url, title, whole_file, {**TIMELINE_PARTS, **_SHARED})
