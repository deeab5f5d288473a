"""The one instant a phone may name, and the list it stands in."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.core import alarm
from todoke.core.errors import TodokeError
from todoke.core.subscription import encode

NOW = 1_795_000_020
DAY = 24 * 3600


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (None, "whole_number"),
        (True, "whole_number"),
        (float(NOW + 60), "whole_number"),
        (str(NOW + 60), "whole_number"),
        ([NOW + 60], "whole_number"),
        (0, "time_passed"),
        (-(10**400), "time_passed"),
        (NOW - 60, "time_passed"),
        (NOW, "time_passed"),
        (NOW + 400 * DAY + 60, "too_late"),
        (10**400, "too_late"),
        (NOW + 61, "whole_minute"),
    ],
)
def test_what_is_no_instant_to_wake_at_is_refused_with_its_rule(value: Any, rule: str) -> None:
    with pytest.raises(TodokeError) as caught:
        alarm.check_at(value, NOW)
    assert caught.value.code == "bad_field"
    assert caught.value.details == {"field": "at", "rule": rule}


@given(st.integers(), st.integers(min_value=0, max_value=2**33))
def test_whatever_is_taken_lies_ahead_within_400_days(value: int, now: int) -> None:
    try:
        at = alarm.check_at(value, now)
    except TodokeError:
        return
    assert now < at <= now + 400 * DAY
    assert at % 60 == 0


def test_the_next_minute_and_the_last_one_are_taken() -> None:
    now = NOW // 60 * 60
    assert alarm.check_at(now + 60, now) == now + 60
    assert alarm.check_at(now + 400 * DAY, now) == now + 400 * DAY


def test_phones_spread_over_the_lists_and_each_stays_in_its_own() -> None:
    ids = [encode(hashlib.sha256(bytes([n % 256, n // 256])).digest()) for n in range(4000)]
    found = [alarm.shard_of(each) for each in ids]
    assert found == [alarm.shard_of(each) for each in ids]
    sizes = [found.count(str(shard)) for shard in range(alarm.SHARDS)]
    assert sum(sizes) == len(ids)
    assert max(sizes) < 1.3 * len(ids) / alarm.SHARDS
