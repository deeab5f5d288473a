"""The procedures of catalogue.json as parts of its JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping

from todoke.core import catalogue, legal_basis, procedure_file
from todoke.press.schema_parts import (
    DAY,
    FLAG,
    ID,
    MONTH,
    MONTH_DAY,
    PARTIAL_DAY,
    STRING,
    URL,
    Field,
    Shape,
    many,
    needed,
    one_of,
    record,
    ref,
    table,
    whole,
)

_TEXT = ref("text")
_FILE = "site/procedures/<id>.yaml"
_MADE = "worked out when the catalogue is published"

PROCEDURE_PARTS: Mapping[str, Shape] = {
    "procedure": record(
        "One procedure (手続き): what it is, for whom, until when, with which papers, where.",
        _FILE,
        {
            "id": needed("Its name for machines; it never changes.", ID),
            "url": needed("Its page.", URL, source=_MADE),
            "category": needed("Group of the national catalogue.", ID),
            "topic": needed("Id of the topic that is followed for it.", ID),
            "name": needed("Its name: ja is the official one.", _TEXT),
            "kana": needed("Reading of the name in hiragana, for sorting.", STRING),
            "who": needed("Who may claim, in words.", _TEXT),
            "deadline": needed("Until when.", ref("deadline")),
            "documents": Field("The papers, those not needed included.", many(ref("document"), 1)),
            "result": needed("What comes of it.", ref("result")),
            "online": needed("Whether it can be filed from home.", ref("online")),
            "legal_basis": Field("The law, by article; in Japanese only.", many(STRING, 1)),
            "set_by": Field(
                "Who set it up where no national law did, or left it to them.",
                many(one_of(legal_basis.SET_BY), 1),
            ),
            "confidence": needed("How sure the facts are.", one_of(catalogue.CONFIDENCE)),
            "evidence": needed(
                "What they stand on: seen (pages that were read), list (an official list; details "
                "from memory), memory (to be checked against the law).",
                one_of(catalogue.EVIDENCE),
            ),
            "as_of": needed("Month of the facts.", MONTH, "YYYY-MM"),
            "eligibility": Field(
                "The rule: for whom it is. Missing: only the city knows.", ref("rule")
            ),
            "reminders": Field("When a family is reminded.", many(ref("reminder"), 1)),
            "sources": Field("Ids of the sources the facts were read in.", many(ID, 1)),
            "words": Field("Other words people search it by, in Japanese only.", many(STRING, 1)),
            "next": Field("Ids of procedures to look at together.", many(ID, 1)),
            "counter": needed("Who receives it.", one_of(catalogue.COUNTERS)),
            "one_stop_no": Field("Its number in 子育てワンストップサービス.", STRING),
            "effective_from": Field("First day it is in force.", DAY, unit="YYYY-MM-DD"),
            "effective_until": Field("Last day it is in force.", DAY, unit="YYYY-MM-DD"),
            "ended": needed("Whether it has ended.", FLAG),
            "region": Field("The only prefecture it exists in.", _TEXT),
            "emergency": Field("What to do at once in danger.", _TEXT),
            "note": Field("What else to know.", _TEXT),
            "own": Field(
                "What this municipality decided itself, by parameter; where it replaces a fact "
                "above, it stands there already.",
                table(ref("own")),
                source="site/todoke.toml, procedures",
            ),
            "certain": needed(
                "Whether the facts may be relied on without asking the city: read, and with high "
                "confidence.",
                FLAG,
                source=_MADE,
            ),
        },
    ),
    "own": record(
        "One decision of the municipality.",
        "site/todoke.toml",
        {
            "as_of": needed("Since when it holds.", PARTIAL_DAY, "YYYY-MM or YYYY-MM-DD"),
            "source": needed("Where it was decided.", _TEXT),
            "url": Field("Address of that.", URL),
            "words": Field("What the page says.", _TEXT),
            "value": Field(
                "What programs read: a phone number, an answer, or the last age it is given at.",
                {"anyOf": [STRING, FLAG, ref("settled")]},
            ),
        },
    ),
    "deadline": record(
        "Until when. kind decides which of the other fields are there.",
        f"{_FILE}, deadline",
        {
            "kind": needed("How the limit works.", one_of(catalogue.DEADLINE_KINDS)),
            "moments": Field(
                "What a relative limit counts from.", many(one_of(catalogue.MOMENTS), 1)
            ),
            "length": Field("How long.", ref("span")),
            "next_day": needed("Whether the day after the event is day 1 (民法140条).", FLAG),
            "rolls": needed("Whether a limit on a closed day moves to the next open one.", FLAG),
            "minus_days": needed(
                "1 where the day before the limit is the last (前日まで).", whole(), "days"
            ),
            "open_from": needed(
                "Whether the moment opens the window instead of starting a limit.", FLAG
            ),
            "from_md": Field("First day of a yearly window.", MONTH_DAY, unit="MM-DD"),
            "to_md": Field("Last day of a yearly window.", MONTH_DAY, unit="MM-DD"),
            "abroad": Field("The limit for an event outside Japan.", ref("span")),
            "late_effect": Field("What happens to who is late.", _TEXT),
            "note": Field("What else to know about the limit.", _TEXT),
        },
    ),
    "span": record(
        "A length of time.",
        f"{_FILE}, deadline.length",
        {
            "amount": needed("How many.", whole(1), "the one in unit"),
            "unit": needed("Of what.", one_of(("day", "month", "year"))),
        },
    ),
    "document": record(
        "One paper.",
        f"{_FILE}, documents",
        {
            "name": needed("What it is called.", _TEXT),
            "when": Field("The case in which it is needed; missing: always.", _TEXT),
            "remark": Field("More about the paper.", _TEXT),
            "omitted": needed("Whether it need not be brought: the city may look it up.", FLAG),
            "by": Field(
                "On what ground it need not be brought (link is 情報連携).",
                one_of(catalogue.GROUNDS),
            ),
            "ground": Field("Why, or when, it need not be brought (情報連携 and others).", _TEXT),
            "original": needed("Whether a copy is not enough.", FLAG),
        },
    ),
    "result": record(
        "What comes of it.",
        f"{_FILE}, result",
        {
            "kind": needed("The kind of result.", one_of(catalogue.RESULTS)),
            "benefit": Field("Id of the benefit in benefits.json.", STRING),
            "amounts": Field(
                "Amounts as published, with their conditions; the figures are in yen.",
                many(_TEXT, 1),
                unit="words, yen",
            ),
            "paid": Field("When and how it is paid.", _TEXT),
            "note": Field("What else to know about the result.", _TEXT),
        },
    ),
    "online": record(
        "Whether it can be filed from home, and with which proof.",
        f"{_FILE}, online",
        {
            "possible": needed("Whether.", one_of(catalogue.ONLINE)),
            "signature": needed("With which proof.", one_of(catalogue.SIGNATURES)),
            "conditions": Field("Under which conditions.", many(_TEXT, 1)),
            "agent": Field(
                "Whether somebody with a mandate may file it; left out: what the proof allows.",
                one_of(catalogue.BY_AGENT),
            ),
        },
    ),
    "reminder": record(
        "When a family is reminded: a day of the year, or days from a moment.",
        f"{_FILE}, reminders",
        {
            "md": Field("A day of the year.", MONTH_DAY, unit="MM-DD"),
            "event": Field("The moment it counts from.", STRING),
            "from": Field("The moment, or deadline, it counts from.", STRING),
            "offset_days": Field(
                "How long after it; before it where negative.", {"type": "integer"}, unit="days"
            ),
        },
    ),
    "rule": {
        "description": "Whether the procedure is for a family: read in three-valued logic, so that "
        f"what is unknown never becomes no. Source: {_FILE}, eligibility.",
        "oneOf": [
            ref("condition"),
            *(
                {
                    "type": "object",
                    "properties": {key: {**many(ref("rule"), 1), "description": says}},
                    "required": [key],
                    "additionalProperties": False,
                }
                for key, says in (
                    ("all", "Every one of them must hold."),
                    ("any", "At least one of them must hold."),
                    ("not", "It must not hold; exactly one."),
                )
            ),
        ],
    },
    "condition": record(
        "One condition about one fact.",
        f"{_FILE}, eligibility",
        {
            "fact": needed("Name of the fact in facts.json.", STRING),
            "op": needed(
                "How they are compared; between includes both ends.",
                one_of(procedure_file.OPERATORS),
            ),
            "value": needed(
                "The value, a list of values for in and between, or the name of another fact.",
                {
                    "anyOf": [
                        {"type": ["boolean", "integer", "string"]},
                        many({"type": ["integer", "string"]}, 1),
                    ]
                },
                "the one of the fact",
            ),
        },
    ),
}
