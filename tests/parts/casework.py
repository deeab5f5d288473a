"""A case worker at the pages of the desk: she takes her seat, returns and decides."""

from __future__ import annotations

import re

from flask import Flask
from werkzeug.test import TestResponse

from tests.parts.case_desk import CaseDesk
from tests.parts.clerk import Clerk, Form, enter
from todoke.core.notice import Person

NOTE = "うつした書類の字が読めません。もう一度とって送ってください。"
ATTACK = "<script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}\"'"


def seat(app: Flask, desk: CaseDesk, person: Person) -> Clerk:
    return enter(app, desk.desk, person)


def returning(clerk: Clerk, id: str, act: str = "send", **notes: str) -> TestResponse:
    """Ticks and fills the fields of the page (names with _ for -)."""
    form = Form(clerk.get(f"/cases/{id}/return").text).values
    paths = {name.replace("__", "-"): note for name, note in notes.items()}
    ticked = {f"pick-{path}": "1" for path in paths}
    written = {f"note-{path}": note for path, note in paths.items()}
    return clerk.post(f"/cases/{id}/return", **{**form, **ticked, **written, "act": act})


def deciding(clerk: Clerk, id: str, decision: str, **changes: str) -> TestResponse:
    """The confirming page, reached from the case and filled."""
    form = Form(confirming(clerk, id, decision).text).values
    fields = {**form, "act": "decide", "number": id[-5:], **changes}
    return clerk.post(f"/cases/{id}/decide?as={decision}", **fields)


def confirming(clerk: Clerk, id: str, decision: str) -> TestResponse:
    """The confirming page, by the link of the case."""
    link = re.search(rf'href="([^"]*as={decision}[^"]*)"', clerk.get(f"/cases/{id}").text)
    assert link, decision
    return clerk.get(link[1].replace("&amp;", "&"))
