"""Fields and files of a citizen's form: read within strict bounds, then as answers."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from todoke.core import sealed
from todoke.core.errors import TodokeError
from todoke.core.form import Form
from todoke.ports import Services

#: three attachments of 5 MB and the answers
MAX_BYTES = 16 * 1024 * 1024
#: all fields that are no files; sealed answers are the largest of them
MAX_FIELD_BYTES = 256 * 1024
#: eight children with ten fields, thirty questions, files
MAX_PARTS = 300
#: answers wait so long in a hidden field
SEALED_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Carried:
    """Answers that went through a hidden field. account: whose form it was, "" when nobody was
    logged in. at: unix seconds. key: the idempotency key of sending exactly these."""

    account: str
    version: str
    at: int
    key: str
    answers: Mapping[str, Any] = field(repr=False)


def read() -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    """(fields, files) of the request. Raises ``body_too_large``, ``wrong_content_type``."""
    if request.mimetype not in ("multipart/form-data", "application/x-www-form-urlencoded"):
        raise TodokeError("wrong_content_type", expected="multipart/form-data")
    request.max_content_length = MAX_BYTES
    request.max_form_memory_size = MAX_FIELD_BYTES
    request.max_form_parts = MAX_PARTS
    try:
        return request.form, request.files
    except RequestEntityTooLarge as error:
        raise TodokeError("body_too_large", limit=MAX_BYTES) from error


def answers_of(form: Form, fields: MultiDict[str, str]) -> dict[str, Any]:
    """The fields that the form knows as answers; entries keep their places. Whatever else a
    browser sends along is left aside."""
    found: dict[str, Any] = {}
    for question in form.questions:
        if question.kind == "file":
            found[question.id] = [each for each in fields.getlist(question.id) if each]
        elif question.kind == "group":
            found[question.id] = [
                {
                    inner.id: fields[path]
                    for inner in question.questions
                    if (path := f"{question.id}-{number}-{inner.id}") in fields
                }
                for number in range(1, question.most + 1)
            ]
        elif question.id in fields:
            found[question.id] = fields[question.id]
    return found


def uploads_of(form: Form, files: MultiDict[str, FileStorage]) -> list[tuple[str, bytes]]:
    """(question, bytes) of every file chosen, one more than allowed at most: each may take the
    parser ten seconds. An empty file without a name is an empty input."""
    return [
        (question.id, each.read())
        for question in form.questions
        if question.kind == "file"
        for each in [e for e in files.getlist(question.id) if e.filename][: question.most + 1]
    ]


def carry(services: Services, procedure: str, account: str, version: str, answers: Any) -> str:
    """The answers for a hidden field: nobody can read or change them there, or use them for
    another procedure."""
    value = {
        "account": account,
        "version": version,
        "at": services.clock.unix(),
        "key": secrets.token_urlsafe(24),
        "answers": answers,
    }
    return sealed.seal_json(services.secrets.data_key, "carried_answers", procedure, value)


def carried(services: Services, procedure: str, text: str) -> Carried:
    """What ``carry`` sealed. Raises ``bad_request`` for anything else."""
    try:
        value = sealed.open_json(services.secrets.data_key, "carried_answers", procedure, text)
    except TodokeError as error:
        if error.code not in sealed.CLOSED:
            raise  # the keys are out of reach: the same form opens in a moment
        raise TodokeError("bad_request") from error
    return Carried(
        value["account"], value["version"], int(value["at"]), value["key"], value["answers"]
    )
