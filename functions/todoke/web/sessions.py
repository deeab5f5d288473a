"""Where a citizen is logged in: her own list, one ended, all ended."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify

from todoke.journeys import session
from todoke.ports import Services
from todoke.web import guard, openapi
from todoke.web.cookies import Cookies
from todoke.web.identity_shapes import DONE, TIME, answers
from todoke.web.limits import Limits

_ONE = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "means": {"enum": sorted((*session.TIERS, session.HANDED))},
        "tier": {"type": "integer"},
        "browser": {"type": "string"},
        "created_at": TIME,
        "seen_at": TIME,
        "mine": {"type": "boolean", "description": "the session that asks"},
    },
}
_LIST = answers(sessions={"type": "array", "items": _ONE})


def routes(services: Services, routes: Blueprint, limits: Limits) -> None:
    """``/api/me/sessions`` and ``/api/logout/everywhere``."""
    cookies = Cookies(services, limits)

    @routes.get("/api/me/sessions")
    @guard.resident(linked=False)
    @openapi.shapes(None, _LIST)
    def sessions() -> Response:
        """Where this person is logged in, this browser first."""
        found = [
            {name: getattr(each, name) for name in _ONE["properties"]}
            for each in session.of_account(services, g.account, g.session)
        ]
        return jsonify(ok=True, sessions=found)

    @routes.delete("/api/me/sessions/<id>")
    @guard.resident(linked=False)
    @openapi.shapes(None, DONE)
    def end(id: str) -> Response:
        """Ends one of them. Twice is fine."""
        limits.device(g.account.id)
        session.close_one(services, g.account, id)
        return jsonify(ok=True)

    @routes.post("/api/logout/everywhere")
    @guard.resident(linked=False)
    @openapi.shapes(None, DONE)
    def end_all() -> Response:
        """Ends every session of this person, this one, too."""
        limits.device(g.account.id)
        session.close_all(services, g.session, g.account)
        session.close(services, cookies.session())
        answer = jsonify(ok=True)
        cookies.leave(answer)
        return answer
