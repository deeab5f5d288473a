"""Tell a family which procedures are theirs, which are not, and what to ask to know the rest."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from todoke import assemble
from todoke.core import eligibility
from todoke.core import facts as core_facts
from todoke.core.catalogue import Catalogue
from todoke.core.eligibility import Verdict
from todoke.core.errors import TodokeError
from todoke.core.facts import Facts
from todoke.entry import json_input
from todoke.entry.terminal import Terminal
from todoke.journeys.audit import JST

NAME = "check"
#: a whole vocabulary answered is 6 KB
MAX_BYTES = 256 * 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--facts and --on."""
    parser.add_argument(
        "--facts",
        required=True,
        help='JSON object of facts by their names in site/facts.yaml: {"child.birth_date": '
        '"2026-05-01"}; - reads standard input',
    )
    parser.add_argument("--on", help="the day to judge, YYYY-MM-DD (default: today in Japan)")


def run(terminal: Terminal) -> int:
    """Reads ``site/`` and answers; needs no city and keeps nothing."""
    catalogue = assemble.catalogue()
    given = _given(terminal.arguments.facts)
    facts = core_facts.known(catalogue.facts, given, _day(terminal.arguments.on))
    verdicts = {
        each.id: eligibility.judge(eligibility.whole_rule(each), facts)
        for each in catalogue.procedures.values()
    }
    question = eligibility.next_question(catalogue.procedures.values(), facts)
    shown = {id: _shown(verdict) for id, verdict in verdicts.items()}
    terminal.answer(
        {"procedures": shown, "next": question},
        *_lines(terminal, catalogue, verdicts, facts, question),
    )
    return 0


def _shown(verdict: Verdict) -> Mapping[str, Any]:
    because = [{"fact": name, "value": value} for name, value in verdict.because.items()]
    return {"answer": verdict.answer, "because": because, "ask": list(verdict.ask)}


def _lines(
    terminal: Terminal,
    catalogue: Catalogue,
    verdicts: Mapping[str, Verdict],
    facts: Facts,
    question: str | None,
) -> list[str]:
    """The three answers one after the other, and the question that helps most."""
    language, lines = terminal.language, []
    for answer in (eligibility.YES, eligibility.ASK, eligibility.NO):
        found = {id: each for id, each in verdicts.items() if each.answer == answer}
        lines.append(terminal.say(f"check.{answer}", count=len(found)))
        for id, verdict in found.items():
            name = catalogue.procedures[id].name
            why = ", ".join(verdict.ask) if answer == eligibility.ASK else _because(verdict)
            lines.append(f"  {id}  {name.get(language, name['ja'])}  [{why}]")
    if question:
        asked = facts.vocabulary[question].question[language]
        lines.append(terminal.say("check.next", fact=question, question=asked))
    return lines


def _because(verdict: Verdict) -> str:
    said = verdict.because.items()
    return ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in said)


def _day(text: str | None) -> date:
    """A day the vocabulary could hold. Raises ``bad_field``."""
    if text is None:
        return datetime.now(JST).date()
    if not core_facts.is_day(text):
        raise TodokeError("bad_field", field="--on", rule="fact_day")
    return date.fromisoformat(text)


def _given(path: str) -> Mapping[str, object]:
    """The facts of the file. Raises ``bad_field`` for what is no JSON object."""
    given = json_input.of_file(path, "--facts", MAX_BYTES)
    if not isinstance(given, dict):
        raise TodokeError("bad_field", field="--facts", rule="fact_json")
    if given.get("child.exists") is False and given.get(core_facts.BIRTH) is not None:
        raise TodokeError("bad_field", field=core_facts.BIRTH, rule="fact_no_child")
    return given
