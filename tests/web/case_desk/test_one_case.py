"""One case and its attachments as a clerk reads them: noted, whole, and harmless."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.parts.case_desk import CaseDesk
from tests.parts.casework import ATTACK
from tests.parts.clerk import Clerk, Elements
from todoke.journeys import residents
from todoke.ports import Replace


def test_a_case_shows_every_answer_under_its_question_and_says_that_it_was_noted(
    desk: CaseDesk, worker: Clerk
) -> None:
    page = worker.get(f"/cases/{desk.apply().id}").text
    for shown in ("見本 はなこ", "見本 そら", "平成6年3月2日(1994年)", "子どもが生まれた", "090"):
        assert shown in page, shown
    assert "「やりとり履歴」に残りました" in page
    assert (desk.worker.id, "application_read") in desk.history()
    assert not re.search(r"\{\w+\}|Undefined|\bNone\b|>claimant_name", page)


def test_a_case_that_an_agent_filed_names_both(desk: CaseDesk, worker: Clerk) -> None:
    services, record = desk.services, desk.apply()
    services.store.commit(residents.new(services, "00000077", "見本 じろう", "みほん じろう"))
    agent = residents.find(services, "00000077")
    assert agent is not None
    assert "代理人" not in worker.get(f"/cases/{record.id}").text
    filed = replace(record, data={**record.data, "agent": agent.id, "mandate": "M-1"})
    services.store.commit([Replace(filed)])
    page = worker.get(f"/cases/{record.id}").text
    assert "見本 はなこ" in page
    assert "代理人 見本 じろう (みほん じろう)が出した" in page


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
    worker.post("/purpose", subject=f"application/{record.id}", purpose="review")
    worker.client.head(f"/cases/{record.id}", base_url=worker.origin)
    assert desk.history().count((desk.worker.id, "application_read")) == 1
