"""What was acknowledged right before is in no list yet; whoever must have it, has it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.parts import aws_service
from tests.parts.desk import Desk
from tests.parts.late_indexes import LOOKED_FOR_AGAIN
from tests.parts.letters import neighbour
from tests.parts.town import Phone, Town
from todoke.core.errors import TodokeError
from todoke.journeys import announce, pages, subscribe

pytestmark = [pytest.mark.real, pytest.mark.only_on_aws, pytest.mark.usefixtures("late")]

#: longer than an index is late
A_WHILE = 120


def wait(town: Town, cloud: aws_service.Aws) -> None:
    """The indexes catch up, the time comes for a second look, and no third is asked for."""
    cloud.late(0)
    town.pass_time(A_WHILE, A_WHILE)
    assert town.services.store.find("outbox_due", "waiting").records == []
    assert town.services.queue.dead_letters() == []
    sent = len(town.pushed())
    town.pass_time(A_WHILE, A_WHILE)
    assert len(town.pushed()) == sent


def test_who_followed_right_before_a_notice_gets_it(town: Town, cloud: aws_service.Aws) -> None:
    phones = town.joined(3)
    town.join(topics=["vaccines"])
    id = town.send()
    assert town.pushed() == []  # as late as an index can be
    assert town.notice(id).data["state"] == "sent"
    wait(town, cloud)
    assert sorted(town.pushed()) == sorted(each.endpoint for each in phones)
    assert town.outcomes(id) == {"accepted": 3}


def test_who_was_listed_in_time_gets_it_once(town: Town, cloud: aws_service.Aws) -> None:
    cloud.late(0)
    early = town.join()
    cloud.late(10_000, but=LOOKED_FOR_AGAIN)
    late = town.join()
    town.send()
    assert town.pushed() == [early.endpoint]
    wait(town, cloud)
    assert town.pushed() == [early.endpoint, late.endpoint]


def test_the_second_look_reaches_neither_who_left_nor_who_came_after(
    town: Town, cloud: aws_service.Aws
) -> None:
    leaver = town.join()
    town.clock.turn(1)
    town.send()
    town.clock.turn(1)
    subscribe.leave(town.services, leaver.token)
    town.join()
    wait(town, cloud)
    assert town.pushed() == []


def test_nothing_is_looked_for_again_after_a_recall(town: Town, cloud: aws_service.Aws) -> None:
    town.join()
    id = town.send()
    announce.recall(town.services, town.desk.author, id, "日付に誤り")
    wait(town, cloud)
    assert town.pushed() == []


def test_more_than_a_page_of_latecomers_are_reached(
    town: Town, cloud: aws_service.Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "ROWS", 2)  # a patch: 81 phones would take a minute
    phones = town.joined(5)
    town.send()
    wait(town, cloud)
    assert sorted(town.pushed()) == sorted(each.endpoint for each in phones)


def test_a_phone_that_was_joined_right_before_a_letter_is_told(
    town: Town, cloud: aws_service.Aws
) -> None:
    hanako = neighbour(town)
    hanako.joins(town.join())
    id = hanako.is_written_to()
    town.settle()
    assert town.pushed() == []
    wait(town, cloud)
    assert len(town.pushed()) == 1
    row = town.delivery(id, town.phones[0])
    assert row is not None
    assert row["state"] == "accepted"


def test_a_push_address_does_not_stand_for_a_crowd_that_no_list_knows(town: Town) -> None:
    for number in range(1, 4):
        body = {**Phone(number).device(), "endpoint": Phone(1).endpoint, "topics": ["nursery"]}
        if number < 3:
            subscribe.follow(town.services, body)
            continue
        with pytest.raises(TodokeError, match="endpoint_refused"):
            subscribe.follow(town.services, body)


def test_a_notice_is_in_its_feeds_at_once_and_so_is_the_one_before(tmp_path: Path) -> None:
    desk = Desk.open(tmp_path)
    ids = []
    for _ in range(3):
        ids.append(desk.approved().id)
        announce.publish_notice(desk.services, ids[-1])
        desk.clock.turn(1)
        assert _listed(desk, "all") == _listed(desk, "nursery") == ids[::-1]


def test_a_notice_recalled_at_once_is_withdrawn_in_its_feeds(tmp_path: Path) -> None:
    desk = Desk.open(tmp_path)
    id = desk.approved().id
    announce.publish_notice(desk.services, id)
    announce.recall(desk.services, desk.author, id, "日付に誤り")
    (item,) = _feed(desk, "all")
    assert (item["id"], item["withdrawn"]) == (id, True)


def _feed(desk: Desk, topic: str) -> list[dict[str, object]]:
    blob = desk.services.blobs.get(f"feeds/{topic}.json")
    assert blob is not None
    found: list[dict[str, object]] = json.loads(blob.body)["items"]
    return found


def _listed(desk: Desk, topic: str) -> list[str]:
    return [str(each["id"]) for each in _feed(desk, topic)]
