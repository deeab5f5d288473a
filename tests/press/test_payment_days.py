"""Payment days as the city set them: on the pages of a benefit and in the calendars, and nowhere
where the city has set none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from tests.parts.calendars import Component
from tests.parts.calendars import read as read_calendar
from tests.press.conftest import TODAY, press_of
from tests.press.pages import read
from todoke.core import catalogue, payment_days
from todoke.core.catalogue import Catalogue
from todoke.press import calendar_feed
from todoke.press.frame import FOLDERS
from todoke.press.house import House

ALL = "calendars/all.ics"
#: this fiscal year and the next
SPAN = (date(2026, 4, 1), date(2028, 3, 31))


def paid(calendar: Component) -> list[Component]:
    return [each for each in calendar.all("VEVENT") if ".paid-" in each.one("UID")]


def without(site: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The same city, which has set no day."""
    text = site["todoke.toml"].decode()
    return {**site, "todoke.toml": text[: text.index("[payment_days.")].encode()}


@pytest.mark.parametrize("folder", FOLDERS.values())
def test_a_calendar_holds_every_payment_of_two_fiscal_years_once(
    release: Mapping[str, bytes], city: Catalogue, folder: str
) -> None:
    found = paid(read_calendar(release[f"calendars/{folder}all.ics"]))
    wanted = [
        (f"{id}.paid-{each.nominal:%Y-%m}", f"{each.on:%Y%m%d}")
        for id in ("jidou_teate", "jidou_fuyou_teate")
        for each in payment_days.between(city, id, *SPAN)
    ]
    assert len(wanted) == 24
    told = [(each.one("UID").split("@")[0], each.one("DTSTART")) for each in found]
    assert sorted((uid.rpartition(".")[0], day) for uid, day in told) == sorted(wanted)
    assert not [each for each in found if "RRULE" in each.values]


def test_a_payment_says_who_set_the_day_and_leads_to_the_page_that_says_so_too(
    release: Mapping[str, bytes],
) -> None:
    for event in paid(read_calendar(release[ALL])):
        said = event.text("DESCRIPTION")
        assert "みなと野市が決めた" in said
        assert "見本" in said
        page = event.one("URL").removeprefix("https://city.minatono.example/")
        assert "data-paid" in release[page].decode()


def test_only_calendars_with_payments_name_them(release: Mapping[str, bytes]) -> None:
    for key in (each for each in release if each.startswith("calendars/")):
        calendar = read_calendar(release[key])
        named = any(each in calendar.text("NAME") for each in ("支払日", "お金が", "payment"))
        assert named == bool(paid(calendar)), key


@pytest.mark.parametrize(
    ("folder", "head"),
    [("", "市が決めた日"), ("easy/", "決"), ("en/", "As set by Minatono City")],
)
def test_the_page_of_a_benefit_says_its_next_three_days(
    release: Mapping[str, bytes], folder: str, head: str
) -> None:
    for id, days in (
        ("jt-nintei", ["2026-12-10", "2027-02-10", "2027-04-09"]),
        ("hi-jifu-nintei", ["2027-01-08", "2027-03-11", "2027-05-11"]),
    ):
        body = release[f"{folder}procedures/{id}.html"].decode()
        part = body[body.index("data-paid") :].partition("</div>")[0]
        assert [each["datetime"] for each in read(part.encode()).all("time")] == days
        assert head in part
        assert "https://www.city.minatono.example/kodomo/teate" in part


def test_a_page_moves_on_once_a_day_is_over(site: Mapping[str, bytes], city: Catalogue) -> None:
    later = press_of(site).site(city, date(2026, 12, 11))["procedures/jt-nintei.html"].decode()
    part = later[later.index("data-paid") :].partition("</div>")[0]
    assert "2026-12-10" not in part
    assert "2027-02-10" in part


def test_a_city_that_has_set_no_day_says_nothing(site: Mapping[str, bytes]) -> None:
    bare = without(site)
    printed = press_of(bare).site(catalogue.parse(bare), TODAY)
    for key, body in printed.items():
        if key.startswith("calendars/"):
            assert paid(read_calendar(body)) == [], key
        elif key.endswith(".html"):
            assert b"data-paid" not in body, key


def test_a_payment_that_moves_is_the_same_event(press: House, city: Catalogue) -> None:
    moved = replace(city, closed=("2026-12-10",))
    before, after = (
        {
            each.one("UID"): each.one("DTSTART")
            for each in paid(read_calendar(calendar_feed.files(one, press._frame, TODAY)[ALL]))
        }
        for one in (city, moved)
    )
    assert set(before) == set(after)
    assert {uid for uid in before if before[uid] != after[uid]} == {
        "jidou_teate.paid-2026-12.ja@city.minatono.example"
    }


def test_an_ended_benefit_is_paid_no_more(press: House, city: Catalogue) -> None:
    ended = {
        id: replace(each, ended=True) if each.result.benefit == "jidou_teate" else each
        for id, each in city.procedures.items()
    }
    files = calendar_feed.files(replace(city, procedures=ended), press._frame, TODAY)
    assert {each.one("UID").split(".")[0] for each in paid(read_calendar(files[ALL]))} == {
        "jidou_fuyou_teate"
    }
