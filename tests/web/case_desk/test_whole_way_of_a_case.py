"""A case from filing to decision as clerk and person see it, every page in every language."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from tests.parts.applying import ANSWERS, PROCEDURE, QuickCleaner
from tests.parts.case_desk import CaseDesk
from tests.parts.casework import NOTE, confirming, deciding, returning, seat
from tests.parts.clerk import Clerk
from tests.parts.resident import logged_in
from todoke.journeys import apply, attachments
from todoke.web.app import create_app


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
