"""Nothing of a person's record leaves before somebody said what it is opened for."""

from __future__ import annotations

from tests.parts.case_desk import CaseDesk
from tests.parts.clerk import Clerk, Form
from todoke.journeys import history, purposes

NAME, NOTE = "見本 はなこ", "うつした書類の字が読めません。もう一度とって送ってください。"


def details(desk: CaseDesk) -> list[object]:
    """What stands beside the readings in the record of acts, newest first."""
    page = desk.services.store.find("audit_by_resident", desk.resident.id, descending=True)
    return [each.data["detail"] for each in page.records if each.data["act"] == "application_read"]


def test_the_page_asks_first_and_tells_nothing(desk: CaseDesk, worker: Clerk) -> None:
    id = desk.apply().id
    for path in (f"/cases/{id}", f"/cases/{id}/return", f"/cases/{id}/decide?as=accepted&seen=1"):
        page = worker.get(path, purpose="")
        assert page.status_code == 200
        assert 'action="/purpose"' in page.text
        assert NAME not in page.text
    assert worker.get(f"/cases/{id}/files/F-00000-00000", purpose="").status_code == 200
    assert details(desk) == []
    # whether there is such a record is not told either
    unknown = worker.get("/cases/T-00000-00000", purpose="").text
    known = worker.get(f"/cases/{id}", purpose="").text
    assert known.replace(id, "") == unknown.replace("T-00000-00000", "")


def test_the_choice_leads_back_and_stands_in_the_record_and_in_the_history(
    desk: CaseDesk, worker: Clerk
) -> None:
    id = desk.apply().id
    form = Form(worker.get(f"/cases/{id}/return", purpose="").text).values
    led = worker.post("/purpose", **form, purpose="question")
    assert led.headers["Location"] == f"/cases/{id}/return"
    assert NAME in worker.get(f"/cases/{id}", purpose="").text
    assert details(desk) == [{"purpose": "question"}]
    entries, _ = history.entries(desk.services, desk.resident.id)
    read = next(each for each in entries if each.act == "application_read")
    assert read.why == "question"
    words = purposes.words(desk.services, "question")
    assert words["ja"] == "問い合わせへの回答"


def test_the_way_back_leads_nowhere_else(desk: CaseDesk, worker: Clerk) -> None:
    id = desk.apply().id
    away = [f"{each}/cases/{id}" for each in ("https://evil.test", "//evil.test", "javascript:")]
    away += ["https://evil.test/", "//evil.test", "/bills", f"/cases/{id}x", "/cases/../x", ""]
    for back in away:
        led = worker.post("/purpose", subject=f"application/{id}", purpose="review", back=back)
        assert led.headers["Location"] == f"/cases/{id}", back


def test_a_choice_that_is_not_in_the_list_is_refused(desk: CaseDesk, worker: Clerk) -> None:
    id = desk.apply().id
    page = worker.post("/purpose", subject=f"application/{id}", purpose="curiosity")
    assert page.status_code == 422
    assert 'action="/purpose"' in worker.get(f"/cases/{id}", purpose="").text


def test_what_was_typed_before_a_new_session_is_carried_over_the_question(
    desk: CaseDesk, worker: Clerk
) -> None:
    id = desk.apply().id
    typed = {"pick-children-1-kana": "1", "note-children-1-kana": NOTE, "version": "1"}
    page = worker.post(f"/cases/{id}/return", **typed)  # another session than that of the form
    assert f'action="/cases/{id}/return"' in page.text
    carried = Form(page.text).values
    assert carried == typed
    shown = worker.post(f"/cases/{id}/return", **carried, **{"purpose-chosen": "review"})
    assert shown.status_code == 200
    assert NOTE in shown.text
    assert details(desk) == [{"purpose": "review"}]


def test_it_is_asked_again_after_an_hour(desk: CaseDesk, worker: Clerk) -> None:
    id = desk.apply().id
    assert NAME in worker.get(f"/cases/{id}").text
    desk.desk.clock.turn(1800)
    assert NAME in worker.get(f"/cases/{id}", purpose="").text
    desk.desk.clock.turn(1800)
    assert NAME not in worker.get(f"/cases/{id}", purpose="").text
