"""The door of the desk over HTTP: it says the same to everybody who is not let in, needs no script
for a name and a code, and gives out cookies that only this host reads."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.parts.authenticator import Authenticator
from tests.parts.clerk import Clerk, enter, stranger
from tests.parts.desk import Desk
from tests.parts.desk_door import AtTheDoor
from todoke.core import totp
from todoke.journeys import desk_session, staff
from todoke.web.app import create_app

WRONG = "000000"


def sets_up_app(clerk: Clerk) -> bytes:
    """Through the pages: the secret as it is shown, and the first code."""
    page = clerk.post("/me/totp")
    assert page.status_code == 200
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page.text)
    assert found
    text = found.group(1).replace(" ", "")
    return base64.b32decode(text + "=" * (-len(text) % 8))


def code(desk: Desk, secret: bytes) -> str:
    return totp.at(secret, totp.step_of(desk.clock.unix()))


@pytest.fixture
def secret(desk: Desk, author: Clerk) -> bytes:
    """Of the author's app; its first code was used a minute ago."""
    found = sets_up_app(author)
    assert author.post("/me/totp/confirm", code=code(desk, found)).status_code == 303
    desk.clock.turn(60)
    return found


def shape(page: TestResponse) -> tuple[int, str, list[str]]:
    """What a stranger sees of an answer, without what she typed herself."""
    text = re.sub(r'value="[^"]*"', "", page.text)
    return page.status_code, text, sorted(name for name, _ in page.headers)


def test_who_comes_to_the_desk_without_a_session_is_led_to_the_door(app: Flask, desk: Desk) -> None:
    nobody = stranger(app, desk)
    assert nobody.get("/").headers["Location"] == "/login"
    page = nobody.get("/login")
    assert page.status_code == 200
    assert 'autocomplete="one-time-code"' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert nobody.post("/").status_code == 404


def test_the_door_does_not_exist_on_the_portal(app: Flask, desk: Desk) -> None:
    portal = desk.services.config.public_url
    assert app.test_client().get("/login", base_url=portal).status_code == 404


def test_name_and_code_open_the_desk_without_a_script(
    app: Flask, desk: Desk, secret: bytes
) -> None:
    her = stranger(app, desk)
    entered = her.post("/login", name="見本 あおい", code=code(desk, secret))
    assert entered.status_code == 303
    assert her.get("/").status_code == 200
    assert her.get("/login").headers["Location"] == "/"


def test_whoever_is_refused_gets_one_answer(app: Flask, desk: Desk, secret: bytes) -> None:
    her, left = desk.author.id, desk.both.id
    staff.remove(desk.services, left)
    tried = [
        (her, WRONG),
        (her, ""),
        (her, "x" * 3000),
        ("だれも いない", WRONG),
        (left, WRONG),
        (desk.approver.id, WRONG),  # she has no app
        ("", ""),
    ]
    shapes = {shape(stranger(app, desk).post("/login", name=n, code=c))[:2] for n, c in tried}
    assert len(shapes) == 1
    assert shapes.pop()[0] == 401


def test_what_was_typed_comes_back_harmless(app: Flask, desk: Desk) -> None:
    page = stranger(app, desk).post("/login", name='"><script>x</script>', code=WRONG)
    assert "<script>x" not in page.text


def test_guessing_is_answered_with_the_seconds_to_wait(
    app: Flask, desk: Desk, secret: bytes
) -> None:
    guesser = stranger(app, desk)
    pages = [guesser.post("/login", name=desk.author.id, code=WRONG) for _ in range(8)]
    assert pages[0].status_code == 401
    assert pages[-1].status_code == 429
    assert int(pages[-1].headers["Retry-After"]) > 0


def test_the_browser_she_came_in_with_is_not_kept_waiting_by_a_guesser(
    app: Flask, desk: Desk, secret: bytes
) -> None:
    her, guesser = stranger(app, desk), stranger(app, desk)
    assert her.post("/login", name=desk.author.id, code=code(desk, secret)).status_code == 303
    for _ in range(20):
        guesser.post("/login", name=desk.author.id, code=WRONG)
    desk.clock.turn(30)
    newcomer = stranger(app, desk)
    typed = {"name": desk.author.id, "code": code(desk, secret)}
    assert newcomer.post("/login", **typed).status_code == 429
    assert her.post("/login", **typed).status_code == 303


@pytest.mark.parametrize("path", ["/login", "/login/passkey", "/login/passkey/options"])
def test_a_form_of_another_site_opens_nothing(app: Flask, desk: Desk, path: str) -> None:
    for origin in ("https://evil.test", "null", desk.services.config.public_url, ""):
        page = stranger(app, desk).post(path, origin=origin, name=desk.author.id, code=WRONG)
        assert page.status_code == 403


def test_a_passkey_is_made_and_opens_the_desk(app: Flask, desk: Desk, author: Clerk) -> None:
    phone = Authenticator()

    def call(clerk: Clerk, path: str, body: object) -> TestResponse:
        headers = {"Origin": clerk.origin}
        return clerk.client.post(path, base_url=clerk.origin, json=body, headers=headers)

    before = cookie(author, desk)
    options = call(author, "/me/passkey/options", {}).get_json()["options"]
    made = call(author, "/me/passkey", phone.create(options, author.origin))
    assert made.status_code == 200
    assert cookie(author, desk) != before  # what a link opened goes on under a new token
    her = stranger(app, desk)
    asked = call(her, "/login/passkey/options", {}).get_json()["options"]
    assert call(her, "/login/passkey", phone.get(asked, her.origin)).get_json() == {"ok": True}
    assert "見本 あおい" in her.get("/").text
    # the same answer again, and one for the portal's origin, open nothing
    thief = stranger(app, desk)
    asked = call(thief, "/login/passkey/options", {}).get_json()["options"]
    refused = call(thief, "/login/passkey", phone.get(asked, desk.services.config.public_url))
    assert refused.status_code == 401
    assert refused.get_json()["error"] == "staff_login_refused"
    assert thief.get("/me").status_code == 404


def cookie(clerk: Clerk, desk: Desk) -> str:
    host = desk.services.config.console_host.partition(":")[0]
    found = clerk.client.get_cookie("todoke-staff", domain=host)
    return found.value if found else ""


def test_the_secret_of_an_app_is_shown_once(desk: Desk, author: Clerk) -> None:
    found = sets_up_app(author)
    again = author.post("/me/totp/confirm", code=WRONG)
    assert again.status_code == 422
    text = totp.shown(found)
    assert text not in again.text
    assert "<svg" not in again.text
    assert author.post("/me/totp/confirm", code=code(desk, found)).status_code == 303
    assert text not in author.get("/me").text


def test_recovery_codes_are_shown_once_and_open_the_desk(
    app: Flask, desk: Desk, author: Clerk, secret: bytes
) -> None:
    page = author.post("/me/codes").text
    codes = re.findall(r'<code class="secret">([0-9A-Z-]{14})</code>', page)
    assert len(codes) == 8
    assert codes[0] not in author.get("/me").text
    her = stranger(app, desk)
    assert her.post("/login", name=desk.author.id, code=codes[0]).status_code == 303
    assert "のこり 7個" in her.get("/me").text


def test_her_own_page_lists_where_she_is_and_ends_all_others(
    app: Flask, desk: Desk, author: Clerk
) -> None:
    other = enter(app, desk, desk.author)
    assert author.get("/me").text.count("1回だけのリンク</td>") == 2
    assert author.post("/me/sessions/end").headers["Location"] == "/me?done=ended"
    assert other.get("/me").status_code == 404
    assert author.get("/me").status_code == 200


def test_an_old_proof_changes_no_way_in_and_says_what_to_do(desk: Desk, author: Clerk) -> None:
    desk.clock.turn(desk_session.FRESH_SECONDS + 1)
    assert 'action="/me/totp"' not in author.get("/me").text
    for path in ("/me/totp", "/me/codes", "/me/ways/remove"):
        page = author.post(path, id="W-0")
        assert page.status_code == 403, path
        assert "staff_proof_old" in page.text


def test_over_https_every_cookie_of_the_door_is_bound_to_the_host(tmp_path: Path) -> None:
    desk = Desk.open(tmp_path, public_url="https://todoke.minatono.example")
    app = create_app(desk.services)
    at_the_door = AtTheDoor(desk.services, desk.author.id)
    found = at_the_door.sets_up_app()
    desk.clock.turn(60)
    her = stranger(app, desk)
    entered = her.post("/login", name=desk.author.id, code=code(desk, found))
    given = [each for each in entered.headers.getlist("Set-Cookie") if "Max-Age=0" not in each]
    assert len(given) == 3
    for each in given:
        assert each.startswith("__Host-todoke-staff")
        for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert part in each


def test_a_real_city_asks_for_a_way_in_before_any_work(tmp_path: Path) -> None:
    desk = Desk.open(tmp_path, profile="production", public_url="https://todoke.minatono.example")
    clerk = enter(create_app(desk.services), desk, desk.author)
    for path in ("/", "/notices", "/audit"):
        assert clerk.get(path).headers["Location"] == "/me", path
    assert "仕事を始める前に" in clerk.get("/me").text
    found = sets_up_app(clerk)
    assert clerk.post("/me/totp/confirm", code=code(desk, found)).status_code == 303
    assert clerk.get("/notices").status_code == 200
