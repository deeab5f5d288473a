"""Phones joined to an account: two proofs, one person per phone, gone with the subscription."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.parts.letters import Neighbour, neighbour
from tests.parts.town import Phone, Town
from todoke.core.errors import TodokeError
from todoke.journeys import devices, history, subscribe
from todoke.ports import Check, Create, Json, PushAnswer, Record, Services, Write

pytestmark = pytest.mark.also_late


@pytest.fixture
def hanako(town: Town) -> Neighbour:
    return neighbour(town, 1)


def _phones(each: Neighbour) -> list[str]:
    return [one.id for one in devices.of_account(each.town.services, each.account)]


def _acts(each: Neighbour) -> list[str]:
    found, _ = history.entries(each.town.services, each.resident)
    return [entry.act for entry in found if entry.act.startswith("device")]


def test_joining_twice_is_joining_once(town: Town, hanako: Neighbour) -> None:
    phone = town.join()
    hanako.joins(phone)
    hanako.joins(phone)
    assert (_phones(hanako), _acts(hanako)) == ([phone.id], ["device_joined"])


@pytest.mark.lists_on_time
def test_whoever_joins_a_phone_takes_it_over_and_the_other_is_told_in_her_history(
    town: Town, hanako: Neighbour
) -> None:
    jiro, phone = neighbour(town, 2), town.join()
    hanako.joins(phone)
    town.clock.turn(1)
    jiro.joins(phone)
    assert (_phones(hanako), _phones(jiro)) == ([], [phone.id])
    assert _acts(hanako) == ["device_taken", "device_joined"]
    hanako.is_written_to()
    town.settle()
    assert town.pushed() == []
    jiro.is_written_to()
    town.settle()
    assert town.pushed() == [phone.endpoint]


@pytest.mark.lists_on_time
def test_a_letter_that_waits_for_a_retry_does_not_reach_the_next_owner_of_the_phone(
    town: Town, hanako: Neighbour
) -> None:
    jiro, phone = neighbour(town, 2), town.join()
    hanako.joins(phone)
    town.push.answer = lambda target, message: PushAnswer("later", 503, 60)
    id = hanako.is_written_to()
    town.settle()
    jiro.joins(phone)
    town.push.answer = lambda target, message: PushAnswer("accepted", 201)
    town.pass_time(3600)
    assert len(town.pushed()) == 1
    assert town.delivery(id, phone) is None


@pytest.mark.parametrize("token", ["", "x", "a.b", "見本", "." * 300])
def test_without_the_phones_own_token_nothing_is_joined(
    town: Town, hanako: Neighbour, token: str
) -> None:
    phone = town.join()
    for each in (token, phone.id, f"{phone.id}.{'A' * 43}"):
        with pytest.raises(TodokeError) as refused:
            devices.join(town.services, hanako.account, each)
        assert refused.value.code == "subscription_not_found"
    assert _phones(hanako) == []


def test_leaving_the_subscription_forgets_whose_phone_it_was(town: Town, hanako: Neighbour) -> None:
    phone = town.join()
    hanako.joins(phone)
    subscribe.leave(town.services, phone.token)
    assert town.services.store.get("account_device", phone.id) is None
    hanako.is_written_to()
    town.settle()
    assert town.pushed() == []


def test_a_subscription_that_ends_while_it_joins_leaves_no_trace(
    town: Town, hanako: Neighbour
) -> None:
    phone = town.join()
    store = town.services.store

    class Slow:
        def __getattr__(self, name: str) -> object:
            return getattr(store, name)

        def commit(self, writes: list[Write]) -> None:
            if any(isinstance(each, Check) for each in writes):
                subscribe.leave(town.services, phone.token)
            store.commit(writes)

    services: Services = replace(town.services, store=Slow())  # type: ignore[arg-type]
    with pytest.raises(TodokeError, match="subscription_not_found"):
        devices.join(services, hanako.account, phone.token)
    assert store.get("account_device", phone.id) is None


def test_a_phone_that_is_stopped_is_told_no_more_and_nobody_stops_anothers(
    town: Town, hanako: Neighbour
) -> None:
    jiro, phone = neighbour(town, 2), town.join()
    hanako.joins(phone)
    devices.leave(town.services, jiro.account, phone.id)
    assert _phones(hanako) == [phone.id]
    town.clock.turn(1)
    for _ in range(2):
        devices.leave(town.services, hanako.account, phone.id)
    assert _phones(hanako) == []
    assert _acts(hanako) == ["device_left", "device_joined"]
    assert _acts(jiro) == []


@pytest.mark.lists_on_time
def test_the_phone_joined_first_makes_room_when_there_are_too_many(
    town: Town, hanako: Neighbour
) -> None:
    phones: list[Phone] = []
    for _ in range(devices.MOST + 2):
        phones.append(town.join())
        hanako.joins(phones[-1])
        town.clock.turn(60)
    assert _phones(hanako) == [each.id for each in phones[2:]]


def test_what_the_city_knows_of_a_subscription_says_that_it_is_somebodys_phone(
    town: Town, hanako: Neighbour
) -> None:
    phone = town.join()
    record = subscribe.subscription_of(town.services, phone.token)
    assert subscribe.export(town.services, record)["told_of_an_account_since"] is None
    hanako.joins(phone)
    shown = subscribe.export(town.services, record)
    assert shown["told_of_an_account_since"] == town.clock.unix()
    assert hanako.session.account not in str(shown)
    assert hanako.resident not in str(shown)


def test_a_phone_of_an_account_that_stands_for_nobody_is_told_of_nothing(
    town: Town, hanako: Neighbour
) -> None:
    phone = town.join()
    data: dict[str, Json] = {"account": "U-0000000000000000", "subscription": phone.id, "since": 0}
    town.services.store.commit([Create(Record("account_device", phone.id, data))])
    written = hanako.is_written_to()
    assert not devices.may_be_told(town.services, phone.id, written, hanako.resident)
