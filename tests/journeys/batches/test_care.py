"""After the seal the letters go out; what nobody seals is erased after a day, to the last row."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.batches.test_writing import MANY, Watched, bring_in, whole
from tests.parts.desk import DAY
from tests.parts.payer import CASHIER, CrashError, CrashingStore, Payer, csv
from todoke.core.errors import TodokeError
from todoke.journeys import audit, batch_care, batches, bills, deliver, tick
from todoke.ports import MAX_COMMIT_WRITES, Delete, Record, Services
from todoke.store_schema import LANES
from todoke.store_schema.batches import SEALED

pytestmark = pytest.mark.slow_on_aws


def work(services: Services) -> None:
    """The tick and the workers, until nothing waits."""
    for _ in range(200):
        moved = tick.relay_outbox(services)
        if not sum(deliver.work(services, lane) for lane in LANES) and not moved:
            return
    raise AssertionError("work without end")


def broken_off(payer: Payer, parts: int = 2) -> Record:
    """An import that died after so many commits of rows."""
    crashes = [""] * parts + ["after"]
    broken = payer.with_store(CrashingStore(payer.services.store, crashes))
    with pytest.raises(CrashError):
        bring_in(broken)
    (record,) = payer.services.store.find("batches", "open").records
    assert record.data["parts"] == parts
    return record


def all_keys(services: Services, record: Record) -> list[tuple[str, str]]:
    parts = range(batches.whole(record, "parts"))
    return [key for n in parts for key in batches.rows_of_part(services, record.id, n)]


def test_the_workers_go_on_with_a_small_import_that_died_in_its_request(payer: Payer) -> None:
    record = broken_off(payer)
    payer.clock.turn(batches.STILL_SECONDS + 1)
    batches.start(payer.services, record.id, "cli")
    work(payer.services)
    after = batches.get(payer.services, record.id)
    assert after.data["state"] == SEALED
    assert batches.outcome(after, "taken") == 60
    assert payer.services.queue.dead_letters() == []
    assert payer.services.private.get(batches.file_key(record.id)) is None, "kept too long"


def test_what_nobody_seals_within_a_day_is_erased_to_the_last_row(payer: Payer) -> None:
    record = broken_off(payer)
    keys = all_keys(payer.services, record)
    assert len(payer.services.store.rows_of(record.id, keys)) == len(keys) > 90
    payer.clock.turn(batch_care.ABANDONED_SECONDS - 1)
    assert batch_care.erase_abandoned(payer.services) == 0
    payer.clock.turn(1)
    assert batch_care.erase_abandoned(payer.services) == 1
    sizes: list[int] = []
    watched = Watched(payer.services.store, lambda writes: sizes.append(len(writes)))
    work(payer.with_store(watched).services)
    assert max(sizes) <= MAX_COMMIT_WRITES
    assert list(payer.services.store.rows_of(record.id, keys)) == []
    assert batches.get(payer.services, record.id).data["state"] == batches.ERASED
    assert payer.services.store.get("batch_part", batches.part_id(record.id, 0)) is None
    report = bring_in(payer)
    assert (report.batch, len(report.taken)) == (record.id, 60)


def test_the_care_of_the_tick_looks_for_abandoned_batches(payer: Payer) -> None:
    record = broken_off(payer)
    payer.clock.turn(batch_care.ABANDONED_SECONDS)
    assert tick.tick(payer.services)["erased"] >= 1
    assert batches.get(payer.services, record.id).data["state"] == batches.ERASING


@pytest.mark.parametrize("crash", ["before", "after"])
@pytest.mark.parametrize("commit", range(4))
def test_a_crash_while_erasing_is_made_good_by_the_next_job(
    payer: Payer, commit: int, crash: str
) -> None:
    record = broken_off(payer)
    keys = all_keys(payer.services, record)
    batches.give_up(payer.services, record)
    tick.relay_outbox(payer.services)
    (job,) = payer.services.queue.receive(batches.lane_of(record))
    broken = payer.with_store(CrashingStore(payer.services.store, [""] * commit + [crash]))
    try:
        batch_care.erase(broken.services, job)
    except CrashError:
        batch_care.erase(payer.services, job)
    assert list(payer.services.store.rows_of(record.id, keys)) == []
    assert batches.get(payer.services, record.id).data["state"] == batches.ERASED


def test_an_erasing_whose_job_was_lost_is_asked_for_again(payer: Payer) -> None:
    record = broken_off(payer)
    batches.give_up(payer.services, record)
    payer.services.store.commit([Delete("outbox", f"erase_batch.{record.id}")])
    payer.clock.turn(batch_care.STUCK_SECONDS)
    assert batch_care.erase_abandoned(payer.services) == 1
    work(payer.services)
    assert batches.get(payer.services, record.id).data["state"] == batches.ERASED


def test_a_sealed_batch_is_never_erased(payer: Payer) -> None:
    report = bring_in(payer)
    payer.clock.turn(400 * 86_400)
    assert batch_care.erase_abandoned(payer.services) == 0
    with pytest.raises(TodokeError, match="version_conflict"):
        batches.give_up(payer.services, batches.get(payer.services, report.batch))
    assert whole(payer)[0] == 61


# ------------------------------------------------------------------------- jobs
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """One commit a slice. A patch: twenty seconds of work are no test."""

    def over() -> Callable[[], bool]:
        return iter([False, *[True] * 5]).__next__

    monkeypatch.setattr(batch_care, "slice_over", over)


def test_a_kept_file_is_brought_in_slice_by_slice(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    short(monkeypatch)
    record, checked = bills.keep_csv(payer.services, CASHIER, csv(*MANY))
    assert (len(checked.new), record.data["state"]) == (60, batches.WAITING)
    work(payer.services)
    assert batches.get(payer.services, record.id).data["looked"] == 0
    for _ in range(2):  # pressed twice
        batches.start(payer.services, record.id, "cli")
    work(payer.services)
    assert batches.get(payer.services, record.id).data["state"] == "sealed"
    assert whole(payer) == (61, 61, 61)


def test_a_button_pressed_again_gives_no_second_job_unless_the_import_stands_still(
    payer: Payer,
) -> None:
    record, _ = bills.keep_csv(payer.services, CASHIER, csv(*MANY))
    queue, month = payer.services.queue, audit.month_of(payer.clock.now())
    still = batches.STILL_SECONDS + 1
    tick.relay_outbox(payer.services)
    before = sum(map(queue.waiting, LANES))
    for seconds, jobs in ((0, 1), (10, 1), (still, 2), (0, 2), (-DAY, 3), (0, 3)):
        payer.clock.turn(seconds)
        batches.start(payer.services, record.id, "S-who-pressed")
        tick.relay_outbox(payer.services)
        assert sum(map(queue.waiting, LANES)) - before == jobs, seconds
    acts = audit.acts(payer.services, month, 100).records
    assert [
        (each.data["actor"], each.data["subject"])
        for each in acts
        if each.data["act"] == "batch_begun"
    ] == [("S-who-pressed", f"batch/{record.id}")]


def test_a_file_that_is_kept_may_also_be_brought_in_by_hand(payer: Payer) -> None:
    record, _ = bills.keep_csv(payer.services, CASHIER, csv(*MANY))
    assert bring_in(payer).batch == record.id
    assert whole(payer) == (61, 61, 61)
    work(payer.services)
    assert payer.services.private.get(batches.file_key(record.id)) is None


def test_no_input_stays_behind_when_the_batch_was_sealed_meanwhile(payer: Payer) -> None:
    record, _ = bills.keep_csv(payer.services, CASHIER, csv(*MANY[:3]))
    bring_in(payer, MANY[:3])
    work(payer.services)
    batches.keep_input(payer.services, record.id, csv(*MANY[:3]))  # a slow colleague's upload
    assert payer.services.private.get(batches.file_key(record.id)) is None


def test_a_job_that_comes_twice_does_its_work_once(payer: Payer) -> None:
    record, _ = bills.keep_csv(payer.services, CASHIER, csv(*MANY))
    batches.start(payer.services, record.id, "cli")
    tick.relay_outbox(payer.services)
    (job,) = payer.services.queue.receive(batches.lane_of(record))
    for _ in range(3):
        assert deliver.did(payer.services, job)
    assert whole(payer) == (61, 61, 61)


def test_letters_of_a_small_batch_do_not_wait_behind_bulk_notices(payer: Payer) -> None:
    def lane(items: int) -> str:
        return batches.lane_of(Record("batch", "I-1", {"total": items}))

    assert (lane(1), lane(batches.SMALL), lane(batches.SMALL + 1)) == ("urgent", "urgent", "bulk")


def test_every_letter_of_a_batch_is_pushed_once_though_jobs_come_twice(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    short(monkeypatch)
    pushed: list[str] = []
    report = bring_in(payer)
    tick.relay_outbox(payer.services)
    while jobs := payer.services.queue.receive("urgent", 5):
        for job in jobs:
            if job.body["act"] != "push_batch":
                continue
            for _ in range(2):
                batch_care.push(
                    payer.services, job, lambda _, one: pushed.append(str(one.body["addressed"]))
                )
            payer.services.queue.acknowledge(job)
    record = batches.get(payer.services, report.batch)
    letters = [id for kind, id in all_keys(payer.services, record) if kind == "addressed_notice"]
    assert sorted(set(pushed) & set(letters)) == sorted(letters)
    assert len([each for each in pushed if each in letters]) == len(letters) == 60


def test_the_list_of_rows_goes_after_a_month_and_the_rows_stay(payer: Payer) -> None:
    report = bring_in(payer)
    work(payer.services)
    payer.clock.turn(batch_care.KEEP_SECONDS)
    while tick.purge(payer.services):
        pass
    record = batches.get(payer.services, report.batch)
    assert all_keys(payer.services, record) == []
    assert batches.outcome(record, "taken") == 60
    assert whole(payer) == (61, 61, 61)
