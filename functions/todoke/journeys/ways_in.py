"""Ways into an account that prove who somebody is each time anew and leave nothing here but a
blind id: a card, and デジタル認証アプリ. The first use opens an account, each later one a session
for it; it joins the account of a session only where its owner says so.

What every way in has in common, a passkey too, is at the end: a letter tells of each that is
added or taken away, and each can be taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from todoke.core.errors import TodokeError
from todoke.journeys import address, challenge, session
from todoke.journeys.session import Opened, Proof
from todoke.ports import Check, Create, Delete, Json, Record, Replace, Services, Write

#: how exactly it is known when a way in was last used
USED_SECONDS = 86400
#: two logins by one way at the same moment: the loser reads again
ATTEMPTS = 5
#: of one account, in one reading: 20 passkeys, a few cards and apps, with room to spare
MOST = 100
#: where they are listed and taken away
PAGE = "/account.html"


@dataclass(frozen=True, slots=True)
class Way:
    """means: card | app | passkey. credential: id of its record, blind."""

    means: str
    credential: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A card or an app as its owner sees it: nothing of what is printed on it, nor of what a
    provider calls her. used_at: to the day."""

    id: str
    created_at: int
    used_at: int


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
        if known is None:
            writes += [Check("account", account.id, account.version)]
            writes += telling(services, account, f"{way.means}_added")
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


# ------------------------------------------------------------------------------ keeping them
def telling(services: Services, account: Record, act: str) -> list[Write]:
    """For the commit that adds a way in or takes one away: its act, and the letter that tells the
    resident of the account, if there is one. Whoever held her unlocked phone for a minute may have
    done it. act: ``<means>_added`` or ``<means>_removed``, which names the letter, too.

    The commit looks at the account's version, too: one that gets its resident, or goes, at this
    very moment would have a way in that no letter tells of."""
    noted: list[Write] = [session.noted(services, account, act)]
    resident = account.data["resident"]
    if resident is not None:
        about = f"account/{account.id}"
        noted += address.writes(services, str(resident), act, about, link=PAGE)
    return noted


def kept(services: Services, account: Record, means: str) -> Sequence[Kept]:
    """The cards, or the apps, of an account, the newest first."""
    found = [
        Kept(each.id, *(int(str(each.data[name])) for name in ("created_at", "used_at")))
        for each in of_account(services, account.id, means)
    ]
    return sorted(found, key=lambda each: each.created_at, reverse=True)


def remove(
    services: Services, mine: Record, account: Record, way: Way, *, last: bool = False
) -> None:
    """Takes one away; what it opened ends with it, and a letter tells her. mine: the session that
    asks. last: she has said that she means her last one, too.

    Raises ``not_found``, ``proof_needed``, and ``last_way_in`` for the only way in: always where no
    resident is linked, since nobody could ever come back to it; else (``need`` is "last") until
    she has said so, for she comes back by linking anew: a letter's code, her card for signing."""
    session.refuse_weaker(services, mine, session.HELD, fresh=True)
    for _ in range(ATTEMPTS):
        record = own(services, account, way)
        hers = account.data["resident"] is not None
        if not (hers and last) and not _another(services, account, record.id):
            raise TodokeError("last_way_in", **({"need": "last"} if hers else {}))
        # the account is written too: two who take its last two away at once are not both right
        writes: list[Write] = [Delete("credential", record.id, record.version), Replace(account)]
        writes += telling(services, account, f"{way.means}_removed")
        try:
            return services.store.commit(writes)
        except TodokeError as error:
            now = services.store.get("account", account.id)
            if error.code != "version_conflict" or now is None:
                raise
            account = now
    raise TodokeError("storage_unavailable")


def own(services: Services, account: Record, way: Way) -> Record:
    """The record of one of an account's ways in. Raises ``not_found``, alike for no such one, one
    of somebody else and one of other means."""
    record = services.store.get("credential", way.credential)
    if record is None or record.data["account"] != account.id or record.data["means"] != way.means:
        raise TodokeError("not_found")
    return record


def of_account(services: Services, account: str, means: str) -> list[Record]:
    """Those of one means. account: id."""
    found = services.store.find("credentials_by_account", account, limit=MOST).records
    return [each for each in found if each.data["means"] == means]


def _another(services: Services, account: Record, id: str) -> bool:
    """Whether another way leads in. Each is read by its id: an index that lags still lists one
    that was taken away a moment ago."""
    listed = services.store.find("credentials_by_account", account.id, limit=MOST).records
    others = (services.store.get("credential", each.id) for each in listed if each.id != id)
    return any(each is not None and each.data["account"] == account.id for each in others)
