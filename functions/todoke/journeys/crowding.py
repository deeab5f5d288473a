"""How many subscriptions share one push address: one stranger's browser must not stand for a crowd,
or it would lift a small segment over the floor.

They are known by the id of the address, in the commit that changes them: a look into a list
beforehand lets through whoever comes at the same moment, and a list may be late.
"""

from __future__ import annotations

from typing import cast

from todoke.core.errors import TodokeError
from todoke.ports import Create, Delete, Json, Record, Replace, Services, Write

#: the browser's own row, and one whose keys it has since thrown away
MOST = 2


def writes(services: Services, before: Record | None, after: Record | None) -> list[Write]:
    """For the commit that makes, moves (``before`` and ``after``) or erases a subscription.

    Raises ``endpoint_refused`` for one more than may share the address."""
    old, new = (str(each.data["resource"]) if each else None for each in (before, after))
    if old == new:
        return []
    found: list[Write] = []
    if before and old:
        found.append(_left(services, old, before.id))
    if after and new:
        found.append(_joined(services, new, after.id))
    return found


def _joined(services: Services, resource: str, id: str) -> Write:
    record = services.store.get("push_resource", resource)
    ids = _sharing(services, resource, record)
    if len(ids - {id}) >= MOST:
        raise TodokeError("endpoint_refused", rule="crowded")
    return _stored(resource, record, {*ids, id})


def _left(services: Services, resource: str, id: str) -> Write:
    record = services.store.get("push_resource", resource)
    ids = _sharing(services, resource, record) - {id}
    if not ids:
        return Delete("push_resource", resource, record.version if record else 0)
    return _stored(resource, record, ids)


def _sharing(services: Services, resource: str, record: Record | None) -> set[str]:
    if record is not None:
        return set(cast("list[str]", record.data["subscriptions"]))
    # nobody, or subscriptions that are older than these records
    page = services.store.find("subscriptions_by_resource", resource, limit=MOST)
    return {each.id for each in page.records}


def _stored(resource: str, record: Record | None, ids: set[str]) -> Write:
    data: dict[str, Json] = {"subscriptions": cast("Json", sorted(ids))}
    after = Record("push_resource", resource, data, record.version if record else 0)
    return Replace(after) if record else Create(after)
