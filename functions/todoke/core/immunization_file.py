"""``site/immunization.yaml`` and ``site/checkups.yaml`` -> what a childhood is counted with.

A window without ends, a series nobody can begin or a fact without source and date is refused."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from datetime import date

from todoke.core import immunization as shape
from todoke.core.catalogue import CONFIDENCE
from todoke.core.site_fields import Fields, Text
from todoke.core.site_yaml import SiteFile
from todoke.core.words import LANGUAGES

PATH = "immunization.yaml"
CHECKUPS = "checkups.yaml"
#: more than any programme: ages in months, days, doses
MOST = 10_000
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])(-[0-9]{2})?")
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_DOSE = re.compile(r"[0-9](-([0-9]|booster))?|booster")
_SERIES = re.compile(r"[A-Za-z][a-z0-9_]{0,20}")
_WINDOW = ("from", "until")
_VACCINE = (
    "id", "name", "kind", "sex", "who", "since", "since_counts", "only_begun", "before", "special",
    "courses", "notes", "confidence", "sources", "uncertain",
)  # fmt: skip
_DOSE_FIELDS = (
    "dose", "window", "least", "least_of_first", "standard", "dropped", "dropped_after",
    "if_dropped",
)  # fmt: skip
_CHECKUP = (
    "id", "name", "window", "law", "mandatory", "as_of", "confidence", "sources", "note",
    "uncertain",
)  # fmt: skip


def programme(file: SiteFile, sources: Collection[str]) -> shape.Programme:
    """The programme of routine vaccination. sources: ids of ``site/sources.yaml``.

    Raises ``site_file_invalid`` with field, rule and next step."""
    known = ("as_of", "law", "sources", "live_interval", "notes", "vaccines")
    fields = Fields.of(file, "", file.value, known)
    found: dict[str, shape.Vaccine] = {}
    for each in fields.each("vaccines", _VACCINE):
        vaccine = _vaccine(each, sources)
        if vaccine.id in found:
            raise each.wrong("id", f"{vaccine.id!r} stands here twice", "remove one of them")
        found[vaccine.id] = vaccine
    for old in found.values():
        if old.before and (old.before not in found or not old.only_begun):
            rule = f"{old.id!r} is only_begun and stands before a vaccine of this file"
            raise fields.wrong("vaccines", rule, "mend before:, or add only_begun: true")
    law = fields.texts("law")
    if not law or not found:
        missing = "vaccines" if law else "law"
        raise fields.wrong(missing, "at least one entry", f"add {missing}:")
    fields.need("live_interval")
    interval = _interval(fields, "live_interval")
    assert interval is not None
    notes = fields.list_of_words("notes")
    return shape.Programme(
        as_of=_as_of(fields),
        law=law,
        sources=_sources(fields, sources),
        live_interval=interval,
        notes=notes,
        vaccines=found,
    )


def checkups(file: SiteFile, sources: Collection[str]) -> dict[str, shape.Checkup]:
    """The check-ups by id, in the order of a life. Raises ``site_file_invalid``."""
    found: dict[str, shape.Checkup] = {}
    for fields in Fields.of(file, "", file.value, ("checkups",)).each("checkups", _CHECKUP):
        check = _checkup(fields, sources)
        if check.id in found:
            raise fields.wrong("id", f"{check.id!r} stands here twice", "remove one of them")
        found[check.id] = check
    return found


def _checkup(fields: Fields, sources: Collection[str]) -> shape.Checkup:
    return shape.Checkup(
        id=fields.id("id"),
        name=_name(fields),
        window=whole_window(fields),
        law=fields.text("law"),
        mandatory=fields.flag("mandatory"),
        as_of=_as_of(fields),
        confidence=fields.choice("confidence", CONFIDENCE),
        sources=_sources(fields, sources),
        note=fields.maybe_words("note"),
        uncertain=fields.maybe_words("uncertain"),
    )


# ------------------------------------------------------------------------------- one vaccine
def _vaccine(fields: Fields, sources: Collection[str]) -> shape.Vaccine:
    courses = fields.each("courses", ("window", "reopened", "series"))
    if not courses:
        raise fields.wrong("courses", "at least one course of doses", "add courses:")
    vaccine = shape.Vaccine(
        id=fields.id("id"),
        name=_name(fields),
        kind=fields.choice("kind", shape.KINDS),
        courses=tuple(_course(each) for each in courses),
        confidence=fields.choice("confidence", CONFIDENCE),
        sources=_sources(fields, sources),
        sex=fields.choice("sex", ("F", "M")) if "sex" in fields.found else "",
        who=fields.choice("who", ("child", "pregnant")) if "who" in fields.found else "child",
        since=_day(fields, "since") if "since" in fields.found else None,
        since_counts=fields.flag("since_counts"),
        only_begun=fields.flag("only_begun"),
        before=fields.matching("before", _SERIES, "the id of a vaccine"),
        special=_special(fields),
        notes=tuple(_note(each) for each in fields.each("notes", ("when", "text"))),
        uncertain=fields.maybe_words("uncertain"),
    )
    _check_doses(fields, vaccine)
    return vaccine


def _check_doses(fields: Fields, vaccine: shape.Vaccine) -> None:
    """A dose is named once in each series, and what a dose points to stands before it."""
    by_due = False
    for course in vaccine.courses:
        edges = (course.window.start, course.window.end)
        by_due = by_due or any(each and each.kind == "before_due" for each in edges)
        ids = [each.id for each in course.series]
        if len(set(ids)) != len(ids):
            raise fields.wrong("courses", "series with ids of their own", "give each another id")
        for series in course.series:
            if series.otherwise and series.otherwise not in ids:
                rule = f"the series {series.otherwise!r} does not exist"
                raise fields.wrong("courses", rule, f"known: {', '.join(ids)}")
            before: list[str] = []
            for dose in series.doses:
                if dose.id in before:
                    rule = f"the dose {dose.id!r} stands twice in a series"
                    raise fields.wrong("courses", rule, "remove one of them")
                if dose.dropped_after and dose.dropped_after[0] not in before:
                    rule = f"{dose.dropped_after[0]!r} is no dose before {dose.id!r}"
                    raise fields.wrong("courses", rule, "name an earlier dose")
                before.append(dose.id)
            if series.doses[-1].dropped:
                rule = "after a dose that is dropped another one follows"
                raise fields.wrong("courses", rule, "remove dropped from the last dose")
    if by_due != (vaccine.who == "pregnant"):
        rule = "before_due and who: pregnant belong together"
        raise fields.wrong("who", rule, "add who: pregnant, or use another window")


def _course(fields: Fields) -> shape.Course:
    listed = fields.each("series", ("id", "begun_until", "product", "otherwise", "doses"))
    if not listed:
        raise fields.wrong("series", "at least one series of doses", "add series:")
    series = tuple(_series(each) for each in listed)
    for place, (one, _) in enumerate(itertools.pairwise(series)):
        if one.begun_until is None and not one.product and not one.otherwise:
            rule = "only the last series is open to who begins whenever"
            raise listed[place].wrong("begun_until", rule, "add begun_until: {month: …}")
    return shape.Course(whole_window(fields), series, _reopened(fields))


def _series(fields: Fields) -> shape.Series:
    doses = tuple(_dose(each) for each in fields.each("doses", _DOSE_FIELDS))
    if not doses:
        raise fields.wrong("doses", "at least one dose", 'add doses: [{dose: "1"}]')
    begun = fields.inner("begun_until", shape.EDGES)
    return shape.Series(
        id=fields.matching("id", _SERIES, "a short name"),
        doses=doses,
        begun_until=_edge(begun) if begun else None,
        product=fields.whole("product", 1, 100) or 0,
        otherwise=fields.matching("otherwise", _SERIES, "the id of a series"),
    )


def _dose(fields: Fields) -> shape.Dose:
    fields.need("dose")
    after = fields.inner("dropped_after", ("dose", "edge"))
    over = fields.inner("if_dropped", ("least", "from"))
    return shape.Dose(
        id=fields.matching("dose", _DOSE, '"1", "2", "1-2", "1-booster" or booster'),
        window=_window(fields, "window"),
        least=_interval(fields, "least"),
        least_of_first=_interval(fields, "least_of_first"),
        standard=_standard(fields),
        dropped=fields.flag("dropped"),
        dropped_after=(after.text("dose"), _needed_edge(after, "edge")) if after else None,
        if_dropped=_if_dropped(over) if over else None,
    )


def _if_dropped(fields: Fields) -> shape.IfDropped:
    fields.need("least")
    least = _interval(fields, "least")
    assert least is not None
    return shape.IfDropped(least, _needed_edge(fields, "from"))


def _standard(fields: Fields) -> shape.Standard | None:
    inner = fields.inner("standard", (*_WINDOW, "after", "within", "of_first"))
    if inner is None:
        return None
    found = shape.Standard(
        window=_ends(inner),
        after=_interval(inner, "after"),
        within=_interval(inner, "within"),
        of_first=inner.flag("of_first"),
    )
    if found == shape.Standard(of_first=found.of_first):
        raise fields.wrong("standard", "a beginning or an end", "add from: {month: …}")
    return found


def _special(fields: Fields) -> shape.Special | None:
    inner = fields.inner("special", ("born", "until"))
    return shape.Special(_born(inner), _needed_edge(inner, "until")) if inner else None


def _reopened(fields: Fields) -> shape.Reopened | None:
    inner = fields.inner("reopened", ("born", "window"))
    return shape.Reopened(_born(inner), whole_window(inner)) if inner else None


def _note(fields: Fields) -> shape.Note:
    return shape.Note(fields.choice("when", shape.NOTES), _every_language(fields, "text"))


# ------------------------------------------------------------------------ windows and intervals
def whole_window(fields: Fields) -> shape.Window:
    """The field ``window`` with both its ends. Raises ``site_file_invalid``."""
    fields.need("window")
    window = _window(fields, "window")
    for key, edge in (("from", window.start), ("until", window.end)):
        if edge is None:
            raise fields.wrong(f"window.{key}", "a window has two ends", f"add {key}: {{month: …}}")
    return window


def _window(fields: Fields, key: str) -> shape.Window:
    inner = fields.inner(key, _WINDOW)
    return _ends(inner) if inner else shape.Window()


def _ends(fields: Fields) -> shape.Window:
    found = [fields.inner(key, shape.EDGES) for key in _WINDOW]
    start, end = (_edge(each) if each else None for each in found)
    if start and end and _is_after(start, end):
        raise fields.wrong("until", "not before from", "mend one of the two ends")
    return shape.Window(start, end)


def _is_after(start: shape.Edge, end: shape.Edge) -> bool:
    """Of ends told in the same way; days before something count backwards."""
    if start.kind != end.kind or start.kind == "before_entry":
        return False
    ends = [str(each.value).zfill(10) for each in (start, end)]
    return ends[0] < ends[1] if start.kind == "before_due" else ends[0] > ends[1]


def _needed_edge(fields: Fields, key: str) -> shape.Edge:
    fields.need(key)
    inner = fields.inner(key, shape.EDGES)
    assert inner is not None
    return _edge(inner)


def _edge(fields: Fields) -> shape.Edge:
    if len(fields.found) != 1:
        raise fields.wrong("", "one way to tell the day", f"choose from: {', '.join(shape.EDGES)}")
    kind = next(iter(fields.found))
    if kind == "date":
        return shape.Edge(kind, _day(fields, kind).isoformat())
    if kind == "before_entry":
        return shape.Edge(kind, _month_day(fields, kind))
    number = fields.whole(kind, 0, MOST)
    if number is None:
        raise fields.wrong(kind, "a whole number", "write digits only")
    return shape.Edge(kind, number)


def _month_day(fields: Fields, key: str) -> str:
    found = fields.matching(key, _MONTH_DAY, "a day of every year, MM-DD, in quotes")
    try:
        date.fromisoformat(f"2023-{found}")  # no 29 February: it must exist every year
    except ValueError as error:
        raise fields.wrong(key, "a day of every year, MM-DD", "check month and day") from error
    return found


def _interval(fields: Fields, key: str) -> shape.Interval | None:
    inner = fields.inner(key, shape.UNITS)
    if inner is None:
        return None
    numbers = [(unit, inner.whole(unit, 1, MOST)) for unit in shape.UNITS if unit in inner.found]
    if len(numbers) != 1 or numbers[0][1] is None:
        raise fields.wrong(key, "days or months", f"write {key}: {{days: 27}}")
    return shape.Interval(numbers[0][0], numbers[0][1])


def _born(fields: Fields) -> tuple[date, date]:
    days = fields.texts("born")
    if len(days) != 2 or not all(_is_day(each) for each in days) or days[0] > days[1]:
        rule = "first and last birth date, YYYY-MM-DD, in quotes"
        raise fields.wrong("born", rule, 'write born: ["2022-04-02", "2023-04-01"]')
    return date.fromisoformat(days[0]), date.fromisoformat(days[1])


def _day(fields: Fields, key: str) -> date:
    text = fields.text(key)
    if not _is_day(text):
        raise fields.wrong(key, "a day, YYYY-MM-DD, in quotes", 'write "2024-04-01"')
    return date.fromisoformat(text)


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


# --------------------------------------------------------------------------- names and grounds
def _name(fields: Fields) -> Text:
    return _every_language(fields, "name")


def _every_language(fields: Fields, key: str) -> Text:
    words = fields.words(key)
    missing = [language for language in LANGUAGES if language not in words]
    if missing:
        rule = f"words in {', '.join(LANGUAGES)}"
        raise fields.wrong(key, rule, f"add {key}.{missing[0]}: …")
    return words


def _as_of(fields: Fields) -> str:
    fields.need("as_of")
    return fields.matching("as_of", _MONTH, "YYYY-MM or YYYY-MM-DD, in quotes")


def _sources(fields: Fields, sources: Collection[str]) -> tuple[str, ...]:
    named = fields.texts("sources")
    if not named:
        raise fields.wrong("sources", "where it was read", "add sources: [id of sources.yaml]")
    unknown = [each for each in named if each not in sources]
    if unknown:
        rule = f"{unknown[0]!r} does not exist"
        raise fields.wrong("sources", rule, "add it to site/sources.yaml")
    return named
