"""A visit: the person's browser opens the bridge as a page and is sent back with the answer."""

from __future__ import annotations

import base64
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from card_bridge.trust import Site
from card_bridge.visits import FRAGMENT
from tests.card_bridge.asking import NONCE, request
from tests.card_bridge.test_person import holds
from tests.parts.bridge import Bridge
from tests.parts.waiting import wait_for

pytestmark = pytest.mark.real
ORIGIN = "http://localhost:8080"
SITE = Site(ORIGIN)
RIGHT = f"/v1/visit?nonce={NONCE}&site={SITE.id}"
#: what a browser sends when a link is followed
LINK: dict[str, Any] = {
    "origin": None, "content_type": None, "content_length": None, "todoke_card": None,
    "sec_fetch_mode": "navigate", "sec_fetch_dest": "document", "sec_fetch_site": "cross-site",
    "sec_fetch_user": "?1",
}  # fmt: skip


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("visit") / "card"


@pytest.fixture
def bridge(card: Path) -> Iterator[Bridge]:
    """A fresh one for each: only a few visits are allowed at once."""
    (card / "card.json").unlink(missing_ok=True)
    with Bridge.start(card, ORIGIN) as running:
        yield running
        assert "Traceback" not in running.output
        assert "defect" not in running.output


def visit(
    bridge: Bridge, target: str = RIGHT, method: str = "GET", **changed: Any
) -> tuple[int, dict[str, str], str]:
    """Status, headers and page."""
    with socket.create_connection(("127.0.0.1", bridge.port), timeout=30) as line:
        line.sendall(request(bridge, method, target, b"", **{**LINK, **changed}))
        got = b""
        while piece := line.recv(65536):
            got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {each.partition(": ")[0].lower(): each.partition(": ")[2] for each in lines[1:]}
    return int(lines[0].split()[1]), headers, body.decode()


def brought_back(headers: dict[str, str]) -> dict[str, Any]:
    """What the page will read out of its own address."""
    address, _, fragment = headers["location"].partition("#")
    assert address == f"{ORIGIN}/login.html"
    name, _, said = fragment.partition("=")
    assert name == FRAGMENT
    return dict(json.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4))))


def test_the_answer_comes_back_behind_the_address_of_the_trusted_page(bridge: Bridge) -> None:
    status, headers, page = visit(bridge)
    assert (status, page) == (303, "")
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    said = brought_back(headers)
    assert (said["mode"], said["nonce"], said["origin"]) == ("visit", NONCE, ORIGIN)
    assert holds(said, f"todoke-card/1\0visit\0login\0{ORIGIN}\0{NONCE}".encode())
    assert not holds(said, f"todoke-card/1\0fetch\0login\0{ORIGIN}\0{NONCE}".encode())
    assert bridge.asked.count("GETPIN") == 1
    assert ORIGIN in bridge.asked
    assert NONCE not in bridge.output


def test_the_person_is_always_asked_and_her_no_comes_back_too(bridge: Bridge) -> None:
    bridge.answers("!cancel", "0000")
    assert brought_back(visit(bridge)[1]) == {"error": "pin_cancelled"}
    assert brought_back(visit(bridge)[1]) == {"error": "pin_wrong", "left": 2}


def test_a_card_that_would_type_its_own_pin_is_asked_about_as_well(card: Path) -> None:
    with Bridge.start(card, ORIGIN, words=("--pinentry", "none")) as alone:
        assert brought_back(visit(alone)[1]) == {"error": "pin_dialog_missing"}
        assert alone.authenticate(NONCE)[0] == 200, "a page that says who it is may"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"host": "evil.test"}, 421),
        # a form posts with an Origin, or with null; a link carries none
        ({"origin": "null"}, 403), ({"origin": ORIGIN}, 403), ({"origin": "https://evil"}, 403),
        ({"sec_fetch_mode": "cors"}, 403), ({"sec_fetch_mode": "no-cors"}, 403),
        ({"sec_fetch_dest": "iframe"}, 403), ({"sec_fetch_dest": "image"}, 403),
        ({"sec_fetch_dest": "object"}, 403), ({"sec_purpose": "prefetch"}, 403),
        ({"sec_purpose": "prefetch;prerender"}, 403), ({"purpose": "prefetch"}, 403),
        ({"upgrade": "websocket"}, 400),
    ],
)  # fmt: skip
def test_only_a_page_that_a_person_opens_is_a_visit(
    bridge: Bridge, changed: dict[str, Any], code: int
) -> None:
    status, headers, _page = visit(bridge, **changed)
    assert status == code
    assert "location" not in headers
    assert "GETPIN" not in bridge.asked


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT", "OPTIONS"])
def test_a_visit_is_a_get(bridge: Bridge, method: str) -> None:
    assert visit(bridge, method=method)[0] == 405
    assert "GETPIN" not in bridge.asked


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/v1/visit", 400), (f"/v1/visit?nonce={NONCE}", 400), (f"{RIGHT}&x=1", 400),
        (f"{RIGHT}&return=https%3A%2F%2Fevil.test", 400),
        (f"/v1/visit?nonce={NONCE}&site={Site('https://evil.test').id}", 403),
        (f"/v1/visit?nonce=<script>&site={SITE.id}", 400),
    ],
)  # fmt: skip
def test_who_comes_from_no_page_we_know_reads_why_and_goes_nowhere(
    bridge: Bridge, target: str, code: int
) -> None:
    status, headers, page = visit(bridge, target, accept_language="en-GB")
    assert status == code
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert '<html lang="en">' in page
    assert re.search("<h1>[^<{]+</h1><p>[^<{]+</p>", page)
    assert "script" not in page
    assert "location" not in headers
    assert "GETPIN" not in bridge.asked


def test_pages_that_open_visits_again_and_again_are_slowed(bridge: Bridge) -> None:
    """Any page anywhere can send a browser here: the person says no twice, and there is rest."""
    bridge.answers("!cancel")
    said = [brought_back(visit(bridge)[1])["error"] for _ in range(6)]
    assert said[:2] == ["pin_cancelled", "pin_cancelled"]
    assert said[2:] == ["too_many_requests"] * 4
    assert bridge.asked.count("GETPIN") == 2


def test_one_act_at_a_time_and_a_closed_window_ends_its_dialog(bridge: Bridge) -> None:
    bridge.answers("!wait")
    with socket.create_connection(("127.0.0.1", bridge.port), timeout=30) as tab:
        tab.sendall(request(bridge, "GET", RIGHT, b"", **LINK))
        wait_for(lambda: "GETPIN" in bridge.asked, "the dialog")
        assert brought_back(visit(bridge)[1]) == {"error": "busy"}
    wait_for(lambda: bridge.status()[0] == 200, "the bridge to be free")


def test_the_fragment_fits_every_browsers_address_line(bridge: Bridge) -> None:
    _status, headers, _page = visit(bridge)
    assert len(headers["location"]) < 8000
    assert urlsplit(headers["location"]).query == "", "nothing of it goes to a server"
