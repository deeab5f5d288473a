"""What a clerk is told of the register: numbers and reasons, no names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest

from tests.parts import resident
from tests.parts.hall import Hall
from tests.parts.snapshots import LATER, ON, crowd, line, take
from todoke.journeys import register, register_findings, register_report, residents
from todoke.journeys.register_findings import Report
from todoke.ports import Record, Services, Store


def report(hall: Hall) -> Report:
    return register_report.report(hall.services, "cli")


def found(hall: Hall, kind: str) -> list[tuple[tuple[str, ...], str]]:
    return [(each.numbers, each.reason) for each in report(hall).listed if each.kind == kind]


def test_a_city_without_a_register_has_nothing_to_look_at(hall: Hall) -> None:
    assert (report(hall).on, report(hall).counts) == ("", {})


def test_a_register_in_order_has_nothing_to_look_at(hall: Hall) -> None:
    take(hall.services, *crowd(30))
    told = report(hall)
    assert (told.on, told.people, dict(told.counts)) == (ON.isoformat(), 30, {})


def test_one_person_twice_is_found_however_she_is_written(hall: Hall) -> None:
    take(
        hall.services,
        *crowd(5),
        line("1", 氏名="髙見本 花子"),
        line("2", 氏名="高見本　花子", 住所="見本県みなと野市見本町1-1-1"),
    )
    assert found(hall, "twice") == [(("1", "2"), "")]
    assert report(hall).counts["doubtful"] == 0


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"住所": "見本町9-9"}, "address_differs"),
        ({"氏名": "見本 はな子", "住所": "見本町9-9"}, None),
        ({"氏名": "見本 花子 ", "生年月日": ""}, "no_birth_date"),
        ({"氏名": "例 花子"}, "name_family"),
        ({"氏名": "〓本 花子"}, "name_substituted"),
        ({"氏名": "見本 月子"}, None),
        ({"性別": "男"}, None),
    ],
)
def test_two_who_may_be_one_are_told_with_the_reason(
    hall: Hall, cells: dict[str, str], reason: str | None
) -> None:
    take(hall.services, line("1"), line("2", **cells))
    assert found(hall, "doubtful") == ([(("1", "2"), reason)] if reason else [])


def test_a_pair_is_told_once(hall: Hall) -> None:
    take(hall.services, line("1", 氏名="斉見本 花子"), line("2", 氏名="斎見本 花子"))
    assert found(hall, "doubtful") == [(("1", "2"), "name_mistakable")]


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        ("no_birth_date", {"生年月日": "不詳"}),
        ("no_sex", {"性別": ""}),
        ("no_address", {"住所": "見本町"}),
        ("substitute", {"氏名": "\ue000本 花子"}),
        ("substitute", {"住所": "〓町1-1"}),
        ("guardian", {"保護者の宛名番号": "777"}),
    ],
)
def test_what_is_missing_is_told(hall: Hall, kind: str, cells: dict[str, str]) -> None:
    take(hall.services, *crowd(5), line("1", **cells))
    assert found(hall, kind) == [(("1",), "")]


def test_who_is_gone_and_has_an_account_is_told_and_nothing_else_of_her(hall: Hall) -> None:
    services = hall.services
    take(services, *crowd(30), line("1"), line("2"), line("3", 生年月日=""))
    for number in ("1", "2"):
        resident.logged_in(services, number=number)
    take(services, *crowd(30), line("2", 異動事由="死亡"), on=LATER)
    assert sorted(found(hall, "gone_account")) == [(("1",), "closed"), (("2",), "deceased")]
    assert dict(report(hall).counts) == {"gone_account": 2}


def test_the_report_is_an_act_on_record_with_numbers_only(hall: Hall) -> None:
    take(hall.services, line("1"), line("2"))
    told = report(hall)
    assert hall.acts()[-1] == "register_reported"
    assert dict(told.counts) == {"twice": 1}
    assert "見本" not in repr(told)


def test_a_column_left_empty_does_not_fill_the_memory(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it hide that somebody is there twice."""
    monkeypatch.setattr(register_findings, "MOST_LISTED", 5)
    doubled = [line("1"), line("2")]
    take(hall.services, *({**each, "性別": ""} for each in crowd(12)), *doubled)
    told = report(hall)
    assert told.counts == {"no_sex": 12, "twice": 1}
    assert [each.kind for each in told.listed].count("no_sex") == 5
    assert [each.numbers for each in told.listed if each.kind == "twice"] == [("1", "2")]


def test_a_register_that_comes_in_while_one_looks_is_looked_through_from_the_start(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(hall.services, *crowd(30), line("1"), line("2"))
    looked, rows = [], register.rows

    def other(services: Services, snapshot: str) -> Iterator[Record]:
        looked.append(snapshot)
        yield from rows(services, snapshot)
        if len(looked) == 1:
            take(services, *crowd(30), line("1"), on=LATER)

    # a patch: the moment between the last row and the commit
    monkeypatch.setattr(register, "rows", other)
    told = report(hall)
    assert len(set(looked)) == 2
    assert (told.on, dict(told.counts)) == (LATER.isoformat(), {})
    assert hall.acts().count("register_reported") == 1


def test_children_whom_a_protection_hides_are_told_until_the_city_has_decided(hall: Hall) -> None:
    child = {"氏名": "見本 太郎", "生年月日": "2020-04-01", "保護者の宛名番号": "1 2"}
    both = [line("1", 支援措置="有"), line("2", 氏名="見本 一郎", 性別="男")]
    take(hall.services, *both, line("3", **child))
    assert found(hall, "protected") == [(("3",), "")]
    decided = line("3", **child, 支援措置="有 1")
    take(hall.services, *both, decided, on=LATER)
    assert found(hall, "protected") == []


def test_a_guardian_of_the_demonstration_is_there_though_no_snapshot_has_her(hall: Hall) -> None:
    here = residents.demonstration(hall.services)
    take(hall.services, *crowd(3), line("1", 保護者の宛名番号=here.number))
    assert found(hall, "guardian") == []


def test_guardians_are_not_read_one_by_one(hall: Hall) -> None:
    """A city has thousands of children."""
    child = {"生年月日": "2020-04-01", "保護者の宛名番号": "1"}
    young = [line(str(n), 氏名=f"見本 {n}", 住所=f"見本町2-{n}", **child) for n in range(100, 130)]
    take(hall.services, line("1"), *young)
    asked: list[str] = []

    class Counting:
        def get(self, kind: str, id: str) -> Record | None:
            asked.append(kind)
            return hall.services.store.get(kind, id)

        def __getattr__(self, name: str) -> Any:
            return getattr(hall.services.store, name)

    services = replace(hall.services, store=cast("Store", Counting()))
    assert dict(register_report.report(services, "cli").counts) == {}
    assert asked.count("register_row") == 0
