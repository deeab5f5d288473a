"""Challenges: one question to one browser, answered once.

Only the browser that asked can answer (its pre-session cookie), and its first answer ends the
question, right or wrong: whoever wants to try again asks again, and that is counted. A wrong
browser cannot spend it, so nobody can spend another person's.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

from todoke.core.errors import TodokeError
from todoke.journeys import audit
from todoke.journeys.session import TOKEN_BYTES, hashed
from todoke.ports import Create, Delete, Json, Record, Services

#: long enough to find the card and type the PIN
CHALLENGE_SECONDS = 5 * 60


@dataclass(frozen=True, slots=True)
class Challenge:
    """nonce: what is signed, 256 bits in base64url. expires_at: unix seconds."""

    nonce: str
    expires_at: int


def issue(services: Services, browser: str, purpose: str, account: str | None = None) -> Challenge:
    """A fresh one. browser: the pre-session token. account: whose, where that is known."""
    now, nonce = services.clock.unix(), secrets.token_urlsafe(TOKEN_BYTES)
    data: dict[str, Json] = {
        "browser": hashed(browser),
        "purpose": purpose,
        "account": account,
        "created_at": now,
    }
    ends = now + CHALLENGE_SECONDS
    services.store.commit([Create(Record("challenge", hashed(nonce), data, expires_at=ends))])
    return Challenge(nonce, ends)


def find(services: Services, browser: str, purpose: str, nonce: str) -> Record:
    """The challenge of a nonce. Raises ``challenge_spent`` for one that is unknown, over, of
    another browser or for another purpose: the four look alike."""
    challenge = services.store.get("challenge", hashed(nonce))
    if (
        challenge is None
        or challenge.data["purpose"] != purpose
        or not hmac.compare_digest(str(challenge.data["browser"]), hashed(browser))
    ):
        raise TodokeError("challenge_spent")
    return challenge


def spending(challenge: Record) -> Delete:
    """The write that ends it; the commit fails when somebody else was first."""
    return Delete("challenge", challenge.id, challenge.version)


def spend_refused(services: Services, challenge: Record, means: str, error: TodokeError) -> None:
    """Ends a challenge whose answer was refused, and notes why: only there does it stand."""
    why = {"means": means, "why": str(error.details.get("rule", error.code))}
    noted = audit.entry(services, "citizen", "login_refused", "session/-", why)
    try:
        services.store.commit([spending(challenge), noted])
    except TodokeError as lost:
        if_another_came_first(lost)


def if_another_came_first(error: TodokeError) -> None:
    """Returns when it is worth reading again; otherwise raises."""
    if error.code not in ("version_conflict", "record_exists"):
        raise error
    if error.details.get("kind") == "challenge":
        raise TodokeError("challenge_spent") from error
