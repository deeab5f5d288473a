"""An application at the desk: the worklist, one case opened, fields returned, the decision.

A list holds numbers, never names; opening one case is what is written into the person's
やりとり履歴. Each act is one commit: the application, the record of acts and the notice.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from todoke.core import application, sealed
from todoke.core.errors import TodokeError
from todoke.core.form import Form
from todoke.core.notice import Person
from todoke.core.notice_check import Problem, reason_problems
from todoke.core.words import LANGUAGES
from todoke.journeys import address, attachments, audit, forms, residents, scope
from todoke.ports import MAX_PAGE, Json, Page, Record, Replace, Services, Write

STATES = application.STATES
DECISIONS = ("accepted", "refused")
#: state that an act of the desk leads to -> the act (core/application.py)
_MOVES = {"returned": "return", "accepted": "accept", "refused": "refuse"}
#: notices that tell of a disposition (処分)
_DISPOSITIONS = tuple(f"application_{each}" for each in DECISIONS)
#: 行政手続法 8 条: a refusal gives its reasons; a few sentences, in words anybody reads
MAX_REASON = 500
#: the last part of a receipt number, typed by hand before a decision
TYPED_LETTERS = 5
_NUMBER = re.compile(f"[{address.ALPHABET}]{{{address.NUMBER_LETTERS}}}")
#: letters people mistake for digits (Crockford's base 32)
_MISREAD = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True)
class Case:
    """One application, opened. asks: path of a field -> what the clerk asks. reason: of a
    refusal. files: records of its attachments, in the order in which they were sent. mended:
    paths that the person changed when it was last returned. agent: who filed it for her."""

    record: Record
    resident: residents.Resident
    answers: Mapping[str, Any]
    asks: Mapping[str, str]
    reason: str | None
    files: Sequence[Record]
    mended: frozenset[str] = frozenset()
    agent: residents.Resident | None = None

    @property
    def state(self) -> str:
        """submitted | returned | accepted | refused."""
        return str(self.record.data["state"])


# --------------------------------------------------------------------------- lists
def worklist(
    services: Services, who: Person, state: str, limit: int = 50, cursor: str | None = None
) -> Page:
    """Her applications of one state: what is open oldest first, what is decided newest first."""
    newest_first = state in DECISIONS
    index = "applications_by_state"
    return scope.find(
        services, who, index, state, limit=limit, cursor=cursor, descending=newest_first
    )


def number_typed(text: str, prefix: str = "T") -> str:
    """A number as people type it, in its one form: any width and case, without hyphens or the
    first letter, O for 0. Text that is no such number comes back as it is, in capitals."""
    plain = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)).upper()
    rest = plain.removeprefix(prefix) if len(plain) > address.NUMBER_LETTERS else plain
    found = rest.translate(_MISREAD)
    return f"{prefix}-{found[:5]}-{found[5:]}" if _NUMBER.fullmatch(found) else plain


def get(services: Services, who: Person, id: str) -> Record:
    """The record. Raises ``not_found``, alike for another office's and for none."""
    return scope.get(services, who, "application", id)


def was_mended(record: Record) -> bool:
    """Whether it was returned once and has come back."""
    return record.data["state"] == "submitted" and record.data.get("case_worker") is not None


# --------------------------------------------------------------------------- reading
def open_case(services: Services, who: Person, id: str, purpose: str) -> Case:
    """Everything in it. The reading is committed first, with what it is for (journeys/purposes.py):
    what cannot be written down is not shown. Raises ``not_found``."""
    record = get(services, who, id)
    _write_reading(services, who, record, purpose)
    person = residents.get(services, str(record.data["resident"]))
    if person is None:
        raise TodokeError("not_found")
    inside = _inside(services, record)
    return Case(
        record,
        person,
        inside["answers"],
        inside.get("asks") or {},
        inside.get("reason"),
        _files(services, record),
        frozenset(inside.get("mended_fields") or ()),
        residents.get(services, str(record.data["agent"])) if record.data.get("agent") else None,
    )


def attachment(
    services: Services, who: Person, id: str, file: str, purpose: str
) -> tuple[Record, bytes]:
    """One attachment of this very application, unsealed; the reading is written down.

    Raises ``not_found``, also for an attachment of another application."""
    record, kept = get(services, who, id), services.store.get("attachment", file)
    if kept is None or kept.data.get("application") != id:
        raise TodokeError("not_found")
    body = services.private.get(attachments.file_key(file))
    if body is None:
        raise TodokeError("not_found")
    _write_reading(services, who, record, purpose, file)
    return kept, sealed.unseal(services.secrets.data_key, "attachment", file, body)


def form_of(services: Services, record: Record) -> Form | None:
    """The form of its procedure as the site offers it now; None when it is offered no more."""
    try:
        return forms.form_of(services, str(record.data["procedure"]))
    except TodokeError as error:
        if error.code != "not_found":
            raise
        return None


def acts(services: Services, record: Record) -> Sequence[Record]:
    """What was done with it, oldest first."""
    found = services.store.find(
        "audit_by_resident", str(record.data["resident"]), limit=MAX_PAGE, descending=True
    ).records
    return [each for each in reversed(found) if each.data["subject"] == f"application/{record.id}"]


def told(services: Services, record: Record) -> Sequence[address.Letter]:
    """The notices the person was sent about it, newest first."""
    found = address.of_resident(services, str(record.data["resident"])).records
    about = f"application/{record.id}"
    return address.letters(services, [each for each in found if each.data["about"] == about])


# --------------------------------------------------------------------------- acts
def note_problems(path: str, note: str) -> Sequence[Problem]:
    """What to mend in the note to one field: the person reads it and nobody else before."""
    return [
        Problem(f"note-{path}", each.rule, each.code, each.values) for each in reason_problems(note)
    ]


def return_fields(
    services: Services, who: Person, id: str, seen: int, notes: Mapping[str, str]
) -> Record:
    """Gives it back with a note to each field that is to be mended; all else stays as it is.

    seen: version of the record that was on the screen. Raises ``application_state`` when a
    colleague (or the person) was quicker; the same return twice is one."""
    record = get(services, who, id)
    inside = _inside(services, record)
    if _is_mine(record, who, "returned") and inside.get("asks") == dict(notes):
        return record
    for path, note in notes.items():
        for problem in note_problems(path, note):
            raise problem.error()
    if not notes:
        raise TodokeError("missing_field", field="notes")
    kept = {**inside, "asks": dict(notes), "reason": None}
    writes = letter(services, record, "application_returned")
    return _settle(services, who, _at(record, seen), "returned", kept, writes)


def decide(
    services: Services, who: Person, id: str, seen: int, decision: str, reason: str = ""
) -> Record:
    """Accepts or refuses. A refusal needs its reason (行政手続法 8 条); either tells the person
    how to object (行政不服審査法 82 条 1 項).

    Raises ``application_state`` like ``return_fields``; the same decision twice is one."""
    if decision not in DECISIONS:
        raise TodokeError("bad_request")
    record = get(services, who, id)
    inside = _inside(services, record)
    given = reason if decision == "refused" else None
    if _is_mine(record, who, decision) and inside.get("reason") == given:
        return record
    if given is not None:
        for problem in reason_problems(given, MAX_REASON):
            raise problem.error()
    kept = {**inside, "asks": {}, "reason": given}
    writes = letter(services, record, f"application_{decision}", reason=given or "")
    return _settle(services, who, _at(record, seen), decision, kept, writes)


def letter(services: Services, record: Record, kind: str, **values: Any) -> list[Write]:
    """The writes of the notice that goes with an act."""
    procedure = str(record.data["procedure"])
    if kind in _DISPOSITIONS:
        values = {**values, "appeal": _needed_appeal(services, procedure)}
    return address.writes(
        services,
        str(record.data["resident"]),
        kind,
        f"application/{record.id}",
        link=f"/applications/{record.id}",
        procedure=forms.name_of(services, procedure),
        number=record.id,
        **values,
    )


def preview(services: Services, record: Record, kind: str, **values: Any) -> address.Letter:
    """The notice as it would be sent, made by the very function that sends it."""
    first = cast("Any", letter(services, record, kind, **values)[0])
    return address.opened(services, first.record)


def appeal(services: Services, procedure: str) -> Mapping[str, str]:
    """Whom to ask for a review, and until when (行政不服審査法 82 条 1 項; 行政事件訴訟法 46 条):
    language -> words, empty where the locales have none. They differ by procedure: the governor
    reviews what a mayor decides in a task of the state (地方自治法 255 条の 2)."""
    name = f"addressed.appeal.{procedure}"
    known = services.words.has("ja", name)
    return {each: services.words.say(each, name) for each in LANGUAGES} if known else {}


# --------------------------------------------------------------------------- parts
def _needed_appeal(services: Services, procedure: str) -> Mapping[str, str]:
    """Raises ``setting_invalid`` while there are no words: without them nothing is decided."""
    words = appeal(services, procedure)
    if not words:
        name = f"addressed.appeal.{procedure}"
        raise TodokeError(
            "setting_invalid", file="site/locales", field=name, rule="missing", next=name
        )
    return words


def _inside(services: Services, record: Record) -> dict[str, Any]:
    data_key = services.secrets.data_key
    return sealed.open_json(data_key, "application", record.id, record.data["sealed"])


def _files(services: Services, record: Record) -> Sequence[Record]:
    ids = cast("list[str]", record.data["attachments"])
    found = (services.store.get("attachment", each) for each in ids)
    return [each for each in found if each is not None and each.data["application"] == record.id]


def _is_mine(record: Record, who: Person, state: str) -> bool:
    return record.data["state"] == state and record.data.get("case_worker") == who.id


def _at(record: Record, seen: int) -> Record:
    """The record, if it still is what was on the screen."""
    if record.version != seen:
        raise TodokeError("application_state", state=str(record.data["state"]))
    return record


def _settle(
    services: Services,
    who: Person,
    record: Record,
    state: str,
    inside: Mapping[str, Any],
    writes: Sequence[Write],
) -> Record:
    application.move(str(record.data["state"]), _MOVES[state])
    now, data_key = services.clock.unix(), services.secrets.data_key
    changes: dict[str, Json] = {
        "state": state,
        "sealed": sealed.seal_json(data_key, "application", record.id, inside),
        "case_worker": who.id,
        "changed_at": now,
    }
    changed = Record("application", record.id, {**record.data, **changes}, record.version)
    resident = str(record.data["resident"])
    subject, detail = f"application/{record.id}", {"fields": len(inside["asks"])}
    act = audit.entry(
        services,
        who.id,
        f"application_{state}",
        subject,
        detail if state == "returned" else None,
        resident=resident,
    )
    try:
        services.store.commit([Replace(changed), act, *writes])
    except TodokeError as error:
        if error.code != "version_conflict":
            raise
        now_is = str(get(services, who, record.id).data["state"])
        raise TodokeError("application_state", state=now_is) from error
    return get(services, who, record.id)


def _write_reading(
    services: Services, who: Person, record: Record, purpose: str, file: str = ""
) -> None:
    """file: attachment, when that was read."""
    act, about = ("attachment_read", {"file": file}) if file else ("application_read", {})
    resident, subject = str(record.data["resident"]), f"application/{record.id}"
    detail = {**about, "purpose": purpose, **scope.held(services, who)}
    audit.write_reading(services, who.id, act, subject, detail, resident=resident)
