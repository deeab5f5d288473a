"""The pages of the reference languages in a real Chromium: short on a phone, accessible, by
keyboard alone, and the questions and dates from the first answer on without a request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parts import node
from tests.parts.city import City
from todoke import assemble
from todoke.core.catalogue import Catalogue
from todoke.press import reference_pages
from todoke.press.phrases import JST

#: the letters of one are the highest, the words of one the longest, one has Japanese letters
READ, ASKED = ("ne", "fil", "zh"), ("vi", "ne")
#: what is typed, and what it must lead to: a Vietnamese phone writes it without accents
FIND = {
    "ne": ("भत्ता", "jt-nintei"),
    "fil": ("児童手当", "jt-nintei"),
    "zh": ("儿童津贴", "jt-nintei"),
}
#: as the first page of a phone of 390 × 844
MOST_SCREENS = 6


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("tongues")
    with City.start(folder / "city") as city:
        yield look(city, folder)


def look(city: City, folder: Path) -> dict[str, Any]:
    """What the browser saw. SHOTS=folder keeps the pictures."""
    (folder / "downloads").mkdir()
    catalogue = assemble.catalogue()
    today = datetime.now(JST).date()
    job = {
        "city": city.url,
        "profile": str(folder / "profile"),
        "downloads": str(folder / "downloads"),
        "born": (today - timedelta(days=138)).isoformat(),
        "reading": READ,
        "asking": ASKED,
        "find": FIND,
        "places": dict(reference_pages.homes(catalogue)),
        "tongues": {each: words_of(catalogue, each) for each in ASKED},
    }
    return node.see("tests/e2e/tongues.mjs", job, seconds=300)


def words_of(catalogue: Catalogue, tongue: str) -> dict[str, str]:
    """The few that the browser is asked for: a pipe holds 64 KB."""
    found = catalogue.references[tongue].words
    assert found is not None
    return {
        name: text
        for name, text in found.words.items()
        if name in ("check.ready", "check.results_head", "timeline_page.alarm_head")
    }


@pytest.mark.real
def test_nothing_is_cut_and_axe_finds_nothing(seen: dict[str, Any]) -> None:
    assert seen["troubles"] == []
    assert set(seen) == {*READ, *ASKED, "troubles"}


@pytest.mark.real
@pytest.mark.parametrize("tongue", READ)
def test_a_first_page_is_short_and_a_life_event_opens_by_keyboard(
    seen: dict[str, Any], tongue: str
) -> None:
    found = seen[tongue]["reading"]
    assert found["screens"] <= MOST_SCREENS, found
    assert found["event"] <= 2 * MOST_SCREENS, found
    assert found["opened"] in assemble.catalogue().procedures
    assert found["ring"] == "solid"


@pytest.mark.real
@pytest.mark.parametrize("tongue", READ)
def test_a_name_is_found_by_a_few_letters_and_leads_to_its_place(
    seen: dict[str, Any], tongue: str
) -> None:
    found = seen[tongue]["reading"]
    assert "#jt-nintei" in found["left"]
    assert 0 < len(found["left"]) < 40, found["left"]
    assert found["none"] == assemble.catalogue().references[tongue].say("filter_none")
    assert found["shown"] is True, "its place was not opened"


@pytest.mark.real
@pytest.mark.parametrize("tongue", ASKED)
def test_the_questions_are_asked_in_the_language_and_nobody_learns_of_the_answers(
    seen: dict[str, Any], tongue: str
) -> None:
    found = seen[tongue]["asking"]
    reference = assemble.catalogue().references[tongue]
    assert reference.words is not None
    said = reference.words.words
    assert found["first"] == said["check.about_head"]
    assert found["refused"] == said["check.date_month"]
    asked = {text for name, text in said.items() if name.startswith(("fact.", "check.group_"))}
    assert len(found["questions"]) >= 4
    assert set(found["questions"]) <= asked
    assert set(found["ticks"]) <= asked
    named = reference.procedures["jt-nintei"]
    assert named.name in found["allowance"]
    assert found["japanese"] == [assemble.catalogue().procedures["jt-nintei"].name["ja"]]
    assert datetime.now(JST).date().isoformat() in found["results"]
    assert found["page"].startswith(f"/{tongue}/events/")
    assert found["page"].endswith("#jt-nintei")
    assert named.name in found["described"]
    assert found["asked"] == []


@pytest.mark.real
@pytest.mark.parametrize("tongue", ASKED)
def test_the_dates_of_a_child_are_told_in_the_language(seen: dict[str, Any], tongue: str) -> None:
    found = seen[tongue]["dating"]
    reference = assemble.catalogue().references[tongue]
    assert reference.words is not None
    for name in ("title", "doses", "alarm_head"):
        assert reference.words.words[f"timeline_page.{name}"] in found["text"], name
    assert reference.words.words["timeline_page.status.due"] in found["table"]
    assert reference.words.words["name.bcg"] in found["table"]
    assert found["untold"] == []
    assert found["unmarked"] == [], "Japanese that a screen reader would read with another voice"
    assert found["links"]
    assert all(each.startswith(f"/{tongue}/events/") for each in found["links"])
    assert found["alarm"] == found["wanted"]
