"""A parent files an application in a real browser: with a script, one question a page; without
one, on one page. The city is real; the session is made beside it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.parts.applying import ANSWERS, return_it
from tests.parts.city import City
from tests.parts.resident import Session, logged_in
from todoke import assemble
from todoke.journeys import apply
from todoke.ports import Services

ROOT = Path(__file__).parents[2]
NOTE = "昼につながる番号をもう一度おねがいします"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with City.start(tmp_path_factory.mktemp("city")) as running:
        yield running


@pytest.fixture(scope="module")
def services(city: City) -> Services:
    """The running city's store, from beside."""
    return assemble.local(city.data, city.url)


def walk(
    name: str, tmp_path: Path, job: Mapping[str, object], between: Callable[[], None] | None = None
) -> dict[str, Any]:
    """One check of apply.mjs; what it saw, once nothing went wrong."""
    order = {"profile": str(tmp_path / name), **job}
    with subprocess.Popen(
        ["node", "tests/e2e/apply.mjs", name],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{json.dumps(order)}\n")
        process.stdin.flush()
        last = process.stdout.readline()
        if last.strip() == "waiting":
            assert between is not None
            between()
            process.stdin.write("go on\n")
            process.stdin.flush()
            last = process.stdout.readline()
        process.wait(timeout=30)
    seen: dict[str, Any] = json.loads(last)
    assert seen.pop("troubles") == []
    return seen


def filed(services: Services, who: Session) -> list[str]:
    return [each.id for each in apply.list_own(services, who.resident).records]


@pytest.mark.real
def test_a_parent_files_one_question_at_a_time_and_mends_what_is_asked_back(
    city: City, services: Services, tmp_path: Path
) -> None:
    who = logged_in(services, number="0000000011", name="見本 はなこ")

    def ask_back() -> None:
        return_it(services, filed(services, who)[0], {"claimant_phone": NOTE})

    weak = logged_in(services, number="0000000011", means="passkey")
    job = {"url": city.url, "cookie": who.cookie, "weak": weak.cookie}
    seen = walk("steps", tmp_path, job, ask_back)
    # a passkey is not enough for what is signed: to the card and back, with every answer
    assert "マイナンバーカードで送ります" in seen["stepUp"]["first"]
    back = "need=card&next=%2Fapply%2Fjt-nintei.html%23check"
    assert seen["stepUp"]["asked"] == f"?{back}"
    assert seen["stepUp"]["ticked"] is True
    assert seen["mistake"] == "true"
    assert seen["unfolded"] is True
    assert "1994年(平成6年)3月2日(水)" in seen["shown"]
    assert "photo.jpg" in seen["shown"]
    # without a network nothing is lost, and the page says so
    assert "2つ出すことにはなりません" in seen["lost"]
    assert "インターネットにつながっていません" in seen["lost"]
    # pressed twice, filed once; and nothing of it stays on the device
    assert filed(services, who) == [seen["number"]]
    own = apply.read_own(services, who.resident, seen["number"])
    assert len(own.files) == 1
    assert own.answers["claimant_kana"] == "ミホン ハナコ"
    assert NOTE in seen["asked"]
    assert own.answers["claimant_phone"] == "0300000000"
    assert NOTE not in seen["mended"]
    assert seen["number"] in seen["list"]
    # whoever comes next on this device sees that there is a draft, and nothing of it
    assert "ログインした人の下書きがあります" in seen["another"]["text"]
    assert seen["another"]["form"] == "none"
    assert seen["another"]["told"] is False


@pytest.mark.real
def test_a_draft_closes_behind_whoever_logs_out_and_opens_for_her_alone(
    city: City, services: Services, tmp_path: Path
) -> None:
    who = logged_in(services, number="0000000013", name="見本 はなこ")
    other = logged_in(services, number="0000000014", name="見本 つぎのひと")
    job = {"url": city.url, "cookie": who.cookie, "other": other.cookie}
    seen = walk("owner", tmp_path, job)
    # her own draft, with a network and without one
    assert seen["hers"]
    assert seen["offline"]
    # logged out on another page of this browser: it leaves the page that still showed it
    closed = ["left", "reloaded", "stepped", "gone_offline", "next_person", "next_offline"]
    assert {each: seen[each] for each in closed} == dict.fromkeys(closed, False)
    assert "ログインした人の下書きがあります" in seen["words"]
    # whoever comes next erases it without having looked inside
    assert seen["erased"] == {"told": False, "begin": True, "left": 0}


@pytest.mark.real
def test_a_parent_files_on_one_page_without_a_script(
    city: City, services: Services, tmp_path: Path
) -> None:
    who = logged_in(services, number="0000000012", name="見本 はなこ")
    flat = {name: value for name, value in ANSWERS.items() if isinstance(value, str)}
    child = ANSWERS["children"][0]
    flat |= {f"children-1-{name}": value for name, value in child.items()}
    job = {"url": city.url, "cookie": who.cookie, "answers": {**flat, "claimant_kana": "Hanako"}}
    seen = walk("paper", tmp_path, job)
    assert seen["links"] == ["#f-claimant_kana"]
    assert seen["described"][0] == "true"
    assert "f-claimant_kana-error" in seen["described"][1]
    assert "見本 そら" in seen["shown"]
    assert filed(services, who) == [seen["number"]]
