"""What any Store backend must refuse before it writes: one set of rules, so that what
SQLite accepts on a laptop is never refused by DynamoDB in the cloud."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

from todoke.adapters.misuse import misuse
from todoke.core.errors import TodokeError
from todoke.ports import (
    MAX_COMMIT_BYTES,
    MAX_COMMIT_WRITES,
    MAX_PAGE,
    MAX_RECORD_BYTES,
    Count,
    Create,
    Put,
    Record,
    Replace,
    Write,
)
from todoke.store_schema import COUNTERS, INDEXES, RECORDS, Field, Index
from todoke.store_schema.batches import OPEN, SEAL, SEALED

#: DynamoDB: a sort key holds at most 1,024 bytes; that of an index is sort, a zero character
#: and id, so each of them stays below the half.
MAX_KEY_BYTES = 500
#: DynamoDB: attributes nest at most 32 deep.
MAX_DEPTH = 32
#: DynamoDB: numbers are exact up to 38 digits.
MAX_INTEGER = 10**38
#: one step of a counter; far below 2**63, which SQLite's integers end at
MAX_STEP = 2**53
#: the year 33658: anything later is milliseconds by mistake
MAX_EXPIRY = 10**12

COUNTER_KIND = "counter."

#: one line of an index: (index name, partition, sort key)
Entry = tuple[str, str, str]

_TYPES: Mapping[str, type] = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict}


def counter_of(kind: str) -> str | None:
    """ "followers" for the kind "counter.followers", None for the kind of a record.

    Raises ``store_misuse`` for a kind or counter that is not declared."""
    if kind.startswith(COUNTER_KIND):
        name = kind.removeprefix(COUNTER_KIND)
        if name not in COUNTERS:
            raise misuse("counter not declared", kind=kind)
        return name
    if kind not in RECORDS:
        raise misuse("kind not declared", kind=kind)
    return None


def is_key(text: object) -> bool:
    """Whether a backend can hold this as an id, a partition or a sort key."""
    if not isinstance(text, str) or not text or "\0" in text:
        return False
    try:
        return len(text.encode()) <= MAX_KEY_BYTES
    except UnicodeEncodeError:  # a lone surrogate is no Unicode text (RFC 8259 section 8.2)
        return False


def json_text(value: object) -> str:
    """Compact JSON of a value made of None, bool, int, str, list and dict only.

    Raises ``store_misuse`` for anything else: a float, a key that is no text, too deep."""
    _check_json(value, 0)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), check_circular=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise misuse("text holds a lone surrogate") from None
    return text


def _check_json(value: object, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise misuse(f"nested deeper than {MAX_DEPTH}")
    if value is None or isinstance(value, (bool, str)):
        return
    if isinstance(value, int):
        if abs(value) >= MAX_INTEGER:
            raise misuse("integer of more than 38 digits")
    elif isinstance(value, list):
        for each in value:
            _check_json(each, depth + 1)
    elif isinstance(value, dict):
        for key, each in value.items():
            if not isinstance(key, str):
                raise misuse("key of an object is no text")
            _check_json(each, depth + 1)
    else:
        raise misuse("not a JSON value of the store", type=type(value).__name__)


def record_text(record: Record) -> str:
    """JSON of a record's data, checked against its declaration and its size.

    Raises ``store_misuse`` or ``record_too_large`` (more than MAX_RECORD_BYTES)."""
    declared = RECORDS.get(record.kind)
    if declared is None:
        raise misuse("kind not declared", kind=record.kind)
    if not is_key(record.id):
        raise misuse("id", kind=record.kind)
    _check_expiry(record)
    for name in record.data:
        if name not in declared.fields:
            raise misuse("field not declared", kind=record.kind, field=name)
    for name, field in declared.fields.items():
        if not _fits(field, record.data.get(name)):
            raise misuse(f"field must be {field.type}", kind=record.kind, field=name)
    entries(record.kind, record.data)
    text = json_text(dict(record.data))
    if len(text.encode()) > MAX_RECORD_BYTES:
        raise TodokeError("record_too_large", kind=record.kind, limit=MAX_RECORD_BYTES)
    return text


def _check_expiry(record: Record) -> None:
    expires_at: object = record.expires_at
    if expires_at is None:
        return
    whole = isinstance(expires_at, int) and not isinstance(expires_at, bool)
    if not whole or not 0 <= record.expires_at < MAX_EXPIRY:  # type: ignore[operator]
        raise misuse("expires_at must be unix seconds", kind=record.kind)


def _fits(field: Field, value: object) -> bool:
    if value is None:
        return field.type.endswith("?")
    wanted = _TYPES[field.type.rstrip("?")]
    return isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))


def entries(kind: str, data: Mapping[str, object]) -> frozenset[Entry]:
    """The lines that a record has in the declared indexes of its kind.

    A record without a partition or a sort value is not in that index (as in a sparse index
    of DynamoDB). Raises ``store_misuse`` when a value cannot be a key."""
    found = set()
    for index in INDEXES_OF.get(kind, ()):
        partition = data.get(index.partition)
        sort = data.get(index.sort) if index.sort else ""
        if partition is None or sort is None:
            continue
        if not is_key(partition) or (index.sort and not is_key(sort)):
            raise misuse("value cannot be a key", kind=kind, index=index.name)
        found.add((index.name, str(partition), str(sort)))
    return frozenset(found)


INDEXES_OF: Mapping[str, Sequence[Index]] = {
    kind: [index for index in INDEXES.values() if index.kind == kind] for kind in RECORDS
}


def check_commit(writes: Sequence[Write]) -> list[str]:
    """The JSON text of each write ("" where there is none), everything checked that can be
    checked without looking into the store.

    Raises ``too_many_writes``, ``record_too_large`` or ``store_misuse``."""
    if len(writes) > MAX_COMMIT_WRITES:
        raise TodokeError("too_many_writes", count=len(writes), limit=MAX_COMMIT_WRITES)
    touched: set[tuple[str, str]] = set()
    for write in writes:
        target = _target(write)
        if target in touched:
            raise misuse("the same record twice in one commit", kind=target[0])
        touched.add(target)
    texts = [_write_text(write) for write in writes]
    _check_batches(writes)
    size = sum(len(text.encode()) for text in texts)
    if size > MAX_COMMIT_BYTES:
        raise TodokeError("too_many_writes", count=size, limit=MAX_COMMIT_BYTES)
    return texts


def _check_batches(writes: Sequence[Write]) -> None:
    """A row comes with its batch, still open: so it cannot slip into a sealed one."""
    written = [each.record for each in writes if isinstance(each, Create | Replace | Put)]
    seals = {each.id: each for each in written if each.kind == SEAL}
    for each in seals.values():
        if each.data["batch"] != each.id:
            raise misuse("a batch names itself", kind=SEAL)
        if is_sealed(each) and each.expires_at is not None:
            raise misuse("a sealed batch stays: its rows are visible by it", kind=SEAL)
    for write in writes:
        if not isinstance(write, Create | Replace | Put) or write.record.batch is None:
            continue
        seal = seals.get(write.record.batch)
        if not isinstance(write, Create) or write.record.kind == SEAL:
            raise misuse("only a row that is created comes with a batch", kind=write.record.kind)
        if seal is None or seal.data["state"] != OPEN:
            raise misuse("a row without its open batch", kind=write.record.kind)


def is_sealed(record: Record) -> bool:
    """Whether this is the record of a batch whose rows are visible. There is no way back from
    it, so a backend may remember the answer."""
    return record.kind == SEAL and record.data["state"] == SEALED


def _target(write: Write) -> tuple[str, str]:
    if isinstance(write, Count):
        return COUNTER_KIND + write.counter, write.key
    if isinstance(write, Create | Replace | Put):
        return write.record.kind, write.record.id
    return write.kind, write.id


def _write_text(write: Write) -> str:
    if isinstance(write, Create | Replace | Put):
        return record_text(write.record)
    if isinstance(write, Count):
        _check_count(write)
        return ""
    if counter_of(write.kind) is not None:
        raise misuse("a counter is only counted", kind=write.kind)
    if not is_key(write.id):
        raise misuse("id", kind=write.kind)
    return ""


def _check_count(count: Count) -> None:
    if count.counter not in COUNTERS:
        raise misuse("counter not declared", counter=count.counter)
    if not is_key(count.key):
        raise misuse("key of a counter", counter=count.counter)
    for cell, step in count.cells.items():
        whole = isinstance(step, int) and not isinstance(step, bool)
        if not is_key(cell) or not whole or abs(step) > MAX_STEP:
            raise misuse("cell of a counter", counter=count.counter)


def check_many(kind: str, ids: Collection[str]) -> list[str]:
    """The ids that a record could have, each once, in order.

    Raises ``store_misuse`` if the kind is undeclared or a counter, or for too many ids."""
    if counter_of(kind) is not None:
        raise misuse("counters are read one by one", kind=kind)
    if len(ids) > MAX_PAGE:
        raise misuse(f"at most {MAX_PAGE} ids", kind=kind, count=len(ids))
    return [id for id in dict.fromkeys(ids) if is_key(id)]


def check_walk(kind: str, limit: int) -> None:
    """Raises ``store_misuse`` if the kind is undeclared or a counter, or for a limit below 1 or
    above MAX_PAGE."""
    if counter_of(kind) is not None:
        raise misuse("counters are read one by one", kind=kind)
    if not 1 <= limit <= MAX_PAGE:
        raise misuse(f"limit must be 1 to {MAX_PAGE}", kind=kind, limit=limit)


def check_find(index: str, limit: int) -> Index:
    """The declaration of an index. Raises ``store_misuse`` if undeclared, or for a limit
    below 1 or above MAX_PAGE."""
    declared = INDEXES.get(index)
    if declared is None:
        raise misuse("index not declared", index=index)
    if not 1 <= limit <= MAX_PAGE:
        raise misuse(f"limit must be 1 to {MAX_PAGE}", index=index, limit=limit)
    return declared
