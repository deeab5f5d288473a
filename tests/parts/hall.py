"""The town hall's side of a login: challenges, sessions, accounts, and the codes of its letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.parts.pretend_signer import Card
from todoke.adapters.fakes import TurnedClock
from todoke.core.errors import TodokeError
from todoke.journeys import audit, challenge, login, residents
from todoke.journeys.session import Opened
from todoke.ports import Record, Services

BROWSER = "b" * 43
PEM = "pretend_card/ca.pem"


@dataclass(frozen=True, slots=True)
class Hall:
    """The town hall's side of a login. folder: its data."""

    services: Services
    clock: TurnedClock
    folder: Path

    def answer(self, card: Card, browser: str = BROWSER, **changes: Any) -> Mapping[str, str]:
        """A fresh challenge, signed."""
        nonce = challenge.issue(self.services, browser, "login").nonce
        return card.answer(nonce, self.services.config.public_url, **changes)

    def enter(self, card: Card, browser: str = BROWSER, old: str | None = None) -> Opened:
        """The whole login."""
        return login.login(self.services, browser, self.answer(card, browser), old)

    def code(self, number: str = "0000000001") -> str:
        """A letter to a resident, who is made if absent."""
        found = residents.find(self.services, number)
        if found is None:
            self.services.store.commit(residents.new(self.services, number, "見本", "みほん"))
        found = found or residents.find(self.services, number)
        assert found is not None
        return login.new_letter_code(self.services, found.id)

    def account(self, opened: Opened) -> Record:
        """As it is stored now."""
        record = self.services.store.get("account", opened.account)
        assert record is not None
        return record

    def acts(self) -> list[str]:
        """Names of the acts on record, oldest first."""
        found = audit.acts(self.services, audit.month_of(self.clock.now())).records
        return [str(each.data["act"]) for each in reversed(found)]

    def why(self) -> str:
        """Why the last login was refused: it stands in the record of acts and nowhere else."""
        found = audit.acts(self.services, audit.month_of(self.clock.now())).records
        last = next(each for each in found if each.data["act"] == "login_refused")
        detail = last.data["detail"]
        assert isinstance(detail, dict)
        return str(detail["why"])


def refusal(code: str, call: Callable[[], object]) -> Mapping[str, object]:
    with pytest.raises(TodokeError) as refused:
        call()
    assert refused.value.code == code, refused.value.details
    return refused.value.details
