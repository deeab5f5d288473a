"""Whose card is it: the four attributes of a verified signing certificate are looked for in the
register of residents, and an account is linked to the one resident who is the same.

Nobody is guessed (core/same_person.py): who is not certain, and who is not found, gets a letter
with a code instead (journeys/login.py). A renewed card links by the same way: its resident has an
account already, so the card goes to that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from todoke.core import card_person, same_person, signed_document
from todoke.core import token as card_token
from todoke.core.card_person import CardPerson
from todoke.core.errors import TodokeError
from todoke.core.resident_file import HERE
from todoke.core.same_person import NOT_CERTAIN, SAME
from todoke.journeys import audit, challenge, login, residents, session
from todoke.journeys.residents import NOW, REGISTER, Resident
from todoke.journeys.session import Opened
from todoke.ports import Check, Delete, Record, Services, Write

#: of challenges
PURPOSE = "link"
LINKED, NONE, SEVERAL = "linked", "none", "several"
#: two logins at the same moment, or a register that changes: whoever loses looks again
ATTEMPTS = 5
#: the indexes of the register that find somebody of whom only one attribute is written otherwise
_INDEXES = ("name_born", "address_born", "name_address")


@dataclass(frozen=True, slots=True)
class Found:
    """answer: linked (there is one who is the same) | not_certain | none | several. reason: code
    of core/same_person.py, or closed, deceased; "" unless not certain. resident: the one."""

    answer: str
    reason: str = ""
    resident: Resident | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """answer, reason: as ``Found`` has them. opened: the session after the link; None where there
    was nothing to change, or nothing was linked."""

    answer: str
    reason: str = ""
    opened: Opened | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the card is asked to sign for a link. nonce: base64url. document: what is signed."""

    nonce: str
    document: bytes


def ask(services: Services, browser: str, mine: Record, account: Record) -> Asked:
    """A question for the certificate for signing: that this account is its owner's. browser:
    pre-session token. mine: the session that asks. Raises ``proof_needed``: a browser that was
    left open must not be linked to whoever comes by with a card."""
    session.refuse_weaker(services, mine, session.HELD, fresh=True)
    nonce = challenge.issue(services, browser, PURPOSE, account.id).nonce
    return Asked(nonce, document(services, account.id, nonce))


def document(services: Services, account: str, nonce: str) -> bytes:
    """The words that a card signs, which nobody can use for another account or another day."""
    config = services.config
    lines = ("todoke-link/1", config.origin_of(config.portal_host), account, nonce)
    return "".join(f"{each}\n" for each in lines).encode("ascii")


@challenge.refuses_evenly
def by_card(services: Services, browser: str, body: Mapping[str, object], token: str) -> Outcome:
    """Links the account of a session to the resident whom the signing certificate describes.

    body: what the bridge answered, and the nonce. Raises ``card_refused``, ``revocation_unknown``
    and what ``link`` raises."""
    found = session.find(services, token)
    if found is None:
        raise TodokeError("login_needed")
    asked = None
    try:
        answer, message = signed_document.read(body)
        asked = challenge.find(services, browser, PURPOSE, answer.nonce)
        words = document(services, found[1].id, answer.nonce)
        context = login.signed_for_us(services, answer, card_token.SIGN_DOCUMENT)
        anchors, now = services.card.anchors(), services.clock.now()
        proof = signed_document.verify(answer, message, words, context, anchors, now)
        card = card_person.read(login.not_stopped(services, proof).certificate)
    except TodokeError as error:
        raise login.refused(services, asked, error) from error
    if asked is None:
        raise challenge.refused(services, None, login.CARD, "challenge_spent")
    return link(services, token, card, [challenge.spending(asked)])


def find(services: Services, card: CardPerson) -> Found:
    """The one resident of the register whom a certificate describes."""
    verdicts = [
        (each, same_person.compare(card, each, residents.home(services)))
        for each in candidates(services, card)
    ]
    same = [each for each, verdict in verdicts if verdict.answer == SAME]
    here = [each for each in same if each.state == HERE]
    if len(here) == 1:
        return Found(LINKED, resident=here[0])
    if len(here) > 1:
        return Found(SEVERAL)
    doubts = [each.state for each in same]
    doubts += [verdict.reason for _, verdict in verdicts if verdict.answer == NOT_CERTAIN]
    return Found(NOT_CERTAIN, min(doubts)) if doubts else Found(NONE)


def candidates(services: Services, card: CardPerson) -> Iterable[Resident]:
    """Whoever shares two attributes with the certificate in their one form, each once; what the
    register says of a person today goes before a row of her own."""
    found: dict[str, Resident] = {}
    blinds = residents.blinds(services, card.name, card.address, card.born)
    for index in _INDEXES:
        for each in residents.alike(services, f"register_by_{index}", blinds[index]):
            found.setdefault(each.id, each)
    return found.values()


def link(
    services: Services, token: str, card: CardPerson, spending: Sequence[Write] = ()
) -> Outcome:
    """Links the account of a session to the resident of a certificate, in one commit with the
    record of the act; the session gets a new token. Without one who is the same nothing changes,
    and the record of acts says why.

    token: of the session. card: of a certificate that was verified, after it signed what this very
    session was asked to sign (nothing in the two certificates of a card ties them together).
    spending: writes that end that question, whatever the answer is. Raises ``login_needed``,
    ``challenge_spent`` when the question was answered before, and ``already_linked`` for an account
    that is somebody else's."""
    for _ in range(ATTEMPTS):
        mine = session.find(services, token)
        if mine is None:
            raise TodokeError("login_needed")
        register = services.store.get(REGISTER, NOW)
        found = find(services, card)
        try:
            return _settled(services, mine, found, register, spending)
        except TodokeError as error:
            if error.details.get("kind") == "challenge":
                raise TodokeError("challenge_spent") from error
            if error.code not in ("version_conflict", "record_exists"):
                raise
    raise TodokeError("storage_unavailable")


def words(services: Services, language: str, outcome: Outcome) -> str:
    """What the person is told; why she is not certain is for the city alone."""
    return services.words.say(language, f"site.linking.{outcome.answer}")


def _settled(
    services: Services,
    opened: tuple[Record, Record],
    found: Found,
    register: Record | None,
    spending: Sequence[Write],
) -> Outcome:
    mine, account = opened
    person = services.store.get("resident", found.resident.id) if found.resident else None
    if person is not None and person.data.get("another"):
        found, person = Found(NOT_CERTAIN, "another"), None
    if person is None:
        services.store.commit([*spending, _noted(services, account, found)])
        return Outcome(found.answer, found.reason)
    if account.data["resident"] == person.id:
        services.store.commit(spending)
        return Outcome(LINKED)
    if account.data["resident"] is not None:
        services.store.commit(spending)
        raise TodokeError("already_linked")
    code = person.data["letter_code"]
    writes: list[Write] = [*spending, *([Delete("letter_code", str(code))] if code else [])]
    if register is not None:  # who she is was decided by this register, and by no later one
        writes.append(Check(REGISTER, NOW, register.version))
    return Outcome(LINKED, opened=login.join(services, mine, account, person, writes))


def _noted(services: Services, account: Record, found: Found) -> Write:
    about, said = f"account/{account.id}", {"answer": found.answer, "reason": found.reason}
    return audit.entry(services, "citizen", "link_refused", about, said)
