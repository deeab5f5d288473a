"""A notice to one resident: sealed at rest, told to her phones without a word of its text."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.parts.desk import DAY, HOUR
from tests.parts.letters import SECRET, Neighbour, neighbour
from tests.parts.town import GOOGLE, Phone, Town
from todoke.core import push_message, sealed
from todoke.core.errors import TodokeError
from todoke.journeys import address, announce, deliver, devices, subscribe
from todoke.journeys.redrive import given_up, redrive
from todoke.journeys.tick import tick
from todoke.ports import PushAnswer, PushMessage, PushTarget, Record, Replace, Services, Write

pytestmark = pytest.mark.slow_on_aws

NAME = "見本 はなこ"


@pytest.fixture
def hanako(town: Town) -> Neighbour:
    return neighbour(town, 1, NAME)


def _always(outcome: str, status: int, wait: int | None = None) -> Any:
    return lambda target, message: PushAnswer(outcome, status, wait)


def _rows(town: Town, id: str) -> list[dict[str, Any]]:
    rows = [town.delivery(id, phone) for phone in town.phones]
    return [dict(each) for each in rows if each is not None]


@pytest.mark.looks_into_files
# ------------------------------------------------------------------ at rest
def test_nothing_of_it_can_be_read_in_the_files_of_the_store(
    town: Town, hanako: Neighbour, tmp_path: Path
) -> None:
    phone = town.join()
    hanako.joins(phone)
    id = hanako.is_written_to()
    town.settle()
    kept = b"".join(each.read_bytes() for each in tmp_path.rglob("*") if each.is_file())
    assert id.encode() in kept, "this looks at the wrong files"
    texts = (SECRET, NAME, "はなこ", "5,000", "/bills/B-", "お支払い", "0000000001")
    for text in texts:
        for written in (
            text.encode(),
            json.dumps(text).strip('"').encode(),
            text.encode("utf-16-le"),
        ):
            assert written not in kept, text


def test_the_letter_opens_with_its_words_in_three_languages(town: Town, hanako: Neighbour) -> None:
    hanako.is_written_to()
    (letter,) = address.letters(
        town.services, address.of_resident(town.services, hanako.resident).records
    )
    assert sorted(letter.title) == sorted(letter.body) == ["easy", "en", "ja"]
    assert all(SECRET in each for each in letter.title.values())
    assert letter.link == "/bills/B-00000-00000"
    assert letter.opened_at is None


def test_a_letter_that_does_not_open_says_so_and_hides_no_other(
    town: Town, hanako: Neighbour, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = hanako.is_written_to("一つ目"), hanako.is_written_to("二つ目")
    store = town.services.store
    one, other = store.get("addressed_notice", first), store.get("addressed_notice", second)
    assert one is not None
    assert other is not None
    moved = {**one.data, "sealed": other.data["sealed"]}  # a text put into another's place
    store.commit([Replace(Record(one.kind, one.id, moved, one.version))])
    with caplog.at_level(logging.ERROR):
        records = address.of_resident(town.services, hanako.resident).records
        letters = {each.id: each for each in address.letters(town.services, records)}
    assert "二つ目" in letters[second].title["ja"]
    assert first in letters[first].body["ja"]
    assert "二つ目" not in str(letters[first])
    assert [each.code for each in caplog.records] == ["sealed_unreadable"]  # type: ignore[attr-defined]
    with pytest.raises(TodokeError, match="sealed_unreadable"):
        address.opened(town.services, store.get("addressed_notice", first))  # type: ignore[arg-type]


# ------------------------------------------------------------------ the push
def test_all_her_phones_are_told_and_nobody_elses(town: Town, hanako: Neighbour) -> None:
    mine, hers = [town.join(), town.join(GOOGLE)], town.join()
    stranger = town.join()
    hanako.joins(*mine)
    neighbour(town, 2).joins(hers)
    id = hanako.is_written_to()
    town.settle()
    assert sorted(town.pushed()) == sorted(each.endpoint for each in mine)
    assert {each["state"] for each in _rows(town, id)} == {"accepted"}
    assert town.delivery(id, stranger) is None
    assert town.desk.outbox() == []


@pytest.mark.parametrize("show", ["discreet", "title"])
@pytest.mark.parametrize(("language", "folder"), [("ja", ""), ("easy", "easy/"), ("en", "en/")])
def test_a_message_says_that_something_came_and_never_what(
    town: Town, hanako: Neighbour, show: str, language: str, folder: str
) -> None:
    hanako.joins(town.join(show=show, language=language))
    id = hanako.is_written_to(urgency="high")
    town.settle()
    ((target, message),) = town.push.sent
    say = town.services.words.say
    assert json.loads(message.body)["notification"] == {
        "title": push_message.in_language(town.services.config.city.name, language),
        "body": say(language, "push.discreet.body"),
        "navigate": f"{town.services.config.public_url}/{folder}inbox.html#{id}",
        "tag": id,
        "lang": "en" if language == "en" else "ja",
        "silent": False,
    }
    assert (message.urgency, message.ttl) == ("high", 28 * DAY)
    for word in (SECRET, "bill", "B-00000", NAME, hanako.resident, hanako.session.account):
        assert word.encode() not in message.body
    assert target.endpoint == town.phones[0].endpoint


def test_on_the_wire_a_letter_looks_like_any_notice(town: Town, hanako: Neighbour) -> None:
    phones = town.join(), town.join()
    hanako.joins(*phones)
    town.send()
    hanako.is_written_to()
    town.settle()
    assert len(town.push.sent) == 4
    sizes = {
        len(push_message.seal(message.body, target.p256dh, target.auth))
        for target, message in town.push.sent
    }
    assert len(sizes) == 1
    topics = {message.topic for _, message in town.push.sent}
    assert len(topics) == 4, "the Topic header links neither phones nor notices"
    assert {len(each or "") for each in topics} == {32}


def test_a_letter_overtakes_a_bulk_notice(town: Town, hanako: Neighbour) -> None:
    hanako.joins(town.join())
    hanako.is_written_to()
    tick(town.services)
    waiting = town.services.queue.waiting
    assert (waiting("urgent"), waiting("bulk")) == (1, 0)
    town.push.answer = _always("later", 503, 60)
    town.work_once()
    town.clock.turn(600)
    assert tick(town.services)["retries"] == 1
    assert (waiting("urgent"), waiting("bulk")) == (1, 0)


def test_no_figures_are_kept_of_a_letter_to_one_person(town: Town, hanako: Neighbour) -> None:
    stays, gone = town.join(), town.join()
    hanako.joins(stays, gone)
    town.push.answer = lambda target, message: (
        PushAnswer("gone", 410) if target.endpoint == gone.endpoint else PushAnswer("accepted", 201)
    )
    id = hanako.is_written_to()
    town.settle()
    assert len(town.pushed()) == 2
    assert town.services.store.get("counter.delivery", id) is None


def test_a_paused_phone_is_not_rung(town: Town, hanako: Neighbour) -> None:
    phone = town.join()
    hanako.joins(phone)
    record = subscribe.subscription_of(town.services, phone.token)
    subscribe.change(town.services, record, {"paused_until": town.clock.unix() + DAY})
    id = hanako.is_written_to()
    town.settle()
    assert town.pushed() == []
    assert [each["state"] for each in _rows(town, id)] == ["skipped"]


def test_a_letter_read_before_its_push_rings_no_phone(town: Town, hanako: Neighbour) -> None:
    hanako.joins(town.join())
    id = hanako.is_written_to()
    address.open_once(town.services, hanako.resident, id)
    town.settle()
    assert (town.pushed(), _rows(town, id)) == ([], [])


def test_a_letter_without_any_phone_waits_in_the_inbox(town: Town, hanako: Neighbour) -> None:
    town.join()
    hanako.is_written_to()
    town.settle()
    assert town.pushed() == []
    assert town.services.queue.dead_letters() == []


# ------------------------------------------------------------------ answers
def test_a_busy_service_is_tried_again_until_it_takes_it(town: Town, hanako: Neighbour) -> None:
    phone = town.join()
    hanako.joins(phone)
    town.push.answer = _always("later", 503, 60)
    id = hanako.is_written_to()
    town.settle()
    assert [(each["state"], each["tries"]) for each in _rows(town, id)] == [("retry", 0)]
    town.push.answer = _always("accepted", 201)
    town.pass_time(HOUR)
    assert [each["state"] for each in _rows(town, id)] == ["accepted"]
    tags = {json.loads(message.body)["notification"]["tag"] for _, message in town.push.sent}
    assert (len(town.pushed()), tags) == (2, {id})


def test_a_letter_read_meanwhile_is_not_told_again(town: Town, hanako: Neighbour) -> None:
    hanako.joins(town.join())
    town.push.answer = _always("later", 503, 60)
    id = hanako.is_written_to()
    town.settle()
    address.open_once(town.services, hanako.resident, id)
    town.push.answer = _always("accepted", 201)
    town.pass_time(DAY)
    assert (len(town.pushed()), _rows(town, id)) == (1, [])


def test_after_28_days_it_is_given_up_and_started_by_no_redrive(
    town: Town, hanako: Neighbour
) -> None:
    hanako.joins(town.join())
    town.push.answer = _always("later", 503, 20 * HOUR)
    id = hanako.is_written_to()
    town.pass_time(29 * DAY, 12 * HOUR)
    assert [(each["state"], each["reason"]) for each in _rows(town, id)] == [("dead", "ended")]
    assert given_up(town.services).deliveries == {(id, "ended"): 1}
    sent = len(town.pushed())
    assert redrive(town.services)["deliveries"] == 0
    town.push.answer = _always("accepted", 201)
    town.pass_time(DAY)
    assert len(town.pushed()) == sent
    town.pass_time(8 * DAY, DAY)
    assert _rows(town, id) == [], "rows are erased a week after the last possible attempt"


def test_a_defect_has_eight_tries_and_a_redrive_starts_it_again(
    town: Town, hanako: Neighbour
) -> None:
    hanako.joins(town.join())
    town.push.answer = _always("defect", 400)
    id = hanako.is_written_to()
    town.pass_time(2 * DAY)
    assert [(each["state"], each["tries"]) for each in _rows(town, id)] == [("dead", 8)]
    town.push.answer = _always("accepted", 201)
    assert redrive(town.services)["deliveries"] == 1
    town.settle()
    assert [each["state"] for each in _rows(town, id)] == ["accepted"]


def test_a_browser_that_is_gone_is_forgotten_and_with_it_that_it_was_hers(
    town: Town, hanako: Neighbour
) -> None:
    stays, gone = town.join(), town.join()
    hanako.joins(stays, gone)
    town.push.answer = lambda target, message: (
        PushAnswer("gone", 410) if target.endpoint == gone.endpoint else PushAnswer("accepted", 201)
    )
    id = hanako.is_written_to()
    town.settle()
    assert town.services.store.get("account_device", gone.id) is None
    assert town.services.store.get("subscription", gone.id) is None
    assert town.delivery(id, gone) is None
    assert [each.id for each in devices.of_account(town.services, hanako.account)] == [stays.id]


def test_while_the_breaker_of_a_service_is_open_letters_are_held(
    town: Town, hanako: Neighbour
) -> None:
    town.joined(40)
    town.push.answer = _always("refused", 401)
    town.send()
    phone = town.join()
    hanako.joins(phone)
    before = len(town.pushed())
    id = hanako.is_written_to()
    town.settle()
    assert len(town.pushed()) == before, "a service that refuses our key was asked again"
    assert [(each["state"], each["tries"]) for each in _rows(town, id)] == [("retry", 0)]
    town.push.answer = _always("accepted", 201)
    town.pass_time(DAY)
    assert [each["state"] for each in _rows(town, id)] == ["accepted"]


def test_letters_that_are_refused_open_the_breaker_like_any_notice(town: Town) -> None:
    people = [neighbour(town, number) for number in range(1, 31)]
    for each in people:
        each.joins(town.join())
    town.push.answer = _always("refused", 401)
    for each in people:
        each.is_written_to()
    town.settle()
    assert len(town.pushed()) < len(people)


# ------------------------------------------------------------------ crashes
class _Dying:
    """A store whose commits of delivery rows never happen, as after a SIGKILL before them."""

    def __init__(self, town: Town) -> None:
        self._store = town.services.store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, writes: Sequence[Write]) -> None:
        if any(getattr(getattr(each, "record", each), "kind", "") == "delivery" for each in writes):
            raise RuntimeError("killed")
        self._store.commit(writes)


def test_a_crash_between_sending_and_recording_repeats_the_same_message(
    town: Town, hanako: Neighbour
) -> None:
    phone = town.join()
    hanako.joins(phone)
    id = hanako.is_written_to()
    tick(town.services)
    dying: Services = replace(town.services, store=_Dying(town))
    assert deliver.work(dying, "urgent") == 0
    assert (len(town.pushed()), _rows(town, id)) == (1, [])
    town.pass_time(HOUR)
    (first, again) = [message for _, message in town.push.sent]
    assert (first.body, first.topic) == (again.body, again.topic)
    assert [each["state"] for each in _rows(town, id)] == ["accepted"]


def test_a_copy_of_the_job_sends_nothing_twice(town: Town, hanako: Neighbour) -> None:
    hanako.joins(town.join(), town.join())
    id = hanako.is_written_to()
    for _ in range(3):
        town.services.queue.send("urgent", {"act": "push_addressed", "addressed": id})
    town.settle()
    assert len(town.pushed()) == 2


def test_two_workers_with_the_same_job_leave_one_row_per_phone(
    town: Town, hanako: Neighbour
) -> None:
    phones = [town.join() for _ in range(3)]
    hanako.joins(*phones)
    id = hanako.is_written_to()
    job = {"act": "push_addressed", "addressed": id}
    for _ in range(2):
        town.services.queue.send("urgent", job)
    meet = threading.Barrier(2)
    first = threading.local()

    def answer(target: PushTarget, message: PushMessage) -> PushAnswer:
        if target.endpoint == phones[0].endpoint and not getattr(first, "met", False):
            meet.wait(10)
        return PushAnswer("accepted", 201)

    town.push.answer = answer
    workers = [
        threading.Thread(target=deliver.work, args=(town.services, "urgent")) for _ in range(2)
    ]
    for each in workers:
        each.start()
    for each in workers:
        each.join(30)
    town.push.answer = _always("accepted", 201)
    town.pass_time(HOUR)
    assert len(_rows(town, id)) == 3
    assert town.services.queue.dead_letters() == []


def test_a_job_for_a_letter_that_is_no_more_does_nothing(town: Town, hanako: Neighbour) -> None:
    hanako.joins(town.join())
    for odd in ("A-00000-00000", "N-2026-0001", "", "A-"):
        town.services.queue.send("urgent", {"act": "push_addressed", "addressed": odd})
    town.settle()
    assert (town.pushed(), town.services.queue.dead_letters()) == ([], [])


# ------------------------------------------------------------------ once opened
def test_only_the_first_opening_counts_and_racers_agree(town: Town, hanako: Neighbour) -> None:
    id = hanako.is_written_to()
    first = address.open_once(town.services, hanako.resident, id)
    town.clock.turn(HOUR)
    assert address.open_once(town.services, hanako.resident, id) == first
    with pytest.raises(TodokeError, match="not_found"):
        address.open_once(town.services, neighbour(town, 2).resident, id)


@pytest.fixture
def phones(town: Town) -> list[Phone]:
    return [town.join() for _ in range(3)]


def test_the_clerks_recall_of_a_notice_does_not_touch_letters(
    town: Town, hanako: Neighbour, phones: list[Phone]
) -> None:
    hanako.joins(phones[0])
    town.push.answer = _always("later", 503, 60)
    notice, letter = town.send(), hanako.is_written_to()
    town.settle()
    announce.recall(town.services, town.desk.approver, notice, "まちがい")
    town.push.answer = _always("accepted", 201)
    town.pass_time(HOUR)
    assert [each["state"] for each in _rows(town, letter)] == ["accepted"]
    assert _rows(town, notice) == []


def test_sealing_names_the_record_so_a_copied_row_opens_nowhere_else(
    town: Town, hanako: Neighbour
) -> None:
    id = hanako.is_written_to()
    found = town.services.store.get("addressed_notice", id)
    assert found is not None
    key = town.services.secrets.data_key
    assert SECRET in str(sealed.open_json(key, "addressed_notice", id, found.data["sealed"]))
    with pytest.raises(TodokeError, match="sealed_unreadable"):
        sealed.open_json(key, "addressed_notice", "A-99999-99999", found.data["sealed"])
