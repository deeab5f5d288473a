"""``site/`` -> Catalogue: which file holds what, and every rule a file must keep."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from todoke.core import (
    benefits_file,
    coverage,
    deadlines_file,
    facts_file,
    immunization_file,
    parameters,
    places,
    reference_file,
    reference_words,
    search_words,
    shown_amounts,
    verified,
)
from todoke.core import catalogue as shape
from todoke.core.benefits import Benefit
from todoke.core.coverage import Checked
from todoke.core.deadline_rules import Rule
from todoke.core.errors import TodokeError
from todoke.core.facts import Vocabulary
from todoke.core.immunization import Timeline
from todoke.core.places import PlaceFile
from todoke.core.procedure_check import check, known, refuse_my_number
from todoke.core.procedure_file import SOURCE, procedure, source
from todoke.core.records import Records
from todoke.core.reference import FOLDER, Reference
from todoke.core.reference_words import ReferenceWords
from todoke.core.site_fields import Fields, Text
from todoke.core.site_yaml import SiteFile, invalid, load
from todoke.core.words import LANGUAGES

_Item = TypeVar("_Item", shape.Topic, shape.Event, shape.Procedure, Reference, ReferenceWords)
_Entry = TypeVar("_Entry", shape.Area, shape.Source)
_Any = TypeVar("_Any")
#: what is done with a mistake: raised at once, or kept while the other files are read
_Tell = Callable[[TodokeError], None]


def read(files: Mapping[str, bytes], records: Records | None = None) -> shape.Catalogue:
    """The whole catalogue, every reference checked. Raises ``site_file_invalid``."""
    catalogue = _gathered(files, _raise, records or Records())
    _check(catalogue, files, _raise)
    return _decided_here(files, catalogue)


def problems(files: Mapping[str, bytes]) -> Sequence[TodokeError]:
    """What keeps the catalogue from being read, file by file: who mends a site need not publish
    again for every mistake. References are looked at when every file can be read."""
    found: list[TodokeError] = []
    catalogue = _gathered(files, found.append, Records())
    if not found:
        _check(catalogue, files, found.append)
    if not found:
        _or_nothing(lambda: _decided_here(files, catalogue).procedures, found.append)
    return found


def _decided_here(files: Mapping[str, bytes], catalogue: shape.Catalogue) -> shape.Catalogue:
    """With what the municipality decided itself."""
    if parameters.PATH in files:
        file = parameters.file(files[parameters.PATH])
        refuse_my_number(file, "", file.value)
        catalogue = parameters.apply(catalogue, file)
    deadlines_file.check(catalogue)
    return catalogue


def _raise(error: TodokeError) -> None:
    raise error


def _gathered(files: Mapping[str, bytes], tell: _Tell, records: Records) -> shape.Catalogue:
    procedures = _folder(files, "procedures", procedure, tell, records)
    vocabulary: Vocabulary = {}
    if facts_file.PATH in files:
        vocabulary = _or_nothing(lambda: facts_file.facts(_load(files, facts_file.PATH)), tell)
    sources = _or_nothing(lambda: _every_source(_sources(files), procedures), tell)
    return shape.Catalogue(
        topics=_folder(files, "topics", _topic, tell),
        areas=_or_nothing(
            lambda: _single(files, "areas.yaml", "areas", ("id", "name"), _area), tell
        ),
        events=_folder(files, "events", _event, tell),
        procedures=procedures,
        sources=sources,
        benefits=_or_nothing(lambda: benefits(files), tell) if sources else {},
        facts=vocabulary,
        search=_search(files, tell),
        deadlines=_or_nothing(lambda: _deadlines(files, sources), tell) if sources else {},
        checked=_checked(files, tell),
        timeline=_timeline(files, tell) if sources else Timeline(),
        references=_references(files, tell, records),
        marks=_marks(files, records),
        places=_or_nothing(lambda: _places(files, records), tell),
    )


def _places(files: Mapping[str, bytes], records: Records) -> Mapping[str, PlaceFile]:
    """The lists of places, in the order of their page. Ten thousand are looked at once."""
    paths = [each for each in files if each.startswith(places.FOLDER)]
    counts = {
        path: records.seen(
            path, files[path], lambda path, body: len(places.read(path, body).places)
        )
        for path in sorted(paths)
    }
    return {
        kind: places.file(kind, files[path], counts[path])
        for kind in places.KINDS
        if (path := places.path_of(kind)) in counts and counts[path]
    }


def _checked(files: Mapping[str, bytes], tell: _Tell) -> tuple[Checked, ...]:
    """Without the file nobody has read anything."""
    if coverage.PATH not in files:
        return ()
    try:
        return coverage.checked(_load(files, coverage.PATH))
    except TodokeError as error:
        tell(error)
        return ()


def _references(
    files: Mapping[str, bytes], tell: _Tell, records: Records
) -> Mapping[str, Reference]:
    """A city may do without the folder. It may also do without a procedure that the shared files
    translate: that is an advice (``catalogue_lint``), no mistake."""
    if not any(path.startswith(f"{FOLDER}/") for path in files):
        return {}
    found = _folder(files, FOLDER, reference_file.reference, tell, records)
    folder = reference_words.FOLDER
    if not any(path.startswith(f"{folder}/") for path in files):
        return found
    said = _folder(files, folder, reference_file.reference_words, tell, records)
    for id in said.keys() - found.keys():
        step = f"add site/{FOLDER}/{id}.yaml"
        if f"{FOLDER}/{id}.yaml" in files:  # it is there, and its own mistakes are told
            continue
        tell(invalid(f"{folder}/{id}.yaml", "id", "a language of site/reference", step))
    return {id: replace(each, words=said.get(id)) for id, each in found.items()}


def _or_nothing(reading: Callable[[], Mapping[str, _Any]], tell: _Tell) -> Mapping[str, _Any]:
    try:
        return reading()
    except TodokeError as error:
        tell(error)
        return {}


def _check(catalogue: shape.Catalogue, files: Mapping[str, bytes], tell: _Tell) -> None:
    """What only holds between files."""
    for item in catalogue.procedures.values():
        try:
            check(catalogue, item)
        except TodokeError as error:
            tell(error)
    for event in catalogue.events.values():
        try:
            path = f"events/{event.id}.yaml"
            known(path, "procedures", event.procedures, catalogue.procedures)
        except TodokeError as error:
            tell(error)
    for each in (*shown_amounts.wrong(catalogue, files), *verified.wrong(catalogue)):
        tell(each)


def benefits(files: Mapping[str, bytes]) -> Mapping[str, Benefit]:
    """The benefits alone. A city that leaves the file out computes no amounts."""
    if benefits_file.PATH not in files:
        return {}
    return benefits_file.read(_load(files, benefits_file.PATH), _sources(files))


def timeline(files: Mapping[str, bytes]) -> Timeline:
    """The vaccinations and check-ups alone. A city that leaves a file out counts without it."""
    path, checks = immunization_file.PATH, immunization_file.CHECKUPS
    sources = _sources(files)
    return Timeline(
        immunization_file.programme(_load(files, path), sources) if path in files else None,
        immunization_file.checkups(_load(files, checks), sources) if checks in files else {},
    )


def _timeline(files: Mapping[str, bytes], tell: _Tell) -> Timeline:
    try:
        return timeline(files)
    except TodokeError as error:
        tell(error)
        return Timeline()


def _deadlines(
    files: Mapping[str, bytes], sources: Mapping[str, shape.Source]
) -> Mapping[str, Rule]:
    """A city that leaves the file out computes no days."""
    if deadlines_file.PATH not in files:
        return {}
    return deadlines_file.read(_load(files, deadlines_file.PATH), sources)


def _search(files: Mapping[str, bytes], tell: _Tell) -> search_words.SearchWords:
    """A city that leaves the file out is searched by the words of its catalogue alone."""
    path = search_words.PATH
    if path in files:
        try:
            return search_words.read(_load(files, path))
        except TodokeError as error:
            tell(error)
    return search_words.SearchWords()


def _sources(files: Mapping[str, bytes]) -> Mapping[str, shape.Source]:
    return _single(files, "sources.yaml", "sources", SOURCE, source)


def _every_source(
    shared: Mapping[str, shape.Source], procedures: Mapping[str, shape.Procedure]
) -> Mapping[str, shape.Source]:
    """The sources of ``sources.yaml`` and those written out in a procedure's own file."""
    found = dict(shared)
    for item in procedures.values():
        for each in item.own_sources:
            if each.id in found:
                rule = f"a source {each.id!r} is there already"
                raise invalid(f"procedures/{item.id}.yaml", "sources", rule, "write its id only")
            found[each.id] = each
    return found


def _marks(files: Mapping[str, bytes], records: Records) -> shape.Marks:
    """Of the bytes that were read: another look could find others."""
    procedures, rest = {}, hashlib.sha256()
    for path in sorted(files):
        if path.startswith(places.FOLDER):
            continue
        digest = records.marks.get(path) or hashlib.sha256(files[path]).hexdigest()
        if path.startswith("procedures/"):
            procedures[path.removeprefix("procedures/").removesuffix(".yaml")] = digest
        else:
            rest.update(f"{path}\0{digest}\n".encode())
    return shape.Marks(procedures, rest.hexdigest())


def _folder(
    files: Mapping[str, bytes],
    folder: str,
    one: Callable[[SiteFile], _Item],
    tell: _Tell,
    records: Records | None = None,
) -> dict[str, _Item]:
    """One item a file. The file is named by its id, so no id can stand there twice."""
    found: dict[str, _Item] = {}
    paths = sorted(each for each in files if each.startswith(f"{folder}/"))
    for path in paths:
        try:
            item = _named(files, path, _without_my_number(one), records or Records())
            found[item.id] = item
        except TodokeError as error:
            tell(error)
    if not paths:
        tell(invalid(folder, "-", "at least one file", f"add site/{folder}/<id>.yaml"))
    return dict(sorted(found.items(), key=lambda pair: getattr(pair[1], "order", 0)))


def _named(
    files: Mapping[str, bytes], path: str, one: Callable[[SiteFile], _Item], records: Records
) -> _Item:
    folder, _, name = path.partition("/")
    if "/" in name or not name.endswith(".yaml"):
        rule = f"site/{folder} holds files named <id>.yaml only"
        raise invalid(path, "-", rule, "rename or remove it")
    item = records.item(path, files[path], one)
    if f"{item.id}.yaml" != name:
        rule = f"the id {item.id!r} must be the file's name"
        raise invalid(path, "id", rule, f"rename the file to {item.id}.yaml")
    return item


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


def _every_language(fields: Fields, key: str) -> Text:
    """Names that people choose by stand in all three languages."""
    words = fields.words(key)
    missing = [language for language in LANGUAGES if language not in words]
    if missing:
        rule = f"words in {', '.join(LANGUAGES)}"
        raise fields.wrong(key, rule, f"add {key}.{missing[0]}: …")
    return words


def _load(files: Mapping[str, bytes], path: str) -> SiteFile:
    file = load(path, files[path])
    refuse_my_number(file, "", file.value)
    return file


def _without_my_number(one: Callable[[SiteFile], _Item]) -> Callable[[SiteFile], _Item]:
    def read(file: SiteFile) -> _Item:
        refuse_my_number(file, "", file.value)
        return one(file)

    return read
