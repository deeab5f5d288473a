"""The second person: approve, give back, recall, and the counts afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, request

from todoke.core import audience as floor
from todoke.core import notice
from todoke.core.errors import TodokeError
from todoke.core.notice_check import MAX_REASON, Problem, reason_problems
from todoke.core.words import LANGUAGES
from todoke.journeys import announce, notices, offered, scope, staff
from todoke.ports import Record, Services
from todoke.web import console_form, console_pages, guard
from todoke.web.console_pages import see_other
from todoke.web.console_writing import show_notice

#: things a second person looks at, one tick each
TICKS = ("dates", "audience", "links", "contact", "plain")
OUTCOMES = ("accepted", "gone", "skipped", "dead")


def approve(services: Services, id: str) -> Response:
    """Five ticks and the count typed; the first button only looks again, so Enter sends
    nothing. Who wrote it is refused before she reads a word."""
    record = scope.get(services, console_pages.who(), "notice", id)
    standing, person = notices.standing_of(record), console_pages.who()
    if request.method != "POST":
        notice.approve(standing, person, standing.snapshot or "")
        return _page(services, record, {})
    values = console_form.first_values(guard.form_body())
    if values.get("act") != "approve":
        return _page(services, record, values, looked=True)
    problems = [Problem(f"tick-{each}", "not_ticked") for each in TICKS if each not in values]
    if problems:
        return _page(services, record, values, problems[:1])
    try:
        seen, typed = values.get("snapshot", ""), values.get("count", "")
        announce.approve(services, person, id, seen, typed)
    except TodokeError as error:
        if error.code != "count_differs":
            raise
        shown = {"shown": notices.shown_number(record)}
        return _page(services, record, values, [Problem("count", "count_differs", values=shown)])
    return see_other(f"/notices/{id}/result?done=approved")


def _page(
    services: Services,
    record: Record,
    values: Mapping[str, str],
    problems: Sequence[Problem] = (),
    looked: bool = False,
) -> Response:
    standing, person = notices.standing_of(record), console_pages.who()
    # shown again: her ticks were for what she saw, and must not stand beside another text
    seen = values.get("snapshot", "") if values else standing.snapshot or ""
    notice.approve(standing, person, seen)
    content = notices.content_of(record)
    return console_pages.show(
        services,
        "approve",
        422 if problems else 200,
        record=record,
        content=content,
        segment=notices.segment_of(content),
        send_at=notices.send_at_of(record),
        languages=[each for each in LANGUAGES if each in content.title],
        procedures=offered.offer(services).procedures,
        values=values,
        problems=problems,
        wrong={console_form.field_id(each): each for each in problems},
        field_id=console_form.field_id,
        looked=looked,
        ticks=TICKS,
        names=staff.names(services),
        max_reason=MAX_REASON,
    )


def give_back(services: Services, id: str) -> Response:
    """Back to its author, with a reason."""
    reason = _reason()
    record = scope.get(services, console_pages.who(), "notice", id)
    problems = reason_problems(reason)
    if problems:
        return show_notice(services, record, 422, reason=reason, problems=problems)
    announce.give_back(services, console_pages.who(), id, reason)
    return see_other(f"/notices/{id}?done=returned")


def recall(services: Services, id: str) -> Response:
    """Stops it: one person, one reason, at once."""
    reason = _reason()
    record = scope.get(services, console_pages.who(), "notice", id)
    problems = reason_problems(reason)
    if problems:
        return show_notice(services, record, 422, reason=reason, problems=problems)
    announce.recall(services, console_pages.who(), id, reason)
    return see_other(f"/notices/{id}?done=recalled")


def _reason() -> str:
    """One line: a line end typed in the box is a space."""
    return " ".join(console_form.first_values(guard.form_body()).get("reason", "").split())


def result(services: Services, id: str) -> Response:
    """The counts as they stand; small ones in words."""
    record = scope.get(services, console_pages.who(), "notice", id)
    content = notices.content_of(record)
    whole, k = notices.segment_of(content).whole, services.config.notices.floor_k
    counted = services.store.get("counter.delivery", id)
    cells = counted.data if counted else {}
    figures = {}
    for name in OUTCOMES:
        value = cells.get(name, 0)
        figures[name] = floor.tally(value if isinstance(value, int) else 0, k, whole=whole)
    return console_pages.show(
        services,
        "result",
        record=record,
        content=content,
        segment=notices.segment_of(content),
        send_at=notices.send_at_of(record),
        figures=figures,
        names=staff.names(services),
        done=request.args.get("done", "") == "approved",
    )
