"""The page of the pretend payment company: a small WSGI application on a host of its own.

It says loudly that no money moves, shares no cookie, script or style sheet with the city, and
asks for nothing: four buttons stand for what may happen at a real company.
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from todoke.adapters.pretend_provider import BUTTONS, Books, Messenger, Session
from todoke.config import Config
from todoke.core.errors import TodokeError
from todoke.core.words import Dictionary
from todoke.ports import Secrets

STYLE = "assets/pretend_pay.css"
MAX_FORM = 1024
_SESSION = re.compile(r"/pay/(ps_[0-9a-f]{32})")
_HTML = "text/html; charset=utf-8"
_WHICH = {"open": ("pay", "store", "fail"), "pending": ("store_paid", "store_failed")}

StartResponse = Callable[..., Any]
Answer = tuple[str, list[tuple[str, str]], bytes]


class PretendProvider:
    """The WSGI application. ``start()`` begins to send messages, ``stop()`` ends it."""

    def __init__(self, config: Config, secrets: Secrets, words: Dictionary) -> None:
        if config.production:
            raise TodokeError("production_refused", reasons="pretend_payments")
        self._config, self._words = config, words
        self._books = Books(config.data)
        self._messenger = Messenger(config, secrets, self._books)
        # Chromium applies form-action to where a 303 leads, too: back to the city
        self._policy = (
            f"default-src 'none'; style-src 'self'; form-action 'self' {config.public_url}; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        self._style = (config.root / "site" / STYLE).read_bytes()

    def start(self) -> None:
        """Send what is due, from now on."""
        self._messenger.start()

    def stop(self) -> None:
        """End."""
        self._messenger.stop()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """PEP 3333."""
        status, headers, body = self._answer(environ)
        fixed = [
            ("Content-Length", str(len(body))),
            ("Cache-Control", "private, no-store"),
            ("Content-Security-Policy", self._policy),
            ("Referrer-Policy", "same-origin"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        start_response(status, [*headers, *fixed])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _answer(self, environ: dict[str, Any]) -> Answer:
        path, method = str(environ.get("PATH_INFO", "")), environ["REQUEST_METHOD"]
        if path == "/style.css" and method in ("GET", "HEAD"):
            return "200 OK", [("Content-Type", "text/css; charset=utf-8")], self._style
        named = _SESSION.fullmatch(path)
        session = self._books.session(named[1]) if named else None
        if session is None:
            return "404 Not Found", [("Content-Type", _HTML)], self._missing(environ)
        if method in ("GET", "HEAD"):
            return "200 OK", [("Content-Type", _HTML)], self._page(session)
        if method == "POST":
            return self._press(environ, session)
        return "405 Method Not Allowed", [("Allow", "GET, HEAD, POST")], b""

    def _press(self, environ: dict[str, Any], session: Session) -> Answer:
        if environ.get("HTTP_ORIGIN") != self._config.checkout_origins[0]:
            return "403 Forbidden", [("Content-Type", _HTML)], b""
        button = _button(environ)
        if button == "back":
            return _see(session.back_url)
        if button not in BUTTONS or self._state(session) == "expired":
            return _see(f"/pay/{session.id}")
        self._books.press(session, button, int(time.time()))
        self._messenger.wake()
        # as at a real one: whoever has chosen the convenience store still needs this page
        return _see(session.back_url if button in ("pay", "fail") else f"/pay/{session.id}")

    def _state(self, session: Session) -> str:
        if session.state == "open" and time.time() > session.expires_at:
            return "expired"
        return session.state

    def _page(self, session: Session) -> bytes:
        language, state = session.language, self._state(session)

        def say(name: str, **values: object) -> str:
            return html.escape(self._words.say(language, f"site.pretend.{name}", **values))

        buttons = "".join(_submit(each, say(each), each) for each in _WHICH.get(state, ()))
        leave = _submit("back", say("back" if state == "open" else "return"), "back")
        city = self._config.city.name
        yen = self._words.say(language, "site.pay.yen", yen=f"{session.yen:,}")
        rows = (
            (say("to"), html.escape(city.get(language, city["ja"]))),
            (say("for"), html.escape(session.title)),
            (say("amount"), f"<strong>{html.escape(yen)}</strong>"),
        )
        facts = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in rows)
        body = (
            f"<p>{say('explain')}</p><dl>{facts}</dl>"
            f'<p class="state" role="status">{say(f"state.{state}")}</p>'
            f'<form method="post" action="/pay/{session.id}">{buttons}{leave}</form>'
        )
        return self._frame(language, body)

    def _missing(self, environ: dict[str, Any]) -> bytes:
        language = "en" if environ.get("HTTP_ACCEPT_LANGUAGE", "").startswith("en") else "ja"
        said = html.escape(self._words.say(language, "site.pretend.missing"))
        link = html.escape(self._config.public_url)
        name = html.escape(self._words.say(language, "site.pretend.return"))
        return self._frame(language, f'<p>{said}</p><p><a href="{link}/">{name}</a></p>')

    def _frame(self, language: str, body: str) -> bytes:
        title = html.escape(self._words.say(language, "site.pretend.title"))
        loud = html.escape(self._words.say(language, "site.pretend.loud"))
        tongue = "en" if language == "en" else "ja"
        return (
            f'<!DOCTYPE html><html lang="{tongue}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="robots" content="noindex">'
            f'<title>{title}</title><link rel="stylesheet" href="/style.css"></head>'
            f'<body><header><p class="loud">{loud}</p></header><main><h1>{title}</h1>'
            f"{body}</main></body></html>\n"
        ).encode()


def _submit(name: str, label: str, kind: str) -> str:
    return f'<button type="submit" name="act" value="{name}" class="{kind}">{label}</button>'


def _button(environ: dict[str, Any]) -> str:
    try:
        size = min(int(environ.get("CONTENT_LENGTH") or 0), MAX_FORM)
    except ValueError:
        return ""
    form = parse_qs(environ["wsgi.input"].read(size).decode("ascii", "replace"))
    return str(form.get("act", [""])[0])


def _see(url: str) -> Answer:
    """303: the browser goes on with GET (RFC 9110 section 15.4.4)."""
    return "303 See Other", [("Location", url)], b""
