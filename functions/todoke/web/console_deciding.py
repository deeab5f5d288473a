"""Giving an application back for mending, and deciding it. Both show what the person will be
told before anything is sent, and the first button of each form only looks again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request

from todoke.core.errors import TodokeError
from todoke.core.notice_check import MAX_REASON, Problem, reason_problems
from todoke.journeys import cases, forms, hand_over, staff
from todoke.journeys.cases import Case
from todoke.ports import Record, Services
from todoke.web import console_cases, console_form, console_pages, console_purpose, guard
from todoke.web.console_pages import see_other

#: sentences that fit most returns; the clerk may add to one or write her own
PRESETS = ("unreadable", "missing", "differs", "account", "wrong_file")


def case_return(services: Services, id: str) -> Response:
    """Ticks fields, writes a note to each, looks, sends."""
    case = console_cases.opened(services, id)
    if request.method != "POST":
        return _return_page(services, case, {})
    values = console_form.first_values(guard.form_body(console_purpose.MAX_FORM_BYTES))
    seen = _seen(values.get("version", ""))
    sends = values.get("act") == "send"
    if not sends and seen != case.record.version:
        return _return_page(services, case, values, quicker=True)
    notes, problems = _notes(services, case, values)
    if problems or not sends:
        return _return_page(services, case, values, problems, looked=not problems)
    try:
        cases.return_fields(services, console_pages.who(), id, seen, notes)
    except TodokeError as error:
        if error.code != "application_state":
            raise
        later = console_cases.opened(services, id)
        return _return_page(services, later, values, quicker=True)
    return see_other(f"/cases?done=returned&about={id}")


def _seen(text: str) -> int:
    """The version that was on the screen; 0, which no record has, for anything else."""
    return console_form.typed_int(text) or 0


def _notes(
    services: Services, case: Case, values: Mapping[str, str]
) -> tuple[dict[str, str], list[Problem]]:
    """path -> note of every ticked field, and what to mend."""
    notes: dict[str, str] = {}
    problems: list[Problem] = []
    for path in _paths(services, case):
        written = _note(services, values, path)
        if f"pick-{path}" in values:
            notes[path] = written
            problems += cases.note_problems(path, written)
        elif values.get(f"note-{path}", "").strip():
            problems.append(Problem(f"pick-{path}", "not_picked"))
    if not notes and not problems:
        problems.append(Problem("pick", "none_picked"))
    return notes, problems


def _note(services: Services, values: Mapping[str, str], path: str) -> str:
    """The chosen sentence and her own words, on one line. The sentence is Japanese whatever the
    desk speaks: it is the city that writes."""
    chosen = values.get(f"preset-{path}", "")
    said = services.words.say("ja", f"console.preset.{chosen}") if chosen in PRESETS else ""
    return " ".join(f"{said} {values.get(f'note-{path}', '')}".split())


def _paths(services: Services, case: Case) -> list[str]:
    blocks = console_cases.blocks(services, case)
    return [row.path for block in blocks for row in block.rows if row.path]


def _return_page(
    services: Services,
    case: Case,
    values: Mapping[str, str],
    problems: Sequence[Problem] = (),
    *,
    looked: bool = False,
    quicker: bool = False,
) -> Response:
    if not quicker:
        _check_open(case.record)
    notes = _notes(services, case, values)[0] if looked else {}
    found = console_cases.blocks(services, case)
    blocks = [each for each in found if any(row.path for row in each.rows)]
    return console_pages.show(
        services,
        "case_return",
        409 if quicker else 422 if problems else 200,
        case=case,
        blocks=blocks,
        labels=_labels(blocks),
        values=values,
        problems=problems,
        wrong={each.field: each for each in reversed(problems)},
        field_id=_field_id,
        looked=looked,
        quicker=quicker,
        notes=notes,
        letter=cases.preview(services, case.record, "application_returned"),
        presets=PRESETS,
        max_note=MAX_REASON,
        **_common(services, case.record),
    )


def _labels(blocks: Sequence[console_cases.Block]) -> dict[str, str]:
    """Name of an input -> the question it belongs to."""
    return {
        f"{part}-{row.path}": f"{block.title} {row.label}".strip()
        for block in blocks
        for row in block.rows
        for part in ("pick", "note")
    }


def _field_id(problem: Problem) -> str:
    return problem.field if problem.field != "pick" else "fields"


def case_decide(services: Services, id: str) -> Response:
    """Accepts or refuses: the notice in full, the end of the number typed, one button."""
    console_purpose.of(services, "application", id)
    record = cases.get(services, console_pages.who(), id)
    decision = request.args.get("as", "")
    if decision not in cases.DECISIONS:
        raise TodokeError("not_found")
    if request.method != "POST":
        if not request.args.get("seen"):
            return see_other(f"/cases/{id}")
        values = {"version": request.args["seen"]}
    else:
        values = console_form.first_values(guard.form_body())
    seen = _seen(values.get("version", ""))
    if values.get("act") != "decide":
        return _look_at(services, record, decision, values, seen)
    reason = " ".join(values.get("reason", "").split())
    problems = _decision_problems(record, decision, values, reason)
    if problems:
        return _decide_page(services, record, decision, values, problems)
    try:
        cases.decide(services, console_pages.who(), id, seen, decision, reason)
    except TodokeError as error:
        if error.code != "application_state":
            raise
        later = cases.get(services, console_pages.who(), id)
        return _decide_page(services, later, decision, values, quicker=True)
    return see_other(f"/cases?done={decision}&about={id}")


def case_hand_over(services: Services, id: str) -> Response:
    """To another office. The answer is a page of its own: she sees the case no more."""
    console_purpose.of(services, "application", id)
    record = cases.get(services, console_pages.who(), id)
    values = console_form.first_values(guard.form_body())
    office, seen = values.get("office", ""), _seen(values.get("version", ""))
    hand_over.hand_over(services, console_pages.who(), id, seen, office)
    return console_pages.show(
        services, "case_handed", office=services.config.offices.names[office], record=record
    )


def _look_at(
    services: Services, record: Record, decision: str, values: Mapping[str, str], seen: int
) -> Response:
    """The page before the decision. Answers that changed since she read them are read again
    first, on the page of the case."""
    if record.data["state"] == "submitted" and record.version != seen:
        return _decide_page(services, record, decision, values, quicker=True)
    reason = " ".join(values.get("reason", "").split())
    looks = request.method == "POST"
    problems = _decision_problems(record, decision, values, reason) if looks else []
    return _decide_page(services, record, decision, values, problems)


def _decision_problems(
    record: Record, decision: str, values: Mapping[str, str], reason: str
) -> list[Problem]:
    found = list(reason_problems(reason, cases.MAX_REASON)) if decision == "refused" else []
    typed = cases.number_typed("T" + record.id[2:7] + values.get("number", ""))
    if values.get("act") == "decide" and typed != record.id:
        found.append(Problem("number", "number_differs"))
    return found


def _decide_page(
    services: Services,
    record: Record,
    decision: str,
    values: Mapping[str, str],
    problems: Sequence[Problem] = (),
    *,
    quicker: bool = False,
) -> Response:
    if not quicker:
        _check_open(record)
    reason = " ".join(values.get("reason", "").split())
    return console_pages.show(
        services,
        "case_decide",
        409 if quicker else 422 if problems else 200,
        decision=decision,
        values=values,
        problems=problems,
        wrong={each.field: each for each in reversed(problems)},
        field_id=lambda problem: problem.field,
        looked=request.method == "POST" and not problems and not quicker,
        seen=_seen(values.get("version", "")),
        quicker=quicker,
        letter=cases.preview(services, record, f"application_{decision}", reason=reason or "…"),
        max_reason=cases.MAX_REASON,
        typed_letters=cases.TYPED_LETTERS,
        **_common(services, record),
    )


def _common(services: Services, record: Record) -> dict[str, Any]:
    return {
        "record": record,
        "procedures": forms.names(services),
        "names": staff.names(services),
    }


def _check_open(record: Record) -> None:
    """Only what waits for the city can be returned or decided."""
    if record.data["state"] != "submitted":
        raise TodokeError("application_state", state=str(record.data["state"]))
