"""A page that is new asks the person once; her yes is kept, her no holds, both can be undone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_bridge.errors import BridgeError
from card_bridge.home import Home
from card_bridge.trust import Site, Trust
from tests.card_bridge.asking import NONCE, exchange, request
from tests.parts.bridge import Bridge

ORIGIN = "http://localhost:8080"
NEW = "http://new.localhost:8090"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trust") / "card"


@pytest.fixture
def bridge(card: Path, tmp_path: Path) -> Iterator[Bridge]:
    with Bridge.start(card, ORIGIN, home=tmp_path / "kept") as running:
        yield running
        assert "Traceback" not in running.output


def preflight(bridge: Bridge, origin: str, path: str = "/v1/authenticate") -> tuple[int, str]:
    """What a browser sends before a script's request, and who may read the answer."""
    method = "GET" if path == "/v1/status" else "POST"
    sent = request(
        bridge, "OPTIONS", path, b"", origin=origin, content_type=None, content_length=None,
        todoke_card=None, accept_language="en", access_control_request_method=method,
        access_control_request_headers="content-type,todoke-card",
    )  # fmt: skip
    status, headers, _said = exchange(bridge, sent)
    return status, headers.get("access-control-allow-origin", "")


@pytest.mark.real
def test_a_new_page_may_ask_after_the_person_said_yes_and_over_restarts(
    bridge: Bridge, card: Path, tmp_path: Path
) -> None:
    assert preflight(bridge, NEW, "/v1/status") == (204, NEW)
    assert f"{NEW} would like to use" in bridge.asked
    assert bridge.asked.count("CONFIRM") == 1
    bridge.origin = NEW
    assert bridge.status()[0] == 200
    assert bridge.authenticate(NONCE)[1]["origin"] == NEW
    assert bridge.asked.count("would like to use") == 1, "asked twice"
    bridge.stop()
    with Bridge.start(card, ORIGIN, home=tmp_path / "kept") as again:
        again.origin = NEW
        assert again.status()[0] == 200
        assert Trust(Home(tmp_path / "kept")).forget(NEW)
        assert again.status() == (403, again.status()[1]), "a running bridge still trusts it"
        assert "CONFIRM" not in again.asked


@pytest.mark.real
def test_a_no_is_a_no_and_is_not_asked_again(bridge: Bridge) -> None:
    bridge.answers("!confirm-no", "1234")
    assert preflight(bridge, NEW) == (403, "")
    assert preflight(bridge, NEW) == (403, "")
    assert bridge.asked.count("CONFIRM") == 1
    bridge.origin = NEW
    assert bridge.status()[1]["error"] == "origin_refused"


@pytest.mark.real
def test_new_pages_together_may_ask_a_few_times_and_no_more(bridge: Bridge) -> None:
    bridge.answers("!confirm-no", "!confirm-no", "!confirm-no", "!confirm-no", "!confirm-no")
    for number in range(8):
        assert preflight(bridge, f"http://page{number}.localhost") == (403, "")
    assert bridge.asked.count("CONFIRM") == 3


@pytest.mark.real
@pytest.mark.parametrize("origin", ["https://city.example", "http://city.example", "null", ""])
def test_a_pretend_card_asks_about_no_page_of_another_machine(bridge: Bridge, origin: str) -> None:
    assert preflight(bridge, origin) == (403, "")
    assert "CONFIRM" not in bridge.asked


@pytest.mark.real
def test_only_the_announcement_of_a_right_request_opens_a_window(bridge: Bridge) -> None:
    """What a stranger's page can send unasked, and what a program may send, asks nobody."""
    posted = request(bridge, origin=NEW)
    assert exchange(bridge, posted)[0] == 403
    for changed in (
        {"access_control_request_method": "PUT"},
        {"access_control_request_headers": "authorization"},
        {"sec_fetch_mode": "no-cors"},
    ):
        headers: dict[str, Any] = {
            "access_control_request_method": "POST",
            "access_control_request_headers": "content-type",
        } | changed
        sent = request(bridge, "OPTIONS", body=b"", origin=NEW, **headers)
        assert exchange(bridge, sent)[0] == 403
    wrong = request(bridge, "OPTIONS", "/v1/nothing", b"", origin=NEW)
    assert exchange(bridge, wrong)[0] == 403
    assert "CONFIRM" not in bridge.asked


@pytest.mark.real
def test_without_a_window_nobody_new_is_let_in(card: Path, tmp_path: Path) -> None:
    with Bridge.start(card, ORIGIN, words=("--pinentry", "none")) as alone:
        assert preflight(alone, NEW) == (403, "")


# ---------------------------------------------------------------- the list itself
def test_a_yes_is_kept_replaced_and_taken_back(home: Home) -> None:
    trust = Trust(home)
    assert trust.sites() == {}
    trust.add("https://city.example")
    trust.add("https://town.example", "/en/login.html")
    trust.add("https://town.example", "/login.html")
    assert sorted(trust.sites()) == ["https://city.example", "https://town.example"]
    assert trust.sites()["https://town.example"].return_url == "https://town.example/login.html"
    assert Trust(home).forget("https://city.example")
    assert not Trust(home).forget("https://city.example")
    assert sorted(trust.sites()) == ["https://town.example"]
    assert (home.folder / "trust.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "origin",
    ["http://city.example", "https://city.example/", "https://CITY.example", "null", "*", "",
     "https://city.example:443", "https://user@city.example", "file://", "https://市.example"],
)  # fmt: skip
def test_what_is_no_safe_page_cannot_be_trusted(home: Home, origin: str) -> None:
    with pytest.raises(BridgeError, match="bad_request"):
        Trust(home).add(origin)
    assert not Trust(home).may_be_asked_about(origin)


@pytest.mark.parametrize(
    "path", ["", "login.html", "//evil.example", "/a#b", "/a?b", "/a b", "/\n"]
)
def test_a_visit_returns_to_a_plain_path_only(home: Home, path: str) -> None:
    if path == "//evil.example":
        # an origin stands before it, so this is a path of the trusted page
        assert (
            Trust(home)
            .add("https://city.example", path)
            .return_url.startswith("https://city.example//")
        )
        return
    with pytest.raises(BridgeError, match="bad_request"):
        Trust(home).add("https://city.example", path)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1]", b'"x"', b'{"origin": "https://city.example"}', b"\xff", b"[" * 60_000,
     b'[{"origin": "http://evil.example", "path": "/"}]', b'[{"origin": "https://a.example"}]',
     b'[{"origin": "https://a.example", "path": "x"}]', b'[{"origin": ["x"], "path": "/"}]',
     b'[{"origin": "https://a.example", "path": 5}]'],
)  # fmt: skip
def test_a_broken_list_trusts_nobody(home: Home, content: bytes) -> None:
    (home.folder / "trust.json").write_bytes(content)
    assert Trust(home).sites() == {}
    assert Trust(home, [ORIGIN]).knows(ORIGIN), "what the command line names still holds"


def test_a_list_of_somebody_elses_making_is_not_overwritten(home: Home) -> None:
    (home.folder / "trust.json").write_bytes(b"broken")
    with pytest.raises(BridgeError, match="home_refused"):
        Trust(home).add("https://city.example")
    assert (home.folder / "trust.json").read_bytes() == b"broken"


def test_a_full_disk_keeps_the_list_there_was(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    trust = Trust(home)
    trust.add("https://city.example")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(BridgeError, match="home_refused"):
        trust.add("https://town.example")
    assert sorted(trust.sites()) == ["https://city.example"]


@given(host=st.from_regex(r"[a-z]{1,10}(\.[a-z]{1,10}){0,2}", fullmatch=True))
def test_the_id_of_a_site_follows_from_its_origin_and_fits_an_address(host: str) -> None:
    name = Site(f"https://{host}.example").id
    assert len(name) == 22
    assert name == Site(f"https://{host}.example", "/elsewhere").id
    assert name != Site(f"https://{host}x.example").id


def test_the_log_is_for_a_person_and_does_not_grow_for_ever(home: Home) -> None:
    home.log("https://city.example login: signed")
    assert home.last_lines(5)[0].endswith("https://city.example login: signed")
    assert (home.folder / "log.txt").stat().st_mode & 0o777 == 0o600
    for number in range(9000):
        home.log(f"https://city.example login {number}: signed")
    sizes = [each.stat().st_size for each in home.folder.glob("log*.txt")]
    assert len(sizes) == 2
    assert max(sizes) < 300_000
    assert home.last_lines(1)[0].endswith("login 8999: signed")


def test_a_folder_that_others_may_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(BridgeError, match="home_refused"):
        Home(tmp_path / "open")
    (tmp_path / "file").write_text("x")
    with pytest.raises(BridgeError, match="home_refused"):
        Home(tmp_path / "file" / "below")


def test_one_bridge_runs_in_a_folder_and_is_found_there(home: Home) -> None:
    assert home.running() is None
    handle = home.run(4711)
    assert home.running() == {"pid": os.getpid(), "port": 4711}
    with pytest.raises(BridgeError, match="home_refused"):
        home.run(4712)
    assert json.loads((home.folder / "running.json").read_bytes())["port"] == 4711
    os.close(handle)
    assert home.running() is None
