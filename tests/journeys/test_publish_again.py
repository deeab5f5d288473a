"""Publishing what changed gives, byte for byte, what publishing everything gives."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.parts import processes, small_city
from tests.parts.site_edits import EDITS, edit
from tests.parts.small_city import city, differences, served
from todoke.journeys import publish
from todoke.journeys.audit import JST
from todoke.ports import Kept, OtherRelease, Served

pytestmark = pytest.mark.looks_into_files


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a small city: its files may be edited."""
    root = tmp_path / "root"
    small_city.make(root)
    monkeypatch.chdir(root)
    return root


def parted(root: Path, day: int = 0) -> tuple[set[str], set[str]]:
    """Pages that would be printed anew now, and those that would be kept."""
    services = city(root, day)
    plan = services.shelf.get(publish.PLAN)
    assert plan is not None
    catalogue = publish.read_catalogue(services)
    today = services.clock.now().astimezone(JST).date()
    release = Served(services.blobs.current_release(), served(services).get)
    made = dict(services.press.printing(catalogue, today, plan, release))
    printed = {key for key, body in made.items() if isinstance(body, bytes)}
    return printed, {key for key in made if key.endswith(".html")} - printed


SOAK = pytest.mark.soak


@pytest.mark.parametrize("seed", [0, *(pytest.param(each, marks=SOAK) for each in range(1, 20))])
def test_after_any_edits_the_site_is_what_it_would_be_if_printed_in_full(
    root: Path, seed: int
) -> None:
    luck, day = random.Random(seed), 0
    for _ in range(3):
        for _ in range(luck.choice([0, 1, 1, 2])):
            luck.choice(EDITS)(root, luck)
        day += luck.choice([0, 0, 1, 31, 200])
        publish.publish_site(city(root, day))
        assert differences(root, day, shelf=False) == []


@pytest.mark.soak
def test_after_an_edit_of_each_kind_too(root: Path) -> None:
    luck = random.Random(1)
    publish.publish_site(city(root))
    every = list(dict.fromkeys(EDITS))
    for number, change in enumerate(every):
        change(root, luck)
        publish.publish_site(city(root))
        last = number == len(every) - 1
        assert differences(root, shelf=not last) == [], change.__name__


def test_a_new_month_prints_the_pages_of_amounts_and_keeps_the_others(root: Path) -> None:
    publish.publish_site(city(root))
    printed, kept = parted(root, 31)
    assert {"procedures/jt-nintei.html", "en/procedures/jt-nintei.html"} <= printed
    assert {"procedures/si-hiroba.html", "easy/events/born.html"} <= kept
    publish.publish_site(city(root, 31))
    assert differences(root, 31) == []


def test_one_changed_procedure_prints_few_pages(root: Path) -> None:
    publish.publish_site(city(root))
    edit(root / "site" / "procedures" / "si-hiroba.yaml", "as_of: 2026-11", "as_of: 2026-03")
    printed, kept = parted(root)
    assert "procedures/si-hiroba.html" in printed
    assert {"procedures/jt-koza.html", "easy/events/born.html", "en/topics.html"} <= kept
    assert len([key for key in printed if key.startswith("procedures/")]) == 2


@pytest.mark.parametrize(
    "harm",
    ["half", "other release"]
    + [pytest.param(each, marks=SOAK) for each in ("flipped", "foreign", "gone", "empty")],
)
def test_a_plan_that_is_damaged_or_stale_is_as_good_as_none(root: Path, harm: str) -> None:
    publish.publish_site(city(root))
    plan = root.parent / "data" / "plan" / "plan"
    first = plan.read_bytes()
    edit(root / "site" / "procedures" / "si-hiroba.yaml", "as_of: 2026-11", "as_of: 2026-03")
    publish.publish_site(city(root))
    edit(root / "site" / "procedures" / "si-hiroba.yaml", "as_of: 2026-03", "as_of: 2026-02")
    if harm == "gone":
        plan.unlink()
    else:
        body = plan.read_bytes()
        plan.write_bytes(
            {
                "half": body[: len(body) // 2],
                "flipped": body[:-9] + bytes([body[-9] ^ 1]) + body[-8:],
                "foreign": os.urandom(len(body)),
                "other release": first,
                "empty": b"",
            }[harm]
        )
    publish.publish_site(city(root))
    assert differences(root) == []


@pytest.mark.parametrize(
    "harm", ["a page that the plan keeps is gone", "a page that phones take along is another"]
)
def test_what_somebody_did_to_the_release_is_mended_by_the_next(root: Path, harm: str) -> None:
    publish.publish_site(city(root))
    served_now = root.parent / "data" / "public" / "current"
    if harm.endswith("gone"):
        (served_now / "easy" / "topics.html").unlink()
    else:
        page = served_now / "procedures" / "jt-koza.html"
        page.write_bytes(b"x" * page.stat().st_size)
    edit(root / "site" / "procedures" / "si-hiroba.yaml", "as_of: 2026-11", "as_of: 2026-03")
    publish.publish_site(city(root))
    assert differences(root) == []


def test_what_somebody_wrote_into_the_release_goes_when_all_is_printed(root: Path) -> None:
    publish.publish_site(city(root))
    page = root.parent / "data" / "public" / "current" / "easy" / "topics.html"
    page.write_bytes(b"x" * page.stat().st_size)
    publish.publish_site(city(root), whole=True)
    assert differences(root) == []


def test_nothing_is_kept_from_a_release_that_is_not_served(root: Path) -> None:
    services = city(root)
    services.blobs.release({"a.html": b"1"})
    services.blobs.release({"a.html": b"2"})
    for kept in (Kept(1), Kept(3)):
        with pytest.raises(OtherRelease):
            services.blobs.release(iter([("a.html", kept)]))
    assert services.blobs.release(iter([("a.html", Kept(2))])) == 2
    both: list[tuple[str, bytes | Kept]] = [("a.html", Kept(2)), ("b.html", b"3")]
    assert services.blobs.release(iter(both)) == 3
    assert served(services) == {"a.html": b"2", "b.html": b"3"}


# ------------------------------------------------------------------ killed at any point
def _killed(root: Path, at: int) -> bool:
    """Publishes in a process that dies at the given touch of the file system; whether it did."""

    def prepare() -> Callable[[], object]:
        services = city(root)
        return lambda: publish.publish_site(services)

    return processes.dies_at(at, prepare)


@pytest.mark.parametrize("faster", [6, pytest.param(2, marks=SOAK)])
def test_whenever_it_dies_the_next_one_publishes_exactly_the_whole(root: Path, faster: int) -> None:
    publish.publish_site(city(root))
    luck, deaths, step, number = random.Random(7), 0, 1, 26
    while number < 99:
        edit(
            root / "site" / "procedures" / "si-hiroba.yaml", "as_of: 20", f"as_of: 20{number}-01 # "
        )
        number += 1
        if not _killed(root, step):
            break
        deaths += 1
        publish.publish_site(city(root))
        assert differences(root) == [], step
        step = faster * step + luck.randrange(step + 1)
    assert deaths > 10 // faster
