"""The list of cases: what it shows, what it hides, and how one gets from there to a case."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from flask import Flask

from tests.parts.case_desk import CaseDesk
from tests.parts.casework import ATTACK, NOTE, deciding, returning, seat
from tests.parts.clerk import Clerk, Elements


def test_the_list_shows_numbers_and_waiting_but_nothing_about_a_person(
    app: Flask, desk: CaseDesk
) -> None:
    old = desk.apply()
    desk.desk.clock.turn(3 * 86400 + 60)
    new = desk.apply()
    page = seat(app, desk, desk.worker).get("/cases").text
    assert page.index(old.id) < page.index(new.id)
    assert "児童手当 認定請求" in page
    assert "3日" in page
    for secret in ("見本 はなこ", "ミホン", "見本町", "09000000000", desk.resident.id):
        assert secret not in page
    assert not [act for _, act in desk.history() if act == "application_read"]


def test_states_are_tabs_and_a_mended_one_is_marked(desk: CaseDesk, worker: Clerk) -> None:
    first, second, third = desk.apply(), desk.apply(), desk.apply()
    for each in (first, second):
        assert returning(worker, each.id, proofs=NOTE).status_code == 303
    desk.mend(first.id)
    assert deciding(worker, third.id, "accepted").status_code == 303
    waiting = worker.get("/cases").text
    assert first.id in waiting
    assert "直って来た" in waiting
    assert second.id not in waiting
    assert second.id in worker.get("/cases?state=returned").text
    assert third.id in worker.get("/cases?state=accepted").text
    assert first.id in worker.get("/cases?state=no-such-state").text
    assert "直って来た" in worker.get("/").text


def test_a_receipt_number_leads_straight_to_its_case(desk: CaseDesk, worker: Clerk) -> None:
    id = desk.apply().id
    for typed in (id, id.lower(), id.replace("-", "")[1:]):
        found = worker.get(f"/cases?{urlencode({'number': typed})}")
        assert found.headers["Location"] == f"/cases/{id}"
    page = worker.get(f"/cases?{urlencode({'number': ATTACK})}")
    assert "見つかりません" in page.text
    assert "script" not in Elements(page.text).tags


def test_a_link_cannot_claim_what_was_not_done(desk: CaseDesk, worker: Clerk) -> None:
    id = desk.apply().id
    for done in ("accepted", "refused", "returned", "submitted", "x"):
        for about in (id, "T-00000-00000", "見本"):
            page = worker.get(f"/cases?{urlencode({'done': done, 'about': about})}")
            assert page.status_code == 200
            assert 'class="bar' not in page.text


def test_further_pages_go_on_where_the_first_ended(desk: CaseDesk, worker: Clerk) -> None:
    made = {desk.apply().id for _ in range(53)}
    first = worker.get("/cases").text
    further = re.search(r'href="(/cases\?[^"]*cursor[^"]*)"', first)
    assert further
    second = worker.get(further[1].replace("&amp;", "&")).text
    links = [set(re.findall(r'<a href="/cases/(T-[^"/]+)"', page)) for page in (first, second)]
    assert len(links[0]) == 50
    assert links[0] | links[1] >= made
    assert worker.get("/cases?cursor=junk").status_code in (200, 422)
