"""A stranger's page tries every way a browser knows at every address of the card bridge, with a
card in the reader: it reads nothing, no window opens that the design does not know, and the card
hears nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from card_bridge.pretend_folder import PretendFolder
from card_bridge.trust import Site
from tests.parts import node
from tests.parts.bridge import Bridge
from tests.parts.firefox import Firefox
from tests.parts.pcscd import Pcscd
from tests.parts.stranger import SECRET, Careless, Stranger
from tests.parts.virtual_card import VirtualCard
from tests.parts.waiting import wait_for

TRUSTED = "http://localhost:8080"
#: ways of stranger_page.mjs whose answer a careless program gives away
READABLE = ("cors", "corsText", "corsJson", "corsMark", "credentials")


@dataclass(frozen=True, slots=True)
class Case:
    """browser, and the stranger's host name: of ``*.localhost`` the person may be asked, of an
    address never. loopback: None when the page is one of this machine; otherwise it is one of the
    internet, and the person has let its browser through to this machine, or not."""

    browser: str
    host: str
    loopback: str | None = None


CASES = [
    pytest.param(Case(browser, host, loopback), id=f"{browser}-{host}-{loopback or 'here'}")
    for browser in ("chromium", "firefox")
    for host, loopback in (
        ("127.0.0.1", None),
        ("evil.localhost", None),
        ("evil.localhost", "granted"),
        ("evil.localhost", "denied"),
    )
]


@pytest.fixture(scope="module")
def reader() -> Iterator[Pcscd]:
    with Pcscd.start() as running:
        yield running


@pytest.fixture(scope="module")
def card(reader: Pcscd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualCard]:
    folder = PretendFolder(tmp_path_factory.mktemp("strangers") / "card")
    with VirtualCard(folder, reader.ports[0]) as card:
        reader.sees()
        yield card


def tried(case: Case, target: str, folder: Path, *, mark: bool = False) -> Mapping[str, str]:
    """What the stranger's page read, by way and path."""
    # what a browser keeps back never ends, so nobody waits long for it
    patience = 4_000 if case.loopback == "denied" else 20_000
    words = {"target": target, "site": Site(TRUSTED).id, "mark": mark, "patience": patience}
    with Stranger("127.0.0.1") as stranger:
        url = f"http://{case.host}:{stranger.port}"
        look = _by_chromium if case.browser == "chromium" else _by_firefox
        return look(case, url, stranger.port, words, folder)


def _by_chromium(
    case: Case, url: str, port: int, words: Mapping[str, Any], folder: Path
) -> Mapping[str, str]:
    public = [f"--ip-address-space-overrides=127.0.0.1:{port}=public"] if case.loopback else []
    job = {
        "url": url, "act": "everyWay", "words": words, "profile": str(folder / "chromium"),
        "flags": [*public, "--disable-popup-blocking"], "permission": case.loopback,
    }  # fmt: skip
    return node.see("tests/e2e/strangers.mjs", job, seconds=400)


#: what the person has told the browser about a page, kept as her answer is
PERMIT = """const manager = Services.scriptSecurityManager;
const page = manager.createContentPrincipalFromOrigin(arguments[0]);
Services.perms.addFromPrincipal(page, "loopback-network", Services.perms[arguments[1]]);"""


def _by_firefox(
    case: Case, url: str, port: int, words: Mapping[str, Any], folder: Path
) -> Mapping[str, str]:
    more: dict[str, bool | int | str] = {"dom.disable_open_during_load": False}
    if case.loopback:
        more["network.lna.address_space.public.override"] = f"127.0.0.1:{port}"
    with Firefox(folder / "firefox", more=more) as firefox:
        if case.loopback:
            told = "ALLOW_ACTION" if case.loopback == "granted" else "DENY_ACTION"
            firefox.remote.script(PERMIT, url, told, chrome=True)
        firefox.go(url)
        wait_for(lambda: firefox.script("return 'everyWay' in window"), "the page's script")
        firefox.script(START, words)
        return dict(wait_for(lambda: firefox.script("return window.seen"), "every way", 300))


#: begins, and leaves what was seen in the page: one command to the browser must end within 30 s
START = "everyWay(arguments[0]).then((seen) => { window.seen = seen; }); return null;"


@pytest.mark.real
@pytest.mark.parametrize("case", CASES)
def test_no_way_of_a_strangers_page_reaches_the_person_or_the_card(
    case: Case, reader: Pcscd, card: VirtualCard, tmp_path: Path
) -> None:
    assert reader.process.poll() is None
    with Bridge.start(None, TRUSTED) as bridge:
        bridge.answers("!confirm-no")
        card.told.clear()
        seen = tried(case, bridge.url, tmp_path)
        assert {way: said for way, said in seen.items() if said != "nothing"} == {}
        assert "GETPIN" not in bridge.asked
        # the one question that the design knows, where a script was let through to ask: once
        asks = case.host != "127.0.0.1" and case.loopback != "denied"
        assert bridge.asked.count("CONFIRM") == int(asks)
        assert card.told == []
        noted = bridge.output
        assert "signed" not in noted
        assert "visit: origin_refused" in noted
        assert "visit: bad_request" in noted
        if case.loopback != "denied":
            assert f"origin_refused: 'http://{case.host}:" in noted
            assert "origin_refused: ''" in noted
        # and it serves its own page as before
        assert bridge.status()[0] == 200


@pytest.mark.real
@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_every_way_would_reach_a_program_that_looks_at_nothing(
    browser: str, tmp_path: Path
) -> None:
    with Careless() as careless:
        target = f"http://127.0.0.1:{careless.port}"
        seen = tried(Case(browser, "127.0.0.1"), target, tmp_path, mark=True)
        heard = {each.partition("way=")[2].partition("&")[0] for each in careless.heard}
    ways = {each.replace(" ", "") for each in seen} - {
        f"windowSite{path}" for path in ("/v1/status", "/v1/authenticate", "/v1/sign")
    }
    assert ways - heard == set()
    for way in READABLE:
        assert SECRET in seen[f"{way} /v1/authenticate"]
