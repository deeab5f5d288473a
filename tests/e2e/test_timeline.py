"""うちの子の予定 in a real Chromium, clicked by what it says: from the first birthday to the list,
the picture, a dose that was noted, the paper for the doctor, and a room without a network."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parts import node
from tests.parts.city import City
from todoke import assemble
from todoke.press.phrases import JST

ROOT = Path(__file__).parents[2]
#: days of age: a baby of four and a half months, and a child of three and a half years
BABY, CHILD = 138, 1_286


def look(city: City, tmp_path: Path) -> dict[str, Any]:
    """What the browser saw; it had no trouble."""
    (tmp_path / "downloads").mkdir()
    dictionary, today = assemble.dictionary(), datetime.now(JST).date()
    born = _unspoken(today - timedelta(days=BABY))
    job = {
        "url": city.url,
        "profile": str(tmp_path / "profile"),
        "downloads": str(tmp_path / "downloads"),
        "today": today.isoformat(),
        "born": born.isoformat(),
        "older": (today - timedelta(days=CHILD)).isoformat(),
        "early": (born - timedelta(days=1)).isoformat(),
        "due": (today + timedelta(days=60)).isoformat(),
        # a pipe holds 64 KB, and Node reads no more of it at once
        "words": {each: dictionary.part("ja", each) for each in ("timeline_page", "check")},
    }
    seen = node.see("tests/e2e/timeline.mjs", job, seconds=180)
    assert seen.pop("troubles") == [], seen
    return {**seen, **job}


def _unspoken(day: date) -> date:
    """The day, or the last one before it that the public pages do not speak of for a reason of
    their own: it is looked for in every file of the city."""
    spoken = b"".join(each.read_bytes() for each in (ROOT / "site").rglob("*.yaml"))
    while day.isoformat().encode() in spoken:
        day -= timedelta(days=1)
    return day


def job_year(seen: dict[str, Any]) -> int:
    return datetime.fromisoformat(seen["today"]).year


@pytest.mark.real
def test_a_family_sees_every_date_and_nobody_learns_a_birthday(tmp_path: Path) -> None:
    with City.start(tmp_path / "city") as city:
        seen = look(city, tmp_path)
    kept = [path for path in (tmp_path / "city").rglob("*") if path.is_file()]
    assert any(path.suffix == ".sqlite3" or ".sqlite" in path.name for path in kept)
    assert [path.name for path in kept if seen["born"].encode() in path.read_bytes()] == []
    assert seen["head"] == "そらさん、4か月"
    # nothing was noted yet, so at four and a half months these are open or late
    assert {"dpt_ipv_hib/1", "pcv/1", "hepb/1", "checkup/m3"} <= set(seen["now"])
    assert seen["rows"] > 15
    assert seen["pictureRows"] > 10
    assert seen["together"] == 2
    assert seen["all"] == ["#all", "head-0", "#all"]
    assert seen["focused"] == "head-0"
    assert seen["zoomed"]
    assert seen["zoomSaid"]
    # the screen stands first; before paper everything does
    (papers, *_), (printed, pictures, lines, records) = seen["atOnce"]
    assert (papers, printed, pictures, records, seen["inTheEnd"]) == (0, 2, 2, 2, 2)
    assert lines > seen["rows"]
    # a day of another year says its year; a card leads to what it is asked for with
    assert [has_year for day, has_year in seen["years"]] == [
        str(job_year(seen)) not in day for day, has_year in seen["years"]
    ]
    assert seen["links"] >= len(seen["now"])
    assert seen["flag"] >= 0
    assert seen["unasked"] == ["そらさんの記録が、まだありません"]
    # of several children one card asks, and each button says whose it is
    [[head, *whose]] = seen["unaskedAll"]
    assert head == "そらさん、ひなたさんの記録が、まだありません"
    assert whose == ["そらさん", "そらさん", "ひなたさん", "ひなたさん"]
    # two taps: the record is kept on this device, and the next dose stands in its place
    assert "受けたと残しました" in seen["said"]
    assert seen["saidFocus"] == "said"
    assert seen["fewer"]
    assert list(seen["kept"]["children"]) == [f"{seen['born']}#1"]
    assert [seen["today"]] in seen["kept"]["children"][f"{seen['born']}#1"]["given"].values()
    assert seen["invalid"] == "true"
    assert not any(seen["undone"]["children"][f"{seen['born']}#1"]["given"].values())
    # a check-up that was held is ticked off as well, is said on paper, and can be taken back
    assert "3〜6か月児健診を" in seen["heldSaid"]
    assert (seen["held"], seen["heldUndone"]) == ({"m3": seen["today"]}, {})
    assert seen["heldStays"]
    assert "3〜6か月児健診" in seen["paperBefore"]
    assert seen["paperAfter"].count("受けた") == seen["paperBefore"].count("受けた") + 1
    # sixty days before the birth her vaccination against RSV is free, and the grant waits
    assert {"rsv_maternal/1"} <= set(seen["expected"])
    assert seen["afterBirth"][:2] == ["due/shussei_todoke_14", "due/jidou_teate_15"]
    # on paper stands the record alone
    assert seen["printed"] == ["stack-l", "tl-paper print-only"]
    assert "2件" in seen["brought"]
    calendar = seen["calendar"].replace("\r\n ", "")
    assert "そらさん、ひなたさんの予定" in seen["calendarSaid"]
    assert "SUMMARY:ひなたさん: " in calendar
    assert calendar.startswith("BEGIN:VCALENDAR\r\n")
    assert "SUMMARY:そらさん: BCG(結核) 1回目の時期です" in calendar
    assert seen["born"].replace("-", "") not in calendar
    assert seen["born"] not in calendar
    assert seen["offline"] == seen["head"]
    assert "3 years 6 months" in seen["english"]
    assert seen["rules"] > 15
