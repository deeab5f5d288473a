"""The push of a letter: all her phones, nobody else's, and never a word of it."""

from __future__ import annotations

import json

import pytest

from tests.parts.desk import DAY
from tests.parts.letters import NAME, SECRET, Neighbour, neighbour, rows
from tests.parts.push_answers import always
from tests.parts.town import GOOGLE, Town
from todoke.core import push_message
from todoke.journeys import address, subscribe
from todoke.journeys.tick import tick
from todoke.ports import PushAnswer

pytestmark = pytest.mark.slow_on_aws


def test_all_her_phones_are_told_and_nobody_elses(town: Town, hanako: Neighbour) -> None:
    mine, hers = [town.join(), town.join(GOOGLE)], town.join()
    stranger = town.join()
    hanako.joins(*mine)
    neighbour(town, 2).joins(hers)
    id = hanako.is_written_to()
    town.settle()
    assert sorted(town.pushed()) == sorted(each.endpoint for each in mine)
    assert {each["state"] for each in rows(town, id)} == {"accepted"}
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
    town.push.answer = always("later", 503, 60)
    town.work_once()
    town.look_only_once()
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
    assert [each["state"] for each in rows(town, id)] == ["skipped"]


def test_a_letter_read_before_its_push_rings_no_phone(town: Town, hanako: Neighbour) -> None:
    hanako.joins(town.join())
    id = hanako.is_written_to()
    address.open_once(town.services, hanako.resident, id)
    town.settle()
    assert (town.pushed(), rows(town, id)) == ([], [])


def test_a_letter_without_any_phone_waits_in_the_inbox(town: Town, hanako: Neighbour) -> None:
    town.join()
    hanako.is_written_to()
    town.settle()
    assert town.pushed() == []
    assert town.services.queue.dead_letters() == []
