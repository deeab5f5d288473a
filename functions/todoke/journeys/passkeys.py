"""Passkeys of an account: made with a phone, shown to log in, named, taken away.

Whoever has no card may begin with a passkey: the account is new and linked to nobody until a letter
code or a card says whose it is. Whoever is logged in adds passkeys to her own account, right after
a proof: a browser that was left open must not give itself a second key.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from todoke.core import my_number, passkey, sealed
from todoke.core.errors import TodokeError
from todoke.journeys import challenge, session, ways_in
from todoke.journeys.audit import JST
from todoke.journeys.session import HELD, Opened, Proof
from todoke.journeys.ways_in import Way
from todoke.ports import Check, Create, Json, Record, Replace, Services, Write

MEANS = "passkey"
#: of one account; a family has a few phones
MOST = 20
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Passkey:
    """One as its owner sees it. used_at: to the day."""

    id: str
    name: str
    created_at: int
    used_at: int


# ------------------------------------------------------------------------------- a new one
def ask_new(services: Services, browser: str) -> dict[str, Any]:
    """Options for the first passkey of a new account. browser: pre-session token."""
    return _creation(services, browser, passkey.NEW, session.new_number(), ())


def ask_more(services: Services, browser: str, mine: Record, account: Record) -> dict[str, Any]:
    """Options for one more passkey of an account. mine: the session that asks.

    Raises ``proof_needed`` where its proof is old, ``too_many_passkeys``."""
    session.refuse_weaker(services, mine, HELD, fresh=True)
    known = [str(each.data["handle"]) for each in ways_in.of_account(services, account.id, MEANS)]
    _refuse_many(known)
    return _creation(services, browser, passkey.MORE, account.id, known)


def begin(
    services: Services,
    browser: str,
    body: Mapping[str, object],
    old_token: str | None = None,
    named: str = "",
) -> Opened:
    """A new account for the passkey that a browser made, and a session; that of this browser
    ends. named: rough name of the browser. Raises ``passkey_refused``."""
    # never one that was asked for within an account: were that erased meanwhile, its number, and
    # with it its sessions, would come back
    asked, record = _made(services, browser, passkey.NEW, body, named)
    account = session.new_account(services, str(asked.data["account"]))
    opened, making = session.opening(services, account, Proof(MEANS, record.id, named))
    writes: list[Write] = [challenge.spending(asked), Create(account), Create(record)]
    _commit(services, [*writes, *making, *session.closing(services, old_token)])
    return opened


def add(
    services: Services, browser: str, body: Mapping[str, object], mine: Record, account: Record
) -> None:
    """One more passkey for the account of a session. Raises ``passkey_refused``,
    ``proof_needed``, ``too_many_passkeys``."""
    session.refuse_weaker(services, mine, HELD, fresh=True)
    asked, record = _made(services, browser, passkey.MORE, body, str(mine.data["browser"]))
    for _ in range(ATTEMPTS):
        _refuse_many(ways_in.of_account(services, account.id, MEANS))
        if asked.data["account"] != account.id:
            raise challenge.refused(services, asked, MEANS, "challenge_spent")
        writes: list[Write] = [challenge.spending(asked), Create(record)]
        writes += [Check("account", account.id, account.version)]
        try:
            return _commit(
                services, [*writes, *ways_in.telling(services, account, f"{MEANS}_added")]
            )
        except TodokeError as error:
            now = services.store.get("account", account.id)
            if error.code != "version_conflict" or now is None:
                raise
            account = now
    raise TodokeError("storage_unavailable")


def _creation(
    services: Services, browser: str, purpose: str, account: str, known: Sequence[str]
) -> dict[str, Any]:
    asked = challenge.issue(services, browser, purpose, account)
    return passkey.creation(_site(services), asked.nonce, account, _label(services), known)


def _made(
    services: Services, browser: str, purpose: str, body: Mapping[str, object], named: str
) -> tuple[Record, Record]:
    """(challenge, credential not yet written) of what a browser made."""
    asked = None
    try:
        answer = passkey.read_new(body)
        nonce = passkey.nonce_of(answer.client_data)
        asked = challenge.find(services, browser, purpose, nonce)
        made = passkey.made(_site(services), nonce, answer)
    except TodokeError as error:
        raise _refused(services, asked, error) from error
    if asked is None:
        raise challenge.refused(services, None, MEANS, "challenge_spent")
    return asked, _record(services, made, str(asked.data["account"]), named)


def _commit(services: Services, writes: Sequence[Write]) -> None:
    try:
        services.store.commit(writes)
    except TodokeError as error:
        challenge.if_another_came_first(services, MEANS, error)
        if error.details.get("kind") == "account":
            raise  # whose it is has changed at this moment
        raise challenge.refused(services, None, MEANS, "passkey_known") from error


def _refused(services: Services, asked: Record | None, error: TodokeError) -> TodokeError:
    """The one answer to what proves nothing; whatever else went wrong stays what it is."""
    if error.code != "passkey_refused":
        return error
    return challenge.refused(services, asked, MEANS, str(error.details["rule"]))


# ------------------------------------------------------------------------------ logging in
def ask(services: Services, browser: str) -> dict[str, Any]:
    """Options for a login. browser: pre-session token."""
    asked = challenge.issue(services, browser, passkey.LOGIN)
    return passkey.request(_site(services), asked.nonce)


@challenge.refuses_evenly
def login(
    services: Services,
    browser: str,
    body: Mapping[str, object],
    old_token: str | None = None,
    named: str = "",
) -> Opened:
    """Opens a session for the passkey that answered; that of this browser ends.

    Raises ``passkey_refused``."""
    for _ in range(ATTEMPTS):
        asked = None
        try:
            answer = passkey.read_shown(body)
            nonce = passkey.nonce_of(answer.client_data)
            asked = challenge.find(services, browser, passkey.LOGIN, nonce)
            credential, account, count = _proved(services, nonce, answer)
        except TodokeError as error:
            raise _refused(services, asked, error) from error
        if asked is None:
            raise challenge.refused(services, None, MEANS, "challenge_spent")
        proof = Proof(MEANS, credential.id, named)
        opened, making = session.opening(services, account, proof, old_token)
        used = {**credential.data, "used_at": services.clock.unix(), "count": count}
        closing = session.closing(services, old_token)
        kept = Replace(replace(credential, data=used))
        try:
            services.store.commit([challenge.spending(asked), kept, *making, *closing])
        except TodokeError as error:
            challenge.if_another_came_first(services, MEANS, error)
            continue
        return opened
    raise TodokeError("storage_unavailable")


def _proved(services: Services, nonce: str, answer: passkey.Shown) -> tuple[Record, Record, int]:
    """(credential, account, new counter). An id that nobody has costs the same check as a known
    one: how long the answer takes tells nothing of who has a passkey here."""
    stored = services.store.get("credential", _id_of(services, answer.id))
    known = stored is not None and stored.data["means"] == MEANS
    key = _raw(str(stored.data["key"])) if known and stored else passkey.NOBODYS_KEY
    count = int(str(stored.data["count"])) if known and stored else 0
    new_count = passkey.shown(_site(services), nonce, answer, key, count)
    account = stored and services.store.get("account", str(stored.data["account"]))
    if not known or stored is None or account is None or answer.handle != stored.data["user"]:
        raise passkey.refused("passkey_unknown")
    return stored, account, new_count


# ---------------------------------------------------------------------------- keeping them
def of_account(services: Services, account: Record) -> Sequence[Passkey]:
    """The account's passkeys, the newest first."""
    found = [_shown(services, each) for each in ways_in.of_account(services, account.id, MEANS)]
    return sorted(found, key=lambda each: each.created_at, reverse=True)


def rename(services: Services, account: Record, id: str, name: str) -> None:
    """Gives one another name. Raises ``not_found``, ``bad_field``, ``my_number_in_text``."""
    record = ways_in.own(services, account, Way(MEANS, id))
    named = {**record.data, "sealed": _sealed(services, id, _name(name))}
    services.store.commit([Replace(replace(record, data=named))])


def remove(
    services: Services, mine: Record, account: Record, id: str, *, last: bool = False
) -> None:
    """Takes one away, as ``ways_in.remove`` does. mine: the session that asks."""
    ways_in.remove(services, mine, account, Way(MEANS, id), last=last)


def _refuse_many(known: Sequence[object]) -> None:
    if len(known) >= MOST:
        raise TodokeError("too_many_passkeys", limit=MOST)


def _record(services: Services, made: passkey.Made, account: str, name: str) -> Record:
    handle = _text(made.id)
    id, now = _id_of(services, handle), services.clock.unix()
    data: dict[str, Json] = {
        "account": account,
        "means": MEANS,
        "sealed": _sealed(services, id, name),
        "key": _text(made.key),
        "count": made.count,
        "handle": handle,
        "user": account,
        "created_at": now,
        "used_at": now,
    }
    return Record("credential", id, data)


def _shown(services: Services, record: Record) -> Passkey:
    data_key = services.secrets.data_key
    found = sealed.open_json(data_key, "credential", record.id, record.data["sealed"])
    times = (int(str(record.data[each])) for each in ("created_at", "used_at"))
    return Passkey(record.id, str(found["name"]), *times)


def _sealed(services: Services, id: str, name: str) -> str:
    return sealed.seal_json(services.secrets.data_key, "credential", id, {"name": name})


def _name(given: str) -> str:
    clean = " ".join(given.split())
    if not clean:
        raise TodokeError("missing_field", field="name")
    if len(clean) > passkey.MAX_NAME or not clean.isprintable():
        raise TodokeError("bad_field", field="name", rule="too_long", limit=passkey.MAX_NAME)
    my_number.refuse("name", clean)
    return clean


def _id_of(services: Services, handle: str) -> str:
    return sealed.blind(services.secrets.seal_key, MEANS, handle)


def _site(services: Services) -> passkey.Site:
    config = services.config
    host = config.portal_host
    return passkey.Site(host.partition(":")[0], config.origin_of(host), config.city.name["ja"])


def _label(services: Services) -> str:
    """What a phone lists the passkey under: the city and the day; who the person is stays out of
    her own phone's list, too, which others may see."""
    today: datetime = services.clock.now().astimezone(JST)
    return f"{services.config.city.name['ja']} {today:%Y-%m-%d}"


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
