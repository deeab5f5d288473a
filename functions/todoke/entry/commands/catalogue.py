"""Look after the catalogue: what to see to, what has changed, what there is."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import PurePath
from typing import Any

from todoke import assemble
from todoke import config as settings
from todoke.core import catalogue_diff, catalogue_lint, catalogue_stats
from todoke.core.catalogue_diff import Change, Difference
from todoke.core.errors import TodokeError
from todoke.core.reference_words import sources
from todoke.core.words import parse
from todoke.entry import catalogue_source
from todoke.entry.arguments import Acts
from todoke.entry.terminal import Terminal
from todoke.journeys.audit import JST
from todoke.press import check as press_check
from todoke.root import find_root

NAME = "catalogue"
#: the laws of family benefits change every April
MONTHS = 12
_KINDS = ("procedures", "events", "topics", "sources")
#: a longer value is shortened on the line of a person; --json has it whole
_SHOWN = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """lint, diff, stats."""
    acts = Acts(parser)
    lint = acts.add("lint", "what publishing would refuse (exit 1), and what to see to")
    lint.add_argument("only", nargs="*", help="ids of procedures or files of site/: of these only")
    lint.add_argument(
        "--months", type=int, default=MONTHS, help=f"how old a fact may get (default: {MONTHS})"
    )
    lint.add_argument(
        "--missing",
        action="store_true",
        help="each text that a reference language lacks, with the one it translates",
    )
    diff = acts.add("diff", "what changed between two catalogues, for whoever must tell people")
    for name in ("before", "after"):
        diff.add_argument(name, help="a catalogue.json, or the folder of a site or a release")
    acts.add("stats", "counts by category and certainty, languages, the oldest facts")


def run(terminal: Terminal) -> int:
    """Reads ``site/`` or what is named; needs no city and keeps nothing."""
    return {"lint": _lint, "diff": _diff, "stats": _stats}[terminal.arguments.act](terminal)


# ------------------------------------------------------------------------------------ lint
def _lint(terminal: Terminal) -> int:
    """Exit 1 while something would not be published; advice alone is exit 0."""
    site = assemble.site_files(find_root() / "site")
    chosen = _chosen(terminal.arguments.only, site)
    found = [*press_check.problems(site), *_settings(terminal)]
    if not found:  # a catalogue that cannot be read has no months
        found = [*catalogue_lint.to_come(assemble.catalogue(), _today())]
    every = [_error(terminal, each.details) for each in found]
    errors = [each for each in every if not chosen or each["file"] in chosen]
    advice = [] if every else [_advice(terminal, each) for each in _found(terminal, site)]
    advice = [each for each in advice if not chosen or each["file"] in chosen]
    lines = [line for each in (*errors, *advice) for line in _finding(terminal, each)]
    lines.append(terminal.say("catalogue.lint", errors=len(errors), advice=len(advice)))
    elsewhere = len(every) - len(errors)
    if elsewhere:
        lines.append(terminal.say("catalogue.lint_other", count=elsewhere))
    languages = [] if every or chosen else _languages(site)
    lines += [line for each in languages for line in _untold(terminal, each)]
    result = {"errors": errors, "advice": advice, "elsewhere": elsewhere}
    terminal.answer({**result, "languages": languages}, *lines)
    return 1 if every else 0


def _languages(site: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """What each reference language lacks, for whoever translates."""
    catalogue, words = assemble.catalogue(), parse(site)
    every = sources(catalogue, words)
    return [
        {
            "language": each.reference.id,
            "name": each.reference.own,
            "texts": each.wanted,
            "missing": each.missing,
            "names": list(each.names),
            "sentences": [
                {"name": name, "why": why, "source": dict(every[name])}
                for name, why in each.sentences.items()
            ],
        }
        for each in catalogue_lint.untold(catalogue, words)
    ]


def _untold(terminal: Terminal, one: Mapping[str, Any]) -> Iterator[str]:
    """One line a language; with --missing one more for each text."""
    kind = "missing" if one["missing"] else "whole"
    counts = {"missing": one["missing"], "texts": one["texts"]}
    said = terminal.say(f"catalogue.language.{kind}", **counts)
    yield f"{terminal.say('catalogue.level.info')} {one['language']} ({one['name']}): {said}"
    if not terminal.arguments.missing:
        return
    for name in one["names"]:
        yield f"    site/reference/{one['language']}.yaml  {name}"
    for each in one["sentences"]:
        why = f" ({terminal.mistake(each['why'])})" if each["why"] else ""
        source = _shown(terminal, each["source"])
        yield f"    site/reference_words/{one['language']}.yaml  {each['name']}{why}: {source}"


def _chosen(named: Sequence[str], site: Mapping[str, bytes]) -> frozenset[str]:
    """Files as remarks name them. named: ids of procedures, or files with or without site/.

    Raises ``bad_field`` for a name that no file has."""
    found = set()
    for each in named:
        plain = PurePath(each).as_posix().removeprefix("./").removeprefix("site/")
        paths = (plain, f"procedures/{plain}", f"procedures/{plain}.yaml")
        path = next((one for one in paths if one in site), None)
        if path is None:
            raise TodokeError("bad_field", field=each, rule="catalogue_unnamed")
        found.add(f"site/{path}")
    return frozenset(found)


def _settings(terminal: Terminal) -> Iterator[TodokeError]:
    """A site with a wrong setting is not published either."""
    try:
        settings.load(find_root(), terminal.data, os.environ)
    except TodokeError as error:
        yield error


def _today() -> date:
    return datetime.now(JST).date()


def _found(terminal: Terminal, site: Mapping[str, bytes]) -> Iterator[catalogue_lint.Advice]:
    uncovered = press_check.readings(site).uncovered
    yield from catalogue_lint.advice(
        assemble.catalogue(),
        _today(),
        max(0, terminal.arguments.months),
        catalogue_source.examples_beside(),
        uncovered,
    )


def _error(terminal: Terminal, details: Mapping[str, Any]) -> dict[str, str]:
    place = {name: str(details.get(name, "-")) for name in ("file", "field")}
    said = {name: terminal.mistake(str(details.get(name, "-"))) for name in ("rule", "next")}
    return {"level": "error", "code": "invalid", **place, **said}


def _advice(terminal: Terminal, advice: catalogue_lint.Advice) -> dict[str, str]:
    name = f"catalogue.advice.{advice.code}"
    return {
        "level": "advice",
        "code": advice.code,
        "file": f"site/{advice.file}",
        "field": advice.field,
        "rule": terminal.say(f"{name}.rule", **advice.values),
        "next": terminal.say(f"{name}.next", **advice.values),
    }


def _finding(terminal: Terminal, found: Mapping[str, str]) -> Iterator[str]:
    mark = terminal.say(f"catalogue.level.{found['level']}")
    yield f"{mark} {found['file']}  {found['field']}: {found['rule']}"
    yield f"    {found['next']}"


# ------------------------------------------------------------------------------------ diff
def _diff(terminal: Terminal) -> int:
    """Exit 0 whether there is a difference or not: both are an answer."""
    before = catalogue_source.load("before", terminal.arguments.before)
    after = catalogue_source.load("after", terminal.arguments.after)
    found = {kind: catalogue_diff.difference(before, after, kind) for kind in _KINDS}
    names = {
        kind: {each["id"]: each for one in (before, after) for each in one.get(kind, [])}
        for kind in _KINDS
    }
    lines = [
        line
        for kind, each in found.items()
        for line in _differences(terminal, kind, each, names[kind])
    ]
    same = not any(found.values())
    result = {kind: asdict(each) for kind, each in found.items()}
    terminal.answer({"same": same, **result}, *(lines or [terminal.say("catalogue.same")]))
    return 0


def _differences(
    terminal: Terminal, kind: str, found: Difference, entries: Mapping[str, Any]
) -> Iterator[str]:
    for word, ids in (("added", found.added), ("removed", found.removed)):
        for id in ids:
            name = _plain(terminal, entries[id].get("name") or entries[id].get("title"))
            yield terminal.say(f"catalogue.{kind}.{word}", name=name, id=id)
    for id, changes in found.changed.items():
        name = _plain(terminal, entries[id].get("name") or entries[id].get("title"))
        yield terminal.say(f"catalogue.{kind}.changed", name=name, id=id)
        for change in changes:
            yield from _change(terminal, change)


def _change(terminal: Terminal, change: Change) -> Iterator[str]:
    """「期限 (deadline.length): 15日 → 14日」; words that only another language has differently
    are shown in that language."""
    label = _label(terminal, change.field)
    before, after = change.before, change.after
    if isinstance(before, dict) and isinstance(after, dict) and "ja" in before and "ja" in after:
        for language in dict.fromkeys((*before, *after)):
            if before.get(language) != after.get(language):
                old, new = (_shown(terminal, one.get(language)) for one in (before, after))
                yield f"  {label} [{language}]: {old} → {new}"
    elif before is None:
        yield f"  + {label}: {_shown(terminal, after)}"
    elif after is None:
        yield f"  - {label}: {_shown(terminal, before)}"
    else:
        yield f"  {label}: {_shown(terminal, before)} → {_shown(terminal, after)}"


def _label(terminal: Terminal, field: str) -> str:
    """The field in the clerk's words, with its name for whoever opens the file."""
    top = field.split(".")[0].split("[")[0].split(" ")[0]
    known = terminal.dictionary.has(terminal.language, f"cli.catalogue.field.{top}")
    return f"{terminal.say(f'catalogue.field.{top}')} ({field})" if known else field


def _shown(terminal: Terminal, value: Any) -> str:
    text = _plain(terminal, value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _plain(terminal: Terminal, value: Any) -> str:
    """A JSON value as a person writes it."""
    if value is None:
        return terminal.say("catalogue.nothing")
    if isinstance(value, bool):
        return terminal.say("catalogue.true" if value else "catalogue.false")
    if isinstance(value, list):
        return ", ".join(_plain(terminal, each) for each in value)
    if not isinstance(value, dict):
        return str(value)
    if "ja" in value:
        return str(value.get(terminal.language) or value["ja"])
    if set(value) == {"amount", "unit"}:
        return terminal.say_any(f"site.span.{value['unit']}", amount=value["amount"])
    if set(value) == {"fact", "op", "value"}:
        return f"{value['fact']} {value['op']} {_plain(terminal, value['value'])}"
    inner = (f"{name}: {_plain(terminal, each)}" for name, each in value.items())
    return f"{{{', '.join(inner)}}}"


# ----------------------------------------------------------------------------------- stats
def _stats(terminal: Terminal) -> int:
    found = catalogue_stats.stats(assemble.catalogue())
    terminal.answer(found, *_numbers(terminal, found))
    return 0


def _numbers(terminal: Terminal, found: Mapping[str, Any]) -> Iterator[str]:
    yield terminal.say("catalogue.stats.whole", **{name: found[name] for name in _COUNTS})
    for name in ("category", "confidence", "evidence", "online"):
        counts = ", ".join(f"{key} {count}" for key, count in found[name].items())
        yield f"{terminal.say(f'catalogue.stats.{name}')}: {counts}"
    yield terminal.say("catalogue.stats.certain", count=found["certain"])
    for name in ("without_rule", "without_source"):
        ids = found[name]
        yield terminal.say(f"catalogue.stats.{name}", count=len(ids), ids=" ".join(ids))
    for language, count in found["languages"].items():
        yield terminal.say("catalogue.stats.language", language=language, **count)
    for each in found["oldest"]:
        yield terminal.say("catalogue.stats.oldest", **each)
    for each in found["oldest_sources"]:
        yield terminal.say("catalogue.stats.oldest_source", **each)


_COUNTS = ("procedures", "events", "topics", "sources", "facts", "benefits")
