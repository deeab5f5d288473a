"""What every procedure has to keep beside the shape of its file: what it names is there, it stands
on a ground, its examples come out, and no file holds a My Number."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from todoke.core import catalogue as shape
from todoke.core.my_number import LENGTH, found_in
from todoke.core.site_yaml import SiteFile, Value, invalid


def check(catalogue: shape.Catalogue, item: shape.Procedure) -> None:
    """What holds between a procedure and the rest of the site. Raises ``site_file_invalid``."""
    from todoke.core import eligibility, facts_file, rule_examples  # what only rules need

    path = f"procedures/{item.id}.yaml"
    known(path, "topic", (item.topic,), catalogue.topics)
    known(path, "sources", item.sources, catalogue.sources)
    known(path, "next", item.next, catalogue.procedures)
    facts_file.check_rule(path, "eligibility", item.eligibility, catalogue.facts)
    if item.region:
        rule = eligibility.lives_in(item.region["ja"])
        facts_file.check_rule(path, "region", rule, catalogue.facts)
    rule_examples.check(item, catalogue.facts)
    ground(path, item)


def ground(path: str, item: shape.Procedure) -> None:
    """Facts without a ground are no facts: a law or a page, and what was read names the page."""
    if not (item.sources or item.legal_basis or item.set_by):
        rule = "a page stands on a law or on a source that was read"
        raise invalid(path, "sources", rule, "add legal_basis:, set_by: or sources:")
    if not item.sources and item.evidence != "memory":
        rule = f"evidence {item.evidence} names the page that was read"
        raise invalid(path, "sources", rule, "add sources:, or write evidence: memory")
    if item.confidence == "high" and item.evidence == "memory":
        rule = "high confidence needs a page that was read, and evidence: memory says that none was"
        step = "write confidence: medium, or add sources: and write evidence: seen"
        raise invalid(path, "confidence", rule, step)


def known(path: str, field: str, named: Iterable[str], there: Mapping[str, object]) -> None:
    """Raises ``site_file_invalid`` for an id that is none."""
    for id in named:
        if id not in there:
            near = difflib.get_close_matches(id, there, 1, 0.5)
            step = f"did you mean {near[0]}?" if near else f"known: {', '.join(list(there)[:12])}"
            raise invalid(path, field, f"{id!r} does not exist", step)


def refuse_my_number(file: SiteFile, where: str, value: Value) -> None:
    """Public pages carry no 個人番号 (番号法 19条), whoever typed it in."""
    if isinstance(value, dict):
        for key, inner in value.items():
            refuse_my_number(file, f"{where}.{key}" if where else key, inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            refuse_my_number(file, f"{where}[{number}]", inner)
    elif isinstance(value, str | int):
        text = str(value)
        if sum(map(str.isnumeric, text)) >= LENGTH and found_in(text):
            rule = "text with a valid My Number is never published"
            raise invalid(file.path, where, rule, "remove the number")
