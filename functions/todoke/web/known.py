"""The mark of a browser in which somebody logged in before, in a cookie.

It opens nothing. Where others have used up the calls of an address (a library, a carrier, a city
hall), it has a few of its own, so that nobody is locked out by whoever shares her address. It is
chance, a day and a proof of ours: it names nobody, the server keeps nothing of it, and it is the
same for everybody who uses this browser. Whoever copies it gains the few calls of that one browser.
"""

from __future__ import annotations

import secrets

from flask import request

from todoke.core import marks
from todoke.ports import Services

#: keep the marks of the two hosts apart
CITIZENS, CLERKS = "citizen_known", "staff_known"


class Known:
    """The marks of one host. name: of the cookie."""

    def __init__(self, services: Services, name: str, purpose: str) -> None:
        self._services, self.name, self._purpose = services, name, purpose

    def shown(self) -> str:
        """What tells this browser from others; empty when it shows no mark of ours."""
        return marks.chance_of(*self._key, request.cookies.get(self.name, ""), self._now)

    def renewed(self) -> str:
        """The cookie after a login. A browser that has a mark keeps it: a second one would have
        calls of its own."""
        chance = self.shown() or secrets.token_urlsafe(marks.CHANCE_BYTES)
        return marks.dated(*self._key, chance, self._now)

    @property
    def _key(self) -> tuple[bytes, str]:
        return self._services.secrets.seal_key, self._purpose

    @property
    def _now(self) -> int:
        return self._services.clock.unix()
