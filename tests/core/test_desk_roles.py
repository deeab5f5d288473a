"""Which roles go together, and where they lead."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from todoke.core.desk_roles import MAY, READERS, ROLES, may, refused

GROUPS = [each for number in range(1, 7) for each in combinations(ROLES, number)]


@pytest.mark.parametrize("group", GROUPS, ids="+".join)
def test_nobody_may_give_out_roles_and_read_records_nor_audit_herself(
    group: tuple[str, ...],
) -> None:
    held, allowed = set(group), refused(group) is None
    wanted = held == {"auditor"} or (
        "auditor" not in held and not ("administrator" in held and held & set(READERS))
    )
    assert allowed == wanted


@given(some.lists(some.sampled_from([*ROLES, "", "root", "Author"]), max_size=7))
def test_no_role_an_unknown_role_and_a_role_twice_are_refused(roles: list[str]) -> None:
    if not roles or len(set(roles)) != len(roles) or set(roles) - set(ROLES):
        assert refused(roles) == "one_of"


def test_an_auditor_reads_the_record_of_acts_and_nothing_else() -> None:
    places = {place for place in MAY if may(["auditor"], place)}
    assert places == {"own", "today", "record"}


def test_an_administrator_comes_near_no_record_of_a_person() -> None:
    places = {place for place in MAY if may(["administrator"], place)}
    # the check of the register shows numbers and reasons, and opens nobody
    assert places == {"own", "today", "record", "clerks", "register"}
