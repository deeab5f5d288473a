"""Pages of places and events: whole without a script, safe whatever a city's data says, printed
again only when their list changed; and the calendar files beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.parts import calendars
from tests.press.conftest import TODAY, press_of
from tests.press.pages import read
from todoke.core import catalogue, medical_subjects, places
from todoke.core.catalogue import Catalogue
from todoke.core.errors import TodokeError
from todoke.core.places import Origin, Place, PlaceList
from todoke.press.frame import FOLDERS
from todoke.press.house import House
from todoke.press.place_pages import MOST_OWN, PAGE, TYPES

Site = Mapping[str, bytes]
HOSTILE = '<script>alert("1")</script>\'"&'


def with_list(site: Site, kind: str, *rows: Place, origin: Origin | None = None) -> Site:
    found = PlaceList(kind, origin or Origin("x.csv"), rows)
    return {**site, places.path_of(kind): places.write(found)}


def printed(site: Site, today: date = TODAY) -> Mapping[str, bytes]:
    return press_of(site).site(catalogue.parse(site), today)


def listed(city: Catalogue, kind: str) -> tuple[Place, ...]:
    return places.read(places.path_of(kind), city.places[kind].body).places


def test_every_place_of_the_demonstration_is_on_its_page_and_visibly_made_up(
    release: Mapping[str, bytes], city: Catalogue
) -> None:
    for kind in places.KINDS:
        rows = listed(city, kind)
        assert len(rows) >= 5
        for folder in FOLDERS.values():
            page = release[f"{folder}places/{kind}.html"].decode()
            for each in rows:
                assert each.name.startswith("(架空)")
                assert each.name in page, (folder, each.name)
                for phone in each.phones:
                    assert f'href="tel:{phone.replace("-", "")}"' in page


def test_the_first_page_and_the_index_lead_to_the_lists(release: Mapping[str, bytes]) -> None:
    for folder in FOLDERS.values():
        assert f"/{folder}places/index.html" in read(release[f"{folder}index.html"]).values("href")
        found = read(release[f"{folder}places/index.html"]).values("href")
        assert [f"/{folder}places/{each}.html" in found for each in places.KINDS] == [True] * 5


def test_what_only_a_script_can_do_is_hidden_until_it_is_there(
    release: Mapping[str, bytes],
) -> None:
    page = read(release["places/childcare.html"])
    narrow = next(each for each in page.all("div") if each.get("id") == "narrow")
    assert "hidden" in narrow
    rows = [each for each in page.all("li") if "data-at" in each]
    assert rows
    assert not any("hidden" in each for each in rows)


def test_a_map_and_another_site_learn_nothing_of_the_page_one_came_from(
    release: Mapping[str, bytes],
) -> None:
    page = read(release["places/childcare.html"])
    maps = [each for each in page.all("a") if "gsi.go.jp" in each["href"]]
    assert maps
    for each in maps:
        assert each["rel"] == "noreferrer"
        assert re.fullmatch(r"https://maps\.gsi\.go\.jp/#17/[\d.]+/[\d.]+/", each["href"])


def test_names_in_the_english_edition_are_marked_as_japanese(release: Mapping[str, bytes]) -> None:
    for kind in places.KINDS:
        html = release[f"en/places/{kind}.html"].decode()
        html = re.sub(r"<(script|nav|head|select)\b.*?</\1>", "", html, flags=re.S)
        html = re.sub(r'<(\w+)[^>]*\blang="ja"[^>]*>.*?</\1>', "", html, flags=re.S)
        left = re.sub(r"<[^>]+>", "", html)
        assert not re.search(r"[ぁ-ヺ一-鿿]", left), (kind, re.findall(r"[ぁ-ヺ一-鿿]+", left))


def test_names_in_the_easy_edition_have_the_reading_the_city_gave(
    release: Mapping[str, bytes],
) -> None:
    page = release["easy/places/childcare.html"].decode()
    assert "<ruby>(架空)あおぞら保育園<rt>あおぞらほいくえん</rt></ruby>" in page


def test_markup_in_a_citys_data_is_text(site: Site) -> None:
    row = Place("h1", HOSTILE, type=HOSTILE, address=HOSTILE, area=HOSTILE, about=HOSTILE,
                hours=HOSTILE, ages=HOSTILE, days="月")  # fmt: skip
    event = Place("h2", HOSTILE, first="2026-12-01", last="2026-12-01", venue=HOSTILE)
    files = printed(with_list(with_list(site, "childcare", row), "events", event))
    for folder in FOLDERS.values():
        for kind in ("childcare", "events"):
            page = read(files[f"{folder}places/{kind}.html"])
            assert page.problems == []
            assert HOSTILE in page.text
            assert len(list(page.all("script"))) == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "javascript:alert(1)"), ("phones", ["tel:1"]), ("id", "../../x"), ("days", "x"),
        ("opens", "25:00"), ("latitude", 95.0), ("latitude", True), ("hazards", ["war"]),
        ("first", "2026-02-30"), ("temporary", "maybe"), ("age_from", -1), ("name", 7),
        ("name", ""), ("unknown", "x"), ("capacity", True),
    ],
)  # fmt: skip
def test_a_list_written_by_hand_is_read_strictly(site: Site, field: str, value: object) -> None:
    shape = json.loads(site["places/childcare.json"])
    shape["places"][0][field] = value
    with pytest.raises(TodokeError) as caught:
        catalogue.parse({**site, "places/childcare.json": json.dumps(shape).encode()})
    assert caught.value.code == "site_file_invalid"
    assert caught.value.details["field"].startswith("places[1]")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("places/childcare.json", b"{"), ("places/childcare.json", b"[" * 100_000),
        ("places/other.json", b"{}"), ("places/childcare.json", b'{"places": []}'),
        ("places/childcare.json", b"\xff"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_named(site: Site, path: str, body: bytes) -> None:
    with pytest.raises(TodokeError, match=path.replace(".", "\\.")):
        catalogue.parse({**site, path: body})


def test_a_long_list_has_several_pages_that_name_each_other(site: Site) -> None:
    rows = [Place(f"n{n}", f"(架空){n:04}番") for n in range(2 * PAGE + 1)]
    files = printed(with_list(site, "public", *rows))
    paths = ["places/public.html", "places/public-2.html", "places/public-3.html"]
    for number, path in enumerate(paths):
        page = read(files[path])
        others = [f"/{each}" for each in paths if each != path]
        narrow = next(each for each in page.all("div") if each.get("id") == "narrow")
        assert narrow["data-pages"].split() == others
        assert set(others) <= set(page.values("href"))
        assert f"(架空){number * PAGE:04}番" in page.text
    assert "places/public-4.html" not in files
    found = "".join(read(files[path]).text for path in paths)
    assert all(found.count(each.name) == 1 for each in rows)


def test_a_city_without_lists_has_no_page_of_them_and_no_link(site: Site) -> None:
    without = {path: body for path, body in site.items() if not path.startswith("places/")}
    files = printed(without)
    assert not [path for path in files if "places/" in path]
    assert b"places/index.html" not in files["index.html"]


def test_a_page_without_places_keeps_its_mark_when_a_list_changes(site: Site) -> None:
    press = press_of(site)
    first = press.printing(catalogue.parse(site), TODAY)
    list(first)
    other = catalogue.parse(with_list(site, "public", Place("a", "(架空)あ")))
    second = press.printing(other, TODAY)
    list(second)
    before, after = (json.loads(each.plan(1))["pages"] for each in (first, second))
    changed = {path for path in before if before[path][0] != after[path][0]}
    wanted = {
        f"{each}places/{page}.html" for each in FOLDERS.values() for page in ("index", "public")
    }
    assert changed == wanted


def test_a_list_taken_away_takes_its_page_along(site: Site) -> None:
    less = {path: body for path, body in site.items() if path != "places/events.json"}
    files = printed(less)
    assert not [path for path in files if path.startswith("places/events")]
    assert "places/public.html" in files


def test_types_are_named_in_every_language(press: House) -> None:
    for name in set(TYPES.values()):
        for language in FOLDERS:
            assert press._words.has(language, f"site.places.type_of.{name}")


# ------------------------------------------------------------------ clinics by department
CLINICS = (
    Place("a", "(架空)あさひ医院", address="見本町1", subjects="内・小"),
    Place("b", "(架空)いずみ医院", address="見本町2", subjects="小児科(予約制)、漢方内科"),
    Place("c", "(架空)うみ医院", address="見本町3", subjects=HOSTILE),
)


def options(html: str) -> list[str]:
    [select] = re.findall(r'<select id="subject">.*?</select>', html, re.S)
    return re.findall(r'<option value="([^"]+)"', select)


def test_clinics_are_grouped_by_department_without_a_script(site: Site) -> None:
    files = printed(with_list(site, "medical", *CLINICS))
    for folder in FOLDERS.values():
        page = read(files[f"{folder}places/medical.html"])
        assert f"/{folder}places/medical-subjects.html" in page.values("href")
        groups = read(files[f"{folder}places/medical-subjects.html"])
        assert groups.problems == []
        chips = [each["href"] for each in groups.all("a") if each.get("class") == "chip"]
        heads = [f"#{each['id']}" for each in groups.all("h2")]
        assert chips[:2] == ["#s-children", "#s-internal"], "what a family looks for comes first"
        assert heads[: len(chips)] == chips
        links = [each for each in groups.values("href") if "#at-" in each]
        assert links[:3] == [f"/{folder}places/medical.html#at-{each}" for each in "aba"]
        rows = {each["id"] for each in page.all("li") if "id" in each}
        assert {each.partition("#")[2] for each in links} <= rows


def test_a_department_has_its_name_in_three_languages_or_the_citys_own(site: Site) -> None:
    files = printed(with_list(site, "medical", *CLINICS))
    said = {"": "小児科 2", "easy/": "子どもの", "en/": "Children (pediatrics)"}
    for folder, words in said.items():
        assert words in read(files[f"{folder}places/medical-subjects.html"]).text
    english = files["en/places/medical-subjects.html"].decode()
    assert '<span lang="ja">漢方内科</span>' in english
    row = files["en/places/medical.html"].decode()
    assert 'data-subjects="小児科|漢方内科"' in row
    assert '<p lang="ja">小児科(予約制)、漢方内科</p>' in row, "what the city wrote stays"


def test_departments_are_offered_with_a_script_the_citys_own_last(site: Site) -> None:
    files = printed(with_list(site, "medical", *CLINICS))
    assert options(files["en/places/medical.html"].decode())[:3] == ["小児科", "内科", "漢方内科"]
    many = [Place(f"m{n}", f"(架空){n}", subjects=f"見本{n}科、内科") for n in range(3 * MOST_OWN)]
    files = printed(with_list(site, "medical", *many))
    assert len(options(files["places/medical.html"].decode())) == MOST_OWN + 1
    assert b"medical-subjects" not in files["places/public.html"]


def test_of_many_clinics_each_department_has_a_page_of_its_own(site: Site) -> None:
    many = [Place(f"m{n}", f"(架空){n:03}", subjects="内科・漢方内科") for n in range(PAGE)]
    files = printed(with_list(site, "medical", *many, CLINICS[0]))
    index = read(files["en/places/medical-subjects.html"])
    chips = [each["href"] for each in index.all("a") if each.get("class") == "chip"]
    assert chips[:2] == ["/en/places/medical-s-children.html", "/en/places/medical-s-internal.html"]
    assert not [each for each in index.values("href") if "#at-" in each]
    for chip in chips:
        page = read(files[chip.removeprefix("/")])
        assert page.problems == []
        links = [each for each in page.values("href") if "#at-" in each]
        assert len(links) == (1 if "children" in chip else PAGE + 1 if "internal" in chip else PAGE)
    last = read(files["places/medical-s-internal.html"])
    rows = [f"/places/medical{each}.html#at-" for each in ("", "-2")]
    assert all(any(each.startswith(row) for each in last.values("href")) for row in rows)


def test_every_department_has_words(press: House) -> None:
    for key, _ in medical_subjects.TABLE.values():
        for language in FOLDERS:
            assert press._words.has(language, f"site.places.subject_of.{key}")


# ------------------------------------------------------------------ days that are not usual
def test_closed_days_of_the_city_and_words_of_the_place_reach_the_device(site: Site) -> None:
    decided = (
        'as_of = "2026-04"\nsource = { title = { ja = "見本の条例", easy = "みほん", en = "x" } }'
    )
    settings = site["todoke.toml"] + f'\n[closed_days]\ndays = ["08-14"]\n{decided}\n'.encode()
    row = Place("a", "(架空)見本館", days="月", hours="祝日休み\n年末年始(12/28～1/4)も開館")
    rows = with_list({**site, "todoke.toml": settings}, "public", row)
    page = read(printed(rows)["places/public.html"])
    narrow = next(each for each in page.all("div") if each.get("id") == "narrow")
    assert narrow["data-city-closed"] == "08-14"
    sentences = {
        name for name in narrow if name.startswith(("data-ask-", "data-closed-", "data-open-"))
    }
    assert sentences == {
        "data-ask-holiday", "data-ask-year-end", "data-ask-own", "data-closed-holiday",
        "data-closed-year-end", "data-open-holiday", "data-open-year-end",
    }  # fmt: skip
    [shown] = [each for each in page.all("li") if each.get("id") == "at-a"]
    assert (shown["data-shut"], shown["data-runs"]) == ("holiday", "year_end")
    assert shown["data-turn"] == "12-28 01-04"


def test_no_id_of_a_list_is_an_id_of_the_page(site: Site) -> None:
    names = ("narrow", "told", "places", "today", "near", "nothing", "data", "subject", "list")
    rows = [Place(each, f"(架空){each}", subjects="小児科") for each in names]
    events = [replace(each, first="2026-12-01", last="2026-12-01") for each in rows]
    files = printed(with_list(with_list(site, "medical", *rows), "events", *events))
    for path in ("places/medical.html", "places/events.html", "places/medical-subjects.html"):
        ids = re.findall(r'\sid="([^"]+)"', files[path].decode())
        assert len(ids) == len(set(ids)), path


# ------------------------------------------------------------------ events
def test_events_that_are_over_are_left_out_and_the_next_one_is_first(site: Site) -> None:
    def event(id: str, first: date, last: date) -> Place:
        return Place(id, f"(架空){id}", first=first.isoformat(), last=last.isoformat())

    day = timedelta(days=1)
    rows = [
        event("later", TODAY + 9 * day, TODAY + 9 * day),
        event("over", TODAY - 2 * day, TODAY - day),
        event("on", TODAY - 3 * day, TODAY),
        event("next", TODAY + day, TODAY + day),
    ]
    files = printed(with_list(site, "events", *rows))
    html = files["places/events.html"].decode()
    assert re.findall(r"\(架空\)(\w+)</span></h3>", html) == ["on", "next", "later"]
    assert "places/events/over.ics" not in files
    assert files["places/events.ics"].count(b"BEGIN:VEVENT") == 3
    tomorrow = printed(with_list(site, "events", *rows), TODAY + day)
    assert b"places/events/on.ics" not in tomorrow["places/events.html"]


def test_a_list_of_events_that_are_over_says_so(site: Site) -> None:
    old = Place("o", "(架空)前", first="2020-01-01", last="2020-01-01")
    page = printed(with_list(site, "events", old))["places/events.html"].decode()
    assert '<p class="paper empty" id="nothing">' in page


def lines_of(body: bytes) -> list[str]:
    """Content lines, unfolded (RFC 5545 section 3.1)."""
    text = body.decode()
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(each.encode()) <= 75 for each in text.split("\r\n"))
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def test_an_event_is_a_calendar_file(release: Mapping[str, bytes]) -> None:
    lines = lines_of(release["places/events/V01.ics"])
    assert lines[lines.index("BEGIN:VEVENT") :] == [
        "BEGIN:VEVENT", "UID:V01.2026-12-05.ja@city.minatono.example", "DTSTAMP:20261031T150000Z",
        "DTSTART:20261205T013000Z", "DTEND:20261205T020000Z", "SUMMARY:(架空)冬のおはなし会",
        "DESCRIPTION:絵本を3冊読みます。\\n0歳から3歳の子と家族\\n無料\\n000-000-0000",
        "LOCATION:(架空)中央図書館 みなと野市駅前1-5",
        "URL:https://city.minatono.example/places/events.html#at-V01", "END:VEVENT",
        "END:VCALENDAR",
    ]  # fmt: skip
    several = lines_of(release["places/events/V03.ics"])
    assert "DTSTART;VALUE=DATE:20261226" in several
    assert "DTEND;VALUE=DATE:20261228" in several, "the day after the last one"


def test_all_events_are_a_feed_for_a_calendar(release: Mapping[str, bytes]) -> None:
    lines = lines_of(release["places/events.ics"])
    assert "REFRESH-INTERVAL;VALUE=DURATION:P1D" in lines
    assert lines.count("BEGIN:VEVENT") == 6
    found = calendars.read(release["places/events.ics"]).all("VEVENT")
    assert found[0].text("SUMMARY") == "(架空)冬のおはなし会"
    assert len({each.one("UID") for each in found}) == 6


def test_signs_of_a_calendar_in_a_text_are_escaped(site: Site) -> None:
    name = "a\\b;c,d\nEND:VCALENDAR\r\nX"
    event = Place("x", name, first="2026-12-01", last="2026-12-01", opens="23:30", closes="24:00")
    event = replace(event, url="https://www.city.example/a?b=1,2")
    lines = lines_of(printed(with_list(site, "events", event))["places/events/x.ics"])
    assert "URL:https://www.city.example/a?b=1,2" in lines
    assert "SUMMARY:a\\\\b\\;c\\,d\\nEND:VCALENDAR\\nX" in lines
    assert "DTEND:20261201T150000Z" in lines, "24:00 is the next day's beginning"
    assert lines.count("END:VCALENDAR") == 1
