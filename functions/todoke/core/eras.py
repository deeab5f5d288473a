"""The eras (元号) of the modern calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

#: 元号法 and the edicts before it: first and last day. On the last day of 明治 and 大正 the new era
#: began too, and family registers write that day either way. 改暦: the calendar of today since
#: 1 January 1873 (明治5年太政官布告337号); a day before it is not the same month and day
ERAS: Mapping[str, tuple[date, date]] = {
    "令和": (date(2019, 5, 1), date.max),
    "平成": (date(1989, 1, 8), date(2019, 4, 30)),
    "昭和": (date(1926, 12, 25), date(1989, 1, 7)),
    "大正": (date(1912, 7, 30), date(1926, 12, 25)),
    "明治": (date(1873, 1, 1), date(1912, 7, 30)),
}
