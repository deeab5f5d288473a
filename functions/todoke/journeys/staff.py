"""The people at the desk: who they are, what they may do, and the one-time link.

There are no passwords. A link is handed over in person, works once within a day, and only its hash
is stored; whoever came in by one sets up a way in of her own (journeys/desk_ways.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from todoke.core import desk_roles, my_number, sealed
from todoke.core.errors import TodokeError
from todoke.core.notice import Person
from todoke.journeys import audit, desk_session, scope
from todoke.journeys.desk_session import TOKEN_BYTES, hashed
from todoke.ports import Create, Delete, Json, Put, Record, Replace, Services, Write

ROLES = desk_roles.ROLES
LINK_SECONDS = 24 * 3600
MAX_NAME = 40
MAX_STAFF = 500
ATTEMPTS = 5
#: ways in of one clerk: her phone, a key on her ring, the browser on her desk
MAX_WAYS = 20
#: the setting that names all administrators: two who take each other's role away at once write it
#: both, and one of them learns that she would be the last
_ADMINISTRATORS = "administrators"

#: the clerks of the demonstration, visibly made up; fixed ids, so a restart adds none
DEMONSTRATION = (
    ("S-demo-author", "見本 あおい", "author"),
    ("S-demo-approver", "見本 みどり", "approver"),
    ("S-demo-caseworker", "見本 わかば", "caseworker"),
    ("S-demo-cashier", "見本 こずえ", "cashier"),
    ("S-demo-auditor", "見本 まなみ", "auditor"),
    ("S-demo-administrator", "見本 つかさ", "administrator"),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link. code: the secret part, given to the person and kept nowhere."""

    staff: str
    name: str
    roles: tuple[str, ...]
    url: str
    code: str


def add(
    services: Services,
    name: str,
    roles: Sequence[str],
    *,
    offices: Sequence[str] = (),
    actor: str = "cli",
) -> Link:
    """Adds a clerk and makes the first link.

    Raises ``missing_field``, ``bad_field`` or ``my_number_in_text``."""
    record = _person(services, f"S-{secrets.token_hex(4)}", name, roles)
    record = replace(record, data={**record.data, "offices": _offices(services, offices)})
    writes = [Create(record), *_administrators(services, None, record)]
    return _with_link(services, writes, record, actor, "staff_added")


def new_link(services: Services, staff_id: str, *, actor: str = "cli") -> Link:
    """Another link for somebody already there; her own ways in stay. Raises ``not_found``."""
    return _with_link(services, [], here(services, staff_id), actor, "staff_link_made")


def recover(services: Services, staff_id: str, *, actor: str = "cli") -> Link:
    """A link for somebody who lost her ways in: they, her sessions and older links end with the
    same commit. Raises ``not_found``."""
    clerk = here(services, staff_id)
    rounds = {"round": desk_session.round_of(clerk) + 1, "ways": ways_of(clerk) + 1}
    ended = replace(clerk, data={**clerk.data, **rounds, "totp": None})
    writes = [Replace(ended), *erasing(services, clerk.id)]
    return _with_link(services, writes, ended, actor, "staff_recovered")


def erasing(services: Services, staff_id: str) -> list[Write]:
    """The writes that erase a clerk's ways in and sessions, once her numbers have ended them."""
    ways = services.store.find("staff_credentials", staff_id, limit=MAX_WAYS).records
    return [
        *(Delete("staff_credential", each.id) for each in ways),
        Delete("staff_codes", staff_id),
        Delete("staff_setup", staff_id),
        *desk_session.erasing(services, staff_id),
    ]


def is_open(services: Services, code: str) -> bool:
    """Whether the code would open a session now."""
    return _link_of(services, code) is not None


def open_session(services: Services, code: str, browser: str = "") -> str:
    """Spends the link and opens a session in one commit; the session's token.

    Raises ``staff_link_spent`` for a code that is unknown, used, expired, or of somebody who
    has left: the four look alike."""
    found = _link_of(services, code)
    if found is None:
        raise TodokeError("staff_link_spent")
    link, clerk = found
    proof = desk_session.Proof(desk_session.LINK, browser=browser)
    token, making = desk_session.opening(services, clerk, proof)
    try:
        services.store.commit([Delete("staff_link", link.id, link.version), *making])
    except TodokeError as error:
        if error.code == "version_conflict":  # somebody else spent it this moment
            raise TodokeError("staff_link_spent") from error
        raise
    return token


def set_roles(
    services: Services,
    staff_id: str,
    roles: Sequence[str],
    *,
    actor: str,
    offices: Sequence[str] | None = None,
) -> Record:
    """Gives a clerk these roles and offices, and no others (None: her offices stay).

    Raises ``not_found``, ``bad_field``, ``own_roles`` for oneself, ``last_administrator``."""
    if actor == staff_id:
        raise TodokeError("own_roles")
    after: dict[str, Json] = {"roles": _roles(roles)}
    detail: dict[str, Json] = {"roles": " ".join(roles)}
    if offices is not None:
        after["offices"] = _offices(services, offices)
        detail["offices"] = " ".join(offices)
    return _changed(services, staff_id, after, actor, "staff_roles", detail)


def set_offices(services: Services, staff_id: str, offices: Sequence[str]) -> Record:
    """Gives a clerk these offices and no others, at the machine: an administrator changes nobody's
    own, and a city that names its offices may have one. Raises ``not_found``, ``bad_field``."""
    after: dict[str, Json] = {"offices": _offices(services, offices)}
    detail: dict[str, Json] = {"offices": " ".join(offices)}
    return _changed(services, staff_id, after, "cli", "staff_offices", detail)


def end_sessions(services: Services, staff_id: str, *, actor: str) -> Record:
    """Ends all sessions of a clerk. Raises ``not_found``."""
    clerk = here(services, staff_id)
    ended: dict[str, Json] = {"round": desk_session.round_of(clerk) + 1}
    return _changed(services, staff_id, ended, actor, "staff_sessions_ended")


def remove(services: Services, staff_id: str, *, actor: str = "cli") -> Record:
    """Takes a clerk's access away at once (sessions and links stop working); the row stays,
    because the record of acts names it. Raises ``not_found``, ``own_roles`` for oneself,
    ``last_administrator``."""
    if actor == staff_id:
        raise TodokeError("own_roles")
    return _changed(services, staff_id, {"active": False}, actor, "staff_removed")


def _changed(
    services: Services,
    staff_id: str,
    changes: dict[str, Json],
    actor: str,
    act: str,
    detail: dict[str, Json] | None = None,
) -> Record:
    for _ in range(ATTEMPTS):
        record = services.store.get("staff", staff_id)
        if record is None or (act != "staff_removed" and not record.data["active"]):
            raise TodokeError("not_found")
        changed = replace(record, data={**record.data, **changes})
        # the demonstration's clerks leave before a city opens, whoever is there
        may_be_last = actor == "cli" and bool(record.data["demonstration"])
        writes: list[Write] = [
            Replace(changed),
            *_administrators(services, record, changed, may_be_last=may_be_last),
            audit.entry(services, actor, act, f"staff/{staff_id}", detail),
        ]
        try:
            services.store.commit(writes)
        except TodokeError as error:
            if error.code not in ("version_conflict", "record_exists"):
                raise
            continue
        return changed
    raise TodokeError("storage_unavailable")


def _administrators(
    services: Services, before: Record | None, after: Record, *, may_be_last: bool = False
) -> list[Write]:
    """The write that keeps the list of administrators, where it changes.

    Raises ``last_administrator``."""
    was, will = before is not None and _administers(before), _administers(after)
    if was == will:
        return []
    setting = services.store.get("setting", _ADMINISTRATORS)
    known = str(setting.data["value"]).split() if setting else []
    left = sorted({*known, after.id} if will else {*known} - {after.id})
    if not left and not may_be_last:
        raise TodokeError("last_administrator")
    record = Record("setting", _ADMINISTRATORS, {"value": " ".join(left)})
    return [Replace(replace(record, version=setting.version)) if setting else Create(record)]


def _administers(record: Record) -> bool:
    return bool(record.data["active"]) and desk_roles.ADMINISTRATOR in person(record).roles


# ----------------------------------------------------------------------------- finding
def here(services: Services, staff_id: str) -> Record:
    """The clerk, while she works here. Raises ``not_found``."""
    record = services.store.get("staff", staff_id)
    if record is None or not record.data["active"]:
        raise TodokeError("not_found")
    return record


def by_typed(services: Services, typed: str) -> Record | None:
    """The clerk of a name or id that somebody typed at the door; None where nobody or more than
    one is called so (their ids tell them apart). The same reads whoever it is."""
    clean = " ".join(typed.split())
    if not clean or len(clean) > MAX_NAME:
        clean = "-"
    by_id = services.store.get("staff", clean)
    # names are sealed, so there is nothing to look them up by; a city's clerks are a few hundred
    named = [each for each in everybody(services) if name_of(services, each) == clean]
    if by_id is not None:
        return by_id if by_id.data["active"] else None
    found = [each for each in named if each.data["active"]]
    return found[0] if len(found) == 1 else None


def ways_of(clerk: Record) -> int:
    """Of her ways in."""
    return int(str(clerk.data.get("ways") or 0))


def everybody(services: Services) -> Sequence[Record]:
    """All clerks by name, those who left included."""
    found = services.store.find("clerks", "desk", limit=MAX_STAFF).records
    older = services.store.find("staff_list", "all", limit=MAX_STAFF).records
    return sorted([*found, *older], key=lambda each: (name_of(services, each), each.id))


def without_office(services: Services) -> Sequence[Record]:
    """Whoever is to work for residents and sees nothing, in a city that names its offices."""
    known = set(services.config.offices.names)
    return [
        each
        for each in (everybody(services) if known else ())
        if each.data["active"]
        and not scope.offices_of(each) & known
        and person(each).roles & set(desk_roles.AT_WORK)
    ]


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
    held = frozenset(map(str, roles if isinstance(roles, list) else []))
    return Person(record.id, held, scope.offices_of(record))


def demonstration_clerks(services: Services) -> Sequence[Link]:
    """The clerks of the demonstration, each with a fresh link."""
    links = []
    for staff_id, name, role in DEMONSTRATION:
        record = services.store.get("staff", staff_id)
        missing = record is None or not record.data["active"]
        if record is None or missing:
            record = _person(services, staff_id, name, [role], demonstration=True)
            every = list(services.config.offices.names)
            record = replace(record, data={**record.data, "offices": list[Json](every)})
        writes: list[Write] = []
        if missing:
            writes = [Put(record), *_administrators(services, None, record)]
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
    return Record(
        "staff",
        staff_id,
        {
            **_named(services, staff_id, clean),
            "roles": _roles(roles),
            "offices": [],
            "round": 0,
            "ways": 0,
            "totp": None,
            "demonstration": demonstration,
            "active": True,
            "created_at": services.clock.unix(),
        },
    )


def _roles(roles: Sequence[str]) -> list[Json]:
    rule = desk_roles.refused(roles)
    if rule is not None:
        raise TodokeError("bad_field", field="roles", rule=rule, allowed=" ".join(ROLES))
    return [each for each in ROLES if each in roles]


def _offices(services: Services, offices: Sequence[str]) -> list[Json]:
    known = services.config.offices.names
    if not set(offices) <= set(known):
        raise TodokeError("bad_field", field="offices", rule="one_of", allowed=" ".join(known))
    return [each for each in known if each in offices]


def _with_link(
    services: Services, writes: Sequence[Write], record: Record, actor: str, act: str
) -> Link:
    code = secrets.token_urlsafe(TOKEN_BYTES)
    now = services.clock.unix()
    stored = Record(
        "staff_link",
        hashed(code),
        {"staff": record.id, "ways": ways_of(record), "created_at": now},
        expires_at=now + LINK_SECONDS,
    )
    recorded = audit.entry(services, actor, act, f"staff/{record.id}")
    services.store.commit([*writes, Create(stored), recorded])
    roles = tuple(sorted(person(record).roles))
    url = f"{services.config.console_url}/enter/{code}"
    return Link(record.id, name_of(services, record), roles, url, code)


def _link_of(services: Services, code: str) -> tuple[Record, Record] | None:
    link = services.store.get("staff_link", hashed(code))
    if link is None:
        return None
    clerk = services.store.get("staff", str(link.data["staff"]))
    if clerk is None or not clerk.data["active"]:
        return None
    return (link, clerk) if int(str(link.data.get("ways") or 0)) == ways_of(clerk) else None
