"""A disk that fails now and then: whoever was told "done" finds it, whoever was refused finds
nothing, the process goes on, and all is well again when the disk is."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash import household_run, run
from tests.crash.bad_disk import BadDisk, failing
from tests.crash.load import Load
from tests.crash.witness import Answer, Host
from tests.parts.city import City
from todoke.adapters.clock import SystemClock
from todoke.adapters.sqlite import SqliteStore

pytestmark = pytest.mark.real

PUSH = "127.0.0.1:9"
#: what a refusal may say: status and code
FULL, UNAVAILABLE = (507, "storage_full"), (503, "storage_unavailable")
PEOPLE = 60


def follow(city: City) -> Answer:
    """A new browser follows; it asks once."""
    host = Host("localhost", city.port)
    _, _, body = Load(city.port, PUSH).request("post", "close").partition(b"\r\n\r\n")
    answer = host.call("POST", "/api/subscriptions", body, **{"Content-Type": "application/json"})
    assert answer is not None
    return answer


def refusal(answer: Answer) -> tuple[int, str]:
    said = json.loads(answer.body)
    assert sorted(said) == ["advice", "error", "message", "ok"]
    assert answer.headers["Retry-After"].isdigit()
    return answer.status, said["error"]


def people_follow(data: Path, error: str, fault: str) -> tuple[list[Answer], int]:
    """What each was answered while the disk failed; how many follow in the end (one more came
    after the fault had ended)."""
    words = [sys.executable, "-m", "tests.crash.start", fault, "publish"]
    with City.start(data, command=words, push__allow_loopback=[PUSH]) as city:
        with failing(city, error):
            answers = [follow(city) for _ in range(PEOPLE)]
            assert Host("localhost", city.port).insist("GET", "/healthz").status == 200
        assert follow(city).status == 201  # by the same process, at the first try
        assert '"defect"' not in city.output
    assert city.process.returncode == 0
    with closing(SqliteStore(data / "todoke.sqlite3", SystemClock())) as store:
        assert store.integrity() == []
        rows = store.find("follows_by_topic", "allowance", limit=1000).records
        counter = store.get("counter.followers", "allowance")
        assert counter is not None
        assert len(rows) == counter.data["*|*"]
    return answers, len(rows)


@pytest.mark.parametrize(
    ("error", "may_say"), [("ENOSPC", {FULL, UNAVAILABLE}), ("EIO", {UNAVAILABLE})]
)
def test_who_is_refused_is_told_why_and_leaves_no_trace(
    tmp_path: Path, error: str, may_say: set[tuple[int, str]]
) -> None:
    answers, following = people_follow(tmp_path / "data", error, "none")
    refused = {refusal(each) for each in answers if each.status != 201}
    assert refused
    assert refused <= may_say
    assert error != "ENOSPC" or FULL in refused
    assert following == 1 + sum(each.status == 201 for each in answers)


def test_a_city_that_says_done_whatever_the_disk_says_is_noticed(tmp_path: Path) -> None:
    answers, following = people_follow(tmp_path / "data", "EIO", "unwritten")
    assert following < 1 + sum(each.status == 201 for each in answers)


def test_followers_and_notices_outlive_a_disk_that_fails(tmp_path: Path) -> None:
    plan = BadDisk("none", kills=2, seed=1, error="EIO")
    assert run.complaints(plan, tmp_path / "data") == []


def test_logins_applications_and_payments_outlive_a_disk_that_is_full_now_and_then(
    tmp_path: Path,
) -> None:
    plan = BadDisk("none", kills=2, seed=1, error="ENOSPC")
    assert household_run.complaints(plan, tmp_path / "data") == []


@pytest.mark.soak
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_all_of_them_outlive_forty_bad_spells(tmp_path: Path, error: str) -> None:
    plan = BadDisk("none", kills=40, seed=2, error=error)
    assert run.complaints(plan, tmp_path / "data") == []
    assert household_run.complaints(plan, tmp_path / "household") == []
