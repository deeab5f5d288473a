"""An application over HTTP, as a browser or the script of our page sends it."""

from __future__ import annotations

import html
import json
import re
from typing import Any, cast

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.parts.applying import PROCEDURE, answers
from tests.parts.resident import Session
from todoke.journeys import apply
from todoke.ports import Services

PAPER = f"/apply/{PROCEDURE}"
KEY = {"Idempotency-Key": "a-key-made-by-chance-1"}


def base(services: Services) -> dict[str, str]:
    return {"base_url": services.config.public_url}


def fields(**changes: Any) -> MultiDict[str, Any]:
    """The paper form filled in right, as a browser sends it."""
    flat: MultiDict[str, Any] = MultiDict({"form_version": "2026-11", "step": "check"})
    for name, value in answers(**changes).items():
        if name == "children":
            for number, entry in enumerate(value, 1):
                for inner, text in entry.items():
                    flat[f"children-{number}-{inner}"] = text
        elif isinstance(value, list):
            flat.setlist(name, value)
        else:
            flat[name] = value
    return flat


def post(
    services: Services, client: FlaskClient, path: str, data: Any, who: Session | None
) -> TestResponse:
    """A form, as a browser sends it from our own page."""
    headers = {"Origin": services.config.public_url}
    if who is not None:
        headers["Cookie"] = who.cookie
    return client.post(
        path,
        data=data,
        headers=headers,
        content_type="multipart/form-data",
        **cast("Any", base(services)),
    )


def get(services: Services, client: FlaskClient, path: str, who: Session | None) -> TestResponse:
    headers = {"Cookie": who.cookie} if who else {}
    return client.get(path, headers=headers, **cast("Any", base(services)))


def hidden(answer: TestResponse, name: str = "sealed") -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    assert found, answer.text[:300]
    return html.unescape(found[1])


def call(
    services: Services, client: FlaskClient, path: str, body: Any, who: Session, **more: str
) -> TestResponse:
    """A call of the page's script."""
    headers = {**who.headers, "Content-Type": "application/json", **more}
    return client.post(path, data=json.dumps(body), headers=headers, **cast("Any", base(services)))


def whole(**changes: Any) -> dict[str, Any]:
    return {"procedure": PROCEDURE, "form_version": "2026-11", "answers": answers(**changes)}


def filed(services: Services, who: Session) -> list[str]:
    return [each.id for each in apply.list_own(services, who.resident).records]
