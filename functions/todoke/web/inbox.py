"""What is addressed to one person: notices, やりとり履歴, the phones that are told.

Everything here is of ``g.resident`` or ``g.account`` alone; what belongs to somebody else
answers exactly as what does not exist.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from todoke.core.errors import TodokeError
from todoke.journeys import devices, history, mailbox, session
from todoke.journeys.audit import JST
from todoke.ports import Services
from todoke.web import guard, mandate_pages, mandates, openapi
from todoke.web.limits import Bucket, Limits

NAME = "inbox"
HOST = "portal"
#: a management token has about 110 characters
MAX_BYTES = 4 * 1024
MAX_CURSOR = 500

_OK = {"type": "object", "properties": {"ok": {"const": True}}}
_TIME = {"type": "string", "format": "date-time"}
_NEXT = {"type": ["string", "null"], "description": "?cursor= of the next page"}
_TEXTS = {
    "type": "object",
    "required": ["ja"],
    "properties": {language: {"type": "string"} for language in ("ja", "easy", "en")},
}


def _answers(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"ok": {"const": True}, **properties}}


def _list_of(**properties: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "properties": properties}}


_NOTICES = _answers(
    notices=_list_of(
        id={"type": "string"},
        kind={"type": "string"},
        published=_TIME,
        title=_TEXTS,
        body=_TEXTS,
        link={"type": ["string", "null"], "description": "path on the portal"},
        opened={"type": "boolean"},
        child={"type": ["string", "null"], "description": "name of the child it is addressed to"},
        principal={"type": ["string", "null"], "description": "name of who gave a mandate"},
        furigana={
            "type": "object",
            "description": "title and text in やさしい日本語 with readings: [漢字|かんじ]",
        },
    ),
    next=_NEXT,
)
_HISTORY = _answers(
    entries=_list_of(
        at=_TIME,
        act={"type": "string"},
        by={"type": "string", "description": "you, agent, city, or the role of a clerk"},
        offices={
            "type": "array",
            "items": {"type": "object"},
            "description": "names of the offices of the clerk who read, by language",
        },
        item={"type": "string", "description": "kind of what was used, register for everybody's"},
        about={"type": ["string", "null"], "description": "number of an application or bill"},
        named={"type": ["object", "null"], "description": "its name by language"},
        file={"type": ["string", "null"], "description": "number of an attachment"},
        why={"type": ["string", "null"], "description": "code of what it was for, where said"},
        purpose={"type": ["object", "null"], "description": "the city's own words for why"},
    ),
    next=_NEXT,
)
_DEVICES = _answers(devices=_list_of(id={"type": "string"}, since=_TIME))
_TOKEN = {
    "type": "object",
    "required": ["token"],
    "properties": {"token": {"type": "string", "description": "of the push subscription"}},
    "additionalProperties": False,
}
_TOKEN_OR_ID = {
    "type": "object",
    "properties": {"token": {"type": "string"}, "id": {"type": "string"}},
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}


def blueprint(services: Services) -> Blueprint:
    """``/api/me/notices``, ``/api/me/history``, ``/api/me/devices``, ``/api/me/mandates`` and
    ``/mandates…``."""
    routes = Blueprint(NAME, __name__)
    limits, tries = Limits(services.clock), Bucket(services.clock, mandates.TRIES)
    _reading(services, routes)
    _devices(services, routes, limits)
    mandates.routes(services, routes, limits, tries)
    mandate_pages.routes(services, routes, limits, tries)
    return routes


def _reading(services: Services, routes: Blueprint) -> None:
    @routes.get("/api/me/notices")
    @guard.resident()
    @openapi.shapes(None, _NOTICES)
    def notices() -> Response:
        """What is addressed to this person, newest first, then to each child she reads for."""
        found, cursor = mailbox.page(services, g.account, _cursor())
        return jsonify(ok=True, notices=[_shown(services, each) for each in found], next=cursor)

    @routes.post("/api/me/notices/<id>/opened")
    @guard.resident()
    @openapi.shapes(None, _answers(opened_at=_TIME))
    def opened(id: str) -> Response:
        """The text was on the screen. Only the first time counts."""
        return jsonify(ok=True, opened_at=_time(mailbox.open_once(services, g.account, id)))

    @routes.get("/api/me/history")
    @guard.resident(tier=session.CARD)
    @openapi.shapes(None, _HISTORY)
    def read_history() -> Response:
        """Who read or changed this person's record, newest first."""
        found, cursor = history.entries(services, g.resident, _cursor())
        entries = [
            {
                "at": _time(each.at),
                "act": each.act,
                "by": each.by,
                "offices": [dict(office) for office in each.offices],
                "item": each.item,
                "about": each.about,
                "named": each.named,
                "file": each.file,
                "why": each.why,
                "purpose": services.config.purposes.get(each.why or ""),
            }
            for each in found
        ]
        return jsonify(ok=True, entries=entries, next=cursor)


def _devices(services: Services, routes: Blueprint, limits: Limits) -> None:
    @routes.get("/api/me/devices")
    @guard.resident()
    @openapi.shapes(None, _DEVICES)
    def listed() -> Response:
        """The phones that are told when something comes for this person."""
        found = [
            {"id": each.id, "since": _time(int(str(each.data["since"])))}
            for each in devices.of_account(services, g.account)
        ]
        return jsonify(ok=True, devices=found)

    @routes.put("/api/me/devices")
    @guard.resident()
    @openapi.shapes(_TOKEN, _OK)
    def join() -> Response:
        """Tell this phone too: the session and the phone's own token prove it. Twice is fine. Not
        where another phone let this browser in: it would be told for longer than the session."""
        limits.device(g.account.id)
        session.refuse_handed(g.session)
        token = _one_text(guard.json_body(MAX_BYTES), "token")[1]
        devices.join(services, g.account, token)
        return jsonify(ok=True)

    @routes.delete("/api/me/devices")
    @guard.resident()
    @openapi.shapes(_TOKEN_OR_ID, _OK)
    def leave() -> Response:
        """Tell a phone no longer, named by its token or by its id in the list. Twice is fine."""
        limits.device(g.account.id)
        name, value = _one_text(guard.json_body(MAX_BYTES), "token", "id")
        phone = devices.subscription_named(value) if name == "token" else value
        if phone is not None:
            devices.leave(services, g.account, phone)
        return jsonify(ok=True)


def _shown(services: Services, item: mailbox.Item) -> dict[str, Any]:
    letter = item.letter
    easy = {"title": letter.title.get("easy", ""), "text": letter.body.get("easy", "")}
    return {
        "id": letter.id,
        "kind": letter.kind,
        "published": _time(letter.published_at),
        "title": letter.title,
        "body": letter.body,
        "link": letter.link,
        "opened": letter.opened_at is not None,
        "child": item.child,
        "principal": item.principal,
        "furigana": {part: services.press.furigana(said) for part, said in easy.items()},
    }


def _time(unix: int) -> str:
    return datetime.fromtimestamp(unix, JST).isoformat(timespec="seconds")


def _cursor() -> str | None:
    found = request.args.get("cursor", "")
    if len(found) > MAX_CURSOR:
        raise TodokeError("bad_field", field="cursor", rule="too_long")
    return found or None


def _one_text(body: dict[str, Any], *names: str) -> tuple[str, str]:
    """(name, value) of the one field of a body. Raises ``unknown_field``, ``missing_field`` or
    ``bad_field``."""
    for each in body:
        if each not in names:
            raise TodokeError("unknown_field", field=each[:40], known=" ".join(names))
    given = [each for each in names if each in body]
    if len(given) != 1:
        raise TodokeError("missing_field", field=names[0])
    value = body[given[0]]
    if not isinstance(value, str):
        raise TodokeError("bad_field", field=given[0], rule="text")
    return given[0], value
