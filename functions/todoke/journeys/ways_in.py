"""Ways into an account that prove who somebody is each time anew and leave nothing here but a
blind id: a card, and デジタル認証アプリ. The first use opens an account, each later one a session
for it; it joins the account of a session only where its owner says so."""

from __future__ import annotations

from dataclasses import dataclass, replace

from todoke.core.errors import TodokeError
from todoke.journeys import challenge, session
from todoke.journeys.session import Opened, Proof
from todoke.ports import Check, Create, Delete, Json, Record, Replace, Services, Write

#: how exactly it is known when a way in was last used
USED_SECONDS = 86400
#: two logins by one way at the same moment: the loser reads again
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Way:
    """means: card | app. credential: id of its record, blind."""

    means: str
    credential: str


def enter(services: Services, asked: Record, way: Way, old_token: str | None, named: str) -> Opened:
    """Opens a session for whoever came by a way, and at the first time an account, in one commit
    with the end of the challenge and of the session this browser had.

    asked: the challenge that was answered. named: rough name of the browser."""
    for _ in range(ATTEMPTS):
        opened, writes = _opening(services, way, named, old_token)
        closing = session.closing(services, old_token)
        try:
            services.store.commit([challenge.spending(asked), *writes, *closing])
        except TodokeError as error:
            challenge.if_another_came_first(services, way.means, error)
            continue
        return opened
    raise TodokeError("storage_unavailable")


def add(services: Services, asked: Record, way: Way, token: str) -> Opened:
    """Adds a way to the account of a session, which rises to its tier under a new token.

    Raises ``login_needed``, ``proof_needed`` for a new way where the session's own proof is old,
    and ``card_taken`` or ``app_taken`` for what opens another account."""
    for _ in range(ATTEMPTS):
        found = session.find(services, token)
        if found is None:
            raise TodokeError("login_needed")
        mine, account = found
        known = services.store.get("credential", way.credential)
        if known is not None and known.data["account"] != account.id:
            raise TodokeError(f"{way.means}_taken")
        if known is None:  # whose the account's own way is, she has just said herself
            session.refuse_weaker(services, mine, session.HELD, fresh=True)
        keeping = _used(known, services.clock.unix()) if known else made(services, account, way)
        proof = Proof(way.means, way.credential, str(mine.data["browser"]))
        opened, making = session.opening(services, account, proof, token)
        writes: list[Write] = [challenge.spending(asked), keeping]
        writes += [Delete("session", mine.id, mine.version)]
        writes += [] if known else [session.noted(services, account, f"{way.means}_added")]
        try:
            services.store.commit([*writes, *making])
        except TodokeError as error:
            challenge.if_another_came_first(services, way.means, error)
            continue
        return opened
    raise TodokeError("storage_unavailable")


def made(services: Services, account: Record, way: Way) -> Create:
    """The write that makes it one of an account."""
    now = services.clock.unix()
    data: dict[str, Json] = {
        "account": account.id,
        "means": way.means,
        "sealed": None,
        "key": None,
        "count": None,
        "handle": None,
        "user": None,
        "created_at": now,
        "used_at": now,
    }
    return Create(Record("credential", way.credential, data))


def _opening(
    services: Services, way: Way, named: str, old_token: str | None
) -> tuple[Opened, list[Write]]:
    known = services.store.get("credential", way.credential)
    account = known and services.store.get("account", str(known.data["account"]))
    if known is None or account is None:
        account = session.new_account(services)
        making = made(services, account, way)
        kept = Replace(replace(making.record, version=known.version)) if known else making
        writes: list[Write] = [Create(account), kept]
    else:
        writes = [_used(known, services.clock.unix())]
    proof = Proof(way.means, way.credential, named)
    opened, made_session = session.opening(services, account, proof, old_token)
    return opened, [*writes, *made_session]


def _used(known: Record, now: int) -> Write:
    """The way as it is in this commit. The day is enough to know, and a write a day keeps logins at
    the same moment from waiting for each other."""
    if now - int(str(known.data["used_at"])) < USED_SECONDS:
        return Check("credential", known.id, known.version)
    return Replace(replace(known, data={**known.data, "used_at": now}))
