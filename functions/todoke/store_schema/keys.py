"""The ring of data keys, and how far sealing anew has come (docs/adr/0026)."""

from __future__ import annotations

from todoke.store_schema.shapes import Field, Index, RecordType

#: the one record of the ring; without it key 1 is all there is
RING, NOW = "key_ring", "now"
#: the one record of a sealing anew that is not done
RESEALING = "resealing"

RECORDS = (
    RecordType(
        RING,
        {
            "keys": Field(
                "dict", "number -> wrapped (base64; '' for key 1) and made_at (unix seconds)"
            ),
            "changed_at": Field("int", "unix seconds"),
        },
    ),
    RecordType(
        RESEALING,
        {
            "number": Field("int", "key with which is being sealed"),
            "kind": Field("str", "kind of records it is at"),
            "cursor": Field("str?", "where its next page begins"),
            "files": Field("list", "records whose file is being written anew"),
            "done": Field("int", "records and files sealed anew so far"),
            "changed_at": Field("int", "unix seconds"),
        },
    ),
)

INDEXES: tuple[Index, ...] = ()
