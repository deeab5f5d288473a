"""A register is brought in as a whole, and what it says of everybody holds from one moment on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.journeys.batches.test_writing import Watched
from tests.parts import resident
from tests.parts.hall import Hall, refusal
from tests.parts.snapshots import (
    LATER,
    ON,
    CrashError,
    CrashingStore,
    crowd,
    file,
    line,
    take,
    work,
)
from todoke.core.resident_file import CLOSED, DECEASED, HERE
from todoke.journeys import batches, register, residents
from todoke.ports import Record, Replace, Services, Write


def person(services: Services, number: str) -> residents.Resident:
    found = residents.find(services, number)
    assert found is not None
    return found


def test_people_are_found_by_their_number_and_kept_as_the_file_has_them(hall: Hall) -> None:
    brought = take(hall.services, line("1001", 異動日="2026-10-05", 異動事由="転入"), line("1002"))
    assert (brought.people, brought.before, dict(brought.changes)) == (2, 0, {"new": 2})
    found = person(hall.services, "1001")
    assert (found.name, found.kana, found.address) == (
        "見本 花子",
        "みほん はなこ",
        "見本町一丁目1番1号",
    )
    assert (found.born, found.sex, found.state) == (date(1990, 4, 1), "2", HERE)
    assert (found.moved_on, found.reason) == (date(2026, 10, 5), "転入")
    assert residents.find(hall.services, "1003") is None


def test_the_same_file_again_makes_nothing(hall: Hall) -> None:
    first = take(hall.services, *crowd(3))
    again = take(hall.services, *crowd(3))
    assert (again.batch, again.known, again.people) == (first.batch, True, 3)
    assert len(hall.services.store.find("batches", "sealed").records) == 1


def test_what_changed_is_counted_and_who_is_missing_is_closed_not_erased(hall: Hall) -> None:
    services = hall.services
    take(services, *crowd(20), line("1"), line("2"), line("3"), line("4"), line("5"))
    again = take(
        services,
        *crowd(20),
        line("1"),
        line("2", 住所="見本町9-9"),
        line("3", 氏名="例 花子"),
        line("4", よみがな="みほん かこ"),
        line("6"),
        on=LATER,
    )
    assert dict(again.changes) == {
        "same": 21, "moved": 1, "renamed": 1, "corrected": 1, "new": 1, "closed": 1,
    }  # fmt: skip
    gone = person(services, "5")
    assert (gone.state, gone.closed_on, gone.name) == (CLOSED, LATER, "見本 花子")
    assert person(services, "3").name == "例 花子"


def test_who_comes_back_is_opened_again_as_the_same_resident(hall: Hall) -> None:
    services = hall.services
    take(services, *crowd(20), line("1"))
    id = person(services, "1").id
    code = hall.code("1")
    take(services, *crowd(20), on=LATER)
    assert person(services, "1").state == CLOSED
    still = take(services, *crowd(20), on=LATER + timedelta(days=1))
    assert still.changes["same"] == 21
    assert person(services, "1").closed_on == LATER
    back = take(services, *crowd(20), line("1"), on=LATER + timedelta(days=2))
    assert back.changes["back"] == 1
    found = person(services, "1")
    assert (found.id, found.state, found.closed_on) == (id, HERE, None)
    kept = services.store.get("resident", id)
    assert kept is not None
    assert kept.data["letter_code"] is not None, code


def test_an_older_register_and_one_of_a_day_to_come_change_nothing(hall: Hall) -> None:
    services = hall.services
    take(services, line("1"), on=LATER)
    refusal("snapshot_older", lambda: take(services, line("1"), line("2"), on=ON))
    refusal("snapshot_future", lambda: take(services, line("1"), on=date(2026, 12, 31)))
    assert residents.find(services, "2") is None
    corrected = take(services, line("1", 氏名="例 花子"), on=LATER)
    assert corrected.changes["renamed"] == 1


def test_more_than_a_tenth_fewer_must_be_meant(hall: Hall) -> None:
    services = hall.services
    take(services, *crowd(20))
    less = take(services, *crowd(17), on=LATER)
    assert (less.batch, less.fewer, less.before, less.people) == (None, True, 20, 17)
    assert person(services, "5019").state == HERE
    assert take(services, *crowd(18), on=LATER).batch is not None
    assert take(services, *crowd(10), on=LATER, fewer=True).changes["closed"] == 8


def test_who_died_does_not_count_as_living_here(hall: Hall) -> None:
    take(hall.services, *crowd(10))
    dead = [{**each, "異動事由": "死亡"} for each in crowd(10)[:2]]
    assert take(hall.services, *dead, *crowd(10)[2:], on=LATER).fewer


def test_one_line_that_cannot_be_read_keeps_the_register_as_it_was(hall: Hall) -> None:
    services = hall.services
    take(services, line("1"), line("2"))
    bad = take(services, line("1"), line("2", 生年月日="1990-02-30"), line("3"), on=LATER)
    assert bad.batch is None
    assert [(each.line, each.column, each.rule) for each in bad.refusals] == [
        (3, "生年月日", "csv_day")
    ]
    assert person(services, "2").born == date(1990, 4, 1)
    assert residents.find(services, "3") is None
    assert not services.store.find("batches", "open").records


def test_nobody_sees_a_part_of_it_before_all_are_there(hall: Hall) -> None:
    services = hall.services
    take(services, *crowd(60), line("1"))
    seen: set[tuple[str, bool, str]] = set()

    def look(_: Sequence[Write]) -> None:
        new = residents.find(services, "9") is not None
        seen.add((person(services, "5000").address, new, person(services, "1").state))

    watched = replace(services, store=Watched(services.store, look))
    moved = [{**each, "住所": "見本町9-9"} for each in crowd(60)]
    take(watched, *moved, line("9"), on=LATER)
    assert seen == {("見本町1-1-5000", False, HERE)}
    assert person(services, "5000").address == "見本町9-9"
    assert person(services, "1").state == CLOSED
    assert person(services, "9").state == HERE


@pytest.mark.slow_on_aws
@pytest.mark.parametrize("ends", [["before"], ["", "before"], ["", "after"], ["", "", "after"]])
def test_a_crash_leaves_nothing_visible_and_the_same_command_goes_on(
    hall: Hall, ends: list[str]
) -> None:
    services = hall.services
    take(services, line("1"))
    broken = replace(services, store=CrashingStore(services.store, ends))
    with pytest.raises(CrashError):
        take(broken, *crowd(100), line("1"), on=LATER)
    assert residents.find(services, "5000") is None
    done = take(services, *crowd(100), line("1"), on=LATER)
    assert dict(done.changes) == {"new": 100, "same": 1}
    assert len(list(register.rows(services, str(done.batch)))) == 101


def test_another_file_after_a_crash_clears_what_was_left_behind(hall: Hall) -> None:
    services = hall.services
    broken = replace(services, store=CrashingStore(services.store, ["", "after"]))
    with pytest.raises(CrashError):
        take(broken, *crowd(60))
    mended = [*crowd(59), line("7")]
    refusal("snapshot_running", lambda: take(services, *mended))
    hall.clock.turn(batches.STILL_SECONDS + 1)
    done = take(services, *mended)
    assert dict(done.changes) == {"new": 60}
    assert residents.find(services, "5059") is None


def test_two_registers_at_once_end_with_one_of_them(hall: Hall) -> None:
    services = hall.services
    take(services, line("1"))
    late: list[int] = []

    def overtake(writes: Sequence[Write]) -> None:
        if not late and any(getattr(each, "record", None) for each in writes):
            late.append(1)
            hall.clock.turn(batches.STILL_SECONDS + 1)
            other = services.store.get(residents.REGISTER, residents.NOW)
            assert other is not None
            services.store.commit([Replace(other)])

    watched = replace(services, store=Watched(services.store, overtake))
    refusal("snapshot_overtaken", lambda: take(watched, line("1"), line("2"), on=LATER))
    assert residents.find(services, "2") is None
    work(services)
    assert not services.store.find("batches", "erasing").records
    assert take(services, line("1"), line("2"), on=LATER).changes["new"] == 1


@pytest.mark.looks_into_files
def test_the_file_and_its_contents_lie_nowhere_in_the_clear(hall: Hall) -> None:
    """Whoever steals the data folder finds no name, address, number or birth date in it."""
    take(hall.services, *crowd(30), line("8812345", 氏名="見本 秘子", 住所="見本町秘密1-2-3"))
    work(hall.services)
    wanted = [
        each.encode() for each in ("見本 秘子", "秘密", "8812345", "みほん はなこ", "1990-04-01")
    ]
    paths = [each for each in Path(hall.folder).rglob("*") if each.is_file()]
    for path in paths:
        body = path.read_bytes()
        assert not [each for each in wanted if each in body], path
    for batch in hall.services.store.find("batches", "sealed").records:
        assert hall.services.private.get(batches.file_key(batch.id)) is None


def test_a_resident_of_the_demonstration_stays_beside_a_register(hall: Hall) -> None:
    hanako = residents.demonstration(hall.services)
    take(hall.services, line("1"))
    take(hall.services, line("1"), on=LATER)
    assert residents.get(hall.services, hanako.id) == hanako


def test_guardians_are_known_as_residents(hall: Hall) -> None:
    take(hall.services, line("1"), line("2", 保護者の宛名番号="1"))
    assert person(hall.services, "2").guardians == (person(hall.services, "1").id,)


def test_who_died_loses_the_account_and_a_clerk_reads_of_it(hall: Hall) -> None:
    services = hall.services
    take(services, *crowd(20), line("1"))
    session = resident.logged_in(services, number="1")
    take(services, *crowd(20), line("1", 異動事由="死亡"), on=LATER)
    assert person(services, "1").state == DECEASED
    work(services)
    account = services.store.get("account", session.account)
    assert account is not None
    assert account.data["resident"] is None
    known = services.store.get("resident", session.resident)
    assert known is not None
    assert known.data["account"] is None
    assert hall.acts().count("account_unlinked") == 1
    work(services)
    assert person(services, "1").name == "見本 花子"


def test_who_moved_away_keeps_the_account(hall: Hall) -> None:
    services = hall.services
    take(services, *crowd(20), line("1"), line("2"))
    sessions = [resident.logged_in(services, number=each) for each in ("1", "2")]
    take(services, *crowd(20), line("1", 異動事由="転出", 異動日="2026-11-10"), on=LATER)
    work(services)
    assert person(services, "1").closed_on == date(2026, 11, 10)
    for session in sessions:
        account = services.store.get("account", session.account)
        assert account is not None
        assert account.data["resident"] == session.resident


def test_the_rows_of_the_register_before_go(hall: Hall) -> None:
    services = hall.services
    first = take(services, *crowd(30))
    second = take(services, *crowd(30), on=LATER)
    assert len(list(register.rows(services, str(first.batch)))) == 30
    work(services)
    assert not list(register.rows(services, str(first.batch)))
    assert len(list(register.rows(services, str(second.batch)))) == 30
    assert person(services, "5000").name


def test_a_reader_in_between_two_registers_finds_everybody(hall: Hall) -> None:
    """She looked which register it is; then another came and the rows of the first one went."""
    services = hall.services
    take(services, *crowd(5))

    class Slow:
        def __init__(self) -> None:
            self.done = False

        def get(self, kind: str, id: str) -> object:
            found = services.store.get(kind, id)
            if kind == residents.REGISTER and not self.done:
                self.done = True
                take(services, *crowd(5), on=LATER)
                work(services)
            return found

        def __getattr__(self, name: str) -> object:
            return getattr(services.store, name)

    between = replace(services, store=Slow())  # type: ignore[arg-type]
    assert person(between, "5001").number == "5001"


def test_a_list_that_lacks_somebody_closes_nobody_and_loses_nobody(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index of DynamoDB may be late. A patch: no store of the tests lies on demand."""
    services = hall.services
    take(services, *crowd(20), line("1"))
    whole = register.rows

    def late(services: Services, snapshot: str) -> Iterator[Record]:
        return itertools.islice(whole(services, snapshot), 20)

    monkeypatch.setattr(register, "rows", late)
    refusal("storage_unavailable", lambda: take(services, *crowd(20), on=LATER))
    monkeypatch.undo()
    assert take(services, *crowd(20), on=LATER).changes["closed"] == 1


def test_no_file_is_brought_in_twice_by_two_clerks(hall: Hall) -> None:
    body = file(*crowd(5))
    first = register.bring_in(hall.services, "cli", body, ON)
    second = register.bring_in(hall.services, "S-1", body, ON)
    assert first.batch == second.batch
