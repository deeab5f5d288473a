"""A PC is let in by a phone: the PC shows a picture and a number, the phone that is logged in reads
the one and is told the other, and the PC picks up a session of its own.

The picture alone lets nobody in: it takes this PC's own cookie, and on the phone a proof of the
last minutes, a look at what asks (which browser, when, at which address), and the number typed by
hand. The session is no stronger than the phone's, stands on the same way in, and changes no ways in
itself: whoever was talked into allowing a stranger's PC ends it from her list, and it has left no
key behind.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from todoke.core import handover
from todoke.core.errors import TodokeError
from todoke.journeys import session
from todoke.journeys.session import HANDED, TOKEN_BYTES, Opened, Proof, hashed
from todoke.ports import Create, Delete, Json, Record, Replace, Services, Write

KIND = "handover"
ASKED, ALLOWED, REFUSED = "asked", "allowed", "refused"


@dataclass(frozen=True, slots=True)
class Begun:
    """code: behind the picture, kept nowhere. number: to be typed on the phone."""

    code: str
    number: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What a phone is told. browser: rough name of the one that asks, maybe empty. tier: that the
    phone must show."""

    browser: str
    created_at: int
    tier: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nobody has answered yet. seconds: until the PC asks again."""

    seconds: int


# ------------------------------------------------------------------------------------ the PC
def begin(services: Services, browser: str, tier: int, named: str) -> Begun:
    """A question to whoever has a phone. browser: pre-session token of the PC; named: its rough
    name; tier: that it needs."""
    code, number = secrets.token_urlsafe(TOKEN_BYTES), secrets.choice(handover.NUMBERS)
    now = services.clock.unix()
    data: dict[str, Json] = {
        "browser": hashed(browser),
        "named": named,
        "number": number,
        "need": tier,
        "state": ASKED,
        "account": None,
        "credential": None,
        "tier": None,
        "round": None,
        "created_at": now,
    }
    ends = now + handover.SECONDS
    services.store.commit([Create(Record(KIND, hashed(code), data, expires_at=ends))])
    return Begun(code, number, ends)


def is_asking(services: Services, browser: str, code: str) -> bool:
    """Whether this PC asked that question and it is not over."""
    found = services.store.get(KIND, hashed(code)) if handover.is_code(code) else None
    return found is not None and _is_of(found, browser)


def pick_up(
    services: Services, browser: str, code: str, old_token: str, named: str
) -> Opened | Waiting:
    """The PC's session once the phone has allowed it, in one commit with the end of the question
    and of the session this browser had.

    Raises ``challenge_spent`` for one that is unknown, over, picked up or of another browser, and
    ``handover_refused``."""
    asked = _asked(services, code)
    if not _is_of(asked, browser):
        raise TodokeError("challenge_spent")
    if asked.data["state"] == ASKED:
        return Waiting(handover.wait(services.clock.unix() - _int(asked, "created_at")))
    if asked.data["state"] == REFUSED:
        _commit(services, [Delete(KIND, asked.id, asked.version)])
        raise TodokeError("handover_refused")
    account = services.store.get("account", str(asked.data["account"]))
    credential = services.store.get("credential", str(asked.data["credential"]))
    if (
        account is None
        or credential is None
        or credential.data["account"] != account.id
        or account.data["round"] != asked.data["round"]  # she logged out everywhere meanwhile
    ):
        _commit(services, [Delete(KIND, asked.id, asked.version)])
        raise TodokeError("challenge_spent")
    proof = Proof(HANDED, credential.id, named, tier=_int(asked, "tier"))
    opened, making = session.opening(services, account, proof, old_token)
    ending = [Delete(KIND, asked.id, asked.version), *session.closing(services, old_token)]
    _commit(services, [*ending, *making])
    return opened


# --------------------------------------------------------------------------------- the phone
def look(services: Services, code: str) -> Seen:
    """What asks. Raises ``challenge_spent``, also for one that somebody answered."""
    asked = _open(services, code)
    named, need = str(asked.data["named"]), _int(asked, "need")
    return Seen(named, _int(asked, "created_at"), need)


def allow(services: Services, code: str, typed: str, mine: Record, account: Record) -> None:
    """Lets the PC in. mine: the phone's session. typed: the number that the PC shows.

    Raises ``challenge_spent``, ``proof_needed`` (tier) where the phone's proof is weaker than what
    is needed, old, or itself handed over, and ``handover_number`` (rule): a wrong number ends the
    question, what cannot be a number does not."""
    asked = _open(services, code)
    session.refuse_weaker(services, mine, _int(asked, "need"), fresh=True)
    number = handover.number(typed)
    if number is None:
        raise TodokeError("handover_number", rule="handover_digits")
    if number != asked.data["number"]:
        _answer(services, asked, account, {"state": REFUSED}, "handover_wrong")
        raise TodokeError("handover_number", rule="handover_wrong")
    known: dict[str, Json] = {
        "state": ALLOWED,
        "account": account.id,
        "credential": str(mine.data["credential"]),
        "tier": _int(mine, "tier"),
        "round": _int(account, "round"),
    }
    _answer(services, asked, account, known, "handover_allowed")


def refuse(services: Services, code: str, account: Record) -> None:
    """Lets the PC not in, and tells it so. Raises ``challenge_spent``."""
    _answer(services, _open(services, code), account, {"state": REFUSED}, "handover_refused")


def _answer(
    services: Services,
    asked: Record,
    account: Record,
    changes: Mapping[str, Json],
    act: str,
) -> None:
    noted = session.noted(services, account, act, {"browser": str(asked.data["named"])})
    _commit(services, [Replace(replace(asked, data={**asked.data, **changes})), noted])


def _commit(services: Services, writes: list[Write]) -> None:
    """Whoever was second finds the question answered."""
    try:
        services.store.commit(writes)
    except TodokeError as error:
        if error.code in ("version_conflict", "record_exists"):
            raise TodokeError("challenge_spent") from error
        raise


def _open(services: Services, code: str) -> Record:
    asked = _asked(services, code)
    if asked.data["state"] != ASKED:
        raise TodokeError("challenge_spent")
    return asked


def _asked(services: Services, code: str) -> Record:
    found = services.store.get(KIND, hashed(code)) if handover.is_code(code) else None
    if found is None:
        raise TodokeError("challenge_spent")
    return found


def _is_of(asked: Record, browser: str) -> bool:
    return secrets.compare_digest(str(asked.data["browser"]), hashed(browser))


def _int(record: Record, name: str) -> int:
    return int(str(record.data[name]))
