"""A stranger's page whose name is made to mean this machine (DNS rebinding), in real browsers: the
card bridge tells it nothing, a program that does not look at Host tells it everything."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.parts.bridge import ROOT, Bridge
from tests.parts.city import free_port
from tests.parts.firefox import Firefox
from tests.parts.own_names import OwnNames
from tests.parts.stranger import SECRET, Careless, Stranger
from tests.parts.waiting import wait_for

ORIGIN = "http://localhost:8080"
NAME, ELSEWHERE, HERE = "evil.test", "127.0.0.2", "127.0.0.1"
#: Firefox asks for a name anew each time; otherwise it keeps an answer for a minute
FRESH = {"network.dnsCacheExpiration": 0, "network.dnsCacheExpirationGracePeriod": 0}


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[Bridge]:
    with Bridge.start(tmp_path / "card", ORIGIN) as running:
        yield running


def visited(browser: str, port: int, folder: Path) -> Mapping[str, str]:
    """What the page read, after its name had come to mean this machine."""
    names = OwnNames(folder, NAME, ELSEWHERE)
    url = f"http://{NAME}:{port}"
    visit = f"{url}/v1/visit?nonce={'A' * 43}&site={'A' * 22}"
    with Stranger(ELSEWHERE, port, then=lambda: names.means(NAME, HERE)):
        look = _chromium if browser == "chromium" else _firefox
        return look(names, url, visit, folder)


def _chromium(names: OwnNames, url: str, visit: str, folder: Path) -> Mapping[str, str]:
    job = {
        "url": url,
        "act": "rebound",
        "then": visit,
        "profile": str(folder / "chromium"),
        "forgets": True,
        # names as the machine knows them: not by the rule of the other tests, nor by its own
        # resolver, which reads the hosts file once
        "flags": ["--host-resolver-rules=EXCLUDE *", "--disable-features=AsyncDns"],
    }
    there = names.program(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
    done = subprocess.run(
        ["node", "tests/e2e/strangers.mjs"],
        cwd=ROOT,
        input=json.dumps(job),
        env={**os.environ, "CHROMIUM": str(there)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _firefox(names: OwnNames, url: str, visit: str, folder: Path) -> Mapping[str, str]:
    with Firefox(folder / "firefox", more=FRESH, space=names.space) as firefox:
        firefox.go(url)
        wait_for(lambda: firefox.script("return 'rebound' in window"), "the page's script")
        seen = dict(firefox.script("return rebound()"))
        firefox.go(visit)
        return {**seen, "then": f"{visit} {firefox.text()}"}


@pytest.mark.real
@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_name_that_was_made_to_mean_this_machine_is_told_nothing(
    browser: str, bridge: Bridge, tmp_path: Path
) -> None:
    seen = visited(browser, bridge.port, tmp_path)
    refusals = [seen[each] for each in ("state", "/v1/authenticate", "/v1/sign")]
    assert [each[:9] for each in refusals] == ["read 421 "] * 3
    for each in refusals:
        said = json.loads(each[9:])
        assert set(said) == {"ok", "error", "retriable", "message", "advice"}
        assert said["error"] == "host_refused"
    assert seen["socket"] == "nothing"
    assert "#todoke-card" not in seen["then"]
    assert bridge.output.count(f"host_refused: 'http://{NAME}:{bridge.port}'") >= 2
    assert "login" not in bridge.output
    assert "GETPIN" not in bridge.asked
    assert "CONFIRM" not in bridge.asked


@pytest.mark.real
@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_it_would_read_a_program_that_does_not_look_at_host(browser: str, tmp_path: Path) -> None:
    with Careless(HERE, free_port()) as careless:
        seen = visited(browser, careless.port, tmp_path)
        assert SECRET in seen["state"]
        assert SECRET in seen["/v1/authenticate"]
        assert SECRET in seen["then"]
