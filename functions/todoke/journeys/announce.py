"""A notice from draft to the public page: written, asked for, approved by a second person,
published, and stopped when it must be.

Who may do what lives in ``core/notice``; what a text may say in ``core/notice_check``. Every
act commits its record of acts with it, and a refused approval is recorded too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from todoke.core import audience as floor
from todoke.core import notice, notice_check
from todoke.core.errors import TodokeError
from todoke.core.notice import Content, Person, Standing
from todoke.journeys import audit, notices, offered, pages, scope
from todoke.ports import Create, Json, Record, Replace, Services, Write

#: smaller audiences never wait behind a bulk notice
URGENT_AUDIENCE = 1000
#: a form is remembered for a day, so that sending it twice makes one notice
FORM_SECONDS = 24 * 3600
_FORM_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")
_TRIES = 20


def problems(
    services: Services, who: Person, content: Content, send_at: int | None
) -> tuple[notice_check.Problem, ...]:
    """Everything to mend in a draft, for a form that shows all of it at once. A topic of another
    office is one that cannot be chosen."""
    now, rules = services.clock.unix(), offered.rules(services)
    hers = {each for each in rules.topics if scope.may(services, who, "notice", each)}
    found = notice_check.problems(content, replace(rules, topics=frozenset(hers)), now)
    return (*found, *_time_problems(content, send_at, now))


# --------------------------------------------------------------------------- acts
def draft(
    services: Services,
    who: Person,
    content: Content,
    send_at: int | None = None,
    form: str | None = None,
) -> Record:
    """A new draft. form: the token of the form it came from; the same token again gives the
    notice it made the first time. Raises what ``check`` refuses, or ``role_missing``."""
    notice.edit(Standing("draft"), who)
    _check(services, who, content, send_at)
    if form is not None and not _FORM_TOKEN.fullmatch(form):
        raise TodokeError("bad_request")
    for _ in range(_TRIES):
        before = services.store.get("form", form) if form else None
        if before is not None:
            return _own(services, who, str(before.data["notice"]))
        number, counted = _next_number(services)
        record = _new(services, number, who, content, send_at)
        writes: list[Write] = [Create(record), counted, _act(services, who, "drafted", number)]
        if form:
            expires = services.clock.unix() + FORM_SECONDS
            writes.append(Create(Record("form", form, {"notice": number}, expires_at=expires)))
        if _commit(services, writes):
            return notices.get(services, number)
    raise TodokeError("version_conflict", kind="setting", id="notice_number")


def edit(
    services: Services,
    who: Person,
    id: str,
    version: int,
    content: Content,
    send_at: int | None = None,
) -> Record:
    """Changes a draft that is still as the author saw it (``version``).

    Raises ``version_conflict`` when a colleague saved meanwhile; the same save twice is one."""
    record = _own(services, who, id)
    notice.edit(notices.standing_of(record), who)
    _check(services, who, content, send_at)
    if notices.content_of(record) == content and notices.send_at_of(record) == send_at:
        return record
    if record.version != version:
        raise TodokeError("version_conflict", kind="notice", id=id)
    writers = sorted({*notices.standing_of(record).writers, who.id})
    changes: dict[str, Json] = {"content": notice.to_json(content), "send_at": send_at}
    changed = _changed(services, record, {**changes, "writers": list(writers)})
    services.store.commit([Replace(changed), _act(services, who, "edited", id)])
    return notices.get(services, id)


def ask(services: Services, who: Person, id: str) -> Record:
    """Freezes the draft and asks for a second person; the audience is counted now.

    Raises what ``check`` refuses now, or ``segment_too_small`` with the next wider segment."""

    def decide(record: Record) -> list[Write]:
        if record.data["state"] == "asked":
            return []
        state = notice.ask(notices.standing_of(record), who)
        content, send_at = notices.content_of(record), notices.send_at_of(record)
        _check(services, who, content, send_at)
        shown = _counted(services, content)
        seal = notice.snapshot(id, content, send_at)
        changes: dict[str, Json] = {"state": state, "snapshot": seal, "audience": shown}
        return [
            Replace(_changed(services, record, {**changes, "reason": None})),
            _act(services, who, "asked", id, snapshot=seal),
        ]

    return _change(services, who, id, decide)


def approve(services: Services, who: Person, id: str, seen: str, typed: str) -> Record:
    """A second person approves what she saw. seen: the snapshot; typed: the count she read.

    One commit: the notice, the record of acts, and the outbox entry that will publish it."""

    def decide(record: Record) -> list[Write]:
        if (record.data["state"], record.data.get("approver")) == ("approved", who.id):
            return []
        state = notice.approve(notices.standing_of(record), who, seen)
        content, send_at = notices.content_of(record), notices.send_at_of(record)
        if notice.snapshot(id, content, send_at) != seen:
            raise TodokeError("notice_changed")
        floor.check_typed(typed, notices.shown_number(record))
        _check(services, who, content, send_at)
        shown = _counted(services, content)
        due = services.clock.unix() if send_at is None else send_at
        changes: dict[str, Json] = {"state": state, "approver": who.id}
        return [
            Replace(_changed(services, record, changes)),
            _outbox(f"publish.{id}", "publish_notice", {"notice": id}, _lane(content, shown), due),
            _act(services, who, "approved", id, snapshot=seen),
        ]

    return _or_recorded(services, who, id, lambda: _change(services, who, id, decide))


def give_back(services: Services, who: Person, id: str, reason: str) -> Record:
    """Returns it to its author with a reason (or its author takes it back)."""

    def decide(record: Record) -> list[Write]:
        if (record.data["state"], record.data.get("reason")) == ("draft", reason.strip()):
            return []
        state = notice.give_back(notices.standing_of(record), who)
        changes: dict[str, Json] = {"state": state, "snapshot": None, "audience": None}
        return [
            Replace(_changed(services, record, {**changes, "reason": reason.strip()})),
            _act(services, who, "given_back", id),
        ]

    _check_reason(reason)
    return _change(services, who, id, decide)


def recall(services: Services, who: Person, id: str, reason: str) -> Record:
    """Stops what is not yet sent, at once and alone; a public page gets the withdrawn mark.

    The mark is written here and, should this process die, again from the outbox."""

    def decide(record: Record) -> list[Write]:
        if record.data["state"] == "recalled":
            return []
        state = notice.recall(notices.standing_of(record), who)
        now = services.clock.unix()
        changes: dict[str, Json] = {"state": state, "reason": reason.strip(), "recalled_at": now}
        writes: list[Write] = [
            Replace(_changed(services, record, changes)),
            _act(services, who, "recalled", id, state=record.data["state"]),
        ]
        if record.data.get("published_at"):
            body: dict[str, Json] = {"notice": id}
            writes.append(_outbox(f"withdraw.{id}", "publish_notice", body, "urgent", now))
        return writes

    _check_reason(reason)
    record = _change(services, who, id, decide)
    if record.data.get("published_at"):
        publish_notice(services, id)
    return record


# --------------------------------------------------------------------------- publishing
def publish_notice(services: Services, id: str) -> None:
    """Writes the public page, JSON, list and feeds, then starts the sending. Safe to repeat.

    The moment of publication is committed first: it makes a repetition after a crash write
    the same bytes, and tells a recall that a page may be out there."""
    for _ in range(_TRIES):
        record = notices.get(services, id)
        state = str(record.data["state"])
        if state == "recalled" and record.data.get("published_at"):
            _put_files(services, id)
        if state in ("sending", "sent", "recalled"):
            return
        if not record.data.get("published_at"):
            notice.after(state, "publish")
            public = notices.publication(services, record)
            noted = notices.noted_as_public(services, id)
            _commit(services, [Replace(_changed(services, record, public)), *noted])
        else:
            _put_files(services, id)
            if _commit(services, _start_sending(services, record)):
                return
    raise TodokeError("version_conflict", kind="notice", id=id)


def _start_sending(services: Services, record: Record) -> list[Write]:
    id, content = record.id, notices.content_of(record)
    state = notice.after(str(record.data["state"]), "publish")
    lane = _lane(content, record.data.get("audience"))
    followers = floor.count(notices.cells_of(services, content.topic), floor.Segment())
    parts, now = pages.parts_for(followers), services.clock.unix()
    return [
        Replace(_changed(services, record, {"state": state, "parts": parts})),
        *(pages.job(pages.Place(id, part, lane), now) for part in range(parts)),
        audit.entry(services, "system", "published", f"notice/{id}"),
    ]


def _put_files(services: Services, id: str) -> None:
    """Pages first, then the lists that point to them; again if another notice came between,
    or two workers publishing at once could drop each other from the feeds."""
    for _ in range(_TRIES):
        latest = notices.published(services)
        changed = [notices.public_form(notices.get(services, id))]
        files = services.press.notices(changed, latest)
        for key in sorted(files, key=lambda name: (not name.startswith(_pages(id)), name)):
            services.blobs.put(key, files[key])
        if notices.published(services) == latest:
            return


def _pages(id: str) -> tuple[str, ...]:
    return (f"notices/{id}.", f"easy/notices/{id}.", f"en/notices/{id}.")


# --------------------------------------------------------------------------- parts
def _counted(services: Services, content: Content) -> dict[str, Json]:
    """Only what may be shown is kept: the exact number of a narrow segment is nobody's."""
    segment, k = notices.segment_of(content), services.config.notices.floor_k
    cells = notices.cells_of(services, content.topic)
    floor.check_floor(cells, segment, k)
    figure = notices.figure_of(cells, segment, k)
    return {"number": figure.number, "few": figure.few, "at_least": figure.at_least}


def _lane(content: Content, shown: Json) -> str:
    number = shown.get("number") if isinstance(shown, dict) else None
    small = isinstance(number, int) and number <= URGENT_AUDIENCE
    return "urgent" if small or content.urgency == "high" else "bulk"


def _check(services: Services, who: Person, content: Content, send_at: int | None) -> None:
    for problem in problems(services, who, content, send_at):
        raise problem.error()


def _own(services: Services, who: Person, id: str) -> Record:
    """Raises ``notice_not_found``, alike for another office's and for none."""
    return scope.get(services, who, "notice", id)


def _check_reason(reason: str) -> None:
    for problem in notice_check.reason_problems(reason):
        raise problem.error()


def _time_problems(
    content: Content, send_at: int | None, now: int
) -> tuple[notice_check.Problem, ...]:
    if send_at is None:
        return ()
    if send_at <= now:
        return (notice_check.Problem("send_at", "time_passed"),)
    if send_at > content.expires_at - notice_check.MIN_LIFE_SECONDS:
        return (notice_check.Problem("send_at", "after_expiry"),)
    return ()


def _new(
    services: Services, number: str, who: Person, content: Content, send_at: int | None
) -> Record:
    now = services.clock.unix()
    data: dict[str, Json] = {
        "state": "draft",
        "content": notice.to_json(content),
        "author": who.id,
        "writers": [who.id],
        "approver": None,
        "snapshot": None,
        "audience": None,
        "send_at": send_at,
        "published_at": None,
        "reason": None,
        "created_at": now,
        "changed_at": now,
        "all": "all",
        "order": audit.order_of_now(services),
    }
    return Record("notice", number, data)


def _next_number(services: Services) -> tuple[str, Write]:
    """The next running number of the Japanese year, and the write that takes it."""
    year = audit.month_of(services.clock.now())[:4]
    id = f"notice_number.{year}"
    last = services.store.get("setting", id)
    following = int(str(last.data["value"])) + 1 if last else 1
    record = Record("setting", id, {"value": str(following)}, last.version if last else 0)
    return f"N-{year}-{following:04d}", Replace(record) if last else Create(record)


def _changed(services: Services, record: Record, changes: Mapping[str, Json]) -> Record:
    now = services.clock.unix()
    stamps: dict[str, Json] = {"changed_at": now, "order": audit.order_of_now(services)}
    return Record("notice", record.id, {**record.data, **changes, **stamps}, record.version)


def _outbox(id: str, act: str, body: Mapping[str, Json], lane: str, due: int) -> Create:
    data: dict[str, Json] = {"act": act, "body": dict(body), "lane": lane}
    data |= {"waiting": "waiting", "due_at": audit.sort_key(due)}
    return Create(Record("outbox", id, data))


def _act(services: Services, who: Person, act: str, id: str, **detail: Json) -> Create:
    return audit.entry(services, who.id, act, f"notice/{id}", detail)


def _change(
    services: Services, who: Person, id: str, decide: Callable[[Record], list[Write]]
) -> Record:
    """Decides on the stored record and commits; when somebody was quicker, decides anew, so
    the rules (not a bare conflict) say what is no longer possible."""
    for _ in range(_TRIES):
        record = _own(services, who, id)
        writes = decide(record)
        if not writes or _commit(services, writes):
            return notices.get(services, id)
    raise TodokeError("version_conflict", kind="notice", id=id)


def _commit(services: Services, writes: Sequence[Write]) -> bool:
    """False when another commit came first."""
    try:
        services.store.commit(writes)
    except TodokeError as error:
        if error.code in ("version_conflict", "record_exists"):
            return False
        raise
    return True


def _or_recorded(services: Services, who: Person, id: str, act: Callable[[], Record]) -> Record:
    """A refused approval stays in the record of acts: who tried, and why it was refused."""
    try:
        return act()
    except TodokeError as error:
        if error.status < 500 and error.code != "notice_not_found":
            services.store.commit([_act(services, who, "refused", id, code=error.code)])
        raise
