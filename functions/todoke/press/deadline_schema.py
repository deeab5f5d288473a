"""The parts of the JSON Schema of deadlines.json."""

from __future__ import annotations

from collections.abc import Mapping

from todoke.core import catalogue, deadlines
from todoke.press.schema_parts import (
    FLAG,
    ID,
    MONTH,
    MONTH_DAY,
    STRING,
    Field,
    Shape,
    many,
    matching,
    needed,
    one_of,
    record,
    ref,
    whole,
)

_FILE = "site/deadlines.yaml"
_TEXT = ref("text")

DEADLINE_FIELDS: Mapping[str, Field] = {
    "rules": needed("Every rule.", many(ref("rule"))),
    "windows": needed("Yearly windows.", many(ref("window")), source="site/procedures, deadline"),
    "benefits": needed(
        "Benefits that are paid on a day of a month.", many(ID), source="site/benefits.yaml, id"
    ),
    "closed": needed(
        "Days on which the city is closed beside Saturdays, Sundays, the holidays of the law and "
        "29 December to 3 January.",
        many(matching("(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}")),
        "MM-DD for every year, YYYY-MM-DD for one",
        "site/todoke.toml, closed_days.days",
    ),
}
DEADLINE_PARTS: Mapping[str, Shape] = {
    "rule": record(
        "A rule that computes a day; `todoke deadline --help` says what it asks for.",
        _FILE,
        {
            "id": needed("Its name for machines.", one_of(tuple(deadlines.RULES))),
            "name": needed("Its name for people.", _TEXT),
            "about": needed("What it means.", _TEXT),
            "law": needed("Where it stands.", STRING),
            "procedure": needed(
                "Id of the procedure it is about; empty for none.",
                {"type": "string"},
            ),
            "limit": Field(
                "How it counts; missing for a rule that counts nothing.",
                ref("limit"),
                source="site/procedures, deadline",
            ),
            "as_of": needed("The month in which it was looked at.", MONTH, "YYYY-MM"),
            "confidence": needed("How sure it is.", one_of(catalogue.CONFIDENCE)),
            "sources": needed("Ids in catalogue.json, sources.", many(ID)),
            "uncertain": needed(
                "What was not checked; null where everything was.",
                {"anyOf": [_TEXT, {"type": "null"}]},
            ),
        },
    ),
    "limit": record(
        "How a limit counts.",
        "site/procedures, deadline",
        {
            "length": needed("How long.", ref("span")),
            "next_day": needed("Whether the day after the event is day 1 (民法140条).", FLAG),
            "minus_days": needed(
                "1 where the day before the limit is the last (前日まで).", whole(), "days"
            ),
            "rolls": needed("Whether a limit on a closed day moves to the next open one.", FLAG),
        },
    ),
    "span": record(
        "A length of time.",
        "site/procedures, deadline.length",
        {
            "amount": needed("How many.", whole(1), "the one in unit"),
            "unit": needed("Of what.", one_of(("day", "month", "year"))),
        },
    ),
    "window": record(
        "Days of every year between which a procedure is open.",
        "site/procedures, deadline",
        {
            "procedure": needed("Id of the procedure.", ID, source="site/procedures, id"),
            "from_md": needed("First day.", MONTH_DAY, "MM-DD"),
            "to_md": needed("Last day.", MONTH_DAY, "MM-DD"),
        },
    ),
}
