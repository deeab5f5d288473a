"""Global indexes that are late, as on AWS; moto's never are.

Whoever writes tells what the items were before. A query of an index is then answered from the
table as it was some commits ago: new items are missing, those that were changed or erased stand
where they stood. Reads by key are not touched: they are strong.
"""

from __future__ import annotations

import contextlib
import copy
import json
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

#: kinds that the tick looks for in a list, and looks for again: with those late too, a test only
#: takes longer
LOOKED_FOR_AGAIN = ("outbox", "delivery", "alarm")
#: one item before a write: (table, key, the item or None)
Image = tuple[str, str, Any]


class LateIndexes:
    """How late they are, and what they still believe."""

    def __init__(self) -> None:
        self._commits, self._looked_at = 0, False
        self._but: tuple[str, ...] = ()
        self._before: deque[Sequence[Image]] = deque()

    def become(self, commits: int, but: Sequence[str] = ()) -> None:
        """Late by so many commits from now on, 0 for never. but: kinds of records whose indexes
        are not."""
        self._commits, self._but = commits, tuple(but)
        self._before.clear()

    def look(self, begins: bool) -> None:
        """Somebody looks at them meanwhile, for whom they are on time."""
        self._looked_at = begins

    def written(self, before: Sequence[Image]) -> None:
        """A commit took place; these are its items as they were."""
        if self._commits:
            self._before.append(before)
        while len(self._before) > self._commits:
            self._before.popleft()

    @contextlib.contextmanager
    def asked(self) -> Iterator[None]:
        """Around a query of an index: the table is what it was."""
        now: list[Image] = []
        before = [] if self._looked_at else list(self._before)
        for table, key, image in [each for images in reversed(before) for each in images]:
            if key.partition("\0")[0] not in self._but:
                now.append((table, key, _item(table, key)))
                _put(table, key, image)
        try:
            yield
        finally:
            for table, key, item in reversed(now):
                _put(table, key, item)


def images(act: str, body: bytes) -> list[Image]:
    """Every item that a request is about to write, as it is now."""
    asked: list[dict[str, Any]] = []
    if act == "TransactWriteItems":
        asked = [each for one in json.loads(body)["TransactItems"] for each in one.values()]
    elif act in ("PutItem", "UpdateItem", "DeleteItem"):
        asked = [json.loads(body)]
    keys = [(str(one["TableName"]), (one.get("Key") or one["Item"])["pk"]["S"]) for one in asked]
    found = [(table, key, copy.deepcopy(_item(table, key))) for table, key in keys]
    _ABOUT_TO_CHANGE[:] = [_key(key) for _, key in keys]
    return found


# ---------------------------------------------------------------------- inside moto
def cheap_copies() -> None:
    """moto copies a whole table for each write of a transaction, to undo it: here only what is
    about to be written."""
    from moto.dynamodb.models.table import Table

    def deep_copy(table: Any, _memo: object) -> Any:
        same = copy.copy(table)
        same.items = copy.copy(table.items)
        for key in _ABOUT_TO_CHANGE:
            if key in same.items:
                same.items[key] = copy.deepcopy(same.items[key])
        return same

    Table.__deepcopy__ = deep_copy  # type: ignore[attr-defined]


#: keys of what the request at hand writes; one lock stands before all requests
_ABOUT_TO_CHANGE: list[Any] = []


def _key(key: str) -> Any:
    from moto.dynamodb.models.dynamo_type import DynamoType

    return DynamoType({"S": key})


def _items(table: str) -> Any:
    from moto.dynamodb.models import dynamodb_backends

    return dynamodb_backends["123456789012"]["ap-northeast-1"].tables[table].items


def _item(table: str, key: str) -> Any:
    return _items(table).get(_key(key))


def _put(table: str, key: str, item: Any) -> None:
    if item is None:
        _items(table).pop(_key(key), None)
    else:
        _items(table)[_key(key)] = item
