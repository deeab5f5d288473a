"""Rewriting stored rows of one kind while citizens go on: each commit small, under the versions of
its rows. Nothing is hidden meanwhile, so a program must read both forms before the first row is
rewritten, and may forget the old one after the last (expand, rewrite, contract).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from todoke.core.errors import TodokeError
from todoke.journeys.batch_writing import ROWS, Pace, never
from todoke.ports import Json, Record, Replace, Services
from todoke.store_schema import INDEXES

#: the new data of a row, or None where it is as it should be: so doing it twice changes nothing
Change = Callable[[Mapping[str, Json]], Mapping[str, Json] | None]
#: a row that somebody writes all the time is met again so often
ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Rewritten:
    """seen, changed: rows of this call. cursor: where to go on, None at the end."""

    seen: int
    changed: int
    cursor: str | None


def rewrite(
    services: Services,
    index: str,
    partition: str,
    change: Change,
    cursor: str | None = None,
    enough: Callable[[], bool] = never,
) -> Rewritten:
    """Rewrites the rows of one partition of an index. After a crash it begins anew or at the
    cursor, alike. ``change`` must leave alone the fields by which the index sorts: the walk would
    meet a moved row twice, or not at all."""
    pace, seen, changed = Pace(), 0, 0
    while not enough():
        page = services.store.find(index, partition, limit=min(ROWS, pace.rows), cursor=cursor)
        wanted = list(_wanted(page.records, change))
        if wanted:
            pace.keep(partial(_commit, services, INDEXES[index].kind, wanted, change))
        seen, changed, cursor = seen + len(page.records), changed + len(wanted), page.cursor
        if cursor is None:
            break
    return Rewritten(seen, changed, cursor)


def _wanted(records: Iterable[Record], change: Change) -> Iterable[Record]:
    for record in records:
        data = change(record.data)
        if data is not None:
            yield replace(record, data=data)


def _commit(services: Services, kind: str, wanted: Sequence[Record], change: Change) -> None:
    try:
        services.store.commit([Replace(each) for each in wanted])
    except TodokeError as error:
        if error.code != "version_conflict":
            raise
        for each in wanted:  # somebody wrote one of them since it was read
            _rewrite_one(services, kind, each.id, change)


def _rewrite_one(services: Services, kind: str, id: str, change: Change) -> None:
    for _ in range(ROUNDS):
        record = services.store.get(kind, id)
        wanted = list(_wanted([record] if record else [], change))
        try:
            return services.store.commit([Replace(each) for each in wanted])
        except TodokeError as error:
            if error.code != "version_conflict":
                raise
    raise TodokeError("version_conflict", kind=kind, id=id)
