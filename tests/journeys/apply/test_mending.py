"""Mending what was asked back: these answers and no others, once, and never an older return."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.parts.applicants import ANNE, BERT, KEY, acts, sent
from tests.parts.applying import PROCEDURE, answers, return_it
from todoke.core.application import AnswersRefusedError
from todoke.core.errors import TodokeError
from todoke.journeys import address, apply, attachments
from todoke.ports import Services

pytestmark = pytest.mark.also_late


def mend(services: Services, id: str, version: int, **changes: Any) -> apply.Own:
    return apply.mend(services, ANNE, id, apply.Mending(version, changes))


def test_only_what_was_asked_back_changes(services: Services) -> None:
    id = apply.submit(services, ANNE, sent(), KEY)
    version = return_it(services, id, {"claimant_phone": "つながりません"})
    own = mend(
        services,
        id,
        version,
        claimant_phone="090-1111-1111",
        claimant_name="見本 べつじん",
        account="other",
        children=[{"name": "見本 ふえた"}, {"name": "見本 もっと"}],
        resident=BERT,
        state="accepted",
    )
    assert own.state == "submitted"
    assert own.answers == {**answers(), "claimant_phone": "09011111111"}
    assert own.asks == {}
    assert sorted(acts(services)) == ["application_mended", "application_submitted"]
    kinds = [each.data["kind"] for each in address.of_resident(services, ANNE).records]
    assert sorted(map(str, kinds)) == ["application_mended", "application_received"]


def test_one_field_of_one_child_is_mended(services: Services) -> None:
    id = apply.submit(services, ANNE, sent(), KEY)
    version = return_it(services, id, {"children-1-born": "日をたしかめてください"})
    own = mend(services, id, version, children=[{"born": "2026/11/19", "name": "見本 べつ"}])
    assert own.answers["children"][0]["born"] == "2026-11-19"
    assert own.answers["children"][0]["name"] == "見本 そら"


def test_what_a_mended_answer_brings_up_may_be_answered_too(services: Services) -> None:
    id = apply.submit(services, ANNE, sent(), KEY)
    version = return_it(services, id, {"account": "登録がありません"})
    with pytest.raises(AnswersRefusedError) as caught:
        mend(services, id, version, account="other")
    assert [each.at for each in caught.value.problems][:2] == ["bank", "branch"]
    bank = {"bank": "見本銀行", "branch": "本店", "account_type": "ordinary"}
    bank |= {"account_number": "0000001", "account_holder": "ミホン ハナコ"}
    own = mend(services, id, version, account="other", **bank, claimant_name="見本 べつじん")
    assert own.answers["bank"] == "見本銀行"
    assert own.answers["claimant_name"] == "見本 はなこ"


def test_a_wrong_mending_changes_nothing(services: Services) -> None:
    id = apply.submit(services, ANNE, sent(), KEY)
    version = return_it(services, id, {"claimant_phone": "つながりません"})
    for wrong in ("", "abc", "053703296641"):
        with pytest.raises(AnswersRefusedError):
            mend(services, id, version, claimant_phone=wrong)
    own = apply.read_own(services, ANNE, id)
    assert (own.state, own.record.version) == ("returned", version)


def test_a_newer_form_takes_no_old_answer_away(services: Services) -> None:
    id = apply.submit(services, ANNE, sent(), KEY)
    version = return_it(services, id, {"claimant_phone": "つながりません", "gone": "もうない"})
    blob = services.blobs.get(f"forms/{PROCEDURE}.json")
    assert blob is not None
    shape = json.loads(blob.body)
    shape["version"] = "2027-04"
    for section in shape["sections"]:
        section["questions"] = [e for e in section["questions"] if e["id"] != "pension"]
    services.blobs.put(f"forms/{PROCEDURE}.json", json.dumps(shape).encode())
    own = mend(services, id, version, claimant_phone="09011111111")
    assert own.answers == {**answers(), "claimant_phone": "09011111111"}
    assert own.record.data["form_version"] == "2027-04"


def test_the_same_mending_twice_is_one_and_a_late_one_is_told_so(services: Services) -> None:
    id = apply.submit(services, ANNE, sent(), KEY)
    with pytest.raises(TodokeError) as caught:
        mend(services, id, 1, claimant_phone="09011111111")  # nothing was asked back
    assert caught.value.code == "application_state"
    version = return_it(services, id, {"claimant_phone": "つながりません"})
    mend(services, id, version, claimant_phone="09011111111")
    mend(services, id, version, claimant_phone="09011111111")
    with pytest.raises(TodokeError) as caught:
        mend(services, id, version, claimant_phone="09022222222")
    assert caught.value.code == "application_state"
    assert acts(services).count("application_mended") == 1


def test_a_mending_of_an_older_return_is_told_so(services: Services) -> None:
    id = apply.submit(services, ANNE, sent(), KEY)
    version = return_it(services, id, {"claimant_phone": "つながりません"})
    return_it(services, id, {"claimant_name": "名前も"})
    with pytest.raises(TodokeError) as caught:
        mend(services, id, version, claimant_phone="09011111111")
    assert caught.value.code == "application_state"


def test_an_attachment_is_mended_and_the_old_one_stays_on_record(services: Services) -> None:
    old = attachments.take(services, ANNE, b"old").id
    id = apply.submit(services, ANNE, sent(proofs=[old]), KEY)
    version = return_it(services, id, {"proofs": "読めません"})
    foreign = attachments.take(services, BERT, b"foreign").id
    with pytest.raises(AnswersRefusedError):
        mend(services, id, version, proofs=[foreign])
    new = attachments.take(services, ANNE, b"new").id
    own = mend(services, id, version, proofs=[new])
    assert own.answers["proofs"] == [new]
    assert [each.id for each in own.files] == [old, new]
