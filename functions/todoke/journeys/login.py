"""Login with a card: a challenge, its answer, a session; and the link to a resident.

A challenge is one question to one browser. Only that browser can answer it, and its first
answer ends it, right or wrong: whoever wants to try again asks again, and that is counted. A
wrong browser cannot spend it, so nobody can spend another person's.

A letter code links an account to a resident of the register. A resident has one account: when
a second card (after a renewal) brings a code of a resident who
has an account, the card moves to that account and the new, empty one is erased.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from todoke.core import letter_code, sealed
from todoke.core import token as card_token
from todoke.core.errors import TodokeError
from todoke.journeys import address, audit
from todoke.ports import Check, Create, Delete, Json, Record, Replace, Services, Write

#: long enough to find the card and type the PIN
CHALLENGE_SECONDS = 5 * 60
#: absolute: a session does not slide
SESSION_SECONDS = 60 * 60
#: of challenges, pre-sessions and sessions: 256 bits, 43 base64url letters
TOKEN_BYTES = 32
#: a card is possession and PIN: the second of three tiers
TIER = 2
#: the letter lies around at home for a while
CODE_SECONDS = 90 * 86400
#: wrong codes in a row before an account waits
TRIES = 5
FIRST_WAIT_SECONDS = 15 * 60
LONGEST_WAIT_SECONDS = 86400
#: how exactly it is known when a card was last used
USED_SECONDS = 86400
#: two logins with one card at the same moment: the loser reads again
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Challenge:
    """nonce: what the card signs. expires_at: unix seconds."""

    nonce: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just opened. token: for the cookie, kept nowhere. expires_at: unix seconds."""

    token: str
    account: str
    linked: bool
    expires_at: int


# ------------------------------------------------------------------------------ the session
def open_session(services: Services, token: str) -> tuple[Record, Record] | None:
    """(session, account) of a session token; None when it ended."""
    session = services.store.get("session", _hash(token))
    if session is None or audit.is_of_the_future(services, session.data["created_at"]):
        return None
    account = services.store.get("account", str(session.data["account"]))
    return None if account is None else (session, account)


def logout(services: Services, token: str) -> None:
    """Ends a session; ending it twice is fine."""
    services.store.commit(_closing(services, token))


def _closing(services: Services, token: str | None) -> list[Write]:
    """The writes that end the session of a token; none when it has ended."""
    found = open_session(services, token) if token else None
    if found is None:
        return []
    session, account = found
    return [Delete("session", session.id), _noted(services, account, "session_closed")]


def _new_session(services: Services, account: Record, credential: str) -> tuple[Opened, Write]:
    now, secret = services.clock.unix(), secrets.token_urlsafe(TOKEN_BYTES)
    data: dict[str, Json] = {
        "account": account.id,
        "credential": credential,
        "tier": TIER,
        "created_at": now,
    }
    ends = now + SESSION_SECONDS
    opened = Opened(secret, account.id, account.data["resident"] is not None, ends)
    return opened, Create(Record("session", _hash(secret), data, expires_at=ends))


def _noted(services: Services, account: Record, act: str) -> Write:
    resident = account.data["resident"]
    about = f"account/{account.id}"
    return audit.entry(
        services, "citizen", act, about, resident=None if resident is None else str(resident)
    )


# ---------------------------------------------------------------------------------- the card
def issue(services: Services, browser: str) -> Challenge:
    """A fresh challenge for one browser. browser: its pre-session token."""
    now, nonce = services.clock.unix(), secrets.token_urlsafe(TOKEN_BYTES)
    data: dict[str, Json] = {
        "browser": _hash(browser),
        "purpose": card_token.LOGIN,
        "created_at": now,
    }
    ends = now + CHALLENGE_SECONDS
    services.store.commit([Create(Record("challenge", _hash(nonce), data, expires_at=ends))])
    return Challenge(nonce, ends)


def login(
    services: Services, browser: str, body: Mapping[str, object], old_token: str | None = None
) -> Opened:
    """Opens a session for the card that answered; at its first login also its account.

    browser: pre-session token. body: what the bridge answered, and the nonce. old_token:
    session of this browser, which ends. Raises ``card_refused`` (rule), ``challenge_spent``,
    ``revocation_unknown``."""
    answer = card_token.read(body)
    challenge = _challenge(services, browser, answer.nonce)
    try:
        name = _proved(services, answer)
    except TodokeError:
        _spend(services, challenge)
        raise
    credential = sealed.blind(services.secrets.seal_key, "card", name)
    for _ in range(ATTEMPTS):
        opened, writes = _opening(services, credential)
        closing = _closing(services, old_token)
        spending = Delete("challenge", challenge.id, challenge.version)
        try:
            services.store.commit([spending, *writes, *closing])
        except TodokeError as error:
            _if_another_login_came_first(error)
            continue
        return opened
    raise TodokeError("storage_unavailable")


def _challenge(services: Services, browser: str, nonce: str) -> Record:
    challenge = services.store.get("challenge", _hash(nonce))
    if (
        challenge is None
        or challenge.data["purpose"] != card_token.LOGIN
        or not hmac.compare_digest(str(challenge.data["browser"]), _hash(browser))
    ):
        raise TodokeError("challenge_spent")
    return challenge


def _spend(services: Services, challenge: Record) -> None:
    try:
        services.store.commit([Delete("challenge", challenge.id, challenge.version)])
    except TodokeError as error:
        _if_another_login_came_first(error)


def _if_another_login_came_first(error: TodokeError) -> None:
    """Returns when it is worth reading again; otherwise raises."""
    if error.code not in ("version_conflict", "record_exists"):
        raise error
    if error.details.get("kind") == "challenge":
        raise TodokeError("challenge_spent") from error


def _proved(services: Services, answer: card_token.Answer) -> str:
    """The name of the card, once everything about it holds."""
    config = services.config
    origin = config.origin_of(config.portal_host)
    message = card_token.signed_bytes(answer.mode, card_token.LOGIN, origin, answer.nonce)
    proof = card_token.verify(answer, message, services.card.anchors(), services.clock.now())
    said = services.card.revocation(proof.certificate, proof.issuer)
    if said == "revoked":
        raise TodokeError("card_refused", rule="card_revoked")
    if said != "good":  # 公的個人認証法 19, 38 条: a verifier must ask, so silence is a no
        raise TodokeError("revocation_unknown")
    return proof.name


def _opening(services: Services, credential: str) -> tuple[Opened, list[Write]]:
    """A session for the account of this card; at the first login the account too."""
    writes: list[Write] = []
    card = services.store.get("credential", credential)
    account = card and services.store.get("account", str(card.data["account"]))
    now = services.clock.unix()
    if card is None or account is None:
        account = _new_account(services)
        known: dict[str, Json] = {"account": account.id, "means": "card", "created_at": now}
        made = Record("credential", credential, {**known, "used_at": now})
        writes += [
            Create(account),
            Replace(replace(made, version=card.version)) if card else Create(made),
        ]
    else:
        writes.append(_used(card, now))
    opened, session = _new_session(services, account, credential)
    return opened, [*writes, session, _noted(services, account, "session_opened")]


def _used(card: Record, now: int) -> Write:
    """The card as it is in this commit. The day is enough to know, and a write a day keeps logins
    at the same moment from waiting for each other."""
    if now - int(str(card.data["used_at"])) < USED_SECONDS:
        return Check("credential", card.id, card.version)
    return Replace(replace(card, data={**card.data, "used_at": now}))


def _new_account(services: Services) -> Record:
    data: dict[str, Json] = {
        "resident": None,
        "linked_at": None,
        "wrong_codes": 0,
        "wait_until": None,
        "created_at": services.clock.unix(),
    }
    return Record("account", f"U-{secrets.token_hex(8)}", data)


# --------------------------------------------------------------------------- the letter code
def new_letter_code(services: Services, resident: str, *, actor: str = "cli") -> str:
    """A code for the letter to a resident (id), as it is printed; its HMAC alone is stored.
    The codes of earlier letters to the same resident end.

    Raises ``not_found``."""
    for _ in range(ATTEMPTS):
        try:
            return _new_letter_code(services, resident, actor)
        except TodokeError as error:
            if error.code != "version_conflict":
                raise
    raise TodokeError("storage_unavailable")


def _new_letter_code(services: Services, resident: str, actor: str) -> str:
    person = services.store.get("resident", resident)
    if person is None:
        raise TodokeError("not_found")
    code, now = letter_code.new(), services.clock.unix()
    data: dict[str, Json] = {"resident": resident, "created_at": now}
    key = _code_key(services, letter_code.read(code) or "")
    made = Record("letter_code", key, data, expires_at=now + CODE_SECONDS)
    about = f"resident/{resident}"
    noted = audit.entry(services, actor, "letter_code_made", about, resident=resident)
    earlier = person.data["letter_code"]
    ended = [Delete("letter_code", str(earlier))] if earlier else []
    named = replace(person, data={**person.data, "letter_code": key})
    services.store.commit([Replace(named), *ended, Create(made), noted])
    return code


def _code_key(services: Services, letters: str) -> str:
    """The id under which a code is found."""
    return sealed.blind(services.secrets.seal_key, "letter_code", letters)


def link(services: Services, token: str, typed: str) -> Opened:
    """Links the account of a session to the resident of a letter code, in one commit with the
    end of the code; the session gets a new token.

    Raises ``login_needed``, ``too_many_requests`` while the account waits, ``already_linked``
    (then no code is looked at), and ``letter_code_refused`` (rule, left): a code that is unknown,
    used or too old looks the same, and what cannot be a code costs no try."""
    for _ in range(ATTEMPTS):
        found = open_session(services, token)
        if found is None:
            raise TodokeError("login_needed")
        session, account = found
        _refuse_waiting(services, account)
        if account.data["resident"] is not None:
            raise TodokeError("already_linked")
        letters = letter_code.read(typed)
        if letters is None:
            raise TodokeError("letter_code_refused", rule="code_shape", left=_left(account))
        code = services.store.get("letter_code", _code_key(services, letters))
        try:
            if code is None:
                raise _wrong(services, account)
            return _linked(services, session, account, code)
        except TodokeError as error:
            if error.code not in ("version_conflict", "record_exists"):
                raise
    raise TodokeError("storage_unavailable")


def _refuse_waiting(services: Services, account: Record) -> None:
    wait = account.data["wait_until"]
    seconds = int(str(wait)) - services.clock.unix() if wait is not None else 0
    if seconds > 0:
        raise TodokeError("too_many_requests", retry_after=seconds)


def _left(account: Record) -> int:
    """Wrong codes until the account waits."""
    return TRIES - int(str(account.data["wrong_codes"])) % TRIES


def _wrong(services: Services, account: Record) -> TodokeError:
    """Counts a wrong code; the error to raise. The count is committed before anything is
    answered, so trying many at once gains nothing."""
    wrong = int(str(account.data["wrong_codes"])) + 1
    left = -wrong % TRIES
    wait = None
    if left == 0:
        doubled = FIRST_WAIT_SECONDS * 2 ** min(wrong // TRIES - 1, 10)
        wait = services.clock.unix() + min(doubled, LONGEST_WAIT_SECONDS)
    counted = {**account.data, "wrong_codes": wrong, "wait_until": wait}
    noted = _noted(services, account, "letter_code_wrong")
    services.store.commit([Replace(replace(account, data=counted)), noted])
    return TodokeError("letter_code_refused", rule="code_wrong", left=left)


def _linked(services: Services, session: Record, account: Record, code: Record) -> Opened:
    person = services.store.get("resident", str(code.data["resident"]))
    if person is None or person.data["letter_code"] != code.id:
        raise _wrong(services, account)
    spending = [Delete("letter_code", code.id, code.version)]
    return join(services, session, account, person, spending)


def join(
    services: Services,
    session: Record,
    account: Record,
    person: Record,
    spending: Sequence[Write],
) -> Opened:
    """Links the account of a session to a resident, in one commit with ``spending``, which ends the
    proof and a letter code that is still out. A resident has one account: if there is one already,
    the card goes to it. Raises ``version_conflict``: then everything is to be looked at again."""
    resident, credential = person.id, str(session.data["credential"])
    now = services.clock.unix()
    there = services.store.get("account", str(person.data["account"] or "-"))
    ended: list[Write] = [*spending, Delete("session", session.id, session.version)]
    if there is not None:
        kept, moving = there, _moving(services, account, there, credential)
    else:
        known: dict[str, Json] = {"resident": resident, "linked_at": now}
        rested: dict[str, Json] = {"wrong_codes": 0, "wait_until": None}
        kept = replace(account, data={**account.data, **known, **rested})
        moving = [Replace(kept)]
    spent = {**person.data, "account": kept.id, "letter_code": None}
    ended.append(Replace(replace(person, data=spent)))
    opened, opening = _new_session(services, kept, credential)
    noted = _noted(services, kept, "card_added" if there else "account_linked")
    told = address.writes(services, resident, "card_linked", f"account/{kept.id}")
    services.store.commit([*ended, *moving, opening, noted, *told])
    return opened


def _moving(services: Services, empty: Record, kept: Record, credential: str) -> list[Write]:
    """The card goes to the account the resident has; its own, empty one is erased, and with it
    every session that was opened for it."""
    card = services.store.get("credential", credential)
    if card is None:
        raise TodokeError("login_needed")
    moved = replace(card, data={**card.data, "account": kept.id})
    return [Replace(moved), Delete("account", empty.id, empty.version)]


def _hash(secret: str) -> str:
    """256 random bits need no slow hash: there is nothing to guess."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
