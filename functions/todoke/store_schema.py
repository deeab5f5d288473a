"""Every record type, index, counter and lane, declared once.

The Store refuses what is not declared here; ``docs/reference.md`` and the privacy notice are
generated from it. The same declaration becomes SQLite rows now and DynamoDB items later, so
an index has one partition field and at most one sort field, both strings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: grows when stored data changes meaning; an older program refuses a newer store.
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Field:
    """One field: JSON type ("str", "int", "bool", "list", "dict"; "?" suffix: may be absent
    or null), what it means, and whether it says something about a person."""

    type: str
    meaning: str
    personal: bool = False


@dataclass(frozen=True, slots=True)
class RecordType:
    """kind: name. purpose and keep: sentences for the privacy notice (keys of the locales:
    ``records.<kind>.purpose`` / ``.keep``). fields: name -> Field."""

    kind: str
    fields: Mapping[str, Field]
    about_a_person: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """find("name", partition value, range over the sort field). A record that lacks the
    partition field (or holds null) is not in the index."""

    name: str
    kind: str
    partition: str
    sort: str | None = None


@dataclass(frozen=True, slots=True)
class Counter:
    """Cells of integers under a key, moved inside commit."""

    name: str
    meaning: str
    cells: str


RECORDS: Mapping[str, RecordType] = {
    r.kind: r
    for r in (
        RecordType(
            "subscription",
            {
                "endpoint": Field("str", "push endpoint URL given by the browser", True),
                "origin": Field("str", "scheme and host of the endpoint"),
                "resource": Field("str", "HMAC of the endpoint: how many rows share it"),
                "p256dh": Field("str", "browser's public key, base64url of 65 bytes", True),
                "auth": Field("str", "browser's auth secret, base64url of 16 bytes", True),
                "token_hash": Field("str", "SHA-256 of the management token, hex"),
                "topic_secret": Field("str", "32 random bytes, base64url: key of the Topic header"),
                "topics": Field("list", "topics followed", True),
                "area": Field("str?", "district chosen, null for the whole city", True),
                "cohorts": Field("list", "school-year cohorts (birth 年度) chosen", True),
                "language": Field("str", "ja | easy | en"),
                "show": Field("str", "discreet | title"),
                "paused_until": Field("int?", "unix seconds; no push before"),
                "created_at": Field("int", "unix seconds"),
                "changed_at": Field("int", "unix seconds"),
            },
            about_a_person=True,
        ),
        RecordType(
            "subscription_alias",
            {
                "subscription": Field(
                    "str", "id of the subscription this browser's keys now lead to"
                )
            },
            about_a_person=True,
        ),
        RecordType(
            "follow",
            {
                "topic": Field("str", "topic followed"),
                "subscription": Field("str", "id of the subscription", True),
                "area": Field("str?", "district, null for the whole city", True),
                "cohorts": Field("list", "school-year cohorts", True),
                "since": Field("int", "unix seconds"),
            },
            about_a_person=True,
        ),
        RecordType(
            "notice",
            {
                "state": Field("str", "draft asked approved sending sent recalled returned"),
                "content": Field("dict", "core.notice.Content as JSON"),
                "author": Field("str", "staff id"),
                "writers": Field("list?", "staff ids of everybody who wrote or changed it"),
                "approver": Field("str?", "staff id"),
                "snapshot": Field("str?", "SHA-256 of the content the approver saw, hex"),
                "audience": Field("dict?", "count at approval, floor applied"),
                "send_at": Field("int?", "unix seconds, null for at once"),
                "public": Field("str?", "'public' once published: partition"),
                "public_topic": Field("str?", "topic once published: partition"),
                "public_order": Field("str?", "sort key: published_at, zero padded, and id"),
                "published_at": Field("int?", "unix seconds when the public page was written"),
                "reason": Field("str?", "why it was returned or recalled"),
                "created_at": Field("int", "unix seconds"),
                "changed_at": Field("int", "unix seconds"),
                "all": Field("str", "constant 'all': partition of the list of notices"),
                "order": Field("str", "sort key: changed_at, zero padded"),
            },
        ),
        RecordType(
            "form",
            {"notice": Field("str", "notice that this form made; sent twice, it makes one")},
        ),
        RecordType(
            "delivery",
            {
                "notice": Field("str", "notice id"),
                "subscription": Field("str", "subscription id", True),
                "state": Field("str", "accepted | retry | gone | dead | skipped"),
                "tries": Field("int", "tries that failed by our fault"),
                "status": Field("int", "last HTTP status, 0 for none"),
                "reason": Field("str?", "why it is dead: tries | blocked | ended"),
                "due_lane": Field("str?", "'retry' or 'dead' while it is one: partition"),
                "due_at": Field("str?", "unix seconds, zero padded: sort key"),
            },
            about_a_person=True,
        ),
        RecordType(
            "sending",
            {
                "page": Field("int", "pages of followers that are done"),
                "cursor": Field("str?", "where the next page begins"),
                "lane": Field("str", "queue lane"),
                "done": Field("bool", "no page is left"),
                "driven": Field("int", "times the sweep had to put the next page back"),
                "changed_at": Field("int", "unix seconds"),
            },
        ),
        RecordType(
            "outbox",
            {
                "act": Field("str", "what to do: publish_notice | send_page | retry"),
                "body": Field("dict", "parameters of the act"),
                "lane": Field("str", "queue lane"),
                "waiting": Field("str", "constant 'waiting': partition"),
                "due_at": Field("str", "unix seconds, zero padded: sort key"),
            },
        ),
        RecordType(
            "staff",
            {
                "name": Field("str", "name shown to colleagues", True),
                "roles": Field("list", "author | approver"),
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
                "at": Field("int", "unix seconds"),
                "month": Field("str", "YYYY-MM: partition"),
                "order": Field("str", "sort key: at, zero padded, then random"),
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
    )
}

INDEXES: Mapping[str, Index] = {
    i.name: i
    for i in (
        Index("subscriptions_by_resource", "subscription", "resource"),
        Index("follows_by_topic", "follow", "topic", "subscription"),
        Index("notices", "notice", "all", "order"),
        Index("notices_published", "notice", "public", "public_order"),
        Index("notices_by_topic", "notice", "public_topic", "public_order"),
        Index("notices_by_state", "notice", "state", "order"),
        Index("deliveries_due", "delivery", "due_lane", "due_at"),
        Index("outbox_due", "outbox", "waiting", "due_at"),
        Index("staff_list", "staff", "all", "name"),
        Index("audit_by_month", "audit", "month", "order"),
        Index("breakers", "breaker", "all", "origin"),
    )
}

COUNTERS: Mapping[str, Counter] = {
    c.name: c
    for c in (
        Counter(
            "followers", "subscriptions following a topic (key: topic)", "area|cohort, * for any"
        ),
        Counter(
            "delivery",
            "outcomes of a notice (key: notice id)",
            "accepted, gone, dead, skipped, opened",
        ),
    )
}

#: Two lanes: an urgent or small notice never waits behind a bulk one.
LANES = ("urgent", "bulk")
