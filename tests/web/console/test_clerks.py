"""Roles at the pages: a table written out by hand, and the administrator's own page."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.parts.clerk import Clerk, enter, stranger
from tests.parts.desk import Desk
from todoke.core.desk_roles import ROLES
from todoke.core.notice import Person
from todoke.journeys import staff
from todoke.web.console import PAGES

AT_NOTICES = {"author", "approver"}
#: beginning of a path -> who may go there. Written out here on purpose, apart from the program's
WHO = {
    "/notices": AT_NOTICES,
    "/cases": {"caseworker"},
    "/bills": {"cashier"},
    "/clerks": {"administrator"},
    "/register": {"administrator"},
    "/purpose": {"caseworker", "cashier"},
    "/me": set(ROLES),
    "/audit": set(ROLES),
    "/leave": set(ROLES),
    "/language": set(ROLES),
    "/find": set(ROLES),
}


@pytest.fixture
def boss(app: Flask, desk: Desk) -> Clerk:
    return one(app, desk, "administrator")


def one(app: Flask, desk: Desk, role: str) -> Clerk:
    link = staff.add(desk.services, f"見本 {role}", [role])
    return enter(app, desk, Person(link.staff, frozenset([role])))


@pytest.mark.parametrize("role", ROLES)
def test_every_page_is_for_the_roles_of_this_table(app: Flask, desk: Desk, role: str) -> None:
    clerk = one(app, desk, role)
    for page in PAGES:
        if page.rule in ("/", "/leave", "/me/sessions/end"):
            continue
        path = page.rule.replace("<id>", "X").replace("<file>", "F")
        allowed = next(who for start, who in WHO.items() if page.rule.startswith(start))
        for method in ("get", "post"):
            call = getattr(clerk, method)
            refused = call(path).status_code == 403
            assert refused == (role not in allowed), (page.rule, method)


def test_an_auditor_sees_the_record_of_acts_and_nothing_else(app: Flask, desk: Desk) -> None:
    auditor = one(app, desk, "auditor")
    assert auditor.get("/").headers["Location"] == "/audit"
    assert auditor.get("/find?number=T-1").headers["Location"] == "/audit?number=T-1"
    page = auditor.get("/audit").text
    menu = page[page.index('<nav class="menu"') : page.index("</nav>")]
    assert re.findall(r'href="([^"]+)"', menu) == ["/audit"]


def test_an_administrator_adds_a_clerk_and_hands_over_the_link(
    app: Flask, desk: Desk, boss: Clerk
) -> None:
    page = boss.post("/clerks", name="見本 はるか", roles="author").text
    code = re.search(r"/enter/([\w-]{43})", page)
    assert code
    assert code.group(1) not in boss.get("/clerks").text
    her = stranger(app, desk)
    assert her.post(f"/enter/{code.group(1)}").status_code == 303
    assert "見本 はるか" in her.get("/").text
    assert "見本 はるか" in boss.get("/clerks").text


def test_a_form_that_cannot_be_says_why_and_keeps_what_was_typed(desk: Desk, boss: Clerk) -> None:
    page = boss.post("/clerks", name="見本 はるか")
    assert page.status_code == 422
    assert "役割を1つ以上" in page.text
    assert 'value="見本 はるか"' in page.text
    form = {"name": "見本 はるか", "roles": ["auditor", "author"]}
    headers = {"Accept": "text/html", "Origin": boss.origin}
    both = boss.client.post("/clerks", base_url=boss.origin, data=form, headers=headers)
    assert both.status_code == 422
    assert "監査する人は" in both.text
    assert len(staff.everybody(desk.services)) == 4


def test_roles_change_at_once(app: Flask, desk: Desk, author: Clerk, boss: Clerk) -> None:
    path = f"/clerks/{desk.author.id}"
    assert boss.post(path, act="roles", roles="cashier").status_code == 303
    assert author.get("/notices").status_code == 403
    assert author.get("/bills").status_code == 200


def test_nobody_changes_herself_and_the_last_administrator_stays(desk: Desk, boss: Clerk) -> None:
    city = desk.services
    own = next(e.id for e in staff.everybody(city) if "administrator" in staff.name_of(city, e))
    for act in ("roles", "recover", "end", "remove"):
        page = boss.post(f"/clerks/{own}", act=act, roles="administrator")
        assert page.status_code == 403, act
        assert "自分の役割" in page.text
    assert boss.get(f"/clerks/{own}").status_code == 200


def test_recovering_ending_and_removing(app: Flask, desk: Desk, author: Clerk, boss: Clerk) -> None:
    path = f"/clerks/{desk.author.id}"
    assert boss.post(path, act="end").status_code == 303
    assert author.get("/me").status_code == 404
    again = enter(app, desk, desk.author)
    page = boss.post(path, act="recover")
    assert "/enter/" in page.text
    assert again.get("/me").status_code == 404
    assert boss.post(path, act="remove").headers["Location"] == "/clerks?done=removed"
    assert boss.get(path).status_code == 404
    assert boss.post(path, act="nothing").status_code == 400


def test_a_role_is_given_by_no_form_of_another_site(desk: Desk, boss: Clerk) -> None:
    path = f"/clerks/{desk.author.id}"
    page = boss.post(path, origin="https://evil.test", act="roles", roles="cashier")
    assert page.status_code == 403
    assert staff.person(staff.here(desk.services, desk.author.id)).roles == {"author"}
