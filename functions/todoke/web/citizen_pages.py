"""Pages that a function answers to one person, in her language and kept by nobody."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response, redirect, request

from todoke.core.words import LANGUAGES
from todoke.ports import Services

#: cookie that remembers the language chosen on a page of the functions
LANGUAGE_COOKIE = "lang"


def language() -> str:
    """ja | easy | en: what the address says, else the cookie, else what the browser prefers."""
    for chosen in (request.args.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if chosen in LANGUAGES:
            return str(chosen)
    return request.accept_languages.best_match(["ja", "en"], "ja") or "ja"


def show(services: Services, template: str, status: int = 200, **values: Any) -> Response:
    """One page through ``services.press.page``; no cache keeps it (RFC 9111 section 5.2.2.5)."""
    page = services.press.page(template, language(), values)
    response = Response(page, status, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def see_other(path: str, **query: str) -> Response:
    """303: the browser goes on with GET (RFC 9110 section 15.4.4), in the same language. path:
    of our own."""
    response = redirect(f"{path}?{urlencode({**query, 'lang': language()})}", 303)
    response.headers["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]
