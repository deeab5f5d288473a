"""Files that come with the form or by script, and how many of them are cleaned at once."""

from __future__ import annotations

import dataclasses
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.parts.applying import QuickCleaner
from tests.parts.filing import KEY, PAPER, base, call, fields, filed, hidden, post, whole
from tests.parts.resident import Session, logged_in
from todoke.core.errors import TodokeError
from todoke.journeys import apply
from todoke.ports import CleanFile, Services
from todoke.web.app import create_app


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
