"""What the published site offers to follow and to point to.

Read from the release itself (``app.json``, ``catalogue.json``), so the desk and the phones can
never know different topics, and no function needs the source files of the site.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from todoke.core.errors import TodokeError
from todoke.core.notice_check import Rules
from todoke.ports import Services

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Offer:
    """topics, areas, procedures: id -> language -> name. cohorts: school years, newest first."""

    topics: Mapping[str, Names]
    areas: Mapping[str, Names]
    cohorts: tuple[int, ...]
    procedures: Mapping[str, Names]


def offer(services: Services) -> Offer:
    """The current release's offer. Raises ``site_file_invalid`` before the first publish."""
    app, catalogue = services.blobs.get("app.json"), services.blobs.get("catalogue.json")
    if app is None:
        raise TodokeError(
            "site_file_invalid", file="app.json", field="-", rule="published", next="todoke publish"
        )
    return _read(app.body, catalogue.body if catalogue else b'{"procedures": []}')


def rules(services: Services) -> Rules:
    """The offer as the check of a notice needs it."""
    found = offer(services)
    return Rules(
        topics=frozenset(found.topics),
        areas=frozenset(found.areas),
        cohorts=frozenset(found.cohorts),
        procedures=frozenset(found.procedures),
        link_hosts=services.config.notices.link_hosts,
    )


@lru_cache(maxsize=4)
def _read(app: bytes, catalogue: bytes) -> Offer:
    shape = json.loads(app)
    return Offer(
        topics=_names(shape["topics"]),
        areas=_names(shape["areas"]),
        cohorts=tuple(each["id"] for each in shape["cohorts"]),
        procedures=_names(json.loads(catalogue)["procedures"]),
    )


def _names(items: list[Any]) -> Mapping[str, Names]:
    return {each["id"]: each["name"] for each in items}
