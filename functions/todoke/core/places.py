"""Places and events of a city, as the site shows them: ``places/<kind>.json``.

Public facts about houses, never about people. The file is made by ``core/open_data.py`` from a
municipality's open data, or written by hand; either way it is read here, strictly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from hashlib import sha256
from typing import Any

from todoke.core.form_text import real_day
from todoke.core.site_yaml import invalid

#: in the order of their page: what a family needs daily comes first
KINDS = ("childcare", "public", "medical", "evacuation", "events")
FOLDER = "places/"
VERSION = 1
#: as ``open_data_times.days_of`` writes them; 祝 is a holiday
WEEKDAYS = "月火水木金土日祝"
#: 災害対策基本法施行令 20条の4: kinds of disaster a 指定緊急避難場所 is named for
HAZARDS = ("flood", "landslide", "surge", "earthquake", "tsunami", "fire", "inland", "volcano")
ANSWERS = ("", "yes", "no", "partly")
#: of a place on Earth that is in Japan
LATITUDES, LONGITUDES = (20.0, 46.0), (122.0, 154.0)
ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
URL = re.compile(r"https?://[^\s\"'<>\\]{1,1000}")
PHONE = re.compile(r"0[0-9]{9,10}|0[0-9]{1,4}-[0-9]{1,4}-[0-9]{3,4}")
TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")


@dataclass(frozen=True, slots=True)
class Place:
    """A place or an event. Texts are as the city wrote them.

    id: unique in its file, fit for an address. area: the town, for a filter. days: of
    ``WEEKDAYS``. opens, closes: HH:MM. hours: what else was said about days and hours. age_from,
    age_to: months, both included. temporary, sick, nursing, diapers, shelter: of ``ANSWERS``.
    hazards: of ``HAZARDS``; partly: those it is fit for in part. first, last: YYYY-MM-DD, of an
    event."""

    id: str
    name: str
    kana: str = ""
    type: str = ""
    address: str = ""
    area: str = ""
    latitude: float | None = None
    longitude: float | None = None
    phones: tuple[str, ...] = ()
    url: str = ""
    days: str = ""
    opens: str = ""
    closes: str = ""
    hours: str = ""
    about: str = ""
    ages: str = ""
    age_from: int | None = None
    age_to: int | None = None
    capacity: int | None = None
    temporary: str = ""
    sick: str = ""
    nursing: str = ""
    diapers: str = ""
    shelter: str = ""
    hazards: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    subjects: str = ""
    after_hours: str = ""
    first: str = ""
    last: str = ""
    venue: str = ""
    target: str = ""
    fee: str = ""
    apply_by: str = ""
    organiser: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a list comes from. file: name of the file that was brought in. digest: SHA-256 of
    its bytes. date: day of the data, "" when nobody said. licence: as its publisher names it."""

    file: str = ""
    digest: str = ""
    date: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class PlaceList:
    """What one file holds."""

    kind: str
    origin: Origin
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class PlaceFile:
    """One file of the site, looked at. digest: SHA-256 of body: what a page made of it depends
    on."""

    kind: str
    digest: str
    count: int
    body: bytes


_TEXTS = tuple(each.name for each in fields(Place) if each.type == "str")
_LISTS = tuple(each.name for each in fields(Place) if str(each.type).startswith("tuple"))
_WHOLE = ("age_from", "age_to", "capacity")
_DEGREES: Mapping[str, tuple[float, float]] = {"latitude": LATITUDES, "longitude": LONGITUDES}
_NAMES = frozenset(each.name for each in fields(Place))
_ANSWERED = ("temporary", "sick", "nursing", "diapers", "shelter")


def path_of(kind: str) -> str:
    """The file below ``site/``."""
    return f"{FOLDER}{kind}.json"


def write(found: PlaceList) -> bytes:
    """As ``read`` reads it: one place on a line, so that two editions can be compared."""
    head = {"version": VERSION, "kind": found.kind, "source": _filled(found.origin)}
    rows = ",\n".join(_json(_filled(each)) for each in found.places)
    return f'{_json(head)[:-1]},"places":[\n{rows}\n]}}\n'.encode()


def head(body: bytes) -> tuple[Origin, int]:
    """Where a file that ``write`` made comes from and how many places it holds, without reading
    them."""
    first = body.split(b"\n", 1)[0].removesuffix(b',"places":[') + b"}"
    return Origin(**json.loads(first)["source"]), body.count(b'\n{"id":')


def file(kind: str, body: bytes, count: int) -> PlaceFile:
    """A file whose places were read and counted."""
    return PlaceFile(kind, sha256(body).hexdigest(), count, body)


def read(path: str, body: bytes) -> PlaceList:
    """Every place in the file. Raises ``site_file_invalid`` naming place and field."""
    kind = path.removeprefix(FOLDER).removesuffix(".json")
    if kind not in KINDS or path != path_of(kind):
        raise invalid(path, "-", f"one of {', '.join(KINDS)}, .json", "rename or remove it")
    try:
        shape = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise invalid(path, "-", "JSON in UTF-8", "todoke import opendata") from error
    if not isinstance(shape, dict) or set(shape) != {"version", "kind", "source", "places"}:
        raise invalid(path, "-", "version, kind, source, places", "todoke import opendata")
    if (shape["version"], shape["kind"]) != (VERSION, kind):
        raise invalid(path, "kind", f"version {VERSION}, kind {kind}", "todoke import opendata")
    origin, rows = shape["source"], shape["places"]
    if not _is_origin(origin) or not isinstance(rows, list):
        raise invalid(path, "source", "texts, and a list of places", "todoke import opendata")
    places = tuple(_place(path, number, each) for number, each in enumerate(rows, 1))
    if len({each.id for each in places}) != len(places):
        raise invalid(path, "places", "each id stands there once", "give the second another id")
    return PlaceList(kind, Origin(**origin), places)


def _is_origin(value: object) -> bool:
    names = {each.name for each in fields(Origin)}
    return isinstance(value, dict) and all(
        name in names and isinstance(each, str) for name, each in value.items()
    )


def _place(path: str, number: int, row: object) -> Place:
    if not isinstance(row, dict) or not {"id", "name"} <= set(row) <= _NAMES:
        raise invalid(path, f"places[{number}]", "fields of a place, id and name among them", "-")
    for name, value in row.items():
        if not _fits(name, value):
            raise invalid(path, f"places[{number}].{name}", "a value of its kind", "mend it")
    values: dict[str, Any] = {
        name: tuple(each) if name in _LISTS else each for name, each in row.items()
    }
    return Place(**values)


def _fits(name: str, value: Any) -> bool:
    """Whether a page may show the value: an address that is none could run a script."""
    if name in _DEGREES:
        low, high = _DEGREES[name]
        return isinstance(value, int | float) and low <= value <= high
    if name in _WHOLE:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**7
    if name in _LISTS:
        texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
        return texts and _list_fits(name, value)
    return isinstance(value, str) and _text_fits(name, value)


def _list_fits(name: str, value: Sequence[str]) -> bool:
    if name == "phones":
        return all(PHONE.fullmatch(each) for each in value)
    return name == "communities" or set(value) <= set(HAZARDS)


def _text_fits(name: str, value: str) -> bool:
    patterns = {"id": ID, "url": URL, "opens": TIME, "closes": TIME}
    if name in patterns:
        return patterns[name].fullmatch(value) is not None
    if name in ("first", "last"):
        return real_day(value) is not None
    if name in _ANSWERED:
        return value in ANSWERS
    return set(value) <= set(WEEKDAYS) if name == "days" else bool(value)


def coming(found: Sequence[Place], today: date) -> Sequence[Place]:
    """Events that are not over, the first one first."""
    left = (each for each in found if each.last >= today.isoformat())
    return sorted(left, key=lambda each: (each.first, each.opens, each.name, each.id))


def _filled(value: Place | Origin) -> Mapping[str, Any]:
    pairs = ((each.name, getattr(value, each.name)) for each in fields(value))
    return {name: each for name, each in pairs if each not in ("", None, ())}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
