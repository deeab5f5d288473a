"""Defects planted into the product: what the runs must notice, or they prove nothing.

Each takes pytest's monkeypatch; it is a patch because the product has no such defect to offer.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from todoke.adapters import dynamodb_items, sqlite
from todoke.adapters.sqlite import SqliteStore
from todoke.core import payment
from todoke.core.errors import TodokeError
from todoke.journeys import once, sending, subscribe
from todoke.ports import Count, Create, Record, Replace, Write

Plant = Callable[[pytest.MonkeyPatch], None]


def replace_without_looking(patch: pytest.MonkeyPatch) -> None:
    """The version that a writer has read is not compared."""
    refuse = sqlite._refuse_failed_condition

    def careless(write: Write, kind: str, id: str, version: int) -> None:
        if not isinstance(write, Replace):
            refuse(write, kind, id, version)

    patch.setattr(sqlite, "_refuse_failed_condition", careless)


def replace_on_aws(patch: pytest.MonkeyPatch) -> None:
    """The same on DynamoDB: it is enough that there is a record."""
    anything = "(v >= :known OR v < :known) AND (attribute_not_exists(x) OR x > :now)"
    patch.setattr(dynamodb_items, "_VERSION", anything)


def forget_keys(patch: pytest.MonkeyPatch) -> None:
    """What was sent before is not known again."""
    patch.setattr(once, "key_id", lambda *_: secrets.token_hex(32))


def drop_publishing(patch: pytest.MonkeyPatch) -> None:
    """Nobody is told to publish what was approved."""
    _leaving_out(patch, "outbox", 1, "publish.")


def drop_outbox(patch: pytest.MonkeyPatch) -> None:
    """Every third thing that a commit asks to be done is forgotten."""
    _leaving_out(patch, "outbox", 3)


def drop_audit(patch: pytest.MonkeyPatch) -> None:
    """Every tenth act is missing in the record of acts."""
    _leaving_out(patch, "audit", 10)


def _leaving_out(patch: pytest.MonkeyPatch, kind: str, one_of: int, prefix: str = "") -> None:
    commit, luck = SqliteStore.commit, random.Random(1)

    def left_out(write: Write) -> bool:
        ours = isinstance(write, Create) and write.record.kind == kind
        named = ours and isinstance(write, Create) and write.record.id.startswith(prefix)
        return named and luck.randrange(one_of) == 0

    def forgetful(store: SqliteStore, writes: Sequence[Write]) -> None:
        commit(store, [each for each in writes if not left_out(each)])

    patch.setattr(SqliteStore, "commit", forgetful)


def half_a_commit(patch: pytest.MonkeyPatch) -> None:
    """Every thirtieth commit of the day stops after its first write."""
    commit, luck = SqliteStore.commit, random.Random(1)

    def torn(store: SqliteStore, writes: Sequence[Write]) -> None:
        kinds = {getattr(each, "kind", "") for each in writes}
        kinds |= {each.record.kind for each in writes if isinstance(each, Create)}
        set_up = kinds & {"resident", "staff"}  # before the history begins
        if len(writes) > 1 and not set_up and luck.randrange(30) == 0:
            commit(store, writes[:1])
            raise TodokeError("storage_unavailable")
        commit(store, writes)

    patch.setattr(SqliteStore, "commit", torn)


def forget_recall(patch: pytest.MonkeyPatch) -> None:
    """Nobody looks whether a notice was recalled."""
    patch.setattr(sending, "stands", lambda *_: True)


def leave_uncounted(patch: pytest.MonkeyPatch) -> None:
    """Whoever leaves stays in the count of followers."""
    follow_writes = subscribe._follow_writes

    def uncounted(services: Any, id: str, before: Any, after: Any) -> list[Write]:
        writes = follow_writes(services, id, before, after)
        return [each for each in writes if after or not isinstance(each, Count)]

    patch.setattr(subscribe, "_follow_writes", uncounted)


def old_token_changes(patch: pytest.MonkeyPatch) -> None:
    """A token is looked at before the act only, not in its commit."""
    change = subscribe._change_once

    def trusting(services: Any, record: Record, body: Any, device: Any) -> Record:
        now = services.store.get("subscription", record.id)
        return change(services, now or record, body, device)

    patch.setattr(subscribe, "_change_once", trusting)


def stale_reads(patch: pytest.MonkeyPatch) -> None:
    """Every fifth look at what clients share shows what it was at the look before."""
    get, luck = SqliteStore.get, random.Random(1)
    before: dict[tuple[str, str], Record | None] = {}

    def behind(store: SqliteStore, kind: str, id: str) -> Record | None:
        found = get(store, kind, id)
        late = kind in ("subscription", "notice", "application") and luck.randrange(5) == 0
        shown = before.get((kind, id), found) if late else found
        before[kind, id] = found
        return shown

    patch.setattr(SqliteStore, "get", behind)


def pay_twice(patch: pytest.MonkeyPatch) -> None:
    """A page that was paid may be paid again."""
    apply_event = payment.apply_event

    def forgetful(standing: payment.Standing, checkout: str, kind: str, yen: int) -> Any:
        way = replace(standing.ways[checkout], state="open")
        again = replace(standing, ways={**standing.ways, checkout: way})
        return apply_event(again, checkout, kind, yen)

    patch.setattr(payment, "apply_event", forgetful)


def second_page(patch: pytest.MonkeyPatch) -> None:
    """A second click opens a second page, on which the same bill can be paid."""
    reusable = payment.reusable

    def never(standing: payment.Standing, now: int, among: Any) -> None:
        reusable(standing, now, among)

    patch.setattr(payment, "reusable", never)


#: name -> the defect, words of a complaint that it must lead to, a run that meets it
PLANTED: Mapping[str, tuple[Plant, str, int]] = {
    "replace_without_looking": (replace_without_looking, "no order explains", 2),
    "forget_keys": (forget_keys, "no order explains what was answered about filing", 1),
    "drop_publishing": (drop_publishing, "state: 'approved', not 'sent'", 3),
    "drop_outbox": (drop_outbox, "nobody was told of letter", 1),
    "drop_audit": (drop_audit, ", not ", 1),
    "half_a_commit": (half_a_commit, "followers", 2),
    "forget_recall": (forget_recall, "pushed after its recall", 28),
    "leave_uncounted": (leave_uncounted, "followers", 1),
    "old_token_changes": (old_token_changes, "no order explains what was answered about subs", 5),
    "stale_reads": (stale_reads, "no order explains", 1),
    "pay_twice": (pay_twice, "no order explains what was answered about bill", 2),
    "second_page": (second_page, "no order explains what was answered about bill", 1),
}
