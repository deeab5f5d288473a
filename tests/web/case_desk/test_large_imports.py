"""A file too large for one request: looked at, begun by a button, brought in by the workers while
the cashier's page follows, and visible at one moment."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.parts.case_desk import CaseDesk
from tests.parts.clerk import Clerk, Form, enter
from tests.web.case_desk.test_bills import csv, stored, upload
from todoke.adapters.fakes import TurnedClock
from todoke.journeys import batch_care, batches, bill_desk, bills, deliver, tick
from todoke.ports import Record
from todoke.store_schema import LANES
from todoke.web import console_bills

LINES = console_bills.SMALL_LINES + 1


@pytest.fixture
def cashier(app: Flask, desk: CaseDesk) -> Clerk:
    return enter(app, desk.desk, desk.cashier)


def large(count: int = LINES, *more: str) -> bytes:
    line = "0000000001,MIHON-{},保育料,保育料 11月,100,2026-12-28"
    return csv(*more, *(line.format(number) for number in range(count)))


def begin(cashier: Clerk, body: bytes) -> str:
    """Uploads and presses the button; the path of the page that follows."""
    path = re.search(r'action="(/bills/import/I-[^"]+)"', upload(cashier, body).text)
    assert path is not None
    assert cashier.post(path[1]).headers["Location"] == path[1]
    return path[1]


def turned(desk: CaseDesk) -> TurnedClock:
    return cast("TurnedClock", desk.services.clock)


def work(desk: CaseDesk) -> None:
    """The workers, until nothing waits."""
    for _ in range(100):
        moved = tick.relay_outbox(desk.services)
        if not sum(deliver.work(desk.services, lane) for lane in LANES) and not moved:
            return
    raise AssertionError("work without end")


def batch(desk: CaseDesk, path: str) -> Record:
    return batches.get(desk.services, path.rpartition("/")[2])


def short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """One commit each. A patch: twenty seconds of work are no test."""

    def over() -> Callable[[], bool]:
        return iter([False, True]).__next__

    monkeypatch.setattr(batch_care, "slice_over", over)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_large_file_is_looked_at_and_not_begun_without_the_button(
    desk: CaseDesk, cashier: Clerk, end: bytes
) -> None:
    body = large(LINES, "x,y").replace(b"\r\n", b"\n").replace(b"\n", end)
    looked = upload(cashier, body)
    assert "まだ1行も入れていません" in looked.text
    assert f"{LINES}行は形が正しい行です" in looked.text
    assert len(looked.data) < 100_000  # the file stays here and travels no second time
    assert list(Form(looked.text).values) == []
    work(desk)
    assert not stored(desk)


def test_its_rows_and_letters_are_there_together_after_the_workers_have_done(
    desk: CaseDesk, cashier: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_slices(monkeypatch)
    path = begin(cashier, large(LINES, "9999999999,X-1,保育料,保育料,1,2026-12-28"))
    seen: list[int] = []
    while batch(desk, path).data["state"] == "open":
        page = cashier.get(path)
        told = re.search(r"([\d,]+) / ([\d,]+) 行", page.text)
        assert told is not None
        assert page.headers["Refresh"] == "5"
        seen.append(int(told[1].replace(",", "")))
        assert told[2] == str(LINES + 1)
        assert not stored(desk)
        assert not desk.letters()
        tick.relay_outbox(desk.services)
        assert sum(deliver.work(desk.services, lane) for lane in LANES)
    assert len(seen) > 3
    assert seen == sorted(set(seen))
    page = cashier.get(path)
    assert "Refresh" not in page.headers
    assert f"{LINES}件を取り込みました" in page.text
    assert "断った行が 1行" in page.text
    assert re.findall(r'<td class="r nw">(\d+)</td><td class="nw">([^<]*)', page.text) == [
        ("2", "宛名番号")
    ]
    assert len(bill_desk.listing(desk.services, desk.cashier, "open").bills) == bills.PAGE
    assert len(desk.letters()) > 100


def test_the_kept_file_is_sealed_and_erased_when_all_is_there(
    desk: CaseDesk, cashier: Clerk
) -> None:
    path = begin(cashier, large())
    key = batches.file_key(batch(desk, path).id)
    kept = desk.services.private.get(key)
    assert kept is not None
    assert b"MIHON" not in kept
    work(desk)
    assert desk.services.private.get(key) is None


def test_the_same_file_again_leads_to_the_page_of_the_import_under_way(
    desk: CaseDesk, cashier: Clerk
) -> None:
    path = begin(cashier, large())
    assert upload(cashier, large()).headers["Location"] == path
    assert path in cashier.get("/bills/import").text
    work(desk)
    again = begin(cashier, large())
    assert again != path
    work(desk)
    assert "0件を取り込みました" in cashier.get(again).text
    assert f"もう入っていた {LINES}件" in cashier.get(again).text


def test_an_import_that_stands_still_says_so_and_goes_on_by_its_button(
    desk: CaseDesk, cashier: Clerk
) -> None:
    path = begin(cashier, large())
    tick.relay_outbox(desk.services)
    for lane in LANES:  # its job is lost
        for job in desk.services.queue.receive(lane, 10):
            desk.services.queue.acknowledge(job)
    assert "進んでいません" not in cashier.get(path).text
    turned(desk).turn(batches.STILL_SECONDS + 1)
    assert "進んでいません" in cashier.get(path).text
    cashier.post(path)
    work(desk)
    assert batch(desk, path).data["state"] == "sealed"


def test_what_nobody_begins_is_erased_after_a_day(desk: CaseDesk, cashier: Clerk) -> None:
    body = large()
    found = re.search(r'action="(/bills/import/I-[^"]+)"', upload(cashier, body).text)
    assert found is not None
    assert "はじめるのを待っています" in cashier.get(found[1]).text
    turned(desk).turn(batch_care.ABANDONED_SECONDS)
    batch_care.erase_abandoned(desk.services)
    work(desk)
    assert desk.services.private.get(batches.file_key(batch(desk, found[1]).id)) is None
    cashier = enter(cashier.client.application, desk.desk, desk.cashier)
    assert "消しました" in cashier.get(found[1]).text
    assert "まだ1行も入れていません" in upload(cashier, body).text  # and begins anew


@pytest.mark.parametrize("path", ["/bills/import/I-none", "/bills/import/%00"])
def test_an_import_that_is_none_is_404(cashier: Clerk, path: str) -> None:
    answers: list[TestResponse] = [cashier.get(path), cashier.post(path)]
    assert [each.status_code for each in answers] == [404, 404]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_state_of_the_page_fills_in_its_sentences(
    desk: CaseDesk, cashier: Clerk, language: str
) -> None:
    cashier.post("/language", to=language)
    looked = upload(cashier, large(LINES, "x,y"))
    path = re.search(r'action="(/bills/import/I-[^"]+)"', looked.text)
    assert path is not None
    pages = [looked, cashier.get(path[1])]
    cashier.post(path[1])
    pages += [cashier.get(path[1]), cashier.get("/bills/import")]
    work(desk)
    pages += [cashier.get(path[1])]
    for page in pages:
        assert page.status_code == 200
        assert not re.search(r"\{\w+\}|Undefined|\bNone\b(?!<)|>[^<]*(csv_|import\.)", page.text)
