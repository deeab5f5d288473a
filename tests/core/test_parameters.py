"""What a municipality decides itself: it holds for that procedure, with date and source, and for
no other."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from todoke import config
from todoke.adapters.site_folder import read
from todoke.core import catalogue, eligibility, facts, parameters
from todoke.core.catalogue import Catalogue
from todoke.core.errors import TodokeError
from todoke.core.site_yaml import SiteFile, Value

ROOT = Path(__file__).parents[2]
FILES = read(ROOT / "site")
NATIONAL = catalogue.parse({path: body for path, body in FILES.items() if path != "todoke.toml"})
DECIDED: Mapping[str, Value] = {
    "as_of": "2026-04",
    "source": {"title": "条例", "url": "https://city.example/"},
}
SUBSIDY = "child.within_subsidy_age"
INSURED: Mapping[str, facts.FactValue] = {"resident.in_municipality": True, "child.insured": True}


def with_tables(**tables: Any) -> Catalogue:
    return parameters.apply(NATIONAL, SiteFile("todoke.toml", tables, {}))


def with_own(id: str, **own: Any) -> Catalogue:
    given = {key: {**DECIDED, **each} for key, each in own.items()}
    return with_tables(procedures={id: given})


def refused(toml: str) -> Mapping[str, object]:
    with pytest.raises(TodokeError) as caught:
        catalogue.parse({**FILES, "todoke.toml": toml.encode()})
    assert caught.value.code == "site_file_invalid"
    assert caught.value.details["file"] == "site/todoke.toml"
    assert caught.value.details["next"]
    return caught.value.details


# ------------------------------------------------------------------------- what they change
def test_without_parameters_the_catalogue_stays_the_national_one() -> None:
    assert with_tables() == NATIONAL
    assert parameters.apply(NATIONAL, parameters.file(b'profile = "demonstration"')) == NATIONAL


def test_amounts_of_the_city_stand_where_the_national_ones_stood() -> None:
    changed = with_own("ir-kodomo", amounts={"value": ["月 1,000円"]}).procedures["ir-kodomo"]
    assert changed.result.amounts == ({"ja": "月 1,000円"},)
    assert changed.own["amounts"].as_of == "2026-04"
    assert changed.own["amounts"].source == {"ja": "条例"}
    assert changed.own["amounts"].url == "https://city.example/"


def test_a_deadline_in_days_counts_from_the_day_after() -> None:
    own = {"days": 30, "moments": ["move_in"]}
    deadline = with_own("ir-kodomo", deadline=own).procedures["ir-kodomo"].deadline
    assert (deadline.kind, deadline.moments) == ("relative", ("move_in",))
    assert deadline.length == catalogue.Span(30, "day")
    assert deadline.next_day  # 民法140条
    assert deadline.note is None, "that the city decides is no news any more"


def test_a_longer_deadline_keeps_what_the_law_counts_from() -> None:
    national = NATIONAL.procedures["jt-nintei"].deadline
    changed = with_own("jt-nintei", deadline={"days": 20}).procedures["jt-nintei"].deadline
    assert changed == replace(national, length=catalogue.Span(20, "day"))


def test_a_window_takes_the_place_of_days() -> None:
    changed = with_own("jt-nintei", deadline={"window": ["06-01", "02-29"]})
    deadline = changed.procedures["jt-nintei"].deadline
    assert (deadline.kind, deadline.from_md, deadline.to_md) == ("annual_window", "06-01", "02-29")
    assert (deadline.length, deadline.moments) == (None, ())


def test_a_note_alone_leaves_the_deadline() -> None:
    national = NATIONAL.procedures["jt-nintei"].deadline
    changed = with_own("jt-nintei", deadline={"note": "早めに"}).procedures["jt-nintei"].deadline
    assert changed == replace(national, note={"ja": "早めに"})


def test_online_and_signature_are_the_city_s() -> None:
    changed = with_own("ho-moushikomi", online={"value": "yes"}, signature={"value": "none"})
    online = changed.procedures["ho-moushikomi"].online
    assert (online.possible, online.signature) == ("yes", "none")


@pytest.mark.parametrize("key", ["hours", "counter", "post", "fee"])
def test_words_of_the_city_are_kept_as_they_are(key: str) -> None:
    words = {"ja": "午前だけ", "en": "Mornings only"}
    assert (
        with_own("jt-nintei", **{key: {"value": words}}).procedures["jt-nintei"].own[key].words
        == words
    )


# ------------------------------------------------------------------------- ages and facts
def answer(city: Catalogue, on: str, **given: facts.FactValue) -> eligibility.Verdict:
    there = facts.known(city.facts, given, date.fromisoformat(on))
    return eligibility.judge(eligibility.whole_rule(city.procedures["ir-kodomo"]), there)


@pytest.mark.parametrize(
    ("limit", "on", "birth", "wanted"),
    [
        ({"to": "high_school_3"}, "2027-03-31", "2008-04-02", "yes"),
        ({"to": "high_school_3"}, "2027-04-01", "2008-04-02", "no"),
        ({"to": "high_school_3"}, "2026-04-01", "2008-04-01", "no"),
        ({"to": "junior_high_3"}, "2026-03-31", "2010-04-02", "yes"),
        ({"to": "junior_high_3"}, "2026-04-01", "2010-04-02", "no"),
        ({"to": "before_school"}, "2026-03-31", "2019-04-02", "yes"),
        ({"to": "before_school"}, "2026-04-01", "2019-04-02", "no"),
        ({"under": 3}, "2026-04-30", "2023-05-01", "yes"),
        ({"under": 3}, "2026-05-01", "2023-05-01", "no"),
    ],
)
def test_the_age_that_the_city_set_decides(
    limit: Mapping[str, Value], on: str, birth: str, wanted: str
) -> None:
    for city in (
        with_own("ir-kodomo", ages=limit),
        with_tables(facts={SUBSIDY: {**DECIDED, **limit}}),
    ):
        known: dict[str, facts.FactValue] = {**INSURED, "child.birth_date": birth}
        assert answer(city, on, **known).answer == wanted
        assert answer(NATIONAL, on, **known).ask == (SUBSIDY,)


def test_what_a_person_states_beats_the_limit_of_the_city() -> None:
    city = with_own("ir-kodomo", ages={"to": "before_school"})
    known: dict[str, facts.FactValue] = {**INSURED, "child.birth_date": "2010-05-05", SUBSIDY: True}
    assert answer(city, "2026-11-22", **known).answer == "yes"
    assert answer(city, "2026-11-22", **INSURED).ask == (SUBSIDY,)


def test_a_fact_of_the_city_is_asked_of_nobody() -> None:
    for said in (True, False):
        city = with_tables(facts={"municipality.requested_report": {**DECIDED, "value": said}})
        there = facts.known(city.facts, {}, date(2026, 11, 22))
        assert there.values["municipality.requested_report"] is said
        assert city.city_facts["municipality.requested_report"].value is said


# ------------------------------------------------------------------------- nothing else changes
_WORDS = st.fixed_dictionaries({"value": st.sampled_from(["あ", "午前だけ", "2階"])})
_OWN = st.fixed_dictionaries(
    {},
    optional={
        "amounts": st.fixed_dictionaries({"value": st.just(["1,000円"])}),
        "deadline": st.fixed_dictionaries({"window": st.just(["04-01", "05-31"])}),
        "hours": _WORDS,
        "counter": _WORDS,
        "post": _WORDS,
        "fee": _WORDS,
        "phone": st.just({"value": "000-000-0000"}),
        "online": st.fixed_dictionaries({"value": st.sampled_from(catalogue.ONLINE)}),
        "agent": st.fixed_dictionaries({"value": st.sampled_from(["yes", "no"])}),
        "signature": st.fixed_dictionaries({"value": st.sampled_from(catalogue.SIGNATURES)}),
    },
)
#: what a parameter may change beside ``own``
_CHANGES = {"amounts": "result", "deadline": "deadline", "online": "online", "signature": "online"}
_CHANGES |= {"agent": "online"}


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(NATIONAL.procedures)), _OWN, max_size=3))
def test_a_parameter_changes_no_other_procedure_and_no_other_field(
    chosen: dict[str, dict[str, Any]],
) -> None:
    tables = {
        id: {key: {**DECIDED, **each} for key, each in own.items()} for id, own in chosen.items()
    }
    changed = with_tables(procedures=tables)
    assert list(changed.procedures) == list(NATIONAL.procedures)
    assert (changed.facts, changed.city_facts) == (NATIONAL.facts, {})
    for id, each in changed.procedures.items():
        own = chosen.get(id, {})
        assert set(each.own) == set(own)
        fields = {"own", *(_CHANGES[key] for key in own if key in _CHANGES)}
        same = {name: getattr(each, name) for name in fields}
        assert replace(NATIONAL.procedures[id], **same) == each


def test_the_phone_reads_the_limit_as_python_does() -> None:
    city = with_own("ir-kodomo", ages={"to": "junior_high_3"})
    shapes = [
        {
            "name": each.name,
            "type": each.type,
            "most": each.most,
            "ordered": each.ordered,
            "settled": each.settled,
            "choices": [{"value": one.value} for one in each.choices],
        }
        for each in city.facts.values()
    ]
    cases = [
        {"child.birth_date": birth, **more}
        for birth in ("2010-04-01", "2010-04-02", "2011-04-01", "2011-04-02", "2026-01-01")
        for more in ({}, {SUBSIDY: True}, {SUBSIDY: False})
    ]
    script = """
import { known, vocabularyOf } from "./site/assets/js/facts.js";
const { facts, cases } = JSON.parse(await new Response(process.stdin).text());
const out = cases.map((each) => [...known(vocabularyOf({ facts }), each, "2026-11-22").values]);
process.stdout.write(JSON.stringify(out));
"""
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        cwd=ROOT,
        input=json.dumps({"facts": shapes, "cases": cases}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    here = [dict(facts.known(city.facts, each, date(2026, 11, 22)).values) for each in cases]
    assert [dict(each) for each in json.loads(done.stdout)] == here
    assert {each[SUBSIDY] for each in here} == {True, False}


# ------------------------------------------------------------------------- what is refused
SOURCE = 'as_of = "2026-04"\nsource = { title = "条例" }'
REPORT = 'facts."municipality.requested_report"'


@pytest.mark.parametrize(
    ("lines", "field", "rule"),
    [
        (['source = { title = "条例" }'], "as_of", "date"),
        (['as_of = "2026"', 'source = { title = "条例" }'], "as_of", "date"),
        (['as_of = "2026-13"', 'source = { title = "条例" }'], "as_of", "YYYY-MM"),
        (['as_of = "2026-02-30"', 'source = { title = "条例" }'], "as_of", "date"),
        (["as_of = 2026-04-01", 'source = { title = "条例" }'], "as_of", "text"),
        (['as_of = "2026-04"'], "source", "source"),
        (['as_of = "2026-04"', 'source = "条例"'], "source", "fields"),
        (['as_of = "2026-04"', 'source = { url = "https://a.example" }'], "source.title", "filled"),
        (['as_of = "2026-04"', 'source = { title = "x", url = "y:1" }'], "source.url", "https"),
    ],
)
def test_a_figure_without_a_date_or_a_source_does_not_publish(
    lines: list[str], field: str, rule: str
) -> None:
    details = refused("\n".join(["[procedures.ir-kodomo.fee]", 'value = "0円"', *lines]))
    assert details["field"] == f"procedures.ir-kodomo.fee.{field}"
    assert rule in str(details["rule"])


@pytest.mark.parametrize(
    ("table", "line", "field", "rule"),
    [
        ("procedures.ir-kodomo.fee", "", ".value", "filled in"),
        ("procedures.ir-kodomo.fee", "value = 0", ".value", "fields"),
        ("procedures.ir-kodomo.fee", 'worth = "0円"', ".worth", "unknown"),
        ("procedures.ir-kodomo.fees", "", "", "unknown"),
        ("procedures.ir-kodom", "", "", "unknown"),
        ("procedures.ir-kodomo.amounts", "value = []", ".value", "at least one"),
        ("procedures.ir-kodomo.amounts", 'value = "1円"', ".value", "list"),
        ("procedures.ir-kodomo.deadline", "", ".days", "days"),
        ("procedures.ir-kodomo.deadline", "days = 30", ".moments", "count"),
        ("procedures.jt-nintei.deadline", "days = 3\nmoments = ['x']", ".moments", "known"),
        ("procedures.jt-nintei.deadline", "days = '30'", ".days", "whole"),
        ("procedures.jt-nintei.deadline", "days = 3\nwindow = ['06-01']", ".days", "window"),
        ("procedures.jt-nintei.deadline", "window = ['06-01']", ".window", "two"),
        ("procedures.jt-nintei.deadline", "window = ['06-01', '06-31']", ".window", "exist"),
        ("procedures.jt-nintei.online", "value = 'perhaps'", ".value", "known"),
        ("procedures.jt-nintei.signature", "value = true", ".value", "text"),
        ("procedures.jt-nintei.phone", "value = 'call us'", ".value", "telephone"),
        ("procedures.jt-nintei.ages", "under = 3", "", "no age"),
        ("procedures.ir-kodomo.ages", "", ".to", "either"),
        ("procedures.ir-kodomo.ages", "to = 'grade_9'", ".to", "known"),
        ("procedures.ir-kodomo.ages", "under = 0", ".under", "whole"),
        ('facts."child.insured"', "value = true", "", "city can"),
        (REPORT, "value = 1", ".value", "true or"),
        (REPORT, "", ".value", "filled in"),
    ],
)
def test_a_wrong_parameter_is_named(table: str, line: str, field: str, rule: str) -> None:
    details = refused(f"[{table}]\n{line}\n{SOURCE}")
    assert details["field"] == table.replace('"', "") + field
    assert rule in str(details["rule"])


@pytest.mark.parametrize(
    ("toml", "field"),
    [
        ('[procedures]\nir-kodomo = "x"', "procedures.ir-kodomo"),
        ('[procedures.ir-kodomo]\nfee = "0円"', "procedures.ir-kodomo.fee"),
        ("procedures = 1", "procedures"),
        ("facts = 1", "facts"),
        (f"[{REPORT}]\nvalue = true", "facts.municipality.requested_report.as_of"),
        ("[procedures", "-"),
    ],
)
def test_a_file_of_another_shape_is_refused(toml: str, field: str) -> None:
    assert refused(toml)["field"] == field


def test_an_age_is_said_once() -> None:
    limit = f"under = 3\n{SOURCE}"
    details = refused(f'[facts."{SUBSIDY}"]\n{limit}\n[procedures.ir-kodomo.ages]\n{limit}')
    assert (details["field"], details["rule"]) == (
        "procedures.ir-kodomo.ages",
        f"{SUBSIDY} is answered twice",
    )


def test_a_my_number_in_a_parameter_is_refused() -> None:
    toml = f'[procedures.ir-kodomo.fee]\nvalue = "番号 123456789018"\n{SOURCE}'
    assert "My Number" in str(refused(toml)["rule"])


def test_the_environment_cannot_hold_a_parameter(tmp_path: Path) -> None:
    named = {"TODOKE_PROCEDURES__JT_NINTEI": "1"}
    with pytest.raises(TodokeError) as caught:
        config.load(ROOT, tmp_path, named)
    assert caught.value.details["field"] == "procedures"
