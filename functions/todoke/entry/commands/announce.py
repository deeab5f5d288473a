"""Write, ask for, approve, give back and recall notices, under the console's rules."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from todoke.core import notice as rules
from todoke.core.errors import TodokeError
from todoke.core.notice import Content, Person
from todoke.entry import notice_lines
from todoke.entry.arguments import Acts
from todoke.entry.terminal import Terminal
from todoke.journeys import announce, notices, staff
from todoke.journeys.audit import JST
from todoke.ports import Record, Services

NAME = "announce"
LANGUAGES = ("ja", "easy", "en")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """draft, edit, ask, approve, return, recall, list, show."""
    acts = Acts(parser)
    draft = acts.add("draft", "write a notice", aliases=["write"])
    edit = acts.add("edit", "change a draft (say everything again)")
    edit.add_argument("id", help="N-2026-0001")
    for each in (draft, edit):
        _content_arguments(each)
    for act, words in (
        ("ask", "freeze a draft and ask for a second person"),
        ("approve", "approve what `show` showed (another person than the author)"),
        ("return", "give it back to its author"),
        ("recall", "stop what is not yet sent; a published page is marked withdrawn"),
    ):
        each = acts.add(act, words)
        each.add_argument("id", help="N-2026-0001")
        _who(each)
        if act in ("return", "recall"):
            each.add_argument("--reason", required=True, help="citizens read the one of a recall")
        if act == "approve":
            each.add_argument("--seen", help="snapshot that `show` printed (asked for otherwise)")
            each.add_argument("--count", help="number of devices that `show` printed")
    listing = acts.add("list", "notices, last changed first")
    listing.add_argument("--state", help="draft asked approved sending sent recalled")
    listing.add_argument("--limit", type=int, default=50, help="how many (default: 50)")
    acts.add("show", "one notice as it stands").add_argument("id", help="N-2026-0001")


def _content_arguments(parser: argparse.ArgumentParser) -> None:
    _who(parser)
    parser.add_argument("--file", type=Path, help="the content as JSON instead of the options")
    parser.add_argument("--topic", help="topic id (todoke subscribers shows them)")
    for language in LANGUAGES:
        option = "" if language == "ja" else f"{language}-"
        for part in ("title", "text"):
            name = f"--{option}{part}"
            parser.add_argument(name, dest=f"{language}_{part}", help=f"{part} in {language}")
    parser.add_argument("--expires", help="2026-12-01 (its end) or 2026-12-01T17:00, Japanese time")
    parser.add_argument("--send-at", help="2026-11-25T09:00, Japanese time; at once if left out")
    parser.add_argument(
        "--urgency", choices=rules.URGENCIES, default="normal", help="how soon phones ring"
    )
    parser.add_argument("--area", help="district id")
    parser.add_argument("--cohort", type=int, help="school year of birth (2023: April 2 2023 on)")
    parser.add_argument("--procedure", help="procedure the notice belongs to")
    parser.add_argument(
        "--link", nargs=2, action="append", default=[], metavar=("URL", "LABEL"), help="repeatable"
    )


def _who(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as", dest="who", required=True, help="staff id (todoke staff list)")


def run(terminal: Terminal) -> int:
    """Runs the act; every rule is the journey's."""
    acts: Mapping[str, Callable[[Terminal, Services], int]] = {
        "draft": _draft, "write": _draft, "edit": _edit, "ask": _ask, "approve": _approve,
        "return": _return, "recall": _recall, "list": _list, "show": _show,
    }  # fmt: skip
    return acts[terminal.arguments.act](terminal, terminal.city)


def _draft(terminal: Terminal, services: Services) -> int:
    content, send_at = _content(terminal)
    record = announce.draft(services, _person(terminal, services), content, send_at)
    return _answer(terminal, record, "announce.drafted")


def _edit(terminal: Terminal, services: Services) -> int:
    content, send_at = _content(terminal)
    before = notices.get(services, terminal.arguments.id)
    who = _person(terminal, services)
    record = announce.edit(services, who, before.id, before.version, content, send_at)
    return _answer(terminal, record, "announce.edited")


def _ask(terminal: Terminal, services: Services) -> int:
    record = announce.ask(services, _person(terminal, services), terminal.arguments.id)
    return _answer(terminal, record, "announce.asked")


def _approve(terminal: Terminal, services: Services) -> int:
    arguments, who = terminal.arguments, _person(terminal, services)
    seen, count = arguments.seen, arguments.count
    if seen is None or count is None:
        # nobody approves unseen: show it here, then have the number typed, as on the console
        record = notices.get(services, arguments.id)
        for line in notice_lines.page(terminal, services, record):
            terminal.remark(line)
        count = terminal.ask(terminal.say("announce.type_count"))
        seen = str(record.data.get("snapshot") or "")
    record = announce.approve(services, who, arguments.id, seen, count)
    return _answer(terminal, record, "announce.approved")


def _return(terminal: Terminal, services: Services) -> int:
    arguments, who = terminal.arguments, _person(terminal, services)
    record = announce.give_back(services, who, arguments.id, arguments.reason)
    return _answer(terminal, record, "announce.returned")


def _recall(terminal: Terminal, services: Services) -> int:
    arguments, who = terminal.arguments, _person(terminal, services)
    record = announce.recall(services, who, arguments.id, arguments.reason)
    return _answer(terminal, record, "announce.recalled")


def _list(terminal: Terminal, services: Services) -> int:
    page = notices.listing(services, terminal.arguments.state, limit=terminal.arguments.limit)
    lines = (notice_lines.line(terminal, each) for each in page.records)
    terminal.answer({"notices": [notice_lines.as_json(each) for each in page.records]}, *lines)
    return 0


def _show(terminal: Terminal, services: Services) -> int:
    record = notices.get(services, terminal.arguments.id)
    page = notice_lines.page(terminal, services, record)
    counted = services.store.get("counter.delivery", record.id)
    outcomes = notice_lines.outcomes(services, record, counted)
    terminal.answer({**notice_lines.as_json(record), "deliveries": outcomes}, *page)
    return 0


def _answer(terminal: Terminal, record: Record, words: str) -> int:
    shown = notice_lines.as_json(record)
    terminal.answer(shown, terminal.say(words, id=record.id, number=notices.shown_number(record)))
    return 0


def _person(terminal: Terminal, services: Services) -> Person:
    """The clerk named by ``--as``; somebody who left can do nothing."""
    record = services.store.get("staff", terminal.arguments.who)
    if record is None or not record.data["active"]:
        raise TodokeError("bad_field", field="--as", rule="unknown_staff")
    return staff.person(record)


def _content(terminal: Terminal) -> tuple[Content, int | None]:
    arguments = terminal.arguments
    send_at = _moment("--send-at", arguments.send_at) if arguments.send_at else None
    if arguments.file is not None:
        return rules.from_json(_json_file(arguments.file)), send_at
    shape: dict[str, Any] = {
        "topic": _needed("--topic", arguments.topic),
        "title": _in_languages(arguments, "title"),
        "text": _in_languages(arguments, "text"),
        "expires_at": _moment("--expires", _needed("--expires", arguments.expires)),
        "links": [{"url": url, "label": label} for url, label in arguments.link],
        "urgency": arguments.urgency,
        "area": arguments.area,
        "cohort": arguments.cohort,
        "procedure": arguments.procedure,
    }
    return rules.from_json(shape), send_at


def _json_file(path: Path) -> object:
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise TodokeError("bad_field", field=path.name, rule="json") from error


def _needed(name: str, value: str | None) -> str:
    if value is None:
        raise TodokeError("missing_field", field=name)
    return value


def _in_languages(arguments: argparse.Namespace, part: str) -> dict[str, str]:
    given = {language: getattr(arguments, f"{language}_{part}") for language in LANGUAGES}
    return {language: words for language, words in given.items() if words is not None}


def _moment(name: str, text: str) -> int:
    """Unix seconds of a Japanese date or time; a bare date means its end (notices say まで)."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise TodokeError("bad_field", field=name, rule="moment") from error
    if len(text) == len("2026-12-01"):
        moment += timedelta(days=1, seconds=-1)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=JST)).timestamp())
