"""Lists of places as files, and what became of their rows. All of them are made up."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from todoke.core import open_data, places
from todoke.core.open_data import Outcome, Reading

SOUND = {
    "全国地方公共団体コード": "121002", "ID": "SYN0001", "名称": "(架空)あおぞら保育所",
    "種別": "認可公立保育所", "所在地_連結表記": "千葉県とどけ市見本町1-1", "緯度": "35.6081",
    "経度": "140.1065", "電話番号": "043-000-0001", "受入年齢": "0歳から5歳",
    "利用可能曜日": "月火水木金土", "開始時間": "07:00", "終了時間": "19:00",
    "一時預かりの有無": "有",
}  # fmt: skip
CHILDCARE = list(SOUND)


def file_of(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def childcare(**cells: str) -> bytes:
    """A file of one sound row, some of its cells written otherwise."""
    return file_of([CHILDCARE, [{**SOUND, **cells}[each] for each in CHILDCARE]])


def events(*rows: Sequence[str]) -> bytes:
    return file_of([["ID", "イベント名", "開始日", "終了日", "場所名称"], *rows])


def read(body: bytes, kind: str = "childcare", name: str = "list.csv") -> Reading:
    return open_data.read(kind, body, name, None)


def only(body: bytes, kind: str = "childcare", name: str = "list.csv") -> Outcome:
    [outcome] = read(body, kind, name).outcomes
    return outcome


def mends(outcome: Outcome) -> list[tuple[str, str]]:
    return [(each.column, each.rule) for each in outcome.notes]


def place(outcome: Outcome) -> places.Place:
    assert outcome.place is not None, outcome
    return outcome.place


def rules(reading: Reading) -> list[str]:
    return [each.rule for each in reading.notes]
