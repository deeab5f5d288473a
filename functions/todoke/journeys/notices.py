"""Notices as they stand: one, a list, the public ones, and whom a segment reaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from todoke.core import audience as floor
from todoke.core import notice
from todoke.core.errors import TodokeError
from todoke.core.notice import Content, PublicNotice, Standing
from todoke.journeys import audit
from todoke.journeys.known import known
from todoke.ports import Create, Json, Page, Record, Replace, Services, Write

#: more notices than a city publishes while a list is late
LATEST = 20
_LATEST = "notices_latest"


def get(services: Services, id: str) -> Record:
    """One notice. Raises ``notice_not_found``."""
    record = services.store.get("notice", id)
    if record is None:
        raise TodokeError("notice_not_found")
    return record


def listing(
    services: Services, state: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page:
    """Notices, last changed first; of one state, or all."""
    index, partition = ("notices_by_state", state) if state else ("notices", "all")
    return services.store.find(index, partition, limit=limit, cursor=cursor, descending=True)


def content_of(record: Record) -> Content:
    """What the notice says."""
    return notice.from_json(record.data["content"])


def send_at_of(record: Record) -> int | None:
    """When it is to be sent (unix seconds), None for at once."""
    found = record.data.get("send_at")
    return found if isinstance(found, int) else None


def standing_of(record: Record) -> Standing:
    """Where it stands, as the rules see it."""
    writers = record.data.get("writers")
    kept = record.data.get("snapshot")
    named = [str(each) for each in writers] if isinstance(writers, list) else []
    return Standing(
        str(record.data["state"]),
        frozenset([*named, str(record.data["author"])]),
        str(kept) if kept else None,
    )


# ----------------------------------------------------------------------- public
def publication(services: Services, record: Record) -> dict[str, Json]:
    """What a notice is given at the moment it becomes public."""
    now = services.clock.unix()
    return {
        "published_at": now,
        "public": "public",
        "public_topic": content_of(record).topic,
        "public_order": f"{audit.sort_key(now)}.{record.id}",
    }


def published(services: Services) -> Sequence[PublicNotice]:
    """Public notices, newest first: as many as a feed shows, of all topics and of each (a busy
    topic must not push a rare one out of its own feed)."""
    found = {each.id: each for each in public_page(services).records}
    for topic in _topics(services):
        found |= {each.id: each for each in public_page(services, topic).records}
    found |= {each.id: each for each in _unlisted(services)}
    newest = sorted(found.values(), key=lambda each: str(each.data["public_order"]), reverse=True)
    return [public_form(each) for each in newest]


def _unlisted(services: Services) -> Iterator[Record]:
    """What a list that is late may lack."""
    since = services.clock.unix() - services.store.lag
    known = services.store.get_many("notice", _ids(_lately(services))) if services.store.lag else {}
    for each in known.values():
        published_at = each.data["published_at"]
        if each.data.get("public") and isinstance(published_at, int) and published_at >= since:
            yield each


def noted_as_public(services: Services, id: str) -> Sequence[Write]:
    """The write that belongs into the commit of publication, where a list may be late: a feed that
    lacks a notice would lack it until the next one, so the latest are also known by their ids."""
    if not services.store.lag:
        return ()
    record = _lately(services)
    latest = [id, *(each for each in _ids(record) if each != id)][:LATEST]
    after = Record("setting", _LATEST, {"value": " ".join(latest)}, record.version if record else 0)
    return [Replace(after) if record else Create(after)]


def _lately(services: Services) -> Record | None:
    return services.store.get("setting", _LATEST)


def _ids(record: Record | None) -> list[str]:
    return str(record.data["value"]).split() if record else []


def public_page(services: Services, topic: str | None = None, cursor: str | None = None) -> Page:
    """Public notices of one topic or of all, newest first, a feed's length at a time."""
    index, partition = ("notices_by_topic", topic) if topic else ("notices_published", "public")
    limit = services.config.notices.feed_items
    return services.store.find(index, partition, limit=limit, cursor=cursor, descending=True)


def _topics(services: Services) -> Sequence[str]:
    published_before = services.blobs.get("app.json") is not None
    return sorted(known(services).topics) if published_before else ()


def public_form(record: Record) -> PublicNotice:
    """The notice as everybody may read it."""
    at, recalled_at = record.data.get("published_at"), record.data.get("recalled_at")
    withdrawn = record.data["state"] == "recalled"
    return PublicNotice(
        record.id,
        content_of(record),
        datetime.fromtimestamp(at if isinstance(at, int) else 0, UTC),
        withdrawn,
        str(record.data.get("reason") or "") if withdrawn else "",
        datetime.fromtimestamp(recalled_at, UTC) if isinstance(recalled_at, int) else None,
    )


def shown_number(record: Record) -> int:
    """The count frozen when a second person was asked, as shown and to be typed."""
    shown = record.data.get("audience")
    number = shown.get("number") if isinstance(shown, dict) else None
    return number if isinstance(number, int) else 0


# --------------------------------------------------------------------- audience
@dataclass(frozen=True, slots=True)
class Audience:
    """How many devices a segment reaches, as a person may see it. wider: the next wider
    segment and its figure when this one is too small to be addressed."""

    segment: floor.Segment
    figure: floor.Figure
    sendable: bool
    total: floor.Figure
    wider: tuple[floor.Segment, floor.Figure] | None


def audience(services: Services, topic: str, segment: floor.Segment) -> Audience:
    """The audience of a topic's segment, from the ``followers`` counter."""
    cells, k = cells_of(services, topic), services.config.notices.floor_k
    sendable = floor.sendable(cells, segment, k)
    wider = None if sendable else floor.wider(cells, segment, k)
    return Audience(
        segment,
        figure_of(cells, segment, k),
        sendable,
        figure_of(cells, floor.Segment(), k),
        (wider, figure_of(cells, wider, k)) if wider else None,
    )


def cells_of(services: Services, topic: str) -> Mapping[str, int]:
    """The ``followers`` counter of a topic: "area|cohort" -> devices, never shown as it is."""
    record = services.store.get("counter.followers", topic)
    if record is None:
        return {}
    return {name: value for name, value in record.data.items() if isinstance(value, int)}


def figure_of(cells: Mapping[str, int], segment: floor.Segment, k: int) -> floor.Figure:
    """A segment's size as a person may see it."""
    return floor.figure(floor.count(cells, segment), k, whole=segment.whole)


def segment_of(content: Content) -> floor.Segment:
    """Whom the content is addressed to, within its topic."""
    return floor.Segment(content.area, content.cohort)
