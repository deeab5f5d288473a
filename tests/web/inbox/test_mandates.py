"""Mandates as a page of the portal calls them: who may give, accept, see and end one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.parts.inbox import NOTICES, Page, alike
from tests.parts.letters import NAME, Neighbour
from todoke.journeys import mandates, session
from todoke.journeys.audit import JST
from todoke.ports import Replace

MANDATES = "/api/me/mandates"


def term(page: Page, days: int = 30, **changes: Any) -> dict[str, Any]:
    first = page.town.clock.now().astimezone(JST).date()
    last = first + timedelta(days=days)
    return {"scope": ["read"], "first": first.isoformat(), "last": last.isoformat(), **changes}


def give(page: Page, who: Neighbour) -> dict[str, Any]:
    found: dict[str, Any] = page.call(who.session, "POST", MANDATES, term(page)).get_json()
    assert found["ok"], found
    return found


def notices(page: Page, who: Neighbour) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.call(who.session, "GET", NOTICES).get_json()["notices"]
    return found


def test_given_accepted_seen_by_both_and_ended(
    page: Page, hanako: Neighbour, jiro: Neighbour
) -> None:
    written = hanako.is_written_to()
    made = give(page, hanako)
    assert made["seconds"] == mandates.OFFER_SECONDS
    taken = page.call(jiro.session, "POST", f"{MANDATES}/accept", {"code": made["code"]})
    shown = taken.get_json()["mandate"]
    assert (shown["mine"], shown["name"], shown["scope"]) == (False, NAME, ["read"])
    (hers,) = page.call(hanako.session, "GET", MANDATES).get_json()["mandates"]
    assert (hers["id"], hers["mine"], hers["name"]) == (made["id"], True, "見本 じろう")
    (notice,) = [each for each in notices(page, jiro) if each["kind"] == "bill"]
    assert (notice["id"], notice["principal"], notice["child"]) == (written, NAME, None)
    for _ in range(2):
        ended = page.call(hanako.session, "DELETE", f"{MANDATES}/{made['id']}")
        assert ended.get_json() == {"ok": True}
    assert [each["kind"] for each in notices(page, jiro)] == ["mandate_over"]
    of_hers = page.call(jiro.session, "POST", f"{NOTICES}/{written}/opened", {})
    of_none = page.call(jiro.session, "POST", f"{NOTICES}/A-00000-00000/opened", {})
    alike(of_hers, of_none)


def test_to_give_one_a_card_is_needed_and_to_accept_a_passkey_is_enough(
    page: Page, hanako: Neighbour, jiro: Neighbour
) -> None:
    services = page.town.services
    made = give(page, hanako)
    for who in (hanako, jiro):  # the same sessions as if a passkey had opened them
        (record,) = services.store.find("sessions_by_account", who.account.id).records
        services.store.commit([Replace(replace(record, data={**record.data, "tier": 1}))])
    refused = page.call(hanako.session, "POST", MANDATES, term(page))
    assert (refused.status_code, refused.get_json()["error"]) == (403, "proof_needed")
    taken = page.call(jiro.session, "POST", f"{MANDATES}/accept", {"code": made["code"]})
    assert taken.status_code == 200


@pytest.mark.parametrize("means", ["card", session.HANDED])
def test_a_stranger_at_her_session_gives_himself_none(
    page: Page, hanako: Neighbour, jiro: Neighbour, means: str
) -> None:
    """A browser left open, or a PC that she was talked into letting in: what he took would last a
    year, and no logging out everywhere would end it."""
    services = page.town.services
    (record,) = services.store.find("sessions_by_account", hanako.account.id).records
    services.store.commit([Replace(replace(record, data={**record.data, "means": means}))])
    if means == "card":
        page.town.clock.turn(session.FRESH_SECONDS + 1)
    refused = page.call(hanako.session, "POST", MANDATES, term(page))
    assert (refused.status_code, refused.get_json()["error"]) == (403, "proof_needed")
    assert refused.get_json()["need"] == "card-fresh"
    assert page.call(jiro.session, "GET", MANDATES).get_json()["mandates"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": []},
        {"scope": "read"},
        {"scope": ["vote"]},
        {"scope": [5]},
        {"first": "2026-02-30"},
        {"first": "2020-01-01"},
        {"last": "2020-01-01"},
        {"last": "2099-01-01"},
        {"last": ""},
        {"last": 5},
    ],
)
def test_a_term_that_cannot_be_is_refused_in_words(
    page: Page, hanako: Neighbour, changes: dict[str, Any]
) -> None:
    answer = page.call(hanako.session, "POST", MANDATES, term(page, **changes))
    shown = answer.get_json()
    assert (answer.status_code, shown["error"]) == (422, "bad_field")
    assert shown["message"]
    assert page.call(hanako.session, "GET", MANDATES).get_json()["mandates"] == []


def test_somebody_elses_mandate_answers_as_none_and_stays(
    page: Page, hanako: Neighbour, jiro: Neighbour
) -> None:
    made = give(page, hanako)
    of_hers = page.call(jiro.session, "DELETE", f"{MANDATES}/{made['id']}")
    of_none = page.call(jiro.session, "DELETE", f"{MANDATES}/M-0000000000000000")
    alike(of_hers, of_none)
    assert len(page.call(hanako.session, "GET", MANDATES).get_json()["mandates"]) == 1


def test_trying_codes_is_slowed_down(page: Page, jiro: Neighbour) -> None:
    body = {"code": "7K3M-9QXR-2TVA"}
    codes = {
        page.call(jiro.session, "POST", f"{MANDATES}/accept", body).status_code for _ in range(70)
    }
    assert codes == {422, 429}
