"""Topic notices, their followers and what became of each message."""

from __future__ import annotations

from todoke.store_schema.shapes import Counter, Field, Index, RecordType

RECORDS = (
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
        {"subscription": Field("str", "id of the subscription this browser's keys now lead to")},
        about_a_person=True,
    ),
    RecordType(
        "push_resource",
        {"subscriptions": Field("list", "ids of the subscriptions of one push address", True)},
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
            "since_order": Field("str?", "sort key: since, zero padded"),
        },
        about_a_person=True,
    ),
    RecordType(
        "alarm",
        {
            "at": Field("int", "unix seconds: the one instant its phone asks to be woken at", True),
            "tries": Field("int", "tries that failed by our fault"),
            "shard": Field("str", "0 to 7, by the subscription's id: partition"),
            "due_at": Field("str", "unix seconds, zero padded: sort key"),
            "queued_at": Field("int?", "unix seconds since it is under way, null before"),
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
            "parts": Field("int?", "parts its sending is cut into"),
            "reason": Field("str?", "why it was returned or recalled"),
            "recalled_at": Field("int?", "unix seconds when it was recalled"),
            "created_at": Field("int", "unix seconds"),
            "changed_at": Field("int", "unix seconds"),
            "all": Field("str", "constant 'all': partition of the list of notices"),
            "order": Field("str", "sort key: changed_at, zero padded"),
        },
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
            "page": Field("int", "pages of this part that are done"),
            "cursor": Field("str?", "where the next page begins"),
            "lane": Field("str", "queue lane"),
            "done": Field("bool", "no page of this part is left"),
            "driven": Field("int", "times the sweep had to put the next page back"),
            "changed_at": Field("int", "unix seconds"),
        },
    ),
)

INDEXES = (
    Index("subscriptions_by_resource", "subscription", "resource"),
    Index("follows_by_topic", "follow", "topic", "subscription"),
    Index("follows_by_since", "follow", "topic", "since_order"),
    Index("alarms_due", "alarm", "shard", "due_at"),
    Index("notices", "notice", "all", "order"),
    Index("notices_published", "notice", "public", "public_order"),
    Index("notices_by_topic", "notice", "public_topic", "public_order"),
    Index("notices_by_state", "notice", "state", "order"),
    Index("deliveries_due", "delivery", "due_lane", "due_at"),
)

COUNTERS = (
    Counter("followers", "subscriptions following a topic (key: topic)", "area|cohort, * for any"),
    Counter(
        "delivery",
        "outcomes of a notice (key: notice id)",
        "accepted, gone, dead, skipped, opened",
    ),
)
