"""Leaving, choosing anew or recalling in the middle of sending stops what is not yet sent."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from tests.parts.desk import DAY, HOUR
from tests.parts.push_answers import ACCEPTED, always
from tests.parts.town import Town
from todoke.journeys import announce, pages, subscribe
from todoke.journeys.sending import AT_ONCE
from todoke.ports import PushAnswer, PushMessage, PushTarget

pytestmark = pytest.mark.slow_on_aws


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
    phones = town.joined(2 * AT_ONCE)
    leaver = phones[-1]
    _while_first_are_on_their_way(town, lambda: subscribe.leave(town.services, leaver.token))
    id = town.send()
    assert leaver.endpoint not in town.pushed()
    assert len(town.pushed()) == len(phones) - 1
    assert town.delivery(id, leaver) is None


def test_whoever_leaves_while_a_slow_service_holds_up_her_group_gets_nothing(town: Town) -> None:
    phones = town.joined(AT_ONCE // 2)
    leaver = phones[-1]
    some = phones[3].endpoint

    def answer(target: PushTarget, message: PushMessage) -> PushAnswer:
        if target.endpoint == some:
            subscribe.leave(town.services, leaver.token)
            town.clock.turn(1)
        return ACCEPTED

    town.push.answer = answer
    town.send()
    assert len(town.pushed()) == len(phones) - 1
    assert leaver.endpoint not in town.pushed()


def test_whoever_stops_following_the_topic_or_moves_away_in_between_gets_nothing(
    town: Town,
) -> None:
    town.desk.followers(whole=20, kita=20)
    phones = town.joined(2 * AT_ONCE, area="kita")

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
    town.push.answer = always("later", 503)
    id = town.send()
    assert town.delivery(id, phone) is not None
    subscribe.leave(town.services, phone.token)
    town.push.answer = always("accepted", 201)
    town.pass_time(2 * HOUR)
    assert len(town.pushed()) == 1
    assert town.delivery(id, phone) is None


def test_a_recall_stops_what_is_not_yet_sent(town: Town) -> None:
    town.joined(pages.PAGE + 20)
    notice = town.announce()
    _while_first_are_on_their_way(
        town,
        lambda: _recall(town, notice),
    )
    town.settle()
    town.pass_time(3 * HOUR)
    assert len(town.pushed()) <= AT_ONCE
    assert town.notice(notice).data["state"] == "recalled"


def _recall(town: Town, id: str) -> None:
    announce.recall(town.services, town.desk.approver, id, "まちがい")


def test_a_recall_stops_retries_too(town: Town) -> None:
    phone = town.join()
    town.push.answer = always("later", 503)
    id = town.send()
    _recall(town, id)
    town.push.answer = always("accepted", 201)
    town.pass_time(DAY)
    assert len(town.pushed()) == 1
    assert town.delivery(id, phone) is None
