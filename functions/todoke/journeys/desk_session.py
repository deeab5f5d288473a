"""Sessions at the clerks' desk: opened by a proof, kept alive by use, ended by their owner or by
whoever looks after the clerks.

A session is a row under the hash of its token. It ends with its limits, both by the server's clock,
and with what it stands on: the clerk, her round (which grows when all her sessions end) and the way
in it was opened with. All three are read by id, so they count at once where an index lags.
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

#: a forgotten browser at the counter ends with the day
SESSION_SECONDS = 12 * 3600
#: NIST SP 800-63B-4 (2025) section 2.2.3: at most an hour of rest; whoever writes a
#: long notice needs it
IDLE_SECONDS = 3600
#: how exactly it is known when a session was last used: not every page writes
SEEN_SECONDS = 60
#: what changes the ways in needs a proof this young
FRESH_SECONDS = 15 * 60
#: a token is 32 random bytes, 43 base64url characters
TOKEN_BYTES = 32
#: what is shown at the door
LINK, PASSKEY, TOTP, CODE, OIDC = "link", "passkey", "totp", "code", "oidc"
#: sessions of one clerk at the same time; the one opened longest ago ends
MOST = 20
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody has just shown. means: one of the five above. credential: id of its record,
    where it has one. browser: rough name of her browser (core/browsers.py). at: unix seconds of the
    proof, where it was another who saw it; None for now."""

    means: str
    credential: str | None = None
    browser: str = ""
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A session as its owner sees it. mine: the one that asks."""

    means: str
    browser: str
    created_at: int
    seen_at: int
    mine: bool


def find(services: Services, token: str) -> tuple[Record, Record] | None:
    """(session, clerk) of a token; None when it ended or she left."""
    session = services.store.get("staff_session", hashed(token))
    # a session of before the ways in has no means: its owner comes in anew
    if session is None or "means" not in session.data:
        return None
    if audit.is_of_the_future(services, session.data["created_at"]):
        return None
    clerk = services.store.get("staff", str(session.data["staff"]))
    if clerk is None or not clerk.data["active"] or session.data["round"] != round_of(clerk):
        return None
    return (session, clerk) if _stands(services, session) else None


def _stands(services: Services, session: Record) -> bool:
    """Whether the way in that it was opened with is still there, and still the same: a login at the
    city's provider that was unlinked and linked again, by whomever, has the same id."""
    id = session.data.get("credential")
    if not id:
        return True
    found = services.store.get("staff_credential", str(id))
    if found is None or found.data["staff"] != session.data["staff"]:
        return False
    return int(str(found.data["created_at"])) <= int(str(session.data["created_at"]))


def clerk_of(services: Services, token: str) -> Record | None:
    """The clerk whose session this is; None when it ended or she left."""
    found = find(services, token)
    return found[1] if found else None


def used(services: Services, session: Record) -> Record:
    """The session after a use of it: its rest begins anew. At most one write a minute, and none
    that could fail the page it belongs to."""
    now = services.clock.unix()
    if now - int(str(session.data["seen_at"])) < SEEN_SECONDS:
        return session
    ends = _end(now, int(str(session.data["created_at"])))
    seen = replace(session, data={**session.data, "seen_at": now}, expires_at=ends)
    with contextlib.suppress(TodokeError):
        services.store.commit([Replace(seen)])
    return seen


def opening(
    services: Services, clerk: Record, proof: Proof, ended: str | None = None
) -> tuple[str, list[Write]]:
    """The token of a new session and the writes that make it. Every proof makes a new token, so
    that none can be planted before (no fixation). ended: token of the session that the same commit
    ends: no commit writes a record twice."""
    now, token = services.clock.unix(), secrets.token_urlsafe(TOKEN_BYTES)
    data: dict[str, Json] = {
        "staff": clerk.id,
        "means": proof.means,
        "credential": proof.credential,
        "browser": proof.browser,
        "round": round_of(clerk),
        "created_at": now,
        "seen_at": now,
        "proved_at": proof.at,
    }
    made = Create(Record("staff_session", hashed(token), data, expires_at=_end(now, now)))
    noted = audit.entry(
        services, clerk.id, "session_opened", f"staff/{clerk.id}", {"means": proof.means}
    )
    surplus: list[Record] = []
    with contextlib.suppress(TodokeError):  # whoever may come in does, though no list can be read
        gone = hashed(ended) if ended else ""
        surplus = [each for each in _all(services, clerk.id) if each.id != gone][MOST - 1 :]
    return token, [made, noted, *(Delete("staff_session", each.id) for each in surplus)]


def closing(services: Services, token: str | None) -> list[Write]:
    """The writes that end the session of a token; none when it has ended."""
    session = services.store.get("staff_session", hashed(token)) if token else None
    if session is None:
        return []
    staff_id = str(session.data["staff"])
    noted = audit.entry(services, staff_id, "session_closed", f"staff/{staff_id}")
    return [Delete("staff_session", session.id), noted]


def close(services: Services, token: str) -> None:
    """Ends a session; ending it twice is fine."""
    services.store.commit(closing(services, token))


def close_others(services: Services, session: Record, clerk: Record) -> None:
    """Ends every other session of the clerk of this one."""
    for _ in range(ATTEMPTS):
        round_now = round_of(clerk) + 1
        others = [each for each in _all(services, clerk.id) if each.id != session.id]
        writes: list[Write] = [
            Replace(replace(clerk, data={**clerk.data, "round": round_now})),
            Replace(replace(session, data={**session.data, "round": round_now})),
            audit.entry(services, clerk.id, "sessions_closed", f"staff/{clerk.id}"),
            *(Delete("staff_session", each.id) for each in others),
        ]
        try:
            return services.store.commit(writes)
        except TodokeError as error:
            if error.code != "version_conflict":
                raise
        found = services.store.get("staff_session", session.id)
        again = services.store.get("staff", clerk.id)
        if found is None or again is None:
            raise TodokeError("not_found")
        session, clerk = found, again
    raise TodokeError("storage_unavailable")


def erasing(services: Services, staff_id: str) -> list[Write]:
    """The writes that erase what is left of a clerk's sessions; her round has ended them."""
    return [Delete("staff_session", each.id) for each in _all(services, staff_id)]


def of_clerk(services: Services, asking: Record) -> Sequence[Shown]:
    """The sessions of whoever asks, her own first, then the one used last."""
    rounds = asking.data["round"]
    found = [
        Shown(
            str(each.data["means"]),
            str(each.data["browser"]),
            int(str(each.data["created_at"])),
            int(str(each.data["seen_at"])),
            each.id == asking.id,
        )
        for each in _all(services, str(asking.data["staff"]))
        if each.data["round"] == rounds
    ]
    return sorted(found, key=lambda each: (each.mine, each.seen_at), reverse=True)


def refuse_old(services: Services, session: Record) -> None:
    """Raises ``staff_proof_old``: a browser that was left open must not give itself a key."""
    proved, opened = session.data.get("proved_at"), int(str(session.data["created_at"]))
    when = opened if proved is None else min(opened, int(str(proved)))
    if services.clock.unix() - when > FRESH_SECONDS:
        raise TodokeError("staff_proof_old")


def needs_way(services: Services, session: Record, clerk: Record) -> bool:
    """Whether she must set up a way in before she works: in production, after a one-time link."""
    by_link = session.data["means"] == LINK and not clerk.data["demonstration"]
    return services.config.production and by_link


def round_of(clerk: Record) -> int:
    """Of her sessions."""
    return int(str(clerk.data.get("round") or 0))


def hashed(secret: str) -> str:
    """256 random bits need no slow hash: there is nothing to guess."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _all(services: Services, staff_id: str) -> list[Record]:
    """Sessions of a clerk, newest first."""
    found = services.store.find("staff_sessions", staff_id, limit=2 * MOST).records
    known = [each for each in found if "means" in each.data]
    return sorted(known, key=lambda each: int(str(each.data["created_at"])), reverse=True)


def _end(seen_at: int, created_at: int) -> int:
    return min(seen_at + IDLE_SECONDS, created_at + SESSION_SECONDS)
