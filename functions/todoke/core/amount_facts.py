"""The facts that an amount is computed from, read strictly: what was sent and cannot be meant
becomes one clear refusal. ``site/assets/js/amount_facts.js`` reads in the same order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from todoke.core.benefits import Benefit
from todoke.core.errors import TodokeError
from todoke.core.form_text import real_day

#: more children or dependents than any household; ten digits of yen stay exact everywhere
MOST = 30
MAX_YEN = 9_999_999_999
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


class Facts:
    """Facts of one question. Every reader raises ``missing_field`` or ``bad_field``."""

    def __init__(self, given: object, known: Sequence[str]) -> None:
        if not isinstance(given, Mapping):
            raise TodokeError("bad_field", field="facts", rule="object")
        for name in given:
            if name not in known:
                raise TodokeError("unknown_field", field=str(name)[:60])
        self._given = given

    def month(self, benefit: Benefit) -> str:
        """The month (YYYY-MM) that is paid for; not before the first amount that is known."""
        value = self._need("month")
        if not isinstance(value, str) or not _MONTH.fullmatch(value):
            raise TodokeError("bad_field", field="month", rule="benefit_month")
        if not any(each.holds_in(value) for each in benefit.versions):
            raise TodokeError("bad_field", field="month", rule="month_without_amount")
        return value

    def count(self, name: str, otherwise: int | None = None) -> int:
        """A number of people, 0 to ``MOST``."""
        return self.number(name, 0, MOST, "people_count", otherwise)

    def yen(self, name: str) -> int:
        """An income in whole yen."""
        return self._whole(name, self._need(name), 0, MAX_YEN, "whole_yen")

    def maybe_yen(self, name: str) -> int | None:
        """An income, or None when it was not told."""
        return None if self._given.get(name) is None else self.yen(name)

    def births(self, name: str) -> tuple[date, ...]:
        """Birth dates (YYYY-MM-DD) in the order they were told."""
        value = self._need(name)
        if not isinstance(value, list | tuple) or len(value) > MOST:
            raise TodokeError("bad_field", field=name, rule="birth_dates")
        days = [real_day(each) if isinstance(each, str) else None for each in value]
        if None in days:
            raise TodokeError("bad_field", field=name, rule="birth_dates")
        return tuple(day for day in days if day is not None)

    def flags(self, name: str, size: int) -> tuple[bool, ...]:
        """One yes or no for each of ``size``: told once for all, or one by one; absent is no."""
        value = self._given.get(name)
        if value is None or isinstance(value, bool):
            return (value or False,) * size
        if not isinstance(value, list | tuple) or len(value) != size:
            raise TodokeError("bad_field", field=name, rule="yes_or_no_each")
        if not all(isinstance(each, bool) for each in value):
            raise TodokeError("bad_field", field=name, rule="yes_or_no_each")
        return tuple(value)

    def number(
        self, name: str, low: int, high: int, rule: str, otherwise: int | None = None
    ) -> int:
        """A whole number from ``low`` to ``high``; ``otherwise`` when it was not told."""
        if otherwise is not None and self._given.get(name) is None:
            return otherwise
        return self._whole(name, self._need(name), low, high, rule)

    def choice(self, name: str, allowed: Sequence[str]) -> str:
        """One of a fixed list of words, "" when absent."""
        value = self._given.get(name)
        if value is None:
            return ""
        if value not in allowed:
            raise TodokeError("bad_field", field=name, rule="one_of", allowed=" ".join(allowed))
        return str(value)

    def choice_of(self, name: str, allowed: Sequence[str], rule: str) -> str:
        """One of a fixed list of words that must be there."""
        value = self._need(name)
        if not isinstance(value, str) or value not in allowed:
            raise TodokeError("bad_field", field=name, rule=rule)
        return value

    def needed(self, name: str) -> object:
        """What was told, whatever it is."""
        return self._need(name)

    def _need(self, name: str) -> object:
        value = self._given.get(name)
        if value is None:
            raise TodokeError("missing_field", field=name)
        return value

    @staticmethod
    def _whole(name: str, value: object, low: int, high: int, rule: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise TodokeError("bad_field", field=name, rule=rule)
        return value
