"""Login with a card, and the code of the city's letter."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from tests.crash.flows.seen import Plain, Say, Seen, exactly
from tests.parts.pretend_signer import Authority, Card
from todoke.core.errors import TodokeError
from todoke.journeys import challenge, login, residents, session
from todoke.ports import Services

BROWSER = "b" * 43


class Login(Plain):
    """Implements ``Flow``."""

    def prepare(self, services: Services, told: Mapping[str, Any]) -> dict[str, Any]:
        """A resident with a letter, and a card whose key every child inherits."""
        Authority().trusted_in(services.config.data)
        Card().answer("", services.config.public_url)
        person = residents.new(services, "0000000001", "見本", "みほん")
        services.store.commit(person)
        return {
            "resident": person[0].record.id,
            "code": login.new_letter_code(services, person[0].record.id),
        }

    def act(
        self, services: Services, told: Mapping[str, Any], said: Mapping[str, str], say: Say
    ) -> None:
        """Without an answer she starts from a fresh challenge, as the page does."""
        token = said.get("session", "")
        if not token:
            token = _enter(services, say)
            say("session", token)
        if "linked" in said:
            return
        try:
            say("linked", login.link(services, token, told["code"]).token)
        except TodokeError as error:
            # her session ended with the link, unheard; or she comes back late, with an old proof
            if error.code not in ("login_needed", "proof_needed"):
                raise
            token = _enter(services, say)
            if error.code == "proof_needed":
                token = login.link(services, token, told["code"]).token
            assert _account(services, token).data["resident"] == told["resident"]
            say("linked", token)

    def look(self, seen: Seen) -> Iterator[str]:
        """One account, one card, one link, and the sessions she was given."""
        accounts = seen.all("account")
        made = seen.between("session", len(accounts))
        yield from exactly("her account", len(accounts), made)
        yield from exactly("her card", len(seen.all("credential")), len(accounts))
        sessions = len(seen.all("session")) + seen.acts("account_linked")
        opened = seen.acts("session_opened") + seen.acts("account_linked")
        # after the restart the half hour of rest is over for those before it, and they may be gone
        yield from exactly("a session", sessions, min(sessions, opened) if seen.ended else opened)
        yield from _of_the_challenge(seen)
        linked = sum(1 for each in accounts if each.data["resident"] == seen.told["resident"])
        yield from exactly("the link", linked, seen.between("linked", linked))
        yield from exactly("the act of linking", seen.acts("account_linked"), linked)
        yield from exactly("the letter about it", seen.letters("card_linked"), linked)
        yield from exactly("the use of the code", 1 - len(seen.all("letter_code")), linked)
        last = seen.said.get("linked") or (not linked and seen.said.get("session"))
        # not by session.find: whoever looks comes hours later, and a session rests half an hour
        row = seen.one("session", session.hashed(last)) if last else None
        if (
            not seen.ended
            and last
            and (row is None or row.data["account"] not in {each.id for each in accounts})
        ):
            yield "her session is lost"


def _of_the_challenge(seen: Seen) -> Iterator[str]:
    """In her first life she had one: it ends with the session that it opened."""
    if not seen.ended and "challenge" in seen.said:
        id = hashlib.sha256(seen.said["challenge"].encode()).hexdigest()
        there = seen.one("challenge", id) is not None
        yield from exactly("a challenge", int(there) + seen.acts("session_opened"), 1)


def _enter(services: Services, say: Say) -> str:
    nonce = challenge.issue(services, BROWSER, "login").nonce
    say("challenge", nonce)
    answer = Card().answer(nonce, services.config.public_url)
    return login.login(services, BROWSER, answer).token


def _account(services: Services, token: str) -> Any:
    found = session.find(services, token)
    assert found is not None
    return found[1]
