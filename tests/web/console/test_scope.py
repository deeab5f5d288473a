"""Own-office scope at the pages: every route of the desk is in the table below, and from another
office nothing of what is the first one's is seen by any of them."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.parts.applying import PROCEDURE
from tests.parts.clerk import Clerk, Form, enter, filled
from tests.parts.payer import csv, row
from tests.parts.two_offices import CANARY, TwoOffices, person
from tests.web.case_desk.test_bills import upload
from todoke.core.offices import Offices
from todoke.journeys import bills, cases, staff
from todoke.ports import Delete, Replace, Services
from todoke.web import console
from todoke.web.app import create_app

#: route -> what its number is, "list" for one that shows things without a number in its path,
#: "" for one that shows nothing of an office
ROUTES = {
    "/": "list",
    "/find": "list",
    "/audit": "list",
    "/leave": "",
    "/language": "",
    "/me": "",
    "/me/passkey/options": "",
    "/me/passkey": "",
    "/me/totp": "",
    "/me/totp/confirm": "",
    "/me/codes": "",
    "/me/oidc": "",
    "/me/ways/remove": "",
    "/me/sessions/end": "",
    "/clerks": "",
    "/clerks/<id>": "",
    "/register": "",
    "/purpose": "list",
    "/notices": "list",
    "/notices/new": "list",
    "/notices/<id>": "notice",
    "/notices/<id>/edit": "notice",
    "/notices/<id>/ask": "notice",
    "/notices/<id>/approve": "notice",
    "/notices/<id>/return": "notice",
    "/notices/<id>/recall": "notice",
    "/notices/<id>/result": "notice",
    "/cases": "list",
    "/cases/<id>": "case",
    "/cases/<id>/files/<file>": "case",
    "/cases/<id>/return": "case",
    "/cases/<id>/hand-over": "case",
    "/cases/<id>/decide": "case",
    "/bills": "list",
    "/bills/import": "list",
    "/bills/import/<id>": "batch",
    "/bills/sample.csv": "",
    "/bills/<id>": "bill",
}
#: of each kind: a number of its shape that nothing has
NOWHERE = {
    "notice": "N-2026-9999",
    "case": "T-00000-00000",
    "bill": "B-00000-00000",
    "batch": "I-000000000000000000000000",
}
NUMBERED = [each for each, kind in ROUTES.items() if kind in NOWHERE]
LISTS = [each for each, kind in ROUTES.items() if kind == "list"]
ROOT = Path(__file__).parents[3] / "functions/todoke"


@pytest.fixture
def city(tmp_path: Path) -> TwoOffices:
    return TwoOffices.open(tmp_path)


@pytest.fixture
def app(city: TwoOffices) -> Flask:
    return create_app(city.services, ("console", "console_assets"))


@pytest.fixture
def outside(app: Flask, city: TwoOffices) -> Clerk:
    return enter(app, city.desk.desk, city.outside)


@pytest.fixture
def inside(app: Flask, city: TwoOffices) -> Clerk:
    return enter(app, city.desk.desk, city.inside)


def theirs(city: TwoOffices, kind: str) -> list[str]:
    numbers = {"case": [city.case], "bill": [city.bill], "batch": [city.batch]}
    return numbers.get(kind, [city.notice, city.asked])


def sent(inside: Clerk, rule: str, path: str) -> dict[str, str]:
    """What a clerk who may would send to a route: the form of its page, filled."""
    fields = {"reason": "見本の理由です。", "purpose-chosen": "review", "version": "1"}
    fields |= {"snapshot": "0" * 64, "count": "1", "office": "kenko", "act": "send"}
    if rule.endswith(("/edit", "/return", "/decide", "/approve")):
        page = inside.get(f"{path}?as=accepted&seen=1")
        if page.status_code == 200 and '<main id="main"' in page.text:
            fields = {**Form(page.text).values, **fields}
    ticks = ("dates", "audience", "links", "contact", "plain")
    return {**fields, **{f"tick-{each}": "1" for each in ticks}}


def told(page: TestResponse, id: str) -> tuple[int, str, str]:
    """Status, where it leads, and words, without the number itself and the second of the day."""
    text = re.sub(r"\d+:\d+:\d+", "", page.text.replace(id, "#"))
    return page.status_code, page.headers.get("Location", "").replace(id, "#"), text


def test_every_route_of_the_desk_is_in_the_table() -> None:
    """A new one: say whose things it shows, and the tests below try it from another office."""
    assert {each.rule for each in console.PAGES} == set(ROUTES)
    for rule, kind in ROUTES.items():
        assert (kind in NOWHERE) == ("<id>" in rule and rule != "/clerks/<id>"), rule


@pytest.mark.parametrize("rule", NUMBERED)
def test_anothers_number_is_one_that_does_not_exist(
    city: TwoOffices, inside: Clerk, outside: Clerk, rule: str
) -> None:
    kind = ROUTES[rule]
    methods = next(each.methods for each in console.PAGES if each.rule == rule).split()
    before = city.kept()
    for id in theirs(city, kind):
        for query in ("", "?as=accepted&seen=1"):
            for method in methods:
                answers = []
                for number in (id, NOWHERE[kind]):
                    path = rule.replace("<id>", number).replace("<file>", city.file)
                    if method == "GET":
                        page = outside.get(path + query)
                    else:
                        known = rule.replace("<id>", id).replace("<file>", city.file)
                        page = outside.post(path + query, **sent(inside, rule, known))
                    answers.append(told(page, number))
                assert answers[0] == answers[1], (rule, method)
                assert answers[0][0] == 404, (rule, method)
                assert CANARY not in answers[0][2]
    assert city.kept() == before


@pytest.mark.parametrize("rule", [each for each in NUMBERED if "GET" in next(
    page.methods for page in console.PAGES if page.rule == each)])  # fmt: skip
def test_in_her_own_office_each_of_these_pages_is_there(
    city: TwoOffices, inside: Clerk, rule: str
) -> None:
    """Or the test above would find nothing wherever it looks."""
    at_second = rule.endswith("/approve")
    number = city.asked if at_second else theirs(city, ROUTES[rule])[0]
    path = rule.replace("<id>", number).replace("<file>", city.file)
    found = inside.get(f"{path}?as=accepted&seen=1").status_code
    assert found == (403 if at_second else 200)  # she wrote it herself


def looked_for(city: TwoOffices) -> list[str]:
    """Addresses by which somebody might get at the first office's things from a list."""
    numbers = [*city.ids, "KANARIA-1"]
    states = [*cases.STATES, *bills.STATES, *console.STATES]
    return [
        "/", "/audit", "/notices/new", "/bills/import",
        *(f"/{place}?state={state}" for place in ("cases", "bills", "notices") for state in states),
        *(f"/{place}?number={number}" for place in ("find", "cases", "bills", "notices", "audit")
          for number in numbers),
        *(f"/cases?done={state}&about={city.case}" for state in cases.STATES),
        f"/audit?who={city.inside.id}", "/audit?what=application_submitted",
    ]  # fmt: skip


def shown(clerk: Clerk, path: str) -> str:
    """A list without what she typed herself."""
    page = clerk.led(path)
    typed = path.partition("number=")[2] or path.partition("about=")[2]
    return page.text.replace(typed, "#") if typed else page.text


def test_no_list_count_or_search_tells_of_anothers_things(
    city: TwoOffices, outside: Clerk, inside: Clerk
) -> None:
    assert {path.partition("?")[0] for path in looked_for(city)} | {"/purpose"} == set(LISTS)
    seen = dict.fromkeys((*city.ids, CANARY), False)
    for path in looked_for(city):
        text = shown(outside, path)
        for id in seen:
            assert id not in text, path
            seen[id] |= id in shown(inside, path)
    assert all(found for id, found in seen.items() if id != city.file), "nothing was looked for"


def test_a_search_for_anothers_number_is_a_search_for_none(
    city: TwoOffices, outside: Clerk
) -> None:
    for place, id, none in (
        ("cases", city.case, NOWHERE["case"]),
        ("bills", city.bill, NOWHERE["bill"]),
        ("notices", city.notice, NOWHERE["notice"]),
        ("audit", city.case, NOWHERE["case"]),
    ):
        answers = [told(outside.get(f"/{place}?number={each}"), each) for each in (id, none)]
        assert answers[0] == answers[1], place
        assert answers[0][0] == 200


def test_the_desk_of_another_office_is_an_empty_one(
    city: TwoOffices, app: Flask, outside: Clerk
) -> None:
    """Counts of 今日 and of the menu included: the page is that of a city in which nothing is."""
    before = outside.get("/").text
    for kind, id in city.kept():
        if kind in ("application", "bill", "notice"):
            city.services.store.commit([Delete(kind, id)])
    assert outside.get("/").text == before


def test_a_purpose_for_anothers_number_opens_nothing(city: TwoOffices, outside: Clerk) -> None:
    answers = []
    for subject in (f"application/{city.case}", f"application/{NOWHERE['case']}"):
        id = subject.partition("/")[2]
        page = outside.post("/purpose", subject=subject, purpose="review")
        answers.append((told(page, id), told(outside.get(f"/cases/{id}"), id)))
    assert answers[0] == answers[1]


def test_what_she_writes_goes_to_her_own_office(
    city: TwoOffices, outside: Clerk, inside: Clerk
) -> None:
    page = outside.get("/notices/new")
    assert '<option value="vaccines"' in page.text
    assert '<option value="nursery"' not in page.text
    for topic in ("nursery", "no-such-topic"):
        refused = outside.post("/notices/new", **filled(page, topic=topic))
        assert refused.status_code == 422
    assert outside.post("/notices/new", **filled(page, topic="vaccines")).status_code == 303
    looked = upload(outside, csv(row("A-1"), row("A-2", kind="給食費")))
    assert "別の課の請求" in looked.text


def test_the_case_is_handed_over_on_the_page(
    city: TwoOffices, outside: Clerk, inside: Clerk
) -> None:
    page = inside.get(f"/cases/{city.case}")
    assert "担当 見本こども課" in page.text
    version = Form(page.text).values["version"]
    gone = inside.post(f"/cases/{city.case}/hand-over", office="kenko", version=version)
    assert gone.status_code == 200
    assert "見本けんこう課 に引き継ぎました" in gone.text
    assert inside.get(f"/cases/{city.case}").status_code == 404
    assert "担当 見本けんこう課" in outside.get(f"/cases/{city.case}").text


def test_the_administrator_gives_offices_and_the_list_is_of_the_whole_city(
    city: TwoOffices, app: Flask
) -> None:
    services = city.services
    boss = enter(app, city.desk.desk, person(services, roles=("administrator",)))
    path = f"/clerks/{city.outside.id}"
    assert "見本こども課" in boss.get("/clerks").text
    assert 'value="kenko" checked' in boss.get(path).text
    assert boss.post(path, act="roles", roles="cashier", offices="kodomo").status_code == 303
    assert staff.person(staff.here(services, city.outside.id)).offices == frozenset({"kodomo"})
    assert boss.post(path, act="roles", roles="cashier", offices="gone").status_code == 422
    assert "見本 はるか" in boss.post(
        "/clerks", name="見本 はるか", roles="author", offices="kenko"
    ).text  # fmt: skip
    assert boss.get("/notices").status_code == 403


def test_who_has_no_office_yet_is_told_so(city: TwoOffices, app: Flask) -> None:
    nobody = enter(app, city.desk.desk, person(city.services))
    assert "課がまだ決まっていない" in nobody.get("/").text
    assert "課がまだ決まっていない" not in enter(app, city.desk.desk, city.inside).get("/").text


# ------------------------------------------------------------------------ any offices
KINDS = st.sampled_from(("kodomo", "kenko", "machi"))


@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(*[KINDS] * 4, st.none() | KINDS, st.frozensets(KINDS | st.just("gone")))
def test_for_any_offices_nobody_outside_sees_a_byte_and_everybody_inside_all(
    city: TwoOffices,
    of_case: str,
    of_bill: str,
    of_notice: str,
    rest: str,
    handed_to: str | None,
    held: frozenset[str],
) -> None:
    """Whose the case, the bill and the notices are, and who looks, are drawn."""
    names = {code: {"ja": f"見本{code}"} for code in ("kodomo", "kenko", "machi")}
    owns = {
        ("application", PROCEDURE): of_case,
        ("bill", "nursery_fee"): of_bill,
        ("notice", "nursery"): of_notice,
    }
    offices = Offices(names, owns, rest)
    services = _with(city, offices, handed_to)
    staff.set_offices(_with(city, _known(held)), city.outside.id, sorted(held))
    clerk = enter(create_app(services, ("console", "console_assets")), city.desk.desk, city.outside)
    record = services.store.get("application", city.case)
    assert record is not None
    whose = {
        city.case: offices.of("application", str(record.data["procedure"]), record.data["office"]),
        city.bill: offices.of("bill", "nursery_fee"),
        city.notice: offices.of("notice", "nursery"),
    }
    pages = ["/", "/audit", "/cases", "/bills", "/notices"]
    seen = "".join(clerk.get(each).text for each in pages)
    homes = {city.case: "/cases/", city.bill: "/bills/", city.notice: "/notices/"}
    for id, office in whose.items():
        opened = clerk.get(f"{homes[id]}{id}")
        assert (id in seen) == (office in held), (id, office, held)
        assert opened.status_code == (200 if office in held else 404)


def _known(held: frozenset[str]) -> Offices:
    return Offices({each: {"ja": each} for each in held}, {}, "")


def _with(city: TwoOffices, offices: Offices, given_to: str | None = None) -> Services:
    """The city with these offices, the case handed to one of them or to none."""
    store = city.services.store
    record = store.get("application", city.case)
    assert record is not None
    changed = dataclasses.replace(record, data={**record.data, "office": given_to})
    store.commit([Replace(changed)])
    config = dataclasses.replace(city.services.config, offices=offices)
    return dataclasses.replace(city.services, config=config)


# --------------------------------------------------------------------- at one place
#: what reads the city's things without asking who reads
PAST = {
    ("notices", "get"), ("notices", "listing"), ("batches", "get"), ("audit", "acts"),
    ("bills", "own"), ("bills", "of_resident"), ("bills", "ledger_of_month"),
}  # fmt: skip
SCOPED = ("application", "bill", "notice", "batch")
INDEXES = ("applications_", "bills_", "notices", "batches")


def past_the_scope(path: Path) -> list[str]:
    found = []
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        first = call.args[0] if call.args else None
        named = str(first.value) if isinstance(first, ast.Constant) else ""
        on, name = ast.unparse(call.func.value), call.func.attr
        store = on.endswith("store") and (
            (name in ("get", "get_many", "walk") and named in SCOPED)
            or (name == "find" and named.startswith(INDEXES))
        )
        if (on, name) in PAST or store:
            found.append(f"{path.name}: {ast.unparse(call)}")
    return found


#: of journeys: functions of the desk only
DESK = ("cases.py", "hand_over.py", "bill_desk.py")


def test_the_desk_reads_what_belongs_to_an_office_through_the_scope_alone() -> None:
    paths = [*(ROOT / "web").glob("console*.py"), *(ROOT / "journeys" / each for each in DESK)]
    assert [found for path in paths for found in past_the_scope(path)] == []
