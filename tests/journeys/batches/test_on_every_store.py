"""The way of a batch once through, on every store, at a size that the emulation of AWS bears."""

from __future__ import annotations

import pytest

from tests.journeys.batches.test_care import work
from tests.journeys.batches.test_writing import MANY, bring_in, whole
from tests.parts.payer import CASHIER, CrashError, CrashingStore, Payer
from todoke.journeys import address, batch_care, batches
from todoke.journeys.address import ToOne


def test_an_import_that_broke_off_shows_nothing_and_goes_on(payer: Payer) -> None:
    broken = payer.with_store(CrashingStore(payer.services.store, ["", "after"]))
    with pytest.raises(CrashError):
        bring_in(broken, MANY[:4])
    assert whole(payer) == (1, 1, 1)
    assert len(bring_in(payer, MANY[:4]).taken) == 4
    assert len(bring_in(payer, MANY[:4]).known) == 4
    assert whole(payer) == (5, 5, 5)


def test_an_abandoned_one_is_erased_and_begun_anew(payer: Payer) -> None:
    broken = payer.with_store(CrashingStore(payer.services.store, ["", "after"]))
    with pytest.raises(CrashError):
        bring_in(broken, MANY[:4])
    (record,) = payer.services.store.find("batches", "open").records
    keys = batches.rows_of_part(payer.services, record.id, 0)
    assert len(payer.services.store.rows_of(record.id, keys)) == 16
    payer.clock.turn(batch_care.ABANDONED_SECONDS)
    assert batch_care.erase_abandoned(payer.services) == 1
    work(payer.services)
    assert not payer.services.store.rows_of(record.id, keys)
    assert len(bring_in(payer, MANY[:4]).taken) == 4


def test_letters_to_many_are_written_by_the_workers(payer: Payer) -> None:
    values = {"title": "保育料 11月", "yen": "24,000", "due": "12/28"}
    letters = [ToOne(payer.resident, values)] * 3
    record = address.send_to_many(payer.services, CASHIER, "bill", letters, once="2026-11")
    assert payer.letters == ["bill"]
    work(payer.services)
    assert payer.letters == ["bill"] * 4
    assert batches.get(payer.services, record.id).data["state"] == "sealed"
