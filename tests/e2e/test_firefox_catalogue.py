"""What a family looks for, in a real Firefox: its check, the amount on the card and the page
behind it go on when the city is gone, so nothing that was answered can have been asked of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import pytest

from tests.parts.city import City
from tests.parts.firefox import Firefox
from tests.parts.waiting import wait_for
from todoke import assemble
from todoke.press.phrases import JST

#: nothing moves on a page for longer
RESTS_SECONDS = 0.3
#: taps the row, button or link that says so; the doors at the foot cover what lies under them
_TAP = """
const plain = (each) => {
  const copy = each.cloneNode(true);
  for (const small of copy.querySelectorAll("rt, small, .vh")) small.remove();
  return (copy.textContent ?? "").trim();
};
const all = [...document.querySelectorAll("main label, main button, main a, main summary")]
  .filter((each) => each.checkVisibility());
const found = all.find((each) => plain(each) === arguments[0])
  ?? all.find((each) => plain(each).startsWith(arguments[0]));
if (!found) return false;
found.scrollIntoView({ block: "center" });
found.click();
return true;
"""
_ASKED = """return [...document.querySelectorAll("#head, #hint")]
  .map((each) => each.textContent).join()"""
#: among questions, or at the results, which are drawn a moment after their head
_WHERE = """
if (document.querySelector("[data-found]")) return "results";
const next = [...document.querySelectorAll("main button")].some(
  (each) => each.checkVisibility() && each.textContent.trim() === arguments[0]);
return next && location.hash !== "#results" ? "question" : "";
"""
_SHOWN = """return document.querySelector("main").innerText"""
_FILL = """
for (const [name, value] of Object.entries(arguments[0])) {
  const field = document.querySelector(`#f-${name}`);
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}"""
_CARD = """return document.querySelector('[data-procedure="jt-nintei"]')?.innerText ?? ''"""
#: what this page has asked of any server since the first answer, whether it came or not
_REQUESTS = """return performance.getEntriesByType("resource").map((each) => each.name)"""


def words() -> Mapping[str, str]:
    return assemble.dictionary().part("ja", "check")


def tap(firefox: Firefox, said: str) -> None:
    try:
        wait_for(lambda: firefox.script(_TAP, said), f"{said!r} to tap", 10)
    except AssertionError as error:
        raise AssertionError(f"{error}: {firefox.text()}") from error


def go_on(firefox: Firefox, *answers: str) -> None:
    """Taps them, and waits for the next question or the results."""
    before = firefox.script(_ASKED)

    def asked() -> bool:
        now = firefox.script(_ASKED)
        return bool(now.strip(",")) and now != before

    for each in answers:
        tap(firefox, each)
    wait_for(asked, f"another question than {before!r}")
    wait_for(lambda: _rests(firefox), "the page to rest")  # one screen slides over the other


def _rests(firefox: Firefox) -> bool:
    before = firefox.script(_SHOWN)
    time.sleep(RESTS_SECONDS)
    return bool(firefox.script(_SHOWN) == before)


def born(firefox: Firefox, day: date) -> None:
    tap(firefox, words()["era_west"])
    firefox.script(_FILL, {"year": str(day.year), "month": str(day.month), "day": str(day.day)})


@pytest.mark.real
def test_a_family_in_firefox_is_answered_while_the_city_is_gone(tmp_path: Path) -> None:
    said, today = words(), datetime.now(JST).date()
    with City.start(tmp_path / "city") as city, Firefox(tmp_path / "home") as firefox:
        firefox.go(f"{city.url}/check.html")
        wait_for(lambda: said["ready"] in firefox.text(), "the phone to have everything")
        before = firefox.script(_REQUESTS)
        city.stop()
        go_on(firefox, said["about_child"], said["next"])
        # 20, 10 and 2 years old: the oldest is supported or not, so the third is worth a range
        for years in (20, 10, 2):
            born(firefox, date(today.year - years, 5, 5))
            go_on(firefox, said["next"] if years == 2 else said["birth_more"])
        _no_to_the_rest(firefox)
        card = firefox.script(_CARD)
        # 児童手当法6条: 10,000 and 15,000; with a first child who counts the youngest is the third
        assert "月25,000円" in card, card
        assert "40,000円まで" in card, card
        assert firefox.script(_REQUESTS) == before, "a request after the first answer"
        firefox.go(f"{city.url}/procedures/jt-nintei.html")
        assert "児童手当" in firefox.text()


def _no_to_the_rest(firefox: Firefox) -> None:
    """Lives here; everything else is denied."""
    said = words()
    for number in range(20):
        if wait_for(lambda: firefox.script(_WHERE, said["next"]), "a question") == "results":
            return
        if firefox.script("return document.querySelector('#stage [value=none]') !== null"):
            go_on(firefox, said["none_of_these"])  # a button: it is the answer and goes on
        else:
            go_on(firefox, said["yes"] if number == 0 else said["no"], said["next"])
    raise AssertionError("no results")


@pytest.mark.real
def test_the_search_in_firefox_finds_what_is_typed_and_what_has_ended_last(tmp_path: Path) -> None:
    hits = "return [...document.querySelectorAll('#hits a')].map((each) => each.pathname)"
    typed = """const field = document.querySelector("#q"); field.value = arguments[0];
      field.dispatchEvent(new Event("input", { bubbles: true }));"""
    with City.start(tmp_path / "city") as city, Firefox(tmp_path / "home") as firefox:
        firefox.go(f"{city.url}/search.html")
        for words_typed, id in (("じどうてあて", "jt-nintei"), ("gakudou", "ky-gakudo")):
            firefox.script(typed, words_typed)
            there = f"/procedures/{id}.html"
            wait_for(lambda there=there: there in firefox.script(hits)[:5], id)  # type: ignore[misc]
        firefox.script(typed, "応援")
        over = "/procedures/si-bukka.html"
        wait_for(lambda: over in firefox.script(hits), "what has ended")
        found = firefox.script(hits)
        assert len(found) > 1
        assert found[-1] == over
