"""A case is accepted or refused: looked at first, its number typed, and only as it was read."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.parts.case_desk import CaseDesk
from tests.parts.casework import NOTE, confirming, deciding, returning, seat
from tests.parts.clerk import Clerk, Form


@pytest.mark.parametrize(
    ("decision", "word"), [("accepted", "認めました"), ("refused", "決めました")]
)
def test_a_decision_is_previewed_typed_and_sent(
    desk: CaseDesk, worker: Clerk, decision: str, word: str
) -> None:
    id = desk.apply().id
    looked = deciding(worker, id, decision, act="look", reason="決まりに当たりません。")
    assert "まだ決めていません" in looked.text
    assert "審査請求" in looked.text
    answer = deciding(worker, id, decision, reason="決まりに当たりません。")
    assert answer.status_code == 303
    assert word in worker.get(answer.headers["Location"]).text
    assert desk.get(id).data["state"] == decision
    assert desk.letters()[0].kind == f"application_{decision}"
    shown = worker.get(f"/cases/{id}").text
    assert "決まりました" in shown
    assert "まだ開いていない" in shown


@pytest.mark.parametrize("typed", ["", "00000", "T-", "あいうえお", "0" * 500])
def test_the_end_of_the_number_must_be_typed(desk: CaseDesk, worker: Clerk, typed: str) -> None:
    id = desk.apply().id
    page = deciding(worker, id, "accepted", number=typed)
    assert page.status_code == 422
    assert "受付番号の終わりとちがいます" in page.text
    assert desk.get(id).data["state"] == "submitted"


def test_the_end_may_be_typed_in_any_width_and_case(desk: CaseDesk, worker: Clerk) -> None:
    id = desk.apply().id
    wide = "".join(chr(ord(each) + 0xFEE0) for each in id[-5:].lower())
    assert deciding(worker, id, "accepted", number=f" {wide} ").status_code == 303


@pytest.mark.parametrize("reason", ["", "あ" * 501, "番号は 1234 5678 9018"])
def test_a_reason_to_mend_keeps_what_was_typed(desk: CaseDesk, worker: Clerk, reason: str) -> None:
    id = desk.apply().id
    page = deciding(worker, id, "refused", reason=reason)
    assert page.status_code == 422
    assert reason in page.text
    assert desk.get(id).data["state"] == "submitted"


def test_the_same_form_sent_twice_is_one_act(desk: CaseDesk, worker: Clerk) -> None:
    id = desk.apply().id
    path = f"/cases/{id}/decide?as=accepted"
    form = Form(confirming(worker, id, "accepted").text).values
    fields = {**form, "act": "decide", "number": id[-5:]}
    for _ in range(3):
        assert worker.post(path, **fields).status_code == 303
    assert [act for _, act in desk.history()].count("application_accepted") == 1
    assert len(desk.letters()) == 1


def test_what_is_decided_cannot_be_opened_for_a_decision(desk: CaseDesk, worker: Clerk) -> None:
    id = desk.apply().id
    deciding(worker, id, "accepted")
    for part in ("return", "decide?as=refused&seen=1", "decide?as=accepted&seen=2"):
        page = worker.get(f"/cases/{id}/{part}")
        assert page.status_code == 409
        assert "application_state" in page.text
    assert worker.get(f"/cases/{desk.apply().id}/decide?as=withdrawn").status_code == 404
    assert worker.get(f"/cases/{desk.apply().id}/decide").status_code == 404


def test_a_foreign_form_decides_nothing(desk: CaseDesk, worker: Clerk) -> None:
    id = desk.apply().id
    for path in (f"/cases/{id}/decide?as=accepted", f"/cases/{id}/return"):
        for origin in ("https://evil.test", "null", desk.services.config.public_url, ""):
            fields = {"version": "1", "act": "decide", "number": id[-5:]}
            assert worker.post(path, origin=origin, **fields).status_code == 403
    assert desk.get(id).data["state"] == "submitted"


# ----- somebody was quicker -----
def test_a_slower_colleague_learns_who_was_quicker_and_keeps_her_words(
    app: Flask, desk: CaseDesk, worker: Clerk
) -> None:
    slow = seat(app, desk, desk.other)
    id = desk.apply().id
    mine = Form(slow.get(f"/cases/{id}/return").text).values
    refusal = Form(confirming(slow, id, "refused").text).values
    assert deciding(worker, id, "accepted").status_code == 303
    fields = {**mine, "pick-proofs": "1", "note-proofs": NOTE, "act": "send"}
    late = slow.post(f"/cases/{id}/return", **fields)
    ends = {**refusal, "act": "decide", "number": id[-5:], "reason": "書いた理由です。"}
    refused = slow.post(f"/cases/{id}/decide?as=refused", **ends)
    for page, words in ((late, NOTE), (refused, "書いた理由です。")):
        assert page.status_code == 409
        assert "見本 わかば" in page.text
        assert "先に変わりました" in page.text
        assert words in page.text
    assert len(desk.letters()) == 1


def test_a_form_opened_before_the_person_mended_asks_to_look_again(
    desk: CaseDesk, worker: Clerk
) -> None:
    id = desk.apply().id
    old = Form(worker.get(f"/cases/{id}/return").text).values
    assert returning(worker, id, proofs=NOTE).status_code == 303
    desk.mend(id)
    fields = {**old, "pick-claimant_name": "1", "note-claimant_name": "なまえを。", "act": "send"}
    page = worker.post(f"/cases/{id}/return", **fields)
    assert page.status_code == 409
    assert "本人が" in page.text
    assert "なまえを。" in page.text
    again = {**Form(page.text).values, **{k: v for k, v in fields.items() if k != "version"}}
    assert worker.post(f"/cases/{id}/return", **again).status_code == 303


def test_answers_that_changed_are_read_again_before_a_decision(
    app: Flask, desk: CaseDesk, worker: Clerk
) -> None:
    """She read the case, a colleague returned it, the person mended it: her button would
    decide what she has never seen."""
    id = desk.apply().id
    slow = seat(app, desk, desk.other)
    link = f"/cases/{id}/decide?as=accepted&seen=1"
    form = Form(slow.get(link).text).values
    assert returning(worker, id, proofs=NOTE).status_code == 303
    desk.mend(id, claimant_kana="ミホン ハナ")
    fields = {**form, "number": id[-5:]}
    pages = [slow.get(link), slow.post(link, act="look", **fields)]
    pages += [slow.post(link, act="decide", **fields)]
    for page in pages:
        assert page.status_code == 409
        assert "本人が" in page.text
        assert 'value="decide"' not in page.text
    assert desk.get(id).data["state"] == "submitted"
    assert slow.get(f"/cases/{id}/decide?as=accepted").headers["Location"] == f"/cases/{id}"
