"""The city itself: clerks, the record of acts, what waits to be done."""

from __future__ import annotations

from todoke.store_schema.shapes import Field, Index, RecordType

RECORDS = (
    RecordType(
        "staff",
        {
            "sealed": Field(
                "str?", "AES-256-GCM of JSON, base64: name shown to colleagues", True, sealed=True
            ),
            "name": Field("str?", "of schema 2: that name, until todoke keys reseal", True),
            "roles": Field("list", "of core/desk_roles.py"),
            "offices": Field("list?", "codes of her offices (core/offices.py)"),
            "round": Field("int?", "grows when all sessions end; those of an earlier one are over"),
            "ways": Field("int?", "grows when all ways in end; those of an earlier one are over"),
            "totp": Field("str?", "credential of her authenticator app"),
            "demonstration": Field("bool", "made by the first run of the demonstration"),
            "active": Field("bool", "false after removal"),
            "desk": Field("str?", "constant 'desk': partition"),
            "all": Field("str?", "of schema 2: constant 'all'"),
            "created_at": Field("int", "unix seconds"),
        },
        about_a_person=True,
    ),
    RecordType(
        "staff_link",
        {
            "staff": Field("str", "staff id"),
            "ways": Field("int?", "as the clerk's when it was made"),
            "created_at": Field("int", "unix seconds"),
        },
    ),
    RecordType(
        "staff_session",
        {
            "staff": Field("str", "staff id"),
            "means": Field("str", "what was shown: link | passkey | totp | code | oidc"),
            "credential": Field("str?", "credential it was opened with"),
            "browser": Field("str", "browser and system in two words, for the owner's list"),
            "round": Field("int", "round of the clerk in which it was opened"),
            "created_at": Field("int", "unix seconds of the proof"),
            "proved_at": Field("int?", "unix seconds of the proof at the city's provider"),
            "seen_at": Field("int", "unix seconds of a use, at most a minute before the last"),
        },
    ),
    RecordType(
        "staff_credential",
        {
            "staff": Field("str", "staff id"),
            "means": Field("str", "passkey | totp | oidc"),
            "ways": Field("int", "as the clerk's when it was made"),
            "sealed": Field(
                "str",
                "AES-256-GCM of JSON, base64 (core/sealed.py): name, secret of an app",
                sealed=True,
            ),
            "key": Field("str?", "public key of a passkey (COSE, RFC 9052), base64url"),
            "count": Field("int?", "signature counter of a passkey (WebAuthn section 6.1.1)"),
            "handle": Field("str?", "credential id of a passkey, base64url"),
            "step": Field("int?", "last step of an app that was used (RFC 6238 section 5.2)"),
            "created_at": Field("int", "unix seconds"),
            "used_at": Field("int", "unix seconds of the last login"),
        },
    ),
    RecordType(
        "staff_setup",
        {
            "sealed": Field("str", "AES-256-GCM of JSON, base64: secret of an app", sealed=True),
            "ways": Field("int", "as the clerk's when it was made"),
        },
    ),
    RecordType(
        "staff_codes",
        {
            "left": Field("list", "HMAC of each recovery code that was not used"),
            "ways": Field("int", "as the clerk's when they were made"),
            "created_at": Field("int", "unix seconds"),
        },
    ),
    RecordType(
        "staff_try",
        {"full_at": Field("int", "unix seconds at which as many tries are left as at first")},
    ),
    RecordType(
        "staff_purpose",
        {
            "staff": Field("str", "staff id"),
            "subject": Field("str", "kind/id of the record"),
            "purpose": Field("str", "code of what it is opened for"),
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
            "salt": Field("str?", "random; null on what is older than the chain"),
            "mac": Field("str?", "commitment to this entry (core/audit_chain.py), hex"),
            "chain": Field("str?", "constant 'waiting' until a link holds it: partition"),
        },
        about_a_person=True,
    ),
    RecordType(
        "chain_link",
        {
            "number": Field("int", "1 for the first link of the record of acts"),
            "before": Field("str", "hash of the link before, '' for the first"),
            "what": Field("str", "acts | rows (of an import) | earlier (than the chain) | begun"),
            "entries": Field("list", "[id, act, commitment] of each entry"),
            "salt": Field("str", "of entries that have none, else ''"),
            "total": Field("int", "entries of the chain up to here"),
            "at": Field("int", "unix seconds"),
            "hash": Field("str", "SHA-256 over all of this, hex"),
        },
    ),
    RecordType(
        "chain_anchor",
        {
            "all": Field("str", "constant 'all': partition"),
            "day": Field("str", "Japanese day on which it was published: sort key"),
            "links": Field("int", "links of the chain by then"),
            "entries": Field("int", "entries in them"),
            "root": Field("str", "hash of the last of them"),
        },
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
    Index("clerks", "staff", "desk"),
    Index("staff_sessions", "staff_session", "staff"),
    Index("staff_credentials", "staff_credential", "staff"),
    Index("audit_by_month", "audit", "month", "order"),
    Index("audit_by_resident", "audit", "resident", "order"),
    Index("audit_waiting", "audit", "chain", "order"),
    Index("chain_anchors", "chain_anchor", "all", "day"),
    Index("breakers", "breaker", "all", "origin"),
)
