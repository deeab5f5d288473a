"""A letter to one person in a real Chromium: closed without her session, shown with it, kept
nowhere, gone from every window when she logs out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.parts import node
from tests.parts.city import City
from tests.parts.resident import logged_in
from todoke import assemble
from todoke.journeys import address

#: in kana, because furigana would part it into elements and no search of a page would find it
SECRET = "ひみつのおかね"


@pytest.mark.real
def test_a_letter_opens_for_one_person_and_stays_nowhere(tmp_path: Path) -> None:
    with City.start(tmp_path / "city") as city:
        services = assemble.local(city.data, city.url)
        people = [logged_in(services, number=f"{n:010d}") for n in (1, 2)]
        services.store.commit(
            address.writes(
                services,
                people[0].resident,
                "bill",
                "bill/B-00000-00000",
                link="/bills/B-00000-00000",
                title=SECRET,
                yen="5,000",
                due="12/25",
            )
        )
        (letter,) = address.of_resident(services, people[0].resident).records
        job = {
            "url": city.url,
            "profile": str(tmp_path / "profile"),
            "cookies": [each.cookie for each in people],
            "letter": letter.id,
            "secret": SECRET,
        }
        seen = node.see("tests/e2e/letters.mjs", job, seconds=180)
        opened = services.store.get("addressed_notice", letter.id)
    # a window may ask once more who is here before it hears that nobody is any longer
    troubles = [each for each in seen.pop("troubles") if not re.search(r" 401 .*/api/me$", each)]
    assert troubles == []
    assert seen.pop("login") == f"/login.html?next=%2Finbox.html%23{letter.id}"
    # what is to be paid and until when stands in the list; the button says what it opens
    assert seen.pop("listed")
    assert seen.pop("go") == [["払う画面をひらく", "/bills/B-00000-00000?lang=ja"]]
    assert seen.pop("furigana") > 0
    assert seen == {
        "shown": True,
        "keptWhileIn": False,
        "behindTheNextPage": False,
        "afterLogout": False,
        "afterBack": False,
        "toAnother": False,
    }
    assert opened is not None
    assert opened.data["opened_at"] is not None, "the city was not told that it was opened"
