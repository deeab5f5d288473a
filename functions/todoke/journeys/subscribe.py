"""Follow, change, pause, leave, export: what a person does with her own subscription.

One browser has one row. Row, follows and the counts of followers move in one commit, so the
audience a clerk sees is the audience there is.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar, cast

from todoke.core import subscription as rules
from todoke.core.endpoint import Endpoint, check_endpoint
from todoke.core.errors import TodokeError
from todoke.core.subscription import Choices, Keys
from todoke.journeys import audit, crowding
from todoke.journeys.known import known
from todoke.ports import (
    MAX_PAGE,
    Check,
    Count,
    Create,
    Delete,
    Json,
    Put,
    Record,
    Replace,
    Services,
    Write,
)

T = TypeVar("T")
FIELDS = ("endpoint", "keys", "topics", "area", "cohorts", "language", "show")
CHANGEABLE = (*FIELDS, "paused_until")
#: each round of a race has a winner, so this many racers all get through
ROUNDS = 30
SECRET_BYTES = 32


# ------------------------------------------------------------------------- the five acts
def follow(services: Services, body: Mapping[str, object]) -> tuple[dict[str, Json], bool]:
    """Makes the subscription of this browser, or gives the one it has these choices and a new
    token. Returns (answer with the token, whether it is new).

    Raises ``unknown_field``, ``missing_field``, ``bad_field``, ``endpoint_refused`` or
    ``subscription_keys_refused``."""
    _refuse_unknown(body, FIELDS)
    endpoint, keys = _device(services, body)
    choices = rules.check_choices(body, known(services))
    return until_settled(lambda: _follow_once(services, endpoint, keys, choices))


def subscription_of(services: Services, token: str) -> Record:
    """The subscription whose token this is. Raises ``token_refused``, alike for a token that
    never was, one replaced since, and one whose subscription has ended."""
    parts = rules.split_token(token)
    record = services.store.get("subscription", parts[0]) if parts else None
    if parts is None or record is None:
        raise TodokeError("token_refused")
    if not rules.is_secret(parts[1], str(record.data["token_hash"])):
        raise TodokeError("token_refused")
    return record


def read(record: Record) -> dict[str, Json]:
    """What the phone shows and compares itself with."""
    names = ("topics", "area", "cohorts", "language", "show", "paused_until", "created_at")
    return {
        "ok": True,
        "id": record.id,
        **{name: record.data.get(name) for name in names},
        "endpoint_hash": rules.endpoint_hash(str(record.data["endpoint"])),
    }


def change(services: Services, record: Record, body: Mapping[str, object]) -> dict[str, Json]:
    """Changes what ``body`` names and keeps the rest; the token stays.

    With ``endpoint`` and ``keys`` the row moves to the browser's new push subscription
    (``pushsubscriptionchange``). Raises like ``follow``; ``token_refused`` when the person
    left meanwhile, or followed anew and so got another token."""
    _refuse_unknown(body, CHANGEABLE)
    device = _device(services, body) if "endpoint" in body or "keys" in body else None
    rules.check_choices(body, known(services), _choices(record))
    return until_settled(lambda: read(_change_once(services, record, body, device)))


def leave(services: Services, token: str) -> None:
    """Erases the subscription at once; leaving twice is fine. Raises ``token_refused`` for a
    token that is not (or no longer) the one of a subscription that exists."""
    parts = rules.split_token(token)
    if parts is None:
        raise TodokeError("token_refused")
    left = erase(services, parts[0], "citizen", "subscription_left", only_secret=parts[1])
    if not left and services.store.get("subscription", parts[0]) is not None:
        raise TodokeError("token_refused")


def export(services: Services, record: Record) -> dict[str, Json]:
    """Everything kept about this subscription. Of the two secrets only the names are given:
    they say nothing about the person and would let a finder of the file act as her. Deliveries
    come from a list, which on AWS may lack those of the last moment."""
    row = {name: value for name, value in record.data.items() if name not in _SECRETS}
    follows = [dict(each.data) for each in _follows(services, record)]
    joined = services.store.get("account_device", record.id)
    alarm = services.store.get("alarm", record.id)
    return {
        "ok": True,
        "id": record.id,
        "subscription": row,
        "follows": cast("Json", follows),
        "deliveries": cast("Json", list(_deliveries(services, record.id))),
        "woken_at": alarm.data["at"] if alarm else None,
        # whose account is told only to her session: another person may hold this phone by now
        "told_of_an_account_since": joined.data["since"] if joined else None,
        "kept_but_not_shown": list(_SECRETS),
    }


_SECRETS = ("token_hash", "topic_secret")


# ------------------------------------------------------------------------- writing
def _follow_once(
    services: Services, endpoint: Endpoint, keys: Keys, choices: Choices
) -> tuple[dict[str, Json], bool]:
    device = _device_id(services, endpoint.url, keys)
    id, before = _row_of(services, device)
    now = services.clock.unix()
    secret = secrets.token_bytes(SECRET_BYTES)
    token = rules.make_token(id, secret)
    old: Mapping[str, Json] = before.data if before else {}
    after = Record(
        "subscription",
        id,
        {
            **_device_fields(services, endpoint, keys),
            **_choice_fields(choices),
            "token_hash": rules.hash_secret(rules.encode(secret)),
            "topic_secret": old.get("topic_secret") or rules.encode(secrets.token_bytes(32)),
            "paused_until": None,
            "created_at": old.get("created_at", now),
            "changed_at": now,
        },
        before.version if before else 0,
    )
    act = "subscription_changed" if before else "subscription_made"
    # a new row must not appear while another row is being moved to this browser
    unmoved = [] if before else [Check("subscription_alias", device, 0)]
    services.store.commit([*unmoved, *_row_writes(services, before, after, act)])
    return {**read(after), "token": token}, before is None


def _change_once(
    services: Services,
    record: Record,
    body: Mapping[str, object],
    device: tuple[Endpoint, Keys] | None,
) -> Record:
    id, token = record.id, record.data["token_hash"]
    before = services.store.get("subscription", id)
    # the token was looked at before; whoever followed anew since has another one
    if before is None or before.data["token_hash"] != token:
        raise TodokeError("token_refused")
    now = services.clock.unix()
    data: dict[str, Json] = {
        **before.data,
        **_choice_fields(rules.check_choices(body, known(services), _choices(before))),
        "changed_at": now,
    }
    if device is not None:
        _make_room(services, before, device)
        data |= _device_fields(services, *device)
    if "paused_until" in body:
        data["paused_until"] = rules.check_pause(body["paused_until"], now)
    after = Record("subscription", id, data, before.version)
    services.store.commit(_row_writes(services, before, after, "subscription_changed"))
    return after


def erase(
    services: Services,
    id: str,
    actor: str,
    act: str,
    *,
    only_endpoint: str | None = None,
    only_secret: str | None = None,
    also: Sequence[Write] = (),
) -> bool:
    """Erases one subscription with its follows and counts; whether it did. ``also`` goes into
    the same commit. only_endpoint: spare it when the browser has another endpoint by now (a
    push service called the old one gone). only_secret: unless this is its token's."""

    def once() -> bool:
        record = services.store.get("subscription", id)
        if record is None or only_endpoint not in (None, record.data["endpoint"]):
            return False
        if only_secret and not rules.is_secret(only_secret, str(record.data["token_hash"])):
            return False
        writes = [
            Delete("subscription", id, record.version),
            Delete("account_device", id),
            Delete("alarm", id),
            *_alias_writes(services, record, None),
            *crowding.writes(services, record, None),
            *_follow_writes(services, id, _choices(record), None),
            audit.entry(services, actor, act, "subscription"),
        ]
        services.store.commit([*writes, *also])
        return True

    return until_settled(once)


def _row_writes(services: Services, before: Record | None, after: Record, act: str) -> list[Write]:
    return [
        Replace(after) if before else Create(after),
        *_alias_writes(services, before, after),
        *crowding.writes(services, before, after),
        *_follow_writes(services, after.id, _choices(before) if before else None, _choices(after)),
        # no id: a record of acts outlives the subscription and must not lead back to it
        audit.entry(services, "citizen", act, "subscription"),
    ]


def _follow_writes(
    services: Services, id: str, before: Choices | None, after: Choices | None
) -> list[Write]:
    """Follows and counts that change, two writes per topic at most."""
    writes: list[Write] = []
    old_topics = before.topics if before else ()
    new_topics = after.topics if after else ()
    for topic in sorted({*old_topics, *new_topics}):
        was = rules.segment_cells(before) if before and topic in old_topics else {}
        becomes = rules.segment_cells(after) if after and topic in new_topics else {}
        if was == becomes:
            continue
        steps = {cell: becomes.get(cell, 0) - was.get(cell, 0) for cell in {*was, *becomes}}
        writes.append(Count("followers", topic, {cell: n for cell, n in steps.items() if n}))
        if after is None or topic not in new_topics:
            writes.append(Delete("follow", _follow_id(topic, id)))
        else:
            writes.append(Put(_follow_record(services, topic, id, after)))
    return writes


def _follow_record(services: Services, topic: str, id: str, choices: Choices) -> Record:
    """``since`` stays when only area or cohorts change: a notice on its way still comes."""
    old = services.store.get("follow", _follow_id(topic, id))
    since = cast("int", old.data["since"]) if old else services.clock.unix()
    return Record(
        "follow",
        _follow_id(topic, id),
        {
            "topic": topic,
            "subscription": id,
            "area": choices.area,
            "cohorts": list(choices.cohorts),
            "since": since,
            "since_order": audit.sort_key(since) if services.store.lag else None,
        },
    )


def _follow_id(topic: str, id: str) -> str:
    return f"{topic}.{id}"


# ------------------------------------------------------------------------- one browser, one row
# A row's id is the HMAC of the triple it was made with and stays for its life, because the
# token contains it. When the browser changes its triple, an alias leads from the new one.
def _row_of(services: Services, device: str) -> tuple[str, Record | None]:
    alias = services.store.get("subscription_alias", device)
    id = str(alias.data["subscription"]) if alias else device
    return id, services.store.get("subscription", id)


def _alias_writes(services: Services, before: Record | None, after: Record | None) -> list[Write]:
    old = _device_of(services, before) if before else None
    new = _device_of(services, after) if after else None
    if old == new:
        return []
    writes: list[Write] = []
    if before and old and old != before.id:
        writes.append(Delete("subscription_alias", old))
    if after and new and new != after.id:
        # Create and Check: of two rows racing for this browser one must lose
        writes.append(Create(Record("subscription_alias", new, {"subscription": after.id})))
        writes.append(Check("subscription", new, 0))
    return writes


def _make_room(services: Services, record: Record, device: tuple[Endpoint, Keys]) -> None:
    """The browser may already have followed anew with its new triple: that row goes, so that
    it does not get every notice twice. Whoever shows the auth secret is that browser."""
    other, found = _row_of(services, _device_id(services, device[0].url, device[1]))
    if found is not None and other != record.id:
        erase(services, other, "citizen", "subscription_merged")


def _device_of(services: Services, record: Record) -> str:
    keys = Keys(*(rules.decode(record.data[name]) for name in ("p256dh", "auth")))
    return _device_id(services, str(record.data["endpoint"]), keys)


def _device_id(services: Services, endpoint: str, keys: Keys) -> str:
    return rules.subscription_id(services.secrets.seal_key, endpoint, keys)


# ------------------------------------------------------------------------- shapes
def _device(services: Services, body: Mapping[str, object]) -> tuple[Endpoint, Keys]:
    for field in ("endpoint", "keys"):
        if field not in body:
            raise TodokeError("missing_field", field=field)
    push = services.config.push
    endpoint = check_endpoint(body["endpoint"], push.hosts, push.allow_loopback)
    return endpoint, rules.check_keys(body["keys"])


def _device_fields(services: Services, endpoint: Endpoint, keys: Keys) -> dict[str, Json]:
    return {
        "endpoint": endpoint.url,
        "origin": endpoint.origin,
        "resource": rules.resource_id(services.secrets.seal_key, endpoint.resource),
        "p256dh": rules.encode(keys.p256dh),
        "auth": rules.encode(keys.auth),
    }


def _choice_fields(choices: Choices) -> dict[str, Json]:
    return {
        "topics": list(choices.topics),
        "area": choices.area,
        "cohorts": list(choices.cohorts),
        "language": choices.language,
        "show": choices.show,
    }


def _choices(record: Record) -> Choices:
    data = record.data
    return Choices(
        tuple(cast("list[str]", data["topics"])),
        cast("str | None", data.get("area")),
        tuple(cast("list[int]", data["cohorts"])),
        str(data["language"]),
        str(data["show"]),
    )


def _refuse_unknown(body: Mapping[str, object], fields: Sequence[str]) -> None:
    for name in body:
        if name not in fields:
            raise TodokeError("unknown_field", field=name[:40], known=" ".join(fields))


def _follows(services: Services, record: Record) -> Iterator[Record]:
    for topic in _choices(record).topics:
        follow = services.store.get("follow", _follow_id(topic, record.id))
        if follow is not None:
            yield follow


def _deliveries(services: Services, id: str) -> Iterator[dict[str, Json]]:
    """Of the thousand notices touched last: older deliveries are erased by then."""
    for notice in services.store.find("notices", "all", limit=MAX_PAGE, descending=True).records:
        row = services.store.get("delivery", f"{notice.id}.{id}")
        if row is not None:
            yield dict(row.data)


def until_settled(act: Callable[[], T]) -> T:
    """Again from the start when somebody else wrote in between."""
    for _ in range(ROUNDS - 1):
        try:
            return act()
        except TodokeError as error:
            if error.code not in ("version_conflict", "record_exists"):
                raise
    return act()
