"""Login with デジタル認証アプリ: a question to one browser, the provider's answer, a session.

Which provider's login it is decides the challenge (journeys/challenge.py): its number is the
``state``, so an answer is good once, for five minutes and in the browser that asked. A link with
somebody else's code, put before a person to log her in as him, finds no challenge of her browser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from todoke.core import oidc, sealed
from todoke.core.errors import TodokeError
from todoke.core.oidc import ADD, LOGIN, Answer, Question
from todoke.journeys import challenge, session, ways_in
from todoke.journeys.session import HELD, Opened
from todoke.journeys.ways_in import Way
from todoke.ports import Record, Services

MEANS = "app"


def ask(services: Services, browser: str) -> str:
    """Address of the provider's page, for a login. browser: pre-session token.

    Raises ``app_unavailable``, and ``not_found`` where the city has no such login."""
    return _address(services, browser, LOGIN)


def ask_more(services: Services, browser: str, mine: Record, account: Record) -> str:
    """The same, to make the app one more way into an account. mine: the session that asks.

    Raises ``proof_needed`` where its proof is old."""
    session.refuse_weaker(services, mine, HELD, fresh=True)
    return _address(services, browser, ADD, account.id)


def enter(
    services: Services,
    browser: str,
    body: Mapping[str, object],
    token: str = "",
    named: str = "",
) -> Opened:
    """Opens a session for whoever the provider says it is; at the first login also an account.
    Where the question was ``ask_more``'s, the app becomes a way into that account instead.

    body: what the provider sent the browser back with. token: session of this browser, which ends.
    named: rough name of the browser. Raises ``app_refused``, ``app_unavailable``,
    ``login_needed``, ``proof_needed``, ``app_taken``."""
    answer = oidc.read(body)
    asked = _asked(services, browser, answer)
    if asked is None:  # the provider is not troubled for a code that nobody here asked for
        raise challenge.refused(services, None, MEANS, "challenge_spent")
    try:
        subject = services.app.subject(_question(services, answer.state), answer)
    except TodokeError as error:
        said = challenge.refused(services, asked, MEANS, str(error.details.get("rule", error.code)))
        raise (said if error.code == said.code else error) from error
    name = f"{services.app.issuer}\0{subject}"
    way = Way(MEANS, sealed.blind(services.secrets.seal_key, MEANS, name))
    if asked.data["purpose"] == LOGIN:
        return ways_in.enter(services, asked, way, token, named)
    return _add(services, asked, way, token)


def public_keys(services: Services) -> Sequence[Mapping[str, str]]:
    """By which the provider knows that it is this city. Raises ``not_found``."""
    return services.app.public_keys()


def _add(services: Services, asked: Record, way: Way, token: str) -> Opened:
    """Whoever logged in here meanwhile did not ask for this."""
    found = session.find(services, token) if token else None
    if found is None:
        raise TodokeError("login_needed")
    if found[1].id != asked.data["account"]:
        raise TodokeError("other_person")
    return ways_in.add(services, asked, way, token)


def _address(services: Services, browser: str, purpose: str, account: str | None = None) -> str:
    asked = challenge.issue(services, browser, purpose, account)
    return services.app.address(_question(services, asked.nonce))


def _asked(services: Services, browser: str, answer: Answer) -> Record | None:
    """The challenge an answer is to, for either purpose."""
    found = challenge.find(services, browser, LOGIN, answer.state)
    return found or challenge.find(services, browser, ADD, answer.state)


def _question(services: Services, state: str) -> Question:
    """Nonce and verifier follow from the state by a key that only this installation has: nothing of
    them is stored, and whoever sees the state in an address knows neither."""
    seal_key = services.secrets.seal_key
    nonce, verifier = (sealed.blind(seal_key, f"app_{each}", state) for each in ("nonce", "proof"))
    return Question(state, nonce, verifier)
