"""``todoke serve`` in the demonstration: everything that must be beside the city is there, and
nothing of it stays behind."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.parts.city import City
from tests.parts.resident import Resident
from tests.parts.waiting import wait_for
from todoke import assemble
from todoke.adapters import machine
from todoke.entry.commands import serve
from todoke.entry.demonstration import CardBridge, beside
from todoke.entry.terminal import Terminal

ROLES = {"author", "approver", "caseworker", "cashier", "auditor", "administrator"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with City.start(tmp_path_factory.mktemp("demonstration") / "city", card=True) as running:
        yield running


def bridge_of(city: City) -> int | None:
    """Process id of the bridge that this city brought, once it listens."""
    folder = str(city.data / "pretend_card").encode()
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = entry.read_bytes().split(b"\0")
            if b"card_bridge" in words and folder in words:
                return int(entry.parent.name) if listens(city.bridge) else None
    return None


def listens(url: str) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", urlsplit(url).port or 80)) == 0


@pytest.mark.real
def test_the_printed_links_are_of_a_parent_and_six_clerks(city: City) -> None:
    assert {role: bool(city.link(role)) for role in ROLES} == dict.fromkeys(ROLES, True)
    assert len(set(city.links.values())) == 6
    assert f"{city.url}/login.html" in city._printed()
    assert city.letter_code not in city.output


@pytest.mark.real
def test_the_parent_logs_in_with_the_card_and_the_code_as_printed(city: City) -> None:
    wait_for(lambda: bridge_of(city), "the bridge to listen")
    parent = Resident(city.url, city.bridge)
    assert parent.log_in()["linked"] is False
    assert parent.link(city.letter_code)["linked"] is True
    assert parent.call("GET", "/api/me")["name"] == "見本 はなこ"


@pytest.mark.real
def test_the_pretend_payment_company_answers_on_its_own_host_only(city: City) -> None:
    company = f"pretend-pay.localhost:{city.port}"
    for host, status in ((company, 200), (company.upper(), 200), (f"localhost:{city.port}", 404)):
        line = http.client.HTTPConnection("127.0.0.1", city.port, timeout=10)
        with closing(line):
            line.request("GET", "/style.css", headers={"Host": host})
            answer = line.getresponse()
            assert (answer.status, answer.getheader("Set-Cookie")) == (status, None), host


@pytest.mark.real
def test_a_bridge_that_dies_comes_back_and_a_server_that_dies_leaves_none(tmp_path: Path) -> None:
    # a city of its own: the server of the others must not die
    with City.start(tmp_path / "city", card=True) as city:
        first = wait_for(lambda: bridge_of(city), "the bridge")
        os.kill(first, signal.SIGKILL)
        second = wait_for(lambda: (found := bridge_of(city)) != first and found, "another bridge")
        assert second != first
        # the server itself, and not its group
        os.kill(city.process.pid, signal.SIGKILL)
        city.process.wait()
        wait_for(lambda: not listens(city.bridge), "the bridge to end with its server")
        wait_for(lambda: not Path(f"/proc/{second}").exists(), "its process to be gone")


@pytest.mark.real
def test_sigterm_ends_city_and_bridge_together(tmp_path: Path) -> None:
    city = City.start(tmp_path / "city", card=True)
    wait_for(lambda: bridge_of(city), "the bridge")
    assert city.stop() == 0
    assert bridge_of(city) is None
    assert not listens(city.bridge)
    assert "bridge_ended" not in city.output


def test_json_tells_a_program_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    services = assemble.fake(tmp_path)
    arguments = argparse.Namespace(json=True, data=str(tmp_path))
    serve._greet(Terminal(arguments), services)
    said = json.loads(capsys.readouterr().out)
    assert set(said["links"]) == ROLES
    assert said["parent"]["login"] == f"{services.config.public_url}/login.html"
    assert len(said["parent"]["letter_code"]) == 14


def test_a_bridge_elsewhere_makes_ours_listen_on_a_free_port_and_pages_know_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TODOKE_CARD__BRIDGE", raising=False)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        taken = other.getsockname()[1]
        free = machine.free_port(taken)
        assert free != taken
    assert machine.free_port(free) == free
    monkeypatch.setattr(machine, "free_port", lambda wanted: free)
    services = assemble.serving(tmp_path, 8099, bridge=True)
    assert services.config.card.bridge == f"http://127.0.0.1:{free}"
    # `todoke publish` beside the running city prints pages that lead to the same bridge
    assert assemble.local(tmp_path).config.card.bridge == services.config.card.bridge
    assert assemble.serving(tmp_path, 8099, bridge=False).config.card.bridge != (
        services.config.card.bridge
    )


def test_settings_that_name_a_bridge_are_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TODOKE_CARD__BRIDGE", "http://127.0.0.1:4000")
    services = assemble.serving(tmp_path, 8099, bridge=True)
    assert services.config.card.bridge == "http://127.0.0.1:4000"


def test_production_has_neither_pretend_company_nor_a_place_for_a_bridge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = assemble.fake(tmp_path / "one")
    assert assemble.pretend_provider(services) is not None
    real = replace(services, config=replace(services.config, profile="production"))
    assert assemble.pretend_provider(real) is None
    monkeypatch.delenv("TODOKE_CARD__BRIDGE", raising=False)
    monkeypatch.setenv("TODOKE_PROFILE", "production")
    assemble.serving(tmp_path / "two", 8099, bridge=True)
    assert not (tmp_path / "two" / assemble.BRIDGE_AT).exists()


def test_a_program_without_the_bridge_beside_it_says_so(tmp_path: Path) -> None:
    services = assemble.fake(tmp_path)
    assert CardBridge(services).installed
    elsewhere = replace(services, config=replace(services.config, root=tmp_path))
    assert not CardBridge(elsewhere).installed


def test_a_bridge_that_never_will_do_is_not_started_again(tmp_path: Path) -> None:
    services = assemble.fake(tmp_path, public_url="https://kosodate.city.minato.lg.jp")
    bridge = CardBridge(services)
    bridge.start()  # the bridge of a demonstration asks for local pages only
    bridge._thread.join(30)
    assert not bridge._thread.is_alive()
    bridge.stop()


def test_only_the_neighbours_own_name_leads_to_the_neighbour() -> None:
    def says(name: bytes) -> object:
        return lambda _environ, _start: [name]

    both = beside(says(b"city"), says(b"company"), "pay.localhost:8080")  # type: ignore[arg-type]
    for host, who in (
        ("pay.localhost:8080", b"company"), ("PAY.localhost:8080", b"company"),
        ("pay.localhost", b"city"), ("localhost:8080", b"city"), ("", b"city"),
    ):  # fmt: skip
        assert list(both({"HTTP_HOST": host}, lambda *_: None)) == [who], host
    assert list(both({}, lambda *_: None)) == [b"city"]
