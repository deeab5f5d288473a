"""The city's own provider at the door: a button where it is set, out by a page that leads on, back
by an address that is good once."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.parts.clerk import Clerk, enter, stranger
from tests.parts.desk import Desk
from tests.parts.hostile_openid import CLIENT, HostileOpenId
from todoke.web.app import create_app

BACK = "/login/oidc/back"


@pytest.fixture
def provider() -> Iterator[HostileOpenId]:
    with HostileOpenId() as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path, provider: HostileOpenId) -> Desk:
    return provider.desk(tmp_path)


@pytest.fixture
def plain(tmp_path: Path) -> Desk:
    return Desk.open(tmp_path / "plain")


@pytest.fixture
def author(app: Flask, desk: Desk, provider: HostileOpenId) -> Clerk:
    """She has linked the provider's login, and left."""
    clerk = enter(app, desk, desk.author)
    done = back(clerk, provider, clerk.post("/me/oidc"))
    assert done.headers["Location"] == "/me?done=oidc"
    assert "市の認証をつなぎました" in clerk.get("/me?done=oidc").text
    return clerk


def out(page: TestResponse) -> str:
    """Where a page leads on."""
    assert page.status_code == 200, page.text
    url = page.headers["Refresh"].removeprefix("0; url=")
    assert html.escape(url) in page.text, "without Refresh there is a link"
    return url


def back(clerk: Clerk, provider: HostileOpenId, page: TestResponse) -> TestResponse:
    """She agrees there, and the browser comes back."""
    body = provider.back(out(page))
    return clerk.client.get(BACK, base_url=clerk.origin, query_string=body,
                            headers={"Accept": "text/html"})  # fmt: skip


def test_the_button_is_there_where_the_city_has_set_it(
    app: Flask, desk: Desk, plain: Desk, author: Clerk
) -> None:
    assert "市の認証で入る" in stranger(app, desk).get("/login").text
    assert "市の認証をつなぐ" in author.get("/me").text
    other = create_app(plain.services)
    assert "市の認証" not in stranger(other, plain).get("/login").text
    assert "市の認証" not in enter(other, plain, plain.author).get("/me").text


def test_she_comes_in_and_leaves_the_provider_too(
    app: Flask, desk: Desk, provider: HostileOpenId, author: Clerk
) -> None:
    left = author.post("/leave")
    assert f'href="{provider.url}/logout?client_id={CLIENT}"' in left.text
    assert author.get("/me").status_code == 404
    her = stranger(app, desk)
    came = back(her, provider, her.post("/login/oidc", fresh="0"))
    assert (came.status_code, came.headers["Location"]) == (303, "/")
    assert "見本 あおい" in her.get("/").text
    cookies = came.headers.getlist("Set-Cookie")
    assert any("todoke-staff=" in each and "HttpOnly" in each for each in cookies)


def test_who_comes_in_by_another_way_hears_nothing_of_the_provider_when_she_leaves(
    app: Flask, desk: Desk
) -> None:
    assert "市の認証も終わる" not in enter(app, desk, desk.approver).post("/leave").text


def test_somebody_who_is_linked_to_nobody_is_told_kindly(
    app: Flask, desk: Desk, provider: HostileOpenId
) -> None:
    her = stranger(app, desk)
    page = back(her, provider, her.post("/login/oidc", fresh="0"))
    assert page.status_code == 401
    assert "つながっていません" in page.text
    assert 'action="/login"' in page.text, "the other ways are offered"
    assert not any("todoke-staff=" in each for each in page.headers.getlist("Set-Cookie"))


def test_a_link_with_anothers_answer_opens_nothing_in_this_browser(
    app: Flask, desk: Desk, provider: HostileOpenId, author: Clerk
) -> None:
    """Login by force: an attacker's code, put before a clerk."""
    attacker, victim = stranger(app, desk), stranger(app, desk)
    body = provider.back(out(attacker.post("/login/oidc", fresh="0")))
    page = victim.client.get(BACK, base_url=victim.origin, query_string=body)
    assert page.status_code == 401
    assert victim.get("/me").status_code == 404
    again = attacker.client.get(BACK, base_url=attacker.origin, query_string=body)
    assert again.status_code == 303


def test_looking_ahead_spends_nothing_and_other_sites_begin_nothing(
    app: Flask, desk: Desk, provider: HostileOpenId, author: Clerk
) -> None:
    her = stranger(app, desk)
    body = provider.back(out(her.post("/login/oidc", fresh="0")))
    for method in ("head", "post", "put"):
        call = getattr(her.client, method)
        assert call(BACK, base_url=her.origin, query_string=body).status_code == 404
    came = her.client.get(BACK, base_url=her.origin, query_string=body)
    assert came.status_code == 303
    assert (
        stranger(app, desk).post("/login/oidc", origin="https://evil.test", fresh="0").status_code
        == 403
    )
    assert author.post("/me/oidc", origin="https://evil.test").status_code == 403
    assert stranger(app, desk).post("/me/oidc").status_code == 404
    assert stranger(app, desk).get("/login/oidc").status_code == 404


def test_while_the_provider_is_away_the_door_says_what_works(
    app: Flask, desk: Desk, provider: HostileOpenId
) -> None:
    provider.fault = "status 500"
    page = stranger(app, desk).post("/login/oidc", fresh="0")
    assert page.status_code == 503
    assert "パスキー、または名前と数字で入れます" in page.text
    assert int(page.headers["Retry-After"]) > 0
    assert 'action="/login"' in page.text


def test_an_old_proof_is_renewed_there(
    app: Flask, desk: Desk, provider: HostileOpenId, author: Clerk
) -> None:
    desk.clock.turn(16 * 60)
    page = author.get("/me").text
    assert re.search(r'action="/login/oidc"><button name="fresh" value="1"', page)
    came = back(author, provider, author.post("/login/oidc", fresh="1"))
    assert came.headers["Location"] == "/"
    assert 'name="fresh"' not in author.get("/me").text


def test_the_provider_finds_the_desks_key_and_a_city_without_has_none(
    app: Flask, desk: Desk, plain: Desk
) -> None:
    [key] = stranger(app, desk).get("/login/oidc/keys").get_json()["keys"]
    assert (key["kty"], key["crv"]) == ("EC", "P-256")
    assert "d" not in key
    clerk = stranger(create_app(plain.services), plain)
    for path in ("/login/oidc", BACK, "/login/oidc/keys", f"{BACK}?state=a&code=b"):
        assert clerk.get(path).status_code == 404
        assert clerk.post(path).status_code == 404
    assert enter(clerk.client.application, plain, plain.author).post("/me/oidc").status_code == 404
