"""The inbox opens to one resident, and tells others apart from nobody."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parts.inbox import DEVICES, HISTORY, NOTICES, ROUTES, Page, alike
from tests.parts.letters import Neighbour
from tests.parts.resident import logged_in
from todoke.journeys import address, audit, devices, session


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_without_a_session_every_route_asks_for_one(
    page: Page, method: str, path: str, body: Any
) -> None:
    answer = page.call(None, method, path, body)
    assert (answer.status_code, answer.get_json()["error"]) == (401, "login_needed")
    forged = page.call(None, method, path, body, Cookie="todoke=x; __Host-todoke=x")
    assert forged.status_code == 401


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_a_card_that_no_letter_code_linked_reads_nothing(
    page: Page, method: str, path: str, body: Any
) -> None:
    stranger = logged_in(page.town.services, number="0000000009", linked=False)
    answer = page.call(stranger, method, path, body)
    assert (answer.status_code, answer.get_json()["error"]) == (403, "account_not_linked")


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_after_logging_out_the_same_cookie_opens_nothing(
    page: Page, hanako: Neighbour, method: str, path: str, body: Any
) -> None:
    session.close(page.town.services, hanako.session.token)
    assert page.call(hanako.session, method, path, body).status_code == 401


def test_another_residents_letter_answers_exactly_as_none(
    page: Page, hanako: Neighbour, jiro: Neighbour
) -> None:
    hers = hanako.is_written_to()
    none = "A-00000-00000"
    for method in ("POST", "GET", "DELETE", "PUT"):
        of_hers = page.call(jiro.session, method, f"{NOTICES}/{hers}/opened", {})
        of_none = page.call(jiro.session, method, f"{NOTICES}/{none}/opened", {})
        alike(of_hers, of_none)
    assert of_hers.status_code in (404, 405)
    record = page.town.services.store.get("addressed_notice", hers)
    assert record is not None
    assert record.data["opened_at"] is None


def test_two_residents_see_of_each_other_what_they_see_of_nobody(
    page: Page, hanako: Neighbour, jiro: Neighbour
) -> None:
    """Whatever Jiro asks after Hanako got letters, phones and visits, he gets what he got
    before: her numbers, her cursors and her phone's id open nothing."""
    town = page.town
    mine, hers = town.join(), town.join()
    jiro.joins(mine)
    jiro.is_written_to("じろうの")
    before = [page.call(jiro.session, "GET", path) for path in (NOTICES, HISTORY, DEVICES)]
    hanako.joins(hers)
    id = hanako.is_written_to()
    services = town.services
    services.store.commit(
        [audit.entry(services, "system", "bill_issued", "bill/B-1", resident=hanako.resident)]
    )
    after = [page.call(jiro.session, "GET", path) for path in (NOTICES, HISTORY, DEVICES)]
    for one, other in zip(before, after, strict=True):
        alike(one, other)
    pairs: list[tuple[str, str, Any, Any]] = [
        ("POST", f"{NOTICES}/%s/opened", id, "A-00000-00000"),
        ("DELETE", DEVICES, {"id": hers.id}, {"id": "0" * len(hers.id)}),
        ("DELETE", DEVICES, {"token": hers.token}, {"token": f"{'0' * 43}.{'A' * 43}"}),
        ("PUT", DEVICES, {"token": hers.id}, {"token": "0" * len(hers.id)}),
        ("PUT", DEVICES, {"token": f"{hers.id}.{'A' * 43}"}, {"token": f"{'0' * 43}.{'A' * 43}"}),
    ]
    for method, path, of_hers, of_none in pairs:
        asked = [
            page.call(jiro.session, method, path % each, {})
            if "%s" in path
            else page.call(jiro.session, method, path, each)
            for each in (of_hers, of_none)
        ]
        alike(*asked)
    assert [each.id for each in devices.of_account(services, hanako.account)] == [hers.id]


def test_a_cursor_of_somebody_elses_list_leads_nowhere(
    page: Page, hanako: Neighbour, jiro: Neighbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address, "MOST", 1)
    hanako.is_written_to()
    page.town.clock.turn(1)
    hanako.is_written_to()
    cursor = page.call(hanako.session, "GET", NOTICES).get_json()["next"]
    taken = page.call(jiro.session, "GET", f"{NOTICES}?cursor={cursor}")
    junk = page.call(jiro.session, "GET", f"{NOTICES}?cursor=junk")
    alike(taken, junk)
    assert junk.get_json()["error"] == "bad_field"
    assert page.call(jiro.session, "GET", f"{NOTICES}?cursor={'x' * 501}").status_code == 422


def test_a_page_of_the_person_before_does_not_act_for_the_next(
    page: Page, hanako: Neighbour, jiro: Neighbour
) -> None:
    id = jiro.is_written_to()
    for method, path, body in [*ROUTES, ("POST", f"{NOTICES}/{id}/opened", {})]:
        left_open = {"Todoke_Account": hanako.session.account}
        answer = page.call(jiro.session, method, path, body, **left_open)
        assert (answer.status_code, answer.get_json()["error"]) == (409, "other_person"), path


def test_a_form_of_another_site_does_nothing(page: Page, hanako: Neighbour) -> None:
    id = hanako.is_written_to()
    for method, path, body in (
        ("POST", f"{NOTICES}/{id}/opened", {}),
        ("PUT", DEVICES, {"token": "x"}),
        ("DELETE", DEVICES, {"id": "x"}),
    ):
        for origin in ("https://evil.example", "null", page.base + ".evil.example"):
            answer = page.call(hanako.session, method, path, body, Origin=origin)
            assert (answer.status_code, answer.get_json()["error"]) == (403, "wrong_origin")


@pytest.mark.parametrize(
    "id", ["x", "A-" + "0" * 4000, "%00", "..%2f..%2fx", "見本", "N-2026-0001", "A-00000-0000O"]
)
def test_odd_numbers_are_not_there(page: Page, hanako: Neighbour, id: str) -> None:
    answer = page.call(hanako.session, "POST", f"{NOTICES}/{id}/opened", {})
    assert (answer.status_code, answer.get_json()["error"]) == (404, "not_found")
