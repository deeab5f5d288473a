"""``site/deadlines.yaml`` -> rules. A rule without law, date or confidence is refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from todoke.core import deadlines
from todoke.core.catalogue import CONFIDENCE, Catalogue
from todoke.core.deadline_rules import Rule
from todoke.core.site_fields import Fields, Text
from todoke.core.site_yaml import SiteFile, invalid
from todoke.core.words import LANGUAGES

PATH = "deadlines.yaml"
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_FIELDS = (
    "id",
    "name",
    "about",
    "law",
    "procedure",
    "as_of",
    "confidence",
    "sources",
    "uncertain",
)


def read(file: SiteFile, sources: Collection[str]) -> Mapping[str, Rule]:
    """Every rule by its id. sources: ids of ``site/sources.yaml``.

    Raises ``site_file_invalid`` with field, rule and next step."""
    found: dict[str, Rule] = {}
    for fields in Fields.of(file, "", file.value, ("rules",)).each("rules", _FIELDS):
        rule = _rule(fields, sources)
        if rule.id in found:
            raise fields.wrong("id", f"{rule.id!r} stands here twice", "remove one of them")
        found[rule.id] = rule
    return found


def check(catalogue: Catalogue) -> None:
    """What only holds between files: a rule that counts has a procedure with a limit that does. A
    city that has left the procedure out has no such rule (``deadlines.book``).

    Raises ``site_file_invalid``."""
    for rule in catalogue.deadlines.values():
        if not deadlines.RULES[rule.id].counts:
            continue
        if not rule.procedure:
            raise invalid(PATH, rule.id, "it counts as a procedure says", "add procedure: …")
        procedure = catalogue.procedures.get(rule.procedure)
        if procedure is not None and procedure.deadline.length is None:
            said = f"the deadline of {procedure.id} has no length to count with"
            raise invalid(PATH, rule.id, said, f"mend the deadline of {procedure.id}")


def _rule(fields: Fields, sources: Collection[str]) -> Rule:
    named = fields.texts("sources")
    unknown = [each for each in named if each not in sources]
    if unknown:
        rule = f"{unknown[0]!r} does not exist"
        raise fields.wrong("sources", rule, "add it to site/sources.yaml")
    confidence = fields.choice("confidence", CONFIDENCE)
    uncertain = _words(fields, "uncertain") if "uncertain" in fields.found else None
    if not named and confidence == "high":
        rule = "high needs a source that was read"
        raise fields.wrong("confidence", rule, "add sources: or write medium")
    fields.need("as_of")
    return Rule(
        id=fields.choice("id", tuple(deadlines.RULES)),
        name=_words(fields, "name"),
        about=_words(fields, "about"),
        law=fields.text("law"),
        as_of=fields.matching("as_of", _MONTH, "a month, YYYY-MM"),
        confidence=confidence,
        procedure=fields.maybe_text("procedure"),
        sources=named,
        uncertain=uncertain,
    )


def _words(fields: Fields, key: str) -> Text:
    """Words that everybody may need stand in all three languages."""
    words = fields.words(key)
    missing = [language for language in LANGUAGES if language not in words]
    if missing:
        rule = f"words in {', '.join(LANGUAGES)}"
        raise fields.wrong(key, rule, f"add {key}.{missing[0]}: …")
    return words
