"""The end of an account: one commit, then a job that clears what is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.crash.flows.apply import PHOTO
from tests.crash.flows.seen import Plain, Say, Seen, exactly
from tests.crash.flows.settling import settle
from tests.parts.resident import logged_in
from todoke.core.errors import TodokeError
from todoke.journeys import attachments, leaving, login, session
from todoke.ports import Record, Services

#: numbers of two made-up residents
ANNE, BERT = "0000000001", "0000000002"


class Leave(Plain):
    """Implements ``Flow``."""

    def prepare(self, services: Services, told: Mapping[str, Any]) -> dict[str, Any]:
        """She is logged in twice, has a letter and a file that she never sent; so is her
        neighbour."""
        anne, bert = (logged_in(services, number=each) for each in (ANNE, BERT))
        for each, number in ((anne, ANNE), (bert, BERT)):
            logged_in(services, number=number)
            attachments.take(services, each.resident, PHOTO)
        login.new_letter_code(services, anne.resident)
        return {
            "token": anne.token,
            "account": anne.account,
            "resident": anne.resident,
            "neighbour": bert.account,
        }

    def act(
        self, services: Services, told: Mapping[str, Any], said: Mapping[str, str], say: Say
    ) -> None:
        """Whoever heard no answer asks again, if she still can."""
        if session.find(services, told["token"]) is not None:
            try:
                _erase(services, told["token"])
            except TodokeError as error:  # she comes back late, with an old proof
                if error.code != "proof_needed":
                    raise
                _erase(services, logged_in(services, number=ANNE).token)
        say("left", "yes")
        settle(services)
        say("cleared", "yes")

    def look(self, seen: Seen) -> Iterator[str]:
        """All of it there, or nothing that opens; and then everything goes."""
        account, rows = seen.one("account", seen.told["account"]), list(_rows(seen))
        opens = seen.one("session", session.hashed(seen.told["token"])) is not None
        resident = seen.one("resident", seen.told["resident"])
        assert resident is not None
        linked = resident.data["account"] is not None
        if (account is not None) != linked or (account is None and opens):
            yield f"the account is half gone ({account is not None}, {opens}, {linked})"
        yield from exactly("the act", seen.acts("account_erased"), int(account is None))
        if account is not None and ("left" in seen.said or seen.ended):
            yield "the end of the account is lost"
        if account is not None and not any(each.kind == "credential" for each in rows):
            yield "nothing opens a living account"
        if account is None and rows and not seen.waits(leaving.ACT):
            yield f"the clearing is lost ({len(rows)} rows)"
        if rows and ("cleared" in seen.said or seen.ended):
            yield f"not cleared ({len(rows)} rows)"
        theirs = [e for e in seen.all("credential") if e.data["account"] == seen.told["neighbour"]]
        there = seen.one("account", seen.told["neighbour"]) is not None
        yield from exactly("her neighbour's account", int(there) + len(theirs), 2)
        yield from exactly("a file of her neighbour", len(seen.all("attachment")) - _files(seen), 1)


def _erase(services: Services, token: str) -> None:
    found = session.find(services, token)
    assert found is not None
    leaving.erase_account(services, *found)


def _rows(seen: Seen) -> Iterator[Record]:
    for kind in leaving.CLEARED:
        yield from (e for e in seen.all(kind) if e.data["account"] == seen.told["account"])
    mine = seen.told["resident"]
    yield from (each for each in seen.all("attachment") if each.data["resident"] == mine)


def _files(seen: Seen) -> int:
    return sum(1 for e in seen.all("attachment") if e.data["resident"] == seen.told["resident"])
