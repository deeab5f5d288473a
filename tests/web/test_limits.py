"""A flood from one place is slowed down; neighbours, and the rest of the city, are not."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.parts.town import Phone, Town
from todoke.adapters.fakes import TurnedClock
from todoke.core.errors import TodokeError
from todoke.web import limits
from todoke.web.app import create_app
from todoke.web.limits import Bucket, Limits, Rate

FEW = Rate(burst=3, every=10)
FLOODER, NEIGHBOUR = "203.0.113.7", "203.0.113.8"


def _allowed(bucket: Bucket, key: str, calls: int) -> int:
    """How many of so many calls at once get through."""
    through = 0
    for _ in range(calls):
        with contextlib.suppress(TodokeError):
            bucket.take(key)
            through += 1
    return through


def test_after_a_burst_one_call_each_interval_gets_through() -> None:
    clock = TurnedClock()
    bucket = Bucket(clock, FEW)
    assert _allowed(bucket, "a", 9) == 3
    assert _allowed(bucket, "b", 9) == 3, "another key waits for the first"
    clock.turn(10)
    assert _allowed(bucket, "a", 9) == 1
    clock.turn(1000)
    assert _allowed(bucket, "a", 9) == 3, "a rest is worth more than one burst"


def test_the_wait_told_is_enough_and_no_second_less_is() -> None:
    clock = TurnedClock()
    bucket = Bucket(clock, FEW)
    _allowed(bucket, "a", 3)
    with pytest.raises(TodokeError) as refused:
        bucket.take("a")
    wait = refused.value.details["retry_after"]
    assert wait == 10
    clock.turn(9)
    assert _allowed(bucket, "a", 1) == 0
    clock.turn(1)
    assert _allowed(bucket, "a", 1) == 1


def test_a_clock_turned_back_locks_nobody_out() -> None:
    clock = TurnedClock()
    bucket = Bucket(clock, FEW)
    _allowed(bucket, "a", 9)
    clock.turn(-86400)
    assert _allowed(bucket, "a", 9) == 3


def test_only_so_many_keys_are_remembered_and_none_as_it_came() -> None:
    bucket = Bucket(TurnedClock(), FEW, most=100)
    for number in range(1000):
        bucket.take(f"198.51.{number % 250}.{number}")
    assert len(bucket._full_at) == 100
    assert not any(b"198.51" in name for name in bucket._full_at)


@given(st.lists(st.integers(min_value=0, max_value=40), max_size=60))
def test_never_more_than_a_burst_and_what_time_allows(pauses: list[int]) -> None:
    clock = TurnedClock()
    bucket = Bucket(clock, FEW)
    through = passed = 0
    for pause in pauses:
        clock.turn(pause)
        passed += pause
        through += _allowed(bucket, "a", 2)
        assert through <= FEW.burst + passed // FEW.every


def test_threads_share_one_bucket() -> None:
    bucket = Bucket(TurnedClock(), Rate(burst=50, every=10))
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: _allowed(bucket, "a", 25), range(8)))
    assert sum(got) == 50


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_a_source_is_one_line_and_a_silent_front_is_none(
    address: str | None, source: str | None
) -> None:
    assert limits.source_of(address) == source


def test_whoever_is_over_her_own_limit_spends_nothing_of_the_citys() -> None:
    both = Limits(TurnedClock())
    refused = 0
    for _ in range(limits.EVERYBODY.burst * 2):
        try:
            both.stranger(FLOODER)
        except TodokeError:
            refused += 1
    assert refused == limits.EVERYBODY.burst * 2 - limits.SOURCE.burst
    both.stranger(NEIGHBOUR)


def test_a_flood_from_a_home_with_many_networks_shuts_nobody_out_of_her_login() -> None:
    """A home of IPv6 has 256 of the networks that count as one source: enough to use up what the
    whole city has, and to go on using it up."""
    clock = TurnedClock()
    doors = Limits(clock)

    def comes_in(address: str) -> int:
        through = 0
        for _ in range(limits.SOURCE.burst):
            with contextlib.suppress(TodokeError):
                doors.login(address)
                through += 1
        return through

    through = sum(comes_in(f"2001:db8:0:{number:x}::1") for number in range(256))
    assert through == limits.EVERYBODY.burst + limits.SPARED.burst
    with pytest.raises(TodokeError, match="too_many_requests"):
        doors.stranger(NEIGHBOUR)  # what a flood may fill is full
    assert comes_in(NEIGHBOUR) == limits.SPARED.burst
    assert comes_in("2001:db8:0:100::1") == limits.SPARED.burst
    with pytest.raises(TodokeError, match="too_many_requests"):
        doors.login(None)  # who says nothing of where she comes from


def test_a_login_spends_no_more_of_ones_own_than_any_other_call() -> None:
    doors = Limits(TurnedClock())
    for _ in range(limits.SOURCE.burst):
        doors.login(FLOODER)
    with pytest.raises(TodokeError, match="too_many_requests"):
        doors.login(FLOODER)


def test_a_flood_of_subscriptions_from_one_address_is_429_and_a_neighbour_still_follows(
    tmp_path: Path,
) -> None:
    town = Town.open(tmp_path)
    client = create_app(town.services, only=["subscriptions"]).test_client()
    base = town.services.config.public_url

    def follow(number: int, address: str) -> tuple[int, str | None]:
        answer = client.post(
            "/api/subscriptions",
            base_url=base,
            headers={"Origin": base},
            environ_overrides={"REMOTE_ADDR": address},
            json={**Phone(number).device(), "topics": ["nursery"]},
        )
        return answer.status_code, answer.headers.get("Retry-After")

    for number in range(1, limits.SOURCE.burst + 1):
        assert follow(number, FLOODER) == (201, None)
    assert follow(500, FLOODER) == (429, "10")
    assert follow(501, NEIGHBOUR) == (201, None)
    town.clock.turn(10)
    assert follow(500, FLOODER) == (201, None)
    assert town.followers()["*|*"] == limits.SOURCE.burst + 2


def test_one_subscription_changed_over_and_over_is_429(tmp_path: Path) -> None:
    town = Town.open(tmp_path)
    client = create_app(town.services, only=["subscriptions"]).test_client()
    base = town.services.config.public_url
    device = {**Phone(1).device(), "topics": ["nursery"]}
    made = client.post("/api/subscriptions", base_url=base, headers={"Origin": base}, json=device)
    headers = {"Origin": base, "Authorization": f"Bearer {made.get_json()['token']}"}
    statuses = [
        client.put(
            "/api/subscriptions/me", base_url=base, headers=headers, json={"show": "title"}
        ).status_code
        for _ in range(limits.DEVICE.burst + 1)
    ]
    assert statuses == [200] * limits.DEVICE.burst + [429]
    assert client.get("/api/subscriptions/me", base_url=base, headers=headers).status_code == 200
    gone = client.delete("/api/subscriptions/me", base_url=base, headers=headers)
    assert gone.status_code == 200, "leaving must always be possible"
