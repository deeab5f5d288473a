"""Who shares an address with an attacker: a library, a carrier, a city hall."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.parts.pretend_signer import Authority, Card
from tests.web.test_identity import Browser, refused
from todoke import assemble
from todoke.adapters.fakes import TurnedClock
from todoke.core import handover as rules
from todoke.core import marks
from todoke.core.errors import TodokeError
from todoke.ports import Services
from todoke.web import limits
from todoke.web.limits import Limits

LIBRARY = "203.0.113.7"
MARK = "todoke-known"


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def services(tmp_path: Path, clock: TurnedClock) -> Services:
    made = assemble.fake(tmp_path, clock=clock)
    Authority().trusted_in(made.config.data)
    return made


@pytest.fixture
def seat(services: Services) -> Callable[[], Browser]:
    """One more browser in the library. They share one city, and so its buckets."""
    app = Browser(services).client.application

    def sit() -> Browser:
        made = Browser(services)
        made.client = app.test_client()
        made.client.environ_base["REMOTE_ADDR"] = LIBRARY
        return made

    return sit


def asked(browser: Browser) -> TestResponse:
    return browser.call("POST", "/api/login/passkey/options", {})


@contextlib.contextmanager
def flooded(seat: Callable[[], Browser], clock: TurnedClock) -> Iterator[Callable[[int], None]]:
    """Somebody there has called and goes on calling three times a second."""
    attacker = seat()
    for _ in range(limits.SOURCE.burst + 1):
        asked(attacker)

    def go_on(seconds: int) -> None:
        for _ in range(seconds):
            clock.turn(1)
            for _ in range(3):
                asked(attacker)

    go_on(10)
    yield go_on


def test_who_logged_in_here_before_gets_in_beside_a_flood(
    seat: Callable[[], Browser], clock: TurnedClock
) -> None:
    her, newcomer = seat(), seat()
    assert her.log_in(Card()).status_code == 201
    assert her.call("POST", "/api/logout").status_code == 200
    with flooded(seat, clock) as go_on:
        for _ in range(3):
            assert her.log_in(Card()).status_code == 201
            go_on(60)
            assert asked(newcomer).status_code == 429


def test_three_pcs_that_wait_for_a_phone_keep_nobody_out(
    seat: Callable[[], Browser], clock: TurnedClock
) -> None:
    pcs = [seat() for _ in range(3)]
    codes = [
        each.call("POST", "/api/login/phone/begin", {"need": "any"}).get_json()["code"]
        for each in pcs
    ]
    waited = asks = 0
    while waited + rules.wait(waited) < rules.SECONDS:
        pause = rules.wait(waited)
        clock.turn(pause)
        waited += pause
        for pc, code in zip(pcs, codes, strict=True):
            asks += 1
            assert pc.call("POST", "/api/login/phone", {"code": code}).status_code == 202
    assert asks > 2 * limits.SOURCE.burst
    newcomer = seat()
    got_in = [asked(newcomer).status_code for _ in range(limits.SOURCE.burst)]
    assert got_in == [201] * limits.SOURCE.burst


def test_a_pc_that_asks_too_quickly_waits_and_its_neighbours_do_not(
    seat: Callable[[], Browser],
) -> None:
    pc, neighbour = seat(), seat()
    told = pc.call("POST", "/api/login/phone/begin", {"need": "any"}).get_json()
    code = {"code": told["code"]}
    statuses = [pc.call("POST", "/api/login/phone", code).status_code for _ in range(100)]
    assert statuses == [202] * limits.WAITING.burst + [429] * (100 - limits.WAITING.burst)
    assert asked(neighbour).status_code == 201


def test_a_code_that_is_nobodys_or_another_browsers_counts_as_a_login(
    seat: Callable[[], Browser],
) -> None:
    pc, guesser = seat(), seat()
    code = pc.call("POST", "/api/login/phone/begin", {"need": "any"}).get_json()["code"]
    for number in range(limits.SOURCE.burst - 1):
        guess = code if number % 2 else "g" * 43
        refused(guesser.call("POST", "/api/login/phone", {"code": guess}), 401, "challenge_spent")
    over = guesser.call("POST", "/api/login/phone", {"code": code})
    refused(over, 429, "too_many_requests")


def test_a_copied_mark_gains_its_own_few_calls_and_no_more(
    seat: Callable[[], Browser], clock: TurnedClock
) -> None:
    her = seat()
    her.log_in(Card())
    with flooded(seat, clock):
        thieves = [seat() for _ in range(5)]
        for each in thieves:
            each.client.set_cookie(MARK, her.cookie(MARK), domain="localhost")
        through = sum(asked(each).status_code == 201 for each in thieves for _ in range(9))
        assert through == limits.KNOWN.burst
        assert asked(her).status_code == 429, "it is one mark, whoever shows it"


def test_a_forged_mark_one_of_the_desk_and_one_that_is_over_gain_nothing(
    seat: Callable[[], Browser], services: Services, clock: TurnedClock
) -> None:
    key, now = services.secrets.seal_key, clock.unix()
    good = marks.dated(key, "citizen_known", "c" * 22, now)
    bad = {
        "chance": "A" * 22,
        "another key": marks.dated(b"x" * 32, "citizen_known", "c" * 22, now),
        "another chance": good.replace("c" * 22, "d" * 22),
        "a longer life": good.replace(good[:5], str(int(good[:5]) + 1)),
        "of the desk": marks.dated(key, "staff_known", "c" * 22, now),
        "over": marks.dated(key, "citizen_known", "c" * 22, now - 181 * 86400),
        "long": good * 20,
    }
    with flooded(seat, clock):
        for name, each in bad.items():
            browser = seat()
            browser.client.set_cookie(MARK, each, domain="localhost")
            assert asked(browser).status_code == 429, name
        browser = seat()
        browser.client.set_cookie(MARK, good, domain="localhost")
        assert asked(browser).status_code == 201


def test_a_login_keeps_the_mark_and_never_makes_a_second(
    seat: Callable[[], Browser], clock: TurnedClock
) -> None:
    her = seat()
    her.log_in(Card())
    first = her.cookie(MARK)
    clock.turn(20 * 86400)
    her.log_in(Card())
    assert her.cookie(MARK) != first
    assert her.cookie(MARK).split(".")[1] == first.split(".")[1]


def test_it_stays_at_a_logout_and_says_nothing_of_whom(seat: Callable[[], Browser]) -> None:
    her = seat()
    her.log_in(Card())
    before, account = her.cookie(MARK), her.account
    her.call("POST", "/api/logout")
    assert her.cookie(MARK) == before
    assert account not in before


def test_who_opens_accounts_to_gather_marks_gathers_few() -> None:
    clock = TurnedClock()
    doors = Limits(clock)
    assert sum(doors.may_mark(LIBRARY) for _ in range(5000)) == limits.MARKED.burst
    clock.turn(86400)
    assert sum(doors.may_mark(LIBRARY) for _ in range(5000)) == limits.MARKED.burst
    assert doors.may_mark("203.0.113.8")
    assert all(doors.may_mark(None) for _ in range(100))


def test_two_hundred_clerks_of_one_city_hall_get_in_at_half_past_eight() -> None:
    doors = Limits(TurnedClock(), limits.DESK)
    for _ in range(200 * 4):  # asked and answered, and once more
        doors.login(LIBRARY)
    with pytest.raises(TodokeError, match="too_many_requests"):
        doors.login(LIBRARY)
    doors.login(LIBRARY, "a browser she came in with")


def test_a_flood_of_the_whole_city_keeps_no_known_browser_out() -> None:
    doors = Limits(TurnedClock())
    for number in range(300):
        for _ in range(limits.SOURCE.burst):
            with contextlib.suppress(TodokeError):
                doors.login(f"2001:db8:0:{number:x}::1")
    with pytest.raises(TodokeError):
        doors.login(None)
    doors.login(None, "known")


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=80))
def test_however_a_flood_is_timed_a_known_browser_has_its_own(
    calls: list[tuple[int, bool]],
) -> None:
    """What a stranger takes is never hers; what she takes beyond the address' is bounded."""
    clock = TurnedClock()
    doors = Limits(clock)
    passed = hers = 0
    for _ in range(limits.SOURCE.burst):
        doors.login(LIBRARY)
    for pause, known in calls:
        clock.turn(pause)
        passed += pause
        with contextlib.suppress(TodokeError):
            doors.login(LIBRARY)
        with contextlib.suppress(TodokeError):
            doors.login(LIBRARY, "hers" if known else "")
            hers += known
    most = limits.KNOWN.burst + passed // limits.KNOWN.every + passed // limits.SOURCE.every
    assert hers <= most
    clock.turn(limits.KNOWN.every)
    doors.login(LIBRARY, "hers")
