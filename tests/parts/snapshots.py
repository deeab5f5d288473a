"""Files of the register of residents, made of visibly made-up people."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.parts.payer import CrashError, CrashingStore
from todoke.core.resident_file import ADDRESS, BORN, COLUMNS, KANA, NAME, NUMBER, SEX
from todoke.journeys import deliver, register, tick
from todoke.journeys.register import Brought
from todoke.ports import Services

ON = date(2026, 11, 1)
LATER = date(2026, 11, 15)
_USUAL = {
    NUMBER: "1001",
    NAME: "見本 花子",
    KANA: "みほん はなこ",
    ADDRESS: "見本町一丁目1番1号",
    BORN: "1990-04-01",
    SEX: "女",
}

__all__ = ["LATER", "ON", "CrashError", "CrashingStore", "crowd", "file", "line", "take", "work"]


def line(number: str = "1001", /, **cells: str) -> dict[str, str]:
    """One person; cells by the names of the columns, the usual ones where nothing is said."""
    return {**_USUAL, NUMBER: number, **cells}


def file(*people: dict[str, str], header: tuple[str, ...] = COLUMNS) -> bytes:
    """The bytes of the file, UTF-8."""
    more = [each for person in people for each in person if each not in header]
    columns = [*header, *dict.fromkeys(more)]
    rows = (",".join(person.get(each, "") for each in columns) for person in people)
    return "\n".join([",".join(columns), *rows, ""]).encode()


def crowd(many: int, first: int = 5000) -> list[dict[str, str]]:
    """So many people of one street."""
    return [
        line(str(number), **{NAME: f"見本 {_kanji(number)}子", ADDRESS: f"見本町1-1-{number}"})
        for number in range(first, first + many)
    ]


def _kanji(number: int) -> str:
    return "".join("零一二三四五六七八九"[int(each)] for each in str(number))


def take(services: Services, *people: dict[str, str], on: date = ON, **other: Any) -> Brought:
    """Brings these people in."""
    return register.bring_in(services, "cli", file(*people), on, **other)


def work(services: Services) -> None:
    """Lets the workers do whatever is asked of them."""
    for _ in range(20):
        tick.relay_outbox(services)
        if not sum(deliver.work(services, lane) for lane in ("urgent", "bulk")):
            return
