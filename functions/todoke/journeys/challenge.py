"""Challenges: one question to one browser, answered once.

Only the browser that asked can answer (its pre-session cookie), and its first answer ends the
question, right or wrong: whoever wants to try again asks again, and that is counted. A wrong
browser cannot spend it, so nobody can spend another person's.
"""

from __future__ import annotations

import functools
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from todoke.core.errors import TodokeError
from todoke.journeys import audit
from todoke.journeys.session import TOKEN_BYTES, hashed
from todoke.ports import Create, Delete, Json, Record, Services

#: long enough to find the card and type the PIN
CHALLENGE_SECONDS = 5 * 60
#: a refusal waits for the next of such steps: the same signatures are computed whatever is wrong,
#: but what is found out first and what last lay 0.3 ms apart (2026-11)
STEP_SECONDS = 0.02
_P = ParamSpec("_P")
_T = TypeVar("_T")


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


def find(services: Services, browser: str, purpose: str, nonce: str) -> Record | None:
    """The challenge of a nonce; None for one that is unknown, over, of another browser or for
    another purpose: the four look alike."""
    challenge = services.store.get("challenge", hashed(nonce))
    if (
        challenge is None
        or challenge.data["purpose"] != purpose
        or not hmac.compare_digest(str(challenge.data["browser"]), hashed(browser))
    ):
        return None
    return challenge


def spending(challenge: Record) -> Delete:
    """The write that ends it; the commit fails when somebody else was first."""
    return Delete("challenge", challenge.id, challenge.version)


def refused(services: Services, asked: Record | None, means: str, why: str) -> TodokeError:
    """The error to raise for an answer that proves nothing: one per means, whatever is wrong with
    it. Why stands in the record of acts alone, and the question, if there was one, has ended.

    means: "card" or "passkey". why: rule or code."""
    said = {"means": means, "why": why}
    noted = audit.entry(services, "citizen", "login_refused", "session/-", said)
    try:
        services.store.commit([*([spending(asked)] if asked else []), noted])
    except TodokeError as error:
        if error.code != "version_conflict":
            raise
        services.store.commit([noted])  # another answer to the same question came first
    return TodokeError(f"{means}_refused")


def refuses_evenly(journey: Callable[_P, _T]) -> Callable[_P, _T]:
    """Of a journey that refuses: how long it took to refuse tells nobody why."""

    @functools.wraps(journey)
    def even(*arguments: _P.args, **named: _P.kwargs) -> _T:
        begun = time.monotonic()
        try:
            return journey(*arguments, **named)
        except TodokeError:
            time.sleep(STEP_SECONDS - (time.monotonic() - begun) % STEP_SECONDS)
            raise

    return even


def if_another_came_first(services: Services, means: str, error: TodokeError) -> None:
    """Returns when it is worth reading again; otherwise raises."""
    if spent_meanwhile(error):
        raise refused(services, None, means, "challenge_spent") from error


def spent_meanwhile(error: TodokeError) -> bool:
    """Whether a commit failed because another answer to the same question came first; False where
    it is worth reading again. Raises whatever else went wrong."""
    if error.code not in ("version_conflict", "record_exists"):
        raise error
    return error.details.get("kind") == "challenge"
