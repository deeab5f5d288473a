"""Filing by the script of the page: its key, what it is told, and bodies that it never sends."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.parts.applying import answers
from tests.parts.filing import KEY, call, filed, whole
from tests.parts.resident import Session
from todoke.ports import Services


def test_the_script_files_and_a_second_try_gets_the_same_answer(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    first = call(services, client, "/api/applications", whole(), anne, **KEY)
    second = call(services, client, "/api/applications", whole(), anne, **KEY)
    assert first.status_code == second.status_code == 201
    assert first.json == second.json
    assert first.json
    assert first.json["url"] == f"/applications/{first.json['id']}"
    other = call(services, client, "/api/applications", whole(pension="none"), anne, **KEY)
    assert (other.status_code, other.json and other.json["error"]) == (422, "sent_differently")
    assert len(filed(services, anne)) == 1


def test_the_script_is_told_every_problem_in_its_place_and_language(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    wrong = whole(claimant_phone="1", children=[{"name": "見本 そら"}])
    answer = call(services, client, "/api/applications?lang=en", wrong, anne, **KEY)
    assert answer.status_code == 422
    assert answer.json
    places = [each["at"] for each in answer.json["problems"]]
    assert places[:3] == ["claimant_phone", "children-1-kana", "children-1-born"]
    assert "phone number" in answer.json["problems"][0]["message"]
    assert "見本" not in answer.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ([], 400),
        ({**whole(), "resident": "R-else"}, 422),
        ({**whole(), "answers": []}, 400),
        ({**whole(), "answers": {"children": [[[]]]}}, 422),
        ({**whole(), "procedure": {"a": 1}}, 400),
        ({**whole(), "procedure": "../../data/keys/data"}, 404),
        ({**whole(), "form_version": None}, 400),
        ({**whole(), "answers": {"x" * 100: "y"}}, 422),
        ({**whole(), "answers": {**answers(), "claimant_name": "x" * 70_000}}, 413),
    ],
)
def test_bodies_that_no_page_of_ours_sends_file_nothing(
    services: Services, client: FlaskClient, anne: Session, body: Any, status: int
) -> None:
    answer = call(services, client, "/api/applications", body, anne, **KEY)
    assert answer.status_code == status
    assert answer.json
    assert set(answer.json) >= {"ok", "error", "message", "advice"}
    assert filed(services, anne) == []


def test_a_call_without_a_key_files_nothing(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    assert call(services, client, "/api/applications", whole(), anne).status_code == 400
    assert filed(services, anne) == []


def test_thirty_calls_at_once_are_enough(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    statuses = [
        call(services, client, "/api/applications", {}, anne, **KEY).status_code for _ in range(31)
    ]
    assert statuses[-1] == 429
    assert 429 not in statuses[:-1]
