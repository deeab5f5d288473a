"""A full disk: 507 in the one error shape, nothing half-written, reading goes on, and the city
recovers by itself when there is room again."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.crash.household_run import born_yesterday
from tests.crash.load import Load
from tests.crash.witness import Answer, Host, enter
from tests.parts import resident
from tests.parts.applying import PROCEDURE
from tests.parts.city import City
from todoke import assemble
from todoke.adapters.clock import SystemClock
from todoke.adapters.files import FileBlobs
from todoke.adapters.sqlite import SqliteStore

pytestmark = pytest.mark.real

PUSH = "127.0.0.1:9"
#: the published site is about 6 MB; SQLite's journal and shared memory need some more
DISK_BYTES = 24 * 1024 * 1024
#: more than any single request can need
MOST_POSTS = 20_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own. Mounting needs root; where CI says so, a skip is a failure."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        if os.environ.get("CI"):
            pytest.fail(f"a small disk cannot be mounted: {error}")
        pytest.skip("mounting a small disk needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def follow(load: Load, host: Host) -> Answer:
    """A new browser follows a topic."""
    _, _, body = load.request("post", "close").partition(b"\r\n\r\n")
    answer = host.call("POST", "/api/subscriptions", body, **{"Content-Type": "application/json"})
    assert answer is not None
    return answer


def page(host: Host, path: str) -> bytes:
    """A page that must be there."""
    answer = host.call("GET", path)
    assert answer is not None
    assert answer.status == 200, path
    return answer.body


def fill(disk: Path) -> Path:
    """Ballast until not one more block fits."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1024 * 1024, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return ballast


def test_a_full_disk_refuses_keeps_reading_and_recovers_by_itself(disk: Path) -> None:
    data = disk / "data"
    with City.start(data, push__allow_loopback=[PUSH]) as city:
        host, load = Host("localhost", city.port), Load(city.port, PUSH)
        assert follow(load, host).status == 201
        ballast = fill(disk)

        # what was already set aside (the journal) may still take a few
        taken = 1
        while (answer := follow(load, host)).status == 201:
            taken += 1
            assert taken < MOST_POSTS, "the disk never became full"
        assert answer.status == 507
        said = json.loads(answer.body)
        assert sorted(said) == ["advice", "error", "message", "ok"]
        assert (said["ok"], said["error"]) == (False, "storage_full")
        assert answer.headers["Retry-After"].isdigit()

        for path in ("/", "/healthz", "/catalogue.json", "/procedures/jt-nintei.html"):
            assert page(host, path)
        before = page(host, "/index.html")
        # another telephone number stands on every page, so a whole new release is needed
        city.environment = {**city.environment, "TODOKE_CITY__PHONE": "000-111-2222"}
        refused = city.run("publish", "--json")
        assert refused.returncode == 3, refused.stdout
        assert json.loads(refused.stdout)["error"] == "storage_full"
        assert page(host, "/index.html") == before

        ballast.unlink()
        assert follow(load, host).status == 201  # by the same process
        taken += 1
    assert city.process.returncode == 0

    with closing(SqliteStore(data / "todoke.sqlite3", SystemClock())) as store:
        assert store.integrity() == []
        rows = store.find("follows_by_topic", "allowance", limit=1000).records
        counter = store.get("counter.followers", "allowance")
        assert counter is not None
        assert len(rows) == counter.data["*|*"] == taken
    assert FileBlobs(data / "public").current_release() == 1


def file_application(host: Host, who: resident.Session, answers: Mapping[str, Any]) -> Answer:
    """One try, with a key of its own."""
    form = json.loads(page(host, f"/forms/{PROCEDURE}.json"))
    body = {"procedure": PROCEDURE, "form_version": form["version"], "answers": answers}
    home = Host(host.name, host.port, who.cookie)
    named = {"Todoke-Account": who.account, "Idempotency-Key": secrets.token_urlsafe(24)}
    sent = json.dumps(body).encode()
    kind = {"Content-Type": "application/json"}
    answer = home.call("POST", "/api/applications", sent, **kind, **named)
    assert answer is not None
    return answer


def write_notice(clerk: Host) -> Answer:
    """One try at a new notice."""
    fields = {"form": secrets.token_urlsafe(24), "topic": "allowance", "urgency": "normal"}
    fields |= {"when": "now", "title-ja": "見本のお知らせ", "text-ja": "試験のお知らせです。"}
    end = datetime.now(UTC) + timedelta(days=30)
    for name in ("year", "month", "day"):
        fields[f"expires-{name}"] = str(getattr(end, name))
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = clerk.call("POST", "/notices/new", urlencode(fields).encode(), **kind)
    assert answer is not None
    return answer


def test_a_full_disk_refuses_applications_and_notices_whole(disk: Path) -> None:
    data = disk / "data"
    services = assemble.fake(data, clock=SystemClock())
    who, answers = resident.logged_in(services), born_yesterday(services)
    with City.start(data, push__allow_loopback=[PUSH]) as city:
        host, load = Host("localhost", city.port), Load(city.port, PUSH)
        clerk = enter(Host("console.localhost", city.port), city.link("author"))
        ballast = fill(disk)
        while follow(load, host).status == 201:
            pass
        refused = [file_application(host, who, answers), write_notice(clerk)]
        assert [each.status for each in refused] == [507, 507]
        assert json.loads(refused[0].body)["error"] == "storage_full"
        assert "507" not in refused[1].body.decode(), "a clerk reads words"
        home = Host(host.name, host.port, who.cookie)
        assert home.insist("GET", "/api/me").status == 200  # reading goes on

        ballast.unlink()
        assert file_application(host, who, answers).status == 201
        assert write_notice(clerk).status == 303
    with closing(SqliteStore(data / "todoke.sqlite3", SystemClock())) as store:
        assert store.integrity() == []
        assert len(store.find("applications_by_resident", who.resident).records) == 1
        assert len(store.find("addressed_by_resident", who.resident).records) == 1
        assert len(store.find("notices", "all").records) == 1
