"""Doses and check-ups of a childhood: the vectors worked out by hand, what always holds, and the
same on the phone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from tests.parts import childhood
from tests.parts.childhood import RULES, VECTORS, answer
from todoke.core import doses, given
from todoke.core.immunization import Course, Dose, Edge, Series, Timeline, Vaccine, Window

SEEDS = st.integers(0, 2**32)
#: of every vector the dose it is about
WANTED = [(each, name, wanted) for each in VECTORS for name, wanted in each["expect"].items()]


def dose_of(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    vaccine, _, dose = name.partition("/")
    (row,) = [e for e in found["doses"] if (e["vaccine"], e["dose"]) == (vaccine, dose)]
    kept: Mapping[str, Any] = row
    return kept


# ------------------------------------------------------------------------- the vectors
@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: f"{each['id']} {each['why']}")
def test_doses_stand_as_the_vectors_worked_out_by_hand(vector: Mapping[str, Any]) -> None:
    found = answer(vector["child"], vector["on"])
    for name, wanted in vector["expect"].items():
        row = dose_of(found, name)
        assert {each: row[each] for each in wanted} == wanted, row
    told = {f"{e['vaccine']}/{e['date']}": e["codes"] for e in found["given"] if e["codes"]}
    assert told == vector.get("given", {})
    checks = {row["id"]: row for row in found["checkups"]}
    for id, wanted in vector.get("checkups", {}).items():
        assert {name: checks[id].get(name) for name in wanted} == wanted
        assert ("held" in checks[id]) == ("held" in wanted or wanted["status"] == "done")


def test_the_vectors_meet_every_status_every_code_and_every_dose() -> None:
    assert len(VECTORS) >= 120
    assert {wanted["status"] for _, _, wanted in WANTED} == set(doses.STATUSES)
    codes = {code for each in VECTORS for codes in each.get("given", {}).values() for code in codes}
    assert codes == set(given.CODES)
    assert RULES.programme is not None
    count = Counter(name.partition("/")[0] for _, name, _ in WANTED)
    assert all(count[id] >= 4 for id in RULES.programme.vaccines)


def test_the_published_example_of_rsv_has_one_free_day() -> None:
    told = {"birth": "2026-04-23", "edd": "2026-04-23"}
    days = [date(2026, 1, 1) + timedelta(days=each) for each in range(130)]
    free = [
        each.isoformat()
        for each in days
        if dose_of(answer(told, each.isoformat()), "rsv_maternal/1")["status"] == "due"
    ]
    assert free == ["2026-04-01"]


# ------------------------------------------------------------------------- what always holds
#: days from one dose to the next, by hand: 27 days are the 28th; a month has at least 28 days
LEAST: Mapping[str, int] = {
    "dpt_ipv/2": 21, "dpt_ipv/3": 21, "dpt_ipv/booster": 181,
    "dpt_ipv_hib/2": 21, "dpt_ipv_hib/3": 21, "dpt_ipv_hib/booster": 181,
    "hib/2": 28, "hib/3": 28, "hib/booster": 28,
    "pcv/2": 28, "pcv/3": 28, "pcv/booster": 61,
    "hepb/2": 28, "hepb/3": 1, "rota/2": 28, "rota/3": 28, "varicella/2": 89,
    "je/1-2": 7, "je/1-booster": 181, "hpv9/2": 28, "hpv9/3": 89,
}  # fmt: skip
OPEN = ("eligible", "due", "overdue")
#: injected and live, as site/immunization.yaml has them
LIVE = ("bcg", "mr", "varicella")


@settings(max_examples=300, deadline=None)
@drawn(SEEDS)
def test_no_dose_is_due_before_its_day(seed: int) -> None:
    told, on = childhood.draw(seed)
    for row in answer(told, on)["doses"]:
        if row["status"] in OPEN:
            assert row["earliest"] <= on <= row["legal_last"], row
        if row["status"] in ("eligible", "due"):
            assert row["std_to"] is None or on <= row["std_to"], row
        if row["status"] == "expired":
            assert row["legal_last"] < on, row
        if row["status"] == "unreachable":
            assert row["earliest"] > row["legal_last"] >= on, row
        if row["std_from"] and row["std_to"]:
            assert row["std_from"] <= row["std_to"] <= row["legal_last"], row


@settings(max_examples=300, deadline=None)
@drawn(SEEDS)
def test_no_dose_comes_before_its_interval(seed: int) -> None:
    told, on = childhood.draw(seed)
    before: dict[str, str] = {}
    for row in answer(told, on)["doses"]:
        day = row["given"] or row["earliest"]
        least = LEAST.get(f"{row['vaccine']}/{row['dose']}", 0)
        if least and day and row["vaccine"] in before:
            apart = date.fromisoformat(day) - date.fromisoformat(before[row["vaccine"]])
            assert apart.days >= least, row
        if row["given"]:
            before[row["vaccine"]] = row["given"]


@settings(max_examples=300, deadline=None)
@drawn(SEEDS)
def test_no_two_doses_of_one_series_are_planned_closer_than_their_interval(seed: int) -> None:
    """What a list, a calendar or an alarm tells: each dose on its recommended day, and the next one
    counted from that day."""
    told, on = childhood.draw(seed)
    before: dict[tuple[str, str | None], date] = {}
    for row in answer(told, on)["doses"]:
        open_ = row["status"] in (*OPEN, "not_yet")
        assert bool(row["plan_from"]) == open_, row
        day = date.fromisoformat(row["given"] or row["plan_from"] or "0001-01-01")
        series = (row["vaccine"], row["series"])
        if open_:
            assert row["earliest"] <= row["plan_from"] <= row["legal_last"], row
            assert row["plan_to"] is None or row["plan_from"] <= row["plan_to"] <= row["legal_last"]
            day = max(day, date.fromisoformat(on))
            if series in before:
                least = LEAST.get(f"{row['vaccine']}/{row['dose']}", 1)
                assert (day - before[series]).days >= least, row
        if row["status"] not in ("skipped", "ineligible"):
            before[series] = day


@settings(max_examples=300, deadline=None)
@drawn(SEEDS)
def test_no_two_live_vaccines_are_planned_closer_than_28_days(seed: int) -> None:
    """On one day they may be given together; else 27 days lie between them, also towards those
    that were given (予防接種実施規則)."""
    told, on = childhood.draw(seed)
    live = {
        (row["vaccine"], date.fromisoformat(max(row["plan_from"], on)))
        for row in answer(told, on)["doses"]
        if row["plan_from"] and row["vaccine"] in LIVE
    }
    given = {
        (id, date.fromisoformat(day))
        for id in LIVE
        for day in told["given"].get(id, ())
        if told["birth"] <= day <= on
    }
    for vaccine, day in live:
        for other, its in live | given:
            assert vaccine == other or abs((day - its).days) not in range(1, 28), (vaccine, other)


#: first and last day of the windows of some injected live vaccines, in days after birth
_SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 50)).map(lambda each: (each[0], sum(each))),
    min_size=2,
    max_size=4,
)


def live_ones(spans: Sequence[tuple[int, int]]) -> Timeline:
    """Injected live vaccines of one dose each, with those windows."""
    made = [
        Vaccine(
            f"live{number}",
            {"ja": "見本", "easy": "みほん", "en": "sample"},
            "live_injected",
            (Course(Window(Edge("day", first), Edge("day", last)), (Series("", (Dose("1"),)),)),),
            "low",
            (),
        )
        for number, (first, last) in enumerate(spans)
    ]
    return childhood.with_vaccines({each.id: each for each in made})


def fits(spans: Sequence[tuple[int, int]]) -> bool:
    """Whether there is any way at all, looked for by trying: whatever fits, fits as well when
    every dose goes to the first day of a window or to one 28, 56, … days later."""
    starts = {first + 28 * step for first, _ in spans for step in range(len(spans))}
    tries = product(*[[e for e in starts if first <= e <= last] for first, last in spans])
    return any(
        all(abs(one - other) not in range(1, 28) for one, other in combinations(days, 2))
        for days in tries
    )


@settings(max_examples=400, deadline=None)
@drawn(_SPANS)
def test_no_live_vaccine_is_planned_past_its_last_day_while_another_order_would_do(
    spans: Sequence[tuple[int, int]],
) -> None:
    rows = answer({"birth": "2026-01-01"}, "2026-01-01", live_ones(spans))["doses"]
    days = [date.fromisoformat(e["plan_from"]) for e in rows if e["plan_from"]]
    assert (len(days) == len(spans)) == fits(spans)
    assert all(abs((a - b).days) not in range(1, 28) for a, b in combinations(days, 2))
    assert all(e["earliest"] <= e["plan_from"] <= e["legal_last"] for e in rows if e["plan_from"])


@pytest.mark.parametrize(
    ("spans", "planned"),
    [
        ([(10, 30), (10, 40)], ["2026-01-11", "2026-01-11"]),
        # the first of them would leave the other one no day, so they go together
        ([(10, 30), (20, 31)], ["2026-01-21", "2026-01-21"]),
        ([(10, 30), (20, 60)], ["2026-01-11", "2026-02-08"]),
        ([(20, 60), (10, 30)], ["2026-02-08", "2026-01-11"]),
        # no way at all: its interval protects, its last day does not
        ([(10, 15), (20, 30)], ["2026-01-11", None]),
    ],
)
def test_who_ends_first_keeps_its_day_unless_that_costs_another_one(
    spans: Sequence[tuple[int, int]], planned: Sequence[str | None]
) -> None:
    rules, asked = live_ones(spans), [({"birth": "2026-01-01"}, "2026-01-01")]
    found = answer(*asked[0], rules)
    assert [row["plan_from"] for row in found["doses"]] == planned
    assert childhood.on_the_phone(asked, rules=rules) == [found]


@pytest.mark.parametrize(
    ("vaccine", "planned"),
    [
        ("hepb", {"1": "2027-03-19", "2": "2027-04-16", "3": "2027-08-06"}),
        ("je", {"1-1": "2030-01-19", "1-2": "2030-01-26", "1-booster": "2031-01-19"}),
        ("hpv9", {"1": "2039-04-01", "2": "2039-10-01"}),
        ("rota", {"1": "2027-03-19", "2": "2027-04-16"}),
    ],
)
def test_a_child_to_come_has_days_with_the_intervals_between_them(
    vaccine: str, planned: Mapping[str, str]
) -> None:
    """Worked out by hand for a child due on 20 January 2027."""
    rows = answer({"birth": "2027-01-20"}, "2026-11-23", childhood.only(vaccine))["doses"]
    found = {row["dose"]: row["plan_from"] for row in rows}
    assert {dose: found[dose] for dose in planned} == planned


def test_recommended_days_that_would_leave_a_later_dose_no_day_are_not_waited_for() -> None:
    girl = {"birth": "2021-03-31", "sex": "F"}
    rows = answer(girl, "2036-11-26", childhood.only("hpv9"))["doses"]
    assert [row["std_from"] for row in rows] == ["2033-04-01", "2037-01-26", None]
    assert [row["plan_from"] for row in rows] == ["2032-04-01", "2036-12-26", "2037-03-26"]


@settings(max_examples=300, deadline=None)
@drawn(SEEDS)
def test_what_is_done_stays_done(seed: int) -> None:
    told, on = childhood.draw(seed)
    done = {
        (row["vaccine"], row["dose"]): row["given"]
        for row in answer(told, on)["doses"]
        if row["status"] == "done"
    }
    for later in (1, 30, 400, 4000):
        day = date.fromisoformat(on) + timedelta(days=later)
        rows = {(e["vaccine"], e["dose"]): e for e in answer(told, day.isoformat())["doses"]}
        assert all(rows[name]["status"] == "done" for name in done)
        assert {name: rows[name]["given"] for name in done} == done


@settings(max_examples=300, deadline=None)
@drawn(SEEDS)
def test_a_dose_given_never_brings_a_later_one_closer_than_its_interval(seed: int) -> None:
    told, on = childhood.draw(seed)
    for row in answer(told, on)["doses"]:
        if row["status"] not in OPEN:
            continue
        days = [*told["given"].get(row["vaccine"], ()), on]
        after = answer({**told, "given": {**told["given"], row["vaccine"]: days}}, on)
        now = {e["dose"]: e for e in after["doses"] if e["vaccine"] == row["vaccine"]}
        assert now[row["dose"]]["status"] == "done", (row, now)
        assert now[row["dose"]]["given"] == on
        for each in now.values():
            if each["status"] in OPEN:
                assert each["vaccine"] in ("mr", "je"), each  # terms do not wait for each other


@settings(max_examples=300, deadline=None)
@drawn(SEEDS)
def test_every_dose_that_was_told_is_named_once_and_takes_one_place(seed: int) -> None:
    told, on = childhood.draw(seed)
    found = answer(told, on)
    known = {row["vaccine"] for row in found["doses"]}
    wanted = Counter((v, d) for v, days in told["given"].items() if v in known for d in days)
    assert Counter((e["vaccine"], e["date"]) for e in found["given"]) == wanted
    # a dose of 5-in-1 may take a place of the 4-in-1 that was begun
    kin = {"dpt_ipv_hib": "dpt_ipv"}
    places = [(e["vaccine"], e["dose"], e["date"]) for e in found["given"] if e["counted"]]
    done = [(e["vaccine"], e["dose"], e["given"]) for e in found["doses"] if e["status"] == "done"]
    took, stand = (sorted((kin.get(e[0], e[0]), *e[1:]) for e in each) for each in (places, done))
    assert took == stand
    assert all(e["counted"] or e["codes"] for e in found["given"]), "why it does not count"


@settings(max_examples=300, deadline=None)
@drawn(SEEDS)
def test_nobody_is_sent_to_4_in_1_and_5_in_1_at_once_nor_begins_with_4_in_1(seed: int) -> None:
    told, on = childhood.draw(seed)
    rows = answer(told, on)["doses"]
    wanted = {e["vaccine"] for e in rows if e["status"] not in ("done", "skipped")}
    assert not {"dpt_ipv", "dpt_ipv_hib"} <= wanted
    done = {e["vaccine"] for e in rows if e["status"] == "done"}
    assert "dpt_ipv" not in wanted - done


@settings(max_examples=200, deadline=None)
@drawn(SEEDS)
def test_live_vaccines_that_count_are_four_weeks_apart(seed: int) -> None:
    told, on = childhood.draw(seed)
    counted = [
        (date.fromisoformat(e["date"]), e["vaccine"])
        for e in answer(told, on)["given"]
        if e["counted"] and e["vaccine"] in LIVE
    ]
    for one, first in counted:
        for two, second in counted:
            assert first == second or abs((one - two).days) not in range(1, 28)


@settings(max_examples=100, deadline=None)
@drawn(SEEDS, st.integers(-30, 120))
def test_being_born_early_changes_no_dose_of_the_child(seed: int, early: int) -> None:
    told, on = childhood.draw(seed)
    due = date.fromisoformat(told["birth"]) + timedelta(days=early)
    rows = answer({**told, "edd": due.isoformat()}, on)["doses"]
    without = answer({name: each for name, each in told.items() if name != "edd"}, on)["doses"]
    assert [e for e in rows if e["vaccine"] != "rsv_maternal"] == without


@pytest.mark.parametrize("vaccine", ["pcv", "hib", "hpv9"])
@pytest.mark.parametrize("birth", ["2024-02-29", "2024-04-01", "2024-08-31", "2024-12-31"])
def test_series_follow_each_other_day_by_day(vaccine: str, birth: str) -> None:
    """Who has not begun belongs to one series every day, and never goes back to a longer one."""
    found: list[str] = []
    free: list[Mapping[str, Any]] = []
    first = date.fromisoformat(birth)
    for each in range(6300 if vaccine == "hpv9" else 1900):
        on = (first + timedelta(days=each)).isoformat()
        rows = answer({"birth": birth, "sex": "F"}, on, childhood.only(vaccine))
        row = dose_of(rows, f"{vaccine}/1")
        if row["status"] != "not_yet" and row["series"] not in found[-1:]:
            found.append(row["series"])
        free += [row] if row["status"] in OPEN else []
    assert found == {
        "pcv": ["A", "B", "C", "D"], "hib": ["A", "B", "C"], "hpv9": ["two_dose", "three_dose"]
    }[vaccine]  # fmt: skip
    if vaccine != "hib":  # which is for those who have begun
        edges = [date.fromisoformat(free[0][each]) for each in ("earliest", "legal_last")]
        assert len(free) == (edges[1] - edges[0]).days + 1, "no day between two series is lost"
