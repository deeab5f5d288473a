"""Coming in to the desk through the city's own OpenID Connect provider.

Whose login it is was settled before: a clerk who is in by another way makes it one of hers, right
after a proof, and from then on the provider's name for her (issuer and ``sub``) is hers. No name,
no number and no address of a token is ever compared with anything: whoever may write those at the
provider would choose whom to be here (OpenID Connect Core section 5.7).

The challenge is the ``state``, as for citizens (journeys/app_login.py): an answer is good once,
for five minutes, in the browser that asked, and for what was asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from todoke.core import oidc, sealed
from todoke.core.errors import TodokeError
from todoke.core.oidc import Answer, Question
from todoke.journeys import challenge, desk_login, desk_session, desk_tries, desk_ways, staff
from todoke.journeys.desk_session import OIDC, Proof
from todoke.journeys.desk_ways import Asking
from todoke.ports import Create, Json, Record, Replace, Services, Write

#: purposes of challenges: to come in; to come in with a proof of the last minutes; to make it a way
LOGIN, FRESH, LINK = "staff_oidc", "staff_oidc_fresh", "staff_oidc_link"
ATTEMPTS = 5
_CREDENTIAL = "staff_credential"


@dataclass(frozen=True, slots=True)
class Came:
    """token: of the session that she has now. mark: for her browser, "" where she was in already
    and made this a way of hers."""

    token: str
    mark: str


def is_offered(services: Services) -> bool:
    """Whether the city has such a provider."""
    return bool(services.staff_login.issuer)


def ask(services: Services, browser: str, *, fresh: bool = False) -> str:
    """Address of the provider's page. browser: pre-session token. fresh: she is to prove herself
    anew, as the ways in are changed only right after a proof.

    Raises ``staff_oidc_unavailable``, and ``not_found`` where the city has no such login."""
    return _address(services, browser, FRESH if fresh else LOGIN)


def ask_link(services: Services, asking: Asking, browser: str) -> str:
    """The same, to make it one more way in. Raises ``staff_proof_old``, ``too_many_passkeys``."""
    desk_ways.may_add(services, asking)
    return _address(services, browser, LINK, asking.clerk.id)


def come_back(
    services: Services,
    browser: str,
    body: Mapping[str, object],
    token: str | None = None,
    named: str = "",
) -> Came:
    """Opens a session for the clerk whose way this is, or makes it a way of the clerk who asked so.

    body: what the provider sent the browser back with. token: of this browser's session. named: its
    rough name. Raises ``staff_oidc_refused`` whatever is wrong, ``staff_oidc_unavailable``,
    ``staff_oidc_taken``, ``staff_proof_old``."""
    asked: Record | None = None
    try:
        answer = oidc.read(body)
        asked = _asked(services, browser, answer)
        if asked is None:  # the provider is not troubled for a code that nobody here asked for
            raise oidc.refused("challenge_spent")
        subject, at = services.staff_login.proved(
            _question(services, answer.state), answer, _max_age(services, asked)
        )
    except TodokeError as error:
        if error.code == "app_refused":
            raise _refused(services, asked, str(error.details.get("rule", ""))) from error
        raise _unavailable(error) from error
    proof = Proof(OIDC, id_of(services, subject), named, at)
    if asked.data["purpose"] == LINK:
        return Came(_link(services, asked, proof, token), "")
    return _enter(services, asked, proof, token)


def id_of(services: Services, subject: str) -> str:
    """Id of the record of a login at the provider."""
    name = f"{services.staff_login.issuer}\0{subject}"
    return sealed.blind(services.secrets.seal_key, "staff_oidc", name)


# ------------------------------------------------------------------------------- coming in
def _enter(services: Services, asked: Record, proof: Proof, old_token: str | None) -> Came:
    for _ in range(ATTEMPTS):
        found = _whose(services, str(proof.credential))
        if found is None:
            raise _refused(services, asked, "unknown")
        credential, clerk = found
        token, making = desk_session.opening(services, clerk, proof, old_token)
        used = {**credential.data, "used_at": services.clock.unix()}
        closing = desk_session.closing(services, old_token)
        kept = Replace(replace(credential, data=used))
        try:
            services.store.commit([challenge.spending(asked), kept, *making, *closing])
        except TodokeError as error:
            if challenge.spent_meanwhile(error):
                raise _refused(services, None, "challenge_spent") from error
            continue
        return Came(token, desk_tries.mark_for(services, clerk.id))
    raise TodokeError("storage_unavailable")


def _whose(services: Services, id: str) -> tuple[Record, Record] | None:
    """(credential, clerk) of a login; None where it is nobody's, its owner has left, or all her
    ways were ended since."""
    credential = services.store.get(_CREDENTIAL, id)
    clerk = services.store.get("staff", str(credential.data["staff"])) if credential else None
    if credential is None or clerk is None or not clerk.data["active"]:
        return None
    return (credential, clerk) if credential.data["ways"] == staff.ways_of(clerk) else None


# ------------------------------------------------------------------------- one more way in
def _link(services: Services, asked: Record, proof: Proof, token: str | None) -> str:
    """The token of the session that goes on: a new one after a link or a recovery code. Whoever
    came in here meanwhile did not ask for this."""
    found = desk_session.find(services, token) if token else None
    if token is None or found is None or found[1].id != asked.data["account"]:
        raise _refused(services, asked, "other_person")
    asking = Asking(*found, token, proof.browser)
    desk_ways.may_add(services, asking)
    id = str(proof.credential)
    record = desk_ways.credential(services, asking, OIDC, id, "")
    before = services.store.get(_CREDENTIAL, id)
    if before is not None and _whose(services, id) is not None:
        services.store.commit([challenge.spending(asked)])
        raise TodokeError("staff_oidc_taken")
    # what stands there else is a way that ended, of a clerk who left or began anew
    kept: Write = Replace(replace(record, version=before.version)) if before else Create(record)
    going_on, opening = desk_ways.goes_on(services, asking, proof)
    noted = desk_ways.note(services, asking, "staff_way_added", OIDC)
    # under her own row: somebody may be ending all her ways at this moment
    same = Replace(asking.clerk)
    try:
        services.store.commit([challenge.spending(asked), kept, same, *opening, noted])
    except TodokeError as error:
        if error.code not in ("version_conflict", "record_exists"):
            raise
        raise _refused(services, None, "challenge_spent") from error
    return going_on


# ---------------------------------------------------------------------------------- parts
def _address(services: Services, browser: str, purpose: str, account: str | None = None) -> str:
    if not is_offered(services):
        raise TodokeError("not_found")
    asked = challenge.issue(services, browser, purpose, account)
    age = _max_age_for(services, purpose)
    try:
        return services.staff_login.address(_question(services, asked.nonce), age)
    except TodokeError as error:
        raise _unavailable(error) from error


def _asked(services: Services, browser: str, answer: Answer) -> Record | None:
    """The challenge an answer is to, whatever it was asked for."""
    found = (challenge.find(services, browser, each, answer.state) for each in (LOGIN, FRESH, LINK))
    return next((each for each in found if each is not None), None)


def _max_age(services: Services, asked: Record) -> int:
    return _max_age_for(services, str(asked.data["purpose"]))


def _max_age_for(services: Services, purpose: str) -> int:
    """A session at the provider lasts all day; who makes or changes a way in proves herself now."""
    usual = services.config.staff_oidc.max_age
    if purpose == LOGIN:
        return usual
    return min(usual or desk_session.FRESH_SECONDS, desk_session.FRESH_SECONDS)


def _question(services: Services, state: str) -> Question:
    """Nonce and verifier follow from the state by a key that only this installation has."""
    key = services.secrets.seal_key
    made = (sealed.blind(key, f"staff_oidc_{each}", state) for each in ("nonce", "proof"))
    nonce, verifier = made
    return Question(state, nonce, verifier)


def _refused(services: Services, asked: Record | None, why: str) -> TodokeError:
    """The one error for an answer that proves nothing; the question, if any, has ended. Why stands
    in the record of acts alone."""
    ended: list[Write] = [challenge.spending(asked)] if asked else []
    desk_login.note_refused(services, "-", OIDC, *ended, why=why)
    return TodokeError("staff_oidc_refused")


def _unavailable(error: TodokeError) -> TodokeError:
    """The provider's own errors in the desk's words; any other as it is."""
    if error.code != "app_unavailable":
        return error
    details: dict[str, Json] = {}
    if "retry_after" in error.details:
        details["retry_after"] = int(str(error.details["retry_after"]))
    return TodokeError("staff_oidc_unavailable", **details)
