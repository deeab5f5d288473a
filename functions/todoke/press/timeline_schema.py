"""The parts of the JSON Schema of timeline.json."""

from __future__ import annotations

from collections.abc import Mapping

from todoke.core import catalogue, immunization
from todoke.press.schema_parts import (
    DAY,
    FLAG,
    ID,
    PARTIAL_DAY,
    STRING,
    URL,
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

_FILE = "site/immunization.yaml"
_CHECKUPS = "site/checkups.yaml"
_TEXT = ref("text")
_READ = "easy: with readings, [漢字|かんじ]"
_MONTH_DAY = matching("[0-9]{2}-[0-9]{2}")
_BORN = many(DAY, 2)
_DOSE = matching("[0-9](?:-(?:[0-9]|booster))?|booster")
_SEEN = "YYYY-MM-DD, or a part of it"
_SERIES = matching("[A-Za-z][a-z0-9_]*")
_SURE = needed("How sure it is.", one_of(catalogue.CONFIDENCE))
_NAMED = needed("Ids of the sources.", many(ID, 1))
_DOUBT = Field(f"What was not checked; {_READ}.", _TEXT)

TIMELINE_FIELDS: Mapping[str, Field] = {
    "programme": Field("Routine vaccination; missing when the city left it out.", ref("programme")),
    "checkups": needed("Health checks, in the order of a life.", many(ref("checkup"))),
    "sources": needed(
        "Every source that is named.", many(ref("source")), source="site/sources.yaml"
    ),
}
TIMELINE_PARTS: Mapping[str, Shape] = {
    "programme": record(
        "Routine vaccination of children (定期接種 A類).",
        _FILE,
        {
            "as_of": needed("When the rules were looked at.", PARTIAL_DAY, _SEEN),
            "law": needed("The laws and orders it stands in.", many(STRING, 1)),
            "sources": _NAMED,
            "live_interval": needed(
                "Between two different injected live vaccines; on one day they may be given "
                "together.",
                ref("interval"),
            ),
            "notes": needed(f"What holds for all of it; {_READ}.", many(_TEXT)),
            "vaccines": needed("Every vaccine.", many(ref("vaccine"), 1)),
        },
    ),
    "vaccine": record(
        "One vaccine.",
        _FILE,
        {
            "id": needed("Its name for machines.", ID),
            "name": needed(f"Its name for people; {_READ}.", _TEXT),
            "kind": needed("What it is made of.", one_of(immunization.KINDS)),
            "sex": Field("Only for girls (F) or boys (M).", one_of(("F", "M"))),
            "who": needed("Who is vaccinated.", one_of(("child", "pregnant"))),
            "since": Field("First day of the routine programme.", DAY, unit="YYYY-MM-DD"),
            "since_counts": Field("Whether an earlier dose was private, and counts.", FLAG),
            "only_begun": Field("Whether it is only for who has begun with it.", FLAG),
            "before": Field("The vaccine whose doses finish what was begun with this one.", ID),
            "special": Field("Who may catch up until another age.", ref("special")),
            "courses": needed("Doses that follow each other.", many(ref("course"), 1)),
            "notes": Field("What a family should know.", many(ref("note"))),
            "confidence": _SURE,
            "sources": _NAMED,
            "uncertain": _DOUBT,
        },
    ),
    "special": record(
        "An exception for children born in that time.",
        f"{_FILE}, special",
        {
            "born": needed("First and last day of birth.", _BORN, "YYYY-MM-DD"),
            "until": needed("Until when all that is missing may be given.", ref("edge")),
        },
    ),
    "note": record(
        "A sentence about a vaccine.",
        f"{_FILE}, notes",
        {
            "when": needed("When it belongs to a dose.", one_of(immunization.NOTES)),
            "text": needed(f"The sentence; {_READ}.", _TEXT),
        },
    ),
    "course": record(
        "Doses that follow each other.",
        f"{_FILE}, courses",
        {
            "window": needed("Between which days the law allows it.", ref("whole_window")),
            "reopened": Field("A second window after a shortage of vaccine.", ref("reopened")),
            "series": needed("Of several the first that fits is taken.", many(ref("series"), 1)),
        },
    ),
    "reopened": record(
        "A second window for children whom a shortage kept from the first.",
        f"{_FILE}, reopened",
        {
            "born": needed("First and last day of birth.", _BORN, "YYYY-MM-DD"),
            "window": needed("The second window.", ref("whole_window")),
        },
    ),
    "series": record(
        "The doses for who begins at an age, or with a product.",
        f"{_FILE}, series",
        {
            "id": Field("Its name.", _SERIES),
            "begun_until": Field("The last day to begin with it.", ref("edge")),
            "product": Field("The product it belongs to.", whole(1), unit="valency"),
            "otherwise": Field("The series it becomes when a dose came too early.", _SERIES),
            "doses": needed("In order.", many(ref("dose"), 1)),
        },
    ),
    "dose": record(
        "One dose.",
        f"{_FILE}, doses",
        {
            "dose": needed("Its name.", _DOSE, "its number, in a term its number there"),
            "window": Field("Where it differs from the course.", ref("window")),
            "least": Field("Since the dose before.", ref("interval")),
            "least_of_first": Field("Since the first dose.", ref("interval")),
            "standard": Field("標準的な接種期間.", ref("standard")),
            "dropped": Field("Whether it is left out once its window is over.", FLAG),
            "dropped_after": Field("A dose that leaves it out.", ref("dropped_after")),
            "if_dropped": Field("What holds after a dose was left out.", ref("if_dropped")),
        },
    ),
    "standard": record(
        "The standard period: by age, by the dose before, or both; the later day counts.",
        f"{_FILE}, standard",
        {
            "from": Field("It begins.", ref("edge")),
            "until": Field("It ends.", ref("edge")),
            "after": Field("It begins so long after the dose before.", ref("interval")),
            "within": Field("It ends so long after the dose before.", ref("interval")),
            "of_first": Field("Whether the first dose is meant.", FLAG),
        },
    ),
    "dropped_after": record(
        "A dose that was given after a day leaves this one out.",
        f"{_FILE}, dropped_after",
        {
            "dose": needed("That dose.", STRING),
            "edge": needed("The last day that does not.", ref("edge")),
        },
    ),
    "if_dropped": record(
        "The interval and the first day when a dose before was left out.",
        f"{_FILE}, if_dropped",
        {
            "least": needed("Since the dose before.", ref("interval")),
            "from": needed("Not before.", ref("edge")),
        },
    ),
    "interval": record(
        "「n日以上」 or 「n月以上」: one of the two.",
        _FILE,
        {
            "days": Field("27: the same weekday four weeks later.", whole(1), unit="days"),
            "months": Field("The same day, or the 1st after it.", whole(1), unit="months"),
        },
    ),
    "window": record(
        "Both ends belong to it.",
        _FILE,
        {"from": Field("It begins.", ref("edge")), "until": Field("It ends.", ref("edge"))},
    ),
    "whole_window": record(
        "Both ends belong to it.",
        _FILE,
        {"from": needed("It begins.", ref("edge")), "until": needed("It ends.", ref("edge"))},
    ),
    "edge": record(
        "One end of a window, told in one of these ways.",
        _FILE,
        {
            "month": Field("The day an age is reached.", whole(), unit="months"),
            "after_month": Field("The matching date itself.", whole(), unit="months"),
            "day": Field("Days after birth; the day of birth is 0.", whole(), unit="days"),
            "fiscal_of_age": Field(
                "1 April or 31 March of the fiscal year in which an age is reached.",
                whole(),
                unit="years",
            ),
            "before_entry": Field("In the year before school entry.", _MONTH_DAY, unit="MM-DD"),
            "before_due": Field("Before the due date.", whole(), unit="days"),
            "date": Field("A day of the calendar.", DAY, unit="YYYY-MM-DD"),
        },
    ),
    "checkup": record(
        "A health check of a child.",
        _CHECKUPS,
        {
            "id": needed("Its name for machines.", ID),
            "name": needed(f"Its name for people; {_READ}.", _TEXT),
            "window": needed("Between which days it belongs.", ref("whole_window")),
            "law": needed("Where it stands.", STRING),
            "mandatory": Field("Whether the municipality must hold it.", FLAG),
            "as_of": needed("When it was looked at.", PARTIAL_DAY, _SEEN),
            "confidence": _SURE,
            "sources": _NAMED,
            "note": Field(f"What a family should know; {_READ}.", _TEXT),
            "uncertain": _DOUBT,
            "own": Field("Where the municipality decided its own window.", ref("decided")),
        },
    ),
    "decided": record(
        "Where a municipality decided something itself.",
        "site/todoke.toml, checkups",
        {
            "source": needed(f"What it is called; {_READ}.", _TEXT),
            "url": Field("Where it stands.", URL),
        },
    ),
    "source": record(
        "Where facts were read.",
        "site/sources.yaml",
        {
            "id": needed("Its name for machines.", ID),
            "title": needed(f"What it is called; {_READ}.", _TEXT),
            "url": Field("Where it stands.", URL),
            "date": Field("The date of the page, as it states it.", PARTIAL_DAY, unit=_SEEN),
        },
    ),
}
