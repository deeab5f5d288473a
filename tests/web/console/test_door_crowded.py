"""The door of the desk while somebody in the city hall uses up the calls of its one address."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.parts.clerk import Clerk, stranger
from tests.parts.desk import Desk
from tests.web.console.test_door import code, sets_up_app
from todoke.core import marks
from todoke.web import limits

CITY_HALL = "203.0.113.7"
MARK = "todoke-staff-here"
HOST = "console.localhost"


@pytest.fixture
def secret(desk: Desk, author: Clerk) -> bytes:
    """Of the author's app; its first code was used a minute ago."""
    found = sets_up_app(author)
    assert author.post("/me/totp/confirm", code=code(desk, found)).status_code == 303
    desk.clock.turn(60)
    return found


def seat(app: Flask, desk: Desk) -> Clerk:
    """A browser in the city hall."""
    made = stranger(app, desk)
    made.client.environ_base["REMOTE_ADDR"] = CITY_HALL
    return made


def asked(clerk: Clerk) -> int:
    """Status of the first step of a login by passkey."""
    headers = {"Origin": clerk.origin, "Content-Type": "application/json"}
    path = "/login/passkey/options"
    return clerk.client.post(path, base_url=clerk.origin, headers=headers, json={}).status_code


def flood(app: Flask, desk: Desk) -> None:
    attacker = seat(app, desk)
    for _ in range(limits.DESK.burst):
        attacker.get("/login")
    statuses = [asked(attacker) for _ in range(limits.DESK.burst + 1)]
    assert statuses[-1] == 429


def shown(clerk: Clerk) -> str:
    found = clerk.client.get_cookie(MARK, domain=HOST)
    return found.value if found else ""


def test_the_browser_a_clerk_came_in_with_gets_in_beside_a_flood(
    app: Flask, desk: Desk, secret: bytes
) -> None:
    her, newcomer = seat(app, desk), seat(app, desk)
    typed = {"name": desk.author.id, "code": code(desk, secret)}
    assert her.post("/login", **typed).status_code == 303
    assert shown(her)
    assert her.post("/leave", go="1").status_code == 200
    assert shown(her), "she is to come in again"
    flood(app, desk)
    desk.clock.turn(3)  # the address itself gets one more call in ten seconds
    assert asked(newcomer) == 429
    assert [asked(her) for _ in range(limits.KNOWN.burst + 1)] == [200] * limits.KNOWN.burst + [429]
    desk.clock.turn(limits.KNOWN.every)
    flood_on(app, desk)
    typed["code"] = code(desk, secret)
    assert newcomer.post("/login", **typed).status_code == 429
    assert her.post("/login", **typed).status_code == 303
    assert her.get("/").status_code == 200


def flood_on(app: Flask, desk: Desk) -> None:
    """What the address has got meanwhile, too."""
    attacker = seat(app, desk)
    while asked(attacker) == 200:
        pass


def test_a_forged_mark_one_of_the_portal_and_one_that_is_over_gain_nothing(
    app: Flask, desk: Desk
) -> None:
    key, now = desk.services.secrets.seal_key, desk.clock.unix()
    good = marks.dated(key, "staff_known", "c" * 22, now)
    bad = {
        "chance": "A" * 22,
        "another key": marks.dated(b"x" * 32, "staff_known", "c" * 22, now),
        "another chance": good.replace("c" * 22, "d" * 22),
        "a longer life": good.replace(good[:5], str(int(good[:5]) + 1)),
        "of the portal": marks.dated(key, "citizen_known", "c" * 22, now),
        "over": marks.dated(key, "staff_known", "c" * 22, now - marks.KNOWN_SECONDS - 86400),
        "long": good * 20,
    }
    flood(app, desk)
    for name, each in bad.items():
        browser = seat(app, desk)
        browser.client.set_cookie(MARK, each, domain=HOST)
        assert asked(browser) == 429, name
    browser = seat(app, desk)
    browser.client.set_cookie(MARK, good, domain=HOST)
    assert asked(browser) == 200
