"""A batch is written in small commits that nobody sees, by whoever comes, each item once."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from tests.parts.payer import CASHIER, CrashError, CrashingStore, Payer, csv, row
from todoke.core.errors import TodokeError
from todoke.journeys import batch_writing, batches, bills
from todoke.journeys.batch_writing import Made, Pace, Plan
from todoke.ports import MAX_COMMIT_WRITES, Count, Create, Delete, Put, Record, Replace, Write

pytestmark = pytest.mark.slow_on_aws


MANY = [row(f"C-{number}") for number in range(60)]
#: those, and the one that every payer has
SEEN = 61


def bring_in(payer: Payer, rows: Sequence[str] = MANY) -> bills.Report:
    return bills.import_csv(payer.services, CASHIER, csv(*rows))


def whole(payer: Payer) -> tuple[int, int, int]:
    """(bills, ledger lines, letters) that anybody sees."""
    store = payer.services.store
    found = store.find("bills_by_state", "open", limit=1000).records
    lines = store.find("ledger_by_month", "2026-11", limit=1000).records
    return len(found), len(lines), payer.letters.count("bill")


@dataclass(slots=True)
class Watched:
    """A store that lets somebody look, or act, before each of its commits."""

    store: Any
    look: Callable[[Sequence[Write]], None]

    def commit(self, writes: Sequence[Write]) -> None:
        self.look(writes)
        self.store.commit(writes)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def test_nobody_sees_a_row_before_the_one_commit_that_shows_all(payer: Payer) -> None:
    seen: list[tuple[int, int, int]] = []
    sizes: list[int] = []

    def look(writes: Sequence[Write]) -> None:
        seen.append(whole(payer))
        sizes.append(len(writes))

    bring_in(payer.with_store(Watched(payer.services.store, look)))
    assert len(seen) > 4
    assert set(seen) == {(1, 1, 1)}
    assert max(sizes) <= MAX_COMMIT_WRITES
    assert sizes[-1] < 10  # however many rows, the seal is small
    assert whole(payer) == (SEEN, SEEN, SEEN)


@pytest.mark.parametrize("crash", ["before", "after"])
@pytest.mark.parametrize("commit", range(6))
def test_a_crash_at_any_commit_shows_nothing_and_the_same_file_ends_it(
    payer: Payer, commit: int, crash: str
) -> None:
    broken = payer.with_store(CrashingStore(payer.services.store, [""] * commit + [crash]))
    try:
        bring_in(broken)
    except CrashError:
        assert whole(payer) in ((1, 1, 1), (SEEN, SEEN, SEEN))
    report = bring_in(payer)
    assert len(report.taken) + len(report.known) == 60
    assert whole(payer) == (SEEN, SEEN, SEEN)
    assert len({id for _, id in [*report.taken, *report.known]}) == 60


def test_a_colleague_who_acts_at_every_commit_doubles_nothing(payer: Payer) -> None:
    made = bills.plan(payer.services, CASHIER, csv(*MANY))
    turns = 0

    def colleague(writes: Sequence[Write]) -> None:
        nonlocal turns
        turns += 1
        for id in {each.record.batch for each in writes if isinstance(each, Create)}:
            if id is not None and turns % 2:
                once = iter([False, True]).__next__
                batch_writing.go_on(payer.services, made, id, enough=once)

    report = bring_in(payer.with_store(Watched(payer.services.store, colleague)))
    assert turns > 2
    assert len(report.taken) == 60
    assert whole(payer) == (SEEN, SEEN, SEEN)


def test_a_colleague_who_acts_while_we_look_doubles_nothing(payer: Payer) -> None:
    chance = itertools.count()
    written: list[int] = []

    def made(item: int, _batch: str) -> Made:
        return Made("taken", [item], [setting(f"{item:03}-{next(chance)}")])

    def made_slowly(item: int, batch: str) -> Made:
        if not written:  # he is quicker than our first look
            written.append(1)
            batch_writing.go_on(payer.services, plan, batch, enough=iter([False, True]).__next__)
        return made(item, batch)

    plan = Plan(range(200), made, lambda item: Made("refused", [item]), "residents_imported")
    record = batches.begin(payer.services, "cli", "residents", b"two", 200)
    slow = replace(plan, make=made_slowly)
    record = batch_writing.go_on(payer.services, slow, record.id)
    assert (record.data["looked"], record.data["rows"]) == (200, 200)
    told = batches.told_of(payer.services, record, "taken")
    assert [item for (item,) in told] == list(range(200))


@pytest.mark.parametrize("listed", [1, 2, 100])
def test_what_is_told_of_late_lines_is_all_of_it_and_found_without_reading_every_part(
    payer: Payer, monkeypatch: pytest.MonkeyPatch, listed: int
) -> None:
    monkeypatch.setattr(batches, "MOST_LISTED", listed)
    refused = [300, 301, 550, 599]

    def made(item: int, _batch: str) -> Made:
        if item in refused:
            return Made("refused", [item])
        return Made("taken", [item], [setting(f"{item:03}")])

    plan = Plan(range(600), made, lambda item: Made("refused", [item]), "residents_imported")
    record = batches.begin(payer.services, "cli", "residents", b"late", 600)
    record = batch_writing.go_on(payer.services, plan, record.id)
    assert batches.whole(record, "parts") > 5
    reads = Counter[str]()
    store = payer.services.store

    class Counting:
        def __getattr__(self, name: str) -> Any:
            reads[name] += 1
            return getattr(store, name)

    counted = replace(payer.services, store=Counting())
    assert batches.told_of(counted, record, "refused") == [[each] for each in refused]
    assert batches.told_of(counted, record, "refused", 2) == [[300], [301]]
    assert len(batches.told_of(payer.services, record, "taken")) == 596
    if listed == 100:
        assert reads["get"] <= 4, "the two or three parts that tell of them, and the first again"


def test_two_clerks_with_the_same_file_at_once_bring_in_each_row_once(payer: Payer) -> None:
    reports: list[bills.Report] = []
    errors: list[Exception] = []
    together = threading.Barrier(2)

    def clerk() -> None:
        together.wait(30)
        try:
            reports.append(bring_in(payer))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=clerk) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(120)
    assert not errors
    assert all(len(each.taken) + len(each.known) == 60 for each in reports)
    assert whole(payer) == (SEEN, SEEN, SEEN)


def test_a_row_that_waits_in_another_batch_is_refused_with_a_reason_of_its_own(
    payer: Payer,
) -> None:
    broken = payer.with_store(CrashingStore(payer.services.store, ["", "after"]))
    with pytest.raises(CrashError):
        bring_in(broken, MANY[:5])
    report = bring_in(payer, [*MANY[3:8]])
    assert [(each.line, each.rule) for each in report.refused] == [(2, "csv_busy"), (3, "csv_busy")]
    assert len(report.taken) == 3
    assert len(bring_in(payer, MANY[:5]).taken) == 5
    assert len(bring_in(payer, MANY[3:8]).known) == 5
    assert whole(payer) == (9, 9, 9)


def test_the_same_file_later_looks_again_at_what_was_refused(payer: Payer) -> None:
    rows = [*MANY[:2], row("D-1", number="77")]
    assert [each.rule for each in bring_in(payer, rows).refused] == ["csv_nobody"]
    payer.neighbour(77)
    later = bring_in(payer, [*MANY[:2], row("D-1", number="00000077")])
    assert (len(later.taken), len(later.known)) == (1, 2)
    same = bring_in(payer, rows)
    assert ([each.rule for each in same.refused], len(same.known)) == (["csv_nobody"], 2)


def test_the_seal_refuses_what_is_not_what_was_written(payer: Payer) -> None:
    def remove(writes: Sequence[Write]) -> None:
        if any(isinstance(each, Replace) and batch_is(each, "sealed") for each in writes):
            raise AssertionError("sealed all the same")
        store = payer.services.store
        for batch in [each for each in writes if isinstance(each, Replace)]:
            if cast("int", batch.record.data["looked"]) == 60 and batch_is(batch, "open"):
                rows = batches.rows_of_part(payer.services, batch.record.id, 0)
                store.commit([Delete(*rows[0])])

    with pytest.raises(TodokeError) as caught:
        bring_in(payer.with_store(Watched(payer.services.store, remove)))
    assert caught.value.code == "batch_differs"
    assert whole(payer) == (1, 1, 1)
    with pytest.raises(TodokeError, match="batch_erasing"):
        bring_in(payer)


def batch_is(write: Replace, state: str) -> bool:
    return write.record.kind == "batch" and write.record.data["state"] == state


def test_a_row_that_was_overwritten_refuses_the_seal_too(payer: Payer) -> None:
    broken = payer.with_store(CrashingStore(payer.services.store, ["", "after"]))
    with pytest.raises(CrashError):
        bring_in(broken, MANY[:3])
    (batch,) = payer.services.store.find("batches", "open").records
    kind, id = batches.rows_of_part(payer.services, batch.id, 0)[0]
    (hidden,) = payer.services.store.rows_of(batch.id, [(kind, id)])
    payer.services.store.commit([Put(replace(hidden, batch=None))])
    with pytest.raises(TodokeError, match="batch_differs"):
        bring_in(payer, MANY[:3])


def test_a_batch_that_was_given_up_takes_no_row_any_more(payer: Payer) -> None:
    gave_up = False

    def give_up(writes: Sequence[Write]) -> None:
        nonlocal gave_up
        found = payer.services.store.find("batches", "open").records
        if found and batches.whole(found[0], "parts") == 2 and not gave_up:
            gave_up = True
            batches.give_up(payer.services, found[0])

    with pytest.raises(TodokeError, match="batch_erasing"):
        bring_in(payer.with_store(Watched(payer.services.store, give_up)))
    assert gave_up
    (record,) = payer.services.store.find("batches", batches.ERASING).records
    assert record.data["parts"] == 2
    assert whole(payer) == (1, 1, 1)


# ------------------------------------------------------------------------- counters
def setting(name: str) -> Create:
    return Create(Record("setting", name, {"value": "x"}))


def counting(keys: Sequence[str]) -> Plan[str]:
    def made(key: str, _batch: str) -> Made:
        count = Count("followers", key.partition("/")[0], {"*|*": 1})
        return Made("taken", [key], [setting(key)], [count])

    return Plan(keys, made, lambda key: Made("refused", [key]), "residents_imported")


def count_of(payer: Payer, key: str) -> Any:
    found = payer.services.store.get("counter.followers", key)
    return dict(found.data) if found else {}


def test_counters_move_with_the_seal_and_once(payer: Payer) -> None:
    plan = counting([f"{'ab'[n % 2]}/{n}" for n in range(200)])
    services = payer.services
    record = batches.begin(services, "cli", "residents", b"counting", 200)
    record = batch_writing.go_on(
        services, plan, record.id, enough=iter([False, False, True]).__next__
    )
    assert 0 < batches.whole(record, "looked") < 200
    assert count_of(payer, "a") == {}
    for _ in range(2):
        record = batch_writing.go_on(services, plan, record.id)
        assert record.data["state"] == "sealed"
        assert count_of(payer, "a") == count_of(payer, "b") == {"*|*": 100}


def test_more_counters_than_a_seal_can_move_are_refused_while_writing(payer: Payer) -> None:
    plan = counting([f"k{number}" for number in range(batch_writing.COUNTERS + 1)])
    record = batches.begin(payer.services, "cli", "residents", b"many", len(plan.items))
    with pytest.raises(TodokeError, match="too_many_writes"):
        batch_writing.go_on(payer.services, plan, record.id)
    assert payer.services.store.get("setting", "k0") is None


# ------------------------------------------------------------------------- size and pace
def test_rows_too_large_for_one_commit_go_in_several(payer: Payer) -> None:
    def made(item: int, _batch: str) -> Made:
        value = "x" * 380_000
        return Made("taken", [item], [Create(Record("setting", f"s{item}", {"value": value}))])

    plan = Plan(range(12), made, lambda item: Made("refused", [item]), "residents_imported")
    record = batches.begin(payer.services, "cli", "residents", b"large", 12)
    record = batch_writing.go_on(payer.services, plan, record.id)
    assert (record.data["rows"], record.data["parts"]) == (12, 2)
    assert payer.services.store.get("setting", "s11") is not None


@dataclass(slots=True)
class Rests:
    pace: Pace = field(default_factory=Pace)

    def after(self, *seconds: float) -> int:
        for each in seconds:
            self.pace.after(each)
        return self.pace.rows


def test_a_slow_commit_halves_the_next_one_and_quick_ones_let_it_grow() -> None:
    assert Rests().after(0.01) == batch_writing.ROWS
    assert Rests().after(0.06) == batch_writing.ROWS // 2
    assert Rests().after(0.06, 0.04) == batch_writing.ROWS // 2
    assert Rests().after(0.06, 0.01) == batch_writing.ROWS
    assert Rests().after(*[1.0] * 20) == batch_writing.FEWEST


def test_the_store_is_left_alone_for_as_long_as_it_was_held() -> None:
    assert Pace().after(0.03) == 0.03
    assert Pace().after(0.0) == batch_writing.LEAST_REST_SECONDS


def test_a_report_tells_only_as_much_as_was_asked_for(payer: Payer) -> None:
    bad = [row(f"E-{number}", yen="x") for number in range(30)]
    report = bring_in(payer, [*MANY[:3], *bad])
    record = batches.get(payer.services, report.batch)
    assert len(report.refused) == 30
    assert [each.line for each in bills.report(payer.services, record, 4).refused] == [5, 6, 7, 8]
