"""A case is returned to be mended: looked at first, field by field, with a note to each."""

from __future__ import annotations

import re

import pytest

from tests.parts.applying import ANSWERS
from tests.parts.case_desk import CaseDesk
from tests.parts.casework import NOTE, confirming, returning
from tests.parts.clerk import Clerk, Elements, Form


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
    worker.get(f"/cases/{id}")
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
