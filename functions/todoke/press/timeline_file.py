"""``/timeline.json``: the rules of a childhood for ``js/doses.js``, which counts on the device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from todoke.core.catalogue import Catalogue
from todoke.core.immunization import as_json
from todoke.press.frame import Frame


def timeline(catalogue: Catalogue, frame: Frame) -> Mapping[str, Any]:
    """The rules with their sources, so that a page names them without a network; やさしい日本語
    with readings as ``js/words.js`` reads them."""
    shape = as_json(catalogue.timeline)
    named = sorted(_sources(shape))
    shown = [_source(catalogue, each) for each in named]
    read: Mapping[str, Any] = _with_readings({**shape, "sources": shown}, frame)
    return read


def _sources(node: Any) -> set[str]:
    """Ids of every source that is named anywhere."""
    if isinstance(node, Mapping):
        own = node.get("sources", ())
        return set(own).union(*(_sources(each) for each in node.values()))
    return set().union(*(_sources(each) for each in node)) if isinstance(node, list) else set()


def _source(catalogue: Catalogue, id: str) -> Mapping[str, Any]:
    found = catalogue.sources[id]
    told = {"url": found.url, "date": found.date}
    title = {"id": id, "title": dict(found.title)}
    return {**title, **{name: each for name, each in told.items() if each}}


def _with_readings(node: Any, frame: Frame) -> Any:
    if isinstance(node, Mapping):
        if isinstance(node.get("easy"), str):
            return {**node, "easy": frame.readings.marked(node["easy"])}
        return {name: _with_readings(each, frame) for name, each in node.items()}
    return [_with_readings(each, frame) for each in node] if isinstance(node, list) else node
