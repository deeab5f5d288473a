"""A family that reads none of the three editions follows a topic and reads the inbox: in a real
Firefox by the Vietnamese words on the screen alone, and in a real Chromium at three widths, with
long words in every language, and without a network."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.parts import announcing, node
from tests.parts.by_words import Person
from tests.parts.city import City
from tests.parts.firefox import Firefox
from tests.parts.push_service import PushService
from tests.parts.waiting import wait_for
from todoke import assemble

#: without a kanji, which the inbox would spell out for whoever is no native reader
TOPIC, TITLE, TEXT = "health", "けんしんのおしらせ(みほん)", "けんしんのひは、あとできまります。"
EVERY = ("zh", "ko", "vi", "pt", "es", "ne", "fil")
#: the letters of one are the highest, the words of one the longest, one has Japanese letters
WHOLE = ("ne", "fil", "zh")
DAY = re.compile(r"20\d\d-\d\d-\d\d")


def words_of(tongue: str) -> Mapping[str, str]:
    found = assemble.catalogue().references[tongue].words
    assert found is not None
    return found.words


# ---------------------------------------------------------------------------- by words alone
@pytest.mark.real
def test_a_vietnamese_parent_follows_a_topic_and_reads_a_notice_by_the_words_on_the_screen(
    tmp_path: Path,
) -> None:
    said = words_of("vi")
    reference = assemble.catalogue().references["vi"]
    with (
        PushService() as service,
        City.start(tmp_path / "city", push__allow_loopback=[service.address]) as city,
        Firefox(tmp_path / "home", service.origin) as firefox,
    ):
        parent = Person(firefox)
        parent.types_address(f"{city.url}/vi/index.html")
        parent.presses(said["phone.topics.title"])
        parent.sees_heading(said["phone.topics.headline"])
        parent.reads(reference.say("label"), reference.say("nobody"))
        parent.ticks(said["topic.health.name"])
        parent.presses(said["phone.topics.submit"])
        parent.sees_heading(said["phone.ask.headline"])
        parent.presses(said["phone.ask.agree"])
        firefox.permit()
        parent.sees_heading(said["phone.following.headline"])
        parent.reads(said["topic.health.name"], said["phone.following.lead"])

        notice = announcing.announce(city, TOPIC, TITLE, TEXT)
        (alert,) = wait_for(firefox.alerts, "the notification")
        firefox.press_alert(alert.body)
        assert firefox.page("/inbox.html").endswith(f"/vi/inbox.html#{notice}")
        parent.sees_heading(TITLE)
        parent.reads(TEXT, said["phone.notice.only_japanese"])
        parent.presses(said["phone.notice.away"])
        parent.reads(said["phone.notice.put_away"], said["phone.inbox.all_read"])

        parent.presses(said["phone.inbox.change"])
        parent.presses(said["phone.following.pause_week"])
        parent.sees_heading(said["phone.following.headline_paused"])
        parent.presses(said["phone.following.leave"])
        parent.sees_heading(said["phone.left.headline"])
        parent.reads(said["phone.left.lead"])


# ---------------------------------------------------------------------------- every view
@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the browser saw. SHOTS=folder keeps the pictures."""
    folder = tmp_path_factory.mktemp("tongues")
    with City.start(folder / "city") as city:
        announcing.announce(city, TOPIC, TITLE, TEXT)
        job = {
            "city": city.url,
            "profile": str(folder / "profile"),
            "every": EVERY,
            "whole": WHOLE,
            "topic": TOPIC,
        }
        yield node.see("tests/e2e/tongues_phone.mjs", job, seconds=400)


@pytest.mark.real
def test_axe_finds_nothing_in_any_view(seen: dict[str, Any]) -> None:
    assert seen["troubles"] == []
    assert set(seen) == {*EVERY, "troubles"}


@pytest.mark.real
@pytest.mark.parametrize("tongue", EVERY)
def test_no_word_is_cut_on_the_narrowest_phone(seen: dict[str, Any], tongue: str) -> None:
    for page in ("topics", "inbox"):
        assert seen[tongue][page]["wide"] == []
        assert max(seen[tongue][page]["lines"]) <= 2, "the doors take too much of the screen"


@pytest.mark.real
@pytest.mark.parametrize("tongue", WHOLE)
def test_choosing_being_asked_pausing_and_a_city_that_is_away_are_told(
    seen: dict[str, Any], tongue: str
) -> None:
    said, found = words_of(tongue), seen[tongue]["following"]
    assert found["unmarked"] == []
    assert len(DAY.findall(found["child"])) == 2, "days are figures alone"
    assert said["phone.ask.chosen"].replace("{count}", "1") in found["asked"]
    for name in ("phone.ask.often", "phone.ask.next", "topic.health.often"):
        assert said[name] in found["asked"], name
    for name in ("phone.following.mine", "topic.health.name", "phone.following.knows"):
        assert said[name] in found["following"], name
    assert DAY.search(found["paused"])
    assert found["failed"] == said["phone.following.failed"]


@pytest.mark.real
@pytest.mark.parametrize("tongue", WHOLE)
def test_the_notice_is_the_citys_and_the_inbox_opens_without_a_network(
    seen: dict[str, Any], tongue: str
) -> None:
    said, found = words_of(tongue), seen[tongue]["reading"]
    assert found["unmarked"] == []
    assert found["title"] == [TITLE, "ja"]
    assert TITLE in found["shelf"]
    assert found["door"].endswith(f"1{said['phone.door.unread']}")
    for name in ("notice.only_japanese", "notice.why_area_all", "notice.genuine_never"):
        assert said[f"phone.{name}"] in found["notice"], name
    assert (
        said["phone.notice.why_topic"].replace("{topic}", said["topic.health.name"])
        in (found["notice"])
    )
    assert TITLE in found["offline"]
    assert said["phone.inbox.down"] in found["offline"]
    assert found["offlineTopics"] == said["phone.following.headline"]


@pytest.mark.real
@pytest.mark.parametrize("tongue", WHOLE)
def test_who_leaves_and_who_cannot_be_told_reads_why(seen: dict[str, Any], tongue: str) -> None:
    said, found = words_of(tongue), seen[tongue]["leaving"]
    assert said["phone.left.lead"] in found["left"]
    for name in ("denied_head", "denied_android", "denied_iphone", "denied_still"):
        assert said[f"phone.kept.{name}"] in found["denied"], name
    for name in ("homescreen_head", "homescreen_1", "homescreen_2", "homescreen_note"):
        assert said[f"phone.kept.{name}"] in found["homescreen"], name
