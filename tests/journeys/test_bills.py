"""The cashier's file: exactly right lines become bills, once; the rest is told with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.parts.payer import (
    AT_THE_COUNTER,
    CASHIER,
    YEN,
    CrashError,
    CrashingStore,
    Payer,
    csv,
    row,
)
from todoke.core.errors import TodokeError
from todoke.journeys import address, audit, bill_desk, bills, residents
from todoke.ports import Services

pytestmark = pytest.mark.also_late


@pytest.fixture
def payer(tmp_path: Path) -> Payer:
    return Payer.open(tmp_path)


@pytest.fixture
def services(payer: Payer) -> Services:
    return payer.services


def refused(services: Services, *rows: str) -> list[tuple[int, str, str]]:
    """(line, column, rule) of each refused line; nothing else may have been taken."""
    report = bills.import_csv(services, CASHIER, csv(*rows))
    assert not report.taken
    return [(each.line, each.column, each.rule) for each in report.refused]


def test_a_bill_comes_with_its_ledger_line_its_notice_and_its_audit_entry(payer: Payer) -> None:
    bill = payer.shown
    assert (bill.yen, bill.state, bill.kind, bill.reference) == (YEN, "open", "nursery_fee", "A-1")
    assert payer.lines == [("billed", YEN)]
    assert payer.letters == ["bill"]
    assert "bill_imported" in payer.acts()
    letter = address.letters(
        payer.services, address.of_resident(payer.services, payer.resident).records
    )[0]
    assert letter.link == f"/bills/{bill.id}"
    assert "12,000円" in letter.body["ja"]
    assert "28 December 2026" in letter.body["en"]


def test_the_same_file_again_makes_nothing(payer: Payer) -> None:
    report = bills.import_csv(payer.services, CASHIER, csv(row()))
    assert not report.taken
    assert report.known == [(2, payer.bill)]
    assert payer.lines == [("billed", YEN)]
    assert payer.letters == ["bill"]


@pytest.mark.parametrize(
    "changed",
    [{"yen": 1}, {"title": "別のもの"}, {"kind": "給食費"}, {"due": "2026-12-27"}],
)
def test_a_changed_line_of_a_known_bill_is_refused(payer: Payer, changed: dict[str, Any]) -> None:
    assert refused(payer.services, row(**changed)) == [(2, "請求番号", "csv_changed")]
    assert payer.shown.yen == YEN


def test_the_same_number_for_another_person_is_refused(payer: Payer) -> None:
    payer.services.store.commit(residents.new(payer.services, "2", "見本 たろう", "みほん"))
    assert refused(payer.services, row(number="2")) == [(2, "請求番号", "csv_changed")]


def test_an_unknown_person_is_refused_and_the_other_lines_are_taken(services: Services) -> None:
    body = csv(row("B-1", number="0000000002"), row("B-2"))
    report = bills.import_csv(services, CASHIER, body)
    assert [(each.line, each.rule) for each in report.refused] == [(2, "csv_nobody")]
    assert [line for line, _ in report.taken] == [3]


def test_a_large_file_is_taken_in_several_commits_and_each_bill_is_whole(payer: Payer) -> None:
    rows = [row(f"C-{number}") for number in range(40)]
    report = bills.import_csv(payer.services, CASHIER, csv(*rows))
    assert len(report.taken) == 40
    ids = {id for _, id in report.taken}
    assert len(ids) == 40
    for id in ids:
        assert [each.entry for each in bills.ledger(payer.services, id)] == ["billed"]
    assert payer.letters.count("bill") == 41


@pytest.mark.parametrize("crash", ["before", "after", "full"])
def test_an_import_that_broke_off_is_finished_by_the_same_file(payer: Payer, crash: str) -> None:
    rows = [row(f"C-{number}") for number in range(40)]
    broken = payer.with_store(CrashingStore(payer.services.store, ["", crash]))
    with pytest.raises(TodokeError if crash == "full" else CrashError):
        bills.import_csv(broken.services, CASHIER, csv(*rows))
    unseen = payer.letters.count("bill")
    report = bills.import_csv(payer.services, CASHIER, csv(*rows))
    assert (unseen, len(report.taken), len(report.known)) == (1, 40, 0)
    assert payer.letters.count("bill") == 41


def test_two_cashiers_with_the_same_file_make_each_bill_once(payer: Payer) -> None:
    rows = [row(f"C-{number}") for number in range(5)]

    class Quicker(CrashingStore):
        """The other one commits first."""

        done = False

        def commit(self, writes: object) -> None:
            if not Quicker.done:
                Quicker.done = True
                bills.import_csv(payer.services, "S-other", csv(rows[1], rows[3]))
            self.store.commit(writes)

    slower = payer.with_store(Quicker(payer.services.store))
    report = bills.import_csv(slower.services, CASHIER, csv(*rows))
    assert [line for line, _ in report.taken] == [2, 4, 6]
    assert [line for line, _ in report.known] == [3, 5]
    assert payer.letters.count("bill") == 6


def test_nobody_elses_bill_is_ones_own(payer: Payer) -> None:
    for resident, bill in ((payer.resident, "B-00000-00000"), ("R-other", payer.bill)):
        with pytest.raises(TodokeError) as caught:
            bills.own(payer.services, resident, bill)
        assert str(caught.value) == "not_found"


def test_a_clerk_who_reads_a_bill_stands_in_the_residents_history(payer: Payer) -> None:
    payer.clock.turn(1)
    bill_desk.read(payer.services, AT_THE_COUNTER, payer.bill, "payment")
    found = payer.services.store.find("audit_by_resident", payer.resident, descending=True).records
    assert (found[0].data["act"], found[0].data["actor"]) == ("bill_read", CASHIER)


def test_the_lists_of_the_desk_show_bills_by_state_and_month(payer: Payer) -> None:
    services = payer.services
    assert [each.id for each in bill_desk.listing(services, AT_THE_COUNTER, "open").bills] == [
        payer.bill
    ]
    assert not bill_desk.listing(services, AT_THE_COUNTER, "paid").bills
    month = audit.month_of(services.clock.now())
    lines, cursor = bills.ledger_of_month(services, month)
    assert ([each.bill for each in lines], cursor) == ([payer.bill], None)
    assert bills.balance(lines) == YEN


def test_what_is_stored_tells_no_title_and_no_number(payer: Payer) -> None:
    stored = payer.services.store.get("bill", payer.bill)
    assert stored is not None
    assert "見本" not in str(stored)
    assert "A-1" not in str(stored)


def test_the_demonstrations_bill_is_made_once(payer: Payer) -> None:
    first = bills.demonstration(payer.services)
    payer.clock.turn(40 * 86_400)
    assert bills.demonstration(payer.services) == first
