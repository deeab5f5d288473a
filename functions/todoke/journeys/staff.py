"""The people at the desk: who they are, the one-time link that opens a session, the session.

There are no passwords. A link is handed over in person, works once within a day, and only its
hash is stored; the session it opens lasts one working day and does not slide.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from todoke.core import my_number, sealed
from todoke.core.errors import TodokeError
from todoke.core.notice import Person
from todoke.journeys import audit
from todoke.ports import Create, Delete, Json, Put, Record, Replace, Services, Write

ROLES = ("author", "approver", "caseworker", "cashier")
LINK_SECONDS = 24 * 3600
#: absolute: a forgotten browser at the counter ends with the day
SESSION_SECONDS = 12 * 3600
#: a token is 32 random bytes, 43 base64url characters
TOKEN_BYTES = 32
MAX_NAME = 40
MAX_STAFF = 500

#: the clerks of the demonstration, visibly made up; fixed ids, so a restart adds none
DEMONSTRATION = (
    ("S-demo-author", "見本 あおい", "author"),
    ("S-demo-approver", "見本 みどり", "approver"),
    ("S-demo-caseworker", "見本 わかば", "caseworker"),
    ("S-demo-cashier", "見本 こずえ", "cashier"),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link. code: the secret part, given to the person and kept nowhere."""

    staff: str
    name: str
    roles: tuple[str, ...]
    url: str
    code: str


def add(services: Services, name: str, roles: Sequence[str], *, actor: str = "cli") -> Link:
    """Adds a clerk and makes the first link.

    Raises ``missing_field``, ``bad_field`` or ``my_number_in_text``."""
    record = _person(services, f"S-{secrets.token_hex(4)}", name, roles)
    return _with_link(services, [Create(record)], record, actor, "staff_added")


def new_link(services: Services, staff_id: str, *, actor: str = "cli") -> Link:
    """Another link for somebody already there. Raises ``not_found``."""
    record = services.store.get("staff", staff_id)
    if record is None or not record.data["active"]:
        raise TodokeError("not_found")
    return _with_link(services, [], record, actor, "staff_link_made")


def is_open(services: Services, code: str) -> bool:
    """Whether the code would open a session now."""
    return _link_of(services, code) is not None


def open_session(services: Services, code: str) -> str:
    """Spends the link and opens a session in one commit; the session's token.

    Raises ``staff_link_spent`` for a code that is unknown, used, expired, or of somebody who
    has left: the four look alike."""
    link = _link_of(services, code)
    if link is None:
        raise TodokeError("staff_link_spent")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = services.clock.unix()
    staff_id = str(link.data["staff"])
    session = Record(
        "staff_session",
        _hash(token),
        {"staff": staff_id, "created_at": now},
        expires_at=now + SESSION_SECONDS,
    )
    try:
        services.store.commit(
            [
                Delete("staff_link", link.id, link.version),
                Create(session),
                audit.entry(services, staff_id, "session_opened", f"staff/{staff_id}"),
            ]
        )
    except TodokeError as error:
        if error.code == "version_conflict":  # somebody else spent it this moment
            raise TodokeError("staff_link_spent") from error
        raise
    return token


def staff_of_session(services: Services, token: str) -> Record | None:
    """The clerk whose session this is; None when it ended or she left."""
    session = services.store.get("staff_session", _hash(token))
    if session is None or audit.is_of_the_future(services, session.data["created_at"]):
        return None
    record = services.store.get("staff", str(session.data["staff"]))
    return record if record is not None and record.data["active"] else None


def close_session(services: Services, token: str) -> None:
    """Ends a session; ending it twice is fine."""
    session = services.store.get("staff_session", _hash(token))
    if session is not None:
        staff_id = str(session.data["staff"])
        services.store.commit(
            [
                Delete("staff_session", session.id),
                audit.entry(services, staff_id, "session_closed", f"staff/{staff_id}"),
            ]
        )


def remove(services: Services, staff_id: str, *, actor: str = "cli") -> Record:
    """Takes a clerk's access away at once (sessions and links stop working); the row stays,
    because the record of acts names it. Raises ``not_found``."""
    record = services.store.get("staff", staff_id)
    if record is None:
        raise TodokeError("not_found")
    gone = Record("staff", record.id, {**record.data, "active": False}, record.version)
    services.store.commit(
        [Replace(gone), audit.entry(services, actor, "staff_removed", f"staff/{staff_id}")]
    )
    return gone


def everybody(services: Services) -> Sequence[Record]:
    """All clerks by name, those who left included."""
    found = services.store.find("clerks", "desk", limit=MAX_STAFF).records
    older = services.store.find("staff_list", "all", limit=MAX_STAFF).records
    return sorted([*found, *older], key=lambda each: (name_of(services, each), each.id))


def names(services: Services) -> dict[str, str]:
    """Staff id -> name, for pages that tell who did what."""
    return {each.id: name_of(services, each) for each in everybody(services)}


def name_of(services: Services, record: Record) -> str:
    """The name that colleagues see. Raises ``sealed_unreadable``."""
    if record.data.get("sealed") is None:
        return str(record.data["name"])
    keys = services.secrets.data_key
    return str(sealed.open_json(keys, "staff", record.id, record.data["sealed"])["name"])


def with_sealed_name(services: Services, record: Record) -> Mapping[str, Json] | None:
    """A clerk of a store before schema 3, whose name stood there for everybody; None for any
    other."""
    if record.data.get("name") is None:
        return None
    found = {name: value for name, value in record.data.items() if name not in ("name", "all")}
    return {**found, **_named(services, record.id, str(record.data["name"]))}


def _named(services: Services, staff_id: str, name: str) -> dict[str, Json]:
    keys = services.secrets.data_key
    return {"sealed": sealed.seal_json(keys, "staff", staff_id, {"name": name}), "desk": "desk"}


def person(record: Record) -> Person:
    """The clerk as the rules in ``core`` know her."""
    roles = record.data["roles"]
    return Person(record.id, frozenset(map(str, roles if isinstance(roles, list) else [])))


def demonstration_clerks(services: Services) -> Sequence[Link]:
    """The author and the approver of the demonstration, each with a fresh link."""
    links = []
    for staff_id, name, role in DEMONSTRATION:
        record = services.store.get("staff", staff_id)
        missing = record is None or not record.data["active"]
        if record is None or missing:
            record = _person(services, staff_id, name, [role], demonstration=True)
        writes: list[Write] = [Put(record)] if missing else []
        links.append(_with_link(services, writes, record, "system", "staff_link_made"))
    return links


def _person(
    services: Services,
    staff_id: str,
    name: str,
    roles: Sequence[str],
    *,
    demonstration: bool = False,
) -> Record:
    clean = " ".join(name.split())
    if not clean:
        raise TodokeError("missing_field", field="name")
    if len(clean) > MAX_NAME or not clean.isprintable():
        raise TodokeError("bad_field", field="name", rule="too_long", limit=MAX_NAME)
    my_number.refuse("name", clean)
    chosen = [each for each in ROLES if each in roles]
    if not chosen or len(chosen) != len(set(roles)):
        raise TodokeError("bad_field", field="roles", rule="one_of", allowed=" ".join(ROLES))
    return Record(
        "staff",
        staff_id,
        {
            **_named(services, staff_id, clean),
            "roles": list(chosen),
            "demonstration": demonstration,
            "active": True,
            "created_at": services.clock.unix(),
        },
    )


def _with_link(
    services: Services, writes: Sequence[Write], record: Record, actor: str, act: str
) -> Link:
    code = secrets.token_urlsafe(TOKEN_BYTES)
    now = services.clock.unix()
    stored = Record(
        "staff_link",
        _hash(code),
        {"staff": record.id, "created_at": now},
        expires_at=now + LINK_SECONDS,
    )
    recorded = audit.entry(services, actor, act, f"staff/{record.id}")
    services.store.commit([*writes, Create(stored), recorded])
    roles = tuple(sorted(person(record).roles))
    url = f"{services.config.console_url}/enter/{code}"
    return Link(record.id, name_of(services, record), roles, url, code)


def _link_of(services: Services, code: str) -> Record | None:
    link = services.store.get("staff_link", _hash(code))
    if link is None:
        return None
    record = services.store.get("staff", str(link.data["staff"]))
    return link if record is not None and record.data["active"] else None


def _hash(secret: str) -> str:
    """256 random bits need no slow hash: there is nothing to guess."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
