"""A clerk's browser without a browser: forms are filled and sent as a person would."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.parts.desk import Desk
from todoke.core.notice import Person
from todoke.journeys import staff


@dataclass(frozen=True, slots=True)
class Clerk:
    """A browser with a session (or none)."""

    client: FlaskClient
    origin: str

    def get(self, path: str, purpose: str = "review") -> TestResponse:
        """A page. Where the desk asks what a record is opened for, she says so; "" does not."""
        headers = {"Accept": "text/html"}
        page = self.client.get(path, base_url=self.origin, headers=headers)
        if not purpose or b'action="/purpose"' not in page.data:
            return page
        chosen = self.post("/purpose", **{**Form(page.text).values, "purpose": purpose})
        if chosen.status_code != 303:
            return chosen
        return self.client.get(path, base_url=self.origin, headers=headers)

    def led(self, path: str) -> TestResponse:
        """A page, or the one it leads to."""
        return self.client.get(path, base_url=self.origin, follow_redirects=True)

    def post(self, path: str, origin: str | None = None, **fields: str) -> TestResponse:
        headers = {"Accept": "text/html", "Origin": self.origin if origin is None else origin}
        return self.client.post(path, base_url=self.origin, data=fields, headers=headers)


def stranger(app: Flask, desk: Desk) -> Clerk:
    return Clerk(app.test_client(), desk.services.config.console_url)


def enter(app: Flask, desk: Desk, person: Person) -> Clerk:
    clerk = stranger(app, desk)
    code = staff.new_link(desk.services, person.id).code
    assert clerk.get(f"/enter/{code}").status_code == 200
    assert clerk.post(f"/enter/{code}").status_code == 303
    return clerk


def filled(page: TestResponse, **changes: str) -> dict[str, str]:
    """The form of a page as a browser would send it, changed as told (names with _ for -)."""
    found = Form(page.text).values
    good = {
        "topic": "nursery",
        "title-ja": "保育園の申込は12月4日(金)まで",
        "text-ja": "一次申込の締切は12月4日(金)です。",
    }
    return {**found, **good, **{name.replace("_", "-"): value for name, value in changes.items()}}


class Form(HTMLParser):
    """Names and values of the inputs of the main form of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select = ""
        self.feed(text[text.index('<main id="main"') :])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("type") not in ("checkbox", "radio"):
            self.values[given["name"]] = given.get("value", "")
        elif tag == "input" and "checked" in given:
            self.values[given["name"]] = given["value"]
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and ("selected" in given or self._select not in self.values):
            self.values[self._select] = given.get("value", "")


class Elements(HTMLParser):
    """Which elements and attributes a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def draft(clerk: Clerk, **changes: str) -> str:
    """Writes a draft through the pages; its number."""
    page = clerk.post("/notices/new", **filled(clerk.get("/notices/new"), **changes))
    assert page.status_code == 303, page.text
    found = re.search(r"N-\d{4}-\d{4}", page.headers["Location"])
    assert found
    return found.group()


def approval(clerk: Clerk, id: str, count: str, **changes: str) -> TestResponse:
    """All five ticks and the count."""
    seen = Form(clerk.get(f"/notices/{id}/approve").text).values.get("snapshot", "")
    ticks = dict.fromkeys(("dates", "audience", "links", "contact", "plain"), "1")
    fields = {"snapshot": seen, "count": count, "act": "approve", **ticks, **changes}
    return clerk.post(f"/notices/{id}/approve", **fields)
