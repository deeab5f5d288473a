"""The citizens' three cookies on the portal."""

from __future__ import annotations

import re
import secrets

from flask import Response, request

from todoke.core import browsers, marks
from todoke.journeys import challenge, session
from todoke.journeys.session import Opened
from todoke.ports import Services
from todoke.web import guard, known
from todoke.web.limits import Limits

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class Cookies:
    """The cookies of the portal: which browser asked (before the login), the session, and that
    somebody came in with this browser before (``web/known.py``).

    HttpOnly, and ``__Host-`` where there is https: no script reads them and no neighbouring
    host plants one (RFC 6265bis section 4.1.3.2)."""

    def __init__(self, services: Services, limits: Limits) -> None:
        self._services, self._limits = services, limits
        host = "__Host-" if services.config.secure else ""
        self.pre = f"{host}todoke-pre"
        self._known = known.Known(services, f"{host}todoke-known", known.CITIZENS)

    def browser(self) -> str:
        """The pre-session token; empty when there is none of ours."""
        found = request.cookies.get(self.pre, "")
        return found if _TOKEN.fullmatch(found) else ""

    def session(self) -> str:
        """The session token; may be empty or of a session that ended."""
        return request.cookies.get(guard.session_cookie(self._services), "")

    def known(self) -> str:
        """Which browser this is, if somebody came in with it before; else empty."""
        return self._known.shown()

    def give(self, answer: Response, name: str, value: str, seconds: int) -> None:
        """Sets one for so many seconds."""
        answer.set_cookie(
            name,
            value,
            max_age=seconds,
            secure=self._services.config.secure,
            httponly=True,
            samesite="Lax",
            path="/",
        )

    def take(self, answer: Response, name: str) -> None:
        """Takes one away."""
        self.give(answer, name, "", 0)

    def begin(self, answer: Response, browser: str) -> None:
        """Sets the pre-session for as long as a challenge holds."""
        self.give(answer, self.pre, browser, challenge.CHALLENGE_SECONDS)

    def enter(self, answer: Response, opened: Opened) -> None:
        """Sets the session, ends the pre-session it came from, and marks the browser. The cookie
        lives as long as the session may; when it rests too long, the server ends it."""
        self.take(answer, self.pre)
        self.give(
            answer, guard.session_cookie(self._services), opened.token, session.SESSION_SECONDS
        )

        if self.known() or self._limits.may_mark(request.remote_addr):
            self.give(answer, self._known.name, self._known.renewed(), marks.KNOWN_SECONDS)

    def leave(self, answer: Response) -> None:
        """Takes the session away, and what this browser cached of the pages of one person
        (Clear-Site-Data, W3C). Not its storage: that holds the answers and reminders of a family
        that need no login, and erase.js empties it on request. Nor the mark, which names nobody:
        who goes out is to come in again."""
        self.take(answer, guard.session_cookie(self._services))
        self.take(answer, self.pre)
        answer.headers["Clear-Site-Data"] = '"cache"'


def new_browser() -> str:
    """A token for a browser that has none."""
    return secrets.token_urlsafe(session.TOKEN_BYTES)


def named() -> str:
    """The rough name of the browser that calls."""
    return browsers.told_apart(request.headers.get("User-Agent", ""))
