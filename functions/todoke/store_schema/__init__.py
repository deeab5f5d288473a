"""Every record type, index, counter and lane, declared once.

The Store refuses what is not declared here; ``docs/reference.md`` and the privacy notice are
generated from it. The same declaration becomes SQLite rows now and DynamoDB items later, so
an index has one partition field and at most one sort field, both strings.
"""

from __future__ import annotations

from collections.abc import Mapping

from todoke.store_schema import applications, batches, city, keys, money, notices, people
from todoke.store_schema.shapes import Counter, Field, Index, RecordType

#: grows when stored data changes meaning; an older program refuses a newer store.
#: 2: a record may wait in a batch, and an older program would show it.
#: 3: what is sealed may be sealed with any of several keys, and an older program knows one.
SCHEMA = 3

_PARTS = (notices, people, applications, money, city, batches, keys)
RECORDS: Mapping[str, RecordType] = {each.kind: each for part in _PARTS for each in part.RECORDS}
INDEXES: Mapping[str, Index] = {each.name: each for part in _PARTS for each in part.INDEXES}
COUNTERS: Mapping[str, Counter] = {each.name: each for each in notices.COUNTERS}

#: Two lanes: an urgent or small notice never waits behind a bulk one.
LANES = ("urgent", "bulk")

__all__ = ["COUNTERS", "INDEXES", "LANES", "RECORDS", "SCHEMA", "Counter", "Field", "Index"]
__all__ += ["RecordType"]
