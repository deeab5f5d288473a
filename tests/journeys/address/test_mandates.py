"""Somebody reads for another: with her code, for her days, recorded for both, ended by either."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

import pytest

from tests.parts.desk import DAY, HOUR
from tests.parts.letters import NAME, Neighbour, neighbour
from tests.parts.payer import CrashError, CrashingStore
from tests.parts.town import Town
from todoke.core.errors import TodokeError
from todoke.core.mandate import READ
from todoke.journeys import history, mailbox, mandates
from todoke.journeys.audit import JST
from todoke.journeys.mandates import OFFER_SECONDS, Mandate
from todoke.ports import Page, Services, Store


@pytest.fixture
def agent(town: Town) -> Neighbour:
    return neighbour(town, 2, "見本 じろう")


def today(town: Town) -> date:
    return town.clock.now().astimezone(JST).date()


def offered(who: Neighbour, days: int = 30) -> tuple[Mandate, str]:
    first = today(who.town)
    return offered_from(who, first, first + timedelta(days=days - 1))


def offered_from(who: Neighbour, first: date, last: date) -> tuple[Mandate, str]:
    term = mandates.term(who.town.services, [READ], first, last)
    return mandates.offer(who.town.services, who.resident, term)


def given(who: Neighbour, to: Neighbour, days: int = 30) -> Mandate:
    return mandates.accept(who.town.services, to.resident, offered(who, days)[1])


def inbox(who: Neighbour, services: Services | None = None) -> list[tuple[str, str | None, bool]]:
    """Of letters about a bill: what tells of a mandate itself stands beside them."""
    found, _ = mailbox.page(services or who.town.services, who.account)
    bills = [each for each in found if each.letter.kind == "bill"]
    return [(each.letter.id, each.principal, each.letter.opened_at is not None) for each in bills]


def told(who: Neighbour) -> list[tuple[str, str]]:
    """What the two were told of their mandates: kind and title, newest first."""
    found, _ = mailbox.page(who.town.services, who.account)
    own = [each.letter for each in found if each.principal is None]
    return [(each.kind, each.title["ja"]) for each in own if each.kind.startswith("mandate")]


def acts(who: Neighbour) -> list[tuple[str, str]]:
    found, _ = history.entries(who.town.services, who.resident)
    return [(each.act, each.by) for each in found if each.act.startswith("mandate")]


def test_the_agent_reads_under_her_name_and_both_histories_say_so(
    town: Town, hanako: Neighbour, agent: Neighbour
) -> None:
    written = hanako.is_written_to()
    assert inbox(agent) == []
    given(hanako, agent)
    assert inbox(agent) == [(written, NAME, False)]
    assert acts(hanako)[0] == ("mandate_read", "agent")
    assert acts(agent)[0] == ("mandate_read_for", "you")
    first = mailbox.open_once(town.services, agent.account, written)
    town.clock.turn(60)
    assert mailbox.open_once(town.services, agent.account, written) == first
    assert inbox(agent) == [(written, NAME, True)]
    assert inbox(hanako) == [(written, None, False)], "she has not read it herself"


def test_the_two_are_told_who_accepted_and_who_ended_it(
    town: Town, hanako: Neighbour, agent: Neighbour
) -> None:
    """Whoever was talked into telling a code sees at once who has it."""
    made = given(hanako, agent)
    assert told(hanako) == [("mandate_taken", "見本 じろうさんが、あなたの代わりを引き受けました")]
    assert told(agent) == []
    mandates.end(town.services, agent.resident, made.id)
    assert told(hanako)[0] == ("mandate_over", "見本 じろうさんとの代理の約束が終わりました")
    assert told(agent) == []
    waiting, _ = offered(hanako)
    mandates.end(town.services, hanako.resident, waiting.id)
    assert len(told(hanako)) == 2, "nobody had accepted it"


@pytest.mark.parametrize("who", ["hanako", "agent"])
def test_either_ends_it_and_the_very_next_call_is_refused(
    town: Town, hanako: Neighbour, agent: Neighbour, who: str
) -> None:
    written = hanako.is_written_to()
    made = given(hanako, agent)
    assert len(inbox(agent)) == 1
    for _ in range(2):
        mandates.end(town.services, {"hanako": hanako, "agent": agent}[who].resident, made.id)
    assert inbox(agent) == []
    with pytest.raises(TodokeError, match="not_found"):
        mailbox.open_once(town.services, agent.account, written)
    assert acts(hanako)[0] == acts(agent)[0] == ("mandate_ended", "you")
    assert mandates.of_resident(town.services, hanako.resident) == []


class LateStore:
    """A store whose lists still show what was there when it was made."""

    def __init__(self, store: Store, *lists: tuple[str, str]) -> None:
        self._store = store
        self._then = {each: store.find(*each) for each in lists}

    def find(self, index: str, partition: str, *more: Any, **named: Any) -> Page:
        late = self._then.get((index, partition))
        return late or self._store.find(index, partition, *more, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_what_is_ended_counts_at_once_though_the_lists_still_show_it(
    town: Town, hanako: Neighbour, agent: Neighbour
) -> None:
    written = hanako.is_written_to()
    made = given(hanako, agent)
    late = LateStore(town.services.store, ("mandates_by_agent", agent.resident))
    services = replace(town.services, store=cast("Store", late))
    assert len(inbox(agent, services)) == 1
    mandates.end(services, hanako.resident, made.id)
    assert inbox(agent, services) == []
    assert mandates.given_to(services, agent.resident, READ) == []
    with pytest.raises(TodokeError, match="not_found"):
        mailbox.open_once(services, agent.account, written)


def test_it_holds_to_the_end_of_its_last_day_in_japan(
    town: Town, hanako: Neighbour, agent: Neighbour
) -> None:
    hanako.is_written_to()
    made = given(hanako, agent, days=2)
    seen = []
    while today(town) <= made.term.last + timedelta(days=1):
        seen.append((today(town) <= made.term.last, len(inbox(agent))))
        town.clock.turn(HOUR)
    assert {(True, 1), (False, 0)} == set(seen)


def test_what_begins_later_is_not_read_before(
    town: Town, hanako: Neighbour, agent: Neighbour
) -> None:
    hanako.is_written_to()
    first = today(town) + timedelta(days=2)
    _, code = offered_from(hanako, first, first)
    mandates.accept(town.services, agent.resident, code)
    assert inbox(agent) == []
    town.clock.turn(2 * DAY)
    assert len(inbox(agent)) == 1


def test_a_code_is_good_once_for_a_quarter_of_an_hour_and_for_somebody_else(
    town: Town, hanako: Neighbour, agent: Neighbour
) -> None:
    third = neighbour(town, 3, "見本 さぶろう")

    def refused(who: Neighbour, code: str) -> None:
        with pytest.raises(TodokeError, match="mandate_code_refused"):
            mandates.accept(town.services, who.resident, code)

    _, code = offered(hanako)
    refused(hanako, code)
    refused(agent, "7K3M-9QXR-2TVA")
    refused(agent, "")
    mandates.accept(town.services, agent.resident, code.lower().replace("-", " "))
    refused(third, code)
    made, withdrawn = offered(hanako)
    mandates.end(town.services, hanako.resident, made.id)
    refused(third, withdrawn)
    _, late = offered(hanako)
    town.clock.turn(OFFER_SECONDS + 1)
    refused(third, late)
    assert len(mandates.of_resident(town.services, hanako.resident)) == 1


def test_a_mandate_reaches_no_further_than_one_person(
    town: Town, hanako: Neighbour, agent: Neighbour
) -> None:
    """An agent's agent reads the agent's own notices and nothing of the principal's."""
    third = neighbour(town, 3, "見本 さぶろう")
    hers = hanako.is_written_to()
    made = given(hanako, agent)
    given(agent, third)
    assert inbox(third) == []
    with pytest.raises(TodokeError, match="not_found"):
        mailbox.open_once(town.services, third.account, hers)
    mandates.end(town.services, third.resident, made.id)
    assert len(inbox(agent)) == 1, "nobody else ends it"
    assert inbox(hanako) == [(hers, None, False)], "she reads nothing of her agent's"


def test_nobody_gives_more_than_a_few(town: Town, hanako: Neighbour) -> None:
    for _ in range(mandates.MOST):
        offered(hanako)
    with pytest.raises(TodokeError, match="too_many_mandates"):
        offered(hanako)


@pytest.mark.looks_into_files
def test_of_two_who_accept_at_once_one_does(town: Town, hanako: Neighbour) -> None:
    people = [neighbour(town, number, f"見本 {number}") for number in range(4, 10)]
    made, code = offered(hanako)
    done: list[str] = []
    refused: list[str] = []

    def accept(who: Neighbour) -> None:
        try:
            mandates.accept(town.services, who.resident, code)
        except TodokeError as error:
            refused.append(error.code)
        else:
            done.append(who.resident)

    threads = [threading.Thread(target=accept, args=(each,)) for each in people]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    record = town.services.store.get("mandate", made.id)
    assert record is not None
    assert done == [record.data["agent"]]
    assert refused == ["mandate_code_refused"] * 5


@pytest.mark.looks_into_files
def test_who_reads_while_it_is_ended_reads_before_the_end_or_nothing(
    town: Town, hanako: Neighbour, agent: Neighbour
) -> None:
    hanako.is_written_to()
    made = given(hanako, agent)
    over, began = threading.Event(), threading.Event()
    found: list[tuple[bool, int]] = []

    def reading() -> None:
        while True:
            after = over.is_set()
            found.append((after, len(inbox(agent))))
            began.set()
            if after:
                return

    thread = threading.Thread(target=reading)
    thread.start()
    began.wait(10)
    mandates.end(town.services, hanako.resident, made.id)
    over.set()
    thread.join(30)
    assert (found[0], found[-1]) == ((False, 1), (True, 0))


@pytest.mark.looks_into_files
@pytest.mark.parametrize("ends", ["before", "after"])
def test_a_crash_leaves_a_mandate_accepted_or_waiting(
    town: Town, hanako: Neighbour, agent: Neighbour, ends: str
) -> None:
    services = town.services
    made, code = offered(hanako)
    broken = replace(services, store=CrashingStore(services.store, [ends]))
    with pytest.raises(CrashError):
        mandates.accept(broken, agent.resident, code)
    record = services.store.get("mandate", made.id)
    assert record is not None
    assert record.data["agent"] == (agent.resident if ends == "after" else None)
    if ends == "before":
        mandates.accept(services, agent.resident, code)
    broken = replace(services, store=CrashingStore(services.store, [ends]))
    with pytest.raises(CrashError):
        mandates.end(broken, agent.resident, made.id)
    mandates.end(services, agent.resident, made.id)
    assert inbox(agent) == []
