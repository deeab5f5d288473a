"""One row of open data -> the fields of a place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from todoke.core import open_data_address, open_data_cells, open_data_times
from todoke.core.csv_file import RefusedError
from todoke.core.my_number import LENGTH, found_in
from todoke.core.open_data_columns import Columns
from todoke.core.open_data_table import Line
from todoke.core.places import HAZARDS

#: names are shown on one line, texts on a page of many places
MAX_NAME = 120
MAX_LINE = 300
MAX_TEXT = 2_000
#: a cell longer than any text a city writes was not meant for a list
MAX_CELL = 20_000


class Cells:
    """The cells of one row by meaning. notes: how they were mended, (column, how)."""

    def __init__(self, columns: Columns, line: Line) -> None:
        """Raises RefusedError for a row that cannot be read."""
        self._columns, self._line = columns, line
        self.notes: list[tuple[str, str]] = []
        self._taken: dict[str, str] = {}
        if line.fault:
            raise RefusedError("", line.fault)
        if line.mended:
            self.notes.append(("", line.mended))
        for place, cell in enumerate(line.cells):
            if len(cell) > MAX_CELL:
                raise RefusedError(columns.names[place], "cell_long")

    def name(self, meaning: str) -> str:
        """The column a meaning was taken from, as the file names it."""
        if meaning in self._taken:
            return self._taken[meaning]
        places = self._columns.fields.get(meaning, ())
        return self._columns.names[places[0]] if places else ""

    def note(self, meaning: str, how: str) -> None:
        """Says how a cell was mended; "" says nothing."""
        if how:
            self.notes.append((self.name(meaning), how))

    def raw(self, meaning: str) -> str:
        """The first filled cell of that meaning, clean, line breaks kept."""
        for place in self._columns.fields.get(meaning, ()):
            text = self._line.cells[place]
            if not text or text.isspace():
                continue
            self._taken[meaning] = self._columns.names[place]
            text, how = open_data_cells.clean(text)
            self.note(meaning, how)
            if text:
                return text
        return ""

    def line(self, meaning: str, limit: int = MAX_LINE) -> str:
        """A text of one line; one that is too long is left out."""
        text, how = open_data_cells.one_line(self.raw(meaning))
        self.note(meaning, how)
        if len(text) > limit:
            self.note(meaning, "text_long")
            return ""
        return text

    def text(self, meaning: str) -> str:
        """A text that may have several lines."""
        text = self.raw(meaning)
        if len(text) > MAX_TEXT:
            self.note(meaning, "text_long")
            return ""
        return text

    def mended(self, meaning: str, found: tuple[Any, str]) -> Any:
        """The value of (value, how)."""
        value, how = found
        self.note(meaning, how)
        return value


def place(kind: str, cells: Cells, day: date | None) -> Mapping[str, Any]:
    """The fields of ``places.Place`` that the row fills; id may be missing. Raises RefusedError:
    no name, nowhere, what is wrong with the days of an event, a My Number."""
    name = cells.line("name", MAX_NAME)
    if not any(map(str.isalnum, name)):
        rule = "name_formula" if ("formula_out" in (how for _, how in cells.notes)) else "name"
        raise RefusedError(cells.name("name"), rule)
    values: dict[str, Any] = {"name": name, **_everywhere(cells)}
    own = {"childcare": _childcare, "evacuation": _evacuation, "medical": _medical}
    if kind in own:
        values |= own[kind](cells)
    elif kind == "events":
        values |= _event(cells, day)
    else:
        values |= {"type": cells.line("type")}
    if kind != "events" and not values["address"] and "latitude" not in values:
        raise RefusedError(cells.name("address"), "nowhere")
    found = {key: each for key, each in values.items() if each not in ("", None, ())}
    _refuse_my_number(found, cells)
    return found


def _refuse_my_number(found: Mapping[str, Any], cells: Cells) -> None:
    """Public pages carry no 個人番号 (番号法 19条), whoever typed it in."""
    for key, each in found.items():
        texts = each if isinstance(each, tuple) else (each,) if isinstance(each, str) else ()
        # counting the digits first takes a tenth of the time
        if any(sum(map(str.isnumeric, one)) >= LENGTH and found_in(one) for one in texts):
            raise RefusedError(cells.name(key), "my_number")


def _everywhere(cells: Cells) -> Mapping[str, Any]:
    """What every kind may have."""
    for code in ("code", "place_code"):  # looked at, not kept: a list is one city's own
        text = cells.line(code)
        if text:
            cells.mended(code, open_data_cells.municipality_code(text))
    return {
        "id": cells.mended("id", open_data_cells.identifier(cells.line("id"))),
        "kana": cells.line("kana", MAX_NAME),
        **_address(cells),
        **_coordinates(cells),
        "phones": cells.mended("phone", open_data_cells.phones(cells.raw("phone"))),
        "url": cells.mended("url", open_data_cells.address_of_page(cells.line("url", 1000))),
        "about": cells.text("about"),
        **_hours(cells),
    }


def _address(cells: Cells) -> Mapping[str, str]:
    prefecture, city = cells.line("prefecture"), cells.line("city")
    town, block, building = cells.line("town"), cells.line("block"), cells.line("building")
    whole = cells.line("address")
    if not whole:
        whole, how = open_data_address.joined(prefecture, city, town, block)
        column = "city" if city else "town"
        cells.note(column, how)
    area = open_data_address.town_of(whole, prefecture, city, town)
    if whole and building and building not in whole:
        whole = f"{whole} {building}"
    return {"address": whole, "area": area}


def _coordinates(cells: Cells) -> Mapping[str, float]:
    latitude, longitude = cells.line("latitude"), cells.line("longitude")
    pair = cells.mended(
        "latitude",
        open_data_cells.coordinates(latitude, longitude, cells.line("both")),
    )
    return {"latitude": pair[0], "longitude": pair[1]} if pair else {}


def _hours(cells: Cells) -> Mapping[str, str]:
    """Days and hours; what cannot be read as such stays as the text it is."""
    values, left = {}, []
    for meaning, read in (
        ("days", open_data_times.days_of),
        ("opens", open_data_times.time_of),
        ("closes", open_data_times.time_of),
    ):
        text = cells.line(meaning)
        values[meaning] = cells.mended(meaning, read(text))
        left += [text] if text and not values[meaning] else []
    values["hours"] = "\n".join(each for each in (*left, cells.text("hours")) if each)
    return values


def _childcare(cells: Cells) -> Mapping[str, Any]:
    ages = cells.line("ages")
    age_from, age_to = open_data_times.ages_of(ages) if ages else (None, None)
    asked = ("temporary", "sick", "nursing", "diapers")
    return {
        "type": cells.line("type"),
        "ages": ages,
        "age_from": age_from,
        "age_to": age_to,
        "capacity": cells.mended("capacity", open_data_cells.whole_number(cells.line("capacity"))),
        **{each: cells.mended(each, open_data_cells.answer(cells.line(each))) for each in asked},
    }


def _evacuation(cells: Cells) -> Mapping[str, Any]:
    """Hazards: 1 or ○ is designated, △ in part, empty is not."""
    found = {
        each: cells.mended(each, open_data_cells.answer(cells.line(each)))
        for each in (*HAZARDS, "flood_largest")
    }
    if found["flood_largest"] and not found["flood"]:
        found["flood"] = found["flood_largest"]
    elif found["flood_largest"] in ("no", "partly") and found["flood"] == "yes":
        found["flood"] = "partly"  # fit for the planned flood, not for the largest one
    communities = cells.text("communities").replace("；", ";").split(";")
    return {
        "hazards": tuple(each for each in HAZARDS if found[each] == "yes"),
        "partly": tuple(each for each in HAZARDS if found[each] == "partly"),
        "shelter": cells.mended("shelter", open_data_cells.answer(cells.line("shelter"))),
        "capacity": cells.mended("capacity", open_data_cells.whole_number(cells.line("capacity"))),
        "communities": tuple(filter(None, (" ".join(each.split()) for each in communities))),
    }


def _medical(cells: Cells) -> Mapping[str, Any]:
    return {
        "type": cells.line("type"),
        "subjects": cells.line("subjects", MAX_TEXT),
        "after_hours": cells.line("after_hours", MAX_TEXT),
    }


def _event(cells: Cells, day: date | None) -> Mapping[str, Any]:
    columns = cells.name("first"), cells.name("last")
    told = open_data_times.day_of(cells.line("published")) or day
    first, last, mends = open_data_times.span_of(
        cells.line("first"), cells.line("last"), told, columns
    )
    cells.notes += mends
    fee, more = cells.line("fee"), cells.line("fee_more", MAX_TEXT)
    return {
        "type": cells.line("type"),
        "first": first,
        "last": last,
        "venue": cells.line("venue"),
        "target": cells.line("target", MAX_TEXT),
        "fee": " ".join(each for each in (fee, more) if each),
        "apply_by": cells.line("apply_by"),
        "organiser": cells.line("organiser"),
    }
