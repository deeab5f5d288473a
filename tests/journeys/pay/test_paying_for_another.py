"""Somebody pays for another: by a mandate to pay, her bill all the same, and both know who did."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parts.desk import DAY
from tests.parts.payer import Payer
from todoke.core.errors import TodokeError
from todoke.journeys import address, bills, history, mandates, pay, residents
from todoke.journeys.mandates import FILE, PAY, READ, Mandate

AGENT = "00000077"


@pytest.fixture
def payer(tmp_path: Path) -> Payer:
    return Payer.open(tmp_path)


@pytest.fixture
def agent(payer: Payer) -> str:
    services = payer.services
    services.store.commit(residents.new(services, AGENT, "見本 じろう", "みほん"))
    found = residents.find(services, AGENT)
    assert found is not None
    return found.id


def given(payer: Payer, principal: str, to: str, *scope: str, ahead: int = 0) -> Mandate:
    services = payer.services
    first = mandates.today(services) + timedelta(days=ahead)
    term = mandates.term(services, scope or (PAY,), first, first + timedelta(days=5))
    _, code = mandates.offer(services, principal, term)
    return mandates.accept(services, to, code)


def start(payer: Payer, who: str, **more: Any) -> str:
    services = more.get("services") or payer.services
    return pay.start_checkout(services, who, payer.bill, "ja").rsplit("/", 1)[1]


def refused(payer: Payer, who: str, **more: Any) -> None:
    with pytest.raises(TodokeError, match="not_found"):
        start(payer, who, **more)


def acts(payer: Payer, who: str) -> list[tuple[str, str]]:
    found, _ = history.entries(payer.services, who)
    return [(each.act, each.by) for each in found if each.act.startswith("payment")]


def last_told(payer: Payer) -> address.Letter:
    found = address.of_resident(payer.services, payer.resident).records
    return address.letters(payer.services, found)[0]


def test_the_bill_is_paid_and_stays_hers_and_both_know_who_paid(payer: Payer, agent: str) -> None:
    given(payer, payer.resident, agent)
    session = start(payer, agent)
    assert start(payer, agent) == session, "a second press goes on with the same page"
    assert acts(payer, payer.resident) == [("payment_started", "agent")]
    assert acts(payer, agent) == [("payment_started_for", "you")]
    assert payer.tell(session, "paid") == "paid"
    bill = bills.opened(payer.services, bills.own(payer.services, payer.resident, payer.bill))
    assert (bill.state, bill.resident) == ("paid", payer.resident)
    told = last_told(payer)
    assert told.kind == "bill_paid_by_agent"
    assert "見本 じろう" in told.title["ja"]
    assert not any(
        each.data["about"] == f"bill/{payer.bill}"
        for each in address.of_resident(payer.services, agent).records
    )


def test_who_went_there_last_is_named(payer: Payer, agent: str) -> None:
    """Whoever goes on with a page that the other opened, and back."""
    given(payer, payer.resident, agent)
    session = start(payer, payer.resident)
    assert start(payer, agent) == session
    assert acts(payer, payer.resident)[0] == ("payment_started", "agent")
    assert start(payer, payer.resident) == session
    assert payer.tell(session, "paid") == "paid"
    assert last_told(payer).kind == "bill_paid"


def broken(payer: Payer, agent: str, name: str) -> None:
    services = payer.services
    if name == "only to read and file":
        given(payer, payer.resident, agent, READ, FILE)
    elif name == "not begun":
        given(payer, payer.resident, agent, ahead=2)
    elif name == "of another":
        other = payer.neighbour(5)
        given(payer, other.resident, agent)
    elif name == "the other way round":
        given(payer, agent, payer.resident)
    elif name == "an agent's agent":
        other = payer.neighbour(5)
        given(payer, payer.resident, other.resident)
        given(payer, other.resident, agent)
    elif name != "none":
        made = given(payer, payer.resident, agent)
        if name == "over":
            payer.clock.turn(6 * DAY)
        else:
            who = payer.resident if name == "ended by her" else agent
            mandates.end(services, who, made.id)


BROKEN = [
    *("none", "only to read and file", "not begun", "of another", "the other way round"),
    *("an agent's agent", "over", "ended by her", "ended by the agent"),
]


@pytest.mark.parametrize("name", BROKEN)
def test_by_what_does_not_allow_it_another_bill_answers_as_none(
    payer: Payer, agent: str, name: str
) -> None:
    broken(payer, agent, name)
    refused(payer, agent)
    with pytest.raises(TodokeError, match="not_found"):
        pay.bill_of(payer.services, agent, payer.bill)
    assert acts(payer, payer.resident) == []
    assert (
        bills.checkouts(payer.services, bills.own(payer.services, payer.resident, payer.bill)) == []
    )


@pytest.mark.parametrize("opened", [False, True])
def test_a_mandate_that_ends_between_look_and_commit_opens_nothing(
    payer: Payer, agent: str, opened: bool
) -> None:
    made = given(payer, payer.resident, agent)
    if opened:
        start(payer, payer.resident)
    store = Between(
        payer.services.store, lambda: mandates.end(payer.services, payer.resident, made.id)
    )
    refused(payer, agent, services=replace(payer.services, store=store))
    assert store.done
    assert ("payment_started", "agent") not in acts(payer, payer.resident)


class Between:
    """A store in which something happens right before a commit of a checkout."""

    def __init__(self, store: Any, act: Any) -> None:
        self._store, self._act, self.done = store, act, False

    def commit(self, writes: Any) -> None:
        kinds = {each.record.kind for each in writes if hasattr(each, "record")}
        if "checkout" in kinds and not self.done:
            self.done = True
            self._act()
        self._store.commit(writes)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)
