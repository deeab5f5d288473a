"""Applications (届出・申請) from the citizen's side: form, attachment, status, mending."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from todoke.core.application import AnswersRefusedError
from todoke.core.errors import TodokeError
from todoke.journeys import apply, attachments, forms, session
from todoke.ports import Services
from todoke.web import guard, openapi, paper_form
from todoke.web.citizen_pages import language
from todoke.web.status_pages import listed, sentences, status_page

NAME = "applications"
HOST = "portal"
#: one file; a larger one is refused before it is read
MAX_FILE_BYTES = 5 * 1024 * 1024
_SENT: dict[str, Any] = {
    "type": "object",
    "required": ["procedure", "form_version", "answers"],
    "properties": {
        "procedure": {"type": "string"},
        "form_version": {"type": "string"},
        "answers": {"type": "object", "description": "question id -> answer, /forms/<id>.json"},
        "mandate": {"type": "string", "description": "by which it is filed for another"},
    },
    "additionalProperties": False,
}
_FILED: dict[str, Any] = {
    "type": "object",
    "properties": {"ok": {"const": True}, "id": {"type": "string"}, "url": {"type": "string"}},
}


def blueprint(services: Services) -> Blueprint:
    """``/apply/…``, ``/applications…``, ``/api/attachments`` and ``/api/applications``."""
    routes, allowed = Blueprint(NAME, __name__), paper_form.Allowed.by(services.clock)

    @routes.post("/apply/<procedure>")
    @guard.public  # and not resident: without a session the answers are kept, on the page
    def paper(procedure: str) -> Response:
        """The form without JavaScript: check, send, back."""
        return paper_form.step(services, procedure, allowed)

    @routes.post("/api/attachments")
    @guard.resident(linked=True)
    def attach() -> tuple[Response, int]:
        """One file, its raw bytes: 201 with a number under which the form may name it."""
        allowed.acts.take(g.account.id)
        with allowed.uploads.turn(g.account.id):
            return _attached(services), 201

    @routes.post("/api/applications")
    @guard.resident(linked=True)
    @openapi.shapes(_SENT, _FILED, 201)
    def file() -> tuple[Response, int]:
        """Files an application, once per Idempotency-Key: 201 with its number; 422 with every
        problem in its place; 403 ``proof_needed`` where its procedure asks for the card,
        ``mandate_over`` or ``agent_refused`` where she may not file it for another."""
        allowed.acts.take(g.account.id)
        return _filed(services)

    @routes.get("/applications")
    @guard.resident(linked=True)
    def mine() -> Response:
        return listed(services, g.resident, request.args.get("after"))

    @routes.get("/applications/<id>")
    @guard.resident(linked=True)
    def status(id: str) -> Response:
        own = apply.read_own(services, g.resident, id)
        if request.args.get("filed") == "1":
            return paper_form.done(services, own)
        return status_page(services, own)

    @routes.post("/applications/<id>/mend")
    @guard.public  # and not resident: what she typed must outlive her session here, too
    def mend(id: str) -> Response:
        """The fields asked back, and no others."""
        return paper_form.mend(services, id, allowed)

    return routes


def _attached(services: Services) -> Response:
    if (request.content_length or 0) > MAX_FILE_BYTES:
        raise TodokeError("attachment_refused", rule="attachment_too_large")
    record = attachments.take(services, g.resident, guard.limited_body(MAX_FILE_BYTES))
    shown = {name: record.data[name] for name in ("media_type", "pages", "size")}
    return jsonify(ok=True, id=record.id, **shown)


def _filed(services: Services) -> tuple[Response, int]:
    sent = _sent(guard.json_body())
    session.refuse_weaker(services, g.session, forms.tier_of(services, sent.procedure))
    try:
        id = apply.submit(services, g.resident, sent, request.headers.get("Idempotency-Key", ""))
    except AnswersRefusedError as error:
        return _refused(services, sent.procedure, error), error.status
    return jsonify(ok=True, id=id, url=f"/applications/{id}"), 201


def _sent(body: dict[str, Any]) -> apply.Sent:
    """Exactly the three fields, and the mandate where there is one. Raises ``unknown_field``,
    ``missing_field``, ``bad_request``."""
    for name in body:
        if name not in _SENT["properties"]:
            raise TodokeError("unknown_field", field=name[:60])
    for name in _SENT["required"]:
        if name not in body:
            raise TodokeError("missing_field", field=name)
    procedure, version, answers = (body[name] for name in _SENT["required"])
    mandate = body.get("mandate", "")
    texts = all(isinstance(each, str) for each in (procedure, version, mandate))
    if not (texts and isinstance(answers, dict)):
        raise TodokeError("bad_request")
    return apply.Sent(procedure, version, answers, mandate)


def _refused(services: Services, procedure: str, error: AnswersRefusedError) -> Response:
    said = sentences(services, forms.form_of(services, procedure), error.problems)
    message, advice = services.words.explain(language(), error)
    return jsonify(
        ok=False,
        error=error.code,
        message=message,
        advice=advice,
        problems=[
            {"at": each.at, "rule": each.rule, "message": said[each.at]} for each in error.problems
        ],
    )
