"""What the pages about delivery and about data say of the weekly wake-up holds for the program."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from tests.press.pages import Page, read
from todoke.core import words
from todoke.core.words import LANGUAGES
from todoke.press.frame import FOLDERS

SITE = Mapping[str, bytes]


def _page(release: SITE, language: str, name: str) -> Page:
    return read(release[f"{FOLDERS[language]}about/{name}.html"])


def _plain(text: str) -> str:
    """Without furigana marks and spaces."""
    return re.sub(r"\s", "", re.sub(r"\[([^\[\]|]+)\|[^\[\]|]+\]", r"\1", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_pages_lead_to_the_four_steps_and_these_to_the_dates(
    release: SITE, language: str
) -> None:
    push, privacy = (_page(release, language, each) for each in ("push", "privacy"))
    folder = f"/{FOLDERS[language]}"
    assert "wake" in push.values("id")
    assert f"{folder}timeline.html" in push.values("href")
    assert f"{folder}about/push.html#wake" in privacy.values("href")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_quiet_week_shows_is_quoted_as_the_phone_says_it(site: SITE, language: str) -> None:
    say = words.parse(site).say
    said = _plain(say(language, "phone.reminders.nothing")).rstrip("。.")
    assert said in _plain(say(language, "site.push.wake3_text"))
    called = _plain(say(language, "timeline_page.title"))
    assert called in _plain(say(language, "site.push.wake_text"))


def test_never_in_the_night_and_told_within_a_week_as_the_script_has_it(site: SITE) -> None:
    """The figures of the words, read in the script that keeps them."""
    script = site["assets/js/reminders.js"].decode()
    assert "const WEEK_MS = 7 * DAY_MS" in script
    assert "hour: QUIET_UNTIL + 1 + chance(12)" in script, "8:00 to 20:00"
    for language in LANGUAGES:
        said = words.parse(site).say(language, "site.push.wake3_text")
        assert re.search(r"7日|seven days", said), language
