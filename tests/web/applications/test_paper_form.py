"""The form without a script: checked, gone back to, sent, and kept for whoever has no session."""

from __future__ import annotations

import dataclasses
import json
from typing import cast

import pytest
from flask.testing import FlaskClient

from tests.parts.applying import PROCEDURE, answers, return_it
from tests.parts.filing import KEY, PAPER, call, fields, filed, get, hidden, post, whole
from tests.parts.resident import Session, logged_in
from todoke.adapters.fakes import TurnedClock
from todoke.core import form_json
from todoke.journeys import apply
from todoke.ports import Services
from todoke.web import form_fields


def test_without_a_script_check_send_and_see_the_number(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    check = post(services, client, PAPER, fields(claimant_kana="みほん はなこ"), anne)
    assert check.status_code == 200
    assert check.headers["Cache-Control"] == "private, no-store"
    assert "ミホン ハナコ" in check.text
    assert filed(services, anne) == []
    sent = post(services, client, PAPER, {"step": "send", "sealed": hidden(check)}, anne)
    assert sent.status_code == 303
    (id,) = filed(services, anne)
    assert sent.headers["Location"] == f"/applications/{id}?filed=1&lang=ja"
    done = get(services, client, sent.headers["Location"], anne)
    assert done.status_code == 200
    assert id in done.text
    status = get(services, client, f"/applications/{id}", anne)
    assert "ミホン ハナコ" in status.text
    assert id in get(services, client, "/applications", anne).text


def test_sending_twice_from_one_page_files_once(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    seal = hidden(post(services, client, PAPER, fields(), anne))
    first, second = (
        post(services, client, PAPER, {"step": "send", "sealed": seal}, anne) for _ in range(2)
    )
    assert first.headers["Location"] == second.headers["Location"]
    assert len(filed(services, anne)) == 1


def test_a_wrong_answer_comes_back_with_its_place_and_all_others_kept(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    answer = post(services, client, PAPER, fields(claimant_phone="abc"), anne)
    assert answer.status_code == 422
    assert 'href="#f-claimant_phone"' in answer.text
    assert "見本 はなこ" in answer.text
    assert "見本 そら" in answer.text


def test_a_my_number_comes_back_nowhere(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    answer = post(services, client, PAPER, fields(claimant_address="見本町 0537-0329-6641"), anne)
    assert answer.status_code == 422
    assert "0537" not in answer.text
    shown = call(
        services,
        client,
        "/api/applications",
        whole(event="other", event_other="053703296641"),
        anne,
        **KEY,
    )
    assert shown.status_code == 422
    assert "0537" not in shown.text


def test_a_public_servant_is_told_where_to_go(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    answer = post(services, client, PAPER, fields(public_servant="yes"), anne)
    assert answer.status_code == 422
    assert "職場に請求します" in answer.text
    assert 'name="sealed"' not in answer.text


def test_going_back_keeps_the_answers(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    seal = hidden(post(services, client, PAPER, fields(), anne))
    answer = post(services, client, PAPER, {"step": "back", "sealed": seal}, anne)
    assert answer.status_code == 200
    assert 'value="見本 はなこ"' in answer.text


def test_without_a_session_the_answers_wait_on_the_page(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    asked = post(services, client, PAPER, fields(), None)
    assert asked.status_code == 401
    sent = post(services, client, PAPER, {"step": "send", "sealed": hidden(asked)}, anne)
    assert sent.status_code == 303
    assert len(filed(services, anne)) == 1


def test_a_session_that_ended_at_the_last_step_loses_nothing(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    seal = hidden(post(services, client, PAPER, fields(), anne))
    ended = post(services, client, PAPER, {"step": "send", "sealed": seal}, None)
    assert ended.status_code == 401
    assert "見本 はなこ" in ended.text
    sent = post(services, client, PAPER, {"step": "send", "sealed": hidden(ended)}, anne)
    assert sent.status_code == 303


def test_an_account_without_a_letter_code_keeps_its_answers_too(
    services: Services, client: FlaskClient
) -> None:
    new = logged_in(services, number="0000000009", linked=False)
    answer = post(services, client, PAPER, fields(), new)
    assert answer.status_code == 403
    assert hidden(answer)


def test_a_form_begun_by_one_person_is_not_sent_by_the_next(
    services: Services, client: FlaskClient, anne: Session, bert: Session
) -> None:
    seal = hidden(post(services, client, PAPER, fields(), anne))
    for step in ("send", "back"):
        answer = post(services, client, PAPER, {"step": step, "sealed": seal}, bert)
        assert answer.status_code == 409
        assert "other_person" in answer.text
        assert "見本 はなこ" not in answer.text
    assert filed(services, bert) == []
    refused = call(
        services,
        client,
        "/api/applications",
        whole(),
        dataclasses.replace(bert, headers={**bert.headers, "Todoke-Account": anne.account}),
        **KEY,
    )
    assert (refused.status_code, refused.json and refused.json["error"]) == (409, "other_person")


def test_tampered_sealed_answers_are_refused(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    seal = hidden(post(services, client, PAPER, fields(), anne))
    flipped = seal[:40] + ("A" if seal[40] != "A" else "B") + seal[41:]
    elsewhere = form_fields.carry(services, "jt-henko", anne.account, "2026-11", answers())
    for wrong in ("", "x", flipped, seal[:-4], "é", elsewhere, "A" * 5000):
        answer = post(services, client, PAPER, {"step": "send", "sealed": wrong}, anne)
        assert answer.status_code == 400, wrong[:20]
    assert filed(services, anne) == []


def test_answers_beside_the_seal_change_nothing(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    seal = hidden(post(services, client, PAPER, fields(), anne))
    data = {**fields(claimant_name="見本 べつじん"), "step": "send", "sealed": seal}
    data |= {"resident": "R-else", "state": "accepted", "account": "other"}
    post(services, client, PAPER, data, anne)
    own = apply.read_own(services, anne.resident, filed(services, anne)[0])
    assert own.answers == answers()
    assert own.state == "submitted"


def test_answers_that_waited_more_than_a_day_are_checked_once_more(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    old = hidden(post(services, client, PAPER, fields(), None))
    cast("TurnedClock", services.clock).turn(form_fields.SEALED_SECONDS + 1)
    later = logged_in(services)
    answer = post(services, client, PAPER, {"step": "send", "sealed": old}, later)
    assert answer.status_code == 200
    assert filed(services, anne) == []
    post(services, client, PAPER, {"step": "send", "sealed": hidden(answer)}, later)
    assert len(filed(services, anne)) == 1


def _new_version(services: Services) -> None:
    blob = services.blobs.get(f"forms/{PROCEDURE}.json")
    assert blob is not None
    shape = {**json.loads(blob.body), "version": "2027-04"}
    assert form_json.form(shape).version == "2027-04"
    services.blobs.put(f"forms/{PROCEDURE}.json", json.dumps(shape).encode())


def test_a_form_that_changed_meanwhile_takes_the_answers_along(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    seal = hidden(post(services, client, PAPER, fields(), anne))
    _new_version(services)
    for data in (fields(), {"step": "send", "sealed": seal}):
        answer = post(services, client, PAPER, data, anne)
        assert answer.status_code == 409
        assert 'value="見本 はなこ"' in answer.text
        assert 'value="2027-04"' in answer.text
    shown = call(services, client, "/api/applications", whole(), anne, **KEY)
    assert shown.status_code == 409
    assert filed(services, anne) == []


@pytest.mark.parametrize("language", ["ja", "easy", "en"])
def test_every_page_speaks_the_language_that_was_chosen(
    services: Services, client: FlaskClient, anne: Session, language: str
) -> None:
    asked = f"?lang={language}"
    wrong = post(services, client, PAPER + asked, fields(claimant_phone="x"), anne)
    check = post(services, client, PAPER + asked, fields(), anne)
    stop = post(services, client, PAPER + asked, fields(), None)
    data = {"step": "send", "sealed": hidden(check)}
    sent = post(services, client, PAPER + asked, data, anne)
    done = get(services, client, sent.headers["Location"], anne)
    (id,) = filed(services, anne)
    return_it(services, id, {"claimant_phone": "見本", "children-1-born": "見本"})
    status = get(services, client, f"/applications/{id}{asked}", anne)
    listing = get(services, client, f"/applications{asked}", anne)
    for page in (wrong, check, stop, done, status, listing):
        assert f'data-language="{language}"' in page.text
        assert f"lang={language}" in page.text or page is wrong
