"""The record of acts becomes a chain: link by link, once, whoever comes and whenever it dies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from tests.journeys.batches.test_care import work
from tests.journeys.batches.test_writing import bring_in
from tests.parts.chained import Chained
from tests.parts.payer import CrashError, CrashingStore, Payer
from todoke.core import audit_chain
from todoke.core.errors import TodokeError
from todoke.journeys import audit, chain, tick, verify
from todoke.ports import Create, Delete, Record, Store


def test_what_was_done_is_in_a_link_after_the_next_tick(city: Chained) -> None:
    ids = city.acts(3)
    assert city.verify().waiting == 3
    assert tick.tick(city.services)["chained"] == 3
    report = city.verify()
    assert (report.findings, report.links, report.entries, report.waiting) == ([], 1, 3, 0)
    held = city.get("chain_link", audit_chain.link_id(1)).data["entries"]
    assert isinstance(held, list)
    assert [each[0] for each in held if isinstance(each, list)] == ids


def test_a_link_tells_neither_who_nor_about_whom(city: Chained) -> None:
    city.acts(2)
    city.link()
    shown = repr(city.get("chain_link", audit_chain.link_id(1)).data)
    assert "R-1" not in shown
    assert "S-demo" not in shown
    assert "notice" not in shown


def test_two_entries_alike_have_commitments_of_their_own(city: Chained) -> None:
    macs = {city.get("audit", city.act()).data["mac"] for _ in range(5)}
    assert len(macs) == 5


@pytest.mark.slow_on_aws
def test_more_than_one_commit_holds_are_several_links(city: Chained) -> None:
    city.acts(2 * chain.MOST + 5)
    assert city.link() == 2 * chain.MOST + 5
    report = city.verify()
    assert (report.findings, report.links, report.entries) == ([], 3, 2 * chain.MOST + 5)


def test_nothing_waits_and_nothing_is_written(city: Chained) -> None:
    city.link_each(2)
    before = city.get("setting", chain.HEAD).version
    assert city.link() == 0
    assert city.get("setting", chain.HEAD).version == before


@pytest.mark.parametrize("crash", ["before", "after"])
@pytest.mark.parametrize("commit", range(2))
def test_a_crash_at_a_link_loses_and_doubles_nothing(
    city: Chained, commit: int, crash: str
) -> None:
    city.acts(chain.MOST + 3)
    store = CrashingStore(city.services.store, [""] * commit + [crash])
    with pytest.raises(CrashError):
        chain.lengthen(replace(city.services, store=store), 5.0)
    city.link()
    report = city.verify()
    assert (report.findings, report.entries, report.waiting) == ([], chain.MOST + 3, 0)


@pytest.mark.slow_on_aws
def test_ticks_at_once_make_one_chain(city: Chained) -> None:
    """Clerks go on meanwhile, and somebody looks whether all is well."""
    failed: list[BaseException] = []
    ending = threading.Event()
    reports = []

    def again(act: object) -> None:
        while not ending.is_set():
            try:
                act()  # type: ignore[operator]
            except BaseException as error:
                failed.append(error)
                return

    threads = [
        threading.Thread(target=again, args=(act,))
        for act in (city.link, city.link, lambda: reports.append(city.verify()))
    ]
    for each in threads:
        each.start()
    ids = [city.act() for _ in range(200)]
    ending.set()
    for each in threads:
        each.join()
    assert not failed
    city.link()
    assert [each for report in reports for each in report.findings] == []
    assert len(reports) > 1
    report = city.verify()
    assert (report.findings, report.entries, report.waiting) == ([], len(ids), 0)


def test_a_chain_whose_head_was_put_back_is_not_written_over(city: Chained) -> None:
    city.link_each(1)
    earlier = city.get("setting", chain.HEAD).data
    city.link_each(1)
    city.rewrite("setting", chain.HEAD, earlier)
    city.act()
    with pytest.raises(TodokeError, match="audit_chain_damaged"):
        city.link()
    assert city.found() == [("head_altered", "0-0")]


def test_a_head_that_this_city_did_not_write_is_refused(city: Chained) -> None:
    city.link_each(1)
    text = str(city.get("setting", chain.HEAD).data["value"])
    city.change("setting", chain.HEAD, value=text.replace('"total":1', '"total":2'))
    city.act()
    with pytest.raises(TodokeError, match="audit_chain_damaged"):
        tick.tick(city.services)


# ------------------------------------------------------------- the rows of imports
@pytest.fixture
def payer(tmp_path: Path) -> Payer:
    return Payer.open(tmp_path)


@pytest.mark.slow_on_aws
def test_the_entries_of_an_import_come_into_the_chain_after_its_seal(payer: Payer) -> None:
    city = Chained(payer.services)
    bring_in(payer)
    assert chain.lengthen(payer.services, 5.0) > 0
    report = city.verify()
    assert (report.findings, report.waiting) == ([], 61)  # one of each bill
    work(payer.services)
    chain.lengthen(payer.services, 5.0)
    report = city.verify()
    assert (report.findings, report.waiting) == ([], 0)
    (bill, *_) = [
        each.id
        for each in payer.services.store.walk("audit", 1000).records
        if each.data["act"] == "bill_imported"
    ]
    city.remove("audit", bill)
    assert city.found() == [("removed", bill)]


@pytest.mark.parametrize("crash", ["before", "after"])
@pytest.mark.slow_on_aws
def test_a_crash_while_an_import_comes_into_the_chain_doubles_nothing(
    payer: Payer, crash: str
) -> None:
    tick.relay_outbox(payer.services)
    queue = payer.services.queue
    jobs = [job for _ in range(2) for job in queue.receive("urgent")]
    (job,) = [each for each in jobs if each.body["act"] == "take_in_batch"]
    broken = payer.with_store(CrashingStore(payer.services.store, [crash]))
    with pytest.raises(CrashError):
        chain.link_batch(broken.services, job)
    for _ in range(2):
        chain.link_batch(payer.services, job)
    chain.lengthen(payer.services, 5.0)
    report = Chained(payer.services).verify()
    assert (report.findings, report.waiting) == ([], 0)


def test_rows_of_an_open_import_do_not_stand_in_the_way_of_the_others(payer: Payer) -> None:
    waiting = payer.services.store.find("audit_waiting", audit_chain.WAITING, limit=1000).records
    assert "bill_imported" not in {each.data["act"] for each in waiting}


# ------------------------------------------------------------ from before the chain
def test_what_is_older_than_the_chain_comes_into_it_after_an_hour_and_once(city: Chained) -> None:
    city.write_bare("000000000001-a", "000000000002-b")
    city.link_each(2)
    assert chain.take_in_earlier(city.services, 5.0) == 0
    report = city.verify()
    assert (report.findings, report.earlier) == ([], 2)
    city.clock.turn(chain.EARLIER_AFTER_SECONDS)
    assert chain.take_in_earlier(city.services, 5.0) == 2
    assert chain.take_in_earlier(city.services, 5.0) == 0
    report = city.verify()
    assert (report.findings, report.earlier, report.entries) == ([], 0, 4)
    city.change("audit", "000000000002-b", actor="S-else")
    assert city.found() == [("altered", "000000000002-b")]


def test_what_comes_without_a_commitment_afterwards_was_put_in(city: Chained) -> None:
    city.clock.turn(chain.EARLIER_AFTER_SECONDS)
    city.link_each(1)
    for _ in range(2):
        chain.take_in_earlier(city.services, 5.0)
        city.clock.turn(chain.EARLIER_AFTER_SECONDS)
    city.write_bare("000000000001-a")
    chain.take_in_earlier(city.services, 5.0)
    assert city.found() == [("inserted", "000000000001-a")]


def test_a_city_that_was_just_brought_up_to_date_is_sound(city: Chained) -> None:
    city.write_bare("000000000001-a")
    city.act()
    report = city.verify()
    assert (report.findings, report.earlier, report.waiting) == ([], 1, 1)


@pytest.mark.parametrize("commit", range(3))
def test_a_crash_while_the_earlier_ones_come_in_takes_none_twice(
    city: Chained, commit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "MOST_ROWS", 2)  # a patch: thousands of entries take their time
    city.write_bare(*(f"00000000000{number}-a" for number in range(5)))
    city.link_each(1)
    city.clock.turn(chain.EARLIER_AFTER_SECONDS)
    store = CrashingStore(city.services.store, [""] * commit + ["after"])
    with pytest.raises(CrashError):
        chain.take_in_earlier(replace(city.services, store=store), 5.0)
    chain.take_in_earlier(city.services, 5.0)
    report = city.verify()
    assert (report.findings, report.entries, report.earlier) == ([], 6, 0)


def test_an_act_is_never_written_without_its_commitment(city: Chained) -> None:
    written = audit.entry(city.services, "cli", "drafted", "notice/N-1")
    assert written.record.data["chain"] == audit_chain.WAITING
    assert written.record.expires_at is None
    city.services.store.commit([Create(written.record)])
    city.services.store.commit([Delete("audit", written.record.id)])


def test_who_comes_late_moves_no_head_back(city: Chained) -> None:
    """Also who has no link to add: an import of which nothing was taken."""
    city.link_each(1)
    late = chain.stored_head(city.services)
    city.link_each(1)
    assert not chain._append(city.services, late, [])
    assert city.found() == []


@pytest.mark.parametrize("before", [verify.LINKS_AT_ONCE - 1, verify.LINKS_AT_ONCE, 1])
def test_links_written_between_two_pages_of_the_look_are_not_missed(
    city: Chained, before: int
) -> None:
    """The look asks for the next ones, is told there are none, and a tick writes them then."""
    city.link_each(*[1] * before)
    store = _WrittenBehind(city.services.store, lambda: city.link_each(*[1] * 45))
    report = verify.verify(replace(city.services, store=cast("Store", store)))
    assert store.asked > 1
    assert report.findings == []
    assert (report.links, report.entries) == (before + 45, before + 45)


class _WrittenBehind:
    """A store; after links were asked for once, others are written."""

    def __init__(self, store: Store, write: Callable[[], object]) -> None:
        self._store, self._write, self.asked = store, write, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def get_many(self, kind: str, ids: Collection[str]) -> dict[str, Record]:
        """As the store has them."""
        found = self._store.get_many(kind, ids)
        if kind == "chain_link":
            self.asked += 1
            if self.asked == 1:
                self._write()
        return found
