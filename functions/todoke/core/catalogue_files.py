"""``site/`` -> Catalogue: which file holds what, and every rule a file must keep."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from todoke.core import catalogue as shape
from todoke.core.my_number import LENGTH, found_in
from todoke.core.procedure_file import DATE, procedure
from todoke.core.site_fields import Fields, Text
from todoke.core.site_yaml import SiteFile, Value, invalid, load
from todoke.core.words import LANGUAGES

_Item = TypeVar("_Item", shape.Topic, shape.Event, shape.Procedure)
_Entry = TypeVar("_Entry", shape.Area, shape.Source)


def read(files: Mapping[str, bytes]) -> shape.Catalogue:
    """The whole catalogue, every reference checked. Raises ``site_file_invalid``."""
    catalogue = shape.Catalogue(
        topics=_folder(files, "topics", _topic),
        areas=_single(files, "areas.yaml", "areas", ("id", "name"), _area),
        events=_folder(files, "events", _event),
        procedures=_folder(files, "procedures", procedure),
        sources=_single(files, "sources.yaml", "sources", ("id", "title", "url", "date"), _source),
    )
    for item in catalogue.procedures.values():
        _check_procedure(catalogue, item)
    for event in catalogue.events.values():
        _known(f"events/{event.id}.yaml", "procedures", event.procedures, catalogue.procedures)
    return catalogue


def _folder(
    files: Mapping[str, bytes], folder: str, one: Callable[[SiteFile], _Item]
) -> dict[str, _Item]:
    """One item a file. The file is named by its id, so no id can stand there twice."""
    found: dict[str, _Item] = {}
    for path in sorted(each for each in files if each.startswith(f"{folder}/")):
        name = path.removeprefix(f"{folder}/")
        if "/" in name or not name.endswith(".yaml"):
            rule = f"site/{folder} holds files named <id>.yaml only"
            raise invalid(path, "-", rule, "rename or remove it")
        item = one(_load(files, path))
        if f"{item.id}.yaml" != name:
            rule = f"the id {item.id!r} must be the file's name"
            raise invalid(path, "id", rule, f"rename the file to {item.id}.yaml")
        found[item.id] = item
    if not found:
        raise invalid(folder, "-", "at least one file", f"add site/{folder}/<id>.yaml")
    return dict(sorted(found.items(), key=lambda pair: getattr(pair[1], "order", 0)))


def _single(
    files: Mapping[str, bytes],
    path: str,
    key: str,
    known: tuple[str, ...],
    one: Callable[[Fields], _Entry],
) -> dict[str, _Entry]:
    """A list of entries in one file."""
    if path not in files:
        raise invalid(path, "-", "the file must exist", f"add it with a list {key}:")
    file = _load(files, path)
    found: dict[str, _Entry] = {}
    for fields in Fields.of(file, "", file.value, (key,)).each(key, known):
        entry = one(fields)
        if entry.id in found:
            raise fields.wrong("id", f"{entry.id!r} stands here twice", "give one another id")
        found[entry.id] = entry
    return found


def _topic(file: SiteFile) -> shape.Topic:
    known = ("id", "order", "name", "about", "often", "sensitive")
    fields = Fields.of(file, "", file.value, known)
    return shape.Topic(
        id=fields.id("id"),
        name=_every_language(fields, "name"),
        about=_every_language(fields, "about"),
        often=_every_language(fields, "often"),
        sensitive=fields.flag("sensitive"),
        order=fields.whole("order") or 0,
    )


def _event(file: SiteFile) -> shape.Event:
    known = ("id", "order", "name", "about", "icon", "procedures")
    fields = Fields.of(file, "", file.value, known)
    return shape.Event(
        id=fields.id("id"),
        name=_every_language(fields, "name"),
        about=_every_language(fields, "about"),
        icon=fields.id("icon"),
        procedures=fields.texts("procedures"),
        order=fields.whole("order") or 0,
    )


def _area(fields: Fields) -> shape.Area:
    return shape.Area(id=fields.id("id"), name=_every_language(fields, "name"))


def _source(fields: Fields) -> shape.Source:
    url = fields.maybe_text("url")
    if url and not url.startswith(("https://", "http://")):
        raise fields.wrong(
            "url", "https://… or http://…", "write the whole address or leave it out"
        )
    date = fields.matching("date", DATE, "YYYY, YYYY-MM or YYYY-MM-DD")
    return shape.Source(fields.id("id"), fields.text("title"), url, date)


def _every_language(fields: Fields, key: str) -> Text:
    """Names that people choose by stand in all three languages."""
    words = fields.words(key)
    missing = [language for language in LANGUAGES if language not in words]
    if missing:
        rule = f"words in {', '.join(LANGUAGES)}"
        raise fields.wrong(key, rule, f"add {key}.{missing[0]}: …")
    return words


def _check_procedure(catalogue: shape.Catalogue, item: shape.Procedure) -> None:
    path = f"procedures/{item.id}.yaml"
    _known(path, "topic", (item.topic,), catalogue.topics)
    _known(path, "sources", item.sources, catalogue.sources)
    _known(path, "next", item.next, catalogue.procedures)


def _known(path: str, field: str, named: Iterable[str], there: Mapping[str, object]) -> None:
    for id in named:
        if id not in there:
            near = difflib.get_close_matches(id, there, 1, 0.5)
            step = f"did you mean {near[0]}?" if near else f"known: {', '.join(list(there)[:12])}"
            raise invalid(path, field, f"{id!r} does not exist", step)


def _load(files: Mapping[str, bytes], path: str) -> SiteFile:
    file = load(path, files[path])
    _refuse_my_number(file, "", file.value)
    return file


def _refuse_my_number(file: SiteFile, where: str, value: Value) -> None:
    """Public pages carry no 個人番号 (番号法 19条), whoever typed it in."""
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse_my_number(file, f"{where}.{key}" if where else key, inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            _refuse_my_number(file, f"{where}[{number}]", inner)
    elif isinstance(value, str | int):
        text = str(value)
        if sum(map(str.isnumeric, text)) >= LENGTH and found_in(text):
            rule = "text with a valid My Number is never published"
            raise invalid(file.path, where, rule, "remove the number")
