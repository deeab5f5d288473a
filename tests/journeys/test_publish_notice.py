"""The public page of a notice: written once, marked withdrawn at once, whatever dies or races."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.parts.desk import Desk
from tests.parts.noticing import public, state
from todoke.core.errors import TodokeError
from todoke.core.notice import Link, PublicNotice
from todoke.journeys import announce, notices
from todoke.ports import Printing, Record, Replace, Services

pytestmark = pytest.mark.slow_on_aws

FORM = "form-token-of-one-page-0001"


# ------------------------------------------------------------------ publish
def test_publishing_writes_page_and_feeds_and_starts_the_sending(desk: Desk) -> None:
    record = desk.approved(links=(Link("/topics.html", "話題"),))
    announce.publish_notice(desk.services, record.id)
    assert state(desk, record.id) == "sending"
    assert public(desk, record.id)["withdrawn"] is False
    feed = desk.services.blobs.get("feeds/all.json")
    assert feed is not None
    assert [each["id"] for each in json.loads(feed.body)["items"]] == [record.id]
    sends = [each for each in desk.outbox() if each.data["act"] == "send_part"]
    assert [each.data["body"] for each in sends] == [{"notice": record.id, "part": 0, "page": 0}]
    assert ("system", "published", f"notice/{record.id}") in desk.acts()


def test_publishing_twice_sends_once(desk: Desk) -> None:
    record = desk.approved()
    announce.publish_notice(desk.services, record.id)
    announce.publish_notice(desk.services, record.id)
    assert len([each for each in desk.outbox() if each.data["act"] == "send_part"]) == 1


@pytest.mark.parametrize("then", ["draft", "asked"])
def test_nothing_is_published_that_nobody_approved(desk: Desk, then: str) -> None:
    record = desk.asked()
    if then == "draft":
        announce.give_back(desk.services, desk.author, record.id, "直します")
    with pytest.raises(TodokeError, match="notice_state"):
        announce.publish_notice(desk.services, record.id)
    assert desk.services.blobs.list("notices/") == []


class Power:
    """A press that loses power after so many calls, as a worker may between any two steps."""

    def __init__(self, services: Services, calls: int) -> None:
        self._press, self._left = services.press, calls

    def site(self, *arguments: object) -> Mapping[str, bytes]:
        raise NotImplementedError

    def printing(self, *arguments: object) -> Printing:
        raise NotImplementedError

    def notices(self, *arguments: object) -> Mapping[str, bytes]:
        if self._left == 0:
            raise RuntimeError("the power went")
        self._left -= 1
        return self._press.notices(*arguments)  # type: ignore[arg-type]

    def page(self, *arguments: object) -> bytes:
        raise NotImplementedError

    def furigana(self, text: str) -> str:
        return self._press.furigana(text)

    def asset(self, name: str) -> str:
        raise NotImplementedError


def test_a_crash_before_the_page_was_written_is_repaired_by_doing_it_again(desk: Desk) -> None:
    record = desk.approved()
    dark = replace(desk.services, press=Power(desk.services, 0))
    with pytest.raises(RuntimeError):
        announce.publish_notice(dark, record.id)
    assert state(desk, record.id) == "approved"
    first = notices.get(desk.services, record.id).data["published_at"]
    desk.clock.turn(60)
    announce.publish_notice(desk.services, record.id)
    assert notices.get(desk.services, record.id).data["published_at"] == first
    assert state(desk, record.id) == "sending"


# ------------------------------------------------------------------ recall
def test_a_recall_before_publishing_leaves_no_page(desk: Desk) -> None:
    record = desk.approved()
    announce.recall(desk.services, desk.author, record.id, "日付に誤り")
    announce.publish_notice(desk.services, record.id)
    assert state(desk, record.id) == "recalled"
    assert desk.services.blobs.list("notices/") == []
    assert not [each for each in desk.outbox() if each.data["act"] == "send_part"]


@pytest.mark.parametrize("who", ["author", "approver"])
def test_one_person_recalls_and_the_public_page_says_so_at_once(desk: Desk, who: str) -> None:
    record = desk.approved()
    announce.publish_notice(desk.services, record.id)
    announce.recall(desk.services, getattr(desk, who), record.id, "日付に誤りがありました")
    page = public(desk, record.id)
    assert (page["withdrawn"], page["reason"]) == (True, "日付に誤りがありました")
    assert state(desk, record.id) == "recalled"
    announce.recall(desk.services, desk.author, record.id, "もう一度")
    assert public(desk, record.id)["reason"] == "日付に誤りがありました"


def test_a_recall_that_dies_before_the_mark_is_repaired_from_the_outbox(desk: Desk) -> None:
    record = desk.approved()
    announce.publish_notice(desk.services, record.id)
    dark = replace(desk.services, press=Power(desk.services, 0))
    with pytest.raises(RuntimeError):
        announce.recall(dark, desk.author, record.id, "日付に誤り")
    assert public(desk, record.id)["withdrawn"] is False
    (again,) = [each for each in desk.outbox() if each.id.startswith("withdraw.")]
    assert again.data["act"] == "publish_notice"
    announce.publish_notice(desk.services, str(dict(again.data["body"])["notice"]))  # type: ignore[arg-type]
    assert public(desk, record.id)["withdrawn"] is True


class RecalledMeanwhile(Power):
    """A press during whose work a clerk recalls the notice."""

    def __init__(self, desk: Desk, id: str) -> None:
        super().__init__(desk.services, 99)
        self._desk, self._id, self._done = desk, id, False

    def notices(self, *arguments: object) -> Mapping[str, bytes]:
        files = super().notices(*arguments)
        if not self._done:
            self._done = True
            announce.recall(self._desk.services, self._desk.author, self._id, "日付に誤り")
        return files


def test_a_recall_during_publishing_is_not_covered_up_by_the_older_page(desk: Desk) -> None:
    record = desk.approved()
    busy = replace(desk.services, press=RecalledMeanwhile(desk, record.id))
    announce.publish_notice(busy, record.id)
    assert state(desk, record.id) == "recalled"
    assert public(desk, record.id)["withdrawn"] is True
    assert not [each for each in desk.outbox() if each.data["act"] == "send_part"]


class AnotherMeanwhile(Power):
    """A press during whose work another worker publishes another notice."""

    def __init__(self, desk: Desk, other: str) -> None:
        super().__init__(desk.services, 99)
        self._desk, self._other, self._done = desk, other, False

    def notices(self, *arguments: object) -> Mapping[str, bytes]:
        files = super().notices(*arguments)
        if not self._done:
            self._done = True
            announce.publish_notice(self._desk.services, self._other)
        return files


def test_two_workers_publishing_at_once_do_not_drop_each_other_from_the_feed(desk: Desk) -> None:
    one, other = desk.approved(), desk.approved()
    busy = replace(desk.services, press=AnotherMeanwhile(desk, other.id))
    announce.publish_notice(busy, one.id)
    feed = desk.services.blobs.get("feeds/all.json")
    assert feed is not None
    assert {each["id"] for each in json.loads(feed.body)["items"]} == {one.id, other.id}


def test_a_feed_holds_the_newest_and_no_more_than_it_should(tmp_path: Path) -> None:
    desk = Desk.open(tmp_path, notices={"feed_items": 10})
    made = []
    for _ in range(12):
        desk.clock.turn(60)
        record = desk.approved()
        announce.publish_notice(desk.services, record.id)
        made.append(record.id)
    latest: list[PublicNotice] = list(notices.published(desk.services))
    assert [each.id for each in latest] == made[:1:-1]


def test_a_sent_notice_can_still_be_marked_withdrawn(desk: Desk) -> None:
    record = desk.approved()
    announce.publish_notice(desk.services, record.id)
    going = notices.get(desk.services, record.id)
    sent = Record("notice", going.id, {**going.data, "state": "sent"}, going.version)
    desk.services.store.commit([Replace(sent)])
    announce.recall(desk.services, desk.approver, record.id, "日付に誤りがありました")
    assert public(desk, record.id)["withdrawn"] is True
