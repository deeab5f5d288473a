"""Applications over HTTP: the paper form, the calls of the page's script, and whoever is not
meant to be here."""

from __future__ import annotations

import dataclasses
import html
import io
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.journeys.test_apply import return_it
from tests.parts.applying import PROCEDURE, QuickCleaner, answers, city
from tests.parts.resident import Session, logged_in
from todoke.adapters.fakes import TurnedClock
from todoke.core import form_json
from todoke.core.errors import TodokeError
from todoke.journeys import address, apply
from todoke.ports import CleanFile, Services
from todoke.web import form_fields
from todoke.web.app import create_app

PAPER = f"/apply/{PROCEDURE}"
KEY = {"Idempotency-Key": "a-key-made-by-chance-1"}


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return dataclasses.replace(city(tmp_path), cleaner=QuickCleaner())


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return create_app(services).test_client(use_cookies=False)


@pytest.fixture
def anne(services: Services) -> Session:
    return logged_in(services)


@pytest.fixture
def bert(services: Services) -> Session:
    return logged_in(services, number="0000000002", name="見本 べつ")


def base(services: Services) -> dict[str, str]:
    return {"base_url": services.config.public_url}


def fields(**changes: Any) -> MultiDict[str, Any]:
    """The paper form filled in right, as a browser sends it."""
    flat: MultiDict[str, Any] = MultiDict({"form_version": "2026-11", "step": "check"})
    for name, value in answers(**changes).items():
        if name == "children":
            for number, entry in enumerate(value, 1):
                for inner, text in entry.items():
                    flat[f"children-{number}-{inner}"] = text
        elif isinstance(value, list):
            flat.setlist(name, value)
        else:
            flat[name] = value
    return flat


def post(
    services: Services, client: FlaskClient, path: str, data: Any, who: Session | None
) -> TestResponse:
    """A form, as a browser sends it from our own page."""
    headers = {"Origin": services.config.public_url}
    if who is not None:
        headers["Cookie"] = who.cookie
    return client.post(
        path,
        data=data,
        headers=headers,
        content_type="multipart/form-data",
        **cast("Any", base(services)),
    )


def get(services: Services, client: FlaskClient, path: str, who: Session | None) -> TestResponse:
    headers = {"Cookie": who.cookie} if who else {}
    return client.get(path, headers=headers, **cast("Any", base(services)))


def hidden(answer: TestResponse, name: str = "sealed") -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    assert found, answer.text[:300]
    return html.unescape(found[1])


def call(
    services: Services, client: FlaskClient, path: str, body: Any, who: Session, **more: str
) -> TestResponse:
    """A call of the page's script."""
    headers = {**who.headers, "Content-Type": "application/json", **more}
    return client.post(path, data=json.dumps(body), headers=headers, **cast("Any", base(services)))


def whole(**changes: Any) -> dict[str, Any]:
    return {"procedure": PROCEDURE, "form_version": "2026-11", "answers": answers(**changes)}


def filed(services: Services, who: Session) -> list[str]:
    return [each.id for each in apply.list_own(services, who.resident).records]


# ------------------------------------------------------------------- on paper
def test_without_a_script_check_send_and_see_the_number(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    check = post(services, client, PAPER, fields(claimant_kana="みほん はなこ"), anne)
    assert check.status_code == 200
    assert check.headers["Cache-Control"] == "private, no-store"
    assert "ミホン ハナコ" in check.text
    assert filed(services, anne) == []
    sent = post(services, client, PAPER, {"step": "send", "sealed": hidden(check)}, anne)
    assert sent.status_code == 303
    (id,) = filed(services, anne)
    assert sent.headers["Location"] == f"/applications/{id}?filed=1&lang=ja"
    done = get(services, client, sent.headers["Location"], anne)
    assert done.status_code == 200
    assert id in done.text
    status = get(services, client, f"/applications/{id}", anne)
    assert "ミホン ハナコ" in status.text
    assert id in get(services, client, "/applications", anne).text


def test_sending_twice_from_one_page_files_once(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    seal = hidden(post(services, client, PAPER, fields(), anne))
    first, second = (
        post(services, client, PAPER, {"step": "send", "sealed": seal}, anne) for _ in range(2)
    )
    assert first.headers["Location"] == second.headers["Location"]
    assert len(filed(services, anne)) == 1


def test_a_wrong_answer_comes_back_with_its_place_and_all_others_kept(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    answer = post(services, client, PAPER, fields(claimant_phone="abc"), anne)
    assert answer.status_code == 422
    assert 'href="#f-claimant_phone"' in answer.text
    assert "見本 はなこ" in answer.text
    assert "見本 そら" in answer.text


def test_a_my_number_comes_back_nowhere(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    answer = post(services, client, PAPER, fields(claimant_address="見本町 0537-0329-6641"), anne)
    assert answer.status_code == 422
    assert "0537" not in answer.text
    shown = call(
        services,
        client,
        "/api/applications",
        whole(event="other", event_other="053703296641"),
        anne,
        **KEY,
    )
    assert shown.status_code == 422
    assert "0537" not in shown.text


def test_a_public_servant_is_told_where_to_go(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    answer = post(services, client, PAPER, fields(public_servant="yes"), anne)
    assert answer.status_code == 422
    assert "職場に請求します" in answer.text
    assert 'name="sealed"' not in answer.text


def test_going_back_keeps_the_answers(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    seal = hidden(post(services, client, PAPER, fields(), anne))
    answer = post(services, client, PAPER, {"step": "back", "sealed": seal}, anne)
    assert answer.status_code == 200
    assert 'value="見本 はなこ"' in answer.text


def test_a_file_is_taken_with_the_form_and_kept_through_the_steps(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    with_file = fields()
    with_file.add("proofs", (io.BytesIO(b"a proof"), "../../etc/passwd.jpg"))
    check = post(services, client, PAPER, with_file, anne)
    assert check.status_code == 200
    assert "passwd" not in check.text
    post(services, client, PAPER, {"step": "send", "sealed": hidden(check)}, anne)
    own = apply.read_own(services, anne.resident, filed(services, anne)[0])
    assert [each.data["application"] for each in own.files] == [own.record.id]


class CountingCleaner(QuickCleaner):
    """Refuses everything, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    def clean(self, body: bytes) -> CleanFile:
        del body
        self.asked += 1
        raise TodokeError("attachment_refused", rule="attachment_too_slow")


def test_a_hundred_files_in_one_form_keep_the_parser_busy_for_four(
    services: Services, anne: Session
) -> None:
    cleaner = CountingCleaner()
    busy = dataclasses.replace(services, cleaner=cleaner)
    with_files = fields()
    for number in range(100):
        with_files.add("proofs", (io.BytesIO(b"x"), f"{number}.jpg"))
    client = create_app(busy).test_client(use_cookies=False)
    assert post(busy, client, PAPER, with_files, anne).status_code == 422
    assert cleaner.asked == 4


def test_a_file_without_a_session_is_not_kept_and_the_page_says_so(
    services: Services, client: FlaskClient
) -> None:
    with_file = fields()
    with_file.add("proofs", (io.BytesIO(b"a proof"), "proof.jpg"))
    answer = post(services, client, PAPER, with_file, None)
    assert answer.status_code == 422
    assert "ログインしてからつけてください" in answer.text
    assert "見本 はなこ" in answer.text


def test_without_a_session_the_answers_wait_on_the_page(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    asked = post(services, client, PAPER, fields(), None)
    assert asked.status_code == 401
    sent = post(services, client, PAPER, {"step": "send", "sealed": hidden(asked)}, anne)
    assert sent.status_code == 303
    assert len(filed(services, anne)) == 1


def test_a_session_that_ended_at_the_last_step_loses_nothing(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    seal = hidden(post(services, client, PAPER, fields(), anne))
    ended = post(services, client, PAPER, {"step": "send", "sealed": seal}, None)
    assert ended.status_code == 401
    assert "見本 はなこ" in ended.text
    sent = post(services, client, PAPER, {"step": "send", "sealed": hidden(ended)}, anne)
    assert sent.status_code == 303


def test_an_account_without_a_letter_code_keeps_its_answers_too(
    services: Services, client: FlaskClient
) -> None:
    new = logged_in(services, number="0000000009", linked=False)
    answer = post(services, client, PAPER, fields(), new)
    assert answer.status_code == 403
    assert hidden(answer)


def test_a_form_begun_by_one_person_is_not_sent_by_the_next(
    services: Services, client: FlaskClient, anne: Session, bert: Session
) -> None:
    seal = hidden(post(services, client, PAPER, fields(), anne))
    for step in ("send", "back"):
        answer = post(services, client, PAPER, {"step": step, "sealed": seal}, bert)
        assert answer.status_code == 409
        assert "other_person" in answer.text
        assert "見本 はなこ" not in answer.text
    assert filed(services, bert) == []
    refused = call(
        services,
        client,
        "/api/applications",
        whole(),
        dataclasses.replace(bert, headers={**bert.headers, "Todoke-Account": anne.account}),
        **KEY,
    )
    assert (refused.status_code, refused.json and refused.json["error"]) == (409, "other_person")


def test_tampered_sealed_answers_are_refused(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    seal = hidden(post(services, client, PAPER, fields(), anne))
    flipped = seal[:40] + ("A" if seal[40] != "A" else "B") + seal[41:]
    elsewhere = form_fields.carry(services, "jt-henko", anne.account, "2026-11", answers())
    for wrong in ("", "x", flipped, seal[:-4], "é", elsewhere, "A" * 5000):
        answer = post(services, client, PAPER, {"step": "send", "sealed": wrong}, anne)
        assert answer.status_code == 400, wrong[:20]
    assert filed(services, anne) == []


def test_answers_beside_the_seal_change_nothing(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    seal = hidden(post(services, client, PAPER, fields(), anne))
    data = {**fields(claimant_name="見本 べつじん"), "step": "send", "sealed": seal}
    data |= {"resident": "R-else", "state": "accepted", "account": "other"}
    post(services, client, PAPER, data, anne)
    own = apply.read_own(services, anne.resident, filed(services, anne)[0])
    assert own.answers == answers()
    assert own.state == "submitted"


def test_answers_that_waited_more_than_a_day_are_checked_once_more(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    old = hidden(post(services, client, PAPER, fields(), None))
    cast("TurnedClock", services.clock).turn(form_fields.SEALED_SECONDS + 1)
    later = logged_in(services)
    answer = post(services, client, PAPER, {"step": "send", "sealed": old}, later)
    assert answer.status_code == 200
    assert filed(services, anne) == []
    post(services, client, PAPER, {"step": "send", "sealed": hidden(answer)}, later)
    assert len(filed(services, anne)) == 1


def _new_version(services: Services) -> None:
    blob = services.blobs.get(f"forms/{PROCEDURE}.json")
    assert blob is not None
    shape = {**json.loads(blob.body), "version": "2027-04"}
    assert form_json.form(shape).version == "2027-04"
    services.blobs.put(f"forms/{PROCEDURE}.json", json.dumps(shape).encode())


def test_a_form_that_changed_meanwhile_takes_the_answers_along(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    seal = hidden(post(services, client, PAPER, fields(), anne))
    _new_version(services)
    for data in (fields(), {"step": "send", "sealed": seal}):
        answer = post(services, client, PAPER, data, anne)
        assert answer.status_code == 409
        assert 'value="見本 はなこ"' in answer.text
        assert 'value="2027-04"' in answer.text
    shown = call(services, client, "/api/applications", whole(), anne, **KEY)
    assert shown.status_code == 409
    assert filed(services, anne) == []


@pytest.mark.parametrize("language", ["ja", "easy", "en"])
def test_every_page_speaks_the_language_that_was_chosen(
    services: Services, client: FlaskClient, anne: Session, language: str
) -> None:
    asked = f"?lang={language}"
    wrong = post(services, client, PAPER + asked, fields(claimant_phone="x"), anne)
    check = post(services, client, PAPER + asked, fields(), anne)
    stop = post(services, client, PAPER + asked, fields(), None)
    data = {"step": "send", "sealed": hidden(check)}
    sent = post(services, client, PAPER + asked, data, anne)
    done = get(services, client, sent.headers["Location"], anne)
    (id,) = filed(services, anne)
    return_it(services, id, {"claimant_phone": "見本", "children-1-born": "見本"})
    status = get(services, client, f"/applications/{id}{asked}", anne)
    listing = get(services, client, f"/applications{asked}", anne)
    for page in (wrong, check, stop, done, status, listing):
        assert f'data-language="{language}"' in page.text
        assert f"lang={language}" in page.text or page is wrong


# ------------------------------------------------------------------ by script
def test_the_script_files_and_a_second_try_gets_the_same_answer(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    first = call(services, client, "/api/applications", whole(), anne, **KEY)
    second = call(services, client, "/api/applications", whole(), anne, **KEY)
    assert first.status_code == second.status_code == 201
    assert first.json == second.json
    assert first.json
    assert first.json["url"] == f"/applications/{first.json['id']}"
    other = call(services, client, "/api/applications", whole(pension="none"), anne, **KEY)
    assert (other.status_code, other.json and other.json["error"]) == (422, "sent_differently")
    assert len(filed(services, anne)) == 1


def test_the_script_is_told_every_problem_in_its_place_and_language(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    wrong = whole(claimant_phone="1", children=[{"name": "見本 そら"}])
    answer = call(services, client, "/api/applications?lang=en", wrong, anne, **KEY)
    assert answer.status_code == 422
    assert answer.json
    places = [each["at"] for each in answer.json["problems"]]
    assert places[:3] == ["claimant_phone", "children-1-kana", "children-1-born"]
    assert "phone number" in answer.json["problems"][0]["message"]
    assert "見本" not in answer.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ([], 400),
        ({**whole(), "resident": "R-else"}, 422),
        ({**whole(), "answers": []}, 400),
        ({**whole(), "answers": {"children": [[[]]]}}, 422),
        ({**whole(), "procedure": {"a": 1}}, 400),
        ({**whole(), "procedure": "../../data/keys/data"}, 404),
        ({**whole(), "form_version": None}, 400),
        ({**whole(), "answers": {"x" * 100: "y"}}, 422),
        ({**whole(), "answers": {**answers(), "claimant_name": "x" * 70_000}}, 413),
    ],
)
def test_bodies_that_no_page_of_ours_sends_file_nothing(
    services: Services, client: FlaskClient, anne: Session, body: Any, status: int
) -> None:
    answer = call(services, client, "/api/applications", body, anne, **KEY)
    assert answer.status_code == status
    assert answer.json
    assert set(answer.json) >= {"ok", "error", "message", "advice"}
    assert filed(services, anne) == []


def test_a_call_without_a_key_files_nothing(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    assert call(services, client, "/api/applications", whole(), anne).status_code == 400
    assert filed(services, anne) == []


def test_a_file_is_taken_by_script(services: Services, client: FlaskClient, anne: Session) -> None:
    def attach(body: bytes) -> TestResponse:
        headers = {**anne.headers, "Content-Type": "image/jpeg"}
        return client.post(
            "/api/attachments", data=body, headers=headers, **cast("Any", base(services))
        )

    taken = attach(b"a proof")
    assert taken.status_code == 201
    assert taken.json
    assert {name: taken.json[name] for name in ("media_type", "pages")} == {
        "media_type": "image/jpeg",
        "pages": 1,
    }
    answer = call(
        services, client, "/api/applications", whole(proofs=[taken.json["id"]]), anne, **KEY
    )
    assert answer.status_code == 201
    large = attach(bytes(5 * 1024 * 1024 + 1))
    assert (large.status_code, large.json and large.json["error"]) == (422, "attachment_refused")
    assert large.json
    assert "5MB" in large.json["message"]


class SlowCleaner(QuickCleaner):
    """Holds every file until it is told to go on."""

    def __init__(self) -> None:
        self.busy, self.go_on = threading.Semaphore(0), threading.Event()

    def clean(self, body: bytes) -> CleanFile:
        self.busy.release()
        assert self.go_on.wait(30)
        return super().clean(body)


def test_uploads_leave_threads_for_everybody_else(services: Services) -> None:
    """One at a time for each person, four in all; the others are told to come again at once."""
    slow = SlowCleaner()
    client = create_app(dataclasses.replace(services, cleaner=slow)).test_client(use_cookies=False)
    people = [logged_in(services, number=f"000000010{n}") for n in range(5)]

    def attach(who: Session) -> int:
        headers = {**who.headers, "Content-Type": "image/jpeg"}
        url = cast("Any", base(services))
        return client.post("/api/attachments", data=b"x", headers=headers, **url).status_code

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(attach, each) for each in people[:4]]
        for _ in jobs:
            assert slow.busy.acquire(timeout=30)
        assert attach(people[0]) == 429
        assert attach(people[4]) == 429
        with_file = fields()
        with_file.add("proofs", (io.BytesIO(b"x"), "proof.jpg"))
        page = post(services, client, PAPER, with_file, people[4])
        assert page.status_code == 422  # on paper the answers stay
        assert "見本 はなこ" in page.text
        slow.go_on.set()
        assert [each.result() for each in jobs] == [201] * 4
    assert attach(people[4]) == 201


def test_thirty_calls_at_once_are_enough(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    statuses = [
        call(services, client, "/api/applications", {}, anne, **KEY).status_code for _ in range(31)
    ]
    assert statuses[-1] == 429
    assert 429 not in statuses[:-1]


# -------------------------------------------------------------------- mending
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


def test_a_page_that_needs_a_login_leads_to_it_and_back(
    services: Services, client: FlaskClient
) -> None:
    shown = client.get(
        "/applications/T-00000-00000?lang=easy",
        headers={"Accept": "text/html"},
        **cast("Any", base(services)),
    )
    assert shown.status_code == 401
    assert 'href="/easy/login.html?next=%2Fapplications%2FT-00000-00000"' in shown.text


# -------------------------------------------------------------- another person
def test_two_people_and_every_route_anothers_number_is_like_none(
    services: Services, client: FlaskClient, anne: Session, bert: Session
) -> None:
    """Every answer for Anne's numbers asked by Bert equals the answer for a number by chance."""
    call(services, client, "/api/applications", whole(), anne, **KEY)
    (id,) = filed(services, anne)
    return_it(services, id, {"claimant_phone": "つながりません"})
    none = address.new_number("T")
    for who in (bert, None):
        for path in ("/applications/{}", "/applications/{}?filed=1"):
            real, random = (get(services, client, path.format(each), who) for each in (id, none))
            assert real.status_code == (404 if who else 401)
            assert (real.status_code, real.data, dict(real.headers)) == (
                random.status_code,
                random.data,
                dict(random.headers),
            )
        data = {"version": "2", "claimant_phone": "09022222222"}
        real, random = (
            post(services, client, f"/applications/{each}/mend", data, who) for each in (id, none)
        )
        # without a session the page says the number that was asked for, and nothing else
        assert (real.status_code, real.text.replace(id, none)) == (random.status_code, random.text)
        assert real.status_code == (404 if who else 401)
    assert id not in get(services, client, "/applications", bert).text
    assert apply.read_own(services, anne.resident, id).state == "returned"


def test_a_form_from_another_site_is_refused(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    for path in (
        PAPER,
        "/applications/T-00000-00000/mend",
        "/api/attachments",
        "/api/applications",
    ):
        for origin in ("https://evil.example", "null", services.config.console_url):
            headers = {**anne.headers, "Origin": origin}
            answer = client.post(
                path, data=fields(), headers=headers, **cast("Any", base(services))
            )
            assert answer.status_code == 403, (path, origin)
    assert filed(services, anne) == []


# ------------------------------------------------------------------ hard input
@pytest.mark.parametrize("path", [PAPER, "/apply/none", "/apply/..%2fapp", "/apply/jt-henko"])
def test_a_procedure_without_a_form_is_none(
    services: Services, client: FlaskClient, anne: Session, path: str
) -> None:
    status = post(services, client, path, fields(), anne).status_code
    assert status == 200 if path == PAPER else status in (404, 405)


def test_hostile_multipart_is_bounded(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    def raw(body: bytes, kind: str = "multipart/form-data; boundary=x") -> int:
        headers = {
            "Origin": services.config.public_url,
            "Cookie": anne.cookie,
            "Content-Type": kind,
        }
        return client.post(
            PAPER, data=body, headers=headers, **cast("Any", base(services))
        ).status_code

    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
    assert raw(part * (form_fields.MAX_PARTS + 1) + b"--x--\r\n") == 413
    long = b'--x\r\nContent-Disposition: form-data; name="claimant_name"\r\n\r\n'
    assert raw(long + b"x" * (form_fields.MAX_FIELD_BYTES + 1) + b"\r\n--x--\r\n") == 413
    assert raw(b"x" * (form_fields.MAX_BYTES + 1)) == 413
    assert raw(b"{}", "application/json") == 415
    for broken in (b"", b"--x", b"--x\r\n\r\n\r\n--x--", part, b"\xff" * 2000):
        assert raw(broken) in (400, 409, 422), broken[:20]
    assert filed(services, anne) == []


def test_markup_in_an_answer_stays_text(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    evil = '"><script>alert(1)</script>'
    check = post(services, client, PAPER, fields(claimant_name=evil), anne)
    assert check.status_code == 200
    assert "<script>alert" not in check.text
    again = post(services, client, PAPER, {"step": "back", "sealed": hidden(check)}, anne)
    assert "<script>alert" not in again.text
    assert "&lt;script&gt;alert(1)" in again.text


def test_no_answer_reaches_the_log(
    services: Services, client: FlaskClient, anne: Session, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    post(services, client, PAPER, fields(claimant_phone="abc"), anne)
    call(services, client, "/api/applications", whole(pension="secret"), anne, **KEY)
    call(services, client, "/api/applications", whole(), anne, **KEY)
    assert "見本" not in caplog.text
    assert "secret" not in caplog.text
    assert anne.token not in caplog.text


def test_a_list_with_an_invented_place_to_go_on_from_is_no_defect(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    for after in ("x", "../", "\x00", "A" * 5000):
        shown = client.get(
            "/applications",
            query_string={"after": after},
            headers={"Cookie": anne.cookie},
            **cast("Any", base(services)),
        )
        assert shown.status_code < 500
