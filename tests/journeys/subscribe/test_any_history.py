"""After whatever phones do in whatever order, the counts are those of the rows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.parts.following import TOPICS, unless
from tests.parts.town import Phone, Town
from todoke.journeys import subscribe

pytestmark = pytest.mark.slow_on_aws

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
