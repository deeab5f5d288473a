"""Own-office scope below the pages: lists, numbers, acts and imports, on both stores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.parts.payer import csv, row
from tests.parts.two_offices import EXAMPLE, OFFICES, TwoOffices, person
from todoke.core.errors import TodokeError
from todoke.core.notice import Person
from todoke.core.offices import Offices
from todoke.journeys import (
    announce,
    bill_desk,
    bills,
    cases,
    hand_over,
    history,
    publish,
    scope,
    staff,
)
from todoke.ports import Page, Record, Services


@pytest.fixture
def city(tmp_path: Path) -> TwoOffices:
    return TwoOffices.open(tmp_path)


def everything_of(services: Services, who: Person) -> set[str]:
    """Ids in all lists of the desk, but for the one that means nothing."""
    found = {each.id for s in cases.STATES for each in cases.worklist(services, who, s).records}
    found |= {e.id for s in bills.STATES for e in bill_desk.listing(services, who, s).bills}
    found |= {each.id for each in scope.find(services, who, "notices", "all").records}
    found |= {each.id for each in scope.find(services, who, "batches", "waiting").records}
    return found - {EXAMPLE}


def acts_on(city: TwoOffices) -> dict[str, Callable[[Person, str], Any]]:
    """Everything that a clerk does with a number."""
    services = city.services
    return {
        "application": lambda who, number: cases.open_case(services, who, number, "review"),
        "file": lambda who, number: cases.attachment(services, who, number, city.file, "review"),
        "return": lambda who, number: cases.return_fields(
            services, who, number, 1, {"a": "見本です"}
        ),
        "decide": lambda who, number: cases.decide(services, who, number, 1, "accepted"),
        "hand over": lambda who, number: hand_over.hand_over(services, who, number, 1, "kenko"),
        "bill": lambda who, number: bill_desk.read(services, who, number, "payment"),
        "edit": lambda who, number: announce.edit(
            services, who, number, 1, city.desk.desk.content()
        ),
        "ask": lambda who, number: announce.ask(services, who, number),
        "approve": lambda who, number: announce.approve(services, who, number, "0" * 64, "1"),
        "give back": lambda who, number: announce.give_back(
            services, who, number, "見本の理由です。"
        ),
        "recall": lambda who, number: announce.recall(services, who, number, "見本の理由です。"),
    }


def test_an_office_sees_its_own_and_the_other_sees_nothing(city: TwoOffices) -> None:
    own = {city.case, city.bill, city.notice, city.asked, city.batch}
    assert everything_of(city.services, city.inside) == own
    assert everything_of(city.services, city.outside) == set()
    assert everything_of(city.services, person(city.services, "kodomo", "kenko")) == own


def test_a_clerk_without_an_office_sees_nothing_and_so_does_one_of_an_office_that_is_gone(
    city: TwoOffices,
) -> None:
    assert everything_of(city.services, person(city.services)) == set()
    assert everything_of(city.services, replace(city.inside, offices=frozenset({"gone"}))) == set()


@pytest.mark.parametrize("act", ["application", "file", "return", "decide", "hand over", "bill",
                                 "edit", "ask", "approve", "give back", "recall"])  # fmt: skip
def test_what_is_anothers_is_refused_like_a_number_that_does_not_exist(
    city: TwoOffices, act: str
) -> None:
    at_bills = act == "bill"
    at_notices = act in ("edit", "ask", "approve", "give back", "recall")
    theirs = city.bill if at_bills else city.asked if at_notices else city.case
    nowhere = "B-00000-00000" if at_bills else "N-2026-9999" if at_notices else "T-00000-00000"
    before = city.kept()
    told = []
    for id in (theirs, nowhere):
        with pytest.raises(TodokeError) as caught:
            acts_on(city)[act](city.outside, id)
        told.append((caught.value.code, caught.value.status, dict(caught.value.details)))
    assert told[0] == told[1]
    assert told[0][0] in ("not_found", "notice_not_found")
    assert city.kept() == before
    assert history.entries(city.services, city.desk.resident.id)[0][0].act != "application_read"


def test_the_history_names_the_office_of_whoever_read(city: TwoOffices) -> None:
    services, resident = city.services, city.desk.resident.id
    cases.open_case(services, city.inside, city.case, "review")
    bill_desk.read(services, city.inside, city.bill, "review")
    names = [services.config.offices.names[each] for each in city.inside.offices or ()]
    read, case = history.entries(services, resident)[0][:2]
    assert (read.act, case.act) == ("bill_read", "application_read")
    assert read.offices == case.offices == names
    # an office that the settings know no more is left out, and so is every one where there are none
    one_counter = replace(services, config=replace(services.config, offices=Offices()))
    assert [e.offices for e in history.entries(one_counter, resident)[0][:2]] == [[], []]
    bill_desk.read(one_counter, city.inside, city.bill, "phone")
    newest = history.entries(services, resident)[0][0]
    assert (newest.act, newest.why, newest.offices) == ("bill_read", "phone", [])


def test_without_offices_in_the_settings_all_is_as_before(city: TwoOffices) -> None:
    config = replace(city.services.config, offices=Offices())
    one_counter = replace(city.services, config=config)
    own = {city.case, city.bill, city.notice, city.asked, city.batch}
    assert everything_of(one_counter, city.outside) == own
    assert cases.open_case(one_counter, city.outside, city.case, "review").record.id == city.case


def test_an_office_that_leaves_the_settings_leaves_its_things_to_the_rest(city: TwoOffices) -> None:
    names = {"kenko": OFFICES["kenko"]["name"]}
    config = replace(city.services.config, offices=Offices(names, {}, "kenko"))
    after = replace(city.services, config=config)
    own = {city.case, city.bill, city.notice, city.asked, city.batch}
    assert everything_of(after, city.outside) == own
    assert everything_of(after, city.inside) == set()


# --------------------------------------------------------------------- handing over
def test_a_case_goes_to_the_other_office_and_the_person_can_read_it(city: TwoOffices) -> None:
    services = city.services
    version = cases.get(services, city.inside, city.case).version
    hand_over.hand_over(services, city.inside, city.case, version, "kenko")
    with pytest.raises(TodokeError, match="not_found"):
        cases.get(services, city.inside, city.case)
    assert cases.open_case(services, city.outside, city.case, "review").state == "submitted"
    entry = next(
        each
        for each in history.entries(services, city.desk.resident.id)[0]
        if each.act == "application_handed_over"
    )
    assert (entry.about, entry.by) == (city.case, "caseworker")
    acts = scope.acts(services, city.outside, "2026-11", 100).records
    handed = next(each for each in acts if each.data["act"] == "application_handed_over")
    assert handed.data["detail"] == {"from": "kodomo", "to": "kenko"}


def test_it_goes_to_another_known_office_once_as_it_was_seen_and_before_the_decision(
    city: TwoOffices,
) -> None:
    services, who = city.services, city.inside
    version = cases.get(services, who, city.case).version
    for office in ("kodomo", "gone", ""):
        with pytest.raises(TodokeError, match="bad_field"):
            hand_over.hand_over(services, who, city.case, version, office)
    with pytest.raises(TodokeError, match="application_state"):
        hand_over.hand_over(services, who, city.case, version + 1, "kenko")
    decided = cases.decide(services, who, city.case, version, "refused", "見本の理由です。")
    with pytest.raises(TodokeError, match="application_state"):
        hand_over.hand_over(services, who, city.case, decided.version, "kenko")


# --------------------------------------------------------------------- writing
def test_a_notice_is_written_to_topics_of_her_office_only(city: TwoOffices) -> None:
    content = city.desk.desk.content()
    told = []
    for topic in ("nursery", "no-such-topic"):
        with pytest.raises(TodokeError) as caught:
            announce.draft(city.services, city.outside, replace(content, topic=topic))
        told.append((caught.value.code, dict(caught.value.details)))
    assert told[0] == told[1]
    announce.draft(city.services, city.outside, replace(content, topic="vaccines"))
    with pytest.raises(TodokeError):
        announce.edit(
            city.services, city.inside, city.notice, 1, replace(content, topic="vaccines")
        )


def test_a_file_makes_bills_of_her_office_only(city: TwoOffices) -> None:
    lines = csv(row("A-1"), row("A-2", kind="給食費"), row("KANARIA-1"))
    checked = bills.check_csv(city.services, city.outside.id, lines)
    assert [each.reference for each in checked.new] == ["A-2"]
    assert [(each.line, each.rule) for each in checked.refused] == [
        (2, "csv_other_office"), (4, "csv_other_office"),
    ]  # fmt: skip
    mine = bills.import_csv(city.services, city.outside.id, lines)
    hers = bills.import_csv(city.services, city.inside.id, lines)
    assert mine.batch != hers.batch
    assert ([line for line, _ in mine.taken], mine.known) == ([3], [])
    assert [line for line, _ in hers.taken] == [2]
    assert len(bills.import_csv(city.services, "cli", lines).known) == 2
    assert everything_of(city.services, city.outside) == {mine.taken[0][1]}


def test_what_came_at_the_machine_is_for_the_rest_to_look_after(city: TwoOffices) -> None:
    record, _ = bills.keep_csv(city.services, "cli", csv(row("A-3")))
    assert scope.find_one(city.services, city.outside, "batch", record.id) is not None
    assert scope.find_one(city.services, city.inside, "batch", record.id) is None


# --------------------------------------------------------------------- the record of acts
def test_the_record_of_acts_shows_her_what_is_hers_and_the_auditor_everything(
    city: TwoOffices,
) -> None:
    cases.open_case(city.services, city.inside, city.case, "review")

    def subjects(who: Person) -> str:
        return repr([e.data for e in scope.acts(city.services, who, "2026-11", 500).records])

    auditor = person(city.services, roles=("auditor",))
    for id in (city.case, city.bill, city.notice, city.asked):
        assert id in subjects(city.inside)
        assert id in subjects(auditor)
        assert id not in subjects(city.outside)
    assert city.desk.resident.id not in subjects(city.outside)
    assert "staff_added" in subjects(city.outside)


# --------------------------------------------------------------------- pages of a list
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.booleans(), max_size=70), st.integers(1, 9))
def test_pages_are_full_while_there_is_enough_and_hold_each_of_hers_once(
    monkeypatch: pytest.MonkeyPatch, hers: list[bool], limit: int
) -> None:
    monkeypatch.setattr(scope, "MOST_LOOKED_AT", 1000)
    rows = [Record("application", f"{at:03d}", {"hers": each}) for at, each in enumerate(hers)]

    def fetch(most: int, cursor: str | None) -> Page:
        start = int(cursor or 0)
        end = start + most
        return Page(rows[start:end], str(end) if end < len(rows) else None)

    def choose(records: Any) -> Any:
        return [each for each in records if each.data["hers"]]

    found: list[str] = []
    cursor: str | None = None
    while True:
        page = scope._filled(fetch, choose, limit, cursor)
        found += [each.id for each in page.records]
        assert len(page.records) <= limit
        cursor = page.cursor
        if cursor is None:
            break
        assert len(page.records) == limit
    assert found == [each.id for each in choose(rows)]


def test_a_list_goes_on_where_its_page_ended(city: TwoOffices) -> None:
    services = city.services
    made = [city.case, *(city.desk.apply().id for _ in range(6))]
    for id in made[1::2]:
        version = cases.get(services, city.inside, id).version
        hand_over.hand_over(services, city.inside, id, version, "kenko")
    for who, own in ((city.inside, made[0::2]), (city.outside, made[1::2])):
        found, cursor = [], None
        while True:
            page = cases.worklist(services, who, "submitted", 2, cursor)
            found += [each.id for each in page.records]
            cursor = page.cursor
            if cursor is None:
                break
        assert sorted(found) == sorted(own)


# --------------------------------------------------------------------- giving offices
def test_an_administrator_gives_offices_beside_roles_and_it_is_told(city: TwoOffices) -> None:
    services = city.services
    boss = staff.add(services, "見本 つかさ", ["administrator"]).staff
    staff.set_roles(services, city.outside.id, ["cashier"], actor=boss, offices=["kodomo"])
    record = staff.here(services, city.outside.id)
    assert staff.person(record).offices == frozenset({"kodomo"})
    told = [each.data["detail"] for each in scope.acts(
        services, person(services, roles=("auditor",)), "2026-11", 500
    ).records if each.data["act"] == "staff_roles"]  # fmt: skip
    assert told == [{"roles": "cashier", "offices": "kodomo"}]
    with pytest.raises(TodokeError, match="bad_field"):
        staff.set_roles(services, city.outside.id, ["cashier"], actor=boss, offices=["gone"])
    with pytest.raises(TodokeError, match="own_roles"):
        staff.set_roles(services, boss, ["administrator"], actor=boss, offices=["kodomo"])
    staff.set_offices(services, boss, ["kodomo", "kenko"])
    assert staff.person(staff.here(services, boss)).offices == frozenset({"kodomo", "kenko"})


def test_an_office_that_names_what_the_site_does_not_have_stops_the_publication(
    city: TwoOffices,
) -> None:
    names = {"kodomo": {"ja": "見本"}}
    owns = {("application", "ir-kodomoo"): "kodomo"}
    config = replace(city.services.config, offices=Offices(names, owns, "kodomo"))
    with pytest.raises(TodokeError, match="ir-kodomoo"):
        publish.read_catalogue(replace(city.services, config=config))
