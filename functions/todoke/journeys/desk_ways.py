"""A clerk's own ways in: passkeys, an authenticator app, recovery codes. They are set up by
herself, right after a proof, and belong to the console's own host: none is of use on the portal.

The secret of an app is shown once and sealed; recovery codes are shown once, stored as HMACs, and
work once each. Every way carries the clerk's number of ways (``staff.recover`` raises it), so that
all of them end at once, also those that a lagging index does not list yet.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from todoke.core import letter_code, passkey, sealed, totp
from todoke.core.errors import TodokeError
from todoke.journeys import audit, challenge, desk_session, staff
from todoke.journeys.desk_session import CODE, LINK, PASSKEY, TOTP, Proof
from todoke.ports import Create, Delete, Json, Put, Record, Replace, Services, Write

#: purpose of a challenge for a new passkey of the desk
NEW = "staff_passkey_new"
#: how long the secret of an app waits for its first code
SETUP_SECONDS = 15 * 60
CODES = 8
_CREDENTIAL, _SETUP, _CODES = "staff_credential", "staff_setup", "staff_codes"


@dataclass(frozen=True, slots=True)
class Way:
    """One as its owner sees it. means: "passkey", "totp" or "oidc"."""

    id: str
    means: str
    name: str
    created_at: int
    used_at: int


@dataclass(frozen=True, slots=True)
class Secret:
    """Of an app, to be shown once. text: for typing, address: for the picture."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks: her session, herself, the token of the session, and the rough name of her
    browser."""

    session: Record
    clerk: Record
    token: str
    browser: str


# ------------------------------------------------------------------------------ a passkey
def ask_passkey(services: Services, asking: Asking, browser: str) -> dict[str, Any]:
    """Options for one more passkey. browser: pre-session token. Raises ``staff_proof_old``,
    ``too_many_passkeys``."""
    known = may_add(services, asking)
    asked = challenge.issue(services, browser, NEW, asking.clerk.id)
    handles = [str(each.data["handle"]) for each in known if each.data["means"] == PASSKEY]
    label = staff.name_of(services, asking.clerk)
    return passkey.creation(site(services), asked.nonce, asking.clerk.id, label, handles)


def add_passkey(
    services: Services, asking: Asking, browser: str, body: Mapping[str, object]
) -> str:
    """One more passkey; the token of the session that goes on: a new one after a link or a
    recovery code. Raises ``passkey_refused``, ``challenge_spent``, ``staff_proof_old``."""
    may_add(services, asking)
    answer = passkey.read_new(body)
    nonce = passkey.nonce_of(answer.client_data)
    asked = challenge.find(services, browser, NEW, nonce)
    if asked is None or asked.data["account"] != asking.clerk.id:
        raise TodokeError("challenge_spent")
    try:
        made = passkey.made(site(services), nonce, answer)
    except TodokeError:
        services.store.commit([challenge.spending(asked)])
        raise
    handle = _text(made.id)
    record = credential(services, asking, PASSKEY, id_of(services, handle), asking.browser)
    extra: dict[str, Json] = {"key": _text(made.key), "count": made.count, "handle": handle}
    stored = replace(record, data={**record.data, **extra})
    token, going_on = goes_on(services, asking, Proof(PASSKEY, stored.id, asking.browser))
    writes: list[Write] = [challenge.spending(asked), Create(stored), *going_on]
    try:
        services.store.commit([*writes, note(services, asking, "staff_way_added", PASSKEY)])
    except TodokeError as error:
        rule = "challenge_spent" if challenge.spent_meanwhile(error) else "passkey_known"
        raise passkey.refused(rule) from error
    return token


def site(services: Services) -> passkey.Site:
    """The console as passkeys know it: its own host, not the portal's."""
    config = services.config
    host = config.console_host
    name = services.words.say("ja", "console.desk")
    shown = f"{config.city.name['ja']} {name}"
    return passkey.Site(host.partition(":")[0], config.origin_of(host), shown)


def id_of(services: Services, handle: str) -> str:
    """Id of the record of a passkey."""
    return sealed.blind(services.secrets.seal_key, "staff_passkey", handle)


# ------------------------------------------------------------------------- an app's codes
def begin_totp(services: Services, asking: Asking) -> Secret:
    """A secret for her app, which waits for its first code; one that waited before is over.

    Raises ``staff_proof_old``, ``too_many_passkeys``."""
    may_add(services, asking)
    clerk, raw = asking.clerk, secrets.token_bytes(totp.SECRET_BYTES)
    data: dict[str, Json] = {
        "sealed": _sealed(services, _SETUP, clerk.id, {"secret": _text(raw)}),
        "ways": staff.ways_of(clerk),
    }
    ends = services.clock.unix() + SETUP_SECONDS
    services.store.commit([Put(Record(_SETUP, clerk.id, data, expires_at=ends))])
    # no name: a phone's list of accounts is seen by others
    issuer = services.config.console_host.partition(":")[0]
    return Secret(totp.shown(raw), totp.address(raw, issuer, clerk.id))


def confirm_totp(services: Services, asking: Asking, typed: str) -> str | None:
    """Takes the app whose first code this is, in place of the one before; the token of the session
    that goes on. None for a wrong code: the secret goes on waiting.

    Raises ``staff_proof_old``, and ``not_found`` where no secret waits."""
    may_add(services, asking)
    clerk = asking.clerk
    setup = services.store.get(_SETUP, clerk.id)
    if setup is None or setup.data["ways"] != staff.ways_of(clerk):
        raise TodokeError("not_found")
    inside = sealed.open_json(services.secrets.data_key, _SETUP, clerk.id, setup.data["sealed"])
    code = totp.read(typed)
    step = totp.matching(_raw(inside["secret"]), code, services.clock.unix(), -1) if code else None
    if step is None:
        return None
    id = f"W-{secrets.token_hex(16)}"
    record = credential(services, asking, TOTP, id, "", secret=inside["secret"])
    stored = replace(record, data={**record.data, "step": step})
    named = replace(clerk, data={**clerk.data, "totp": id})
    old = clerk.data.get("totp")
    token, going_on = goes_on(services, asking, Proof(TOTP, id, asking.browser))
    services.store.commit(
        [
            Replace(named),
            Create(stored),
            Delete(_SETUP, clerk.id, setup.version),
            *([Delete(_CREDENTIAL, str(old))] if old else []),
            *going_on,
            note(services, asking, "staff_way_added", TOTP),
        ]
    )
    return token


def secret_of(services: Services, record: Record) -> bytes:
    """The secret of an app."""
    key = services.secrets.data_key
    return _raw(sealed.open_json(key, _CREDENTIAL, record.id, record.data["sealed"])["secret"])


# -------------------------------------------------------------------------- recovery codes
def new_codes(services: Services, asking: Asking) -> list[str]:
    """Fresh recovery codes, to be shown once; those of before are over.

    Raises ``staff_proof_old``."""
    desk_session.refuse_old(services, asking.session)
    codes = [letter_code.new() for _ in range(CODES)]
    clerk = asking.clerk
    left: list[Json] = [code_hash(services, clerk.id, each) for each in codes]
    data: dict[str, Json] = {
        "left": left,
        "ways": staff.ways_of(clerk),
        "created_at": services.clock.unix(),
    }
    noted = note(services, asking, "staff_codes_made", CODE)
    services.store.commit([Put(Record(_CODES, clerk.id, data)), noted])
    return codes


def code_hash(services: Services, staff_id: str, printed: str) -> str:
    """Of a recovery code as it is printed or typed: 60 bits of chance under a key, so nothing is
    to be found out from what is stored."""
    letters = letter_code.read(printed) or ""
    return sealed.blind(services.secrets.seal_key, _CODES, f"{staff_id}\0{letters}")


def codes_left(services: Services, clerk: Record) -> int:
    """How many recovery codes she still has."""
    found = services.store.get(_CODES, clerk.id)
    if found is None or found.data["ways"] != staff.ways_of(clerk):
        return 0
    left = found.data["left"]
    return len(left) if isinstance(left, list) else 0


# ---------------------------------------------------------------------------- keeping them
def of_clerk(services: Services, clerk: Record) -> Sequence[Way]:
    """Her ways in, the newest first."""
    found = [_shown(services, each) for each in _all(services, clerk)]
    return sorted(found, key=lambda each: each.created_at, reverse=True)


def remove(services: Services, asking: Asking, id: str) -> None:
    """Takes one away; what it opened ends with it. Raises ``not_found``, ``staff_proof_old``, and
    ``last_way_in``: whoever has no other would stand before the door tomorrow."""
    desk_session.refuse_old(services, asking.session)
    clerk, record = asking.clerk, services.store.get(_CREDENTIAL, id)
    if record is None or record.data["staff"] != clerk.id:
        raise TodokeError("not_found")
    if len(_all(services, clerk)) < 2:
        raise TodokeError("last_way_in")
    means = str(record.data["means"])
    writes: list[Write] = [Delete(_CREDENTIAL, id, record.version)]
    # her own row is written too: two who take her last two away at once are not both right
    kept = clerk.data.get("totp") if clerk.data.get("totp") != id else None
    writes.append(Replace(replace(clerk, data={**clerk.data, "totp": kept})))
    noted = note(services, asking, "staff_way_removed", means)
    services.store.commit([*writes, noted])


def may_add(services: Services, asking: Asking) -> list[Record]:
    """Her ways in, before one more. Raises ``staff_proof_old``, ``too_many_passkeys``."""
    desk_session.refuse_old(services, asking.session)
    known = _all(services, asking.clerk)
    if len(known) >= staff.MAX_WAYS:
        raise TodokeError("too_many_passkeys", limit=staff.MAX_WAYS)
    return known


def _all(services: Services, clerk: Record) -> list[Record]:
    found = services.store.find("staff_credentials", clerk.id, limit=2 * staff.MAX_WAYS).records
    return [each for each in found if each.data["ways"] == staff.ways_of(clerk)]


def goes_on(services: Services, asking: Asking, proof: Proof) -> tuple[str, list[Write]]:
    """What was opened by a link or a recovery code goes on as opened by her own way."""
    if asking.session.data["means"] not in (LINK, CODE):
        return asking.token, []
    token, making = desk_session.opening(services, asking.clerk, proof, asking.token)
    return token, [Delete("staff_session", asking.session.id), *making]


def credential(
    services: Services, asking: Asking, means: str, id: str, name: str, **inside: str
) -> Record:
    """The record of a way in that is made now. name: as its owner sees it. inside: sealed too."""
    now = services.clock.unix()
    data: dict[str, Json] = {
        "staff": asking.clerk.id,
        "means": means,
        "ways": staff.ways_of(asking.clerk),
        "sealed": _sealed(services, _CREDENTIAL, id, {"name": name, **inside}),
        "created_at": now,
        "used_at": now,
    }
    return Record(_CREDENTIAL, id, data)


def _shown(services: Services, record: Record) -> Way:
    key = services.secrets.data_key
    inside = sealed.open_json(key, _CREDENTIAL, record.id, record.data["sealed"])
    times = (int(str(record.data[each])) for each in ("created_at", "used_at"))
    return Way(record.id, str(record.data["means"]), str(inside["name"]), *times)


def note(services: Services, asking: Asking, act: str, means: str) -> Write:
    """The write that tells of a way in."""
    id = asking.clerk.id
    return audit.entry(services, id, act, f"staff/{id}", {"means": means})


def _sealed(services: Services, kind: str, id: str, inside: Mapping[str, str]) -> str:
    return sealed.seal_json(services.secrets.data_key, kind, id, inside)


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
