"""Mending what was asked back, on the application's own page, which stays when its form is gone."""

from __future__ import annotations

import io
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from tests.parts.applying import PROCEDURE, answers, return_it
from tests.parts.filing import KEY, PAPER, call, fields, filed, get, hidden, post, whole
from tests.parts.resident import Session, logged_in
from todoke.journeys import apply
from todoke.ports import Services


def test_what_was_asked_back_is_mended_in_its_place(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    call(services, client, "/api/applications", whole(), anne, **KEY)
    (id,) = filed(services, anne)
    return_it(services, id, {"claimant_phone": "この番号はつながりません"})
    page = get(services, client, f"/applications/{id}", anne)
    assert "この番号はつながりません" in page.text
    assert 'name="claimant_phone"' in page.text
    assert 'name="claimant_name"' not in page.text
    data = {"version": hidden(page, "version"), "claimant_phone": "x", "claimant_name": "見本 べつ"}
    again = post(services, client, f"/applications/{id}/mend", data, anne)
    assert again.status_code == 422
    assert 'href="#f-claimant_phone"' in again.text
    number = {**data, "claimant_phone": "0537-0329-6641"}
    told = post(services, client, f"/applications/{id}/mend", number, anne)
    assert told.status_code == 422
    assert "0329" not in told.text
    data["claimant_phone"] = "09011111111"
    done = post(services, client, f"/applications/{id}/mend", data, anne)
    assert done.status_code == 303
    own = apply.read_own(services, anne.resident, id)
    assert own.answers == answers(claimant_phone="09011111111")
    twice = post(services, client, f"/applications/{id}/mend", data, anne)
    assert twice.status_code == 303
    late = post(
        services,
        client,
        f"/applications/{id}/mend",
        {**data, "claimant_phone": "09022222222"},
        anne,
    )
    assert late.status_code == 409


def test_questions_that_a_mended_answer_brings_up_appear_on_the_page(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    call(services, client, "/api/applications", whole(), anne, **KEY)
    (id,) = filed(services, anne)
    version = return_it(services, id, {"account": "登録がありません"})
    data = {"version": str(version), "account": "other"}
    page = post(services, client, f"/applications/{id}/mend", data, anne)
    assert page.status_code == 422
    assert 'name="bank"' in page.text
    data |= {"bank": "見本銀行", "branch": "本店", "account_type": "ordinary"}
    data |= {"account_number": "0000001", "account_holder": "みほん はなこ"}
    assert post(services, client, f"/applications/{id}/mend", data, anne).status_code == 303


def test_a_file_attached_while_mending_is_kept_when_something_else_is_wrong(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    call(services, client, "/api/applications", whole(), anne, **KEY)
    (id,) = filed(services, anne)
    version = str(return_it(services, id, {"claimant_phone": "x", "proofs": "x"}))
    first: MultiDict[str, Any] = MultiDict({"version": version, "claimant_phone": "abc"})
    first.add("proofs", (io.BytesIO(b"a proof"), "proof.jpg"))
    page = post(services, client, f"/applications/{id}/mend", first, anne)
    assert page.status_code == 422
    file = hidden(page, "proofs")
    second = {"version": version, "claimant_phone": "09011111111", "proofs": file}
    assert post(services, client, f"/applications/{id}/mend", second, anne).status_code == 303
    assert [each.id for each in apply.read_own(services, anne.resident, id).files] == [file]


def test_what_was_mended_waits_on_the_page_when_the_session_has_ended(
    services: Services, client: FlaskClient, anne: Session, bert: Session
) -> None:
    call(services, client, "/api/applications", whole(), anne, **KEY)
    (id,) = filed(services, anne)
    version = str(return_it(services, id, {"claimant_phone": "x", "proofs": "x"}))
    typed = {"version": version, "claimant_phone": "0901111<b>"}
    number = {"claimant_address": "0537-0329-6641"}
    data: MultiDict[str, Any] = MultiDict({**typed, **number})
    data.add("proofs", (io.BytesIO(b"a proof"), "proof.jpg"))
    path = f"/applications/{id}/mend"
    page = post(services, client, path, data, None)
    assert page.status_code == 401
    assert hidden(page, "version") == version
    assert 'value="0901111&lt;b&gt;"' in page.text
    assert "0329" not in page.text
    assert hidden(page, "lost") == "proofs"
    assert "もう一度えらんで" in page.text
    assert "?lang=en" not in page.text  # a link would lead away from what was typed
    assert "見本 はなこ" not in page.text  # nobody knows yet whose application it is
    unlinked = logged_in(services, number="0000000777", linked=False)
    assert post(services, client, path, typed, unlinked).status_code == 403
    assert post(services, client, path, typed, bert).status_code == 404
    typed["claimant_phone"] = "09011111111"
    again = post(services, client, path, {**typed, "lost": "proofs"}, anne)
    assert again.status_code == 422  # without the file she chose she would not know it
    assert "もう一度えらんで" in again.text
    assert apply.read_own(services, anne.resident, id).state == "returned"
    assert post(services, client, path, typed, anne).status_code == 303


def test_an_application_keeps_its_page_when_its_form_is_gone(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    call(services, client, "/api/applications", whole(), anne, **KEY)
    (id,) = filed(services, anne)
    services.blobs.delete(f"forms/{PROCEDURE}.json")
    assert id in get(services, client, f"/applications/{id}", anne).text
    assert post(services, client, PAPER, fields(), anne).status_code == 404
