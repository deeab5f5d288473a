"""The register of residents (統合宛名) as one CSV file: who they all are on one day.

It is read strictly and taken whole or not at all: a person who is missing from it is closed, so a
line that cannot be read must not be left out. A cell may be empty where nobody knows (address,
birth date, sex); letters that only the writing system can show (外字) become 〓. Lines are parsed
when they are asked for: a file of 100,000 people is kept once, as its bytes.
"""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NoReturn

from todoke.core import form_text, input_check, my_number
from todoke.core.csv_file import Refusal, RefusedError
from todoke.core.errors import TodokeError
from todoke.core.names import WILD
from todoke.core.same_person import FEMALE, MALE

NUMBER, NAME, KANA, ADDRESS = "宛名番号", "氏名", "よみがな", "住所"
BORN, SEX = "生年月日", "性別"
MOVED_ON, REASON, GUARDIANS = "異動日", "異動事由", "保護者の宛名番号"
#: of a column of its own, since registers say it in many ways: 住民基本台帳事務処理要領 第5の10
PROTECTED = "支援措置"
#: in any order
COLUMNS = (NUMBER, NAME, KANA, ADDRESS, BORN, SEX)
OPTIONAL = (MOVED_ON, REASON, GUARDIANS, PROTECTED)
#: a large city's; each line has about 200 bytes
MAX_ROWS = 500_000
MAX_BYTES = 128 * 1024 * 1024
#: far more than any line needs: a quotation mark that is not closed would swallow the rest
MAX_LINE_BYTES = 8 * 1024
MAX_NAME, MAX_ADDRESS, MAX_REASON, MAX_GUARDIANS = 100, 200, 40, 4

#: what becomes of a person: here, gone from the city, dead
HERE, CLOSED, DECEASED = "here", "closed", "deceased"
_GONE = ("転出", "国外転出", "職権消除", "出国")
_SEXES = {"男": MALE, "男性": MALE, MALE: MALE, "女": FEMALE, "女性": FEMALE, FEMALE: FEMALE}
_NO_SEX = ("", "0", "3", "9", "不明", "その他", "無回答")
#: strictly: a word that is read wrongly would show a child to whom it must not be shown
_IS_PROTECTED = ("1", "有", "あり", "対象", "該当")
_NOT_PROTECTED = ("", "0", "無", "なし", "対象外", "非該当")
_NO_DAY = re.compile(
    "不詳|不明|.*[-/.年]0{1,2}[-/.月].*|.*[-/.月]0{1,2}日?|[0-9]{4}(0000|[0-9]{2}00)"
)
_NUMBER = re.compile("[0-9A-Za-z-]{1,20}")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")


@dataclass(frozen=True, slots=True)
class Row:
    """One person. line: in the file, from 1, the header being line 1. sex: "1", "2" or "" where
    it is not said. state: here | closed | deceased on the day of the file. protected: 支援措置;
    shown_to: guardians of this line who may read for the child all the same."""

    line: int
    number: str
    name: str
    kana: str
    address: str = ""
    born: date | None = None
    sex: str = ""
    moved_on: date | None = None
    reason: str = ""
    guardians: tuple[str, ...] = ()
    state: str = HERE
    protected: bool = False
    shown_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """Its lines, parsed one by one. on: the day of which it speaks."""

    body: bytes = field(repr=False)
    on: date
    encoding: str
    header: Sequence[str]
    starts: Sequence[int] = field(repr=False)
    ends: Sequence[int] = field(repr=False)
    numbers: Sequence[int] = field(repr=False)

    def __len__(self) -> int:
        return len(self.numbers)

    def checked(self) -> Iterator[Row | Refusal]:
        """Each line in order; the second of two with one 宛名番号 is a refusal too."""
        known: set[str] = set()
        for place in range(len(self)):
            row = self.at(place)
            if isinstance(row, Row) and row.number in known:
                row = Refusal(row.line, NUMBER, "csv_twice")
            elif isinstance(row, Row):
                known.add(row.number)
            yield row

    def at(self, place: int) -> Row | Refusal:
        """One line, the first being 0."""
        line = self.numbers[place]
        raw = self.body[self.starts[place] : self.ends[place]]
        try:
            return _row(line, self._cells(raw), self.on)
        except RefusedError as error:
            return Refusal(line, *error.refusal)

    def _cells(self, raw: bytes) -> Mapping[str, str]:
        cells = _split(raw.decode(self.encoding))
        if len(cells) != len(self.header):
            raise RefusedError("", "csv_width")
        found = dict.fromkeys(OPTIONAL, "") | dict(zip(self.header, cells, strict=True))
        return {name: _cell(name, text) for name, text in found.items()}


def read(body: bytes, on: date) -> File:
    """The file, its lines not yet looked at. Raises ``body_too_large``, or ``bad_field`` (field
    "file") when it is no such file at all: encoding, header, quotes, number of lines."""
    if len(body) > MAX_BYTES:
        raise TodokeError("body_too_large", limit=MAX_BYTES)
    encoding = _encoding(body)
    begin = 3 if body.startswith(b"\xef\xbb\xbf") else 0
    starts, ends, numbers = _lines(body, begin)
    header = _header(body[starts[0] : ends[0]].decode(encoding)) if starts else []
    if not set(COLUMNS) <= set(header) <= {*COLUMNS, *OPTIONAL} or len(set(header)) < len(header):
        _refuse_file("csv_residents")
    if len(numbers) - 1 > MAX_ROWS:
        _refuse_file("csv_register_rows")
    return File(body, on, encoding, header, starts[1:], ends[1:], numbers[1:])


def _encoding(body: bytes) -> str:
    for encoding in ("utf-8", "cp932"):
        try:
            body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if b"\0" not in body:
            return encoding
    return _refuse_file("csv_encoding")


def _header(text: str) -> Sequence[str]:
    try:
        return [cell.strip() for cell in _split(text)]
    except RefusedError:
        return _refuse_file("csv_residents")


def _refuse_file(rule: str) -> NoReturn:
    raise TodokeError("bad_field", field="file", rule=rule)


def _lines(body: bytes, begin: int) -> tuple[array[int], array[int], array[int]]:
    """Begin, end and number of each line that is not blank. A line end between quotation marks
    ends no line. No letter of UTF-8 or cp932 holds these bytes."""
    starts, ends, numbers = array("Q"), array("Q"), array("Q")
    start = place = begin
    number = next_number = 1
    is_open = False
    while place < len(body):
        place, next_number = body.find(b"\n", place) + 1 or len(body), next_number + 1
        is_open = body.count(b'"', start, place) % 2 == 1
        if is_open and place - start > MAX_LINE_BYTES:
            break
        if not is_open:
            if body[start:place].strip(b" \t\r\n,"):
                starts.append(start)
                ends.append(place)
                numbers.append(number)
            start, number = place, next_number
    if is_open:
        _refuse_file("csv_quotes")
    return starts, ends, numbers


def _split(text: str) -> Sequence[str]:
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error as error:
        raise RefusedError("", "csv_quotes") from error


def _cell(name: str, text: str) -> str:
    """Without blanks around it. Raises RefusedError for what no cell may hold."""
    found = _PRIVATE.sub(WILD, text).strip()
    if not found.isprintable() and not found.replace("\u3000", "").isprintable():
        raise RefusedError(name, "control_character")
    if my_number.found_in(found):
        raise RefusedError(name, "csv_my_number")
    return found


# ------------------------------------------------------------------------- one line
def _row(line: int, cells: Mapping[str, str], on: date) -> Row:
    moved_on, reason = _day(MOVED_ON, cells), _short(REASON, cells, MAX_REASON)
    born, guardians = _birth(cells, on), _guardians(cells[GUARDIANS])
    protected, shown_to = _protected(cells[PROTECTED], guardians)
    return Row(
        line=line,
        number=_number(NUMBER, cells[NUMBER]),
        name=_needed(NAME, cells),
        kana=_short(KANA, cells, MAX_NAME),
        address=_short(ADDRESS, cells, MAX_ADDRESS),
        born=born,
        sex=_sex(cells[SEX]),
        moved_on=moved_on,
        reason=reason,
        guardians=guardians,
        state=_state(reason, moved_on, on),
        protected=protected,
        shown_to=shown_to,
    )


def _number(column: str, text: str) -> str:
    if not text:
        raise RefusedError(column, "required")
    if not _NUMBER.fullmatch(text):
        raise RefusedError(column, "csv_number")
    return text


def _needed(column: str, cells: Mapping[str, str]) -> str:
    if not cells[column]:
        raise RefusedError(column, "required")
    return _short(column, cells, MAX_NAME)


def _short(column: str, cells: Mapping[str, str], most: int) -> str:
    if len(cells[column]) > most:
        raise RefusedError(column, "too_long")
    return cells[column]


def _day(column: str, cells: Mapping[str, str]) -> date | None:
    """2026-11-01, 2026/11/1, 20261101, 令和8年11月1日 or R8.11.1; None where none is told."""
    text = cells[column]
    if not text or _NO_DAY.fullmatch(text):
        return None
    found = form_text.real_day(form_text.day(text))
    if found is None and (era := input_check.wareki(text).normal):
        found = form_text.real_day(era)
    if found is None:
        raise RefusedError(column, "csv_day")
    return found


def _birth(cells: Mapping[str, str], on: date) -> date | None:
    born = _day(BORN, cells)
    if born is not None and born > on:
        raise RefusedError(BORN, "csv_born_later")
    return born


def _sex(text: str) -> str:
    if text in _NO_SEX:
        return ""
    if text not in _SEXES:
        raise RefusedError(SEX, "csv_sex")
    return _SEXES[text]


def _words(text: str) -> list[str]:
    return [each for each in re.split("[ 　,、;；/・]+", text) if each]


def _guardians(text: str) -> tuple[str, ...]:
    found = _words(text)
    if len(found) > MAX_GUARDIANS:
        raise RefusedError(GUARDIANS, "csv_guardians")
    return tuple(_number(GUARDIANS, each) for each in found)


def _protected(text: str, guardians: Sequence[str]) -> tuple[bool, tuple[str, ...]]:
    """Whether 支援措置 is told, and the guardians named behind it: 有 1002."""
    first, *named = _words(text) or [""]
    known = first in _IS_PROTECTED or (first in _NOT_PROTECTED and not named)
    if not known or not set(named) <= set(guardians):
        raise RefusedError(PROTECTED, "csv_protected")
    return first in _IS_PROTECTED, tuple(named)


def _state(reason: str, moved_on: date | None, on: date) -> str:
    """A move that is still to come (転出予定) closes nobody; nor one that was taken back (取消)."""
    if "取消" in reason or "予定" in reason or (moved_on is not None and moved_on > on):
        return HERE
    if reason.startswith("死亡"):
        return DECEASED
    return CLOSED if reason.startswith(_GONE) else HERE
