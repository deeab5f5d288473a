"""The city itself: clerks, the record of acts, what waits to be done."""

from __future__ import annotations

from todoke.store_schema.shapes import Field, Index, RecordType

RECORDS = (
    RecordType(
        "staff",
        {
            "name": Field("str", "name shown to colleagues", True),
            "roles": Field("list", "author | approver | caseworker | cashier"),
            "demonstration": Field("bool", "made by the first run of the demonstration"),
            "active": Field("bool", "false after removal"),
            "all": Field("str", "constant 'all': partition"),
            "created_at": Field("int", "unix seconds"),
        },
        about_a_person=True,
    ),
    RecordType(
        "staff_link",
        {"staff": Field("str", "staff id"), "created_at": Field("int", "unix seconds")},
    ),
    RecordType(
        "staff_session",
        {
            "staff": Field("str", "staff id"),
            "created_at": Field("int", "unix seconds"),
        },
    ),
    RecordType(
        "audit",
        {
            "actor": Field("str", "staff id, 'cli', 'system' or 'citizen'"),
            "act": Field("str", "what was done"),
            "subject": Field("str", "kind/id it was done to"),
            "detail": Field("dict", "codes and counts, no personal data"),
            "resident": Field("str?", "resident whose record was read or changed", True),
            "at": Field("int", "unix seconds"),
            "month": Field("str", "YYYY-MM: partition"),
            "order": Field("str", "sort key: at, zero padded, then random"),
        },
        about_a_person=True,
    ),
    RecordType(
        "breaker",
        {
            "origin": Field("str", "push service"),
            "reason": Field("str", "vapid | unavailable"),
            "open_until": Field("int", "unix seconds, 0 while closed"),
            "refused": Field("int?", "401 and 403 in a row"),
            "accepted_at": Field("int?", "unix seconds of a message it accepted lately"),
            "all": Field("str", "constant 'all': partition"),
        },
    ),
    RecordType(
        "setting",
        {"value": Field("str", "value of an installation-wide setting")},
    ),
    RecordType(
        "outbox",
        {
            "act": Field("str", "what to do (journeys/deliver.py)"),
            "body": Field("dict", "parameters of the act"),
            "lane": Field("str", "queue lane"),
            "waiting": Field("str", "constant 'waiting': partition"),
            "due_at": Field("str", "unix seconds, zero padded: sort key"),
        },
    ),
    RecordType(
        "form",
        {"notice": Field("str", "notice that this form made; sent twice, it makes one")},
    ),
)

INDEXES = (
    Index("outbox_due", "outbox", "waiting", "due_at"),
    Index("staff_list", "staff", "all", "name"),
    Index("audit_by_month", "audit", "month", "order"),
    Index("audit_by_resident", "audit", "resident", "order"),
    Index("breakers", "breaker", "all", "origin"),
)
