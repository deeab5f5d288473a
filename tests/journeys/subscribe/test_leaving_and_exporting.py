"""A phone leaves and nothing stays but the fact, or takes along a copy of all that is kept."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.parts.following import TOPICS, change_as_page, follow_rows, row_count, unless
from tests.parts.town import Phone, Town
from todoke.core.errors import TodokeError
from todoke.journeys import subscribe


# ------------------------------------------------------------------ leave
def test_whoever_leaves_leaves_nothing_behind_but_the_fact(town: Town, tmp_path: Path) -> None:
    stays = town.join(area="kita")
    phone = town.join(area="kita", topics=TOPICS, cohorts=[2023])
    change_as_page(town, phone, **Phone(50).device())
    subscribe.leave(town.services, phone.token)
    assert town.services.store.get("subscription", phone.id) is None
    assert town.followers("nursery") == {"*|*": 1, "kita|*": 1}
    assert town.followers("vaccines") == {}
    assert follow_rows(town) == [stays.id]
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


def test_a_change_after_leaving_brings_nothing_back(town: Town) -> None:
    phone = town.join()
    record = subscribe.subscription_of(town.services, phone.token)
    subscribe.leave(town.services, phone.token)
    with pytest.raises(TodokeError, match="token_refused"):
        subscribe.change(town.services, record, {"area": "kita"})
    assert (row_count(town), town.followers()) == (0, {})


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
