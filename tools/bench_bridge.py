"""The card bridge: how long a login takes after the person has typed the PIN, how soon it answers
its first page, and what it takes of the machine while nobody asks."""

from __future__ import annotations

import contextlib
import http.client
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from card_bridge import login, pcsc, protocol
from card_bridge.consent import Consent, Hangup, Question
from card_bridge.login import Desk
from card_bridge.pretend_folder import PretendFolder
from tests.parts.bridge import Bridge
from tests.parts.city import free_port
from tests.parts.pcscd import Pcscd, nobody_serves
from tests.parts.virtual_card import VirtualCard
from tools.figure import Figure, versions

LOGINS = 20
STARTS = 5
#: our own limits: a program that starts with the desktop must not be noticed
START_SECONDS = 0.3
IDLE_MEGABYTES = 40.0
IDLE_PERCENT = 1.0
#: of idleness, three times; the clock of the scheduler counts nanoseconds
IDLE_SECONDS, IDLE_ROUNDS = 20.0, 3
ORIGIN = "http://localhost:8080"
ASKED = protocol.Authenticate("A" * 43, "login", "en")


class _Typing(Consent):
    """A person who has just confirmed the PIN."""

    at, card_before = 0.0, 0.0

    def __init__(self, card: VirtualCard) -> None:
        super().__init__(None, None)
        self._card = card

    def pin(self, _question: Question, _hangup: Hangup) -> bytearray:
        self.at, self.card_before = time.perf_counter(), self._card.seconds
        return bytearray(b"1234")


def sign_ms() -> Iterator[Figure]:
    """Milliseconds from the confirmed PIN to the answer, signature checked and the card without
    power, with the virtual card in a reader of PC/SC; beside what the card itself took of it."""
    ours, cards = [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        Pcscd.start() as pcscd,
        VirtualCard(PretendFolder(Path(folder) / "card"), pcscd.ports[0]) as card,
    ):
        pcscd.sees()
        person = _Typing(card)
        desk = Desk(pcsc.open_pcsc(), person)
        for _ in range(LOGINS):
            login.authenticate(desk, ASKED, ORIGIN, Hangup())
            ours.append(1000 * (time.perf_counter() - person.at))
            cards.append(1000 * (card.seconds - person.card_before))
    yield Figure(
        "bridge.sign_ms", "ms", "the virtual card's own time of it", ours, cards,
        versions("cryptography", "pyscard"),
    )  # fmt: skip


def start_s() -> Iterator[Figure]:
    """Seconds from the start of the process until a page's first ``GET /v1/status`` is answered:
    with a card in the reader, and without pcscd."""
    limit, shown = [START_SECONDS] * STARTS, versions("cryptography", "pyscard")
    with _card():
        ours = [_first_answer(200) for _ in range(STARTS)]
    yield Figure("bridge.start", "s", "our own limit", ours, limit, shown)
    with nobody_serves():
        alone = [_first_answer(503) for _ in range(STARTS)]
    yield Figure("bridge.start_alone", "s", "our own limit", alone, limit, shown)


def _first_answer(status: int) -> float:
    start, port = time.perf_counter(), free_port()
    with Bridge.start(None, ORIGIN, port=port, wait=False) as bridge:
        while True:
            with contextlib.suppress(OSError), contextlib.closing(_line(port)) as line:
                line.request("GET", "/v1/status", headers={"Origin": ORIGIN})
                assert line.getresponse().status == status
                return time.perf_counter() - start
            assert bridge.process.poll() is None, bridge.output
            time.sleep(0.001)


def _line(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=60)


def idle() -> Iterator[Figure]:
    """What a bridge takes while nobody asks, after a login: its resident size (RSS: pages it
    shares with other programs counted whole), and percent of a core; with a card in the reader,
    with an empty reader, and without pcscd, side by side."""
    with contextlib.ExitStack() as held:
        held.enter_context(_card())
        with_card = held.enter_context(Bridge.start(None, ORIGIN))
        held.enter_context(Pcscd.start())
        empty = held.enter_context(Bridge.start(None, ORIGIN))
        held.enter_context(nobody_serves())
        alone = held.enter_context(Bridge.start(None, ORIGIN))
        idlers = {"": with_card, "_no_card": empty, "_alone": alone}
        statuses = [each.authenticate("A" * 43)[0] for each in idlers.values()]
        assert statuses == [200, 503, 503], statuses
        yield from _idle_figures(idlers)


def _idle_figures(idlers: dict[str, Bridge]) -> Iterator[Figure]:
    shown = versions("cryptography", "pyscard")
    pids = {name: bridge.process.pid for name, bridge in idlers.items()}
    sizes: list[float] = []
    shares: dict[str, list[float]] = {name: [] for name in idlers}
    for _ in range(IDLE_ROUNDS):
        before, start = {each: _computed(pid) for each, pid in pids.items()}, time.perf_counter()
        time.sleep(IDLE_SECONDS)
        passed = time.perf_counter() - start
        for name, pid in pids.items():
            shares[name].append(100 * (_computed(pid) - before[name]) / passed)
        sizes.append(_resident_megabytes(pids[""]))
    limit = [IDLE_MEGABYTES] * IDLE_ROUNDS
    yield Figure("bridge.idle_mb", "MB", "our own limit", sizes, limit, shown)
    limit = [IDLE_PERCENT] * IDLE_ROUNDS
    for name, found in shares.items():
        yield Figure(f"bridge.idle_cpu{name}", "%", "our own limit", found, limit, shown)


def _computed(pid: int) -> float:
    """Seconds on a processor so far, all threads and children (proc(5), schedstat)."""
    tasks = list(Path(f"/proc/{pid}/task").iterdir())
    own = sum(int((each / "schedstat").read_text().split()[0]) for each in tasks) / 1e9
    children = " ".join((each / "children").read_text() for each in tasks).split()
    return own + sum(_computed(int(child)) for child in children)


def _resident_megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(each.split()[1]) for each in lines if each.startswith("VmRSS:")) / 1024


@contextlib.contextmanager
def _card() -> Iterator[Pcscd]:
    """A pcscd with a card in its first reader."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Pcscd.start() as pcscd,
        VirtualCard(PretendFolder(Path(folder) / "card"), pcscd.ports[0]),
    ):
        pcscd.sees()
        yield pcscd
