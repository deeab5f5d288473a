"""A phone follows: one browser is one row with one token, and the counts are true."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.parts.following import TOPICS, follow_rows, row_count
from tests.parts.town import Phone, Town
from todoke.core.errors import TodokeError
from todoke.core.subscription import endpoint_hash
from todoke.journeys import subscribe
from todoke.ports import Delete

pytestmark = pytest.mark.also_late


# ------------------------------------------------------------------ follow
def test_a_phone_follows_and_is_told_what_it_follows(town: Town) -> None:
    phone = Phone(1)
    body = {**phone.device(), "topics": TOPICS, "area": "kita", "cohorts": [2023], "show": "title"}
    shown, is_new = subscribe.follow(town.services, body)
    assert is_new
    record = subscribe.subscription_of(town.services, str(shown["token"]))
    assert subscribe.read(record) == {
        "ok": True,
        "id": record.id,
        "topics": ["nursery", "vaccines"],
        "area": "kita",
        "cohorts": [2023],
        "language": "ja",
        "show": "title",
        "paused_until": None,
        "created_at": town.clock.unix(),
        "endpoint_hash": endpoint_hash(phone.endpoint),
    }
    assert shown == {**subscribe.read(record), "token": shown["token"]}
    for topic in TOPICS:
        assert follow_rows(town, topic) == [record.id]
        cells = {"*|*": 1, "*|2023": 1, "kita|*": 1, "kita|2023": 1}
        assert town.followers(topic) == cells


def test_one_push_address_cannot_stand_for_a_crowd(town: Town) -> None:
    """However it is spelled: only the path tells push resources apart."""
    address = Phone(1).endpoint
    spellings = [address, address + "?1", address.replace("phone", "%70hone"), address + "?2"]
    bodies = [
        {**Phone(number).device(), "endpoint": spelling, "topics": ["nursery"]}
        for number, spelling in enumerate(spellings, 1)
    ]
    for body in bodies[:2]:
        subscribe.follow(town.services, body)
    for body in bodies[2:]:
        with pytest.raises(TodokeError) as caught:
            subscribe.follow(town.services, body)
        assert caught.value.details == {"rule": "crowded"}
    assert len(follow_rows(town)) == 2
    _, is_new = subscribe.follow(town.services, {**bodies[0], "topics": ["vaccines"]})
    assert not is_new  # whoever is already there goes on as before


def crowded(town: Town, number: int) -> bool:
    """Whether another browser is refused the push address of the first."""
    body = {**Phone(number).device(), "endpoint": Phone(1).endpoint, "topics": ["nursery"]}
    try:
        subscribe.follow(town.services, body)
    except TodokeError as error:
        return error.details == {"rule": "crowded"}
    return False


def test_one_push_address_cannot_stand_for_a_crowd_that_comes_at_once(town: Town) -> None:
    with ThreadPoolExecutor(12) as pool:
        refused = list(pool.map(lambda number: crowded(town, number), range(1, 13)))
    assert refused.count(False) == 2
    assert town.followers() == {"*|*": 2}


@pytest.mark.lists_on_time
def test_rows_that_are_older_than_the_count_of_their_address_are_counted(town: Town) -> None:
    assert not crowded(town, 1)
    assert not crowded(town, 2)
    row = town.services.store.get("subscription", follow_rows(town)[0])
    assert row is not None
    town.services.store.commit([Delete("push_resource", str(row.data["resource"]))])
    assert crowded(town, 3)


def test_whoever_leaves_makes_room_at_her_push_address(town: Town) -> None:
    bodies = [
        {**Phone(number).device(), "endpoint": Phone(1).endpoint, "topics": ["nursery"]}
        for number in range(1, 5)
    ]
    tokens = [str(subscribe.follow(town.services, body)[0]["token"]) for body in bodies[:2]]
    for token, body in zip(tokens, bodies[2:], strict=True):
        subscribe.leave(town.services, token)
        subscribe.follow(town.services, body)
    with pytest.raises(TodokeError, match="endpoint_refused"):
        subscribe.follow(town.services, bodies[0])


def test_the_same_browser_again_gets_a_new_token_and_no_second_row(town: Town) -> None:
    phone = town.join(cohorts=[2023])
    again, is_new = subscribe.follow(town.services, {**phone.device(), "topics": ["vaccines"]})
    assert not is_new
    assert again["id"] == phone.id
    with pytest.raises(TodokeError, match="token_refused"):
        subscribe.subscription_of(town.services, phone.token)
    assert subscribe.subscription_of(town.services, str(again["token"])).id == phone.id
    assert (town.followers("nursery"), town.followers("vaccines")) == ({}, {"*|*": 1})
    assert follow_rows(town, "nursery") == []


def test_a_browser_posted_by_eight_threads_at_once_has_one_row(town: Town) -> None:
    phone = Phone(1)
    body = {**phone.device(), "topics": TOPICS, "area": "kita"}
    with ThreadPoolExecutor(8) as pool:
        shown = list(pool.map(lambda _: subscribe.follow(town.services, body), range(16)))
    assert len({each["id"] for each, _ in shown}) == 1
    assert [is_new for _, is_new in shown].count(True) == 1
    assert len({str(each["token"]) for each, _ in shown}) == 16
    assert (row_count(town), town.followers()) == (1, {"*|*": 1, "kita|*": 1})
    alive = 0
    for each, _ in shown:
        try:
            subscribe.subscription_of(town.services, str(each["token"]))
        except TodokeError:
            continue
        alive += 1
    assert alive == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"endpoint": "https://evil.example/x"}, "endpoint_refused"),
        ({"endpoint": "https://127.0.0.1/x"}, "endpoint_refused"),
        ({"keys": {}}, "subscription_keys_refused"),
        ({"keys": None}, "subscription_keys_refused"),
        ({"topics": ["nowhere"]}, "bad_field"),
        ({"cohorts": [1990]}, "bad_field"),
        ({"area": "nowhere"}, "bad_field"),
        ({"name": "somebody"}, "unknown_field"),
        ({"paused_until": 5}, "unknown_field"),
        ({"token_hash": "0" * 64}, "unknown_field"),
        ({"created_at": 0}, "unknown_field"),
    ],
)
def test_a_bad_subscription_is_refused_and_nothing_is_kept(
    town: Town, change: dict[str, Any], code: str
) -> None:
    with pytest.raises(TodokeError) as refused:
        subscribe.follow(town.services, {**Phone(1).device(), "topics": ["nursery"], **change})
    assert refused.value.code == code
    assert (row_count(town), town.followers()) == (0, {})


@pytest.mark.parametrize("field", ["endpoint", "keys", "topics"])
def test_what_must_be_there_is_named(town: Town, field: str) -> None:
    body = {**Phone(1).device(), "topics": ["nursery"]}
    del body[field]
    with pytest.raises(TodokeError, match=f"missing_field: field={field}"):
        subscribe.follow(town.services, body)


def test_before_the_first_release_nobody_can_follow(town: Town) -> None:
    town.services.blobs.delete("app.json")
    with pytest.raises(TodokeError, match="storage_unavailable"):
        town.join()


# ------------------------------------------------------------------ tokens
def test_neither_endpoint_nor_id_opens_a_subscription(town: Town) -> None:
    phone = town.join()
    id, _, secret = phone.token.partition(".")
    other = town.join().token.partition(".")[2]
    for wrong in (id, f"{id}.", f"{id}.{other}", f"{'A' * 43}.{secret}", phone.endpoint, ""):
        with pytest.raises(TodokeError, match="token_refused"):
            subscribe.subscription_of(town.services, wrong)


@pytest.mark.looks_into_files
def test_the_store_keeps_no_token(town: Town, tmp_path: Path) -> None:
    phone = town.join()
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert phone.id.encode() in stored
    assert phone.token.encode() not in stored
    assert phone.token.partition(".")[2].encode() not in stored
