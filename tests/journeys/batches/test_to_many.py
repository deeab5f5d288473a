"""One letter to many residents: there for all at once, one act on record, each pushed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.batches.test_care import work
from tests.parts.letters import Neighbour, neighbour
from tests.parts.payer import CASHIER, CrashError, CrashingStore, Payer
from tests.parts.town import Town
from todoke.core.errors import TodokeError
from todoke.journeys import address, audit, batch_jobs, batch_writing, batches, residents, tick
from todoke.journeys.address import ToOne
from todoke.ports import Record, Services

pytestmark = pytest.mark.slow_on_aws


VALUES = {"title": "保育料 11月", "yen": "24,000", "due": "12/28"}


@pytest.fixture
def people(payer: Payer) -> list[str]:
    services = payer.services
    numbers = [f"{number:06d}" for number in range(80)]
    for begin in range(0, 80, 40):
        made = (residents.new(services, each, "見本", "みほん") for each in numbers[begin:][:40])
        services.store.commit([write for writes in made for write in writes])
    return [residents.id_of(services, each) for each in numbers]


def send(services: Services, people: list[str], once: str = "2026-11") -> Record:
    letters = [ToOne(each, VALUES) for each in people]
    return address.send_to_many(services, CASHIER, "bill", letters, once=once, link="/bills")


def having(services: Services, people: list[str]) -> int:
    """How many see exactly one letter; nobody sees two."""
    found = [len(address.of_resident(services, each).records) for each in people]
    assert set(found) <= {0, 1}
    return sum(found)


def acts(services: Services) -> list[Record]:
    month = audit.month_of(services.clock.now())
    found = audit.acts(services, month, limit=1000).records
    return [each for each in found if each.data["act"] == "letters_sent"]


def test_all_get_it_at_one_moment_and_one_act_names_the_batch(
    payer: Payer, people: list[str]
) -> None:
    record = send(payer.services, people)
    assert having(payer.services, people) == 0
    work(payer.services)
    assert having(payer.services, people) == 80
    (act,) = acts(payer.services)
    assert act.data["subject"] == f"batch/{record.id}"
    assert act.data["detail"] == {"taken": 80, "known": 0, "refused": 0}
    assert (act.data["actor"], act.data["resident"]) == (CASHIER, None)


def test_the_same_sending_again_sends_nothing(payer: Payer, people: list[str]) -> None:
    first = send(payer.services, people)
    assert send(payer.services, people).id == first.id
    work(payer.services)
    assert send(payer.services, people).id == first.id
    work(payer.services)
    assert having(payer.services, people) == 80
    assert len(acts(payer.services)) == 1
    assert send(payer.services, people[:3], once="2026-12").id != first.id


def test_who_is_no_resident_gets_nothing_and_her_place_is_told(
    payer: Payer, people: list[str]
) -> None:
    record = send(payer.services, [people[0], "R-nobody", people[1]])
    work(payer.services)
    record = batches.get(payer.services, record.id)
    assert batches.told_of(payer.services, record, "refused") == [[2, "", "csv_nobody"]]
    assert having(payer.services, people) == 2


@pytest.mark.parametrize("crash", ["before", "after"])
@pytest.mark.parametrize("commit", range(2))
def test_a_crash_before_it_is_begun_leaves_nothing_behind(
    payer: Payer, people: list[str], commit: int, crash: str
) -> None:
    broken = payer.with_store(CrashingStore(payer.services.store, [""] * commit + [crash]))
    with pytest.raises(CrashError):
        send(broken.services, people)
    assert having(payer.services, people) == 0
    send(payer.services, people)
    work(payer.services)
    assert having(payer.services, people) == 80
    assert len(acts(payer.services)) == 1


@pytest.mark.parametrize("crash", ["before", "after"])
@pytest.mark.parametrize("commit", range(3))
def test_a_crash_while_it_is_written_doubles_nothing(
    payer: Payer, people: list[str], commit: int, crash: str
) -> None:
    record = send(payer.services, people)
    tick.relay_outbox(payer.services)
    (job,) = payer.services.queue.receive(batches.lane_of(record))
    broken = payer.with_store(CrashingStore(payer.services.store, [""] * commit + [crash]))
    try:
        batch_jobs.go_on(broken.services, job)
    except CrashError:
        assert having(payer.services, people) in (0, 80)
        batch_jobs.go_on(payer.services, job)
    assert having(payer.services, people) == 80
    assert len(acts(payer.services)) == 1


def test_each_phone_is_pushed_once_after_the_seal(tmp_path: Path) -> None:
    town = Town.open(tmp_path)
    friends: list[Neighbour] = [neighbour(town, number) for number in (1, 2)]
    phones = [town.join() for _ in friends]
    for friend, phone in zip(friends, phones, strict=True):
        friend.joins(phone)
    record = send(town.services, [each.resident for each in friends])
    plan = batch_jobs.PLANS["letters"](
        town.services, CASHIER, batches.kept_input(town.services, record.id)
    )
    batch_writing.go_on(town.services, plan, record.id, enough=iter([False, True]).__next__)
    assert not town.push.sent
    town.settle()
    town.settle()
    assert len(town.push.sent) == 2


def test_words_that_lack_a_value_are_refused_before_anything_is_seen(
    payer: Payer, people: list[str]
) -> None:
    for values in ({"title": "x"}, {}):
        letters = [ToOne(people[0], VALUES), ToOne(people[1], values)]
        with pytest.raises(TodokeError, match="missing_field"):
            address.send_to_many(payer.services, CASHIER, "bill", letters, once="x")
    work(payer.services)
    assert having(payer.services, people) == 0
