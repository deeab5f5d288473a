"""Batches: many rows that become visible at one moment (docs/adr/0012)."""

from __future__ import annotations

from todoke.store_schema.shapes import Field, Index, RecordType

#: the record that says whether the rows of a batch are there; the adapters look at it
SEAL = "batch"
#: its states in which rows may still come
OPEN = "open"
#: its state from which on they are visible; it is final
SEALED = "sealed"

RECORDS = (
    RecordType(
        SEAL,
        {
            "state": Field("str", "waiting | open | sealed | erasing | erased: partition"),
            "batch": Field("str", "its own id: sort key"),
            "act": Field("str", "what it brings in: bills | residents | letters"),
            "actor": Field("str", "staff id or 'cli'"),
            "input": Field("str", "digest of what it is made of, blind"),
            "detail": Field("dict", "codes and counts for the record of acts"),
            "total": Field("int", "items of the input"),
            "looked": Field("int", "items done"),
            "outcomes": Field("dict", "items by outcome: taken, known, refused"),
            "told_in": Field("dict", "outcome -> the first parts that tell of such an item"),
            "parts": Field("int", "commits done: records batch_part 0 … parts - 1"),
            "rows": Field("int", "rows written"),
            "hash": Field("str", "SHA-256 over the rows' kinds and ids, part by part, hex"),
            "sums": Field("dict", "counter -> key -> cell -> step: moved by the seal"),
            "started_at": Field("int", "unix seconds"),
            "changed_at": Field("int", "unix seconds"),
        },
    ),
    RecordType(
        "batch_part",
        {
            "batch": Field("str", "batch id"),
            "rows": Field("list", "[kind, id] of each row written in its commit", True),
            "told": Field("list", "[outcome, line, column or id, rule] of each item", True),
        },
        about_a_person=True,
    ),
)

INDEXES = (Index("batches", SEAL, "state", "batch"),)
