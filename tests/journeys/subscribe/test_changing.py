"""A phone changes its choices, pauses, or moves to a new endpoint, and stays one row."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.parts.following import TOPICS, change_as_page, follow_rows, row_count
from tests.parts.town import Phone, Town
from todoke.core.errors import TodokeError
from todoke.core.subscription import endpoint_hash
from todoke.journeys import subscribe

pytestmark = pytest.mark.also_late


# ------------------------------------------------------------------ change
def test_a_change_keeps_what_it_does_not_name_and_the_token(town: Town) -> None:
    phone = town.join(area="kita", cohorts=[2023, 2024], language="easy")
    shown = change_as_page(town, phone, show="title")
    assert (shown["area"], shown["cohorts"], shown["language"], shown["show"]) == (
        "kita",
        [2023, 2024],
        "easy",
        "title",
    )
    assert change_as_page(town, phone, area=None)["area"] is None
    assert town.followers() == {"*|*": 1, "*|2023": 1, "*|2024": 1}


def test_a_change_of_area_keeps_the_day_of_following_and_a_new_topic_begins_today(
    town: Town,
) -> None:
    phone = town.join()
    joined = town.clock.unix()
    town.clock.turn(1000)
    change_as_page(town, phone, area="kita", topics=TOPICS)
    since = {
        topic: town.services.store.find("follows_by_topic", topic).records[0].data["since"]
        for topic in TOPICS
    }
    assert since == {"nursery": joined, "vaccines": joined + 1000}


def test_what_the_site_no_longer_offers_stays_until_the_person_changes_it(town: Town) -> None:
    phone = town.join(topics=TOPICS, cohorts=[2023])
    app = town.services.blobs.get("app.json")
    assert app is not None
    offer = json.loads(app.body)
    offer["topics"] = offer["topics"][:1]
    offer["cohorts"] = offer["cohorts"][:1]
    town.services.blobs.put("app.json", json.dumps(offer).encode())
    assert change_as_page(town, phone, show="title")["topics"] == TOPICS
    with pytest.raises(TodokeError, match="bad_field"):
        change_as_page(town, phone, topics=TOPICS)
    assert change_as_page(town, phone, topics=["nursery"])["topics"] == ["nursery"]


def test_a_pause_is_set_and_taken_back(town: Town) -> None:
    phone = town.join()
    until = town.clock.unix() + 1000
    assert change_as_page(town, phone, paused_until=until)["paused_until"] == until
    assert change_as_page(town, phone, area="kita")["paused_until"] == until
    assert change_as_page(town, phone, paused_until=None)["paused_until"] is None
    with pytest.raises(TodokeError, match="bad_field"):
        change_as_page(town, phone, paused_until="tomorrow")


def test_a_refused_change_changes_nothing(town: Town) -> None:
    phone = town.join(area="kita")
    bodies: list[dict[str, Any]] = [
        {"area": None, "topics": ["nowhere"]},
        {"area": None, "x": 1},
        {"endpoint": "https://x/"},
    ]
    for body in bodies:
        with pytest.raises(TodokeError):
            change_as_page(town, phone, **body)
    record = subscribe.subscription_of(town.services, phone.token)
    assert (record.data["area"], record.version) == ("kita", 1)


def test_racing_changes_leave_true_counts(town: Town) -> None:
    phone = town.join()
    areas = ["kita", "minato", None]

    def change(number: int) -> None:
        topics = [TOPICS[number % 2]]
        change_as_page(town, phone, area=areas[number % 3], topics=topics, cohorts=[2023])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(change, range(24)))
    record = subscribe.subscription_of(town.services, phone.token)
    area = record.data["area"]
    expected = {"*|*": 1, "*|2023": 1} | ({f"{area}|*": 1, f"{area}|2023": 1} if area else {})
    for topic in TOPICS:
        followed = topic in record.data["topics"]  # type: ignore[operator]
        assert town.followers(topic) == (expected if followed else {})
        assert follow_rows(town, topic) == ([phone.id] if followed else [])


def test_a_page_whose_token_was_replaced_meanwhile_changes_nothing(town: Town) -> None:
    phone = town.join(area="kita")
    record = subscribe.subscription_of(town.services, phone.token)
    anew, _ = subscribe.follow(town.services, {**phone.device(), "topics": ["nursery"]})
    with pytest.raises(TodokeError, match="token_refused"):
        subscribe.change(town.services, record, {"topics": ["vaccines"]})
    kept = subscribe.subscription_of(town.services, str(anew["token"])).data
    assert (kept["topics"], kept["area"]) == (["nursery"], None)


# ------------------------------------------------------------------ the browser's new endpoint
def test_a_new_endpoint_keeps_id_token_and_counts(town: Town) -> None:
    phone, moved = town.join(area="kita"), Phone(50)
    shown = change_as_page(town, phone, **moved.device())
    assert shown["id"] == phone.id
    assert shown["endpoint_hash"] == endpoint_hash(moved.endpoint)
    assert (row_count(town), town.followers()) == (1, {"*|*": 1, "kita|*": 1})


def test_a_moved_browser_that_follows_again_finds_its_row(town: Town) -> None:
    phone, moved = town.join(), Phone(50)
    change_as_page(town, phone, **moved.device())
    again, is_new = subscribe.follow(town.services, {**moved.device(), "topics": ["nursery"]})
    assert (again["id"], is_new) == (phone.id, False)
    assert (row_count(town), town.followers()) == (1, {"*|*": 1})


def test_a_browser_may_move_many_times_and_back(town: Town) -> None:
    phone = town.join()
    for number in (50, 51, 52, 50):
        change_as_page(town, phone, **Phone(number).device())
    change_as_page(town, phone, **phone.device())
    again, is_new = subscribe.follow(town.services, {**phone.device(), "topics": ["nursery"]})
    assert (again["id"], is_new) == (phone.id, False)
    # what it moved away from is free for a browser that is really another
    other, is_new = subscribe.follow(town.services, {**Phone(50).device(), "topics": ["nursery"]})
    assert is_new
    assert other["id"] != phone.id
    assert town.followers() == {"*|*": 2}


def test_a_browser_that_followed_anew_before_moving_is_merged_into_one_row(town: Town) -> None:
    phone, moved = town.join(), Phone(50)
    second, _ = subscribe.follow(town.services, {**moved.device(), "topics": TOPICS})
    change_as_page(town, phone, **moved.device())
    assert follow_rows(town) == [phone.id]
    assert (town.followers("nursery"), town.followers("vaccines")) == ({"*|*": 1}, {})
    with pytest.raises(TodokeError, match="token_refused"):
        subscribe.subscription_of(town.services, str(second["token"]))


def test_moving_and_following_anew_at_once_ends_with_one_row(town: Town) -> None:
    for number in range(10):
        phone, moved = town.join(), Phone(100 + number)
        body = {**moved.device(), "topics": ["nursery"]}
        with ThreadPoolExecutor(2) as pool:
            moving = pool.submit(lambda: change_as_page(town, phone, **moved.device()))  # noqa: B023
            following = pool.submit(lambda: subscribe.follow(town.services, body))  # noqa: B023
            moving.result()
            following.result()
        rows = [
            each
            for each in follow_rows(town)
            if (record := town.services.store.get("subscription", each)) is not None
            and record.data["endpoint"] == moved.endpoint
        ]
        assert len(rows) == 1
    assert town.followers() == {"*|*": 10}
