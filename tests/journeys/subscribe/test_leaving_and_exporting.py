"""A phone leaves and nothing stays but the fact, or takes along a copy of all that is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.parts.following import TOPICS, change_as_page, follow_rows, row_count, unless
from tests.parts.push_answers import always
from tests.parts.town import Phone, Town
from todoke.core.errors import TodokeError
from todoke.journeys import subscribe
from todoke.ports import Record

pytestmark = pytest.mark.also_late


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
        list(pool.map(lambda _: subscribe.leave(town.services, phone.token), range(8)))
    assert town.followers() == {"*|*": 1}


@pytest.mark.parametrize("look", [1, 2, 3])
def test_whoever_follows_anew_while_an_old_page_leaves_goes_on_following(
    town: Town, look: int
) -> None:
    phone = town.join()
    new: list[str] = []

    def follow_anew() -> None:
        body = {**phone.device(), "topics": ["vaccines"]}
        new.append(str(subscribe.follow(town.services, body)[0]["token"]))

    meddled = Meddled(town.services.store, look, follow_anew)
    with unless("token_refused"):
        subscribe.leave(replace(town.services, store=meddled), phone.token)
    if new:
        assert subscribe.subscription_of(town.services, new[0]).data["topics"] == ["vaccines"]
        assert town.followers("vaccines") == {"*|*": 1}


@dataclass(slots=True)
class Meddled:
    """A store where something happens right after the subscription was looked at so often."""

    real: Any
    looks: int
    act: Callable[[], None]

    def get(self, kind: str, id: str) -> Record | None:
        """As the real one."""
        found: Record | None = self.real.get(kind, id)
        self.looks -= kind == "subscription"
        if self.looks == 0:
            self.looks -= 1
            self.act()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def test_a_change_after_leaving_brings_nothing_back(town: Town) -> None:
    phone = town.join()
    record = subscribe.subscription_of(town.services, phone.token)
    subscribe.leave(town.services, phone.token)
    with pytest.raises(TodokeError, match="token_refused"):
        subscribe.change(town.services, record, {"area": "kita"})
    assert (row_count(town), town.followers()) == (0, {})


# ------------------------------------------------------------------ export
@pytest.mark.lists_on_time
def test_an_export_holds_everything_kept_but_the_two_secrets(town: Town) -> None:
    phone = town.join(area="kita", cohorts=[2023], topics=TOPICS)
    town.send()  # accepted at once: where no list is late, nothing of it is kept
    town.push.answer = always("later", 503)
    notice = town.send()
    record = subscribe.subscription_of(town.services, phone.token)
    found = json.loads(json.dumps(subscribe.export(town.services, record)))
    shown = set(found["subscription"]) | set(found["kept_but_not_shown"])
    assert shown == set(record.data)
    assert found["subscription"]["endpoint"] == phone.endpoint
    assert [each["topic"] for each in found["follows"]] == TOPICS
    lists_are_late = town.services.store.lag > 0
    assert found["deliveries"][0]["notice"] == notice
    assert len(found["deliveries"]) == (2 if lists_are_late else 1)
    for secret in ("token_hash", "topic_secret"):
        assert str(record.data[secret]) not in json.dumps(found)
