"""Whose a thing is: by the settings, handed over, of an office that is gone, of none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke import config
from todoke.core import offices
from todoke.core.errors import TodokeError
from todoke.core.offices import Offices

TWO: dict[str, Any] = {
    "kodomo": {"name": "見本こども課", "procedures": ["p"], "topics": ["t"]},
    "kenko": {"name": {"ja": "見本けんこう課"}, "bills": ["nursery_fee"], "rest": True},
}
CODES = ("a", "b", "c")
things = st.tuples(st.sampled_from(("application", "notice")), st.text("xy", max_size=2))
codes = st.sampled_from((*CODES, "gone"))


def made(found: dict[str, Any]) -> Offices:
    settings = {"public_url": "https://todoke.example-city.lg.jp", "offices": found}
    return config.build(settings, Path(), Path()).offices


def test_a_thing_belongs_to_the_office_that_names_it_and_else_to_the_rest() -> None:
    two = made(TWO)
    assert two.of("application", "p") == "kodomo"
    assert two.of("notice", "t") == "kodomo"
    assert two.of("notice", "p") == "kenko"
    assert two.of("application", "new-one") == "kenko"
    assert two.names["kodomo"] == {"ja": "見本こども課"}


def test_what_was_handed_over_stays_there_while_the_settings_know_the_office() -> None:
    two = made(TWO)
    assert two.of("application", "p", "kenko") == "kenko"
    assert two.of("application", "p", "gone") == "kodomo"


def test_a_city_without_offices_hides_nothing() -> None:
    none = made({})
    assert none.may(frozenset(), "application", "p")
    assert none.may(None, "application", "p")


def test_a_clerk_without_an_office_sees_nothing_and_the_operator_everything() -> None:
    two = made(TWO)
    assert not two.may(frozenset(), "application", "p")
    assert not two.may(frozenset({"gone"}), "application", "p")
    assert two.may(None, "application", "p")


@pytest.mark.parametrize(
    "wrong",
    [
        7,
        {"Kodomo": {"name": "a", "rest": True}},
        {"kodomo": {"rest": True}},
        {"kodomo": {"name": {"en": "a"}, "rest": True}},
        {"kodomo": {"name": "a", "rest": "yes"}},
        {"kodomo": {"name": "a"}},
        {**TWO, "third": {"name": "a", "rest": True}},
        {**TWO, "third": {"name": "a", "procedures": ["p"]}},
        {**TWO, "third": {"name": "a", "bills": ["unknown"]}},
        {**TWO, "third": {"name": "a", "topics": "t"}},
        {**TWO, "third": {"name": "a", "procedure": ["x"]}},
        {f"o{number}": {"name": "a", "rest": number == 0} for number in range(offices.MOST + 1)},
    ],
)
def test_settings_that_leave_open_whose_a_thing_is_are_refused(wrong: Any) -> None:
    with pytest.raises(TodokeError) as caught:
        made(wrong)
    assert caught.value.code == "setting_invalid"
    assert str(caught.value.details["field"]).startswith("offices")


def test_a_name_that_the_site_does_not_know_is_found() -> None:
    assert offices.unknown(made(TWO), {"p"}, {"t"}) is None
    assert offices.unknown(made(TWO), {"q"}, {"t"}) == "p"
    assert offices.unknown(made(TWO), {"p"}, {"q"}) == "t"


@given(
    st.dictionaries(things, st.sampled_from(CODES)),
    st.sampled_from(CODES),
    st.frozensets(codes),
    things,
    st.none() | codes,
)  # fmt: skip
def test_each_thing_is_seen_from_exactly_one_office(
    owns: dict[tuple[str, str], str],
    rest: str,
    held: frozenset[str],
    thing: tuple[str, str],
    given_to: str | None,
) -> None:
    city = Offices({each: {"ja": each} for each in CODES}, owns, rest)
    seen_from = [each for each in CODES if city.may({each}, *thing, given_to)]
    assert len(seen_from) == 1
    assert city.may(held, *thing, given_to) == (seen_from[0] in held)
