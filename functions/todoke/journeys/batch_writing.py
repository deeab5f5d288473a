"""A batch is written group by group, each group one small commit, and sealed at the end.

The record of the batch moves in every commit of its rows, under its version: so of two workers one
gets through, an item is done once, and whoever comes after a crash goes on where it stands.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, TypeVar, cast

from todoke.core.errors import TodokeError
from todoke.journeys import audit, batches
from todoke.ports import MAX_COMMIT_WRITES, Count, Create, Json, Record, Services, Write
from todoke.store_schema.batches import OPEN, SEAL, SEALED

#: rows of one commit: the batch's own record and the list of the rows come with them
ROWS = MAX_COMMIT_WRITES - 2
#: a commit is made no smaller than this, however slow the machine: with fewer rows it is the
#: fsync that takes the time, and more of them would hold up the others longer
FEWEST = 32
#: items of one commit when few of them make rows
LOOKED_AT_ONCE = 200
#: counters that one seal can move, beside its own writes
COUNTERS = 79
#: a commit holds up every other writer: longer than this, and the next one is half as large
LONGEST_SECONDS = 0.05
#: the store is left alone for as long as it was held, and at least so long
LEAST_REST_SECONDS = 0.01

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Made:
    """What becomes of one item. outcome: taken | known | refused. told: what the report says of
    it, codes and numbers only. rows, counts: what it writes, if it is taken."""

    outcome: str
    told: Sequence[Json]
    rows: Sequence[Create] = ()
    counts: Sequence[Count] = ()


def nothing_more(_record: Record) -> Sequence[Write]:
    """For a batch whose seal only shows it."""
    return ()


@dataclass(frozen=True, slots=True)
class Plan(Generic[Item]):
    """What a batch is made of. items: all of them, in an order that is always the same. make: an
    item and the batch's id; looks into the store. busy: of an item whose row waits in another
    batch. recorded: the act in the record of acts. sealing: what else the seal's commit writes.
    whose: in whose やりとり履歴 the act stands (resident id, or everybody's)."""

    items: Sequence[Item]
    make: Callable[[Item, str], Made]
    busy: Callable[[Item], Made]
    recorded: str
    sealing: Callable[[Record], Sequence[Write]] = nothing_more
    whose: str | None = None


class Pace:
    """How many rows the next commit takes, and how long the store is left alone before it."""

    def __init__(self) -> None:
        self.rows = ROWS

    def after(self, seconds: float) -> float:
        """Seconds to rest after a commit that took ``seconds``."""
        if seconds > LONGEST_SECONDS:
            self.rows = max(FEWEST, self.rows // 2)
        elif seconds < LONGEST_SECONDS / 2:
            self.rows = min(ROWS, self.rows * 2)
        return max(LEAST_REST_SECONDS, seconds)

    def keep(self, act: Callable[[], None]) -> None:
        """Does one commit and rests."""
        began = time.monotonic()
        act()
        time.sleep(self.after(time.monotonic() - began))


def never() -> bool:
    """For whoever stays until the end."""
    return False


def no_one(record: Record) -> None:
    """For whoever does not watch."""


# ------------------------------------------------------------------------- writing
def go_on(
    services: Services,
    plan: Plan[Item],
    id: str,
    enough: Callable[[], bool] = never,
    told: Callable[[Record], None] = no_one,
) -> Record:
    """Writes group after group, then seals; the record as it stands at the end. Anybody may come
    in between: what he did is done. enough: whether to stop before the next group. told: hears of
    each group.

    Raises ``batch_differs`` when what is stored is not what was written; it is erased then."""
    pace = Pace()
    while True:
        record = batches.get(services, id)
        told(record)
        if record.data["state"] != OPEN or enough():
            return record
        act = _seal if batches.whole(record, "looked") >= len(plan.items) else _write_group
        try:
            pace.keep(partial(act, services, plan, record, pace.rows))
        except TodokeError as error:
            if (error.code, error.details.get("kind")) != ("version_conflict", SEAL):
                raise  # else another worker was quicker


def _write_group(services: Services, plan: Plan[Item], record: Record, most: int) -> None:
    group = _made(plan, record, most)
    while True:
        try:
            return services.store.commit(_writes(services, record, [made for _, made in group]))
        except TodokeError as error:
            if error.code == "too_many_writes" and len(group) > 1:  # too many bytes
                group = group[: len(group) // 2]
            elif error.code == "record_exists" and _concerns(group, error):
                group = [_made_again(plan, record.id, each, error) for each in group]
            else:
                raise


def _made(plan: Plan[Item], record: Record, most: int) -> list[tuple[Item, Made]]:
    """The next items with what becomes of them: as many as one commit takes, at least one."""
    begin, rows = batches.whole(record, "looked"), 0
    group: list[tuple[Item, Made]] = []
    for place in range(begin, min(begin + LOOKED_AT_ONCE, len(plan.items))):
        item = plan.items[place]  # one by one: some are read from a file only now
        made = plan.make(item, record.id)
        rows += len(made.rows)
        if group and rows > most:
            break
        group.append((item, made))
    return group


def _concerns(group: Sequence[tuple[Item, Made]], error: TodokeError) -> bool:
    return any(_holds(made, error) for _, made in group)


def _holds(made: Made, error: TodokeError) -> bool:
    there = (error.details.get("kind"), error.details.get("id"))
    return any((row.record.kind, row.record.id) == there for row in made.rows)


def _made_again(
    plan: Plan[Item], id: str, each: tuple[Item, Made], error: TodokeError
) -> tuple[Item, Made]:
    """Somebody else brought the row in since we looked, or has it in a batch that is not sealed."""
    item, made = each
    if not _holds(made, error):
        return each
    again = plan.make(item, id)
    return item, plan.busy(item) if again.rows else again


def _writes(services: Services, record: Record, group: Sequence[Made]) -> list[Write]:
    rows = [Create(_in_batch(row.record, record.id)) for made in group for row in made.rows]
    keys: list[Json] = [[row.record.kind, row.record.id] for row in rows]
    outcomes = dict(cast("Mapping[str, int]", record.data["outcomes"]))
    for made in group:
        outcomes[made.outcome] += 1
    part: dict[str, Json] = {
        "batch": record.id,
        "rows": keys,
        "told": [[made.outcome, *made.told] for made in group],
    }
    number = batches.whole(record, "parts")
    after = batches.changed(
        services,
        record,
        looked=batches.whole(record, "looked") + len(group),
        outcomes=cast("Json", outcomes),
        told_in=batches.listed_after(record, {made.outcome for made in group}),
        parts=number + 1,
        rows=batches.whole(record, "rows") + len(rows),
        hash=_hash(str(record.data["hash"]), keys),
        sums=_summed(record, group),
    )
    return [after, Create(Record("batch_part", batches.part_id(record.id, number), part)), *rows]


def _in_batch(row: Record, batch: str) -> Record:
    """An entry of the record of acts does not wait for the chain among those of the day, where
    everybody would pass it as long as the batch is open: ``chain.link_batch`` comes for it."""
    data = {**row.data, "chain": None} if row.kind == "audit" else row.data
    return replace(row, data=data, batch=batch)


def _hash(before: str, keys: Sequence[Json]) -> str:
    """Over all parts so far. No kind and no id holds a zero character."""
    text = "\n".join([before, *("\0".join(cast("list[str]", each)) for each in keys)])
    return hashlib.sha256(text.encode()).hexdigest()


def _summed(record: Record, group: Sequence[Made]) -> dict[str, Json]:
    """Steps of the counters, kept until the seal moves them. Raises ``too_many_writes``."""
    sums = {name: dict(cells) for name, cells in _sums(record).items()}
    for count in (count for made in group for count in made.counts):
        cells = sums.setdefault(f"{count.counter} {count.key}", {})
        for cell, step in count.cells.items():
            cells[cell] = cells.get(cell, 0) + step
    if len(sums) > COUNTERS:
        raise TodokeError("too_many_writes", count=len(sums), limit=COUNTERS)
    return cast("dict[str, Json]", sums)


def _count(name: str, cells: Mapping[str, int]) -> Count:
    counter, _, key = name.partition(" ")
    return Count(counter, key, cells)


def _sums(record: Record) -> Mapping[str, Mapping[str, int]]:
    return cast("Mapping[str, Mapping[str, int]]", record.data["sums"])


# ------------------------------------------------------------------------- sealing
def _seal(services: Services, plan: Plan[Item], record: Record, _most: int) -> None:
    """One commit shows everything, moves the counters, writes the act and starts what follows."""
    if held(services, record) != (record.data["rows"], record.data["hash"]):
        batches.give_up(services, record)
        raise TodokeError("batch_differs", batch=record.id)
    outcomes = cast("Mapping[str, Json]", record.data["outcomes"])
    counts = [_count(name, cells) for name, cells in _sums(record).items()]
    who, about = str(record.data["actor"]), f"batch/{record.id}"
    done = audit.entry(services, who, plan.recorded, about, outcomes, resident=plan.whose)
    after = batches.changed(services, record, state=SEALED)
    jobs = [batches.job(services, record, act) for act in ("push_batch", "take_in_batch")]
    more = [*jobs, *counts, *plan.sealing(record)]
    services.store.commit([after, done, *more])


def held(services: Services, record: Record) -> tuple[int, str]:
    """(rows, hash) of what the store holds of the batch."""
    found, digest = 0, ""
    for number in range(batches.whole(record, "parts")):
        keys = batches.rows_of_part(services, record.id, number)
        there = {(each.kind, each.id) for each in services.store.rows_of(record.id, keys)}
        left: list[Json] = [[*key] for key in keys if key in there]
        found, digest = found + len(left), _hash(digest, left)
    return found, digest
