"""やりとり履歴: one person's acts and those about everybody, in one order, with what and why."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.parts.resident import logged_in
from todoke import assemble
from todoke.core.errors import TodokeError
from todoke.journeys import audit, bills, history
from todoke.ports import Services


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return assemble.fake(tmp_path)


def _note(
    services: Services, act: str, whose: str | None, subject: str = "x/1", **detail: str
) -> None:
    services.store.commit([audit.entry(services, "cli", act, subject, detail, resident=whose)])


def _all(services: Services, resident: str) -> list[history.Entry]:
    found: list[history.Entry] = []
    cursor = None
    for _ in range(100):
        page, cursor = history.entries(services, resident, cursor)
        found += page
        if cursor is None:
            return found
        assert len(page) == history.PAGE
    raise AssertionError("pages without end")


@pytest.mark.slow_on_aws
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(["hers", "everybody", "another"]), max_size=130))
def test_page_by_page_each_act_comes_once_and_newest_first(
    tmp_path_factory: pytest.TempPathFactory, whose: list[str]
) -> None:
    services = assemble.fake(tmp_path_factory.mktemp("history"))
    ids = {"hers": "R-1", "another": "R-2", "everybody": history.EVERYBODY}
    for number, each in enumerate(whose):
        _note(services, f"act_{number}", ids[each])
    wanted = [f"act_{n}" for n, each in enumerate(whose) if each != "another"]
    assert [each.act for each in _all(services, "R-1")] == wanted[::-1]


@pytest.mark.parametrize("cursor", ["junk", "", "9" * 500, "0 OR 1", "R-2"])
def test_a_cursor_that_is_none_of_ours_opens_nothing(services: Services, cursor: str) -> None:
    with pytest.raises(TodokeError) as refused:
        history.entries(services, "R-1", cursor)
    assert refused.value.code == "bad_field"


def test_each_entry_says_which_item_and_what_for(services: Services) -> None:
    person = logged_in(services)
    bill = bills.demonstration(services)
    for act, subject, detail in (
        ("bill_read", f"bill/{bill}", {"why": "phone_call"}),
        ("attachment_read", "application/T-00000-00000", {"file": "F-00000-00000"}),
        ("register_reported", "register/now", {}),
    ):
        whose = history.EVERYBODY if act == "register_reported" else person.resident
        _note(services, act, whose, subject, **detail)
    register, paper, read = history.entries(services, person.resident)[0][:3]
    assert (read.item, read.about, read.why) == ("bill", bill, "phone_call")
    assert read.named is not None
    assert sorted(read.named) == ["easy", "en", "ja"]
    assert (paper.about, paper.file, paper.named) == ("T-00000-00000", "F-00000-00000", None)
    assert (register.item, register.about, register.why) == ("register", None, None)


def test_the_name_of_somebody_elses_bill_is_not_told(services: Services) -> None:
    logged_in(services)
    bill = bills.demonstration(services)
    _note(services, "bill_read", "R-2", f"bill/{bill}")
    (entry,) = history.entries(services, "R-2")[0]
    assert entry.named is None
