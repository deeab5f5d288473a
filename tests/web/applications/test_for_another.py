"""Filing for another over HTTP: chosen by hand on the form without a script and by the script's
call, refused in words with every answer kept, and named on both sides' pages."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from flask.testing import FlaskClient

from tests.parts.applying import PROCEDURE, return_it
from tests.parts.filing import KEY, PAPER, call, fields, filed, get, hidden, post, whole
from tests.parts.resident import Session
from todoke.core.mandate import latest
from todoke.journeys import mandates
from todoke.journeys.mandates import FILE, READ
from todoke.ports import Services

MAY = f"forms/{PROCEDURE}.json"


@pytest.fixture(autouse=True)
def may(services: Services) -> None:
    """The form may be filed by an agent."""
    blob = services.blobs.get(MAY)
    assert blob is not None
    body = {**json.loads(blob.body), "agent": True}
    services.blobs.put(MAY, json.dumps(body).encode())


def given(services: Services, by: Session, to: Session, *scope: str) -> str:
    """A mandate; its id."""
    today = mandates.today(services)
    term = mandates.term(services, scope or (FILE,), today, latest(today))
    _, code = mandates.offer(services, by.resident, term)
    return mandates.accept(services, to.resident, code).id


def send(
    services: Services, client: FlaskClient, who: Session, seal: str, **fields: str
) -> tuple[Any, str]:
    answer = post(services, client, PAPER, {"step": "send", "sealed": seal, **fields}, who)
    return answer, answer.headers.get("Location", "")


def test_without_a_script_it_is_chosen_by_hand_for_whom(
    services: Services, client: FlaskClient, anne: Session, bert: Session
) -> None:
    mandate = given(services, anne, bert)
    check = post(services, client, f"{PAPER}?lang=ja", fields(), bert)
    assert f'value="{mandate}"' in check.text
    assert "見本 はなこさんの手続き" in check.text
    seal = hidden(check)
    unsaid, _ = send(services, client, bert, seal, **{"for": "asked"})
    assert unsaid.status_code == 422
    assert "だれの手続きかを、えらんでください" in unsaid.text
    assert filed(services, anne) == filed(services, bert) == []
    _, where = send(services, client, bert, seal, **{"for": "asked"}, mandate=mandate)
    (id,) = filed(services, anne)
    assert where == f"/applications/{id}?filed=1&lang=ja"
    assert get(services, client, where, bert).status_code == 200
    status = get(services, client, f"/applications/{id}?lang=ja", bert)
    assert "見本 はなこさんの申請です" in status.text
    assert id in get(services, client, "/applications", bert).text
    hers = get(services, client, f"/applications/{id}?lang=ja", anne)
    assert "代理人の見本 べつさんが、あなたの代わりに出しました" in hers.text
    own, where = send(services, client, bert, seal, **{"for": "asked"}, mandate="")
    assert own.status_code == 422, "the same page was sent for her already"


def test_who_stands_in_for_nobody_is_asked_nothing(
    services: Services, client: FlaskClient, anne: Session, bert: Session
) -> None:
    given(services, anne, bert, READ)
    for who in (anne, bert):
        assert 'id="for-whom"' not in post(services, client, PAPER, fields(), who).text


def test_where_her_own_signature_is_needed_it_says_so(
    services: Services, client: FlaskClient, anne: Session, bert: Session
) -> None:
    mandate = given(services, anne, bert)
    blob = services.blobs.get(MAY)
    assert blob is not None
    services.blobs.put(MAY, json.dumps({**json.loads(blob.body), "agent": False}).encode())
    check = post(services, client, f"{PAPER}?lang=en", fields(), bert)
    assert "own signature" in check.text
    assert mandate not in check.text
    refused, _ = send(services, client, bert, hidden(check), mandate=mandate)
    assert refused.status_code == 403
    assert filed(services, anne) == []


def test_a_mandate_that_ended_meanwhile_loses_no_answer(
    services: Services, client: FlaskClient, anne: Session, bert: Session
) -> None:
    mandate = given(services, anne, bert)
    seal = hidden(post(services, client, PAPER, fields(), bert))
    mandates.end(services, anne.resident, mandate)
    refused, _ = send(services, client, bert, seal, mandate=mandate)
    assert refused.status_code == 403
    assert "今はできません" in refused.text
    assert "見本 そら" in refused.text, "what was written is still there"
    assert 'name="for" value="asked"' in refused.text, "nor does it go out as her own by itself"
    assert "checked" not in refused.text.split('id="for-whom"')[1].split("</fieldset>")[0]
    assert filed(services, anne) == filed(services, bert) == []


@pytest.mark.parametrize("mandate", ["M-0000000000000000", "x" * 600, "M-\u0000"])
def test_the_scripts_call_is_refused_alike_by_whatever_is_no_mandate_of_hers(
    services: Services, client: FlaskClient, anne: Session, bert: Session, mandate: str
) -> None:
    hers = given(services, bert, anne)  # the other way round
    for each in (mandate, hers):
        body = {**whole(), "mandate": each}
        answer = call(services, client, "/api/applications", body, bert, **KEY)
        assert answer.status_code == 403
        assert cast("Any", answer.json)["error"] == "mandate_over"
    odd = call(services, client, "/api/applications", {**whole(), "mandate": 5}, bert, **KEY)
    assert odd.status_code == 400


def test_the_script_files_and_mends_for_another(
    services: Services, client: FlaskClient, anne: Session, bert: Session
) -> None:
    mandate = given(services, anne, bert)
    body = {**whole(), "mandate": mandate}
    sent = [call(services, client, "/api/applications", body, bert, **KEY) for _ in range(2)]
    assert [each.status_code for each in sent] == [201, 201]
    (id,) = filed(services, anne)
    version = return_it(services, id, {"claimant_phone": "この番号はつながりません"})
    data = {"version": str(version), "claimant_phone": "09011111111"}
    mandates.end(services, bert.resident, mandate)
    late = post(services, client, f"/applications/{id}/mend", data, bert)
    assert late.status_code == 403
    given(services, anne, bert)
    done = post(services, client, f"/applications/{id}/mend", data, bert)
    assert done.status_code == 303
