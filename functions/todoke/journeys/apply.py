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
from todoke.journeys import (
    address,
    attachments,
    audit,
    forms,
    mandates,
    once,
    residents,
    standing_in,
)
from todoke.journeys.mandates import FILE
from todoke.journeys.standing_in import Acting
from todoke.ports import Create, Json, Page, Record, Replace, Services, Write

#: the same answers by the same person again so soon are a second tap or a second tab
SAME_SECONDS = 600
#: how often a commit that met another one is tried anew
ROUNDS = 4
LISTED = 50


@dataclass(frozen=True, slots=True)
class Sent:
    """What a person sends. form_version: of the page it was written on. mandate: by which she
    sends it for another, "" when it is her own."""

    procedure: str
    form_version: str
    answers: Answers = field(repr=False)
    mandate: str = ""


@dataclass(frozen=True, slots=True)
class Own:
    """An application, opened by who may. asks: path -> the city's note. reason: of a refusal.
    files: its attachments. acting: whose it is and who looks."""

    record: Record
    answers: Mapping[str, Any] = field(repr=False)
    asks: Mapping[str, str]
    reason: str | None
    files: Sequence[Record]
    acting: Acting

    @property
    def state(self) -> str:
        """submitted | returned | accepted | refused."""
        return str(self.record.data["state"])


def today(services: Services) -> date:
    """The day in Japan, by which answers are judged."""
    return services.clock.now().astimezone(audit.JST).date()


def submit(services: Services, resident: str, sent: Sent, key: str) -> str:
    """Files it; the receipt number (T-…). The same key again, or the same answers within ten
    minutes, give the same number and file nothing. resident: who sends it; with a mandate the
    application is the principal's.

    Raises ``mandate_over``, ``agent_refused``, ``form_changed``, AnswersRefusedError,
    ``sent_differently``, ``not_found`` (no such form), ``storage_full``; then nothing is filed."""
    key_id = once.key_id(services, resident, "apply", key)
    shape = {"procedure": sent.procedure, "version": sent.form_version}
    shape |= {"mandate": sent.mandate} if sent.mandate else {}
    body = once.fingerprint(services, {**shape, "answers": dict(sent.answers)})
    for _ in range(ROUNDS):
        made = once.result(services, key_id, body)
        if made is not None:
            return made
        try:
            return _file(services, _acting(services, resident, sent), sent, (key_id, body))
        except TodokeError as error:
            if error.code not in ("record_exists", "version_conflict"):
                raise
    raise TodokeError("storage_unavailable")


def _acting(services: Services, resident: str, sent: Sent) -> Acting:
    """Whose application it will be, looked at anew in each round."""
    if not sent.mandate:
        return standing_in.herself(resident)
    acting = standing_in.by_mandate(services, resident, sent.mandate, FILE)
    if not forms.by_agent(services, sent.procedure):
        raise TodokeError("agent_refused")
    return acting


def _file(services: Services, acting: Acting, sent: Sent, key: tuple[str, str]) -> str:
    form = forms.form_of(services, sent.procedure)
    if sent.form_version != form.version:
        raise TodokeError("form_changed")
    answers = application.refuse_wrong(form, sent.answers, today(services))
    same_id, same_body = _same(services, acting, form, sent.procedure, answers)
    made = once.result(services, same_id, same_body)
    if made is not None:  # before the files: the first tab has claimed them
        services.store.commit([once.remember(services, *key, made)])
        return made
    files = _files(services, acting.by, form, answers)
    record = _new(services, acting, sent, answers, files)
    writes: list[Write] = [
        Create(record),
        *standing_in.unless_ended(acting),
        *(attachments.claim(each, record.id, acting.resident) for each in files),
        once.remember(services, *key, record.id),
        once.remember(services, same_id, same_body, record.id, SAME_SECONDS),
        *_told(services, acting, record, "submitted"),
    ]
    services.store.commit(writes)
    return record.id


def _same(
    services: Services, acting: Acting, form: Form, procedure: str, answers: Answers
) -> tuple[str, str]:
    """Record id and body by which the same answers are known again; the same file uploaded
    twice has two numbers and one content."""
    alike = dict(answers)
    for name in _file_names(form):
        people = (acting.by, acting.resident)
        alike[name] = attachments.contents(services, people, answers.get(name, []))
    body = once.fingerprint(services, {"procedure": procedure, "answers": alike})
    return once.key_id(services, acting.key, "same", body), body


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
    acting: Acting,
    sent: Sent,
    answers: Answers,
    files: Sequence[Record],
) -> Record:
    id, now = address.new_number("T"), services.clock.unix()
    inside = {"answers": answers, "asks": {}, "reason": None}
    data: dict[str, Json] = {
        "procedure": sent.procedure,
        "form_version": sent.form_version,
        "resident": acting.resident,
        "agent": acting.agent,
        "mandate": acting.mandate.id if acting.mandate else None,
        "state": "submitted",
        "sealed": sealed.seal_json(services.secrets.data_key, "application", id, inside),
        "attachments": [each.id for each in files],
        "case_worker": None,
        "submitted_at": now,
        "changed_at": now,
        "order": f"{audit.order_of_now(services)}-{id}",
    }
    return Record("application", id, data)


#: act -> the notice of it: of what she did herself, and of what was done for her
_NOTICES = {
    "submitted": ("application_received", "application_by_agent"),
    "mended": ("application_mended", "application_mended_by_agent"),
}


def _told(services: Services, acting: Acting, record: Record, act: str) -> list[Write]:
    """The record of acts, and the notice to whose application it is."""
    subject = f"application/{record.id}"
    own, by_agent = _NOTICES[act]
    agent = residents.get(services, acting.by) if acting.mandate else None
    return [
        *standing_in.noted(services, acting, f"application_{act}", subject),
        *address.writes(
            services,
            acting.resident,
            by_agent if agent else own,
            subject,
            link=f"/applications/{record.id}",
            procedure=forms.name_of(services, str(record.data["procedure"])),
            number=record.id,
            **({"agent": agent.name} if agent else {}),
        ),
    ]


# ---------------------------------------------------------------------- reading
def list_own(services: Services, resident: str, cursor: str | None = None) -> Page:
    """One's own applications, newest first."""
    return services.store.find(
        "applications_by_resident", resident, limit=LISTED, cursor=cursor, descending=True
    )


def list_filed(services: Services, agent: str) -> Sequence[Record]:
    """What somebody filed for others and may see today, newest first."""
    found = services.store.find("applications_by_agent", agent, limit=LISTED, descending=True)
    principals = {each.principal for each in mandates.given_to(services, agent, FILE)}
    return [each for each in found.records if each.data["resident"] in principals]


def read_own(services: Services, resident: str, id: str) -> Own:
    """Her own, or what she filed for another while she may; then it is written for both first.

    Raises ``not_found``, alike for no such application and for one of somebody else;
    ``mandate_over``, for what she filed and may see no more."""
    record = services.store.get("application", id)
    if record is None or resident not in (record.data["resident"], record.data.get("agent")):
        raise TodokeError("not_found")
    acting = standing_in.herself(resident)
    if record.data["resident"] != resident:
        principal = str(record.data["resident"])
        acting = standing_in.for_principal(services, resident, principal, FILE)
        standing_in.looked(services, acting, FILE)
    data_key = services.secrets.data_key
    inside = sealed.open_json(data_key, "application", id, record.data["sealed"])
    found = [services.store.get("attachment", each) for each in _ids(record)]
    files = [each for each in found if each is not None]
    asks, reason = inside.get("asks") or {}, inside.get("reason")
    return Own(record, inside["answers"], asks, reason, files, acting)


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
    _commit_mended(services, own.acting, dataclasses.replace(record, data=data), files)
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


def _commit_mended(
    services: Services, acting: Acting, record: Record, files: Sequence[Record]
) -> None:
    new = [each for each in files if each.data.get("application") is None]
    writes: list[Write] = [
        Replace(record),
        *standing_in.unless_ended(acting),
        *(attachments.claim(each, record.id, acting.resident) for each in new),
        *_told(services, acting, record, "mended"),
    ]
    try:
        services.store.commit(writes)
    except TodokeError as error:
        if error.code != "version_conflict":
            raise
        standing_in.check_again(services, acting)
        raise TodokeError("application_state", state="changed") from error
