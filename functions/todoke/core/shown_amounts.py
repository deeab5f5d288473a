"""An amount stands in two files: as a figure one computes with (``site/benefits.yaml``) and in the
words of the pages (``result.amounts`` of a procedure). They must not say different things.

The words of a procedure are of the month of its ``as_of``: every figure in them is one of the
version that held then, or of a later one. Where the newest version is another than the words, that
is an advice (``catalogue_lint``), not a mistake: a new amount is known before its month.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from todoke.core import benefits_file
from todoke.core.benefits import Benefit, Period
from todoke.core.catalogue import Catalogue, Procedure
from todoke.core.errors import TodokeError
from todoke.core.site_fields import Text
from todoke.core.site_yaml import invalid, load

#: 15,000, or digits right before the word for yen; a year or an age is neither
_FIGURE = re.compile(r"\d{1,3}(?:,\d{3})+|\d+(?=円| yen)")


def figures(words: Text) -> Mapping[int, str]:
    """Every amount of yen in them -> the language that says it."""
    return {
        int(each.replace(",", "")): language
        for language, text in reversed(list(words.items()))
        for each in _FIGURE.findall(text)
    }


def computed(catalogue: Catalogue) -> Iterator[tuple[Procedure, Benefit]]:
    """Procedures whose amount is also in ``benefits.yaml``."""
    for item in catalogue.procedures.values():
        benefit = catalogue.benefits.get(item.result.benefit)
        if benefit is not None and item.result.amounts:
            yield item, benefit


def wrong(catalogue: Catalogue, files: Mapping[str, bytes]) -> Iterator[TodokeError]:
    """One error for each procedure whose words name a figure that is not computed with, with file,
    line and both figures."""
    for item, benefit in computed(catalogue):
        versions = [each for each in benefit.versions if not each.until or each.until >= item.as_of]
        known = {yen for each in versions for yen in each.amounts.values()}
        for number, words in enumerate(item.result.amounts, 1):
            there = figures(words)
            strange = next((yen for yen in there if yen not in known), None)
            if strange is not None:
                field = f"result.amounts[{number}].{there[strange]}"
                yield _differs(item, field, strange, _of(versions, item), files)
                break


def said(item: Procedure) -> set[int]:
    """Every figure in the words of its result."""
    return {yen for words in item.result.amounts for yen in figures(words)}


def _of(versions: list[Period], item: Procedure) -> Period:
    """The version its words are of."""
    return next((each for each in versions if each.holds_in(item.as_of)), versions[-1])


def _differs(
    item: Procedure, field: str, strange: int, version: Period, files: Mapping[str, bytes]
) -> TodokeError:
    path = f"procedures/{item.id}.yaml"
    line = load(path, files[path]).lines.get(field, 0)
    benefits = load(benefits_file.PATH, files[benefits_file.PATH])
    place = _line(benefits.value, benefits.lines, item.result.benefit, version.start)
    spoken = said(item)
    # what the words leave out comes first: it is what they should have said
    named = sorted(version.amounts.items(), key=lambda pair: pair[1] in spoken)
    listed = ", ".join(f"{name} {yen:,}" for name, yen in named)
    rule = f"{strange:,} yen stands here, but site/benefits.yaml (line {place}) has {listed}"
    return invalid(path, f"{field} (line {line})", rule, "write the same amount in both files")


def _line(value: object, lines: Mapping[str, int], benefit: str, start: str) -> int:
    """Where the amounts of a version stand."""
    listed = value["benefits"] if isinstance(value, dict) else []
    for at, each in enumerate(listed if isinstance(listed, list) else [], 1):
        if each["id"] == benefit:
            for number, version in enumerate(each["versions"], 1):
                if version["from"] == start:
                    return lines.get(f"benefits[{at}].versions[{number}].amounts", 0)
    return 0
