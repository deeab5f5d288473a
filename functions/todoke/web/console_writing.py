"""Writing a notice, seeing whom it reaches and how it will look, and asking a second person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Response, request

from todoke.core.errors import TodokeError
from todoke.core.notice_check import MAX_LINKS, MAX_REASON, MAX_TEXT, MAX_TITLE, Problem
from todoke.core.words import LANGUAGES
from todoke.journeys import announce, audit, event_drafts, notices, offered, previews, scope, staff
from todoke.ports import Record, Services
from todoke.web import console_form, console_pages, console_words, guard
from todoke.web.console_pages import see_other

#: events that a notice may begin with, the next ones first
MAX_EVENTS = 20


def new(services: Services) -> Response:
    """A blank form (``?event=…``: about that event), or the first saving of a draft."""
    if request.method != "POST":
        event, coming = request.args.get("event"), event_drafts.coming(services)[:MAX_EVENTS]
        values = console_form.of_event(services, event) if event else console_form.blank(services)
        return _form(services, values, events=coming)
    filled = _filled(services)
    if filled.problems:
        return _form(services, filled.values, filled.problems)
    form = filled.values.get("form", "")
    record = announce.draft(
        services, console_pages.who(), filled.content, filled.send_at, form or None
    )
    return see_other(f"/notices/{record.id}?done=saved")


def edit(services: Services, id: str) -> Response:
    """The form of a draft; a colleague's newer version is shown, never overwritten unseen."""
    record = _own(services, id)
    if record.data["state"] != "draft":
        raise TodokeError("notice_state", state=str(record.data["state"]), act="edit")
    if request.method != "POST":
        return _form(services, console_form.of_record(record), record=record)
    filled = _filled(services)
    if filled.problems:
        return _form(services, filled.values, filled.problems, record)
    version = console_form.typed_int(filled.values.get("version", "")) or 0
    try:
        announce.edit(services, console_pages.who(), id, version, filled.content, filled.send_at)
    except TodokeError as error:
        if error.code != "version_conflict":
            raise
        return _conflict(services, filled.values, _own(services, id))
    return see_other(f"/notices/{id}?done=saved")


def notice_page(services: Services, id: str) -> Response:
    """What it says, whom it reaches, how it looks, and what can be done with it now."""
    return show_notice(services, _own(services, id))


def ask(services: Services, id: str) -> Response:
    """Freezes the draft and asks for a second person."""
    try:
        announce.ask(services, console_pages.who(), id)
    except TodokeError as error:
        if error.code not in ("segment_too_small", "bad_field"):
            raise
        return show_notice(services, _own(services, id), error.status, error)
    return see_other(f"/notices/{id}?done=asked")


def show_notice(
    services: Services,
    record: Record,
    status: int = 200,
    error: TodokeError | None = None,
    reason: str = "",
    problems: Sequence[Problem] = (),
) -> Response:
    """The page of one notice. reason, problems: of a return or recall that was refused."""
    content, person = notices.content_of(record), console_pages.who()
    segment = notices.segment_of(content)
    writers = notices.standing_of(record).writers
    return console_pages.show(
        services,
        "notice",
        status,
        record=record,
        content=content,
        languages=[each for each in LANGUAGES if each in content.title],
        audience=notices.audience(services, content.topic, segment),
        segment=segment,
        send_at=notices.send_at_of(record),
        discreet=previews.on_phone(services, record.id, content, "discreet"),
        titled=previews.on_phone(services, record.id, content, "title"),
        procedures=offered.offer(services).procedures,
        wrote=person.id in writers,
        may_approve="approver" in person.roles and person.id not in writers,
        names=staff.names(services),
        done=_done(),
        error=error,
        reason=reason,
        problems=problems,
        field_id=console_form.field_id,
        max_reason=MAX_REASON,
    )


def _own(services: Services, id: str) -> Record:
    return scope.get(services, console_pages.who(), "notice", id)


def _done() -> str:
    done = request.args.get("done", "")
    return done if done in ("saved", "asked", "returned", "recalled", "approved") else ""


def _filled(services: Services) -> console_form.Filled:
    return console_form.read(services, console_form.first_values(guard.form_body()))


def _form(
    services: Services,
    values: Mapping[str, str],
    problems: Sequence[Problem] = (),
    record: Record | None = None,
    **more: Any,
) -> Response:
    offer = offered.offer(services)
    person = console_pages.who()
    hers = {
        topic: name
        for topic, name in offer.topics.items()
        if scope.may(services, person, "notice", topic)
    }
    status = more.pop("status", 422 if problems else 200)
    more.setdefault("events", ())
    return console_pages.show(
        services,
        "edit",
        status,
        values=values,
        problems=problems,
        wrong={console_form.field_id(each): each for each in reversed(problems)},
        field_id=console_form.field_id,
        record=record,
        offer=replace(offer, topics=hers),
        cohorts=[(each, _cohort(services, each)) for each in offer.cohorts],
        link_rows=_link_rows(values),
        max_title=MAX_TITLE,
        max_text=MAX_TEXT,
        link_hosts=services.config.notices.link_hosts,
        **more,
    )


def _cohort(services: Services, cohort: int) -> str:
    return console_words.cohort_name(services.words, console_pages.language(), cohort)


def _link_rows(values: Mapping[str, str]) -> range:
    filled = [place for place in range(MAX_LINKS) if values.get(f"link-{place}-url")]
    wanted = max([console_form.LINK_ROWS - 1, *filled]) + 1
    return range(min(MAX_LINKS, wanted))


def _conflict(services: Services, values: Mapping[str, str], record: Record) -> Response:
    """Her text stays in the form, the other version stands beside it, and saving again, now
    knowingly, replaces it."""
    content = notices.content_of(record)
    return _form(
        services,
        {**values, "version": str(record.version)},
        record=record,
        status=409,
        other=content,
        other_name=_last_editor(services, record.id),
        other_at=record.data["changed_at"],
        languages=[each for each in LANGUAGES if each in content.title],
    )


def _last_editor(services: Services, id: str) -> str:
    month = audit.month_of(services.clock.now())
    for each in scope.acts(services, console_pages.who(), month, 100).records:
        if each.data["act"] == "edited" and each.data["subject"] == f"notice/{id}":
            return staff.names(services).get(str(each.data["actor"]), "")
    return ""
