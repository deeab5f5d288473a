"""Bills (請求), ways to pay them, the provider's events, and the ledger (台帳)."""

from __future__ import annotations

from todoke.store_schema.shapes import Field, Index, RecordType

RECORDS = (
    RecordType(
        "bill",
        {
            "resident": Field("str", "resident id", True),
            "sealed": Field(
                "str", "AES-256-GCM of JSON, base64: reference, title", True, sealed=True
            ),
            "kind": Field("str", "nursery_fee (保育料) | school_lunch (給食費) | after_school"),
            "yen": Field("int", "amount due", True),
            "due_on": Field("str", "last day to pay, YYYY-MM-DD"),
            "state": Field("str", "open | started | awaiting | paid | withdrawn"),
            "flag": Field("str?", "amount_differs | overpaid: why the cashier must look"),
            "batch": Field("str", "import it came with"),
            "checkouts": Field("list", "ids of the ways it was tried to be paid, oldest first"),
            "changed_at": Field("int", "unix seconds"),
            "order": Field("str", "sort key: due_on and id"),
        },
        about_a_person=True,
    ),
    RecordType(
        "checkout",
        {
            "bill": Field("str", "bill id"),
            "provider": Field("str", "stripe | pretend"),
            "session": Field("str?", "HMAC of the provider's id, null until it has answered"),
            "sealed": Field(
                "str?",
                "AES-256-GCM of JSON, base64: where the person pays, the provider's id",
                sealed=True,
            ),
            "url": Field("str?", "of schema 2: where she pays, until todoke keys reseal"),
            "payer": Field("str?", "resident id of the agent who last went there to pay", True),
            "yen": Field("int", "amount asked for"),
            "language": Field("str", "ja | easy | en: of the provider's page"),
            "state": Field("str", "core/payment.py: asked … completed, only upwards"),
            "created_at": Field("int", "unix seconds"),
        },
        about_a_person=True,
    ),
    RecordType(
        "payment_event",
        {
            "bill": Field("str", "bill id"),
            "kind": Field("str", "core/payment.py"),
            "at": Field("int", "unix seconds when it arrived"),
        },
        about_a_person=True,
    ),
    RecordType(
        "ledger",
        {
            "bill": Field("str", "bill id"),
            "entry": Field("str", "billed | paid | overpaid"),
            "yen": Field("int", "signed amount: what is billed is positive, what is paid negative"),
            "event": Field("str?", "payment_event it came from"),
            "at": Field("int", "unix seconds"),
            "month": Field("str", "YYYY-MM in Japan: partition"),
            "order": Field("str", "sort key: at, zero padded, and id"),
        },
        about_a_person=True,
    ),
)

INDEXES = (
    Index("bills_by_resident", "bill", "resident", "order"),
    Index("bills_by_state", "bill", "state", "order"),
    Index("bills_by_flag", "bill", "flag", "order"),
    Index("checkouts_by_session", "checkout", "session"),
    Index("payment_events_by_bill", "payment_event", "bill"),
    Index("ledger_by_bill", "ledger", "bill", "order"),
    Index("ledger_by_month", "ledger", "month", "order"),
)
