"""The age a city sets takes the place of the one its rule marks, to the day, in Python and on the
phone; a mark that marks no age, and an age where none is marked, are refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parts.eligibility_world import asked_of_the_phone, published
from todoke import config
from todoke.adapters.site_folder import read
from todoke.core import catalogue, city_ages, eligibility, facts, parameters
from todoke.core.catalogue import Catalogue
from todoke.core.errors import TodokeError
from todoke.core.facts import FactValue
from todoke.core.site_yaml import SiteFile
from todoke.press import catalogue_json

ROOT = Path(__file__).parents[2]
FILES = read(ROOT / "site")
NATIONAL = catalogue.parse({path: body for path, body in FILES.items() if path != "todoke.toml"})
MARKED = [id for id, each in NATIONAL.procedures.items() if each.ages_at is not None]
#: what beside the age makes a family fit
OTHERWISE: Mapping[str, FactValue] = {
    "resident.in_municipality": True,
    "parent.need_for_care": "work",
    "child.parents_divorced": True,
    "claimant.de_facto_marriage": False,
}


def city(id: str, **limit: Any) -> Catalogue:
    own = {**limit, "as_of": "2026-04", "source": {"title": "条例"}}
    tables: Any = {"procedures": {id: {"ages": own}}}
    return parameters.apply(NATIONAL, SiteFile("todoke.toml", tables, {}))


def here(there: Catalogue, id: str, on: str, given: Mapping[str, FactValue]) -> str:
    known = facts.known(there.facts, given, date.fromisoformat(on))
    return eligibility.judge(eligibility.whole_rule(there.procedures[id]), known).answer


def on_the_phone(there: Catalogue, cases: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of the rules as catalogue.json has them."""
    city_of = config.load(ROOT, ROOT / "data", {}, "https://city.minatono.example")
    shown = [catalogue_json.procedure(city_of, each) for each in there.procedures.values()]
    files = {"facts": published()["facts"], "catalogue": {"procedures": shown}}
    return [each["verdicts"][0]["answer"] for each in asked_of_the_phone(files, cases)]


#: procedure, limit, birthday, then day -> answer: the day before a border, the day, the day after
BORDERS: Sequence[tuple[str, Mapping[str, Any], str, Mapping[str, str]]] = [
    # 学校教育法17条1項: the third year ends on 31 March
    ("ky-gakudo", {"to": "elementary_3"}, "2017-04-02",
     {"2027-03-30": "yes", "2027-03-31": "yes", "2027-04-01": "no"}),
    ("ky-gakudo", {"to": "elementary_3"}, "2017-04-01",
     {"2026-03-30": "yes", "2026-03-31": "yes", "2026-04-01": "no"}),
    # it begins with school whatever it ends with; who enters next April applies before
    ("ky-gakudo", {"to": "elementary_3"}, "2020-04-02",
     {"2026-03-31": "no", "2026-04-01": "yes", "2027-04-01": "yes"}),
    ("ky-gakudo", {"under": 9}, "2017-11-22",
     {"2026-11-20": "yes", "2026-11-21": "yes", "2026-11-22": "no"}),
    ("ho-byoji", {"to": "elementary_3", "from_months": 6}, "2026-05-31",
     {"2026-11-29": "no", "2026-11-30": "no", "2026-12-01": "yes"}),
    ("ho-byoji", {"to": "elementary_3", "from_months": 6}, "2017-04-02",
     {"2027-03-30": "yes", "2027-03-31": "yes", "2027-04-01": "no"}),
    # longer than elsewhere
    ("ho-byoji", {"to": "junior_high_3"}, "2011-04-02",
     {"2027-03-30": "yes", "2027-03-31": "yes", "2027-04-01": "no"}),
    ("si-famisapo", {"under": 10, "from_months": 2}, "2016-11-22",
     {"2026-11-20": "yes", "2026-11-21": "yes", "2026-11-22": "no"}),
    # 29 February: twenty is reached when 28 February ends (民法143条)
    ("hi-iryo", {"under": 20}, "2008-02-29",
     {"2028-02-27": "yes", "2028-02-28": "yes", "2028-02-29": "no"}),
    ("hi-iryo", {"under": 19}, "2008-02-29",
     {"2027-02-27": "yes", "2027-02-28": "yes", "2027-03-01": "no"}),
    ("si-short", {"to": "before_school"}, "2020-04-01",
     {"2026-03-30": "yes", "2026-03-31": "yes", "2026-04-01": "no"}),
]  # fmt: skip


@pytest.mark.parametrize(("id", "limit", "birth", "days"), BORDERS)
def test_the_age_of_the_city_holds_to_the_day_here_and_on_the_phone(
    id: str, limit: Mapping[str, Any], birth: str, days: Mapping[str, str]
) -> None:
    there = city(id, **limit)
    known = {**OTHERWISE, "child.birth_date": birth}
    assert {on: here(there, id, on, known) for on in days} == days
    cases = [{"procedures": [id], "facts": known, "on": on} for on in days]
    assert dict(zip(days, on_the_phone(there, cases), strict=True)) == days


def test_the_city_s_age_is_another_one_than_the_law_s() -> None:
    """Else the borders above would hold without it."""
    known = {**OTHERWISE, "child.birth_date": "2017-04-02"}
    assert here(NATIONAL, "ky-gakudo", "2027-04-01", known) == "yes"
    assert here(city("ky-gakudo", to="elementary_3"), "ky-gakudo", "2027-04-01", known) == "no"


_LIMIT = st.fixed_dictionaries({}, optional={"from_months": st.integers(1, 11)}).flatmap(
    lambda begins: st.one_of(
        st.sampled_from(city_ages.LAST_YEARS).map(lambda to: {"to": to, **begins}),
        st.integers(1, 20).map(lambda years: {"under": years, **begins}),
    )
)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([each for each in MARKED if each != "ky-gakudo"]),
    _LIMIT,
    st.dates(date(2003, 1, 1), date(2026, 11, 22)),
    st.dates(date(2026, 11, 22), date(2027, 5, 1)),
)
def test_any_age_decides_as_it_is_said(
    id: str, limit: dict[str, Any], born: date, on: date
) -> None:
    known = {**OTHERWISE, "child.birth_date": born.isoformat()}
    months, grade = facts.age_months(born, on), facts.school_grade(born, on)
    if "under" in limit:
        fits = months < limit["under"] * 12
    else:
        last = {"before_school": 0, "junior_high_3": 9, "high_school_3": 12}
        last |= {f"elementary_{year}": year for year in range(1, 7)}
        fits = grade <= last[limit["to"]]
    fits = fits and months >= limit.get("from_months", 0)
    assert here(city(id, **limit), id, on.isoformat(), known) == ("yes" if fits else "no")


def test_nothing_else_of_the_procedure_changes_and_the_page_hears_the_age() -> None:
    for id in MARKED:
        changed, before = city(id, to="elementary_2").procedures[id], NATIONAL.procedures[id]
        assert changed.own["ages"].value == {"to": "elementary_2"}
        assert changed.eligibility != before.eligibility
        assert catalogue_json.filled(changed) | {"eligibility": 0, "own": 0} == (
            catalogue_json.filled(before) | {"eligibility": 0, "own": 0}
        )


def test_the_mark_stays_in_its_file() -> None:
    assert "city_decides" not in str([each.eligibility for each in NATIONAL.procedures.values()])
    assert set(MARKED) >= {"ky-gakudo", "ho-byoji", "si-famisapo", "hi-iryo"}


# ------------------------------------------------------------------------- what is refused
def refused(body: str, path: str = "todoke.toml") -> Mapping[str, Any]:
    with pytest.raises(TodokeError) as caught:
        catalogue.parse({**FILES, path: body.encode()})
    assert caught.value.code == "site_file_invalid"
    return caught.value.details


@pytest.mark.parametrize(
    ("id", "line", "field", "rule"),
    [
        ("ky-gakudo", 'to = "before_school"', "to", "known value"),
        ("ky-gakudo", "under = 6", "under", "from 7"),
        ("ky-gakudo", 'to = "elementary_3"\nfrom_months = 6', "from_months", "primary school"),
        ("ho-byoji", "under = 1\nfrom_months = 12", "from_months", "younger"),
        ("ho-byoji", 'to = "elementary_3"\nfrom_months = 72', "from_months", "whole"),
        ("ho-byoji", "from_months = 6", "to", "either"),
        ("ho-byoji", 'to = "elementary_3"\nunder = 9', "to", "either"),
        ("ir-kodomo", "under = 3\nfrom_months = 6", "from_months", "begins at birth"),
    ],
)
def test_an_age_that_cannot_be_is_named(id: str, line: str, field: str, rule: str) -> None:
    decided = 'as_of = "2026-04"\nsource = { title = "条例" }'
    details = refused(f"[procedures.{id}.ages]\n{line}\n{decided}")
    assert details["field"] == f"procedures.{id}.ages.{field}"
    assert rule in details["rule"]


def test_who_sets_an_age_of_the_law_hears_which_ages_a_city_may_set() -> None:
    decided = 'as_of = "2026-04"\nsource = { title = "条例" }'
    details = refused(f"[procedures.jt-nintei.ages]\nunder = 3\n{decided}")
    assert details["field"] == "procedures.jt-nintei.ages"
    assert "no age that a city decides" in details["rule"]
    for id in (*MARKED, "ir-kodomo"):
        assert id in details["next"]


_AGE = "fact: child.age_years, op: lt, value: 18"


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (f"{{{_AGE}, city_decides: hours}}", "says ages"),
        (f"{{not: {{{_AGE}, city_decides: ages}}}}", "below not"),
        (f"{{all: [{{{_AGE}, city_decides: ages}}, {{{_AGE}, city_decides: ages}}]}}", "one cond"),
        ("{fact: child.age_years, op: ge, value: 3, city_decides: ages}", "upper limit"),
        ("{fact: child.insured, op: eq, value: true, city_decides: ages}", "upper limit"),
        ("{fact: child.elementary_school, op: eq, value: false, city_decides: ages}", "upper"),
        (f"{{all: [{{{_AGE}}}], city_decides: ages}}", "a rule is"),
    ],
)
def test_a_mark_that_marks_no_limit_of_age_is_refused(rule: str, says: str) -> None:
    body = FILES["procedures/si-short.yaml"].decode()
    start, end = body.index("eligibility:"), body.index("deadline:")
    marked = f"{body[:start]}eligibility: {rule}\n{body[end:]}"
    details = refused(marked, "procedures/si-short.yaml")
    assert details["field"].startswith("eligibility")
    assert says in details["rule"]
