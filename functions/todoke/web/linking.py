"""An account is linked to a resident by the card's certificate for signing."""

from __future__ import annotations

import base64
import hashlib

from flask import Blueprint, Response, g, jsonify

from todoke.journeys import linking
from todoke.ports import Services
from todoke.web import errors, guard, openapi
from todoke.web.cookies import Cookies
from todoke.web.identity_shapes import MAX_BYTES, NOTHING, answers, only, texts
from todoke.web.limits import Limits

_DOCUMENT = answers(**{each: {"type": "string"} for each in ("nonce", "name", "sha256", "sha384")})
_SIGNED = texts(
    "version", "mode", "format", "cms", "certificate", "signature", "algorithm", "nonce"
)
_LINKED = answers(linked={"type": "boolean"}, message={"type": "string"})


def routes(services: Services, routes: Blueprint, limits: Limits) -> None:
    """``/api/me/link/document`` and ``/api/me/link/card``."""
    cookies = Cookies(services, limits)

    @routes.post("/api/me/link/document")
    @guard.resident(linked=False)
    @openapi.shapes(NOTHING, _DOCUMENT, 201)
    def ask_link() -> tuple[Response, int]:
        """What the certificate for signing signs, so that this account is its owner's: a number
        and the hashes of a document that names the account."""
        limits.device(g.account.id)
        only(guard.json_body(MAX_BYTES))
        asked = linking.ask(services, cookies.browser(), g.session, g.account)
        hashes = {each: _hashed(each, asked.document) for each in ("sha256", "sha384")}
        name = services.words.say(errors.language_of_caller(), "site.login.sign_name")
        return jsonify(ok=True, nonce=asked.nonce, name=name, **hashes), 201

    @routes.post("/api/me/link/card")
    @guard.resident(linked=False)
    @openapi.shapes(_SIGNED, _LINKED)
    def link_by_card() -> Response:
        """The account is linked to the resident whom the certificate describes. Who is not certain
        is told so, and nothing changes."""
        limits.device(g.account.id)
        body = guard.proof_body(MAX_BYTES)
        said = linking.by_card(services, cookies.browser(), body, cookies.session())
        message = linking.words(services, errors.language_of_caller(), said)
        answer = jsonify(ok=True, linked=said.answer == linking.LINKED, message=message)
        if said.opened:
            cookies.enter(answer, said.opened)
        return answer


def _hashed(name: str, document: bytes) -> str:
    """As the bridge takes it: base64url without padding."""
    digest = hashlib.new(name, document).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
