"""Everything the city published, in open formats, for anybody to keep: the catalogue, every
notice, the feeds, the files of ``site/``. Of the people who follow: rounded counts only."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from todoke import __version__
from todoke.core.audience import Figure
from todoke.core.notice import PublicNotice
from todoke.journeys import followers, notices, places
from todoke.ports import MAX_PAGE, Services

#: files of the release that are data rather than pages
RELEASE_FILES = ("catalogue.json", "app.json", "sitemap.xml")
_COLUMNS = (
    "id", "published", "expires", "topic", "area", "cohort", "urgency", "withdrawn", "reason",
    "title_ja", "title_easy", "title_en", "text_ja", "text_easy", "text_en", "procedure", "links",
)  # fmt: skip


def everything(services: Services) -> Iterator[tuple[str, bytes]]:
    """(path, bytes) of every file of the export; ``SHA256SUMS`` comes last."""
    sums = []
    for path, body in _files(services):
        sums.append(f"{hashlib.sha256(body).hexdigest()}  {path}\n")
        yield path, body
    yield "SHA256SUMS", "".join(sums).encode()


def _files(services: Services) -> Iterator[tuple[str, bytes]]:
    for name in RELEASE_FILES:
        blob = services.blobs.get(name)
        if blob is not None:
            yield f"published/{name}", blob.body
    for key in services.blobs.list(""):
        if key.startswith(places.EDITIONS):  # taken back: no longer what the city says
            continue
        blob = services.blobs.get(key)
        if blob is not None:
            yield f"published/{key}", blob.body
    for path, body in services.read_site().items():
        # the settings may name a contact of the office only; still, they are not a publication
        if not path.startswith("todoke.toml"):
            yield f"site/{path}", body
    public = list(_public(services))
    yield "notices.csv", _table(public)
    yield "counts.json", _json(_counts(services))
    yield "about.json", _json(_about(services, len(public)))


def _public(services: Services) -> Iterator[PublicNotice]:
    """Every notice that was ever published, newest change first."""
    cursor: str | None = None
    while True:
        page = notices.listing(services, limit=MAX_PAGE, cursor=cursor)
        for record in page.records:
            if record.data.get("published_at"):
                yield notices.public_form(record)
        cursor = page.cursor
        if cursor is None:
            return


def _table(public: list[PublicNotice]) -> bytes:
    """RFC 4180 with a byte order mark: without it a spreadsheet misreads Japanese."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for each in public:
        writer.writerow({name: _harmless(value) for name, value in _row(each).items()})
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")


def _row(each: PublicNotice) -> dict[str, object]:
    content = each.content
    words = {
        f"{part}_{language}": texts.get(language, "")
        for part, texts in (("title", content.title), ("text", content.text))
        for language in ("ja", "easy", "en")
    }
    return words | {
        "id": each.id,
        "published": each.published_at.isoformat(),
        "expires": datetime.fromtimestamp(content.expires_at, UTC).isoformat(),
        "topic": content.topic,
        "area": content.area or "",
        "cohort": content.cohort or "",
        "urgency": content.urgency,
        "withdrawn": "yes" if each.withdrawn else "no",
        "reason": each.reason,
        "procedure": content.procedure or "",
        "links": " ".join(link.url for link in content.links),
    }


def _harmless(value: object) -> object:
    """A cell that begins like a formula would be run by a spreadsheet (CWE-1236)."""
    risky = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if risky else value


def _counts(services: Services) -> dict[str, Any]:
    return {
        "floor_k": services.config.notices.floor_k,
        "note": "number: devices. few: fewer than number. at_least: rounded down.",
        "topics": [
            {
                "topic": each.topic,
                "name": dict(each.name),
                "devices": figure_json(each.total),
                "areas": {area: figure_json(one) for area, one in each.areas.items()},
                "cohorts": {str(year): figure_json(one) for year, one in each.cohorts.items()},
            }
            for each in followers.by_topic(services)
        ],
    }


def figure_json(figure: Figure) -> dict[str, Any]:
    """A figure for programs; the flags keep them from reading a bound as a count."""
    return {"number": figure.number, "few": figure.few, "at_least": figure.at_least}


def _about(services: Services, count: int) -> dict[str, Any]:
    city = services.config.city
    return {
        "city": {"code": city.code, "name": dict(city.name)},
        "made_at": services.clock.now().isoformat("T", "seconds"),
        "todoke": __version__,
        "release": services.blobs.current_release(),
        "notices": count,
        "left_out": "subscriptions, deliveries, staff, the record of acts, keys",
    }


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
