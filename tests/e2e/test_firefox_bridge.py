"""Login with the card in a real Firefox: by the page's own request, and where the browser lets no
page through to this machine (Local Network Access), by a visit."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from card_bridge.trust import Site
from tests.parts.bridge import Bridge
from tests.parts.city import City
from tests.parts.firefox import Firefox
from tests.parts.marionette import MarionetteError
from tests.parts.resident import Resident
from tests.parts.waiting import wait_for

STATE = """return [...document.querySelectorAll("main [data-state]")].filter((each) => !each.hidden)
  .map((each) => each.dataset.state).join()"""
TOLD = """return document.querySelector("#told").innerText.trim()"""
#: opened as a page of the internet would be: the bridge stays on this machine
PUBLIC = "network.lna.address_space.public.override"
ME = """return fetch("/api/me").then((answer) => answer.status)"""


@dataclass
class Desk:
    """A city, the bridge it expects, and the home of one person's browser."""

    city: City
    bridge: Bridge
    home: Path

    def firefox(self, *, public: bool = False) -> Firefox:
        """public: the city's page counts as one of the internet."""
        port = self.city.port
        addresses = f"127.0.0.1:{port},[::1]:{port}" if public else ""
        return Firefox(self.home, more={PUBLIC: addresses})


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    data = tmp_path / "city"
    with City.start(data) as city:
        port = int(city.bridge.rpartition(":")[2])
        with Bridge.start(data / "pretend_card", city.url, port=port) as bridge:
            yield Desk(city, bridge, tmp_path / "home")
            assert "defect" not in bridge.output


@pytest.mark.real
def test_the_page_asks_the_bridge_and_leads_to_the_letters(desk: Desk) -> None:
    code = desk.city.ask("residents", "demo")["code"]
    desk.bridge.answers("0000", "1234")
    with desk.firefox() as firefox:
        _look(desk, firefox, "login.html?next=%2Finbox.html")
        _reaches(firefox, "ready")
        _press(firefox, "sign")
        wait_for(lambda: _tells(firefox), "the wrong PIN to be told")
        assert "Tries left: 2" in firefox.text()
        _press(firefox, "sign")
        _reaches(firefox, "letter")
        assert desk.bridge.asked.count("GETPIN") == 2
        firefox.script("document.querySelector('#code').value = arguments[0]", code)
        firefox.script("document.querySelector('#letter').requestSubmit()")
        firefox.page("/inbox.html")
        assert firefox.script(ME) == 200
    assert "login: signed" in desk.bridge.output


@pytest.mark.real
def test_a_browser_that_was_told_no_says_so_and_a_visit_logs_in(desk: Desk) -> None:
    with desk.firefox(public=True) as firefox:
        _is_told_no(desk, firefox)
        _press(firefox, "visit")
        _reaches(firefox, "letter")
        assert firefox.script("return location.href") == f"{desk.city.url}/en/login.html"
        assert firefox.script(ME) == 200
        _press(firefox, "leave")
        _reaches(firefox, "start")
        firefox.remote.call("WebDriver:Back")
        assert "todoke-card=" not in str(firefox.script("return location.href"))
    assert desk.bridge.asked.count("GETPIN") == 1, "the person was asked"
    assert _outcomes(desk) == ["signed"]


@pytest.mark.real
def test_a_no_in_the_window_leads_back_and_a_strangers_visit_logs_nobody_in(desk: Desk) -> None:
    stranger = Resident(desk.city.url, desk.city.bridge)
    desk.bridge.answers("!cancel", "1234")
    with desk.firefox(public=True) as firefox:
        _is_told_no(desk, firefox)
        _press(firefox, "visit")
        wait_for(lambda: _tells(firefox), "the way back")
        assert _state(firefox) == "start"
        assert firefox.script("return location.href") == f"{desk.city.url}/en/login.html"

        # a stranger's page sends this browser to the bridge with a nonce of its own
        nonce = stranger.call("POST", "/api/login/challenge", {}, 201)["nonce"]
        site = Site(desk.city.url).id
        firefox.go(f"{desk.bridge.url}/v1/visit?nonce={nonce}&site={site}")
        _reaches(firefox, "refused")
        assert firefox.script(ME) == 401
    assert desk.bridge.asked.count("GETPIN") == 2, "the person was asked each time"
    assert _outcomes(desk) == ["pin_cancelled", "signed"]


@pytest.mark.real
def test_a_browser_that_was_told_yes_lets_the_page_through(desk: Desk) -> None:
    with desk.firefox(public=True) as firefox:
        _look(desk, firefox, "login.html")
        firefox.permit()
        _reaches(firefox, "ready")
        _press(firefox, "sign")
        _reaches(firefox, "letter")
        assert firefox.script(ME) == 200


def _is_told_no(desk: Desk, firefox: Firefox) -> None:
    """The page says what the browser will ask, and what to do when it was told no."""
    _look(desk, firefox, "login.html")
    _reaches(firefox, "looking")
    assert "If the browser asks" in firefox.text()
    firefox.refuse()
    _reaches(firefox, "blocked")
    assert "Go to the card program" in firefox.text()
    assert _outcomes(desk) == [], "nothing reached the bridge"


def _look(desk: Desk, firefox: Firefox, page: str) -> None:
    firefox.go(f"{desk.city.url}/en/{page}")
    _reaches(firefox, "start")
    _press(firefox, "look")


def _state(firefox: Firefox) -> str:
    with contextlib.suppress(MarionetteError):  # on its way from one page to the next
        return str(firefox.script(STATE))
    return ""


def _tells(firefox: Firefox) -> str:
    with contextlib.suppress(MarionetteError):  # on its way from one page to the next
        return str(firefox.script(TOLD))
    return ""


def _reaches(firefox: Firefox, wanted: str) -> None:
    seen: list[str] = []

    def there() -> bool:
        seen[:] = [_state(firefox)]
        return seen == [wanted]

    try:
        wait_for(there, f"the page to say {wanted}")
    except AssertionError as error:
        raise AssertionError(f"{error}; it says {seen}") from None


def _press(firefox: Firefox, what: str) -> None:
    """What stands in the state that is shown, and not for phones alone."""
    mine = "not(ancestor::*[contains(@class, 'no-mouse')])"
    path = f"//main//*[@data-state and not(@hidden)]//*[@data-do='{what}' and {mine}]"
    (button,) = wait_for(lambda: firefox.remote.find(path), f"a button that does {what}")
    firefox.remote.click(button)


def _outcomes(desk: Desk) -> list[str]:
    """What the bridge has noted of those who asked."""
    noted = [each for each in desk.bridge.output.splitlines() if not each.startswith("{")]
    return [each.rpartition(": ")[2] for each in noted]
