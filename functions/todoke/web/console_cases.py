"""The case worker's desk: what waits, and one application with everything in it.

A list shows numbers and never names. Opening one is written into the person's history, and the
page says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response, request

from todoke.core import form as shape
from todoke.core.notice import Person
from todoke.core.push_message import in_language
from todoke.journeys import cases, forms, hand_over, scope, staff
from todoke.journeys.cases import Case
from todoke.ports import Record, Services
from todoke.web import console_menu, console_pages, console_purpose, console_words
from todoke.web.console_pages import see_other

PAGE = 50
#: what an attachment may do on the desk's host: nothing. (A host of its own, which carries no
#: cookie, is prepared as ``config.files_host`` and comes later.)
FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class Row:
    """One answer. path: name of the field, "" for what cannot be returned. value: as a person
    reads it. ask: what was asked about it. mended: changed since. files: what was attached."""

    path: str
    label: str
    value: str
    ask: str = ""
    mended: bool = False
    files: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Answers under one heading; an entry of a group is a block of its own."""

    title: str
    rows: list[Row]


def case_list(services: Services) -> Response:
    """Applications of one state, or straight to a receipt number."""
    person, typed = console_pages.who(), request.args.get("number", "").strip()
    number = cases.number_typed(typed) if typed else ""
    if number and scope.find_one(services, person, "application", number) is not None:
        return see_other(f"/cases/{number}")
    state = request.args.get("state", "")
    if state not in cases.STATES:
        state = "submitted"
    page = cases.worklist(services, person, state, PAGE, request.args.get("cursor"))
    further = urlencode({"state": state, "cursor": page.cursor}) if page.cursor else ""
    return console_pages.show(
        services,
        "cases",
        records=page.records,
        state=state,
        states=cases.STATES,
        number=number,
        further=further,
        counts={each: console_menu.counted(services, person, each) for each in cases.STATES},
        procedures=forms.names(services),
        mended=cases.was_mended,
        names=staff.names(services),
        **_done(services),
    )


def _done(services: Services) -> dict[str, Any]:
    """What was just done, and with which; said only when it is so, whatever the address says."""
    done, about = request.args.get("done", ""), cases.number_typed(request.args.get("about", ""))
    person = console_pages.who()
    record = scope.find_one(services, person, "application", about) if about else None
    if record is None or done == "submitted" or record.data["state"] != done:
        return {"done": "", "about": ""}
    return {"done": done, "about": about}


def today(services: Services, person: Person) -> dict[str, Any]:
    """What the first page shows a case worker."""
    return {
        "cases": cases.worklist(services, person, "submitted", console_menu.COUNTED).records,
        "procedures": forms.names(services),
        "mended": cases.was_mended,
    }


def opened(services: Services, id: str) -> Case:
    """The case, for the purpose that was chosen. Raises ``purpose_needed``, ``not_found``."""
    why = console_purpose.of(services, "application", id)
    return cases.open_case(services, console_pages.who(), id, why)


def case_page(services: Services, id: str) -> Response:
    """One application: answers, attachments, what was done with it, what the person was told."""
    case = opened(services, id)
    return console_pages.show(
        services,
        "case",
        case=case,
        record=case.record,
        procedures=forms.names(services),
        blocks=blocks(services, case),
        acts=cases.acts(services, case.record),
        told=cases.told(services, case.record),
        mended=cases.was_mended(case.record),
        names=staff.names(services),
        **_offices(services, case),
    )


def _offices(services: Services, case: Case) -> dict[str, Any]:
    """Whose it is, and to whom it could be handed; nothing where the city has no offices."""
    names, here = services.config.offices.names, hand_over.office_of(services, case.record)
    others = {code: words for code, words in names.items() if code != here}
    open_still = case.state in hand_over.STATES
    return {"office": names.get(here), "others": others if open_still else {}}


def case_file(services: Services, id: str, file: str) -> Response:
    """One attachment, to be saved. What a stranger sent never runs and never frames here."""
    why = console_purpose.of(services, "application", id)
    record, body = cases.attachment(services, console_pages.who(), id, file, why)
    media = str(record.data["media_type"])
    response = make_response(body)
    response.headers["Content-Type"] = media if media in EXTENSIONS else "application/octet-stream"
    name = f"{id}-{file}.{EXTENSIONS.get(media, 'bin')}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


# --------------------------------------------------------------------------- answers
def blocks(services: Services, case: Case) -> list[Block]:
    """The answers with the questions' own words, in the form's order; what no question of today
    asks for stands at the end, never dropped."""
    form = cases.form_of(services, case.record)
    found: list[Block] = []
    known: set[str] = set()
    if form is not None:
        found = [block for each in form.sections for block in _section(services, case, form, each)]
        known = {each.id for each in form.questions}
    older = [_older(services, case, name) for name in case.answers if name not in known]
    shown = {file.id for block in found for row in block.rows for file in row.files}
    replaced = tuple(each for each in case.files if each.id not in shown)
    if replaced:
        older.append(Row("", _say(services, "case.replaced"), "", files=replaced))
    found.append(Block(_say(services, "case.older"), older))
    return [each for each in found if each.rows]


def _say(services: Services, name: str, /, **values: object) -> str:
    return services.words.say(console_pages.language(), f"console.{name}", **values)


def _section(
    services: Services, case: Case, form: shape.Form, section: shape.Section
) -> list[Block]:
    found = [Block(in_language(section.title, console_pages.language()), [])]
    groups = {each.id: each for each in section.questions}
    place = ""
    for each in shape.asked(form, case.answers):
        head = each.path.partition("-")[0]
        if head not in groups:
            continue
        here = f"{head}-{each.entry}" if each.entry else ""
        if here != place:
            label = in_language(groups[head].label, console_pages.language())
            title = _say(services, "case.entry", name=label, number=each.entry) if here else ""
            found.append(Block(title, []))
            place = here
        found[-1].rows.append(_row(services, case, each))
    return found


def _row(services: Services, case: Case, asked: shape.Asked) -> Row:
    question, answer = asked.question, asked.answer
    files: tuple[Record, ...] = ()
    if question.kind == "file":
        files = tuple(each for each in case.files if each.id in answer)
        value = ""
    elif question.kind == "group":
        value = _say(services, "case.entries", number=len(answer))
    else:
        value = _said(services, question, str(answer))
    return Row(
        path=asked.path,
        label=in_language(question.label, console_pages.language()),
        value=value,
        ask=case.asks.get(asked.path, ""),
        mended=case.state == "submitted" and asked.path in case.mended,
        files=files,
    )


def _said(services: Services, question: shape.Question, answer: str) -> str:
    language = console_pages.language()
    option = question.option(answer) if answer else None
    if option is not None:
        return in_language(option.label, language)
    if question.kind == "date":
        return console_words.written_day(services.words, language, answer)
    return answer


def _older(services: Services, case: Case, name: str) -> Row:
    """An answer to a question that the form no longer asks, under the question's id."""
    label = _say(services, "case.older_name", name=name)
    return Row("", label, _flat(case.answers[name]))


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return " ・ ".join(f"{name}: {_flat(each)}" for name, each in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " / ".join(_flat(each) for each in value)
    return str(value)
