"""The Store on one DynamoDB table (``dynamodb_items.py`` says what an item looks like).

A commit is one TransactWriteItems under a token, so a lost answer is asked for again and never
applied twice. ``get`` reads strongly. ``find`` asks an index of the table, which may be late,
for keys, and then reads those records strongly: what it returns is true, what was written
within the last moment may still be missing.
"""

from __future__ import annotations

import random
import secrets
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from todoke.adapters import aws_client, cursors
from todoke.adapters import dynamodb_items as items
from todoke.adapters.store_rules import (
    COUNTER_KIND,
    check_commit,
    check_find,
    check_many,
    check_walk,
    counter_of,
    is_key,
    is_sealed,
)
from todoke.core.errors import TodokeError
from todoke.ports import MAX_PAGE, Clock, Count, Create, Page, Range, Record, Write
from todoke.store_schema import SCHEMA, Index
from todoke.store_schema.batches import SEAL

#: how long a commit goes on meeting others before it gives up
BUSY_SECONDS = 5.0
#: an index is late by less than a second as a rule, and by more only on a day of trouble
INDEX_LAG_SECONDS = 60
#: seconds: the first pause before the same is asked again; it doubles, up to half a second
_PAUSE = 0.01
#: keys of one BatchGetItem
_BATCH = 100
#: reasons for which a transaction is tried again (the rest is a failed condition or a defect)
_AGAIN = frozenset(
    {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "None"}
)
_SETUP = "setup"


class DynamoStore:
    """Implements ``ports.Store`` on the table of that name, which must exist (infra/).

    Raises ``store_schema_newer`` or ``storage_unavailable`` on opening."""

    lag = INDEX_LAG_SECONDS

    def __init__(self, table: str, clock: Clock) -> None:
        self._table, self._clock = table, clock
        self._sealed: set[str] = set()
        self._db = aws_client.client("dynamodb")
        self._refuse_newer()

    def get(self, kind: str, id: str) -> Record | None:
        """See ``ports.Store.get``; a strongly consistent read."""
        counter = counter_of(kind)
        if not is_key(id):
            return None
        if counter is not None:
            return self._counted(counter, id)
        found = self._read([items.key(kind, id)])
        return self._visible(kind, found[0], set()) if found else None

    def rows_of(self, batch: str, keys: Sequence[tuple[str, str]]) -> Sequence[Record]:
        """See ``ports.Store.rows_of``; strongly consistent reads."""
        found = self._read([items.key(kind, id) for kind, id in keys])
        rows = (self._alive(str(each["pk"]["S"]).partition("\0")[0], each) for each in found)
        return [each for each in rows if each is not None and each.batch == batch]

    def get_many(self, kind: str, ids: Collection[str]) -> dict[str, Record]:
        """See ``ports.Store.get_many``; strongly consistent reads, a hundred at a time."""
        found = self._read([items.key(kind, id) for id in check_many(kind, ids)])
        hidden: set[str] = set()
        seen = [self._visible(kind, item, hidden) for item in found]
        return {record.id: record for record in seen if record is not None}

    def find(
        self,
        index: str,
        partition: str,
        range: Range = Range(),  # noqa: B008 (frozen)
        limit: int = 100,
        cursor: str | None = None,
        descending: bool = False,
    ) -> Page:
        """See ``ports.Store.find``. Raises ``bad_field`` for a cursor of another list."""
        declared = check_find(index, limit)
        listing = cursors.listing(index, partition, descending)
        after = None if cursor is None else cursors.read(listing, cursor)
        if not is_key(partition):
            return Page(())
        low, high = _bounds(range, after, descending)
        found: list[tuple[str, Record]] = []
        if low <= high:
            for place, record in self._walk(declared, partition, (low, high), limit, descending):
                if after is None or place != _place(*after):
                    found.append((place.partition("\0")[0], record))
                if len(found) > limit:
                    break
        records = [record for _, record in found[:limit]]
        if len(found) <= limit:
            return Page(records)
        return Page(records, cursors.write(listing, found[limit - 1][0], records[-1].id))

    def walk(self, kind: str, limit: int = 100, cursor: str | None = None) -> Page:
        """See ``ports.Store.walk``: a scan of the table, which holds all kinds. A page may be
        shorter than ``limit``; it is empty at the end only."""
        check_walk(kind, limit)
        listing, hidden = cursors.listing("", kind, False), set[str]()
        asked: dict[str, Any] = {
            "TableName": self._table,
            "ConsistentRead": True,
            "FilterExpression": "begins_with(pk, :kind)",
            "ExpressionAttributeValues": {":kind": items.key(kind, "")["pk"]},
            # of all kinds together: how many of ours are among them nobody knows
            "Limit": limit,
        }
        if cursor is not None:
            asked["ExclusiveStartKey"] = {"pk": {"S": cursors.read(listing, cursor)[0]}}
        while True:
            with aws_client.said_plainly():
                answer = self._db.scan(**asked)
            seen = [self._visible(kind, item, hidden) for item in answer["Items"]]
            records = [each for each in seen if each is not None]
            if "LastEvaluatedKey" not in answer:
                return Page(records)
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
            if records:
                last = str(answer["LastEvaluatedKey"]["pk"]["S"])
                return Page(records, cursors.write(listing, last, ""))

    def commit(self, writes: Sequence[Write]) -> None:
        """See ``ports.Store.commit``."""
        texts = check_commit(writes)
        pairs = [
            (write, text)
            for write, text in zip(writes, texts, strict=True)
            if not (isinstance(write, Count) and not write.cells)
        ]
        if not pairs:
            return
        until, pause = time.monotonic() + BUSY_SECONDS, _PAUSE
        while not self._committed([write for write, _ in pairs], [text for _, text in pairs]):
            if time.monotonic() > until:
                raise TodokeError("storage_unavailable", reason="busy")
            time.sleep(random.uniform(0, pause))  # noqa: S311 (full jitter)
            pause = min(2 * pause, 0.5)

    def purge(self, limit: int = 1000) -> int:
        """See ``ports.Store.purge``; the table's own time to live erases too, days late."""
        erased = 0
        for shard in range(items.EXPIRY_SHARDS):
            for key in self._expired(shard, limit - erased):
                erased += self._erased(key)
            if erased >= limit:
                break
        return erased

    # ------------------------------------------------------------------ reading
    def _alive(self, kind: str, item: items.Item) -> Record | None:
        record = items.record(kind, items.id_of(item), item)
        if record.expires_at is not None and record.expires_at <= self._clock.unix():
            return None
        return record

    def _visible(self, kind: str, item: items.Item, hidden: set[str]) -> Record | None:
        """The record, unless its batch is not sealed. hidden: batches this caller found open;
        it need not ask for them again."""
        record = self._alive(kind, item)
        if record is None or record.batch is None:
            return record
        return None if self._hides(record.batch, hidden) else replace(record, batch=None)

    def _hides(self, batch: str, hidden: set[str]) -> bool:
        if batch in self._sealed or batch in hidden:
            return batch in hidden
        found = self._read([items.key(SEAL, batch)])
        seal = self._alive(SEAL, found[0]) if found else None
        sealed = seal is not None and is_sealed(seal)
        (self._sealed if sealed else hidden).add(batch)
        return not sealed

    def _read(self, keys: Sequence[items.Item]) -> list[items.Item]:
        """Strongly, in any order, absent ones left out. Of an answer that would be larger than
        16 MB, and on a busy day, the table leaves keys unprocessed: they are asked for again.
        Raises ``storage_unavailable`` when for five seconds it processes none."""
        found: list[items.Item] = []
        left = list(keys)
        until, pause = time.monotonic() + BUSY_SECONDS, _PAUSE
        while left:
            asked, left = left[:_BATCH], left[_BATCH:]
            request = {self._table: {"Keys": asked, "ConsistentRead": True}}
            with aws_client.said_plainly():
                answer = self._db.batch_get_item(RequestItems=request)
            found += answer["Responses"].get(self._table, [])
            unread = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
            left += unread
            if len(unread) < len(asked):
                until = time.monotonic() + BUSY_SECONDS
            elif time.monotonic() > until:
                raise TodokeError("storage_unavailable", reason="busy")
            if unread:
                time.sleep(random.uniform(0, pause))  # noqa: S311 (full jitter)
            pause = min(2 * pause, 0.5) if unread else _PAUSE
        return found

    def _counted(self, counter: str, id: str) -> Record | None:
        found = self._read(items.shard_keys(counter, id))
        sums: Counter[str] = Counter()
        for shard in found:
            for cell, value in items.cells(shard).items():
                sums[cell] += value
        return Record(COUNTER_KIND + counter, id, dict(sums)) if sums else None

    def _walk(
        self,
        index: Index,
        partition: str,
        bounds: tuple[str, str],
        limit: int,
        descending: bool,
    ) -> Iterator[tuple[str, Record]]:
        """(place in the index, record), in order, as far as anybody asks."""
        number, hidden = items.slot(index), set[str]()
        for keys in self._pages(
            f"by{number}", items.partition_of(index, partition), bounds, limit + 2, descending
        ):
            by_key = {each["pk"]["S"]: each for each in self._read([_only_key(k) for k in keys])}
            for each in keys:
                item = by_key.get(each["pk"]["S"])
                record = self._visible(index.kind, item, hidden) if item else None
                place = str(each[f"s{number}"]["S"])
                sort = place.partition("\0")[0]
                if record is not None and items.is_still(index, partition, sort, record):
                    yield place, record

    def _pages(
        self, name: str, partition: str, bounds: tuple[str, str], limit: int, descending: bool
    ) -> Iterator[list[items.Item]]:
        letters = ("xp", "xs") if name == items.EXPIRY_INDEX else (f"p{name[2:]}", f"s{name[2:]}")
        asked: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": name,
            "KeyConditionExpression": f"{letters[0]} = :p AND {letters[1]} BETWEEN :low AND :high",
            "ExpressionAttributeValues": {
                ":p": {"S": partition},
                ":low": {"S": bounds[0]},
                ":high": {"S": bounds[1]},
            },
            "ScanIndexForward": not descending,
            "Limit": limit,
        }
        while True:
            with aws_client.said_plainly():
                answer = self._db.query(**asked)
            if answer["Items"]:
                yield answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
            # who asks again met rows that do not count: perhaps a whole batch of them
            asked["Limit"] = min(2 * asked["Limit"], MAX_PAGE)

    # ------------------------------------------------------------------ writing
    def _committed(self, writes: Sequence[Write], texts: Sequence[str]) -> bool:
        """Whether the transaction took place; not when it met another one. Raises for a failed
        condition."""
        from botocore.exceptions import ClientError

        now, shard = self._clock.unix(), secrets.randbelow(items.COUNTER_SHARDS)
        acts = [
            items.count(self._table, write, shard)
            if isinstance(write, Count)
            else items.write(self._table, write, text, now)
            for write, text in zip(writes, texts, strict=True)
        ]
        with aws_client.said_plainly():
            try:
                self._db.transact_write_items(
                    TransactItems=acts, ClientRequestToken=secrets.token_hex(16)
                )
            except ClientError as error:
                if aws_client.code_of(error) != "TransactionCanceledException":
                    raise
                reasons = [str(each["Code"]) for each in error.response["CancellationReasons"]]
                _refuse_failed_condition(writes, reasons)
                if not _AGAIN.issuperset(reasons):
                    raise
                return False
        return True

    def _expired(self, shard: int, limit: int) -> list[items.Item]:
        if limit < 1:
            return []
        bounds = (items.BOTTOM, items.expiry_sort(self._clock.unix(), items.TOP))
        partition, found = items.expiry_partition(shard), list[items.Item]()
        for keys in self._pages(items.EXPIRY_INDEX, partition, bounds, limit, False):
            found += keys
            if len(found) >= limit:
                break
        return found[:limit]

    def _erased(self, key: items.Item) -> bool:
        """Not when it was renewed since the index saw it. What is gone was erased: an answer that
        is lost on the way is asked for again."""
        from botocore.exceptions import ClientError

        with aws_client.said_plainly():
            try:
                self._db.delete_item(
                    TableName=self._table,
                    Key=_only_key(key),
                    ConditionExpression="x <= :now",
                    ExpressionAttributeValues={":now": {"N": str(self._clock.unix())}},
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if aws_client.code_of(error) != "ConditionalCheckFailedException":
                    raise
                return "Item" not in error.response
        return True

    def _refuse_newer(self) -> None:
        """The schema of the table, raised by the first newer program that opens it."""
        from botocore.exceptions import ClientError

        key = {"pk": {"S": _SETUP}}
        with aws_client.said_plainly():
            try:
                self._db.update_item(
                    TableName=self._table,
                    Key=key,
                    UpdateExpression="SET v = :schema",
                    ConditionExpression="attribute_not_exists(v) OR v <= :schema",
                    ExpressionAttributeValues={":schema": {"N": str(SCHEMA)}},
                )
            except ClientError as error:
                if aws_client.code_of(error) != "ConditionalCheckFailedException":
                    raise
                found = self._read([key])[0]["v"]["N"]
                raise TodokeError("store_schema_newer", found=int(found), known=SCHEMA) from error


def _only_key(item: items.Item) -> items.Item:
    return {"pk": item["pk"]}


def _place(sort: str, id: str) -> str:
    return f"{sort}\0{id}"


def _bounds(range: Range, after: tuple[str, str] | None, descending: bool) -> tuple[str, str]:
    """Places of an index from and to, both inclusive; the caller leaves ``after`` itself out."""
    low = range.low or items.BOTTOM
    high = items.TOP if range.high is None else _place(range.high, items.TOP)
    if after is not None and descending:
        high = min(high, _place(*after))
    elif after is not None:
        low = max(low, _place(*after))
    return low, high


def _refuse_failed_condition(writes: Sequence[Write], reasons: Sequence[str]) -> None:
    for write, reason in zip(writes, reasons, strict=True):
        if reason != "ConditionalCheckFailed" or isinstance(write, Count):
            continue
        if isinstance(write, Create):
            raise TodokeError("record_exists", kind=write.record.kind, id=write.record.id)
        held = write.record if hasattr(write, "record") else write
        raise TodokeError("version_conflict", kind=held.kind, id=held.id)
