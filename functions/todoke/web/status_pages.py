"""What a person sees of her own applications: the list, one of them, and problems in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from flask import Response

from todoke.core.form import Form
from todoke.core.form_check import Problem
from todoke.core.words import FALLBACK
from todoke.journeys import apply, audit, cases, forms, residents
from todoke.ports import Record, Services
from todoke.web.citizen_pages import language, show


def listed(services: Services, resident: str, cursor: str | None) -> Response:
    """Her applications, newest first."""
    page = apply.list_own(services, resident, cursor)
    rows = [_row(services, each) for each in page.records]
    for_others = [] if cursor else apply.list_filed(services, resident)
    others = [
        {**_row(services, each), "whose": _name(services, each.data["resident"])}
        for each in for_others
    ]
    older = f"/applications?lang={language()}&after={page.cursor}" if page.cursor else None
    return show(services, "applications.html", applications=rows, others=others, older=older)


def _row(services: Services, record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": forms.name_of(services, str(record.data["procedure"])),
        "state": record.data["state"],
        "submitted_at": _moment(record.data["submitted_at"]),
    }


def _name(services: Services, resident: object) -> str:
    found = residents.get(services, str(resident)) if resident else None
    return found.name if found else ""


@dataclass(frozen=True, slots=True)
class Again:
    """What was mended and is not right yet. asks: path -> note, with the questions that the
    answers brought up. problems: path -> sentence. files: uploaded while mending."""

    answers: Mapping[str, Any] = field(repr=False)
    asks: Mapping[str, str]
    problems: Mapping[str, str]
    files: Sequence[Record] = ()


def status_page(services: Services, own: apply.Own, again: Again | None = None) -> Response:
    """One application; 422 with ``again``."""
    procedure = str(own.record.data["procedure"])
    return show(
        services,
        "application.html",
        422 if again else 200,
        procedure=named(services, procedure),
        form=forms.form_or_empty(services, procedure),
        answers=again.answers if again else own.answers,
        problems=again.problems if again else {},
        files=files_shown([*own.files, *(again.files if again else ())]),
        application=application_shown(services, own, again.asks if again else None),
        # 行政不服審査法 82 条: the notice of the decision said the same
        appeal=cases.appeal(services, procedure) if own.state in cases.DECISIONS else {},
    )


def application_shown(
    services: Services, own: apply.Own, asks: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What templates know of an application. version: of the record, which a mending names. agent:
    name of who filed it for her. whose: hers, for who filed it."""
    return {
        "id": own.record.id,
        "version": own.record.version,
        "state": own.state,
        "submitted_at": _moment(own.record.data["submitted_at"]),
        "changed_at": _moment(own.record.data["changed_at"]),
        "asks": own.asks if asks is None else asks,
        "reason": own.reason,
        "agent": _name(services, own.record.data.get("agent")),
        "whose": _name(services, own.record.data["resident"]) if own.acting.mandate else "",
    }


def named(services: Services, procedure: str) -> dict[str, Any]:
    """What templates know of a procedure here: id and name."""
    return {"id": procedure, "name": forms.name_of(services, procedure)}


def files_shown(records: Iterable[Record]) -> dict[str, dict[str, Any]]:
    """Attachment id -> what may be said of it."""
    return {
        each.id: {name: each.data[name] for name in ("media_type", "pages", "size")}
        for each in records
    }


def sentences(services: Services, form: Form, problems: Iterable[Problem]) -> dict[str, str]:
    """Path -> the sentence that says what to do there."""
    return {each.at: sentence(services, form, each) for each in problems}


def sentence(services: Services, form: Form, problem: Problem) -> str:
    """The words of one problem in the caller's language. Where an answer ends the form, the
    form itself says where to go."""
    question = form.question(problem.at)
    if problem.rule == "answer_stop" and question is not None:
        stop = next((each.stop for each in question.options if each.stop), None)
        if stop is not None:
            return next(stop[each] for each in FALLBACK[language()] if each in stop)
    name = f"errors.rule.{problem.rule}"
    return services.words.say(language(), name, limit=problem.limit)


def _moment(value: object) -> datetime:
    return datetime.fromtimestamp(cast("int", value), audit.JST)
