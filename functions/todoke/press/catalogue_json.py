"""catalogue.json: every fact with its date, confidence and evidence, as open data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any

from todoke.config import Config
from todoke.core.catalogue import Catalogue, Procedure

#: of catalogue.json
VERSION = 1


def open_data(config: Config, catalogue: Catalogue) -> Mapping[str, Any]:
    """The catalogue as open data: every fact with its date, confidence and evidence."""
    return {
        "version": VERSION,
        "city": {"code": config.city.code, "name": dict(config.city.name)},
        "url": config.public_url,
        "licence": "Apache-2.0",
        "topics": [
            {"id": each.id, "name": dict(each.name), "sensitive": each.sensitive}
            for each in catalogue.topics.values()
        ],
        "events": [
            {"id": each.id, "name": dict(each.name), "procedures": list(each.procedures)}
            for each in catalogue.events.values()
        ],
        "city_facts": {id: filled(each) for id, each in catalogue.city_facts.items()},
        "sources": [filled(each) for each in catalogue.sources.values()],
        "procedures": [procedure(config, each) for each in catalogue.procedures.values()],
    }


def procedure(config: Config, item: Procedure) -> Mapping[str, Any]:
    """One entry."""
    address = f"{config.public_url}/procedures/{item.id}.html"
    shape = filled(item)
    shape.pop("form", None)  # a file of its own: forms/<id>.json
    shape.pop("own_sources", None)  # among the sources of the file
    shape.pop("examples", None)  # for whoever writes the rule
    shape.pop("ages_at", None)  # what the city decided stands in the rule already
    return {"id": item.id, "url": address, **shape, "certain": item.certain}


def filled(value: Any) -> Any:
    """As tables and lists, without the fields that say nothing (None, "", False, empty lists)."""
    if isinstance(value, str | int | None):
        return value
    if isinstance(value, list | tuple):
        return [filled(each) for each in value]
    if isinstance(value, Mapping):
        pairs = [(key, filled(each)) for key, each in value.items()]
    else:
        pairs = [(name, filled(getattr(value, name))) for name in _names(type(value))]  # type: ignore[arg-type]
    return {key: each for key, each in pairs if each == 0 or each not in (None, "", [], {})}


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))
