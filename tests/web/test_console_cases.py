"""A case worker at her desk: list, case, attachment, return, decision, as her browser sends it."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.parts.applying import ANSWERS, PROCEDURE, QuickCleaner
from tests.parts.case_desk import CaseDesk
from tests.parts.clerk import Clerk, Elements, Form, enter
from tests.parts.resident import logged_in
from todoke.core.notice import Person
from todoke.journeys import apply, attachments
from todoke.web.app import create_app

NOTE = "うつした書類の字が読めません。もう一度とって送ってください。"
ATTACK = "<script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}\"'"


@pytest.fixture
def desk(tmp_path: Path) -> CaseDesk:
    return CaseDesk.open(tmp_path)


@pytest.fixture
def app(desk: CaseDesk) -> Flask:
    return create_app(desk.services, ("console", "console_assets"))


@pytest.fixture
def worker(app: Flask, desk: CaseDesk) -> Clerk:
    return seat(app, desk, desk.worker)


def seat(app: Flask, desk: CaseDesk, person: Person) -> Clerk:
    return enter(app, desk.desk, person)


def returning(clerk: Clerk, id: str, act: str = "send", **notes: str) -> TestResponse:
    """Ticks and fills the fields of the page (names with _ for -)."""
    form = Form(clerk.get(f"/cases/{id}/return").text).values
    paths = {name.replace("__", "-"): note for name, note in notes.items()}
    ticked = {f"pick-{path}": "1" for path in paths}
    written = {f"note-{path}": note for path, note in paths.items()}
    return clerk.post(f"/cases/{id}/return", **{**form, **ticked, **written, "act": act})


def deciding(clerk: Clerk, id: str, decision: str, **changes: str) -> TestResponse:
    """The confirming page, reached from the case and filled."""
    form = Form(confirming(clerk, id, decision).text).values
    fields = {**form, "act": "decide", "number": id[-5:], **changes}
    return clerk.post(f"/cases/{id}/decide?as={decision}", **fields)


def confirming(clerk: Clerk, id: str, decision: str) -> TestResponse:
    """The confirming page, by the link of the case."""
    link = re.search(rf'href="([^"]*as={decision}[^"]*)"', clerk.get(f"/cases/{id}").text)
    assert link, decision
    return clerk.get(link[1].replace("&amp;", "&"))


# ----- the list -----
def test_the_list_shows_numbers_and_waiting_but_nothing_about_a_person(
    app: Flask, desk: CaseDesk
) -> None:
    old = desk.apply()
    desk.desk.clock.turn(3 * 86400 + 60)
    new = desk.apply()
    page = seat(app, desk, desk.worker).get("/cases").text
    assert page.index(old.id) < page.index(new.id)
    assert "児童手当 認定請求" in page
    assert "3日" in page
    for secret in ("見本 はなこ", "ミホン", "見本町", "09000000000", desk.resident.id):
        assert secret not in page
    assert not [act for _, act in desk.history() if act == "application_read"]


def test_states_are_tabs_and_a_mended_one_is_marked(desk: CaseDesk, worker: Clerk) -> None:
    first, second, third = desk.apply(), desk.apply(), desk.apply()
    for each in (first, second):
        assert returning(worker, each.id, proofs=NOTE).status_code == 303
    desk.mend(first.id)
    assert deciding(worker, third.id, "accepted").status_code == 303
    waiting = worker.get("/cases").text
    assert first.id in waiting
    assert "直って来た" in waiting
    assert second.id not in waiting
    assert second.id in worker.get("/cases?state=returned").text
    assert third.id in worker.get("/cases?state=accepted").text
    assert first.id in worker.get("/cases?state=no-such-state").text
    assert "直って来た" in worker.get("/").text


def test_a_receipt_number_leads_straight_to_its_case(desk: CaseDesk, worker: Clerk) -> None:
    id = desk.apply().id
    for typed in (id, id.lower(), id.replace("-", "")[1:]):
        found = worker.get(f"/cases?{urlencode({'number': typed})}")
        assert found.headers["Location"] == f"/cases/{id}"
    page = worker.get(f"/cases?{urlencode({'number': ATTACK})}")
    assert "見つかりません" in page.text
    assert "script" not in Elements(page.text).tags


def test_a_link_cannot_claim_what_was_not_done(desk: CaseDesk, worker: Clerk) -> None:
    id = desk.apply().id
    for done in ("accepted", "refused", "returned", "submitted", "x"):
        for about in (id, "T-00000-00000", "見本"):
            page = worker.get(f"/cases?{urlencode({'done': done, 'about': about})}")
            assert page.status_code == 200
            assert 'class="bar' not in page.text


def test_further_pages_go_on_where_the_first_ended(desk: CaseDesk, worker: Clerk) -> None:
    made = {desk.apply().id for _ in range(53)}
    first = worker.get("/cases").text
    further = re.search(r'href="(/cases\?[^"]*cursor[^"]*)"', first)
    assert further
    second = worker.get(further[1].replace("&amp;", "&")).text
    links = [set(re.findall(r'<a href="/cases/(T-[^"/]+)"', page)) for page in (first, second)]
    assert len(links[0]) == 50
    assert links[0] | links[1] >= made
    assert worker.get("/cases?cursor=junk").status_code in (200, 422)


# ----- one case -----
def test_a_case_shows_every_answer_under_its_question_and_says_that_it_was_noted(
    desk: CaseDesk, worker: Clerk
) -> None:
    page = worker.get(f"/cases/{desk.apply().id}").text
    for shown in ("見本 はなこ", "見本 そら", "平成6年3月2日(1994年)", "子どもが生まれた", "090"):
        assert shown in page, shown
    assert "「やりとり履歴」に残りました" in page
    assert (desk.worker.id, "application_read") in desk.history()
    assert not re.search(r"\{\w+\}|Undefined|\bNone\b|>claimant_name", page)


def test_answers_of_an_older_form_are_shown_and_never_dropped(
    desk: CaseDesk, worker: Clerk
) -> None:
    page = worker.get(f"/cases/{desk.apply(was_asked_once='むかしの答え').id}").text
    assert "むかしの答え" in page
    desk.services.blobs.delete("forms/jt-nintei.json")
    assert "見本 そら" in worker.get(f"/cases/{desk.apply().id}").text


def test_an_attack_in_an_answer_is_text(desk: CaseDesk, worker: Clerk) -> None:
    record = desk.apply(claimant_name=ATTACK, event=ATTACK, claimant_born=ATTACK, extra=ATTACK)
    for path in ("", "/return"):
        page = worker.get(f"/cases/{record.id}{path}").text
        assert not {"script", "img"} & Elements(page).tags
        assert "onerror" not in Elements(page).attributes
        assert "{{7*7}}" in page


def test_what_does_not_exist_is_404_whatever_it_looks_like(desk: CaseDesk, worker: Clerk) -> None:
    desk.apply()
    for id in ("T-00000-00000", desk.resident.id, "..", "%2e%2e", "T" * 3000, "見本", "\x00"):
        for part in ("", "/return", "/decide?as=accepted", "/files/F-00000-00000"):
            assert worker.get(f"/cases/{id}{part}").status_code in (404, 308), (id, part)


def test_an_attachment_is_saved_and_can_do_nothing_here(desk: CaseDesk, worker: Clerk) -> None:
    record, other = desk.apply(files=(b"%PDF-1.7 mihon",)), desk.apply()
    page = worker.get(f"/cases/{record.id}").text
    address = re.search(r'href="(/cases/[^"]+/files/([^"]+))"', page)
    assert address
    file = worker.get(address[1])
    assert file.data == b"%PDF-1.7 mihon"
    assert file.headers["Content-Disposition"].startswith("attachment;")
    assert file.headers["Content-Type"] == "application/pdf"
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in file.headers["Content-Security-Policy"]
    assert file.headers["Cache-Control"] == "no-store"
    assert (desk.worker.id, "attachment_read") in desk.history()
    assert worker.get(f"/cases/{other.id}/files/{address[2]}").status_code == 404


def test_opening_writes_its_trail_and_a_head_request_does_too(
    desk: CaseDesk, worker: Clerk
) -> None:
    record = desk.apply()
    worker.client.head(f"/cases/{record.id}", base_url=worker.origin)
    assert desk.history().count((desk.worker.id, "application_read")) == 1


# ----- returning -----
def test_looking_sends_nothing_and_shows_what_the_person_will_read(
    desk: CaseDesk, worker: Clerk
) -> None:
    record = desk.apply()
    page = returning(worker, record.id, act="look", proofs=NOTE)
    assert page.status_code == 200
    assert "まだ送っていません" in page.text
    assert "なおすところがあります" in page.text
    assert page.text.count(NOTE) == 2  # in the preview, and in its box
    assert not desk.letters()
    assert desk.get(record.id).data["state"] == "submitted"


def test_the_first_button_of_every_form_is_the_harmless_one(desk: CaseDesk, worker: Clerk) -> None:
    """Enter in a text field presses the first one (HTML 4.10.21.2)."""
    id = desk.apply().id
    pages = [
        returning(worker, id, act="look", proofs=NOTE).text,
        confirming(worker, id, "accepted").text,
        confirming(worker, id, "refused").text,
    ]
    for page in pages:
        form = page[page.index('name="version"') :]
        assert re.findall(r'name="act" value="(\w+)"', form)[0] == "look"


def test_a_ready_sentence_and_own_words_make_one_note(desk: CaseDesk, worker: Clerk) -> None:
    id = desk.apply().id
    form = Form(worker.get(f"/cases/{id}/return").text).values
    fields = {"pick-proofs": "1", "preset-proofs": "unreadable", "note-proofs": "2枚めです。"}
    assert (
        worker.post(f"/cases/{id}/return", **{**form, **fields, "act": "send"}).status_code == 303
    )
    note = desk.inside(desk.get(id))["asks"]["proofs"]
    assert note.startswith("うつした書類の字が読めません。")
    assert note.endswith("2枚めです。")


def test_a_child_of_the_group_can_be_returned_alone(desk: CaseDesk, worker: Clerk) -> None:
    id = desk.apply().id
    answer = returning(worker, id, children__1__kana="よみをたしかめてください。")
    assert answer.headers["Location"] == f"/cases?done=returned&about={id}"
    assert set(desk.inside(desk.get(id))["asks"]) == {"children-1-kana"}
    page = worker.get(answer.headers["Location"]).text
    assert f"{id} を返しました" in page


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ({}, "1つ以上えらんで"),
        ({"proofs": ""}, "入れてください"),
        ({"proofs": "あ" * 201}, "200字まで"),
        ({"proofs": "番号は 1234 5678 9018"}, "マイナンバー"),
        ({"proofs": "https://evil.test へ"}, "リンク"),
    ],
)
def test_a_note_to_mend_is_shown_beside_its_field_and_nothing_is_lost(
    desk: CaseDesk, worker: Clerk, notes: dict[str, str], said: str
) -> None:
    id = desk.apply().id
    page = returning(worker, id, **notes)
    assert page.status_code == 422
    assert said in page.text
    for note in notes.values():
        assert note in page.text
    assert desk.get(id).data["state"] == "submitted"


def test_every_field_of_the_largest_family_can_be_returned_at_once(
    desk: CaseDesk, worker: Clerk
) -> None:
    id = desk.apply(children=[{**ANSWERS["children"][0]} for _ in range(8)]).id
    page = worker.get(f"/cases/{id}/return").text
    paths = re.findall(r'name="pick-([^"]+)"', page)
    assert len(paths) > 60
    notes = dict.fromkeys(paths, "あ" * 200)
    fields = {f"{part}-{path}": note for path, note in notes.items() for part in ("pick", "note")}
    sent = worker.post(f"/cases/{id}/return", **{**Form(page).values, **fields, "act": "send"})
    assert sent.status_code == 303
    assert desk.inside(desk.get(id))["asks"] == notes


def test_words_without_a_tick_are_asked_about(desk: CaseDesk, worker: Clerk) -> None:
    id = desk.apply().id
    form = Form(worker.get(f"/cases/{id}/return").text).values
    page = worker.post(f"/cases/{id}/return", **{**form, "note-proofs": NOTE, "act": "send"})
    assert page.status_code == 422
    assert "印がありません" in page.text
    assert NOTE in page.text


def test_fields_that_are_not_of_this_application_are_never_returned(
    desk: CaseDesk, worker: Clerk
) -> None:
    id = desk.apply().id
    for path in ("children-2-kana", "children-1-nothing", "bank", "constructor", "__proto__", ""):
        fields = {f"pick-{path}": "1", f"note-{path}": NOTE, "version": "1", "act": "send"}
        assert worker.post(f"/cases/{id}/return", **fields).status_code == 422, path
    assert desk.get(id).data["state"] == "submitted"


def test_an_attack_in_a_note_is_text_on_every_page(desk: CaseDesk, worker: Clerk) -> None:
    id = desk.apply().id
    note = "<b onmouseover=x>なおす</b>"
    for act in ("look", "send"):
        page = returning(worker, id, act=act, proofs=note)
        assert page.status_code in (200, 303)
    case = worker.get(f"/cases/{id}").text
    assert "onmouseover" not in Elements(case).attributes
    assert "onmouseover" in case


# ----- deciding -----
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


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_of_a_case_fills_in_its_sentences(
    app: Flask, desk: CaseDesk, language: str
) -> None:
    worker = seat(app, desk, desk.worker)
    worker.post("/language", to=language)
    first, second, third = (desk.apply(files=(b"%PDF-1.7",)).id for _ in range(3))
    pages = [worker.get("/"), worker.get(f"/cases/{first}"), worker.get(f"/cases/{first}/return")]
    pages += [returning(worker, first, act="look", proofs=NOTE), returning(worker, first)]
    pages += [confirming(worker, first, each) for each in ("accepted", "refused")]
    pages += [deciding(worker, second, "refused", reason=""), deciding(worker, third, "accepted")]
    returning(worker, first, proofs=NOTE)
    desk.desk.clock.turn(8 * 86400)
    worker = seat(app, desk, desk.worker)
    worker.post("/language", to=language)
    pages += [worker.get(f"/cases/{each}") for each in (first, second, third)]
    pages += [worker.get(f"/cases?state={each}") for each in ("returned", "accepted", "submitted")]
    pages += [worker.get(f"/cases?done=returned&about={first}"), worker.get("/audit")]
    pages += [worker.get(f"/cases/{first}/decide?as=accepted&seen=1")]
    pages += [worker.get("/cases?number=T-1")]
    for page in pages:
        assert page.status_code < 500
        assert not re.search(r"\{\w+\}|Undefined|\bNone\b(?!<)|console\.(?!local)", page.text), (
            page.request.path
        )
        for code in ("application_read", "application_returned", "case_state"):
            assert not re.search(rf">[^<]*{code}", page.text)


def test_what_a_parent_files_and_mends_is_what_the_clerk_reads_and_decides(tmp_path: Path) -> None:
    """No record made by hand: the citizen's own journeys on one side, the desk on the other."""
    desk = CaseDesk.open(tmp_path)
    desk = replace(
        desk, desk=replace(desk.desk, services=replace(desk.services, cleaner=QuickCleaner()))
    )
    services, person = desk.services, desk.resident.id
    worker = seat(create_app(services, ("console", "console_assets")), desk, desk.worker)
    file = attachments.take(services, person, b"%PDF-1.7 mihon").id
    sent = apply.Sent(PROCEDURE, "2026-11", {**ANSWERS, "proofs": [file]})
    id = apply.submit(services, person, sent, "a-key-made-by-chance-1")

    page = worker.get(f"/cases/{id}").text
    assert f"/cases/{id}/files/{file}" in page
    assert "児童手当 認定請求を受けつけました" in page
    assert worker.get(f"/cases/{id}/files/{file}").status_code == 200
    notes = {"proofs": NOTE, "children__1__kana": "よみをたしかめてください。"}
    assert returning(worker, id, **notes).status_code == 303

    own = apply.read_own(services, person, id)
    assert own.asks == {"proofs": NOTE, "children-1-kana": "よみをたしかめてください。"}
    new = attachments.take(services, person, b"%PDF-1.7 again").id
    changed = {"proofs": [new], "children": [{"kana": "ミホン ソラミ"}]}
    apply.mend(services, person, id, apply.Mending(own.record.version, changed))

    page = worker.get(f"/cases/{id}").text
    assert "直って来た" in page
    assert page.count("直った</span>") == 2
    assert "ミホン ソラミ" in page
    assert "差しかえられた書類" in page  # the first document is not lost
    assert {file, new} <= set(re.findall(r"/files/(F-[^\"]+)", page))
    assert deciding(worker, id, "accepted").status_code == 303
    assert apply.read_own(services, person, id).state == "accepted"
    kinds = [each.kind for each in reversed(desk.letters())]
    assert sorted(kinds) == [
        "application_accepted",
        "application_mended",
        "application_received",
        "application_returned",
    ]
    acts = [act for _, act in desk.history()]
    assert {"application_submitted", "application_mended", "attachment_read"} <= set(acts)


@pytest.mark.parametrize("language", ["ja", "easy", "en"])
def test_the_person_reads_reason_and_how_to_object_on_her_own_page(
    desk: CaseDesk, worker: Clerk, language: str
) -> None:
    id = desk.apply().id
    deciding(worker, id, "refused", reason="<i>決まり</i>に当たりません。")
    services, mine = desk.services, logged_in(desk.services)
    page = create_app(services).test_client(use_cookies=False)
    shown = page.get(
        f"/applications/{id}?lang={language}",
        base_url=services.config.public_url,
        headers=mine.headers,
    )
    plain = re.sub(r"<rt>.*?</rt>|<[^>]+>", "", shown.text)
    said = services.words.say(language, "addressed.appeal.jt-nintei")
    assert said in html.unescape(plain)
    assert "<i>" not in shown.text
    assert "に当たりません。" in shown.text
