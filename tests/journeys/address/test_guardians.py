"""Letters to a child reach its guardians, each by herself, for as long as the register says so."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.parts.desk import DAY, HOUR
from tests.parts.letters import SECRET, Neighbour
from tests.parts.resident import logged_in
from tests.parts.snapshots import (
    LATER,
    ON,
    CrashError,
    CrashingStore,
    crowd,
    line,
    take,
    work,
)
from tests.parts.town import Town
from todoke.core.errors import TodokeError
from todoke.journeys import address, devices, guardians, mailbox, residents
from todoke.ports import Create

MOTHER, FATHER, CHILD = "1001", "1002", "1003"
NAME = "見本 たろう"


def family(**child: str) -> list[dict[str, str]]:
    born = {"氏名": NAME, "生年月日": "2020-04-01", "性別": "男"}
    parents = {"保護者の宛名番号": f"{MOTHER} {FATHER}"}
    father = line(FATHER, 氏名="見本 一郎", 性別="男")
    return [line(MOTHER), father, line(CHILD, **{**born, **parents, **child})]


def bring(town: Town, *people: dict[str, str], on: date = ON) -> None:
    assert take(town.services, *people, on=on, fewer=True).batch
    work(town.services)


def parent(town: Town, number: str) -> Neighbour:
    return Neighbour(town, logged_in(town.services, number=number))


def write(town: Town, number: str = CHILD) -> str:
    """The city writes to somebody who may have no account; the notice's id."""
    services = town.services
    person = residents.find(services, number)
    assert person is not None
    values: Any = {"title": SECRET, "yen": "5,000", "due": "12/25"}
    writes = address.writes(services, person.id, "bill", "bill/B-00000-00000", **values)
    services.store.commit(writes)
    (made,) = [
        each.record.id
        for each in writes
        if isinstance(each, Create) and each.record.kind == "addressed_notice"
    ]
    return made


def inbox(who: Neighbour) -> list[tuple[str, str | None, bool]]:
    """(id, child, read) of what she sees."""
    found, _ = mailbox.page(who.town.services, who.account)
    return [(each.letter.id, each.child, each.letter.opened_at is not None) for each in found]


def test_each_parent_sees_it_with_the_childs_name_and_learns_nothing_of_the_other(
    town: Town,
) -> None:
    bring(town, *family())
    mother, father = parent(town, MOTHER), parent(town, FATHER)
    own, childs = mother.is_written_to(), write(town)
    assert inbox(mother) == [(own, None, False), (childs, NAME, False)]
    assert inbox(father) == [(childs, NAME, False)]
    first = mailbox.open_once(town.services, mother.account, childs)
    town.clock.turn(60)
    assert mailbox.open_once(town.services, mother.account, childs) == first
    assert inbox(mother)[1] == (childs, NAME, True)
    assert inbox(father) == [(childs, NAME, False)]
    record = town.services.store.get("addressed_notice", childs)
    assert record is not None
    assert record.data["opened_at"] is None, "the child has not opened it"


@pytest.mark.slow_on_aws
def test_the_phones_of_both_are_told_in_the_discreet_words_and_of_nobody_else(town: Town) -> None:
    bring(town, *family(), line("1004"))
    mother, father, other = (parent(town, each) for each in (MOTHER, FATHER, "1004"))
    phones = [town.join(show="title") for _ in range(3)]
    for who, phone in zip((mother, father, other), phones, strict=True):
        who.joins(phone)
    write(town)
    town.settle()
    assert sorted(town.pushed()) == sorted(each.endpoint for each in phones[:2])
    for _, message in town.push.sent:
        for word in (SECRET, NAME, "たろう", "bill", mother.resident):
            assert word.encode() not in message.body


@pytest.mark.slow_on_aws
def test_what_the_mother_has_read_still_reaches_the_fathers_phone(town: Town) -> None:
    bring(town, *family())
    mother, father = parent(town, MOTHER), parent(town, FATHER)
    hers, his = town.join(), town.join()
    mother.joins(hers)
    father.joins(his)
    mailbox.open_once(town.services, mother.account, write(town))
    town.settle()
    assert town.pushed() == [his.endpoint]


def test_the_next_register_ends_it_at_once(town: Town) -> None:
    bring(town, *family())
    mother, father = parent(town, MOTHER), parent(town, FATHER)
    phone, his = town.join(), town.join()
    mother.joins(phone)
    father.joins(his)
    old = write(town)
    take(town.services, *family(保護者の宛名番号=MOTHER), on=LATER, fewer=True)  # no worker yet
    assert inbox(father) == []
    child = residents.id_of(town.services, CHILD)
    told = [devices.may_be_told(town.services, each.id, old, child) for each in (phone, his)]
    assert told == [True, False], "a message already on its way is looked at again"
    with pytest.raises(TodokeError, match="not_found"):
        mailbox.open_once(town.services, father.account, old)
    cursor = f"{residents.id_of(town.services, CHILD)}~"
    with pytest.raises(TodokeError, match="bad_field"):
        mailbox.page(town.services, father.account, cursor)
    town.settle()
    assert town.pushed() == [phone.endpoint], "what was under way to the father is not sent either"
    assert inbox(mother) == [(old, NAME, False)]


def test_from_the_eighteenth_birthday_on_no_guardian_reads_the_old_ones_either(town: Town) -> None:
    today = town.clock.now().date()
    tomorrow = (today + timedelta(days=2)).replace(year=today.year - 18)
    bring(town, *family(生年月日=tomorrow.isoformat()))
    mother = parent(town, MOTHER)
    old = write(town)
    mailbox.open_once(town.services, mother.account, old)
    assert inbox(mother) == [(old, NAME, True)]
    for _ in range(72):
        town.clock.turn(HOUR)
    write(town)
    assert inbox(mother) == []
    with pytest.raises(TodokeError, match="not_found"):
        mailbox.open_once(town.services, mother.account, old)
    grown = parent(town, CHILD)
    assert [each[1:] for each in inbox(grown)] == [(None, False), (None, False)], "they are his"


def test_a_child_with_an_account_of_its_own_reads_for_itself(town: Town) -> None:
    bring(town, *family(生年月日="2010-04-01"))
    mother = parent(town, MOTHER)
    written = write(town)
    assert inbox(mother) == [(written, NAME, False)]
    child = parent(town, CHILD)
    assert inbox(mother) == []
    assert inbox(child) == [(written, None, False)]


@pytest.mark.parametrize("who", [MOTHER, FATHER, CHILD])
def test_where_anybody_is_protected_no_parent_sees_it_until_the_city_has_decided(
    town: Town, who: str
) -> None:
    people = [{**each, "支援措置": "有" if each["宛名番号"] == who else ""} for each in family()]
    bring(town, *people)
    mother, father = parent(town, MOTHER), parent(town, FATHER)
    phones = town.join(), town.join()
    mother.joins(phones[0])
    father.joins(phones[1])
    written = write(town)
    town.settle()
    assert (inbox(mother), inbox(father), town.pushed()) == ([], [], [])
    people[2]["支援措置"] = f"有 {MOTHER}"
    bring(town, *people, on=LATER)
    assert inbox(mother) == [(written, NAME, False)]
    assert inbox(father) == []


@pytest.mark.parametrize(
    "child",
    [{"異動事由": "転出", "異動日": "2026-10-30"}, {"異動事由": "死亡"}, {"生年月日": "不詳"}],
)
def test_nobody_reads_for_a_child_who_is_gone_or_whose_age_is_not_known(
    town: Town, child: dict[str, str]
) -> None:
    bring(town, *family(**child))
    mother = parent(town, MOTHER)
    write(town)
    assert inbox(mother) == []


def test_no_neighbour_and_no_child_reads_what_came_for_another(town: Town) -> None:
    bring(town, *family(), line("1004"), line("1005", 生年月日="2019-05-05"))
    mother, other, strange = (parent(town, each) for each in (MOTHER, "1004", "1005"))
    childs, own = write(town), mother.is_written_to()
    for who in (other, strange):
        assert inbox(who) == []
        for id in (childs, own):
            with pytest.raises(TodokeError, match="not_found"):
                mailbox.open_once(town.services, who.account, id)


def test_many_letters_of_a_family_come_page_by_page_and_each_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address, "MOST", 2)
    second = {**family()[2], "宛名番号": "1006", "氏名": "見本 さくら"}
    bring(town, *family(), second)
    mother = parent(town, MOTHER)
    made = [mother.is_written_to() for _ in range(3)]
    for number in (CHILD, "1006", "1006", "1006"):
        town.clock.turn(1)
        made.append(write(town, number))
    found: list[str] = []
    cursor = None
    for _ in range(10):
        items, cursor = mailbox.page(town.services, mother.account, cursor)
        found += [each.letter.id for each in items]
        if cursor is None:
            break
    assert sorted(found) == sorted(made)


@pytest.mark.looks_into_files
def test_the_store_says_of_no_two_people_that_they_are_a_family(town: Town) -> None:
    bring(town, *family())
    services = town.services
    ids = [residents.id_of(services, each) for each in (MOTHER, FATHER, CHILD)]
    snapshot = residents.snapshot(services)
    rows = [
        each
        for shelf in residents.shelves(str(snapshot))
        for each in services.store.find("ward_shelves", shelf).records
    ]
    assert len(rows) == 2, "one for each parent"
    for row in rows:
        assert not any(id in f"{row.id} {row.data}" for id in ids)
    assert len({each.data["guardian"] for each in rows}) == 2


def test_the_marks_of_the_register_before_are_erased(town: Town) -> None:
    bring(town, *family())
    services = town.services
    before = str(residents.snapshot(services))
    bring(town, *family(よみがな="みほん たろう"), on=LATER)
    left = [
        each
        for shelf in residents.shelves(before)
        for each in services.store.find("ward_shelves", shelf).records
    ]
    assert left == []
    mother = residents.id_of(services, MOTHER)
    assert [each.name for each in guardians.children(services, mother)] == [NAME]


def test_that_a_guardian_has_read_is_forgotten_when_the_child_is_of_age(town: Town) -> None:
    bring(town, *family())
    mother = parent(town, MOTHER)
    written = write(town)
    mailbox.open_once(town.services, mother.account, written)
    row = town.services.store.get("ward_opening", f"{written}.{mother.account.id}")
    assert row is not None
    assert row.expires_at is not None
    years = (row.expires_at - town.clock.unix()) / (365.25 * DAY)
    assert 10 < years < 12  # of a child born in 2020


def test_a_dead_guardian_reads_nothing_even_before_the_workers_come(town: Town) -> None:
    bring(town, *family())
    father = parent(town, FATHER)
    write(town)
    people = family()
    people[1] |= {"異動事由": "死亡", "異動日": "2026-11-10"}
    take(town.services, *people, on=LATER, fewer=True)
    assert inbox(father) == []


@pytest.mark.looks_into_files
@pytest.mark.parametrize(
    "ends", [["", "after"], ["", "", "after"], ["", "before"], ["", "", "before"]]
)
def test_a_register_that_breaks_off_changes_no_guardian(town: Town, ends: list[str]) -> None:
    bring(town, *family())
    mother, father = parent(town, MOTHER), parent(town, FATHER)
    written = write(town)
    services = town.services
    broken = replace(services, store=CrashingStore(services.store, ends))
    people = [*family(保護者の宛名番号=FATHER), *crowd(120)]
    with pytest.raises(CrashError):
        take(broken, *people, on=LATER, fewer=True)
    sealed = residents.find(services, "5000") is not None
    seen = [[each[0] for each in inbox(who)] for who in (mother, father)]
    assert seen == ([[], [written]] if sealed else [[written], [written]])
    take(services, *people, on=LATER, fewer=True)
    assert [[each[0] for each in inbox(who)] for who in (mother, father)] == [[], [written]]


@pytest.mark.looks_into_files
def test_who_reads_while_the_register_changes_reads_before_it_or_nothing(town: Town) -> None:
    bring(town, *family())
    father = parent(town, FATHER)
    written = write(town)
    over, told = threading.Event(), threading.Event()
    found: list[tuple[bool, list[str]]] = []

    def reading() -> None:
        while len(found) < 10_000:
            after = over.is_set()
            found.append((after, [each[0] for each in inbox(father)]))
            told.set()
            if after:
                return

    thread = threading.Thread(target=reading)
    thread.start()
    told.wait(10)
    take(town.services, *family(保護者の宛名番号=MOTHER), on=LATER, fewer=True)
    over.set()
    thread.join(30)
    assert found[0] == (False, [written])
    assert found[-1] == (True, []), "a call that begins after the seal shows nothing"
    order = [bool(ids) for _, ids in found]
    assert order == sorted(order, reverse=True), "and none before it showed nothing"
