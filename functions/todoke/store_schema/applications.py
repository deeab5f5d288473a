"""Applications (届出・申請), their attachments, and forms that were sent twice."""

from __future__ import annotations

from todoke.store_schema.shapes import Field, Index, RecordType

RECORDS = (
    RecordType(
        "application",
        {
            "procedure": Field("str", "procedure id"),
            "form_version": Field("str", "version of the form it was written on"),
            "resident": Field("str", "resident id", True),
            "agent": Field("str?", "resident id of who filed it for her, by a mandate", True),
            "mandate": Field("str?", "mandate by which it was filed", True),
            "state": Field("str", "submitted | returned | accepted | refused"),
            "sealed": Field(
                "str",
                "AES-256-GCM of JSON, base64 (core/sealed.py): answers, fields to mend, reason",
                True,
                sealed=True,
            ),
            "attachments": Field("list", "attachment ids"),
            "office": Field("str?", "office it was handed to; null for that of its procedure"),
            "case_worker": Field("str?", "staff id of whoever returned or decided it last"),
            "submitted_at": Field("int", "unix seconds of the first submission"),
            "changed_at": Field("int", "unix seconds"),
            "order": Field("str", "sort key: submitted_at, zero padded, and id"),
        },
        about_a_person=True,
    ),
    RecordType(
        "attachment",
        {
            "resident": Field("str", "resident id", True),
            "application": Field("str?", "application it belongs to, null until it is sent"),
            "media_type": Field("str", "application/pdf | image/jpeg, as written by ourselves"),
            "size": Field("int", "bytes after writing it anew"),
            "pages": Field("int", "pages"),
            "digest": Field("str?", "HMAC of the bytes written anew: whether two are alike"),
            "sha256": Field("str?", "of schema 2: SHA-256 of them, until todoke keys reseal"),
            "created_at": Field("int", "unix seconds"),
            "waiting": Field("str?", "constant 'waiting' until it is sent: partition"),
            "due_at": Field("str?", "unix seconds, zero padded: from when on it is erased"),
        },
        about_a_person=True,
    ),
    RecordType(
        "idempotency",
        {
            "body": Field("str", "HMAC of what was sent, hex"),
            "result": Field("str", "id of what it made"),
        },
    ),
)

INDEXES = (
    Index("applications_by_resident", "application", "resident", "order"),
    Index("applications_by_agent", "application", "agent", "order"),
    Index("applications_by_state", "application", "state", "order"),
    Index("attachments_by_application", "attachment", "application"),
    Index("attachments_by_resident", "attachment", "resident"),
    Index("attachments_due", "attachment", "waiting", "due_at"),
)
