"""Filing an application, reading one's own, mending what the city asked back.

Everything an act does is one commit: the application, its attachments, the key it was sent
with, the record of acts and the notice that tells of it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from todoke.core import application, sealed
from todoke.core.errors import TodokeError
from todoke.core.form import Answers, Form
from todoke.core.form_check import Problem
from todoke.journeys import address, attachments, audit, forms, once
from todoke.ports import Create, Json, Page, Record, Replace, Services, Write

#: the same answers by the same person again so soon are a second tap or a second tab
SAME_SECONDS = 600
#: how often a commit that met another one is tried anew
ROUNDS = 4
LISTED = 50


@dataclass(frozen=True, slots=True)
class Sent:
    """What a person sends. form_version: of the page it was written on."""

    procedure: str
    form_version: str
    answers: Answers = field(repr=False)


@dataclass(frozen=True, slots=True)
class Own:
    """One's own application, opened. asks: path -> the city's note. reason: of a refusal.
    files: its attachments."""

    record: Record
    answers: Mapping[str, Any] = field(repr=False)
    asks: Mapping[str, str]
    reason: str | None
    files: Sequence[Record]

    @property
    def state(self) -> str:
        """submitted | returned | accepted | refused."""
        return str(self.record.data["state"])


def today(services: Services) -> date:
    """The day in Japan, by which answers are judged."""
    return services.clock.now().astimezone(audit.JST).date()


def submit(services: Services, resident: str, sent: Sent, key: str) -> str:
    """Files it; the receipt number (T-…). The same key again, or the same answers within ten
    minutes, give the same number and file nothing.

    Raises ``form_changed``, AnswersRefusedError, ``sent_differently``, ``not_found`` (no such
    form), ``storage_full``; then nothing is filed."""
    key_id = once.key_id(services, resident, "apply", key)
    shape = {"procedure": sent.procedure, "version": sent.form_version}
    body = once.fingerprint(services, {**shape, "answers": dict(sent.answers)})
    for _ in range(ROUNDS):
        made = once.result(services, key_id, body)
        if made is not None:
            return made
        try:
            return _file(services, resident, sent, (key_id, body))
        except TodokeError as error:
            if error.code not in ("record_exists", "version_conflict"):
                raise
    raise TodokeError("storage_unavailable")


def _file(services: Services, resident: str, sent: Sent, key: tuple[str, str]) -> str:
    form = forms.form_of(services, sent.procedure)
    if sent.form_version != form.version:
        raise TodokeError("form_changed")
    answers = application.refuse_wrong(form, sent.answers, today(services))
    same_id, same_body = _same(services, resident, form, sent.procedure, answers)
    made = once.result(services, same_id, same_body)
    if made is not None:  # before the files: the first tab has claimed them
        services.store.commit([once.remember(services, *key, made)])
        return made
    files = _files(services, resident, form, answers)
    record = _new(services, resident, sent, answers, files)
    writes: list[Write] = [
        Create(record),
        *(attachments.claim(each, record.id) for each in files),
        once.remember(services, *key, record.id),
        once.remember(services, same_id, same_body, record.id, SAME_SECONDS),
        *_told(services, record, "submitted", "application_received"),
    ]
    services.store.commit(writes)
    return record.id


def _same(
    services: Services, resident: str, form: Form, procedure: str, answers: Answers
) -> tuple[str, str]:
    """Record id and body by which the same answers are known again; the same file uploaded
    twice has two numbers and one content."""
    alike = dict(answers)
    for name in _file_names(form):
        alike[name] = attachments.contents(services, resident, answers.get(name, []))
    body = once.fingerprint(services, {"procedure": procedure, "answers": alike})
    return once.key_id(services, resident, "same", body), body


def _file_names(form: Form) -> list[str]:
    return [each.id for each in form.questions if each.kind == "file"]


def _files(
    services: Services,
    resident: str,
    form: Form,
    answers: Answers,
    own: str | None = None,
) -> list[Record]:
    """Records of every attachment the answers name. Raises AnswersRefusedError for one that
    is not there, is somebody else's, or belongs to another application."""
    found: list[Record] = []
    problems = []
    for name in _file_names(form):
        ids = list(answers.get(name, []))
        mine = attachments.of_mine(services, resident, ids, own)
        found += [mine[id] for id in ids if id in mine]
        if len(mine) < len(ids):
            problems.append(Problem(name, "answer_attachment"))
    if problems:
        raise application.AnswersRefusedError(tuple(problems))
    return found


def _new(
    services: Services,
    resident: str,
    sent: Sent,
    answers: Answers,
    files: Sequence[Record],
) -> Record:
    id, now = address.new_number("T"), services.clock.unix()
    inside = {"answers": answers, "asks": {}, "reason": None}
    data: dict[str, Json] = {
        "procedure": sent.procedure,
        "form_version": sent.form_version,
        "resident": resident,
        "state": "submitted",
        "sealed": sealed.seal_json(services.secrets.data_key, "application", id, inside),
        "attachments": [each.id for each in files],
        "case_worker": None,
        "submitted_at": now,
        "changed_at": now,
        "order": f"{audit.order_of_now(services)}-{id}",
    }
    return Record("application", id, data)


def _told(services: Services, record: Record, act: str, kind: str) -> list[Write]:
    """The record of acts and the notice of one act of the person herself."""
    resident, subject = str(record.data["resident"]), f"application/{record.id}"
    name = forms.name_of(services, str(record.data["procedure"]))
    return [
        audit.entry(services, "citizen", f"application_{act}", subject, resident=resident),
        *address.writes(
            services,
            resident,
            kind,
            subject,
            link=f"/applications/{record.id}",
            procedure=name,
            number=record.id,
        ),
    ]


# ---------------------------------------------------------------------- reading
def list_own(services: Services, resident: str, cursor: str | None = None) -> Page:
    """One's own applications, newest first."""
    return services.store.find(
        "applications_by_resident", resident, limit=LISTED, cursor=cursor, descending=True
    )


def read_own(services: Services, resident: str, id: str) -> Own:
    """Raises ``not_found``, alike for no such application and for one of somebody else."""
    record = services.store.get("application", id)
    if record is None or record.data["resident"] != resident:
        raise TodokeError("not_found")
    data_key = services.secrets.data_key
    inside = sealed.open_json(data_key, "application", id, record.data["sealed"])
    found = [services.store.get("attachment", each) for each in _ids(record)]
    files = [each for each in found if each is not None]
    return Own(record, inside["answers"], inside.get("asks") or {}, inside.get("reason"), files)


def _ids(record: Record) -> list[str]:
    return [str(each) for each in cast("list[str]", record.data["attachments"])]


# ---------------------------------------------------------------------- mending
@dataclass(frozen=True, slots=True)
class Mending:
    """What is sent to mend. version: of the record that was on the screen."""

    version: int
    answers: Answers = field(repr=False)


def mend(services: Services, resident: str, id: str, sent: Mending) -> Own:
    """Changes what was asked back and nothing else; the city checks it again.

    Raises ``not_found``, ``application_state`` (not returned, or changed since the page was
    shown; the same mending twice is one), AnswersRefusedError."""
    own = read_own(services, resident, id)
    mark = once.fingerprint(services, [id, sent.version, dict(sent.answers)])
    inside = _inside(services, own.record)
    if own.state == "submitted" and inside.get("mended") == mark:
        return own
    state = application.move(own.state, "mend")
    if own.record.version != sent.version:
        raise TodokeError("application_state", state=own.state)
    form = forms.form_of(services, str(own.record.data["procedure"]))
    answers, shown = application.mended(form, own.answers, own.asks, sent.answers)
    problems = application.mending_problems(form, answers, shown, today(services))
    if problems:
        raise application.AnswersRefusedError(problems)
    files = _files(services, resident, form, answers, id)
    changed: dict[str, Any] = {"answers": answers, "asks": {}, "reason": None, "mended": mark}
    changed["mended_fields"] = [each.path for each in shown]
    record = _resealed(services, own.record, {**inside, **changed}, files)
    data = {**record.data, "state": state, "form_version": form.version}
    _commit_mended(services, dataclasses.replace(record, data=data), files)
    return read_own(services, resident, id)


def _inside(services: Services, record: Record) -> dict[str, Any]:
    data_key = services.secrets.data_key
    return sealed.open_json(data_key, "application", record.id, record.data["sealed"])


def _resealed(
    services: Services, record: Record, inside: Mapping[str, Any], files: Sequence[Record]
) -> Record:
    """With another content, and the files that came with it; what it held before it keeps."""
    data_key, held = services.secrets.data_key, _ids(record)
    changes: dict[str, Json] = {
        "sealed": sealed.seal_json(data_key, "application", record.id, inside),
        "attachments": [*held, *(each.id for each in files if each.id not in held)],
        "changed_at": services.clock.unix(),
    }
    return dataclasses.replace(record, data={**record.data, **changes})


def _commit_mended(services: Services, record: Record, files: Sequence[Record]) -> None:
    new = [each for each in files if each.data.get("application") is None]
    writes: list[Write] = [
        Replace(record),
        *(attachments.claim(each, record.id) for each in new),
        *_told(services, record, "mended", "application_mended"),
    ]
    try:
        services.store.commit(writes)
    except TodokeError as error:
        if error.code != "version_conflict":
            raise
        raise TodokeError("application_state", state="changed") from error
