"""Login with a card: a challenge, its answer, a session; and the link to a resident.

A letter code links an account to a resident of the register. A resident has one account: when
a second card (after a renewal) brings a code of a resident who
has an account, the card moves to that account and the new, empty one is erased.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from todoke.core import letter_code, sealed
from todoke.core import token as card_token
from todoke.core.errors import TodokeError
from todoke.core.resident_file import DECEASED
from todoke.core.words import LANGUAGES
from todoke.journeys import address, audit, challenge, residents, session, ways_in
from todoke.journeys.session import Opened
from todoke.journeys.ways_in import Way
from todoke.ports import Create, Delete, Json, Record, Replace, Services, Write

CARD = "card"
#: in the order in which a letter names them
_MEANS = (CARD, "app", "passkey")
#: the letter lies around at home for a while
CODE_SECONDS = 90 * 86400
#: wrong codes in a row before an account waits
TRIES = 5
FIRST_WAIT_SECONDS = 15 * 60
LONGEST_WAIT_SECONDS = 86400
#: passkeys, cards and apps of one account, with room to spare
MOST_WAYS_IN = 40
#: two acts at the same moment: the loser reads again
ATTEMPTS = 5


# ---------------------------------------------------------------------------------- the card
@challenge.refuses_evenly
def login(
    services: Services,
    browser: str,
    body: Mapping[str, object],
    old_token: str | None = None,
    named: str = "",
) -> Opened:
    """Opens a session for the card that answered; at its first login also its account.

    browser: pre-session token. body: what the bridge answered, and the nonce. old_token:
    session of this browser, which ends. named: rough name of the browser. Raises
    ``card_refused`` and ``revocation_unknown``."""
    asked, way = _answered(services, browser, body)
    return ways_in.enter(services, asked, way, old_token, named)


@challenge.refuses_evenly
def add_card(services: Services, browser: str, body: Mapping[str, object], token: str) -> Opened:
    """Adds the card that answered to the account of a session, which rises to the card's tier under
    a new token. Only who says so herself adds a card: one that is merely shown in a browser where
    somebody is logged in opens its own account (``login``).

    Raises ``login_needed``, ``proof_needed`` for a new card where the session's own proof is old,
    ``card_taken`` for a card that opens another account, and what ``login`` raises."""
    asked, way = _answered(services, browser, body)
    return ways_in.add(services, asked, way, token)


def _answered(services: Services, browser: str, body: Mapping[str, object]) -> tuple[Record, Way]:
    """(challenge, way in) of a card that proved itself."""
    answer, why = _read(body)
    asked = challenge.find(services, browser, card_token.LOGIN, answer.nonce)
    try:
        name = _proved(services, answer).name
    except TodokeError as error:
        raise refused(services, asked, error, why) from error
    if asked is None:
        raise challenge.refused(services, None, CARD, "challenge_spent")
    return asked, Way(CARD, sealed.blind(services.secrets.seal_key, CARD, name))


def refused(
    services: Services, asked: Record | None, error: TodokeError, why: str | None = None
) -> TodokeError:
    """The one answer to a card that proves nothing. That nobody knows whether it was stopped is
    told to whoever was asked; whatever else went wrong stays what it is."""
    if error.code not in ("card_refused", "revocation_unknown"):
        return error
    rule = why or str(error.details.get("rule", error.code))
    said = challenge.refused(services, asked, CARD, rule)
    return error if error.code == "revocation_unknown" and asked else said


def _read(body: Mapping[str, object]) -> tuple[card_token.Answer, str | None]:
    """(answer, None), or (nothing to look at, why) for a body of another shape."""
    try:
        return card_token.read(body), None
    except TodokeError as error:
        return card_token.NOTHING, str(error.details["rule"])


def _proved(services: Services, answer: card_token.Answer) -> card_token.Proof:
    """The card, once everything about it holds."""
    message = signed_for_us(services, answer, card_token.LOGIN)
    proof = card_token.verify(answer, message, services.card.anchors(), services.clock.now())
    return not_stopped(services, proof)


def signed_for_us(services: Services, answer: card_token.Answer, purpose: str) -> bytes:
    """What the bridge puts under a signature for a page of ours."""
    origin = services.config.origin_of(services.config.portal_host)
    return card_token.signed_bytes(answer.mode, purpose, origin, answer.nonce)


def not_stopped(services: Services, proof: card_token.Proof) -> card_token.Proof:
    """The same proof. Raises ``card_refused`` and ``revocation_unknown``."""
    said = services.card.revocation(proof.certificate, proof.issuer)
    if said == "revoked":
        raise TodokeError("card_refused", rule="card_revoked")
    if said != "good":  # 公的個人認証法 19, 38 条: a verifier must ask, so silence is a no
        raise TodokeError("revocation_unknown")
    return proof


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
    named = replace(person, data={**person.data, "letter_code": key, "another": False})
    services.store.commit([Replace(named), *ended, Create(made), noted])
    return code


def _code_key(services: Services, letters: str) -> str:
    """The id under which a code is found."""
    return sealed.blind(services.secrets.seal_key, "letter_code", letters)


def link(services: Services, token: str, typed: str) -> Opened:
    """Links the account of a session to the resident of a letter code, in one commit with the
    end of the code; the session gets a new token.

    Raises ``login_needed``, ``proof_needed`` where the session's proof is old or was shown in
    another browser (whoever comes by with a letter of his own must not make her card open his
    account), ``too_many_requests`` while the account waits, ``already_linked``
    (then no code is looked at), and ``letter_code_refused`` (rule, left): a code that is unknown,
    used or too old looks the same, and what cannot be a code costs no try."""
    for _ in range(ATTEMPTS):
        found = session.find(services, token)
        if found is None:
            raise TodokeError("login_needed")
        mine, account = found
        _refuse_waiting(services, account)
        session.refuse_weaker(services, mine, session.HELD, fresh=True)
        if account.data["resident"] is not None:
            raise TodokeError("already_linked")
        letters = letter_code.read(typed)
        if letters is None:
            raise TodokeError("letter_code_refused", rule="code_shape", left=_left(account))
        code = services.store.get("letter_code", _code_key(services, letters))
        try:
            if code is None:
                raise _wrong(services, account)
            return _linked(services, mine, account, code)
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
    noted = session.noted(services, account, "letter_code_wrong")
    services.store.commit([Replace(replace(account, data=counted)), noted])
    return TodokeError("letter_code_refused", rule="code_wrong", left=left)


def _linked(services: Services, mine: Record, account: Record, code: Record) -> Opened:
    person = services.store.get("resident", str(code.data["resident"]))
    if person is None or person.data["letter_code"] != code.id:
        raise _wrong(services, account)
    known = residents.get(services, person.id)
    if known is not None and known.state == DECEASED:  # a letter lies in her box all the same
        raise _wrong(services, account)
    spending = [Delete("letter_code", code.id, code.version)]
    return join(services, mine, account, person, spending)


def join(
    services: Services,
    mine: Record,
    account: Record,
    person: Record,
    spending: Sequence[Write],
) -> Opened:
    """Links the account of a session to a resident, in one commit with ``spending``, which ends the
    proof and a letter code that is still out. A resident has one account: if there is one already,
    the card goes to it. Raises ``version_conflict``: then everything is to be looked at again."""
    resident, now = person.id, services.clock.unix()
    there = services.store.get("account", str(person.data["account"] or "-"))
    ways = _ways(services, account, str(mine.data["credential"]))
    means = [str(each.data["means"]) for each in ways]
    if there is not None:
        kept, moving = there, _moving(account, there, ways)
    else:
        known: dict[str, Json] = {"resident": resident, "linked_at": now}
        rested: dict[str, Json] = {"wrong_codes": 0, "wait_until": None}
        kept = replace(account, data={**account.data, **known, **rested})
        moving = [Replace(kept)]
    spent = {**person.data, "account": kept.id, "letter_code": None}
    opened, renewing = session.renewing(services, mine, kept)
    acts = [f"{each}_added" for each in means] if there else ["account_linked"]
    noted = [session.noted(services, kept, act) for act in acts]
    told = _telling(services, kept, resident, means, "added" if there else "linked")
    named = Replace(replace(person, data=spent))
    services.store.commit([*spending, named, *moving, *renewing, *noted, *told])
    return opened


def _telling(
    services: Services, kept: Record, resident: str, means: Sequence[str], change: str
) -> list[Write]:
    """The letter that names what opens her account from now on. change: linked | added."""
    about = f"account/{kept.id}"
    if means == [CARD]:
        return address.writes(services, resident, "card_linked", about, link=ways_in.PAGE)
    each = sorted(set(means), key=_MEANS.index)
    words = services.words
    ways = {
        language: words.say(language, "addressed.and").join(
            words.say(language, f"site.account.{one}") for one in each
        )
        for language in LANGUAGES
    }
    kind = f"ways_{change}"
    return address.writes(services, resident, kind, about, link=ways_in.PAGE, ways=ways)


def _ways(services: Services, account: Record, credential: str) -> list[Record]:
    """The ways into an account; the one of the session itself, though a list that lags may not
    name it yet."""
    mine = services.store.get("credential", credential)
    if mine is None:
        raise TodokeError("login_needed")
    listed = services.store.find("credentials_by_account", account.id, limit=MOST_WAYS_IN).records
    return list({mine.id: mine, **{each.id: each for each in listed}}.values())


def _moving(empty: Record, kept: Record, ways: Sequence[Record]) -> list[Write]:
    """The ways in go to the account the resident has; their own, empty one is erased, and with it
    every session that was opened for it."""
    moved = [Replace(replace(each, data={**each.data, "account": kept.id})) for each in ways]
    return [*moved, Delete("account", empty.id, empty.version)]
