"""A list that lost most of its places is not taken without a word, and the lists before can be put
back: whole, at any moment."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from tests.journeys.test_places import kept, rows
from todoke import assemble
from todoke.adapters.fakes import TurnedClock
from todoke.core import places as shape
from todoke.core.errors import TodokeError
from todoke.journeys import export, places, publish
from todoke.journeys.places import MOST_EDITIONS, Brought
from todoke.ports import Services

ROOT = Path(__file__).parents[2]
#: dies at every touch of the file system while the list becomes another one
DEATHS = """
import json, sys
from pathlib import Path
from tests.contracts.kill_points import survives
from todoke import assemble
from todoke.journeys import places
data, act = Path(sys.argv[1]), sys.argv[2]
old, new = (Path(each).read_bytes() for each in sys.argv[3:5])
services = assemble.fake(data)
def bring(body):
    places.bring_in(services, "childcare", body, "x.csv", None, "", fewer=True)
def lists():
    return [services.blobs.get(each.key).body for each in places.editions(services, "childcare")]
def now():
    return services.blobs.get("places/lists/childcare.json").body
bring(new)
whole_new = now()
bring(old)
whole_old = now()
point, torn = 0, []
while True:
    point += 1
    bring(old)
    change = (lambda: bring(new)) if act == "bring" else (
        lambda: places.put_back(services, "childcare", 1))
    through = survives(point, change)
    if now() not in (whole_old, whole_new):
        torn.append(f"point {point}: no whole list")
    others = lists()
    if [each for each in others if each not in (whole_old, whole_new)]:
        torn.append(f"point {point}: no whole edition")
    if {*others, now()} != {whole_old, whole_new}:
        torn.append(f"point {point}: a list is lost")
    if through:
        assert now() == whole_new
        break
print(json.dumps([point, torn]))
"""


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def services(tmp_path: Path, clock: TurnedClock) -> Services:
    return assemble.fake(tmp_path, clock=clock)


def bring(services: Services, word: str, count: int, *, fewer: bool = False) -> Brought:
    return places.bring_in(
        services, "childcare", rows(word, count), f"{word}.csv", None, "", fewer=fewer
    )


def names(services: Services) -> Sequence[str]:
    return [each.origin.file for each in places.editions(services, "childcare")]


@pytest.mark.parametrize(
    ("before", "after", "taken"),
    [
        (30, 14, False),
        (30, 15, True),
        (12, 1, False),
        (11, 1, True),
        (21, 10, False),
        (30, 40, True),
    ],
)
def test_a_list_that_lost_more_than_half_and_more_than_ten_is_asked_about(
    services: Services, before: int, after: int, taken: bool
) -> None:
    bring(services, "まえ", before)
    first = kept(services)
    done = bring(services, "あと", after)
    assert (done.done, done.shrunk, done.before) == (taken, not taken, before)
    assert (kept(services) == first) is not taken
    assert bring(services, "あと", after, fewer=True).done
    assert kept(services) != first


def test_no_rows_at_all_are_no_list_whatever_is_said(services: Services) -> None:
    bring(services, "まえ", 30)
    assert not bring(services, "あと", 0, fewer=True).done
    assert not places.editions(services, "childcare")


def test_the_head_of_a_file_says_what_reading_it_whole_says(services: Services) -> None:
    bring(services, "まえ", 30)
    found = shape.read("places/childcare.json", kept(services))
    assert shape.head(kept(services)) == (found.origin, 30)


def test_the_lists_before_are_kept_dated_and_the_oldest_go(
    services: Services, clock: TurnedClock
) -> None:
    for number in range(MOST_EDITIONS + 3):
        bring(services, f"{number}", 3)
        clock.turn(86_400)
    found = places.editions(services, "childcare")
    assert [each.origin.file for each in found] == [f"{n}.csv" for n in (6, 5, 4, 3, 2)]
    assert [each.number for each in found] == [1, 2, 3, 4, 5]
    assert found[0].replaced - found[1].replaced == timedelta(days=1)
    assert (found[0].count, names(services)[0]) == (3, "6.csv")
    assert len(services.blobs.list(places.EDITIONS)) == MOST_EDITIONS


def test_an_edition_is_the_list_again_and_the_list_is_an_edition(services: Services) -> None:
    for word in ("一", "二", "三"):
        bring(services, word, 30)
    last = kept(services)
    done = places.put_back(services, "childcare", 2)
    assert (done.origin.file, done.count) == ("一.csv", 30)
    assert shape.head(kept(services))[0].file == "一.csv"
    assert names(services) == ["三.csv", "二.csv"], "each list once, and not the present one"
    places.put_back(services, "childcare", 1)
    assert kept(services) == last
    assert names(services) == ["一.csv", "二.csv"]


def test_a_much_shorter_edition_is_put_back_without_another_word(services: Services) -> None:
    bring(services, "少", 3)
    bring(services, "多", 300)
    assert places.put_back(services, "childcare", 1).count == 3


@pytest.mark.parametrize("number", [0, 2, -1, 10**9])
def test_an_edition_there_is_none_of_is_refused(services: Services, number: int) -> None:
    bring(services, "一", 3)
    bring(services, "二", 3)
    before = kept(services)
    with pytest.raises(TodokeError) as caught:
        places.put_back(services, "childcare", number)
    assert caught.value.details == {"field": f"--back {number}", "rule": "open_data_edition"}
    assert kept(services) == before


def test_the_last_list_is_the_last_edition_after_the_clock_was_set_back(
    tmp_path: Path, clock: TurnedClock
) -> None:
    services = assemble.fake(tmp_path, clock=clock)
    for number in range(MOST_EDITIONS + 1):
        bring(services, f"{number}", 3)
    earlier = assemble.fake(tmp_path, clock=TurnedClock())
    earlier.clock.turn(-86_400)  # type: ignore[attr-defined]
    bring(earlier, "新", 3)
    assert names(earlier)[0] == f"{MOST_EDITIONS}.csv"


def test_the_same_file_again_makes_no_edition(services: Services) -> None:
    bring(services, "一", 3)
    bring(services, "一", 3)
    assert not names(services)


def test_each_kind_has_editions_of_its_own(services: Services) -> None:
    bring(services, "一", 3)
    bring(services, "二", 3)
    assert not places.editions(services, "public")
    with pytest.raises(TodokeError):
        places.put_back(services, "public", 1)


@pytest.mark.slow_on_aws
def test_what_was_replaced_is_not_published_again(services: Services) -> None:
    publish.publish_site(services)
    bring(services, "一", 3)
    bring(services, "二", 3)
    [edition] = places.editions(services, "childcare")
    assert edition.key.rpartition("-")[2].removesuffix(".json").isalnum()
    paths = [path for path, _ in export.everything(services)]
    assert "published/places/lists/childcare.json" in paths
    assert not [each for each in paths if "editions" in each]


@pytest.mark.looks_into_files
@pytest.mark.real
@pytest.mark.parametrize("act", ["bring", "back"])
def test_death_at_any_moment_leaves_the_old_list_or_the_new_one_and_loses_neither(
    tmp_path: Path, act: str
) -> None:
    for name, word in (("old.csv", "まえ"), ("new.csv", "あと")):
        (tmp_path / name).write_bytes(rows(word, 40))
    files = [str(tmp_path / each) for each in ("old.csv", "new.csv")]
    done = subprocess.run(
        [sys.executable, "-c", DEATHS, str(tmp_path / "data"), act, *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    points, torn = json.loads(done.stdout)
    assert torn == []
    assert points >= 8
