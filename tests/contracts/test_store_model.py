"""The Store against a plain dictionary: hypothesis invents commits, conditions, batches and their
seals, expiry, turns of the clock, purges and reopenings, and after each step both must say the
same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.contracts.backends import ON_AWS, STORES, each_of, let_go
from tests.parts.batching import seal_record
from todoke.adapters.fakes import TurnedClock
from todoke.core.errors import TodokeError
from todoke.ports import (
    Check,
    Count,
    Create,
    Delete,
    Json,
    Put,
    Range,
    Record,
    Replace,
    Write,
)

#: few names, so that writes meet; characters whose order differs between UTF-8 and UTF-16
IDS = ("a", "b", "ｱ", "🍼")
TOPICS = ("allowance", "vaccination")
SORTS = ("", "1", "12", "2", "ｱ", "🍼")
CELLS = ("*|*", "kita|2023")
BATCHES = ("I-1", "I-2")

Key = tuple[str, str]

follows = st.builds(
    lambda topic, subscription, since: {
        "topic": topic,
        "subscription": subscription,
        "cohorts": [],
        "since": since,
    },
    st.sampled_from(TOPICS),
    st.sampled_from(SORTS[1:]),
    st.integers(0, 3),
)
deliveries = st.builds(
    lambda lane, due: {
        "notice": "N-1",
        "subscription": "s",
        "state": "retry",
        "tries": 0,
        "status": 0,
        "due_lane": lane,
        "due_at": due,
    },
    st.sampled_from([None, "retry"]),
    st.sampled_from([None, *SORTS[1:]]),
)
#: kind, id, data; version relative to the stored one; seconds until it expires
records = st.one_of(
    st.tuples(st.just("follow"), st.sampled_from(IDS), follows),
    st.tuples(st.just("delivery"), st.sampled_from(IDS), deliveries),
)
writes = st.tuples(
    st.sampled_from(["create", "replace", "put", "delete", "erase", "check", "count"]),
    records,
    st.sampled_from([0, 0, 0, 0, -1, 1]),
    st.sampled_from([None, None, 0, 1, 2, 5]),
    st.sampled_from([("followers", "t"), ("delivery", "t")]),
    st.dictionaries(st.sampled_from(CELLS), st.integers(-3, 3)),
)
Drawn = tuple[str, tuple[str, str, dict[str, Json]], int, int | None, Key, dict[str, int]]


class StoreMachine(RuleBasedStateMachine):
    """One store and its model. ``records`` holds expired ones until they are purged."""

    backend = ""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.clock = TurnedClock()
        self.store = STORES[self.backend](Path(self.folder.name), self.clock)
        self.records: dict[Key, Record] = {}
        self.counters: dict[Key, Counter[str]] = {}

    def teardown(self) -> None:
        faults: Callable[[], Sequence[str]] = getattr(self.store, "integrity", list)
        assert list(faults()) == []
        let_go(self.store)
        self.folder.cleanup()

    # -------------------------------------------------------------- rules
    @rule(drawn=st.lists(writes, min_size=1, max_size=4))
    def commit(self, drawn: list[Drawn]) -> None:
        planned = [self.written(each) for each in drawn]
        before = dict(self.records), {key: Counter(c) for key, c in self.counters.items()}
        targets = [target(write) for write in planned]
        code = "store_misuse" if len(set(targets)) < len(targets) else None
        self.commit_both(planned, code, before)

    def commit_both(
        self,
        planned: Sequence[Write],
        code: str | None,
        before: tuple[dict[Key, Record], dict[Key, Counter[str]]],
    ) -> None:
        for write in planned:
            code = code or self.apply(write)
        if code is None:
            self.store.commit(planned)
            return
        self.records, self.counters = before
        with pytest.raises(TodokeError) as caught:
            self.store.commit(planned)
        assert caught.value.code == code

    @rule(
        batch=st.sampled_from(BATCHES),
        state=st.sampled_from(["open", "open", "open", "sealed"]),
        drawn=st.lists(records, max_size=3, unique_by=lambda each: each[:2]),
        offset=st.sampled_from([0, 0, 0, -1]),
    )
    def write_a_batch(
        self, batch: str, state: str, drawn: list[tuple[str, str, dict[str, Json]]], offset: int
    ) -> None:
        before = dict(self.records), dict(self.counters)
        stored = self.records.get(("batch", batch))
        version = max(0, (stored.version if stored else 0) + offset)
        seal = seal_record(batch, state, version)
        planned: list[Write] = [Replace(seal) if stored else Create(seal)]
        rows = drawn if state == "open" else []
        planned += [Create(Record(kind, id, data, batch=batch)) for kind, id, data in rows]
        self.commit_both(planned, None, before)

    @rule(batch=st.sampled_from(BATCHES))
    def forget_a_batch(self, batch: str) -> None:
        before = dict(self.records), dict(self.counters)
        self.commit_both([Delete("batch", batch)], None, before)

    @rule(seconds=st.integers(1, 3))
    def turn_the_clock(self, seconds: int) -> None:
        self.clock.turn(seconds)

    @rule(limit=st.integers(1, 4))
    def purge(self, limit: int) -> None:
        expired = [key for key in self.records if not self.alive(key)]
        assert self.store.purge(limit) == min(limit, len(expired))
        while self.store.purge(limit):
            pass
        for key in expired:
            del self.records[key]

    @rule()
    def reopen(self) -> None:
        let_go(self.store)
        self.store = STORES[self.backend](Path(self.folder.name), self.clock)

    @rule(
        where=st.sampled_from(
            [("follows_by_topic", topic) for topic in TOPICS] + [("deliveries_due", "retry")]
        ),
        low=st.sampled_from([None, *SORTS]),
        high=st.sampled_from([None, *SORTS]),
        limit=st.integers(1, 3),
        descending=st.booleans(),
    )
    def find(
        self, where: Key, low: str | None, high: str | None, limit: int, descending: bool
    ) -> None:
        expected = self.listed(*where, low, high)
        found: list[Record] = []
        cursor = None
        while True:
            page = self.store.find(*where, Range(low, high), limit, cursor, descending)
            found += page.records
            assert len(page.records) == limit or page.cursor is None
            cursor = page.cursor
            if cursor is None:
                break
        assert found == (expected[::-1] if descending else expected)

    @invariant()
    def every_record_reads_alike(self) -> None:
        for kind in ("follow", "delivery"):
            for id in IDS:
                assert self.store.get(kind, id) == self.visible((kind, id))
            known = {id: self.visible((kind, id)) for id in IDS}
            assert self.store.get_many(kind, IDS) == {id: r for id, r in known.items() if r}

    @invariant()
    def every_window_shows_the_rows_of_its_batch(self) -> None:
        keys = [(kind, id) for kind in ("follow", "delivery") for id in IDS]
        for batch in BATCHES:
            wanted = [key for key in keys if (row := self.alive(key)) and row.batch == batch]
            found = self.store.rows_of(batch, keys)
            assert sorted((each.kind, each.id) for each in found) == sorted(wanted)
            assert all(each == self.alive((each.kind, each.id)) for each in found)

    @invariant()
    def every_counter_reads_alike(self) -> None:
        for name in ("followers", "delivery"):
            found = self.store.get(f"counter.{name}", "t")
            assert (found.data if found else {}) == self.counters.get((name, "t"), {})

    # -------------------------------------------------------------- the model
    def alive(self, key: Key) -> Record | None:
        record = self.records.get(key)
        if record is None or (record.expires_at or 10**11) <= self.clock.unix():
            return None
        return record

    def visible(self, key: Key) -> Record | None:
        record = self.alive(key)
        if record is None or record.batch is None:
            return record
        seal = self.records.get(("batch", record.batch))
        sealed = seal is not None and seal.data["state"] == "sealed"
        return replace(record, batch=None) if sealed else None

    def written(self, drawn: Drawn) -> Write:
        verb, (kind, id, data), offset, life, counter, cells = drawn
        stored = self.alive((kind, id))
        version = max(0, (stored.version if stored else 0) + offset)
        expires_at = None if life is None else self.clock.unix() + life
        record = Record(kind, id, data, version, expires_at)
        made: dict[str, Write] = {
            "create": Create(record),
            "replace": Replace(record),
            "put": Put(record),
            "delete": Delete(kind, id, version),
            "erase": Delete(kind, id),
            "check": Check(kind, id, version),
            "count": Count(*counter, cells),
        }
        return made[verb]

    def apply(self, write: Write) -> str | None:
        """Do it in the model; the code of the error if its condition fails."""
        if isinstance(write, Count):
            cells = self.counters.setdefault((write.counter, write.key), Counter())
            for cell, step in write.cells.items():
                cells[cell] = cells[cell] + step
            return None
        key = target(write)
        stored = self.alive(key)
        version = stored.version if stored else 0
        if isinstance(write, Create) and stored:
            return "record_exists"
        final = key[0] == "batch" and stored is not None and stored.data["state"] == "sealed"
        if final and not isinstance(write, Check):
            return "version_conflict"
        if isinstance(write, Replace) and (not stored or version != write.record.version):
            return "version_conflict"
        if isinstance(write, Delete | Check):
            if write.version is not None and write.version != version:
                return "version_conflict"
            if isinstance(write, Delete):
                self.records.pop(key, None)
        else:
            if isinstance(write, Put) and key in self.records:
                version = self.records[key].version  # also of an expired one
            self.records[key] = replace(write.record, version=version + 1)
        return None

    def listed(self, index: str, partition: str, low: str | None, high: str | None) -> list[Record]:
        """Records of a partition in order, found by looking at every one."""
        kind, by, sort = {
            "follows_by_topic": ("follow", "topic", "subscription"),
            "deliveries_due": ("delivery", "due_lane", "due_at"),
        }[index]
        lines = sorted(
            (str(record.data[sort]), record.id, record)
            for key in list(self.records)
            if key[0] == kind and (record := self.visible(key)) is not None
            if record.data[by] == partition and record.data[sort] is not None
        )
        return [
            record
            for order, _, record in lines
            if (low is None or order >= low) and (high is None or order <= high)
        ]


def target(write: Write) -> Key:
    if isinstance(write, Count):
        return f"counter.{write.counter}", write.key
    if isinstance(write, Create | Replace | Put):
        return write.record.kind, write.record.id
    return write.kind, write.id


@pytest.mark.parametrize("backend", each_of(STORES))
def test_the_store_behaves_like_a_dictionary(backend: str, request: pytest.FixtureRequest) -> None:
    if backend in ON_AWS:
        request.getfixturevalue("cloud")
    machine = type("Machine", (StoreMachine,), {"backend": backend})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=6 if backend in ON_AWS else 60,
            stateful_step_count=20 if backend in ON_AWS else 30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
