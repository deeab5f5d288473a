"""Following, changing, pausing, leaving, exporting: one browser, one row, true counts."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.parts.town import Phone, Town
from todoke.core.errors import TodokeError
from todoke.core.subscription import endpoint_hash
from todoke.journeys import subscribe

TOPICS = ["nursery", "vaccines"]


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town.open(tmp_path)


def _follows(town: Town, topic: str = "nursery") -> list[str]:
    page = town.services.store.find("follows_by_topic", topic, limit=1000)
    return [str(each.data["subscription"]) for each in page.records]


def _change(town: Town, phone: Phone, **body: Any) -> dict[str, Any]:
    record = subscribe.subscription_of(town.services, phone.token)
    return subscribe.change(town.services, record, body)


def _rows(town: Town) -> int:
    return len({each for topic in TOPICS for each in _follows(town, topic)})


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
        assert _follows(town, topic) == [record.id]
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
    assert len(_follows(town)) == 2
    _, is_new = subscribe.follow(town.services, {**bodies[0], "topics": ["vaccines"]})
    assert not is_new  # whoever is already there goes on as before


def test_the_same_browser_again_gets_a_new_token_and_no_second_row(town: Town) -> None:
    phone = town.join(cohorts=[2023])
    again, is_new = subscribe.follow(town.services, {**phone.device(), "topics": ["vaccines"]})
    assert not is_new
    assert again["id"] == phone.id
    with pytest.raises(TodokeError, match="token_refused"):
        subscribe.subscription_of(town.services, phone.token)
    assert subscribe.subscription_of(town.services, str(again["token"])).id == phone.id
    assert (town.followers("nursery"), town.followers("vaccines")) == ({}, {"*|*": 1})
    assert _follows(town, "nursery") == []


def test_a_browser_posted_by_eight_threads_at_once_has_one_row(town: Town) -> None:
    phone = Phone(1)
    body = {**phone.device(), "topics": TOPICS, "area": "kita"}
    with ThreadPoolExecutor(8) as pool:
        shown = list(pool.map(lambda _: subscribe.follow(town.services, body), range(16)))
    assert len({each["id"] for each, _ in shown}) == 1
    assert [is_new for _, is_new in shown].count(True) == 1
    assert len({str(each["token"]) for each, _ in shown}) == 16
    assert (_rows(town), town.followers()) == (1, {"*|*": 1, "kita|*": 1})
    alive = 0
    for each, _ in shown:
        try:
            subscribe.subscription_of(town.services, str(each["token"]))
        except TodokeError:
            continue
        alive += 1
    assert alive == 1


def test_racing_changes_leave_true_counts(town: Town) -> None:
    phone = town.join()
    areas = ["kita", "minato", None]

    def change(number: int) -> None:
        topics = [TOPICS[number % 2]]
        _change(town, phone, area=areas[number % 3], topics=topics, cohorts=[2023])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(change, range(24)))
    record = subscribe.subscription_of(town.services, phone.token)
    area = record.data["area"]
    expected = {"*|*": 1, "*|2023": 1} | ({f"{area}|*": 1, f"{area}|2023": 1} if area else {})
    for topic in TOPICS:
        followed = topic in record.data["topics"]  # type: ignore[operator]
        assert town.followers(topic) == (expected if followed else {})
        assert _follows(town, topic) == ([phone.id] if followed else [])


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
    assert (_rows(town), town.followers()) == (0, {})


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


def test_the_store_keeps_no_token(town: Town, tmp_path: Path) -> None:
    phone = town.join()
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert phone.id.encode() in stored
    assert phone.token.encode() not in stored
    assert phone.token.partition(".")[2].encode() not in stored


# ------------------------------------------------------------------ change
def test_a_change_keeps_what_it_does_not_name_and_the_token(town: Town) -> None:
    phone = town.join(area="kita", cohorts=[2023, 2024], language="easy")
    shown = _change(town, phone, show="title")
    assert (shown["area"], shown["cohorts"], shown["language"], shown["show"]) == (
        "kita",
        [2023, 2024],
        "easy",
        "title",
    )
    assert _change(town, phone, area=None)["area"] is None
    assert town.followers() == {"*|*": 1, "*|2023": 1, "*|2024": 1}


def test_a_change_of_area_keeps_the_day_of_following_and_a_new_topic_begins_today(
    town: Town,
) -> None:
    phone = town.join()
    joined = town.clock.unix()
    town.clock.turn(1000)
    _change(town, phone, area="kita", topics=TOPICS)
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
    assert _change(town, phone, show="title")["topics"] == TOPICS
    with pytest.raises(TodokeError, match="bad_field"):
        _change(town, phone, topics=TOPICS)
    assert _change(town, phone, topics=["nursery"])["topics"] == ["nursery"]


def test_a_pause_is_set_and_taken_back(town: Town) -> None:
    phone = town.join()
    until = town.clock.unix() + 1000
    assert _change(town, phone, paused_until=until)["paused_until"] == until
    assert _change(town, phone, area="kita")["paused_until"] == until
    assert _change(town, phone, paused_until=None)["paused_until"] is None
    with pytest.raises(TodokeError, match="bad_field"):
        _change(town, phone, paused_until="tomorrow")


def test_a_refused_change_changes_nothing(town: Town) -> None:
    phone = town.join(area="kita")
    bodies: list[dict[str, Any]] = [
        {"area": None, "topics": []},
        {"area": None, "x": 1},
        {"endpoint": "https://x/"},
    ]
    for body in bodies:
        with pytest.raises(TodokeError):
            _change(town, phone, **body)
    record = subscribe.subscription_of(town.services, phone.token)
    assert (record.data["area"], record.version) == ("kita", 1)


# ------------------------------------------------------------------ the browser's new endpoint
def test_a_new_endpoint_keeps_id_token_and_counts(town: Town) -> None:
    phone, moved = town.join(area="kita"), Phone(50)
    shown = _change(town, phone, **moved.device())
    assert shown["id"] == phone.id
    assert shown["endpoint_hash"] == endpoint_hash(moved.endpoint)
    assert (_rows(town), town.followers()) == (1, {"*|*": 1, "kita|*": 1})


def test_a_moved_browser_that_follows_again_finds_its_row(town: Town) -> None:
    phone, moved = town.join(), Phone(50)
    _change(town, phone, **moved.device())
    again, is_new = subscribe.follow(town.services, {**moved.device(), "topics": ["nursery"]})
    assert (again["id"], is_new) == (phone.id, False)
    assert (_rows(town), town.followers()) == (1, {"*|*": 1})


def test_a_browser_may_move_many_times_and_back(town: Town) -> None:
    phone = town.join()
    for number in (50, 51, 52, 50):
        _change(town, phone, **Phone(number).device())
    _change(town, phone, **phone.device())
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
    _change(town, phone, **moved.device())
    assert _follows(town) == [phone.id]
    assert (town.followers("nursery"), town.followers("vaccines")) == ({"*|*": 1}, {})
    with pytest.raises(TodokeError, match="token_refused"):
        subscribe.subscription_of(town.services, str(second["token"]))


def test_moving_and_following_anew_at_once_ends_with_one_row(town: Town) -> None:
    for number in range(10):
        phone, moved = town.join(), Phone(100 + number)
        body = {**moved.device(), "topics": ["nursery"]}
        with ThreadPoolExecutor(2) as pool:
            moving = pool.submit(lambda: _change(town, phone, **moved.device()))  # noqa: B023
            following = pool.submit(lambda: subscribe.follow(town.services, body))  # noqa: B023
            moving.result()
            following.result()
        rows = [
            each
            for each in _follows(town)
            if (record := town.services.store.get("subscription", each)) is not None
            and record.data["endpoint"] == moved.endpoint
        ]
        assert len(rows) == 1
    assert town.followers() == {"*|*": 10}


# ------------------------------------------------------------------ leave
def test_whoever_leaves_leaves_nothing_behind_but_the_fact(town: Town, tmp_path: Path) -> None:
    stays = town.join(area="kita")
    phone = town.join(area="kita", topics=TOPICS, cohorts=[2023])
    _change(town, phone, **Phone(50).device())
    subscribe.leave(town.services, phone.token)
    assert town.services.store.get("subscription", phone.id) is None
    assert town.followers("nursery") == {"*|*": 1, "kita|*": 1}
    assert town.followers("vaccines") == {}
    assert _follows(town) == [stays.id]
    with pytest.raises(TodokeError, match="token_refused"):
        subscribe.subscription_of(town.services, phone.token)
    left, is_new = subscribe.follow(town.services, {**Phone(50).device(), "topics": ["nursery"]})
    assert is_new, "an alias was left behind"
    acts = [each for each in town.desk.acts() if "subscription" in each[1]]
    assert ("citizen", "subscription_left", "subscription") in acts
    audit = json.dumps(
        [
            dict(each.data)
            for each in town.services.store.find("audit_by_month", "2026-11", limit=1000).records
        ]
    )
    for secret in (phone.id, phone.endpoint, "kita", "2023", str(left["id"])):
        assert secret not in audit.replace("2026", "")


def test_leaving_twice_is_fine_and_a_strangers_token_is_not(town: Town) -> None:
    phone, other = town.join(), town.join()
    forged = f"{phone.id}.{other.token.partition('.')[2]}"
    for wrong in (forged, "", "x", phone.id):
        with pytest.raises(TodokeError, match="token_refused"):
            subscribe.leave(town.services, wrong)
    subscribe.leave(town.services, phone.token)
    subscribe.leave(town.services, phone.token)
    assert town.followers() == {"*|*": 1}


def test_leaving_by_many_threads_at_once_counts_once(town: Town) -> None:
    town.join()
    phone = town.join()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: _leave_or_late(town, phone), range(8)))
    assert town.followers() == {"*|*": 1}


def _leave_or_late(town: Town, phone: Phone) -> None:
    with unless("token_refused"):
        subscribe.leave(town.services, phone.token)


@contextlib.contextmanager
def unless(code: str) -> Iterator[None]:
    """Lets this one error pass, and no other."""
    try:
        yield
    except TodokeError as error:
        if error.code != code:
            raise


def test_a_change_after_leaving_brings_nothing_back(town: Town) -> None:
    phone = town.join()
    record = subscribe.subscription_of(town.services, phone.token)
    subscribe.leave(town.services, phone.token)
    with pytest.raises(TodokeError, match="token_refused"):
        subscribe.change(town.services, record, {"area": "kita"})
    assert (_rows(town), town.followers()) == (0, {})


# ------------------------------------------------------------------ export
def test_an_export_holds_everything_kept_but_the_two_secrets(town: Town) -> None:
    phone = town.join(area="kita", cohorts=[2023], topics=TOPICS)
    notice = town.send()
    record = subscribe.subscription_of(town.services, phone.token)
    found = json.loads(json.dumps(subscribe.export(town.services, record)))
    shown = set(found["subscription"]) | set(found["kept_but_not_shown"])
    assert shown == set(record.data)
    assert found["subscription"]["endpoint"] == phone.endpoint
    assert [each["topic"] for each in found["follows"]] == TOPICS
    assert [each["notice"] for each in found["deliveries"]] == [notice]
    for secret in ("token_hash", "topic_secret"):
        assert str(record.data[secret]) not in json.dumps(found)


# ------------------------------------------------------------------ any history
_CHOICES = st.fixed_dictionaries(
    {"topics": st.lists(st.sampled_from(TOPICS), min_size=1, unique=True)},
    optional={
        "area": st.sampled_from([None, "kita", "minato"]),
        "cohorts": st.lists(st.sampled_from([2023, 2024]), unique=True),
    },
)
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["follow", "change", "move", "leave", "gone"]),
        st.integers(1, 3),
        st.integers(1, 5),
        _CHOICES,
    ),
    max_size=12,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(_STEPS)
def test_after_any_history_the_counts_are_those_of_the_rows(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, dict[str, Any]]]
) -> None:
    town = Town.open(tmp_path_factory.mktemp("town"))
    tokens: dict[int, str] = {}
    for act, person, device, choices in steps:
        token = tokens.get(person)
        with unless("token_refused"):
            if act == "follow":
                body = {**Phone(device).device(), **choices}
                tokens[person] = str(subscribe.follow(town.services, body)[0]["token"])
            elif token is not None:
                record = subscribe.subscription_of(town.services, token)
                if act == "change":
                    subscribe.change(town.services, record, choices)
                elif act == "move":
                    subscribe.change(town.services, record, Phone(device).device())
                elif act == "leave":
                    subscribe.leave(town.services, token)
                else:
                    subscribe.erase(town.services, record.id, "system", "subscription_gone")
    _assert_counts_are_true(town)


def _assert_counts_are_true(town: Town) -> None:
    endpoints: list[str] = []
    seen: set[str] = set()
    for topic in TOPICS:
        expected: dict[str, int] = {}
        for follow in town.services.store.find("follows_by_topic", topic, limit=1000).records:
            id = str(follow.data["subscription"])
            record = town.services.store.get("subscription", id)
            assert record is not None
            assert topic in record.data["topics"]  # type: ignore[operator]
            for name in ("area", "cohorts"):
                assert follow.data[name] == record.data[name]
            if id not in seen:
                seen.add(id)
                endpoints.append(str(record.data["endpoint"]))
            area, cohorts = record.data["area"], record.data["cohorts"]
            for place in ("*", *([area] if area else [])):
                for year in ("*", *cohorts):  # type: ignore[misc]
                    expected[f"{place}|{year}"] = expected.get(f"{place}|{year}", 0) + 1
        assert town.followers(topic) == expected
    assert len(endpoints) == len(set(endpoints)), "one browser has two rows"
