"""No amount is called verified for longer than what was read can know."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

from todoke.adapters.site_folder import read
from todoke.core import amounts, catalogue, verified
from todoke.core.benefits import Benefit, Period
from todoke.core.catalogue import Catalogue
from todoke.core.errors import TodokeError

ROOT = Path(__file__).parents[2]
CITY = catalogue.parse(read(ROOT / "site"))
REARING, CHILD, GRADES = "jidou_fuyou_teate", "jidou_teate", "tokubetsu_jidou_fuyou_teate"


def with_newest(id: str, kind: str = "versions", **changed: object) -> Catalogue:
    """The city with the newest period of a benefit changed."""
    benefit = CITY.benefits[id]
    periods: Sequence[Period] = getattr(benefit, kind)
    newest = dataclasses.replace(periods[-1], **changed)  # type: ignore[arg-type]
    other: Benefit = dataclasses.replace(benefit, **{kind: (*periods[:-1], newest)})  # type: ignore[arg-type]
    return dataclasses.replace(CITY, benefits={**CITY.benefits, id: other})


def faults(city: Catalogue) -> list[TodokeError]:
    return list(verified.wrong(city))


def test_the_amounts_of_the_site_say_no_more_than_their_sources() -> None:
    assert faults(CITY) == []
    for benefit in CITY.benefits.values():
        for each in (*benefit.versions, *benefit.limits):
            assert bool(each.verified_until) == bool(each.sources)


@pytest.mark.parametrize(
    ("date", "last"),
    [
        ("2026", "2027-03"),  # 2026年度
        ("2026-03", "2026-03"),
        ("2026-04", "2027-03"),
        ("2026-03-31", "2026-03"),
        ("2026-04-01", "2027-03"),
        ("2026-12-31", "2027-03"),
        ("2027-01-01", "2027-03"),
    ],
)
def test_a_source_speaks_until_its_fiscal_year_ends(date: str, last: str) -> None:
    source = dataclasses.replace(CITY.sources["jf_2026_example"], date=date)
    city = dataclasses.replace(
        with_newest(REARING, sources=("jf_2026_example",), verified_until=last),
        sources={**CITY.sources, "jf_2026_example": source},
    )
    assert faults(city) == []
    (later,) = amounts_of(city, REARING)
    year, month = divmod(int(last[:4]) * 12 + int(last[5:]), 12)
    after = f"{year:04d}-{month + 1:02d}"
    too_far = dataclasses.replace(later, verified_until=after)
    benefit = dataclasses.replace(
        city.benefits[REARING], versions=(*city.benefits[REARING].versions[:-1], too_far)
    )
    (fault,) = faults(dataclasses.replace(city, benefits={REARING: benefit}))
    assert fault.code == "site_file_invalid"
    assert str(fault.details["field"]).endswith(".verified_until")
    assert last in str(fault.details["next"])


def amounts_of(city: Catalogue, id: str) -> Sequence[Period]:
    return city.benefits[id].versions[-1:]


def test_the_newest_source_decides_and_one_without_a_date_says_nothing() -> None:
    assert faults(with_newest(REARING, sources=("openfisca_japan", "pages_kagoshima_2026"))) == []
    (fault,) = faults(with_newest(REARING, sources=("openfisca_japan",)))
    assert "no source says of which year it is" in str(fault.details["rule"])


def test_a_version_that_is_over_is_verified_to_its_end() -> None:
    over = CITY.benefits[CHILD].versions[0]
    assert (over.until, over.sources) == ("2024-09", ("openfisca_japan",))
    assert verified.last_month(CITY, over) == "2024-09"


def test_an_amount_that_the_law_states_holds_in_the_year_in_which_somebody_looked() -> None:
    """児童手当法6条 says the yen; the newest source that names it is of 2025."""
    newest = CITY.benefits[CHILD].versions[-1]
    assert verified.last_month(CITY, newest) == "2026-03"
    assert newest.verified_until == "2027-03"
    for looked in ("", "2026-03"):
        other = dataclasses.replace(CITY.benefits[CHILD], stated_in_law=looked)
        (fault,) = faults(dataclasses.replace(CITY, benefits={CHILD: other}))
        assert "2026-03" in str(fault.details["next"])


def test_when_somebody_last_looked_at_a_law_is_what_its_procedure_says() -> None:
    for benefit in CITY.benefits.values():
        pays = [one for one in CITY.procedures.values() if one.result.benefit == benefit.id]
        if benefit.stated_in_law:
            assert benefit.stated_in_law == max(each.as_of for each in pays if each.certain)


def test_what_no_source_states_nobody_has_verified() -> None:
    assert amounts_of(CITY, GRADES)[0].sources == ()
    (fault,) = faults(with_newest(GRADES, verified_until="2027-03"))
    assert "nobody has verified" in str(fault.details["rule"])


def test_a_family_hears_what_was_not_verified() -> None:
    def says(id: str, **facts: object) -> set[str]:
        return {each.key for each in amounts.compute(CITY.benefits, id, facts).steps}

    grades = {"grade1": 1, "grade2": 0, "income": 0, "dependents": 0,
              "guardian_income": 0, "guardian_dependents": 0}  # fmt: skip
    assert "uncertain_amount" in says(GRADES, month="2026-11", **grades)
    rearing = {"children": 1, "income": 0, "dependents": 0}
    assert "unverified_limit" in says(REARING, month="2026-11", **rearing)
    assert "unverified_amount" not in says(REARING, month="2026-11", **rearing)
    assert "unverified_amount" in says(REARING, month="2027-04", **rearing)
