"""A tier is a property of the route: every route of a person, and what it asks of her."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.parts.applying import PROCEDURE, QuickCleaner, city, return_it
from tests.parts.filing import KEY, PAPER, call, fields, filed, get, hidden, post, whole
from tests.parts.resident import Session, logged_in
from todoke.core import catalogue, form
from todoke.ports import Services
from todoke.web import guard
from todoke.web.app import create_app

#: route -> what its guard asks: linked or any account, and the tier. "by its form": on top of it
#: the procedure's own (core/form.py), because the guard does not read what is sent
TABLE = {
    "DELETE /api/me/app/<id>": "any:1",  # and of the last 15 minutes
    "DELETE /api/me/cards/<id>": "any:1",  # and of the last 15 minutes
    "DELETE /api/me/devices": "linked:1",
    "DELETE /api/me/mandates/<id>": "linked:1",
    "DELETE /api/me/passkeys/<id>": "any:1",
    "DELETE /api/me/sessions/<id>": "any:1",
    "GET /api/me": "any:1",
    "GET /api/me/app": "any:1",
    "GET /api/me/cards": "any:1",
    "GET /api/me/devices": "linked:1",
    "GET /api/me/history": "linked:2",
    "GET /api/me/mandates": "linked:1",
    "GET /api/me/notices": "linked:1",
    "GET /api/me/passkeys": "any:1",
    "GET /api/me/sessions": "any:1",
    "GET /applications": "linked:1",
    "GET /applications/<id>": "linked:1",
    "GET /my-data": "any:2",
    "GET /my-data/delete": "any:2",  # and of the last 15 minutes
    "GET /my-data/export.json": "any:2",
    "GET /my-data/files/<id>": "linked:2",
    "POST /my-data/correct": "linked:2",
    "POST /my-data/delete": "any:2",  # and of the last 15 minutes
    "GET /bills/<id>": "linked:1",
    "GET /bills/<id>/back": "linked:1",
    "GET /mandates": "linked:1",
    "GET /mandates/<id>/bills": "linked:1",
    "GET /mandates/<id>/end": "linked:1",
    "GET /mandates/accept": "linked:1",
    "GET /mandates/give": "linked:2",  # and of the last 15 minutes
    "POST /mandates/<id>/end": "linked:1",
    "POST /mandates/accept": "linked:1",
    "POST /mandates/give": "linked:2",  # and of the last 15 minutes
    "POST /api/applications": "linked:1",  # and by its form
    "POST /api/attachments": "linked:1",
    "POST /api/logout/everywhere": "any:1",
    "POST /api/me/app/begin": "any:1",
    "POST /api/me/cards": "any:1",
    "POST /api/me/link": "any:1",  # and of the last 15 minutes
    "POST /api/me/link/card": "any:1",
    "POST /api/me/link/document": "any:1",
    "POST /api/me/mandates": "linked:2",  # and of the last 15 minutes
    "POST /api/me/mandates/accept": "linked:1",
    "POST /api/me/notices/<id>/opened": "linked:1",
    "POST /api/me/passkeys": "any:1",
    "POST /api/me/passkeys/options": "any:1",
    "POST /api/me/phone/allow": "any:1",  # and what the PC asks for
    "POST /api/me/phone/look": "any:1",
    "POST /api/me/phone/refuse": "any:1",
    "POST /bills/<id>/checkout": "linked:1",
    "PUT /api/me/devices": "linked:1",
    "PUT /api/me/passkeys/<id>": "any:1",
}
#: routes that know a person without a guard that does: her answers must outlive her session
WITHOUT = ("POST /apply/<procedure>", "POST /applications/<id>/mend")  # both by their form


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return dataclasses.replace(city(tmp_path), cleaner=QuickCleaner())


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return create_app(services).test_client(use_cookies=False)


@pytest.fixture
def weak(services: Services) -> Session:
    """Anne with a passkey."""
    return logged_in(services, means="passkey")


@pytest.fixture
def strong(services: Services) -> Session:
    """The same with her card."""
    return logged_in(services)


def test_every_route_of_a_person_states_its_tier(services: Services) -> None:
    app = create_app(services)
    found: dict[str, str] = {}
    public = set()
    for rule in app.url_map.iter_rules():
        named = str(guard.guard_of(app.view_functions[rule.endpoint]))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if named.startswith("resident:"):
                found[f"{method} {rule.rule}"] = named.removeprefix("resident:")
            else:
                public.add(f"{method} {rule.rule}")
    assert found == TABLE
    assert public.issuperset(WITHOUT)


@pytest.mark.parametrize("path", [f"/api{e}" for e in ("/me/history",)])
def test_who_shows_a_passkey_where_the_card_is_asked_for_is_told_so(
    services: Services, client: FlaskClient, weak: Session, strong: Session, path: str
) -> None:
    refused = get(services, client, path, weak)
    assert refused.status_code == 403
    assert refused.json
    assert (refused.json["error"], refused.json["need"]) == ("proof_needed", "card")
    assert get(services, client, path, strong).status_code == 200


# ------------------------------------------------------------------------------ filing
@pytest.mark.parametrize(
    ("signature", "tier"),
    [("none", 1), ("sign_or_login", 1)]
    + [(each, 2) for each in ("sign", "varies", "counter", "employer", "unknown", "")],
)
def test_the_proof_that_a_procedure_asks_for_is_the_tier_of_its_filing(
    signature: str, tier: int
) -> None:
    assert form.tier_of(signature) == tier


def test_every_kind_of_proof_that_the_catalogue_knows_has_been_thought_of() -> None:
    assert set(form._TIERS) <= set(catalogue.SIGNATURES)
    assert len(catalogue.SIGNATURES) == 7, "name the new one in the table above"


def _form(services: Services) -> dict[str, object]:
    blob = services.blobs.get(f"forms/{PROCEDURE}.json")
    assert blob is not None
    return dict(json.loads(blob.body))


def _ask_for(services: Services, tier: int) -> None:
    shape = {**_form(services), "tier": tier}
    services.blobs.put(f"forms/{PROCEDURE}.json", json.dumps(shape).encode())


@pytest.mark.parametrize("tier", [1, 2, None])
def test_an_application_is_filed_with_the_proof_of_its_procedure(
    services: Services, client: FlaskClient, weak: Session, tier: int | None
) -> None:
    """Without a word about it the card is asked for."""
    if tier is not None:
        _ask_for(services, tier)
    sent = call(services, client, "/api/applications", whole(), weak, **KEY)
    if tier == 1:
        assert sent.status_code == 201
        return
    assert sent.status_code == 403
    assert sent.json
    assert (sent.json["error"], sent.json["need"]) == ("proof_needed", "card")
    assert filed(services, weak) == []


def test_on_paper_the_answers_wait_while_she_shows_her_card(
    services: Services, client: FlaskClient, weak: Session, strong: Session
) -> None:
    check = post(services, client, f"{PAPER}?lang=en", fields(), weak)
    assert check.status_code == 403
    assert 'href="/en/login.html?need=card"' in check.text
    assert "My Number card" in check.text
    assert "見本 はなこ" in check.text, "what she wrote is gone"
    again = post(services, client, PAPER, {"step": "send", "sealed": hidden(check)}, weak)
    assert again.status_code == 403
    assert filed(services, weak) == []
    sent = post(services, client, PAPER, {"step": "send", "sealed": hidden(again)}, strong)
    assert sent.status_code == 303
    assert len(filed(services, weak)) == 1


def test_on_paper_what_asks_for_less_goes_with_a_passkey(
    services: Services, client: FlaskClient, weak: Session
) -> None:
    _ask_for(services, 1)
    check = post(services, client, PAPER, fields(), weak)
    assert check.status_code == 200
    sent = post(services, client, PAPER, {"step": "send", "sealed": hidden(check)}, weak)
    assert sent.status_code == 303


def test_what_was_mended_waits_while_she_shows_her_card(
    services: Services, client: FlaskClient, weak: Session, strong: Session
) -> None:
    assert call(services, client, "/api/applications", whole(), strong, **KEY).status_code == 201
    (id,) = filed(services, strong)
    version = return_it(services, id, {"claimant_phone": "この番号はつながりません"})
    data = {"version": str(version), "claimant_phone": "09011111111"}
    waits = post(services, client, f"/applications/{id}/mend?lang=en", data, weak)
    assert waits.status_code == 403
    assert 'href="/en/login.html?need=card"' in waits.text
    assert 'value="09011111111"' in waits.text
    assert post(services, client, f"/applications/{id}/mend", data, strong).status_code == 303
