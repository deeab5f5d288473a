"""A notice as lines on a terminal and as JSON, for ``todoke announce``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from todoke.core import audience as floor
from todoke.entry.terminal import Terminal
from todoke.journeys import notices, staff
from todoke.journeys.audit import JST
from todoke.journeys.export import figure_json
from todoke.ports import Record, Services

OUTCOMES = ("accepted", "gone", "dead", "skipped")


def as_json(record: Record) -> dict[str, Any]:
    """Everything of a notice but the bookkeeping of its indexes."""
    kept = (
        "state", "content", "author", "approver", "snapshot", "audience", "send_at",
        "published_at", "reason", "created_at", "changed_at",
    )  # fmt: skip
    return {"id": record.id, **{name: record.data.get(name) for name in kept}}


def line(terminal: Terminal, record: Record) -> str:
    """One line of the list."""
    state = terminal.say(f"announce.state.{record.data['state']}")
    return f"{record.id}  {state}  {notices.content_of(record).title['ja']}"


def page(terminal: Terminal, services: Services, record: Record) -> Iterator[str]:
    """What an approver must see before she approves."""
    content, names = notices.content_of(record), staff.names(services)

    def about(name: str, value: object) -> str:
        return f"{terminal.say(f'announce.field.{name}')}: {value}"

    yield line(terminal, record)
    yield about("author", names.get(str(record.data["author"]), record.data["author"]))
    if record.data.get("approver"):
        yield about("approver", names.get(str(record.data["approver"]), record.data["approver"]))
    yield about("topic", content.topic)
    everybody = terminal.say("announce.everybody")
    yield about("segment", f"{content.area or everybody} / {content.cohort or everybody}")
    if record.data.get("audience"):
        yield about("audience", notices.shown_number(record))
    yield about("send_at", _moment(notices.send_at_of(record)) or terminal.say("announce.at_once"))
    yield about("expires", _moment(content.expires_at))
    yield about("urgency", content.urgency)
    for language in content.title:
        yield f"--- {language}"
        yield content.title[language]
        yield content.text.get(language, "")
    for link in content.links:
        yield f"-> {link.label}: {link.url}"
    if record.data.get("reason"):
        yield about("reason", record.data["reason"])
    if record.data.get("snapshot"):
        yield about("snapshot", record.data["snapshot"])


def outcomes(services: Services, record: Record, counted: Record | None) -> dict[str, Any]:
    """Outcomes of the deliveries, rounded like everything that counts people."""
    k, whole = services.config.notices.floor_k, notices.segment_of(notices.content_of(record)).whole
    cells = counted.data if counted else {}
    return {
        name: figure_json(floor.tally(_whole(cells.get(name)), k, whole=whole)) for name in OUTCOMES
    }


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _moment(unix: int | None) -> str:
    return "" if unix is None else datetime.fromtimestamp(unix, JST).strftime("%Y-%m-%d %H:%M")
