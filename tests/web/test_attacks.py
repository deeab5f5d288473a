"""The list of attacks on a login, over HTTP and a real socket: one answer to all of them, byte for
byte, no cookie of a session, and an entry in the record of acts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.parts.attacks import ATTACKS
from tests.parts.hall import BROWSER, Hall
from tests.parts.pretend_signer import Authority, Card
from todoke import assemble
from todoke.adapters.fakes import TurnedClock
from todoke.web.app import create_app


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        pass


class Door:
    """The portal behind a socket. hall: what is behind the door."""

    def __init__(self, folder: Path) -> None:
        services = assemble.fake(folder)
        clock = services.clock
        assert isinstance(clock, TurnedClock)
        self.hall = Hall(services, clock, services.config.data)
        Authority().trusted_in(services.config.data)
        app = create_app(services, only=["identity"])
        self.server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)

    def login(self, browser: str, body: object) -> tuple[int, dict[str, str], bytes]:
        """(status, headers but the date, body) of POST /api/login."""
        config = self.hall.services.config
        line = HTTPConnection("127.0.0.1", self.server.server_port, timeout=20)
        headers = {
            "Host": config.portal_host,
            "Origin": config.public_url,
            "Content-Type": "application/json",
            "Cookie": f"todoke-pre={browser}",
        }
        line.request("POST", "/api/login", json.dumps(body), headers)
        answer = line.getresponse()
        shown = {name: value for name, value in answer.getheaders() if name != "Date"}
        shown |= {name: ", ".join(every) for name in shown if (every := answer.msg.get_all(name))}
        return answer.status, shown, answer.read()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    made = Door(tmp_path)
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def test_one_answer_to_every_attack_and_no_session(door: Door) -> None:
    answers = {}
    for name, (attack, why) in ATTACKS.items():
        browser, body = attack(door.hall)
        opened = door.hall.acts().count("session_opened")
        answers[name] = door.login(browser, body)
        assert door.hall.why() == why, name
        assert door.hall.acts().count("session_opened") == opened, name
    status, headers, body_ = answers["replayed"]
    assert status == 401
    assert "Set-Cookie" not in headers
    assert json.loads(body_)["error"] == "card_refused"
    for name, answer in answers.items():
        assert answer == (status, headers, body_), name


def test_the_same_door_opens_for_a_card_that_is_one(door: Door) -> None:
    status, headers, body = door.login(BROWSER, door.hall.answer(Card()))
    assert status == 201, body
    assert "todoke=" in headers["Set-Cookie"]
