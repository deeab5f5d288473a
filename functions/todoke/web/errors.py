"""One error shape for everything: ``{"ok": false, "error", "message", "advice"}``.

The words come from the locales in the caller's language; a browser asking for a page gets the
same words as a small page.
"""

from __future__ import annotations

import html
import json
import logging
import traceback
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, Response, g, jsonify, make_response, request
from werkzeug.exceptions import HTTPException

from todoke.core.errors import TodokeError
from todoke.core.words import LANGUAGES
from todoke.ports import Services

LOG = logging.getLogger("todoke.web")
#: statuses that werkzeug itself raises -> our codes
_CODES = {
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "wrong_content_type",
}


def install(app: Flask, services: Services) -> None:
    """Every failure of every route ends in one of these three."""

    @app.errorhandler(TodokeError)
    def ours(error: TodokeError) -> Response:
        # of a crowd the server tells once, not for each of them
        if error.status >= 500 and error.code != "overloaded":
            LOG.error("request_failed", extra={"code": error.code, "route": _route()})
        return answer(services, error)

    @app.errorhandler(HTTPException)
    def of_the_framework(error: HTTPException) -> Response:
        code = _CODES.get(
            error.code or 500, "bad_request" if (error.code or 500) < 500 else "internal"
        )
        shown = answer(services, TodokeError(code))
        if error.code == 405 and getattr(error, "valid_methods", None):
            shown.headers["Allow"] = ", ".join(error.valid_methods or ())  # type: ignore[attr-defined]
        return shown

    @app.errorhandler(Exception)
    def a_defect(error: Exception) -> Response:
        # the place, never the values: they may hold what a citizen typed
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(where.filename).name}:{where.lineno}"
        LOG.error("defect", extra={"kind": type(error).__name__, "at": place, "route": _route()})
        return answer(services, TodokeError("internal"))


def answer(services: Services, error: TodokeError) -> Response:
    """The response for an error, as JSON or as a page, whichever the caller reads."""
    language = language_of_caller()
    message, advice = services.words.explain(language, error)
    wants_page = (
        request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    )
    if wants_page and not request.path.startswith("/api/"):
        response = make_response(_page(services, language, message, advice, error))
        response.mimetype = "text/html"
    else:
        asked = {name: error.details[name] for name in ("need",) if name in error.details}
        response = jsonify(ok=False, error=error.code, message=message, advice=advice, **asked)
    response.status_code = error.status
    response.headers["Cache-Control"] = "no-store"
    if error.status in (429, 503, 507):
        response.headers["Retry-After"] = str(error.details.get("retry_after", 30))
    return response


def bare(services: Services, code: str, limit: int) -> tuple[int, list[tuple[str, str]], bytes]:
    """(status, headers, body) for what never became a request: no language, no path is known.

    limit: the largest body the server takes, bytes."""
    error = TodokeError(code)
    message = services.words.say("ja", f"errors.{code}.message", limit=limit)
    advice = services.words.say("ja", f"errors.{code}.advice", limit=limit)
    shown = {"ok": False, "error": code, "message": message, "advice": advice}
    headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    return error.status, headers, json.dumps(shown, ensure_ascii=False).encode() + b"\n"


def language_of_caller() -> str:
    """What the address says (?lang=), else "en" when the browser prefers English, else Japanese."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked
    chosen = request.accept_languages.best_match(["ja", "en"], "ja")
    return chosen or "ja"


def _route() -> str:
    return request.url_rule.rule if request.url_rule else "-"


def _page(services: Services, language: str, message: str, advice: str, error: TodokeError) -> str:
    """A page that needs nothing but itself: it must work when the templates do not."""
    home = services.words.say(language, "errors.home")
    spoken = "en" if language == "en" else "ja"
    city = services.config.city.name.get(language, services.config.city.name["ja"])
    stylesheet = getattr(g, "stylesheet", "")
    link = f'<link rel="stylesheet" href="{html.escape(stylesheet)}">' if stylesheet else ""
    return (
        f'<!DOCTYPE html><html lang="{spoken}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(message)} | {html.escape(city)}</title>{link}</head>"
        f'<body><main id="main" class="wrap"><h1>{html.escape(message)}</h1>'
        f"<p>{html.escape(advice)}</p>{_way_in(services, language, error)}"
        f'<p><a href="/">{html.escape(home)}</a></p><p><small>{error.code}</small></p>'
        "</main></body></html>"
    )


def _way_in(services: Services, language: str, error: TodokeError) -> str:
    """To the login and back again, where that is what is missing."""
    if error.code not in ("login_needed", "account_not_linked", "proof_needed"):
        return ""
    folder = "" if language == "ja" else f"{language}/"
    asked = {"need": str(error.details["need"])} if "need" in error.details else {}
    asked |= {"next": request.full_path.rstrip("?")} if request.method == "GET" else {}
    back = f"?{urlencode(asked)}" if asked else ""
    said = html.escape(services.words.say(language, "errors.log_in"))
    return f'<p><a class="btn" href="/{folder}login.html{html.escape(back)}">{said}</a></p>'
