"""Records as items of one DynamoDB table, and the conditions of their writes.

    pk          kind, a zero character, id (of a counter: also the number of the shard)
    v           version
    d           the data, as JSON text
    x           expires_at, unix seconds: the table's own time to live erases by it
    xp, xs      shard and padded time of expiry: the index that ``purge`` asks
    b           id of the batch it was created with
    p1, s1 …    partition and sort of each declared index of the kind, in the order of their
                declaration: INDEX_SLOTS indexes of the table serve all kinds

An index of the table holds keys only: it may be late, so whoever finds a key there reads the
record itself, and believes that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from todoke.adapters.store_rules import INDEXES_OF, entries
from todoke.ports import Check, Count, Create, Delete, Put, Record, Replace
from todoke.store_schema import INDEXES, Index
from todoke.store_schema.batches import SEAL, SEALED

Item = dict[str, Any]

#: declared indexes that one kind may have; each is an index of the table
INDEX_SLOTS = 4
#: a counter that many move at once would be one hot item; so it is this many
COUNTER_SHARDS = 8
EXPIRY_INDEX = "expiry"
EXPIRY_SHARDS = 4
#: above every character that an id or sort key can begin with
TOP = "\U0010ffff"
#: below every id and sort key, which hold no zero character and are never empty
BOTTOM = "\0"
_EXPIRY_DIGITS = 12


def slot(index: Index) -> int:
    """Which index of the table serves a declared one: 1 … INDEX_SLOTS."""
    return 1 + [each.name for each in INDEXES_OF[index.kind]].index(index.name)


def key(kind: str, id: str) -> Item:
    """Primary key of a record."""
    return {"pk": {"S": f"{kind}\0{id}"}}


def id_of(item: Item) -> str:
    """The id in a primary key."""
    return str(item["pk"]["S"]).partition("\0")[2]


def shard_keys(counter: str, id: str) -> list[Item]:
    """Primary keys of all shards of a counter."""
    return [key(f"counter.{counter}", f"{shard}\0{id}") for shard in range(COUNTER_SHARDS)]


def record(kind: str, id: str, item: Item) -> Record:
    """The record in an item."""
    expires_at = int(item["x"]["N"]) if "x" in item else None
    data, batch = json.loads(item["d"]["S"]), item.get("b", {}).get("S")
    return Record(kind, id, data, int(item["v"]["N"]), expires_at, batch)


def partition_of(index: Index, partition: str) -> str:
    """Value of the partition attribute."""
    return f"{index.name}\0{partition}"


def is_still(index: Index, partition: str, sort: str, found: Record) -> bool:
    """Whether the record is where a late index said it was."""
    return (index.name, partition, sort) in entries(found.kind, found.data)


def expiry_partition(shard: int) -> str:
    """Value of the partition attribute of the index of expiry."""
    return str(shard)


def expiry_sort(expires_at: int, id: str = "") -> str:
    """Value of its sort attribute."""
    return f"{expires_at:0{_EXPIRY_DIGITS}d}\0{id}"


def _indexed(record: Record) -> Mapping[str, str]:
    """Attribute -> value of every index the record is in."""
    found: dict[str, str] = {}
    for name, partition, sort in entries(record.kind, record.data):
        number = slot(INDEXES[name])
        found[f"p{number}"] = partition_of(INDEXES[name], partition)
        found[f"s{number}"] = f"{sort}\0{record.id}"
    if record.expires_at is not None:
        digest = hashlib.sha256(record.id.encode()).digest()
        found["xp"] = expiry_partition(digest[0] % EXPIRY_SHARDS)
        found["xs"] = expiry_sort(record.expires_at, record.id)
    return found


# ---------------------------------------------------------------------- writes
_ABSENT = "attribute_not_exists(pk) OR x <= :now"
_VERSION = "v = :known AND (attribute_not_exists(x) OR x > :now)"
_NOT_SEALED = "(attribute_not_exists(p1) OR p1 <> :sealed)"


def write(table: str, each: Create | Replace | Put | Delete | Check, text: str, now: int) -> Item:
    """One act of TransactWriteItems. text: the JSON of its data, where it has some."""
    act = _write(table, each, text, now)
    kind = each.kind if isinstance(each, Delete | Check) else each.record.kind
    if kind == SEAL and isinstance(each, Replace | Put | Delete):
        _spare_the_sealed(next(iter(act.values())))
    return act


def _spare_the_sealed(act: Item) -> None:
    """A sealed batch is final: whoever remembers it must be right for ever."""
    known = act.get("ConditionExpression")
    act["ConditionExpression"] = f"({known}) AND {_NOT_SEALED}" if known else _NOT_SEALED
    sealed = {":sealed": {"S": partition_of(INDEXES["batches"], SEALED)}}
    act["ExpressionAttributeValues"] = {**act.get("ExpressionAttributeValues", {}), **sealed}


def _write(table: str, each: Create | Replace | Put | Delete | Check, text: str, now: int) -> Item:
    if isinstance(each, Create):
        return _whole(table, each.record, text, 1, _ABSENT, {":now": _number(now)})
    if isinstance(each, Replace):
        known = {":known": _number(each.record.version or -1), ":now": _number(now)}
        return _whole(table, each.record, text, each.record.version + 1, _VERSION, known)
    if isinstance(each, Put):
        return {"Update": _over_anything(table, each.record, text)}
    act: Item = {"TableName": table, "Key": key(each.kind, each.id)}
    if each.version is not None:
        act |= _condition(each.version, now)
    return {"Delete": act} if isinstance(each, Delete) else {"ConditionCheck": act}


def count(table: str, each: Count, shard: int) -> Item:
    """One act that moves the cells of a counter."""
    names = {f"#c{place}": cell_name(cell) for place, cell in enumerate(each.cells)}
    steps = {f":c{place}": _number(step) for place, step in enumerate(each.cells.values())}
    moved = ", ".join(f"#c{place} :c{place}" for place in range(len(names)))
    return {
        "Update": {
            "TableName": table,
            "Key": shard_keys(each.counter, each.key)[shard],
            "UpdateExpression": f"ADD {moved}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": steps,
        }
    }


def cell_name(cell: str) -> str:
    """Attribute of a cell: no cell can have the name of another attribute."""
    return f"c\0{cell}"


def cells(item: Item) -> Mapping[str, int]:
    """The cells in one shard of a counter."""
    prefix = cell_name("")
    return {
        name.removeprefix(prefix): int(value["N"])
        for name, value in item.items()
        if name.startswith(prefix)
    }


def _whole(
    table: str, record: Record, text: str, version: int, condition: str, values: Item
) -> Item:
    item = key(record.kind, record.id) | {"v": _number(version), "d": {"S": text}}
    item |= {name: {"S": value} for name, value in _indexed(record).items()}
    if record.expires_at is not None:
        item["x"] = _number(record.expires_at)
    if record.batch is not None:
        item["b"] = {"S": record.batch}
    return {
        "Put": {
            "TableName": table,
            "Item": item,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
    }


def _over_anything(table: str, record: Record, text: str) -> Item:
    """An update that sets or takes away every attribute, so that the version can grow from
    whatever it is without being read first."""
    indexed = _indexed(record)
    set_ = {"d": {"S": text}} | {name: {"S": value} for name, value in indexed.items()}
    if record.expires_at is not None:
        set_["x"] = _number(record.expires_at)
    slots = [f"{letter}{n}" for n in range(1, INDEX_SLOTS + 1) for letter in "ps"]
    gone = [name for name in [*slots, "xp", "xs", "x", "b"] if name not in set_]
    assigned = ", ".join(f"#{name} = :{name}" for name in set_)
    return {
        "TableName": table,
        "Key": key(record.kind, record.id),
        "UpdateExpression": (
            f"SET #v = if_not_exists(#v, :zero) + :one, {assigned}"
            f" REMOVE {', '.join(f'#{name}' for name in gone)}"
        ),
        "ExpressionAttributeNames": {f"#{name}": name for name in ["v", *set_, *gone]},
        "ExpressionAttributeValues": {
            ":zero": _number(0),
            ":one": _number(1),
            **{f":{name}": value for name, value in set_.items()},
        },
    }


def _condition(version: int, now: int) -> Item:
    if version == 0:
        return {
            "ConditionExpression": _ABSENT,
            "ExpressionAttributeValues": {":now": _number(now)},
        }
    values = {":known": _number(version), ":now": _number(now)}
    return {"ConditionExpression": _VERSION, "ExpressionAttributeValues": values}


def _number(value: int) -> Item:
    return {"N": str(value)}
