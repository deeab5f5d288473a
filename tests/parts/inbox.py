"""Scripts of the inbox, as the pages of the portal call it."""

from __future__ import annotations

import json
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.parts.resident import Session
from tests.parts.town import Town
from todoke.web.app import create_app

NOTICES = "/api/me/notices"
HISTORY = "/api/me/history"
DEVICES = "/api/me/devices"
#: every route of the inbox with a body that would do: method, path, body
ROUTES: list[tuple[str, str, Any]] = [
    ("GET", NOTICES, None),
    ("POST", f"{NOTICES}/A-00000-00000/opened", {}),
    ("GET", HISTORY, None),
    ("GET", DEVICES, None),
    ("PUT", DEVICES, {"token": "x"}),
    ("DELETE", DEVICES, {"id": "x"}),
    ("GET", "/api/me/mandates", None),
    ("POST", "/api/me/mandates", {"scope": ["read"], "first": "2026-11-23", "last": "2026-11-23"}),
    ("POST", "/api/me/mandates/accept", {"code": "x"}),
    ("DELETE", "/api/me/mandates/M-0000000000000000", None),
]


class Page:
    """Scripts of portal pages, each under somebody's session."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.base = town.services.config.public_url
        app = create_app(town.services, only=["inbox"])
        self.client: FlaskClient = app.test_client(use_cookies=False)

    def call(
        self, who: Session | None, method: str, path: str, body: Any = None, **headers: str
    ) -> TestResponse:
        """body: JSON value, or bytes as they are. headers: over those of the session."""
        given = dict(who.headers) if who else {"Origin": self.base}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        return self.client.open(
            path,
            method=method,
            base_url=self.base,
            headers=given,
            data=data,
            content_type="application/json" if data is not None else None,
        )


def alike(one: TestResponse, other: TestResponse) -> None:
    """Nobody can tell the two apart: status, every header, every byte."""
    assert one.status_code == other.status_code
    assert sorted(one.headers.items()) == sorted(other.headers.items())
    assert one.data == other.data
