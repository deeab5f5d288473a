"""The second person at the desk: ticks, a typed count, and no way around either."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from tests.parts.clerk import Clerk, approval, draft, enter, filled
from tests.parts.desk import Desk
from todoke.journeys import announce, notices


def test_a_small_segment_is_refused_and_the_next_wider_one_offered(
    desk: Desk, author: Clerk
) -> None:
    desk.followers(whole=187, kita=96, kita_2023=4)
    id = draft(author, area="kita", cohort="2023")
    for page in (author.get(f"/notices/{id}"), author.post(f"/notices/{id}/ask")):
        assert "10台より少ない" in page.text
        assert "90台以上" in page.text
        assert "4台" not in page.text
    assert notices.get(desk.services, id).data["state"] == "draft"


def test_who_wrote_it_cannot_approve_it_by_any_button(app: Flask, desk: Desk) -> None:
    clerk = enter(app, desk, desk.both)
    id = draft(clerk)
    clerk.post(f"/notices/{id}/ask")
    assert clerk.get(f"/notices/{id}/approve").status_code == 403
    seen = str(notices.get(desk.services, id).data["snapshot"])
    page = approval(clerk, id, "10", snapshot=seen)
    assert page.status_code == 403
    assert "2人目になれません" in page.text
    assert f"/notices/{id}/approve" not in clerk.get("/").text
    assert not desk.outbox()
    assert (desk.both.id, "refused", f"notice/{id}") in desk.acts()


def test_an_author_without_the_role_cannot_approve(desk: Desk, author: Clerk) -> None:
    record = desk.asked()
    page = approval(author, record.id, "10", snapshot=str(record.data["snapshot"]))
    assert page.status_code == 403
    assert notices.get(desk.services, record.id).data["state"] == "asked"


def test_an_approver_without_the_role_cannot_write(desk: Desk, approver: Clerk) -> None:
    record = announce.draft(desk.services, desk.author, desk.content())
    fields = filled(approver.get(f"/notices/{record.id}/edit"), title_ja="直した題")
    for path in (f"/notices/{record.id}/edit", "/notices/new"):
        page = approver.post(path, **{"form": "x" * 30, **fields})
        assert page.status_code == 403
    assert approver.post(f"/notices/{record.id}/ask").status_code == 403
    assert len(notices.listing(desk.services).records) == 1


@pytest.mark.parametrize("missing", ["dates", "audience", "links", "contact", "plain"])
def test_four_ticks_are_not_enough(desk: Desk, approver: Clerk, missing: str) -> None:
    record = desk.asked()
    seen = str(record.data["snapshot"])
    ticks = {"dates", "audience", "links", "contact", "plain"} - {missing}
    fields = {"snapshot": seen, "count": "10", "act": "approve", **dict.fromkeys(ticks, "1")}
    page = approver.post(f"/notices/{record.id}/approve", **fields)
    assert page.status_code == 422
    assert f'href="#tick-{missing}"' in page.text
    assert page.text.count(" checked") == 4
    assert not desk.outbox()


def test_enter_in_a_field_sends_nothing(desk: Desk, approver: Clerk) -> None:
    """A browser presses the first submit button of the form for Enter (HTML, implicit
    submission): it must be the harmless one."""
    record = desk.asked()
    page = approver.get(f"/notices/{record.id}/approve").text
    form = page[page.index(f'action="/notices/{record.id}/approve"') :]
    first = re.search(r"<button[^>]*>", form)
    assert first
    assert 'value="look"' in first.group()
    ticks = dict.fromkeys(("dates", "audience", "links", "contact", "plain"), "1")
    seen = str(record.data["snapshot"])
    for act in ({"act": "look"}, {}):
        looked = approver.post(
            f"/notices/{record.id}/approve", snapshot=seen, count="10", **ticks, **act
        )
        assert looked.status_code == 200
        assert "まだ送っていません" in looked.text
        assert looked.text.count(" checked") == 5
    assert not desk.outbox()


def test_only_the_field_for_the_number_takes_alt_9_on_the_approval(
    desk: Desk, approver: Clerk
) -> None:
    record = desk.asked()
    page = approver.get(f"/notices/{record.id}/approve").text
    assert re.findall(r"<(\w+)[^>]*accesskey=\"9\"", page) == ["input"]


def test_another_count_is_refused_and_the_ticks_are_kept(desk: Desk, approver: Clerk) -> None:
    desk.followers(whole=2946)
    record = desk.asked()
    page = approval(approver, record.id, "294")
    assert page.status_code == 422
    assert 'href="#count"' in page.text
    assert page.text.count(" checked") == 5
    assert 'value="294"' in page.text
    assert not desk.outbox()


def test_what_changed_after_she_saw_it_is_refused(desk: Desk, approver: Clerk) -> None:
    record = desk.asked()
    page = approval(approver, record.id, "10", snapshot="0" * 64)
    assert page.status_code == 409
    assert not desk.outbox()


@pytest.mark.parametrize("press", ["look", "one tick short", "wrong count"])
def test_her_ticks_never_stand_beside_a_text_she_has_not_seen(
    desk: Desk, approver: Clerk, press: str
) -> None:
    """The author takes it back, changes it and asks again while the approver reads."""
    record = desk.asked()
    seen = str(record.data["snapshot"])
    back = announce.give_back(desk.services, desk.author, record.id, "直します")
    other = desk.content(title={"ja": "別の題"})
    announce.edit(desk.services, desk.author, record.id, back.version, other)
    announce.ask(desk.services, desk.author, record.id)
    ticks = dict.fromkeys(("dates", "audience", "links", "contact", "plain"), "1")
    if press == "one tick short":
        del ticks["links"]
    act = "look" if press == "look" else "approve"
    count = "9" if press == "wrong count" else "10"
    page = approver.post(
        f"/notices/{record.id}/approve", snapshot=seen, count=count, act=act, **ticks
    )
    assert page.status_code == 409
    assert " checked" not in page.text
    assert not desk.outbox()


def test_two_approvers_at_once_one_wins(app: Flask, desk: Desk) -> None:
    record = desk.asked()
    clerks = [enter(app, desk, desk.approver), enter(app, desk, desk.both)]
    seen = str(record.data["snapshot"])
    with ThreadPoolExecutor(2) as pool:
        pages = list(
            pool.map(lambda clerk: approval(clerk, record.id, "10", snapshot=seen), clerks)
        )
    assert sorted(page.status_code for page in pages) == [303, 409]
    assert len(desk.outbox()) == 1


def test_a_returned_notice_shows_its_reason_to_the_author(
    desk: Desk, author: Clerk, approver: Clerk
) -> None:
    id = draft(author)
    author.post(f"/notices/{id}/ask")
    assert approver.post(f"/notices/{id}/return", reason="曜日が\r\nちがいます").status_code == 303
    page = author.get(f"/notices/{id}")
    assert "曜日が ちがいます" in page.text
    assert "差し戻し" in author.get("/").text


def test_a_recall_without_a_reason_says_so_and_recalls_nothing(desk: Desk, approver: Clerk) -> None:
    record = desk.approved()
    page = approver.post(f"/notices/{record.id}/recall", reason=" ")
    assert page.status_code == 422
    assert 'href="#reason"' in page.text
    assert notices.get(desk.services, record.id).data["state"] == "approved"
