"""Residents known to the city, their accounts, cards, sessions, and notices addressed to one."""

from __future__ import annotations

from todoke.store_schema.shapes import Field, Index, RecordType

_SEALED = "AES-256-GCM of JSON, base64 (core/sealed.py): "

RECORDS = (
    RecordType(
        "resident",
        {
            "account": Field("str?", "the one account linked to this person", True),
            "letter_code": Field("str?", "the one letter code that links, while it may", True),
            "another": Field("bool?", "the number was another person's; no card links it"),
            "demonstration": Field("bool", "made up by the demonstration"),
            "created_at": Field("int", "unix seconds"),
        },
        about_a_person=True,
    ),
    RecordType(
        "register_row",
        {
            "resident": Field("str", "resident id", True),
            "snapshot": Field("str", "batch it came with, or 'own': made one by one"),
            "shelf": Field("str", "snapshot and the first letter of the resident's own part"),
            "name_born": Field("str?", "name and birth date, blind (core/sealed.py)", True),
            "address_born": Field("str?", "address and birth date, blind", True),
            "name_address": Field("str?", "name and address, blind", True),
            "sealed": Field(
                "str",
                _SEALED + "number, name, kana, address, birth date, sex, state, move, guardians, "
                "protection",
                True,
                sealed=True,
            ),
        },
        about_a_person=True,
    ),
    RecordType(
        "ward",
        {
            "guardian": Field("str", "snapshot and guardian, blind (core/sealed.py)", True),
            "shelf": Field("str", "snapshot and the first letter of its own mark"),
            "sealed": Field("str", _SEALED + "resident id of the child", True, sealed=True),
        },
        about_a_person=True,
    ),
    RecordType(
        "register",
        {
            "snapshot": Field("str", "batch whose rows are the register now"),
            "on": Field("str", "day of which it speaks, 2026-11-01"),
            "people": Field("int", "who lives here by it"),
            "rows": Field("int", "everybody it knows, with those who are gone"),
            "input": Field("str", "digest of the file and the day, blind"),
            "changed_at": Field("int", "unix seconds"),
        },
    ),
    RecordType(
        "register_findings",
        {
            "snapshot": Field("str?", "register that was looked through; none yet"),
            "on": Field("str?", "day of which that register speaks"),
            "people": Field("int", "who lives here by it"),
            "counts": Field("dict", "findings by kind, all of them"),
            "made_at": Field("int?", "unix seconds of the looking"),
            "asked_at": Field("int?", "unix seconds since when a look is asked for"),
        },
    ),
    RecordType(
        "register_finding",
        {
            "made_at": Field("int", "unix seconds of the looking it came with"),
            "sealed": Field(
                "str", _SEALED + "宛名番号 and reason of up to 200 findings", True, sealed=True
            ),
        },
        about_a_person=True,
    ),
    RecordType(
        "letter_code",
        {
            "resident": Field("str", "resident id", True),
            "created_at": Field("int", "unix seconds"),
        },
        about_a_person=True,
    ),
    RecordType(
        "account",
        {
            "resident": Field("str?", "resident id, once a letter code has linked them", True),
            "linked_at": Field("int?", "unix seconds"),
            "wrong_codes": Field("int", "wrong letter codes in a row"),
            "wait_until": Field("int?", "unix seconds; no letter code is tried before"),
            "round": Field("int", "grows when all sessions end; those of an earlier one are over"),
            "created_at": Field("int", "unix seconds"),
        },
        about_a_person=True,
    ),
    RecordType(
        "credential",
        {
            "account": Field("str", "account id", True),
            "means": Field("str", "card | passkey | app (デジタル認証アプリ)"),
            "sealed": Field(
                "str?", _SEALED + "the name its owner gave a passkey", True, sealed=True
            ),
            "key": Field("str?", "public key of a passkey (COSE, RFC 9052), base64url"),
            "count": Field("int?", "signature counter of a passkey (WebAuthn section 6.1.1)"),
            "handle": Field("str?", "credential id of a passkey, base64url", True),
            "user": Field(
                "str?", "account a passkey was made for; phones name it ever after", True
            ),
            "created_at": Field("int", "unix seconds"),
            "used_at": Field("int", "unix seconds of a login, at most a day before the last"),
        },
        about_a_person=True,
    ),
    RecordType(
        "challenge",
        {
            "browser": Field("str", "SHA-256 of the pre-session cookie it is bound to, hex"),
            "purpose": Field(
                "str",
                "login | link | passkey_login | passkey_new | passkey_more | app_login | app_add",
            ),
            "account": Field("str?", "account a way in is made for", True),
            "created_at": Field("int", "unix seconds"),
        },
    ),
    RecordType(
        "handover",
        {
            "browser": Field("str", "SHA-256 of the pre-session cookie of the PC, hex"),
            "named": Field("str", "browser and system of the PC in two words", True),
            "number": Field("int", "two digits, shown on the PC and typed on the phone"),
            "need": Field("int", "tier the phone must show"),
            "state": Field("str", "asked | allowed | refused"),
            "account": Field("str?", "account that allowed it", True),
            "credential": Field("str?", "credential of the phone's session", True),
            "tier": Field("int?", "tier of the phone's session"),
            "round": Field("int?", "round of the account then"),
            "created_at": Field("int", "unix seconds"),
        },
        about_a_person=True,
    ),
    RecordType(
        "session",
        {
            "account": Field("str", "account id", True),
            "credential": Field("str", "credential it was opened with", True),
            "means": Field(
                "str", "what was shown: card | passkey | app; phone: another session let it in"
            ),
            "tier": Field("int", "strength of the proof: 1 a passkey, 2 a card or the app"),
            "browser": Field("str", "browser and system in two words, for the owner's list", True),
            "round": Field("int", "round of the account in which it was opened"),
            "created_at": Field("int", "unix seconds of the proof"),
            "seen_at": Field("int", "unix seconds of a use, at most a minute before the last"),
        },
        about_a_person=True,
    ),
    RecordType(
        "account_device",
        {
            "account": Field("str", "account id", True),
            "subscription": Field("str", "subscription that is pushed for this account", True),
            "since": Field("int", "unix seconds"),
        },
        about_a_person=True,
    ),
    RecordType(
        "mandate",
        {
            "principal": Field("str", "resident id of who lets another act for her", True),
            "agent": Field("str?", "resident id of who acts, once she has accepted", True),
            "scope": Field("list", "what may be done: read, file, pay"),
            "first": Field("str", "first day, 2026-11-01"),
            "last": Field("str", "last day, at most a year later"),
            "created_at": Field("int", "unix seconds"),
        },
        about_a_person=True,
    ),
    RecordType(
        "mandate_offer",
        {
            "mandate": Field("str", "mandate id that waits to be accepted", True),
            "created_at": Field("int", "unix seconds"),
        },
        about_a_person=True,
    ),
    RecordType(
        "ward_opening",
        {
            "notice": Field("str", "notice to a child", True),
            "account": Field("str", "account id of the guardian who opened it", True),
            "opened_at": Field("int", "unix seconds when its text was first on her screen", True),
        },
        about_a_person=True,
    ),
    RecordType(
        "addressed_notice",
        {
            "resident": Field("str", "resident id", True),
            "all": Field("str?", "constant 'all': partition of letters by age"),
            "order": Field("str", "sort key: created_at, zero padded, and id"),
            "kind": Field("str", "which of the city's letters it is (locales addressed.<kind>)"),
            "about": Field("str", "kind/id of the application or bill it tells of"),
            "sealed": Field(
                "str", _SEALED + "title and body in three languages, link", True, sealed=True
            ),
            "urgency": Field("str", "urgency of its push (RFC 8030 section 5.3)"),
            "opened_at": Field("int?", "unix seconds when its text was first on the screen", True),
            "created_at": Field("int", "unix seconds"),
        },
        about_a_person=True,
    ),
)

INDEXES = (
    Index("register_by_name_born", "register_row", "name_born", "snapshot"),
    Index("register_by_address_born", "register_row", "address_born", "snapshot"),
    Index("register_by_name_address", "register_row", "name_address", "snapshot"),
    Index("register_shelves", "register_row", "shelf", "resident"),
    Index("wards_by_guardian", "ward", "guardian"),
    Index("ward_shelves", "ward", "shelf"),
    Index("credentials_by_account", "credential", "account"),
    Index("sessions_by_account", "session", "account"),
    Index("devices_by_account", "account_device", "account", "subscription"),
    Index("mandates_by_principal", "mandate", "principal"),
    Index("mandates_by_agent", "mandate", "agent"),
    Index("addressed_by_resident", "addressed_notice", "resident", "order"),
    Index("addressed_by_age", "addressed_notice", "all", "order"),
)
