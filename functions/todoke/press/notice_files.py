"""Notices as public files: a page and a JSON of each, the list, the feeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from todoke.core import cohort
from todoke.core.catalogue import Catalogue
from todoke.core.notice import PublicNotice
from todoke.core.words import LANGUAGES
from todoke.press import atom
from todoke.press.assets import to_json
from todoke.press.frame import Frame, Sheet
from todoke.press.phrases import instant

#: ``updated`` of a feed that never had a notice (RFC 4287 4.2.15 wants an instant)
NEVER = datetime(2026, 1, 1, tzinfo=UTC)


def files(
    frame: Frame,
    catalogue: Catalogue,
    changed: Sequence[PublicNotice],
    latest: Sequence[PublicNotice],
) -> Mapping[str, bytes]:
    """Pages and JSON of ``changed``; list and feeds of ``latest`` (newest first)."""
    made: dict[str, bytes] = {}
    for notice in changed:
        made[f"notices/{notice.id}.json"] = to_json(public_json(frame, notice))
        sheet = _page(catalogue, notice)
        made.update(frame.render(sheet, language) for language in LANGUAGES)
    listed = [_shown(catalogue, each) for each in latest[: frame.config.notices.feed_items]]
    sheet = Sheet("notices.html", "notices/index.html", {"notices": listed}, "notices")
    made.update(frame.render(sheet, language) for language in LANGUAGES)
    for topic in ("all", *catalogue.topics):
        made.update(_feed(frame, catalogue, topic, latest))
    return made


def public_json(frame: Frame, notice: PublicNotice) -> Mapping[str, Any]:
    """The notice as phones and programs read it. furigana: title and text of the easy edition
    with readings, because a phone has no table of them."""
    content = notice.content
    easy = {"title": frame.pick("easy", content.title), "text": frame.pick("easy", content.text)}
    return {
        "id": notice.id,
        "topic": content.topic,
        "area": content.area,
        "cohort": content.cohort,
        "published": instant(notice.published_at),
        "expires": instant(datetime.fromtimestamp(content.expires_at, UTC)),
        "urgency": content.urgency,
        "title": dict(content.title),
        "text": dict(content.text),
        "links": [{"url": each.url, "label": each.label} for each in content.links],
        "procedure": content.procedure,
        "withdrawn": notice.withdrawn,
        "reason": notice.reason,
        "url": f"/notices/{notice.id}.html",
        "furigana": {part: frame.readings.marked(words) for part, words in easy.items()},
    }


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice with the names of what it refers to. born: birth dates of its cohort."""

    notice: PublicNotice
    topic: Mapping[str, str]
    area: Mapping[str, str] | None
    born: cohort.Cohort | None
    expires: datetime


def _shown(catalogue: Catalogue, notice: PublicNotice) -> Shown:
    content = notice.content
    topic, area = catalogue.topics.get(content.topic), catalogue.areas.get(content.area or "")
    named = area.name if area else {"ja": content.area} if content.area else None
    return Shown(
        notice,
        topic.name if topic else {"ja": content.topic},
        named,
        None if content.cohort is None else cohort.cohort(content.cohort),
        datetime.fromtimestamp(content.expires_at, UTC),
    )


def _page(catalogue: Catalogue, notice: PublicNotice) -> Sheet:
    values = {
        "shown": _shown(catalogue, notice),
        "procedure": catalogue.procedures.get(notice.content.procedure or ""),
    }
    return Sheet("notice.html", f"notices/{notice.id}.html", values, "notices")


def _feed(
    frame: Frame, catalogue: Catalogue, topic: str, latest: Sequence[PublicNotice]
) -> Mapping[str, bytes]:
    own = [each for each in latest if topic in ("all", each.content.topic)]
    own = own[: frame.config.notices.feed_items]
    updated = instant(max((each.updated_at for each in own), default=NEVER))
    shape = {
        "version": 1,
        "topic": topic,
        "updated": updated,
        "items": [public_json(frame, each) for each in own],
    }
    return {
        f"feeds/{topic}.json": to_json(shape),
        f"feeds/{topic}.atom": atom.feed(frame, catalogue, topic, updated, own),
    }
