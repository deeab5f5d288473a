"""Sessions of citizens: opened by a proof, kept alive by use, ended by whoever they belong to.

A session is a row of the Store under the hash of its token. It ends after IDLE_SECONDS without use
and SESSION_SECONDS after the proof, whatever happens meanwhile, both by the server's clock. Every
proof makes a new token (no fixation), and ends the session this browser had. It also ends with what
it stands on: with the credential it was opened with, and with its account's round, which grows when
the person logs out everywhere. Both are read by id, so they count at once where an index still
lags.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from todoke.core.errors import TodokeError
from todoke.journeys import audit
from todoke.ports import Create, Delete, Json, Record, Replace, Services, Write

#: NIST SP 800-63B section 4.2.3: at most 30 minutes of rest and 12 hours in all
IDLE_SECONDS = 30 * 60
SESSION_SECONDS = 12 * 60 * 60
#: how exactly it is known when a session was last used: not every call writes
SEEN_SECONDS = 60
#: what changes the ways in (a new passkey, an end to one) needs a proof this young
FRESH_SECONDS = 15 * 60
#: of tokens: 256 bits, 43 base64url letters
TOKEN_BYTES = 32
#: the three tiers: nothing, something that is held and unlocked, the card (or the app that read it)
NOBODY, HELD, CARD = 0, 1, 2
#: proof -> its tier
TIERS = {"passkey": HELD, "card": CARD, "app": CARD}
#: means of a session that another one of the same person let in (journeys/handover.py)
HANDED = "phone"
#: two acts of one person at the same moment: the loser reads again
ATTEMPTS = 5
#: sessions of one account at the same time; the one opened longest ago ends
MOST = 20


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody has just shown. means: a name in TIERS. credential: id of its record.
    browser: rough name of her browser, for her own list (core/browsers.py). tier: of a
    session that was handed over; otherwise that of the means."""

    means: str
    credential: str
    browser: str = ""
    tier: int | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just opened. token: for the cookie, kept nowhere. expires_at: unix seconds."""

    token: str
    account: str
    linked: bool
    tier: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A session as its owner sees it. id: the record's. mine: the one that asks."""

    id: str
    means: str
    tier: int
    browser: str
    created_at: int
    seen_at: int
    mine: bool


def find(services: Services, token: str) -> tuple[Record, Record] | None:
    """(session, account) of a token; None when it ended."""
    session = services.store.get("session", hashed(token))
    if session is None or audit.is_of_the_future(services, session.data["created_at"]):
        return None
    account = services.store.get("account", str(session.data["account"]))
    credential = services.store.get("credential", str(session.data["credential"]))
    if account is None or credential is None or credential.data["account"] != account.id:
        return None
    return (session, account) if session.data["round"] == account.data["round"] else None


def used(services: Services, session: Record) -> Record:
    """The session after a use of it: its rest begins anew. At most one write a minute, and none
    that could fail the call it belongs to."""
    now = services.clock.unix()
    if now - _int(session.data["seen_at"]) < SEEN_SECONDS:
        return session
    seen = replace(
        session,
        data={**session.data, "seen_at": now},
        expires_at=_end(now, _int(session.data["created_at"])),
    )
    with contextlib.suppress(TodokeError):
        services.store.commit([Replace(seen)])
    return seen


def opening(
    services: Services, account: Record, proof: Proof, ended: str | None = None
) -> tuple[Opened, list[Write]]:
    """A new session and the writes that make it; beyond MOST the oldest one ends. ended: token of
    the session that the same commit ends: no commit writes a record twice."""
    opened, made = _made(services, account, proof, services.clock.unix())
    gone = hashed(ended) if ended else ""
    surplus = [each for each in _all(services, account.id) if each.id != gone][MOST - 1 :]
    noted_ = noted(services, account, "session_opened", {"means": proof.means})
    return opened, [made, noted_, *(Delete("session", each.id) for each in surplus)]


def _made(
    services: Services, account: Record, proof: Proof, proved_at: int
) -> tuple[Opened, Create]:
    now, secret = services.clock.unix(), secrets.token_urlsafe(TOKEN_BYTES)
    tier = TIERS[proof.means] if proof.tier is None else proof.tier
    data: dict[str, Json] = {
        "account": account.id,
        "credential": proof.credential,
        "means": proof.means,
        "tier": tier,
        "browser": proof.browser,
        "round": account.data["round"],
        "created_at": proved_at,
        "seen_at": now,
    }
    ends = _end(now, proved_at)
    linked = account.data["resident"] is not None
    opened = Opened(secret, account.id, linked, tier, ends)
    return opened, Create(Record("session", hashed(secret), data, expires_at=ends))


def renewing(services: Services, session: Record, account: Record) -> tuple[Opened, list[Write]]:
    """The same session for an account, under a new token: what it may do has changed. Its proof
    gets no younger by it."""
    means, credential, browser = (
        str(session.data[each]) for each in ("means", "credential", "browser")
    )
    proof = Proof(means, credential, browser, _int(session.data["tier"]))
    opened, made = _made(services, account, proof, _int(session.data["created_at"]))
    return opened, [Delete("session", session.id, session.version), made]


def closing(services: Services, token: str | None) -> list[Write]:
    """The writes that end the session of a token; none when it has ended."""
    found = find(services, token) if token else None
    if found is None:
        return []
    session, account = found
    return [Delete("session", session.id), noted(services, account, "session_closed")]


def close(services: Services, token: str) -> None:
    """Ends a session; ending it twice is fine."""
    services.store.commit(closing(services, token))


def close_all(services: Services, session: Record, account: Record) -> None:
    """Ends every other session of the account of this one."""
    for _ in range(ATTEMPTS):
        now_round = _int(account.data["round"]) + 1
        others = [each for each in _all(services, account.id) if each.id != session.id]
        writes = [
            Replace(replace(account, data={**account.data, "round": now_round})),
            Replace(replace(session, data={**session.data, "round": now_round})),
            noted(services, account, "sessions_closed"),
            *(Delete("session", each.id) for each in others),
        ]
        try:
            return services.store.commit(writes)
        except TodokeError as error:
            if error.code != "version_conflict":
                raise
        found = services.store.get("session", session.id), services.store.get("account", account.id)
        if found[0] is None or found[1] is None:
            raise TodokeError("login_needed")
        session, account = found[0], found[1]
    raise TodokeError("storage_unavailable")


def close_one(services: Services, account: Record, id: str) -> None:
    """Ends one session of this account, by its id in the list; twice is fine, and so is somebody
    else's id: nothing happens."""
    session = services.store.get("session", id)
    if session is not None and session.data["account"] == account.id:
        services.store.commit([Delete("session", id), noted(services, account, "session_closed")])


def of_account(services: Services, account: Record, asking: Record) -> Sequence[Shown]:
    """The account's sessions, the one used last first. asking: the session that asks."""
    found = [_shown(each, asking) for each in _all(services, account.id)]
    return sorted(found, key=lambda each: (each.mine, each.seen_at), reverse=True)


def new_number() -> str:
    """A number for an account: chance, and nothing of the person or the card."""
    return f"U-{secrets.token_hex(8)}"


def new_account(services: Services, number: str = "") -> Record:
    """An account that nobody is linked to yet, not yet written."""
    data: dict[str, Json] = {
        "resident": None,
        "linked_at": None,
        "wrong_codes": 0,
        "wait_until": None,
        "round": 0,
        "created_at": services.clock.unix(),
    }
    return Record("account", number or new_number(), data)


def refuse_weaker(services: Services, session: Record, tier: int, *, fresh: bool = False) -> None:
    """Raises ``proof_needed`` (tier, need) where the session's proof is weaker than the door, or,
    where it must be fresh, too long ago or not shown in this very browser. need: what the login
    page is to ask for."""
    age = services.clock.unix() - _int(session.data["created_at"])
    old = fresh and (age > FRESH_SECONDS or session.data["means"] == HANDED)
    if _int(session.data["tier"]) < tier or old:
        asked = ["card"] if tier >= CARD else []
        raise TodokeError("proof_needed", tier=tier, need="-".join([*asked, *["fresh"][:old]]))


def refuse_handed(session: Record) -> None:
    """Raises ``proof_needed`` where somebody was let in by another browser: what outlives the
    session takes a proof in this one, however old."""
    if session.data["means"] == HANDED:
        raise TodokeError("proof_needed", tier=HELD, need="fresh")


def noted(
    services: Services, account: Record, act: str, detail: dict[str, Json] | None = None
) -> Write:
    """The line in the record of acts that tells of an act of a citizen about her account."""
    resident = account.data["resident"]
    about = f"account/{account.id}"
    return audit.entry(
        services,
        "citizen",
        act,
        about,
        detail,
        resident=None if resident is None else str(resident),
    )


def hashed(secret: str) -> str:
    """256 random bits need no slow hash: there is nothing to guess."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _all(services: Services, account: str) -> list[Record]:
    """Sessions of an account, newest first."""
    found = services.store.find("sessions_by_account", account, limit=2 * MOST).records
    return sorted(found, key=lambda each: _int(each.data["created_at"]), reverse=True)


def _shown(session: Record, asking: Record) -> Shown:
    data = session.data
    return Shown(
        id=session.id,
        means=str(data["means"]),
        tier=_int(data["tier"]),
        browser=str(data["browser"]),
        created_at=_int(data["created_at"]),
        seen_at=_int(data["seen_at"]),
        mine=session.id == asking.id,
    )


def _end(seen_at: int, created_at: int) -> int:
    return min(seen_at + IDLE_SECONDS, created_at + SESSION_SECONDS)


def _int(value: Json) -> int:
    return int(str(value))
