"""あなたの情報: a page of what the city keeps about the person who is logged in, the same as a
file, her attachments, "this is wrong", and the end of her account. Behind the card."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g

from todoke.core.application import AnswersRefusedError
from todoke.core.errors import TodokeError
from todoke.core.words import FALLBACK, LANGUAGES
from todoke.journeys import apply, forms, leaving, my_data, session
from todoke.journeys.audit import JST
from todoke.journeys.my_data import Person
from todoke.ports import Services
from todoke.store_schema import RECORDS
from todoke.web import guard
from todoke.web.citizen_pages import language, see_other, show
from todoke.web.cookies import Cookies
from todoke.web.limits import Limits
from todoke.web.status_pages import sentences

NAME = "my_data"
HOST = "portal"
#: records of one kind on the page; all of them are in the file
SHOWN = 30
EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg"}
#: a file that a stranger might have made never runs on the portal's own host
FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
#: fields that hold unix seconds
_TIMES = frozenset(("at", "since", "paused_until", "wait_until"))


def blueprint(services: Services) -> Blueprint:
    """``/my-data…``."""
    routes, limits = Blueprint(NAME, __name__), Limits(services.clock)

    @routes.get("/my-data")
    @guard.resident(linked=False, tier=session.CARD)
    def page() -> Response:
        """Everything, to be read."""
        limits.device(g.account.id)
        return _page(services)

    @routes.get("/my-data/export.json")
    @guard.resident(linked=False, tier=session.CARD)
    def export() -> Response:
        """The same as a file (docs/my-data.md). That it was taken is on record."""
        guard.check_not_led_here()
        limits.device(g.account.id)
        found = my_data.export(services, _who())
        return _file(
            json.dumps(found, ensure_ascii=False, indent=1).encode(),
            "application/json",
            "todoke-my-data.json",
        )

    @routes.get("/my-data/schema.json")
    @guard.public
    def schema() -> Response:
        """The JSON Schema of the file."""
        body = json.dumps(my_data.schema(), ensure_ascii=False, indent=1).encode()
        return Response(body, content_type="application/schema+json")

    @routes.get("/my-data/files/<id>")
    @guard.resident(tier=session.CARD)
    def file(id: str) -> Response:
        """One of her attachments, as the city keeps it."""
        limits.device(g.account.id)
        record, body = my_data.file_of(services, _who(), id)
        media = str(record.data["media_type"])
        known = media if media in EXTENSIONS else "application/octet-stream"
        return _file(body, known, f"{id}.{EXTENSIONS.get(media, 'bin')}")

    @routes.post("/my-data/correct")
    @guard.resident(tier=session.CARD)
    def correct() -> Response:
        """What is wrong, as an application for a clerk."""
        limits.device(g.account.id)
        return _correct(services, _fields())

    _leaving(services, routes, limits)
    return routes


def _leaving(services: Services, routes: Blueprint, limits: Limits) -> None:
    cookies = Cookies(services, limits)

    @routes.get("/my-data/delete")
    @guard.resident(linked=False, tier=session.CARD)
    def ask() -> Response:
        """What goes at once, what stays, how long and why."""
        session.refuse_weaker(services, g.session, session.CARD, fresh=True)
        return _leave_page(services)

    @routes.post("/my-data/delete")
    @guard.resident(linked=False, tier=session.CARD)
    def leave() -> Response:
        """Ends the account."""
        limits.device(g.account.id)
        if _fields().get("sure") != "yes":
            return _leave_page(services, 422, unsure=True)
        try:
            leaving.erase_account(services, g.session, g.account)
        except TodokeError as error:
            if error.code != "proof_needed":
                raise
            return see_other("/my-data/delete")  # which leads to the card and back
        answer = _leave_page(services, gone=True)
        cookies.leave(answer)
        return answer


def _leave_page(services: Services, status: int = 200, **more: bool) -> Response:
    values = {"gone": False, "unsure": False, **more}
    return show(
        services,
        "my_data_delete.html",
        status,
        goes=("account", *leaving.CLEARED, "letter_code"),
        stays=leaving.STAYS if g.account.data["resident"] is not None else (),
        account=g.account.id,
        **values,
    )


def _who() -> Person:
    return Person(g.account, g.account.data["resident"], g.session)


def _fields() -> Mapping[str, str]:
    """Fields of a form of these pages. Raises ``other_person`` for a page that was opened by
    somebody who was logged in before."""
    fields = {name: values[0] for name, values in guard.form_body().items()}
    if fields.get("account") != g.account.id:
        raise TodokeError("other_person")
    return fields


def _file(body: bytes, media: str, name: str) -> Response:
    response = Response(body, content_type=media)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _correct(services: Services, fields: Mapping[str, str]) -> Response:
    form = forms.form_of(services, forms.CORRECTION)
    answers = {each.id: fields.get(each.id, "") for each in form.questions}
    sent = apply.Sent(forms.CORRECTION, form.version, answers)
    try:
        id = apply.submit(services, g.resident, sent, fields.get("key", ""))
    except AnswersRefusedError as error:
        problems = sentences(services, form, error.problems)
        numbers = {each.at for each in error.problems if each.rule == "answer_my_number"}
        kept = {name: "" if name in numbers else value for name, value in answers.items()}
        return _page(services, 422, kept, problems)
    return see_other(f"/applications/{id}", filed="1")


# ------------------------------------------------------------------------------ the page
def _page(
    services: Services,
    status: int = 200,
    answers: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> Response:
    collected = my_data.collect(services, _who())
    kinds = [
        {
            "kind": kind,
            "count": len(records),
            "records": [list(_rows(services, kind, each)) for each in records[:SHOWN]],
        }
        for kind, records in collected.records.items()
        if records
    ]
    return show(
        services,
        "my_data.html",
        status,
        kinds=kinds,
        cut=bool(collected.cut),
        left_out=list(my_data.LEFT_OUT),
        account=g.account.id,
        linked=g.account.data["resident"] is not None,
        form=forms.form_of(services, forms.CORRECTION),
        key=secrets.token_urlsafe(24),
        answers=answers or {},
        problems=problems or {},
    )


def _rows(services: Services, kind: str, shown: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One row of the page for each thing that is said: label (a sentence's name) or text (words in
    languages), value or moment, file."""
    for name, value in shown.items():
        if value is None or value in ("", [], {}):
            continue
        if name == "content":
            yield from _content(services, shown, value)
        elif kind == "attachment" and name == "id":
            yield _row(label="site.mydata.id", value=value, file=value)
        else:
            yield _row(label=_label(kind, name), **_value(name, value))


def _row(**said: Any) -> dict[str, Any]:
    return {"label": "", "text": None, "value": "", "moment": None, "file": "", **said}


def _label(kind: str, name: str) -> str:
    if name in RECORDS[kind].fields:
        return f"site.records.{kind}.fields.{name}"
    return f"site.mydata.{name}"


def _content(
    services: Services, shown: Mapping[str, Any], content: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    for name, value in content.items():
        if name == "answers":
            form = forms.form_or_empty(services, str(shown["procedure"]))
            for question, answer in value.items():
                asked = form.question(question)
                label = asked.label if asked else {"ja": question}
                yield _row(text=label, value=_said(answer))
        elif value not in (None, "", [], {}):
            yield _row(label=f"site.mydata.content.{name}", **_value(name, value))


def _value(name: str, value: Any) -> dict[str, Any]:
    timed = name.endswith("_at") or name in _TIMES
    if timed and isinstance(value, int) and not isinstance(value, bool):
        return {"moment": datetime.fromtimestamp(value, JST)}
    return {"value": _said(value)}


def _said(value: Any) -> str:
    """Any JSON value as a person reads it; of words in several languages those of the page."""
    if isinstance(value, bool):
        return "✓" if value else "–"
    if isinstance(value, list):
        return " / ".join(_said(each) for each in value)
    if isinstance(value, dict):
        if "ja" in value and set(value) <= set(LANGUAGES):
            return str(next(value[each] for each in FALLBACK[language()] if each in value))
        return " ・ ".join(f"{name}: {_said(each)}" for name, each in value.items())
    return str(value)
