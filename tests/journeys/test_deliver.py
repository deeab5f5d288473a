"""From the outbox to the phones: who gets a message, what each answer means, what a crash
leaves."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.parts.desk import DAY
from tests.parts.town import GOOGLE, MOZILLA, Phone, Town
from todoke.core.errors import TodokeError
from todoke.journeys import announce, breaker, deliver, subscribe
from todoke.journeys.redrive import given_up, redrive
from todoke.journeys.tick import purge, relay_outbox, tick
from todoke.ports import (
    Count,
    PushAnswer,
    PushMessage,
    PushTarget,
    Record,
    Services,
    Store,
    Write,
)

HOUR = 3600
ACCEPTED = PushAnswer("accepted", 201)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town.open(tmp_path)


def _answer(**by_origin: PushAnswer) -> Callable[[PushTarget, PushMessage], PushAnswer]:
    """Answers by part of the endpoint, accepted otherwise."""

    def answer(target: PushTarget, message: PushMessage) -> PushAnswer:
        found = [each for part, each in by_origin.items() if part in target.endpoint]
        return found[0] if found else ACCEPTED

    return answer


def _always(outcome: str, status: int, wait: int | None = None) -> Callable[..., PushAnswer]:
    return lambda target, message: PushAnswer(outcome, status, wait)


def _shown(message: PushMessage) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(message.body)["notification"]
    return shown


# ------------------------------------------------------------------ who gets it, and what
def test_everybody_who_follows_gets_one_message_and_the_notice_is_sent(town: Town) -> None:
    phones = town.joined(3)
    town.join(topics=["vaccines"])
    id = town.send()
    assert sorted(town.pushed()) == sorted(each.endpoint for each in phones)
    assert town.notice(id).data["state"] == "sent"
    assert town.outcomes(id) == {"accepted": 3}
    assert ("system", "sent", f"notice/{id}") in town.desk.acts()
    assert [each.id for each in town.desk.outbox()] == []


def test_by_default_a_message_says_only_that_a_notice_has_come(town: Town) -> None:
    town.join()
    id = town.send(urgency="high", title={"ja": "ひみつの題"}, text={"ja": "ひみつの文"})
    ((target, message),) = town.push.sent
    assert _shown(message) == {
        "title": "みなと野市",
        "body": "お知らせが届きました。開いて読んでください。",
        "navigate": f"{town.services.config.public_url}/inbox.html#{id}",
        "tag": id,
        "lang": "ja",
        "silent": False,
    }
    assert "ひみつ".encode() not in message.body
    assert message.urgency == "high"
    assert len(message.topic) == 32
    assert len(target.p256dh) == 65


def test_whoever_chose_so_sees_the_title_in_her_language(town: Town) -> None:
    for language in ("ja", "easy", "en"):
        town.join(language=language, show="title")
    id = town.send(title={"ja": "題", "easy": "だい"}, text={"ja": "文", "easy": "ぶん"})
    shown = {each["navigate"]: each["body"] for each in map(_shown, _messages(town))}
    url = town.services.config.public_url
    assert shown == {
        f"{url}/inbox.html#{id}": "題",
        f"{url}/easy/inbox.html#{id}": "だい",
        f"{url}/en/inbox.html#{id}": "だい",
    }


def _messages(town: Town) -> list[PushMessage]:
    return [message for _, message in town.push.sent]


def test_topics_on_the_wire_link_neither_people_nor_notices(town: Town) -> None:
    town.joined(3)
    town.send()
    town.send()
    assert len({each.topic for each in _messages(town)}) == 6


def test_a_message_lives_until_the_notice_ends_and_28_days_at_most(town: Town) -> None:
    town.join()
    town.send(expires_at=town.clock.unix() + 5 * DAY)
    town.send(expires_at=town.clock.unix() + 60 * DAY)
    assert [each.ttl for each in _messages(town)] == [5 * DAY, 28 * DAY]


def test_area_and_school_year_choose_who_gets_it(town: Town) -> None:
    choices: list[dict[str, Any]] = [
        {},
        {"area": "kita"},
        {"area": "kita", "cohorts": [2023]},
        {"area": "minato", "cohorts": [2023, 2024]},
        {"cohorts": [2024]},
    ]
    phones = [town.join(**each) for each in choices]
    town.desk.followers(whole=20, kita=20, kita_2023=20, any_2023=20)  # above the floor
    expected = {
        (None, None): {1, 2, 3, 4, 5},
        ("kita", None): {2, 3},
        (None, 2023): {3, 4},
        ("kita", 2023): {3},
    }
    for (area, cohort), numbers in expected.items():
        town.push.sent.clear()
        town.send(area=area, cohort=cohort)
        got = {each.number for each in phones if each.endpoint in town.pushed()}
        assert got == numbers, (area, cohort)


def test_whoever_follows_after_publication_is_not_pushed_to(town: Town) -> None:
    town.joined(2)
    town.announce()
    town.clock.turn(1)
    town.join()
    town.settle()
    assert len(town.pushed()) == 2


def test_a_paused_phone_is_passed_over_and_gets_the_next_one_afterwards(town: Town) -> None:
    phone = town.join()
    record = subscribe.subscription_of(town.services, phone.token)
    subscribe.change(town.services, record, {"paused_until": town.clock.unix() + DAY})
    id = town.send()
    assert town.pushed() == []
    assert town.outcomes(id) == {"skipped": 1}
    town.clock.turn(DAY)
    town.settle()
    assert town.pushed() == []
    town.send()
    assert town.pushed() == [phone.endpoint]


def test_nobody_follows_and_the_notice_is_sent_all_the_same(town: Town) -> None:
    id = town.send()
    assert (town.notice(id).data["state"], town.outcomes(id)) == ("sent", {})


def test_pages_follow_one_another_until_everybody_has_it(town: Town) -> None:
    phones = town.joined(2 * deliver.PAGE + 5)
    id = town.send()
    assert sorted(town.pushed()) == sorted(each.endpoint for each in phones)
    assert town.outcomes(id) == {"accepted": len(phones)}
    assert town.notice(id).data["state"] == "sent"


def test_a_full_page_of_one_message_to_each_of_eighty_services_fits(town: Town) -> None:
    for number in range(deliver.PAGE):
        town.join(f"https://wns{number}.notify.windows.com")
    id = town.send()
    assert town.outcomes(id) == {"accepted": deliver.PAGE}


# ------------------------------------------------------------------ changing one's mind
def _while_first_are_on_their_way(town: Town, act: Callable[[], None]) -> None:
    """``act`` happens while the first messages are being sent, before any other is looked at."""
    done, first = threading.Event(), threading.Lock()

    def answer(target: PushTarget, message: PushMessage) -> PushAnswer:
        if first.acquire(blocking=False):
            act()
            done.set()
        assert done.wait(20)
        return ACCEPTED

    town.push.answer = answer


def test_whoever_leaves_between_page_and_send_gets_nothing(town: Town) -> None:
    phones = town.joined(2 * deliver.AT_ONCE)
    leaver = phones[-1]
    _while_first_are_on_their_way(town, lambda: subscribe.leave(town.services, leaver.token))
    id = town.send()
    assert leaver.endpoint not in town.pushed()
    assert len(town.pushed()) == len(phones) - 1
    assert town.delivery(id, leaver) is None


def test_whoever_stops_following_the_topic_or_moves_away_in_between_gets_nothing(
    town: Town,
) -> None:
    town.desk.followers(whole=20, kita=20)
    phones = town.joined(2 * deliver.AT_ONCE, area="kita")

    def change() -> None:
        for phone, choice in ((phones[-1], {"topics": ["vaccines"]}), (phones[-2], {"area": None})):
            record = subscribe.subscription_of(town.services, phone.token)
            subscribe.change(town.services, record, choice)

    _while_first_are_on_their_way(town, change)
    town.send(area="kita")
    assert {phones[-1].endpoint, phones[-2].endpoint}.isdisjoint(town.pushed())
    assert len(town.pushed()) == len(phones) - 2


def test_whoever_leaves_before_a_retry_gets_nothing_and_leaves_no_row(town: Town) -> None:
    phone = town.join()
    town.push.answer = _always("later", 503)
    id = town.send()
    assert town.delivery(id, phone) is not None
    subscribe.leave(town.services, phone.token)
    town.push.answer = _always("accepted", 201)
    town.pass_time(2 * HOUR)
    assert len(town.pushed()) == 1
    assert town.delivery(id, phone) is None


def test_a_recall_stops_what_is_not_yet_sent(town: Town) -> None:
    town.joined(deliver.PAGE + 20)
    notice = town.announce()
    _while_first_are_on_their_way(
        town,
        lambda: _recall(town, notice),
    )
    town.settle()
    town.pass_time(3 * HOUR)
    assert len(town.pushed()) <= deliver.AT_ONCE
    assert town.notice(notice).data["state"] == "recalled"


def _recall(town: Town, id: str) -> None:
    announce.recall(town.services, town.desk.approver, id, "まちがい")


def test_a_recall_stops_retries_too(town: Town) -> None:
    phone = town.join()
    town.push.answer = _always("later", 503)
    id = town.send()
    _recall(town, id)
    town.push.answer = _always("accepted", 201)
    town.pass_time(DAY)
    assert len(town.pushed()) == 1
    assert town.delivery(id, phone) is None


# ------------------------------------------------------------------ answers
def test_a_browser_that_is_gone_is_removed_and_no_other(town: Town) -> None:
    stays, gone = town.join(area="kita"), town.join(topics=["nursery", "vaccines"], cohorts=[2023])
    for status in (404, 410):
        town.push.answer = _answer(**{gone.endpoint: PushAnswer("gone", status)})
        id = town.send()
        assert town.outcomes(id) == {"accepted": 1, "gone": 1}
        assert town.services.store.get("subscription", gone.id) is None
        assert town.services.store.get("subscription", stays.id) is not None
        assert town.followers("nursery") == {"*|*": 1, "kita|*": 1}
        assert town.followers("vaccines") == {}
        assert town.delivery(id, gone) is None
        before = len(town.pushed())
        town.send()
        assert town.pushed()[before:] == [stays.endpoint]
        shown, _ = subscribe.follow(town.services, {**gone.device(), "topics": ["vaccines"]})
        record = subscribe.subscription_of(town.services, str(shown["token"]))
        subscribe.change(town.services, record, {"topics": ["nursery", "vaccines"]})


def test_a_browser_that_has_just_moved_is_not_removed_for_its_old_endpoint(town: Town) -> None:
    phone = town.join()
    moved = Phone(50)

    def answer(target: PushTarget, message: PushMessage) -> PushAnswer:
        if target.endpoint == moved.endpoint:
            return ACCEPTED
        record = subscribe.subscription_of(town.services, phone.token)
        subscribe.change(town.services, record, moved.device())
        return PushAnswer("gone", 410)

    town.push.answer = answer
    id = town.send()
    assert town.pushed() == [phone.endpoint, moved.endpoint]
    assert town.outcomes(id) == {"accepted": 1}
    assert town.followers() == {"*|*": 1}


def test_a_service_that_asks_for_patience_gets_it_and_no_try_is_counted(town: Town) -> None:
    phone = town.join()
    town.push.answer = _always("later", 429, 600)
    id = town.send()
    row = town.delivery(id, phone)
    assert row is not None
    assert (row["state"], row["tries"], row["status"]) == ("retry", 0, 429)
    town.clock.turn(599)
    town.settle()
    assert len(town.pushed()) == 1
    town.push.answer = _always("accepted", 201)
    town.clock.turn(1 + 600 // 4)
    town.settle()
    assert len(town.pushed()) == 2
    assert town.outcomes(id) == {"accepted": 1}


def test_a_retry_goes_in_the_lane_of_its_notice(town: Town) -> None:
    town.join()
    town.push.answer = _always("later", 503, 60)
    town.send(urgency="high")
    town.clock.turn(600)
    assert tick(town.services)["retries"] == 1
    assert (town.services.queue.waiting("urgent"), town.services.queue.waiting("bulk")) == (1, 0)


def test_theirs_is_tried_again_until_the_notice_ends_and_then_given_up(town: Town) -> None:
    phone = town.join()
    town.push.answer = _always("later", 503)
    id = town.send(expires_at=town.clock.unix() + 2 * DAY)
    town.pass_time(3 * DAY, HOUR // 2)
    row = town.delivery(id, phone)
    assert row is not None
    assert (row["state"], row["reason"], row["tries"]) == ("dead", "ended", 0)
    assert town.outcomes(id) == {"dead": 1}
    assert 10 < len(town.pushed()) < 100
    assert all(message.ttl > 0 for message in _messages(town))
    assert _messages(town)[-1].ttl < HOUR * 2
    assert redrive(town.services)["deliveries"] == 0, "a notice that has ended was started again"
    sent = len(town.pushed())
    town.push.answer = _always("accepted", 201)
    town.pass_time(DAY)
    assert len(town.pushed()) == sent


def test_waits_that_lead_beyond_28_days_end_there(town: Town) -> None:
    town.join()
    town.push.answer = _always("later", 503, DAY)
    id = town.send(expires_at=town.clock.unix() + 300 * DAY)
    town.pass_time(40 * DAY, DAY // 2)
    assert town.outcomes(id) == {"dead": 1}
    assert 15 < len(town.pushed()) <= 28


@pytest.mark.parametrize(("outcome", "status"), [("defect", 400), ("defect", 413)])
def test_ours_has_eight_tries_and_a_person_starts_it_again(
    town: Town, outcome: str, status: int
) -> None:
    phone = town.join()
    town.push.answer = _always(outcome, status)
    id = town.send()
    town.pass_time(DAY)
    row = town.delivery(id, phone)
    assert row is not None
    assert (row["state"], row["reason"], row["tries"]) == ("dead", "tries", 8)
    assert len(town.pushed()) == 8
    assert town.outcomes(id) == {"dead": 1}
    assert given_up(town.services).deliveries == {(id, "tries"): 1}
    town.push.answer = _always("accepted", 201)
    assert redrive(town.services) == {"jobs": 0, "deliveries": 1}
    assert redrive(town.services) == {"jobs": 0, "deliveries": 0}
    town.settle()
    assert len(town.pushed()) == 9
    assert town.outcomes(id) == {"accepted": 1}
    assert redrive(town.services)["deliveries"] == 0
    assert [each[1] for each in town.desk.acts()].count("redriven") == 3


def test_a_blocked_address_is_dead_with_its_reason_and_nobody_is_removed(town: Town) -> None:
    phone = town.join()
    town.push.answer = _always("blocked", 0)
    id = town.send()
    row = town.delivery(id, phone)
    assert row is not None
    assert (row["state"], row["reason"]) == ("dead", "blocked")
    assert town.followers() == {"*|*": 1}
    town.pass_time(DAY)
    assert len(town.pushed()) == 1


def test_a_sender_that_crashes_on_one_phone_does_not_keep_it_from_the_others(town: Town) -> None:
    phones = town.joined(5)
    poison = phones[2]

    def answer(target: PushTarget, message: PushMessage) -> PushAnswer:
        if target.endpoint == poison.endpoint:
            raise RuntimeError("a defect of ours")
        return ACCEPTED

    town.push.answer = answer
    id = town.send()
    assert town.outcomes(id) == {"accepted": 4}
    assert town.notice(id).data["state"] == "sent"
    row = town.delivery(id, poison)
    assert row is not None
    assert (row["state"], row["tries"]) == ("retry", 1)


# ------------------------------------------------------------------ the breaker
def _breaker(town: Town, origin: str = MOZILLA) -> Record | None:
    return town.services.store.get("breaker", origin)


@pytest.mark.parametrize("status", [401, 403])
def test_a_wave_of_refusals_opens_the_breaker_and_removes_nobody(town: Town, status: int) -> None:
    phones = town.joined(30)
    others = town.joined(5, origin=GOOGLE)
    town.push.answer = _answer(mozilla=PushAnswer("refused", status))
    id = town.send()
    asked = [each for each in town.pushed() if each.startswith(MOZILLA)]
    assert len(asked) <= deliver.AT_ONCE, "the breaker did not open"
    assert town.outcomes(id) == {"accepted": 5}, "another service was held too"
    assert town.followers() == {"*|*": 35}
    for phone in phones:
        row = town.delivery(id, phone)
        assert row is not None
        assert (row["state"], row["tries"]) == ("retry", 0)
    breaker = _breaker(town)
    assert breaker is not None
    assert (breaker.data["reason"], breaker.data["open_until"]) == (
        "vapid",
        town.clock.unix() + 600,
    )
    town.push.answer = _always("accepted", 201)
    town.clock.turn(590)
    town.settle()
    assert len(town.pushed()) == len(asked) + 5, "asked while the breaker was open"
    town.pass_time(2 * HOUR, 300)
    assert town.outcomes(id) == {"accepted": 35}
    assert {each.endpoint for each in others} < set(town.pushed())


def test_refusals_that_are_the_first_answers_of_a_service_open_it_at_once(town: Town) -> None:
    phones = town.joined(3)
    town.push.answer = _always("refused", 403)
    id = town.send()
    breaker = _breaker(town)
    assert breaker is not None
    assert breaker.data["open_until"] == town.clock.unix() + 600
    for phone in phones:
        row = town.delivery(id, phone)
        assert row is not None
        assert (row["state"], row["tries"]) == ("retry", 0)


def test_a_wave_that_lasts_for_days_removes_nobody_and_spends_no_tries(town: Town) -> None:
    town.joined(20)
    town.push.answer = _always("refused", 403)
    id = town.send()
    town.pass_time(3 * DAY)
    assert town.outcomes(id) == {}
    assert town.followers() == {"*|*": 20}
    town.push.answer = _always("accepted", 201)
    town.pass_time(DAY)
    assert town.outcomes(id) == {"accepted": 20}


def test_twenty_refusals_in_a_row_after_accepted_messages_open_it_too(town: Town) -> None:
    town.joined(40)
    town.send()
    assert len(town.pushed()) == 40
    town.push.answer = _always("refused", 403)
    id = town.send()
    assert len(town.pushed()) - 40 < breaker.REFUSED_IN_A_ROW + deliver.AT_ONCE
    town.push.answer = _always("accepted", 201)
    town.pass_time(2 * HOUR, 300)
    assert town.outcomes(id) == {"accepted": 40}


def test_one_refused_phone_among_accepted_ones_holds_nobody_up(town: Town) -> None:
    """Anybody can follow with a browser subscription made for another city's key."""
    town.joined(20)
    town.send()
    stranger = town.phones[7]
    town.push.answer = _answer(**{stranger.endpoint: PushAnswer("refused", 403)})
    id = town.send()
    assert town.outcomes(id) == {"accepted": 19}
    row = town.delivery(id, stranger)
    assert row is not None
    assert (row["state"], row["tries"]) == ("retry", 1)
    town.pass_time(DAY, 600)
    assert town.outcomes(id) == {"accepted": 19, "dead": 1}
    assert town.services.store.get("subscription", stranger.id) is not None


def test_a_service_that_fails_everything_is_left_alone_for_a_minute(town: Town) -> None:
    town.joined(60)
    town.push.answer = _always("later", 503)
    id = town.send()
    assert len(town.pushed()) < 5 + deliver.AT_ONCE
    breaker = _breaker(town)
    assert breaker is not None
    assert breaker.data["reason"] == "unavailable"
    town.push.answer = _always("accepted", 201)
    town.pass_time(HOUR, 60)
    assert town.outcomes(id) == {"accepted": 60}


# ------------------------------------------------------------------ crashes and copies
@dataclass(slots=True)
class CrashingStore:
    """The store, but the next commit that ``doomed`` names dies right before it."""

    store: Store
    doomed: Callable[[Sequence[Write]], bool]
    crashes: int = 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def commit(self, writes: Sequence[Write]) -> None:
        if self.crashes and self.doomed(writes):
            self.crashes -= 1
            raise RuntimeError("killed")
        self.store.commit(writes)


def _crashing(town: Town, doomed: Callable[[Sequence[Write]], bool], crashes: int = 1) -> Services:
    store = CrashingStore(town.services.store, doomed, crashes)
    return replace(town.services, store=store)


def _records_page(writes: Sequence[Write]) -> bool:
    return any(isinstance(each, Count) and each.counter == "delivery" for each in writes)


def test_a_crash_between_send_and_commit_pushes_again_and_counts_once(town: Town) -> None:
    phones = town.joined(10)
    id = town.desk.approved().id
    tick(town.services)
    town.work_once()
    tick(town.services)
    services = _crashing(town, _records_page)
    assert deliver.work(services, "urgent") == 0
    assert len(town.pushed()) == 10
    assert town.outcomes(id) == {}
    town.clock.turn(deliver.VISIBLE_SECONDS)
    town.settle()
    assert sorted(town.pushed()) == sorted([each.endpoint for each in phones] * 2)
    assert town.outcomes(id) == {"accepted": 10}
    topics = {target.endpoint: message.topic for target, message in town.push.sent}
    assert all(topics[target.endpoint] == message.topic for target, message in town.push.sent)


def test_a_page_that_comes_again_after_its_commit_pushes_to_nobody(town: Town) -> None:
    town.joined(deliver.PAGE + 10)
    id = town.announce()
    jobs: list[Any] = []
    queue = town.services.queue

    class Copying:
        def __getattr__(self, name: str) -> Any:
            return getattr(queue, name)

        def receive(self, lane: str, **options: Any) -> Any:
            found = queue.receive(lane, **options)
            jobs.extend(found)
            return found

    copying = replace(town.services, queue=Copying())  # type: ignore[arg-type]
    while tick(town.services)["outbox"] + deliver.work(copying, "urgent"):
        pass
    pages = [each for each in jobs if each.body["act"] == "send_page"]
    assert len(pages) == 2
    sent = len(town.pushed())
    assert sent == deliver.PAGE + 10
    for each in [*pages, *reversed(pages)]:
        deliver.send_page(town.services, each)
    town.settle()
    assert len(town.pushed()) == sent
    assert town.outcomes(id) == {"accepted": sent}


def test_an_old_copy_of_a_page_starts_no_second_chain_of_pages(town: Town) -> None:
    town.joined(2 * deliver.PAGE + 10)
    id = town.announce()
    tick(town.services)
    (first,) = town.services.queue.receive("urgent")
    deliver.send_page(town.services, first)
    before = town.services.store.get("sending", id)
    deliver.send_page(town.services, first)
    assert town.services.store.get("sending", id) == before
    assert len(town.pushed()) == deliver.PAGE
    town.services.queue.acknowledge(first)
    town.settle()
    assert len(town.pushed()) == 2 * deliver.PAGE + 10


def test_whoever_has_a_row_is_not_pushed_to_again_even_when_progress_is_lost(town: Town) -> None:
    phones = town.joined(4)
    id = town.announce()
    from todoke.core.delivery import accepted
    from todoke.journeys import sending
    from todoke.ports import Create

    notice = sending.notice_of(town.notice(id))
    row = sending.row(notice, phones[0].id, accepted(0, 201))
    town.services.store.commit([Create(row)])
    town.settle()
    assert sorted(town.pushed()) == sorted(each.endpoint for each in phones[1:])


def test_two_workers_with_copies_of_one_page_record_it_once(town: Town) -> None:
    town.joined(20)
    id = town.announce()
    tick(town.services)
    (job,) = town.services.queue.receive("urgent")
    both = threading.Barrier(2)
    town.push.answer = lambda target, message: ACCEPTED

    def send() -> None:
        both.wait()
        try:
            deliver.send_page(town.services, job)
        except TodokeError as error:
            if error.code not in ("version_conflict", "record_exists"):
                raise

    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(send) for _ in range(2)]:
            each.result()
    assert town.outcomes(id) == {"accepted": 20}
    assert town.notice(id).data["state"] == "sent"


def test_a_crash_before_the_last_step_still_ends_with_sent(town: Town) -> None:
    town.joined(3)
    id = town.announce()
    tick(town.services)

    def finishes(writes: Sequence[Write]) -> bool:
        return any(
            getattr(getattr(each, "record", None), "kind", "") == "notice" for each in writes
        )

    assert deliver.work(_crashing(town, finishes), "urgent") == 0
    assert town.notice(id).data["state"] == "sending"
    town.clock.turn(deliver.VISIBLE_SECONDS)
    town.settle()
    assert town.notice(id).data["state"] == "sent"
    assert len(town.pushed()) == 3


def test_an_outbox_entry_that_is_queued_twice_is_done_once(town: Town) -> None:
    town.joined(3)
    town.desk.approved()

    def erases(writes: Sequence[Write]) -> bool:
        return any(getattr(each, "kind", "") == "outbox" for each in writes)

    with pytest.raises(RuntimeError, match="killed"):
        relay_outbox(_crashing(town, erases))
    assert town.services.queue.waiting("urgent") == 1
    assert relay_outbox(town.services) == 1
    assert town.services.queue.waiting("urgent") == 2
    town.settle()
    assert len(town.pushed()) == 3


def test_nothing_is_relayed_before_its_time(town: Town) -> None:
    town.join()
    record = announce.draft(
        town.services, town.desk.author, town.desk.content(), town.clock.unix() + 7200
    )
    town.desk.approve(announce.ask(town.services, town.desk.author, record.id))
    town.clock.turn(7199)
    town.settle()
    assert town.pushed() == []
    town.clock.turn(1)
    town.settle()
    assert len(town.pushed()) == 1


def test_a_retry_that_crashes_comes_again(town: Town) -> None:
    phone = town.join()
    town.push.answer = _always("later", 503, 60)
    id = town.send()
    town.push.answer = _always("accepted", 201)
    town.clock.turn(120)
    tick(town.services)
    services = _crashing(town, lambda writes: True)
    assert deliver.work(services, "urgent") == 0
    town.clock.turn(HOUR)
    town.settle()
    assert town.outcomes(id) == {"accepted": 1}
    row = town.delivery(id, phone)
    assert row is not None
    assert row["state"] == "accepted"


def test_a_retry_whose_job_was_lost_is_queued_again_after_its_lease(town: Town) -> None:
    town.join()
    town.push.answer = _always("later", 503, 60)
    id = town.send()
    town.push.answer = _always("accepted", 201)
    town.clock.turn(120)
    assert tick(town.services)["retries"] == 1
    assert tick(town.services)["retries"] == 0
    (job,) = town.services.queue.receive("urgent")
    town.services.queue.acknowledge(job)  # lost
    town.pass_time(HOUR)
    assert town.outcomes(id) == {"accepted": 1}


def test_a_sending_that_lost_its_job_is_driven_on(town: Town) -> None:
    town.joined(deliver.PAGE + 10)
    id = town.announce()
    tick(town.services)
    assert deliver.work(town.services, "urgent") == 1
    tick(town.services)
    (job,) = town.services.queue.receive("urgent")
    town.services.queue.acknowledge(job)  # lost with the second page
    town.settle()
    assert len(town.pushed()) == deliver.PAGE
    town.pass_time(1200, 60)
    assert len(town.pushed()) == deliver.PAGE + 10
    assert len(set(town.pushed())) == deliver.PAGE + 10
    assert town.notice(id).data["state"] == "sent"


def test_a_job_that_cannot_be_done_becomes_a_dead_letter_and_others_go_on(town: Town) -> None:
    town.join()
    town.services.queue.send("urgent", {"act": "no such act"})
    town.services.queue.send("urgent", {})
    town.send()
    assert len(town.pushed()) == 1
    town.pass_time(DAY)
    assert len(town.services.queue.dead_letters()) == 2
    assert given_up(town.services).jobs == {"no such act": 1, "None": 1}
    assert redrive(town.services) == {"jobs": 2, "deliveries": 0}
    assert town.services.queue.waiting("urgent") == 2


def test_one_part_of_the_tick_that_fails_does_not_stop_the_others(town: Town) -> None:
    town.join()
    town.push.answer = _always("later", 503, 60)
    town.send()
    town.clock.turn(600)
    town.desk.approved()

    def erases(writes: Sequence[Write]) -> bool:
        return any(getattr(each, "kind", "") == "outbox" for each in writes)

    with pytest.raises(RuntimeError, match="killed"):
        tick(_crashing(town, erases))
    assert town.services.queue.waiting("urgent") == 2  # the notice and the retry


def test_what_is_over_is_erased(town: Town) -> None:
    phone = town.join()
    id = town.send(expires_at=town.clock.unix() + 2 * DAY)
    assert town.delivery(id, phone) is not None
    town.clock.turn(10 * DAY)
    assert purge(town.services) >= 2
    assert town.delivery(id, phone) is None
    assert town.services.store.get("sending", id) is None
    assert town.outcomes(id) == {"accepted": 1}, "the count says nothing about anybody"


def test_care_is_taken_once_a_minute_even_when_the_clock_jumps_back(town: Town) -> None:
    assert "purged" in tick(town.services)
    assert "purged" not in tick(town.services)
    town.clock.turn(60)
    assert "purged" in tick(town.services)
    town.clock.turn(-DAY)
    assert "purged" in tick(town.services)


# ------------------------------------------------------------------ a hostile month
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_a_push_service_does_everybody_alive_gets_it_and_the_counts_add_up(
    town: Town, seed: int
) -> None:
    """R5: 5 % 503, 2 % 429, 1 % 410, 5 % accepted with the answer lost, 2 % defects."""
    import random

    luck = random.Random(seed)
    lock = threading.Lock()
    phones = town.joined(120)
    got: dict[str, int] = {}
    gone: set[str] = set()

    def answer(target: PushTarget, message: PushMessage) -> PushAnswer:
        with lock:
            assert target.endpoint not in gone, "pushed to a browser known to be gone"
            draw = luck.random()
            if draw < 0.05:
                return PushAnswer("later", 503)
            if draw < 0.07:
                return PushAnswer("later", 429, luck.choice([0, 60, 86_400]))
            if draw < 0.08:
                gone.add(target.endpoint)
                return PushAnswer("gone", 410)
            if draw < 0.10:
                return PushAnswer("defect", 400)
            got[target.endpoint] = got.get(target.endpoint, 0) + 1
            return PushAnswer("later", 0) if draw < 0.15 else ACCEPTED

    town.push.answer = answer
    id = town.send()
    town.pass_time(4 * DAY)
    assert {each.endpoint for each in phones} - gone <= set(got)
    assert town.outcomes(id) == {"accepted": 120 - len(gone)} | (
        {"gone": len(gone)} if gone else {}
    )
    assert town.followers() == {"*|*": 120 - len(gone)}
    again = [endpoint for endpoint, number in got.items() if number > 1]
    for endpoint in again:  # the phone shows one: the service and the tag replace the copy
        topics = {m.topic for t, m in town.push.sent if t.endpoint == endpoint}
        assert len(topics) == 1
