"""The desk is closed to strangers, entered by one-time links, and shows how things stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.parts.clerk import Clerk, approval, draft, enter, filled, stranger
from tests.parts.desk import Desk
from todoke import assemble
from todoke.core.desk_roles import AT_WORK, MAY
from todoke.core.notice import Person
from todoke.journeys import announce, desk_session, notices, publish, staff
from todoke.ports import Count
from todoke.web.app import create_app
from todoke.web.console import PAGES
from todoke.web.console_words import ACTS

PATHS = (
    "/notices",
    "/notices/new",
    "/notices/N-2026-0001",
    "/notices/N-2026-0001/edit",
    "/notices/N-2026-0001/ask",
    "/notices/N-2026-0001/approve",
    "/notices/N-2026-0001/return",
    "/notices/N-2026-0001/recall",
    "/notices/N-2026-0001/result",
    "/cases",
    "/cases/T-00000-00000",
    "/cases/T-00000-00000/files/F-00000-00000",
    "/cases/T-00000-00000/return",
    "/cases/T-00000-00000/hand-over",
    "/cases/T-00000-00000/decide",
    "/bills",
    "/bills/import",
    "/bills/import/<id>",
    "/bills/sample.csv",
    "/bills/B-00000-00000",
    "/find",
    "/audit",
    "/me",
    "/me/passkey/options",
    "/me/passkey",
    "/me/totp",
    "/me/totp/confirm",
    "/me/oidc",
    "/me/codes",
    "/me/ways/remove",
    "/me/sessions/end",
    "/clerks",
    "/clerks/S-00000000",
    "/register",
    "/purpose",
    "/leave",
    "/language",
    "/login/oidc",
    "/login/oidc/back",
    "/login/oidc/keys",
    "/enter/unknown",
    "/assets/unknown.css",
)
#: what a stranger finds
DOOR = ("/login", "/login/passkey/options", "/login/passkey")
METHODS = (
    *("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
    *("TRACE", "CONNECT", "PROPFIND", "BREW"),
)


@pytest.mark.parametrize("method", METHODS)
def test_without_a_session_every_path_is_the_same_404(app: Flask, desk: Desk, method: str) -> None:
    announce.draft(desk.services, desk.author, desk.content())
    clerk = stranger(app, desk)

    def answer(path: str) -> tuple[int, bytes, str | None]:
        headers = {"Accept": "text/html", "Origin": clerk.origin}
        page = clerk.client.open(path, method=method, base_url=clerk.origin, headers=headers)
        return page.status_code, page.data, page.headers.get("Allow")

    unknown = answer("/no-such-page")
    assert unknown[0] == 404
    for path in PATHS:
        assert answer(path) == unknown, path


def test_a_foreign_form_without_a_session_finds_nothing_either(app: Flask, desk: Desk) -> None:
    clerk = stranger(app, desk)
    for path in PATHS:
        assert clerk.post(path, origin="https://evil.test").status_code == 404, path


def test_the_list_of_paths_above_is_every_route_of_the_desk(app: Flask, desk: Desk) -> None:
    host = desk.services.config.console_host
    rules = {each.rule for each in app.url_map.iter_rules() if each.host == host}
    known = {
        re.sub("N-2026-0001|[TB]-00000-00000|S-00000000", "<id>", path)
        .replace("F-00000-00000", "<file>")
        .replace("enter/unknown", "enter/<code>")
        for path in PATHS
    }
    known = {each.replace("unknown.css", "<path:name>") for each in known}
    assert rules == {*known, *DOOR, "/"}


def test_the_desk_does_not_exist_on_the_portal_host(app: Flask, desk: Desk) -> None:
    portal = desk.services.config.public_url
    page = app.test_client().get("/notices/new", base_url=portal)
    assert page.status_code == 404


def test_with_a_session_a_wrong_method_is_405_and_an_unknown_notice_404(author: Clerk) -> None:
    assert author.get("/notices/N-2026-0001/ask").status_code == 405
    assert author.get("/notices/N-2026-0001").status_code == 404


def test_opening_a_link_spends_nothing_and_the_button_spends_it(app: Flask, desk: Desk) -> None:
    code = staff.new_link(desk.services, desk.author.id).code
    clerk = stranger(app, desk)
    assert clerk.get(f"/enter/{code}").status_code == 200
    assert clerk.get(f"/enter/{code}").status_code == 200
    entered = clerk.post(f"/enter/{code}")
    cookie = entered.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert clerk.get("/").status_code == 200
    for again in (stranger(app, desk).get(f"/enter/{code}"), clerk.post(f"/enter/{code}")):
        assert again.status_code == 404


def test_an_expired_link_is_404(app: Flask, desk: Desk) -> None:
    code = staff.new_link(desk.services, desk.author.id).code
    desk.clock.turn(staff.LINK_SECONDS)
    assert stranger(app, desk).get(f"/enter/{code}").status_code == 404


def test_another_site_cannot_spend_a_link(app: Flask, desk: Desk) -> None:
    code = staff.new_link(desk.services, desk.author.id).code
    for origin in ("https://evil.test", "null", desk.services.config.public_url, ""):
        page = stranger(app, desk).post(f"/enter/{code}", origin=origin)
        assert page.status_code == 403
    assert staff.is_open(desk.services, code)


def test_over_https_the_cookie_is_bound_to_the_host(tmp_path: Path) -> None:
    desk = Desk.open(tmp_path, public_url="https://todoke.minatono.example")
    app = create_app(desk.services)
    clerk = stranger(app, desk)
    code = staff.new_link(desk.services, desk.author.id).code
    cookie = clerk.post(f"/enter/{code}").headers["Set-Cookie"]
    assert cookie.startswith("__Host-")
    assert "Secure" in cookie
    assert "Path=/" in cookie


def test_a_session_ends_after_twelve_hours_and_by_leaving(
    app: Flask, desk: Desk, author: Clerk
) -> None:
    other = enter(app, desk, desk.author)
    left = other.post("/leave")
    assert (left.status_code, left.headers["Clear-Site-Data"]) == (200, '"cache"')
    assert other.get("/me").status_code == 404
    desk.clock.turn(desk_session.SESSION_SECONDS)
    assert author.get("/me").status_code == 404


def test_a_stolen_cookie_is_dead_after_leaving(app: Flask, desk: Desk, author: Clerk) -> None:
    name = "todoke-staff"
    token = author.client.get_cookie(name, domain=desk.services.config.console_host.split(":")[0])
    assert token is not None
    author.post("/leave")
    thief = stranger(app, desk)
    thief.client.set_cookie(name, token.value, domain="console.localhost")
    assert thief.get("/me").status_code == 404


def test_a_form_from_another_origin_changes_nothing(desk: Desk, author: Clerk) -> None:
    fields = filled(author.get("/notices/new"))
    for origin in ("https://evil.test", "null", desk.services.config.public_url, ""):
        assert author.post("/notices/new", origin=origin, **fields).status_code == 403
    assert not notices.listing(desk.services).records


def test_every_page_lets_forms_send_their_origin_and_is_never_stored(author: Clerk) -> None:
    id = draft(author)
    for path in ("/", "/notices", f"/notices/{id}", f"/notices/{id}/edit", "/audit"):
        page = author.get(path)
        assert page.status_code == 200
        # no-referrer would turn the Origin of our own forms into "null"
        assert page.headers["Referrer-Policy"] != "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"


def test_results_below_the_floor_are_said_in_words(desk: Desk, author: Clerk) -> None:
    desk.followers(whole=2946)
    record = desk.approved()
    announce.publish_notice(desk.services, record.id)
    counted = {"accepted": 2941, "gone": 3}
    desk.services.store.commit([Count("delivery", record.id, counted)])
    page = author.get(f"/notices/{record.id}/result").text
    assert "2,941台" in page
    assert "10台より少ない" in page
    assert "3台" not in page


def test_results_of_a_narrow_segment_are_rounded_like_its_audience(
    desk: Desk, author: Clerk
) -> None:
    desk.followers(whole=187, kita=96)
    record = desk.approved(area="kita")
    desk.services.store.commit([Count("delivery", record.id, {"accepted": 96})])
    page = author.get(f"/notices/{record.id}/result").text
    assert "90台以上" in page
    assert "96台" not in page


def test_the_menu_holds_only_what_a_role_may_do(author: Clerk, approver: Clerk) -> None:
    assert "/notices/new" in author.get("/").text
    assert "state=asked" not in author.get("/").text
    assert "/notices/new" not in approver.get("/").text
    assert "state=asked" in approver.get("/").text


@pytest.mark.parametrize("role", staff.ROLES)
def test_each_role_may_open_its_own_pages_and_is_refused_the_others(
    app: Flask, desk: Desk, role: str
) -> None:
    link = staff.add(desk.services, "見本 ひとり", [role])
    clerk = enter(app, desk, Person(link.staff, frozenset([role])))
    for page in PAGES:
        path = page.rule.replace("<id>", "X-00000-00000").replace("<file>", "F-00000-00000")
        for method in METHODS[:7]:
            headers = {"Accept": "text/html", "Origin": clerk.origin}
            answer = clerk.client.open(path, method=method, base_url=clerk.origin, headers=headers)
            if role not in MAY[page.place]:
                assert answer.status_code == 403, (page.rule, method)
                # a HEAD has no words; the others are the desk's own page, with its menu
                assert method == "HEAD" or "role_missing" in answer.text
            else:
                assert answer.status_code != 403, (page.rule, method)
            if page.rule in ("/leave", "/me/sessions/end") and method == "POST":
                clerk = enter(app, desk, Person(link.staff, frozenset([role])))


@pytest.mark.parametrize("role", staff.ROLES)
def test_menu_and_first_page_of_a_role_lead_only_where_she_may_go(
    app: Flask, desk: Desk, role: str
) -> None:
    link = staff.add(desk.services, "見本 ひとり", [role])
    clerk = enter(app, desk, Person(link.staff, frozenset([role])))
    for path in ("/", "/audit", "/no-such-thing-for-her"):
        page = clerk.led(path).text
        for address in set(re.findall(r'<a [^>]*href="(/[^"#]*)"', page)):
            assert clerk.led(address).status_code == 200, (path, address)


def test_a_clerk_of_all_roles_has_every_access_key_once(app: Flask, desk: Desk) -> None:
    link = staff.add(desk.services, "見本 よっつ", list(AT_WORK))
    clerk = enter(app, desk, Person(link.staff, frozenset(AT_WORK)))
    page = clerk.get("/").text
    menu = page[page.index('<nav class="menu"') : page.index("</nav>")]
    keys = re.findall(r'accesskey="(\d)"', menu)
    assert len(keys) == 7
    assert len(set(keys)) == 7
    assert "起案・確認・審査・収納" in page


def test_a_number_typed_at_the_top_leads_to_the_list_it_belongs_to(app: Flask, desk: Desk) -> None:
    link = staff.add(desk.services, "見本 よっつ", list(AT_WORK))
    clerk = enter(app, desk, Person(link.staff, frozenset(AT_WORK)))
    for typed, home in (("T-1", "/cases?"), ("ｂ-1", "/bills?"), ("N-1", "/notices?"), ("", "/n")):
        assert clerk.get(f"/find?number={typed}").headers["Location"].startswith(home)


def test_empty_blocks_say_so_and_stay_in_their_order(author: Clerk) -> None:
    page = author.get("/").text
    order = [
        "住民が困っていること",
        "わたしの確認を待っているもの",
        "市の期限",
        "わたしの仕事",
        "いま動いているもの",
    ]
    assert all(title in page for title in order)
    assert page.count("ありません") == 5


def test_the_record_of_acts_is_filtered_by_who_what_and_number(
    desk: Desk, author: Clerk, approver: Clerk
) -> None:
    id = draft(author)
    other = draft(author, title_ja="ほかのお知らせ")
    author.post(f"/notices/{id}/ask")

    def rows(query: str) -> str:
        page = author.get(f"/audit?month=2026-11&{query}").text
        return page[page.index("<tbody>") :] if "<tbody>" in page else ""

    assert f"/notices/{other}" in rows("")
    assert f"/notices/{other}" not in rows(f"number={id.lower()}")
    assert f"/notices/{id}" in rows("what=asked")
    assert f"/notices/{other}" not in rows("what=asked")
    assert rows(f"who={desk.approver.id}").count("<tr") == 1  # she came to the desk


def test_a_number_leads_straight_to_its_notice(author: Clerk) -> None:
    id = draft(author)
    assert author.get(f"/notices?number={id.lower()}").headers["Location"] == f"/notices/{id}"
    assert "N-2026-9999" in author.get("/notices?number=N-2026-9999").text


def test_the_desk_speaks_english_when_asked(author: Clerk) -> None:
    assert author.post("/language", to="en").status_code == 303
    assert '<html lang="en">' in author.get("/").text
    assert author.post("/language", to="fr").status_code == 303
    assert '<html lang="en">' in author.get("/").text
    author.post("/language", to="ja")
    assert '<html lang="ja">' in author.get("/").text


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_fills_in_its_sentences(
    desk: Desk, author: Clerk, approver: Clerk, language: str
) -> None:
    for clerk in (author, approver):
        clerk.post("/language", to=language)
    desk.followers(whole=187, kita=4)
    id, small = draft(author), draft(author, area="kita", cohort="2023")
    author.post(f"/notices/{id}/ask")
    pages = [approver.get(path) for path in ("/", "/notices", "/audit", f"/notices/{id}/approve")]
    pages += [author.get(f"/notices/{each}") for each in (id, small)]
    pages += [author.get("/notices/new"), author.get(f"/notices/{small}/edit")]
    pages += [author.post("/notices/new"), author.post(f"/notices/{small}/ask")]
    pages += [approval(approver, id, "1"), approval(author, id, "1"), approval(approver, id, "187")]
    pages += [approver.get(f"/notices/{id}/{part}") for part in ("result", "approve")]
    pages += [approver.get(f"/notices/{id}?done=approved"), approver.get("/notices?number=N-1")]
    for page in pages:
        assert page.status_code < 500
        assert not re.search(r"\{\w+\}|Undefined|\bNone\b(?!<)", page.text)


def test_the_stylesheet_named_on_a_page_is_in_the_release(desk: Desk, app: Flask) -> None:
    publish.publish_site(desk.services)
    clerk = enter(app, desk, desk.author)
    page = clerk.get("/").text
    for address in re.findall(r'<link rel="(?:stylesheet|icon)"[^>]*href="([^"]+)"', page):
        assert clerk.get(address).status_code == 200
        assert stranger(app, desk).get(address).status_code == 200


def test_only_the_passkey_needs_a_script_and_no_page_an_inline_style() -> None:
    templates = Path(__file__).parents[3] / "templates" / "console"
    for path in templates.glob("*.html"):
        text = path.read_text("utf-8")
        passkeys = '<script type="module" src="{{ passkeys }}"></script>'
        allowed = passkeys if path.name in ("login.html", "own.html") else ""
        assert "<script" not in text.replace(allowed, ""), path.name
        assert "style=" not in text, path.name
        assert "| safe" not in text, path.name
        assert not re.search(r"\son\w+=", text), path.name


def test_every_act_that_is_recorded_has_words_at_the_desk() -> None:
    """Acts are named where they are written; a code on the screen would be a word too few."""
    words = assemble.dictionary()
    journeys = Path(__file__).parents[3] / "functions/todoke/journeys"
    found: set[str] = set()
    for path in journeys.glob("*.py"):
        text = path.read_text("utf-8")
        found |= set(re.findall(r'(?:entry|noted|_act)\([^()]*?"([a-z]+(?:_[a-z]+)+)"', text))
    assert {"bill_imported", "letter_code_wrong", "device_joined"} <= found
    for act in {*found, *ACTS}:
        for language in ("ja", "en"):
            assert words.has(language, f"console.act.{act}"), (act, language)
