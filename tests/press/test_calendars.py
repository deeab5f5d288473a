"""Calendars that any calendar can read: the city's yearly windows, and a family's own file."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parts.calendars import Component, NotACalendarError, read
from tests.press.conftest import ROOT, TODAY, press_of
from tests.press.pages import read as read_page
from todoke.adapters import blob_keys
from todoke.core import catalogue, deadlines
from todoke.core.catalogue import Catalogue
from todoke.press import calendar_feed
from todoke.press.calendar_feed import Entry
from todoke.press.frame import FOLDERS
from todoke.press.house import House

CHANGED = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
JST = timezone(timedelta(hours=9))


@pytest.fixture(scope="module")
def calendars(release: Mapping[str, bytes]) -> Mapping[str, Component]:
    return {key: read(body) for key, body in release.items() if key.startswith("calendars/")}


@pytest.fixture(scope="module")
def unpaid(city: Catalogue) -> Catalogue:
    """The city as if it had set no day of payment."""
    bare = {id: replace(each, pay_day=None) for id, each in city.benefits.items()}
    return replace(city, benefits=bare)


def windows(calendar: Component) -> list[Component]:
    """Its events without the days on which allowances are paid."""
    return [each for each in calendar.all("VEVENT") if ".paid-" not in each.one("UID")]


def of(press: House, *entries: Entry) -> Component:
    return read(calendar_feed.calendar(press._frame, "calendars/x.ics", "名前", "説明", entries))


# ------------------------------------------------------------------------- the city's own
def test_every_topic_with_a_yearly_window_has_a_calendar_in_every_language(
    calendars: Mapping[str, Component], city: Catalogue
) -> None:
    wanted = {
        each.topic
        for each in city.procedures.values()
        if each.deadline.kind == "annual_window" and not each.ended
    }
    assert len(wanted) >= 4
    assert set(calendars) == {
        f"calendars/{folder}{topic}.ics"
        for folder in FOLDERS.values()
        for topic in (*wanted, "all")
    }
    for key in calendars:
        assert blob_keys.media_type(key) == "text/calendar; charset=utf-8"


def test_the_days_of_a_calendar_are_those_the_rule_answers(
    calendars: Mapping[str, Component], city: Catalogue
) -> None:
    book = deadlines.book(city)
    days = {}
    for event in windows(calendars["calendars/all.ics"]):
        procedure, part, _ = event.one("UID").split("@")[0].split(".")
        days[procedure, part] = event.one("DTSTART")
        # the end of a whole day is the day after it (3.6.1)
        first = date.fromisoformat(event.one("DTSTART"))
        assert event.one("DTEND") == f"{first + timedelta(days=1):%Y%m%d}"
        assert event.parameters["DTSTART"] == event.parameters["DTEND"] == {"VALUE": "DATE"}
    assert {procedure for procedure, _ in days} == set(book.windows)
    for (procedure, part), day in days.items():
        opened = int(days[procedure, "opens"][:4])
        answer = deadlines.compute(book, "annual_window", {"procedure": procedure, "year": opened})
        wanted = answer["from" if part == "opens" else "until"]
        assert day == str(wanted).replace("-", "")


def test_a_window_of_the_law_comes_every_year_and_one_of_the_city_once(
    calendars: Mapping[str, Component], city: Catalogue
) -> None:
    own = {id for id, each in city.procedures.items() if "deadline" in each.own}
    assert "ho-moushikomi" in own
    for event in windows(calendars["calendars/all.ics"]):
        procedure = event.one("UID").split(".")[0]
        assert event.values.get("RRULE", []) == ([] if procedure in own else ["FREQ=YEARLY"])
        assert ("毎年" in event.text("DESCRIPTION").split("\n")[-2]) == (procedure not in own)


def test_a_calendar_names_itself_says_when_to_ask_again_and_leads_to_the_page(
    calendars: Mapping[str, Component], release: Mapping[str, bytes]
) -> None:
    uids: list[str] = []
    for key, each in calendars.items():
        assert each.one("VERSION") == "2.0"
        assert each.one("REFRESH-INTERVAL") == each.one("X-PUBLISHED-TTL") == "P1D"
        assert each.one("SOURCE") == f"https://city.minatono.example/{key}"
        assert each.text("NAME") == each.text("X-WR-CALNAME")
        assert each.all("VEVENT")
        for event in each.all("VEVENT"):
            page = event.one("URL").removeprefix("https://city.minatono.example/")
            assert page in release
            assert event.text("DESCRIPTION").endswith(event.one("URL"))
            assert event.text("SUMMARY")
            assert event.one("TRANSP") == "TRANSPARENT"
        if not key.endswith("all.ics"):
            uids += [event.one("UID") for event in each.all("VEVENT")]
    assert len(set(uids)) == len(uids)


def test_a_calendar_is_the_same_until_a_fact_is_another(
    press: House, city: Catalogue, release: Mapping[str, bytes], site: Mapping[str, bytes]
) -> None:
    # to the end of the fiscal year: then the payment days of another one are told
    later = press_of(site).site(city, date(2027, 3, 31))
    key = "calendars/allowance.ics"
    assert later[key] == release[key]
    path = "procedures/jt-genkyo.yaml"
    changed = {**site, path: site[path].replace(b"to_md: 06-30", b"to_md: 07-05")}
    again = press_of(changed).site(catalogue.parse(changed), TODAY)
    assert again[key] != release[key]
    before, after = (
        {each.one("UID") for each in read(found[key]).all("VEVENT")} for found in (release, again)
    )
    assert before == after  # a calendar moves what it shows instead of showing it twice


def test_an_ended_procedure_has_no_day_and_one_that_will_end_no_further_ones(
    press: House, unpaid: Catalogue
) -> None:
    city = unpaid
    one = city.procedures["jt-genkyo"]
    for changed, wanted in (
        (replace(one, ended=True), None),
        (replace(one, effective_until="2028-03-31"), "FREQ=YEARLY;UNTIL=20280331"),
    ):
        other = replace(city, procedures={**city.procedures, one.id: changed})
        made = calendar_feed.files(other, press._frame, TODAY)
        assert ("calendars/allowance.ics" in made) == (wanted is not None)
        if wanted:
            [event, _] = read(made["calendars/allowance.ics"]).all("VEVENT")
            assert event.one("RRULE") == wanted


def test_a_city_without_yearly_windows_and_payment_days_has_no_calendars(
    press: House, unpaid: Catalogue
) -> None:
    none = {id: each for id, each in unpaid.procedures.items() if not each.deadline.from_md}
    assert calendar_feed.files(replace(unpaid, procedures=none), press._frame, TODAY) == {}


@pytest.mark.parametrize("folder", FOLDERS.values())
def test_the_page_of_topics_leads_to_every_calendar_of_its_language(
    release: Mapping[str, bytes], folder: str
) -> None:
    page = read_page(release[f"{folder}topics.html"])
    links = [each["href"] for each in page.all("a") if each.get("href", "").endswith(".ics")]
    kind = re.compile(rf"calendars/{folder}[a-z_]+\.ics")
    files = {f"/{key}" for key in release if kind.fullmatch(key)}
    assert len(files) > 4
    assert files == {each for each in links if each.startswith("/")}
    kept = {f"webcal://city.minatono.example{each}" for each in files}
    assert kept == {each for each in links if each.startswith("webcal:")}
    assert len(links) == 2 * len(files)


def test_a_moment_is_written_in_utc_and_the_29th_of_february_comes_every_year(press: House) -> None:
    begins = datetime(2026, 12, 5, 10, 30, tzinfo=JST)
    event = Entry(
        "fest", begins, "もちつき", CHANGED, end=begins + timedelta(hours=2), place="広場"
    )
    day = Entry("leap", date(2024, 2, 29), "うるう日", CHANGED, yearly=True)
    [first, second] = of(press, event, day).all("VEVENT")
    assert (first.one("DTSTART"), first.one("DTEND")) == ("20261205T013000Z", "20261205T033000Z")
    assert first.text("LOCATION") == "広場"
    assert second.one("RRULE") == "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1"


# ------------------------------------------------------------------------- lines
#: whatever a person or a file may hold: no lone half of a character, which UTF-8 cannot say
_TEXTS = st.text(
    st.characters(codec="utf-8") | st.sampled_from("\r\n\t\\;,:\"'あ𠮷👨‍👩‍👧 "),
    max_size=120,
)


@settings(max_examples=300)
@given(_TEXTS, _TEXTS, _TEXTS)
def test_any_text_comes_back_out_of_a_calendar(
    press: House, title: str, text: str, place: str
) -> None:
    [event] = of(press, Entry("a", TODAY, title, CHANGED, text=text, place=place)).all("VEVENT")
    for name, said in (("SUMMARY", title), ("DESCRIPTION", text), ("LOCATION", place)):
        assert (event.text(name) if name in event.values else "") == _plain(said)


def _plain(text: str) -> str:
    """Line ends as one, without what no calendar may hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each for each in text if each in "\t\n" or not (each < " " or each == "\x7f"))


@pytest.mark.parametrize(
    "body",
    [
        b"BEGIN:VCALENDAR\nEND:VCALENDAR\n",
        b"BEGIN:VCALENDAR\r\nEND:VCALENDAR",
        b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\nNAME:" + b"x" * 71 + b"\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\nNAME\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\nNAME:\x07\r\nEND:VCALENDAR\r\n",
    ],
)
def test_the_reader_takes_no_file_that_breaks_the_grammar(body: bytes) -> None:
    with pytest.raises(NotACalendarError):
        read(body)


# ------------------------------------------------------------------------- the device's own
def on_the_device(
    texts: list[str], entries: list[dict[str, Any]], name: str = ""
) -> Mapping[str, Any]:
    done = subprocess.run(
        ["node", "tests/js/calendar_lines.mjs"],
        cwd=ROOT,
        input=json.dumps(
            {"texts": texts, "entries": entries, "name": name, "now": 1_795_000_000_000}
        ),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: Mapping[str, Any] = json.loads(done.stdout)
    return found


@settings(max_examples=5, deadline=None)
@given(st.lists(_TEXTS, min_size=60, max_size=60))
def test_the_device_writes_lines_as_the_city_does(texts: list[str]) -> None:
    long = [*texts, "あ" * 40, "a" + "あ" * 40, "ab" + "あ" * 40, "👨‍👩‍👧" * 20, "x" * 75, "x" * 76]
    there = on_the_device(long, [])["texts"]
    assert there == [[calendar_feed.escaped(each), calendar_feed.folded(each)] for each in long]


def test_a_familys_file_holds_its_days_its_reminders_and_nothing_else() -> None:
    entries: list[dict[str, Any]] = [
        {
            "id": "r4nd0m-1",
            "title": "出生届; 市役所, 1階",
            "text": "14日目まで\n見本の子",
            "day": "2026-12-28",
            "remind": [{"days": 1, "hour": 9}, {"days": 0, "hour": 9}],
        },
        {"id": "r4nd0m-2", "title": "期間", "day": "2027-02-01", "until": "2027-02-28"},
        {
            "id": "r4nd0m-3",
            "title": "健診",
            "at": 1_796_000_400_000,
            "minutes": 45,
            "place": "見本",
        },
    ]
    found = on_the_device([], entries, "うちの子")["file"]
    calendar = read(found.encode())
    assert calendar.text("NAME") == "うちの子"
    [birth, window, visit] = calendar.all("VEVENT")
    assert birth.text("SUMMARY") == entries[0]["title"]
    assert birth.text("DESCRIPTION") == entries[0]["text"]
    assert (birth.one("DTSTART"), birth.one("DTEND")) == ("20261228", "20261229")
    assert [each.one("TRIGGER") for each in birth.all("VALARM")] == ["-PT15H", "PT9H"]
    assert all(each.text("DESCRIPTION") == entries[0]["title"] for each in birth.all("VALARM"))
    assert (window.one("DTSTART"), window.one("DTEND")) == ("20270201", "20270301")
    assert (visit.one("DTSTART"), visit.one("DTEND")) == ("20261130T010000Z", "20261130T014500Z")
    for number, event in enumerate(calendar.all("VEVENT"), 1):
        assert event.one("UID") == f"r4nd0m-{number}@device.todoke"
        assert event.one("CLASS") == "PRIVATE"
    names = {name for event in calendar.all("VEVENT") for name in event.values}
    assert names == {
        *("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "LOCATION", "CLASS"),
        "TRANSP",
    }
