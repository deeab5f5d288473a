"""Pages of places and events: lists that are read without a script, which only sorts and hides.

Everything a row shows stands in the row; what ``js/places.js`` needs to choose among rows stands in
its data attributes, so that nothing has to be fetched and nobody learns what is looked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any

from todoke.core import closing_words, places
from todoke.core import medical_subjects as medical
from todoke.core.catalogue import Catalogue
from todoke.core.places import Origin, Place, PlaceFile, PlaceList
from todoke.press.frame import Frame, Sheet

#: places on one page: about 25 kB packed; the script brings the other pages when it sorts
PAGE = 200
#: clinics by department
SUBJECTS = f"{places.FOLDER}medical-subjects.html"
#: 国土地理院: the map is opened by the part behind the #, which no server is told
MAP = "https://maps.gsi.go.jp/#17/{latitude}/{longitude}/"
#: 種別 and 医療機関の種類 as published -> sentence; others are shown as they are
TYPES: Mapping[str, str] = {
    "認可公立保育所": "public_nursery",
    "認可私立保育所": "private_nursery",
    "認定こども園（幼保連携型）": "kodomoen",
    "認定こども園（幼稚園型）": "kodomoen",
    "小規模保育施設": "small",
    "認可外保育所": "unlicensed",
    "公立幼稚園": "public_kindergarten",
    "私立幼稚園": "private_kindergarten",
    "放課後児童クラブ": "after_school",
    "児童館": "jidokan",
    "子育て支援センター": "support",
    "その他": "other",
    "病院": "hospital",
    "診療所": "clinic",
    "歯科診療所": "dental",
}
#: of a childcare place, in the order they are shown
OFFERS = ("temporary", "sick", "nursing", "diapers")
#: departments of clinics that a page groups and offers beside those of the table: what only one
#: clinic in a city has is found by its name
MOST_OWN = 40
#: ages a family may ask for
YEARS = range(12)
_KATAKANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ"))}


@dataclass(frozen=True, slots=True)
class Subject:
    """A department. name: in Japanese. key: its sentence, "" for one without."""

    name: str
    key: str

    @property
    def anchor(self) -> str:
        """Its place on a page: the same in every edition."""
        return f"s-{self.key or sha256(self.name.encode()).hexdigest()[:8]}"

    @property
    def path(self) -> str:
        """Of a page of its own."""
        return f"{places.FOLDER}medical-{self.anchor}.html"

    @classmethod
    def of(cls, place: Place) -> tuple[Subject, ...]:
        """Those of a clinic."""
        names = medical.subjects_of(place.subjects)
        return tuple(cls(each, medical.key_of(each)) for each in names)


@dataclass(frozen=True, slots=True)
class Shown:
    """One row. type: sentence of its kind, "" for a kind without one. reading: the name in
    hiragana. phones: (number to dial, number to read). subjects: departments of a clinic.
    apply_on: last day to apply, "" where the city wrote words instead. marks: data attributes."""

    place: Place
    type: str
    reading: str
    phones: tuple[tuple[str, str], ...]
    map: str
    subjects: tuple[Subject, ...]
    apply_on: str
    marks: Mapping[str, str]


def sheets(catalogue: Catalogue, today: date) -> Iterator[Sheet]:
    """``places/index.html`` and the pages of each list; none where there is no list."""
    lists = catalogue.places
    if lists:
        counted = [(kind, len(_upcoming(file, today))) if kind == "events" else (kind, file.count)
                   for kind, file in lists.items()]  # fmt: skip
        yield Sheet("places.html", "places/index.html", {"lists": counted}, "search")
    for kind, file in lists.items():
        if kind == "events":
            values = {"file": file, "today": today}
            yield Sheet("events.html", "places/events.html", values, "search", told=_of_events)
            continue
        pages = -(-file.count // PAGE)
        for number in range(1, pages + 1):
            paths = addresses(kind, pages)
            values = {
                "file": file, "number": number, "addresses": paths, "closed": catalogue.closed,
            }  # fmt: skip
            yield Sheet("place_list.html", paths[number - 1], values, "search", told=_of_places)
        yield from _by_department(file, paths)


def _by_department(file: PlaceFile, paths: Sequence[str]) -> Iterator[Sheet]:
    """One page of all departments, or where the clinics fill several pages one for each."""
    every, apart = _subjects(file), file.count > PAGE
    for only in (None, *(every if apart else ())) if every else ():
        values = {"file": file, "addresses": paths, "apart": apart, "only": only}
        path = only.path if only else SUBJECTS
        yield Sheet("place_subjects.html", path, values, "search", told=_of_subjects)


def addresses(kind: str, pages: int) -> list[str]:
    """Of the pages of one list."""
    numbers = ("" if each == 1 else f"-{each}" for each in range(1, pages + 1))
    return [f"{places.FOLDER}{kind}{each}.html" for each in numbers]


def coming(catalogue: Catalogue, today: date) -> Sequence[Place]:
    """Events that are not over, the first one first."""
    file = catalogue.places.get("events")
    return _upcoming(file, today) if file else ()


def origin(file: PlaceFile) -> Origin:
    """Where a list comes from."""
    return _read(file).origin


def _upcoming(file: PlaceFile, today: date) -> Sequence[Place]:
    return places.coming(_read(file).places, today)


@lru_cache(maxsize=8)
def _read(file: PlaceFile) -> PlaceList:
    return places.read(places.path_of(file.kind), file.body)


@lru_cache(maxsize=8)
def _sorted(file: PlaceFile) -> Sequence[Place]:
    """In 五十音 order."""
    return sorted(_read(file).places, key=lambda each: (each.kana or each.name, each.id))


@lru_cache(maxsize=8)
def _subjects(file: PlaceFile) -> Sequence[Subject]:
    """Departments a list may be narrowed by: the table's, then the city's own, the most frequent
    first."""
    found = Counter(subject for each in _read(file).places for subject in Subject.of(each))
    order = {name: number for number, name in enumerate(medical.TABLE)}
    known = sorted((each for each in found if each.key), key=lambda each: order[each.name])
    own = sorted(set(found) - set(known), key=lambda each: (-found[each], each.name))
    return [*known, *own[:MOST_OWN]]


@lru_cache(maxsize=8)
def _clinics(file: PlaceFile) -> Mapping[Subject, Sequence[tuple[int, Place]]]:
    """Those of each department, with the page each stands on (from 0)."""
    found: dict[Subject, list[tuple[int, Place]]] = {each: [] for each in _subjects(file)}
    for at, each in enumerate(_sorted(file)):
        for subject in Subject.of(each):
            if subject in found:
                found[subject].append((at // PAGE, each))
    return found


def _of_subjects(_frame: Frame, _language: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """links: (department, how many, where). groups: (department, its clinics with the address of
    the page each stands on)."""
    file, paths, apart, only = (values[each] for each in ("file", "addresses", "apart", "only"))
    found = _clinics(file)
    here = [only] if only else [] if apart else list(found)
    groups = [(each, [(shown(one), paths[at]) for at, one in found[each]]) for each in here]
    links = [(each, len(rows)) for each, rows in found.items()]
    return {"kind": file.kind, "origin": origin(file), "links": links, "groups": groups}


def _of_places(_frame: Frame, _language: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    file, number = values["file"], values["number"]
    every = _sorted(file)
    types = dict.fromkeys(TYPES.get(each.type, each.type) for each in every if each.type)
    hazards = {hazard for each in every for hazard in (*each.hazards, *each.partly)}
    return {
        "kind": file.kind,
        "origin": origin(file),
        "rows": [shown(each) for each in every[(number - 1) * PAGE : number * PAGE]],
        "types": [(each, each in TYPES.values()) for each in types],
        "areas": sorted({each.area for each in every if each.area}),
        "years": YEARS if any(each.ages for each in every) else (),
        "hazards": [each for each in places.HAZARDS if each in hazards],
        "asked": [
            each for each in ("temporary", "sick") if any(getattr(one, each) for one in every)
        ],
        "subjects": _subjects(file),
        "subjects_at": SUBJECTS,
        "dated": any(each.days for each in every),
    }


def _of_events(_frame: Frame, _language: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    file = values["file"]
    rows = [shown(each) for each in _upcoming(file, values["today"])]
    return {"kind": file.kind, "origin": origin(file), "rows": rows}


def shown(place: Place) -> Shown:
    """What a row says and what it may be chosen by."""
    where = place.latitude is not None and place.longitude is not None
    offers = [each for each in OFFERS if getattr(place, each) in ("yes", "partly")]
    said, subjects = _said(place), Subject.of(place)
    marks = {
        "at": f"{place.latitude},{place.longitude}" if where else "",
        "type": TYPES.get(place.type, place.type),
        "area": place.area,
        "days": "".join(str(places.WEEKDAYS.index(each)) for each in place.days),
        "shut": " ".join(sorted(said.shut)),
        "runs": " ".join(sorted(said.runs)),
        "turn": " ".join(said.turn or ()),
        "subjects": "|".join(each.name for each in subjects),
        "ages": _span(place),
        "has": " ".join((*offers, *place.hazards, *place.partly)),
        "last": place.last,
    }
    return Shown(
        place=place,
        type=TYPES.get(place.type, ""),
        reading=place.kana.translate(_KATAKANA),
        phones=tuple((each.replace("-", ""), each) for each in place.phones),
        map=MAP.format(latitude=place.latitude, longitude=place.longitude) if where else "",
        subjects=subjects,
        apply_on=place.apply_by if _is_day(place.apply_by) else "",
        marks={name: each for name, each in marks.items() if each},
    )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _said(place: Place) -> closing_words.Said:
    """Of holidays and the turn of the year, wherever a city writes it."""
    return closing_words.said("\n".join(filter(None, (place.hours, place.about))))


def _span(place: Place) -> str:
    """Months, "6-83", "12-" for no end; "" where nobody can tell."""
    if place.age_from is None:
        return ""
    return f"{place.age_from}-{'' if place.age_to is None else place.age_to}"
