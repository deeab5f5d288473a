"""Phones that are told of one resident's notices: joined, listed, taken away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.parts.inbox import DEVICES, Page
from tests.parts.letters import Neighbour
from todoke.journeys import devices, session
from todoke.ports import Replace


def test_a_phone_joins_is_listed_and_leaves(page: Page, hanako: Neighbour) -> None:
    phone = page.town.join()
    for _ in range(2):
        joined = page.call(hanako.session, "PUT", DEVICES, {"token": phone.token})
        assert joined.get_json() == {"ok": True}
    (listed,) = page.call(hanako.session, "GET", DEVICES).get_json()["devices"]
    assert listed["id"] == phone.id
    for body in ({"token": phone.token}, {"id": phone.id}, {"token": "junk"}, {"id": ""}):
        assert page.call(hanako.session, "DELETE", DEVICES, body).get_json() == {"ok": True}
    assert page.call(hanako.session, "GET", DEVICES).get_json()["devices"] == []


def test_a_pc_that_her_phone_let_in_is_not_told_for_longer_than_its_session(
    page: Page, hanako: Neighbour
) -> None:
    """A stranger at that PC would learn whenever something comes for her, also after she has logged
    out everywhere."""
    services, phone = page.town.services, page.town.join()
    (record,) = services.store.find("sessions_by_account", hanako.account.id).records
    handed = replace(record, data={**record.data, "means": session.HANDED})
    services.store.commit([Replace(handed)])
    refused = page.call(hanako.session, "PUT", DEVICES, {"token": phone.token})
    assert (refused.status_code, refused.get_json()["need"]) == (403, "fresh")
    assert page.call(hanako.session, "GET", DEVICES).get_json()["devices"] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "missing_field"),
        ({"token": 5}, "bad_field"),
        ({"token": None}, "bad_field"),
        ({"token": "x", "account": "U-1"}, "unknown_field"),
        ([], "bad_json"),
        (b"{", "bad_json"),
        (b'{"token": "a", "token": "b"}', "bad_json"),
        ({"token": "x" * 5000}, "body_too_large"),
        ({"token": "x"}, "subscription_not_found"),
    ],
)
def test_a_hostile_body_is_refused_in_words(
    page: Page, hanako: Neighbour, body: Any, code: str
) -> None:
    answer = page.call(hanako.session, "PUT", DEVICES, body)
    shown = answer.get_json()
    assert shown["error"] == code
    assert shown["message"]
    assert shown["advice"]


def test_both_names_at_once_or_none_stop_nothing(page: Page, hanako: Neighbour) -> None:
    phone = page.town.join()
    hanako.joins(phone)
    for body in ({"token": phone.token, "id": phone.id}, {}):
        answer = page.call(hanako.session, "DELETE", DEVICES, body)
        assert answer.get_json()["error"] == "missing_field"
    assert len(devices.of_account(page.town.services, hanako.account)) == 1


def test_joining_and_leaving_for_ever_is_slowed_down(page: Page, hanako: Neighbour) -> None:
    phone = page.town.join()
    codes = {
        page.call(hanako.session, "PUT", DEVICES, {"token": phone.token}).status_code
        for _ in range(70)
    }
    assert codes == {200, 429}
