"""The daemon: listens on this machine only and answers trusted pages, one card act at a time."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from card_bridge import checks, login, protocol, visits, wire
from card_bridge.consent import Hangup
from card_bridge.errors import BridgeError
from card_bridge.home import Home
from card_bridge.limits import NO_COSTS, Buckets
from card_bridge.login import Desk
from card_bridge.protocol import SIGN, STATUS, VISIT, Asked, Authenticate, Sign
from card_bridge.sentences import Language, preferred, say
from card_bridge.trust import Trust
from card_bridge.wire import Answer, Head

#: connections at once; past it the one that has waited longest for its head is dropped, and
#: past twice as many (none of them waiting for a head) the newest
MOST_CONNECTIONS = 128
#: a dialog has 2 minutes, twice with the last try; a card act past this is a card that is mute
ACT_SECONDS = 270.0
#: seconds a browser may keep the answer to a preflight
_PREFLIGHT_SECONDS = "600"

Reply = Mapping[str, object]
Act = Callable[[Hangup], Reply]


@dataclass(frozen=True, slots=True)
class Address:
    """Open sockets on one port, and the Host headers under which browsers reach them."""

    sockets: tuple[socket.socket, ...]
    hosts: frozenset[str]
    port: int


def listen(port: int) -> Address:
    """Binds 127.0.0.1, and ::1 where the machine has it. port 0 takes a free one.

    Raises OSError when the port is taken."""
    four = socket.create_server(("127.0.0.1", port), backlog=MOST_CONNECTIONS)
    number = int(four.getsockname()[1])
    hosts = {f"127.0.0.1:{number}"}
    sockets = [four]
    with contextlib.suppress(OSError):
        six = socket.create_server(
            ("::1", number), family=socket.AF_INET6, backlog=MOST_CONNECTIONS
        )
        sockets.append(six)
        hosts.add(f"[::1]:{number}")
    return Address(tuple(sockets), frozenset(hosts), number)


class Bridge:
    """Answers requests. trust: exactly the pages that may ask. home: where its log is."""

    def __init__(self, desk: Desk, trust: Trust, hosts: frozenset[str], home: Home) -> None:
        self._desk = desk
        self._trust = trust
        self._hosts = hosts
        self._log = home.log
        self._buckets = Buckets()
        self._busy = False
        self._hangups: set[Hangup] = set()
        #: connections whose head has not come yet, oldest first, with how to end them
        self._arriving: dict[asyncio.StreamWriter, None] = {}
        self._connections = 0

    async def serve(self, address: Address, stop: asyncio.Event) -> None:
        """Serves until ``stop``; then ends the open dialog and gives its caller an answer."""
        servers = [
            await asyncio.start_server(self._connected, sock=each, limit=wire.LARGEST_HEAD)
            for each in address.sockets
        ]
        await stop.wait()
        for server in servers:
            server.close()
        for hangup in list(self._hangups):
            hangup.now()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                while self._connections:
                    await asyncio.sleep(0.01)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._connections >= 2 * MOST_CONNECTIONS:
            writer.transport.abort()
            return
        self._connections += 1
        self._make_room()
        try:
            await self._one(reader, writer)
        except (EOFError, OSError, TimeoutError):
            pass  # the caller is gone, or does not read
        except asyncio.CancelledError:
            pass  # the bridge ends; nobody waits for this task, and asyncio would print it
        except Exception as error:  # its words could hold anything, its name not
            self._log(f"defect: {type(error).__name__}")
        finally:
            self._connections -= 1
            self._arriving.pop(writer, None)
            writer.close()

    def _make_room(self) -> None:
        if self._connections > MOST_CONNECTIONS and self._arriving:
            oldest = next(iter(self._arriving))
            del self._arriving[oldest]
            oldest.transport.abort()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._arriving[writer] = None
        head: Head | None = None
        try:
            head = await wire.read_head(reader)
            self._arriving.pop(writer, None)
            answer = await self._answer(head, reader)
        except BridgeError as error:
            answer = self._refusal(head, error)
        await wire.send(writer, answer)
        await wire.finish(reader, writer)

    async def _answer(self, head: Head, reader: asyncio.StreamReader) -> Answer:
        checks.host(head, self._hosts)
        if head.target.partition("?")[0] == VISIT:
            return await self._visit(head, reader)
        origin = await self._caller(head, reader)
        checks.means(head)
        if head.method == "OPTIONS":
            checks.preflight(head)
            allowed = {**_ALLOWED, "Access-Control-Allow-Methods": checks.METHODS[head.target]}
            return Answer(204, None, {**_shared_with(origin), **allowed})
        size = checks.form(head)
        body = await wire.read_body(reader, size)
        language: Language = preferred(head.one("accept-language"))
        try:
            if head.target == STATUS:
                self._admit(STATUS, origin)
                reply = await self._alone(lambda _hangup: login.status(self._desk), reader)
            else:
                reading = protocol.sign if head.target == SIGN else protocol.authenticate
                asked = reading(body)
                language = asked.language
                self._admit(head.target, origin)
                reply = await self._use(asked, origin, reader, head.target)
        except BridgeError as error:
            return _refused(error, language, _shared_with(origin))
        return Answer(200, reply, _shared_with(origin))

    async def _caller(self, head: Head, reader: asyncio.StreamReader) -> str:
        """The origin that asks, if it may. A new one may once the person has said yes.

        She is asked when the browser announces a script's request (CORS preflight), so nothing
        that a browser lets a stranger send unasked opens a window on her screen."""
        origin = checks.origin(head)
        if self._trust.knows(origin):
            return origin
        if head.method != "OPTIONS" or not self._trust.may_be_asked_about(origin) or self._busy:
            raise BridgeError("origin_refused")
        try:
            checks.means(head)
            checks.preflight(head)
            self._buckets.take("introduce", "")
            language = preferred(head.one("accept-language"))
            yes = await self._alone(
                lambda hangup: {"yes": self._desk.consent.trusts(origin, language, hangup)}, reader
            )
            if not yes["yes"]:
                self._trust.refuse(origin)
                raise BridgeError("origin_refused")
            self._trust.add(origin)
        except BridgeError as error:
            self._log(f"{origin} asked to be allowed: {error.code}")
            raise BridgeError("origin_refused") from None
        self._log(f"{origin} asked to be allowed: yes")
        return origin

    async def _visit(self, head: Head, reader: asyncio.StreamReader) -> Answer:
        """A login for a browser that lets no script through to this machine: its page sends the
        person here and is returned to. Nobody says who sent her, so the answer goes to the page
        that the trust list holds, and the person is always asked."""
        language = preferred(head.one("accept-language"))
        try:
            checks.visit(head)
            asked = protocol.visit(head.target)
            site = self._trust.site(asked.site)
            if site is None:
                raise BridgeError("origin_refused")
        except BridgeError as error:
            self._note("visit", f"visit: {error.code}")
            return visits.refusal(error, language)
        try:
            self._admit(VISIT, site.origin)
            wanted = Authenticate(asked.nonce, "login", language, "visit")
            reply = await self._use(wanted, site.origin, reader, VISIT)
        except BridgeError as error:
            return visits.back(site, {"error": error.code, **error.details})
        return visits.back(site, {**reply, "nonce": asked.nonce})

    async def _use(
        self, asked: Asked, origin: str, reader: asyncio.StreamReader, act: str
    ) -> Reply:
        """Asks the person for her card, and writes into the log what came of it."""

        def sign(hangup: Hangup) -> Reply:
            if isinstance(asked, Sign):
                return login.sign_document(self._desk, asked, origin, hangup)
            return login.authenticate(self._desk, asked, origin, hangup)

        outcome = "defect"
        try:
            reply = await self._alone(sign, reader)
            outcome = "signed"
        except BridgeError as error:
            outcome = error.code
            if outcome == "pin_cancelled":
                self._buckets.charge(act, origin, NO_COSTS)
            raise
        finally:
            self._log(f"{origin} {asked.purpose}: {outcome}")
        return reply

    def _admit(self, act: str, origin: str) -> None:
        """``too_many_requests``; an ask that finds the card ``busy`` is not counted."""
        if self._busy:
            raise BridgeError("busy")
        self._buckets.take(act, origin)

    async def _alone(self, act: Act, reader: asyncio.StreamReader) -> Reply:
        """Runs one act on the card in a thread of its own; ``busy`` while another one runs.

        The card stays busy until the thread has really ended, even when nobody waits for it
        any more: two acts must never mix on one card."""
        if self._busy:
            raise BridgeError("busy")
        self._busy = True
        hangup = Hangup()
        self._hangups.add(hangup)
        done: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        threading.Thread(target=self._run, args=(act, hangup, done), daemon=True).start()
        gone = asyncio.create_task(_hung_up(reader))
        try:
            async with asyncio.timeout(ACT_SECONDS):
                either: set[asyncio.Future[Any]] = {gone, done}
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if not done.done():
                    hangup.now()
                return await asyncio.shield(done)
        except TimeoutError:
            hangup.now()
            raise BridgeError("card_silent") from None
        finally:
            gone.cancel()
            # it must have let go of the reader before anybody else reads
            await asyncio.wait([gone])

    def _run(self, act: Act, hangup: Hangup, done: asyncio.Future[Reply]) -> None:
        outcome: Reply | BaseException
        try:
            outcome = act(hangup)
        except BridgeError as error:
            outcome = error
        except Exception as error:  # whatever broke: its words could hold anything, its name not
            self._log(f"defect: {type(error).__name__}")
            outcome = BridgeError("defect")
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            done.get_loop().call_soon_threadsafe(self._ended, outcome, hangup, done)

    def _ended(
        self, outcome: Reply | BaseException, hangup: Hangup, done: asyncio.Future[Reply]
    ) -> None:
        self._busy = False
        self._hangups.discard(hangup)
        if done.cancelled():
            return
        if isinstance(outcome, BaseException):
            done.set_exception(outcome)
            done.exception()  # looked at: nobody may be waiting for it any more
        else:
            done.set_result(outcome)

    def _note(self, way: str, line: str) -> None:
        """Into the log that somebody was refused; of so many at once, the first ones."""
        with contextlib.suppress(BridgeError):
            self._buckets.take("log", way)
            self._log(line)

    def _refusal(self, head: Head | None, error: BridgeError) -> Answer:
        origin = head.one("origin") if head else None
        trusted = error.code != "host_refused" and origin and self._trust.knows(origin)
        if error.code in ("host_refused", "origin_refused"):
            self._note("", f"{error.code}: {(origin or '')[:100]!a}")
        language = preferred(head.one("accept-language") if head else None)
        return _refused(error, language, _shared_with(origin) if origin and trusted else {})


_ALLOWED = {
    "Access-Control-Allow-Headers": f"content-type, {checks.MARK}",
    "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
}


def _shared_with(origin: str) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def _refused(error: BridgeError, language: Language, headers: Mapping[str, str]) -> Answer:
    body = {
        "ok": False,
        "error": error.code,
        "retriable": error.retriable,
        **error.details,
        "message": say(language, error.code, "message", **error.details),
        "advice": say(language, error.code, "advice", **error.details),
    }
    return Answer(error.status, body, headers)


async def _hung_up(reader: asyncio.StreamReader) -> None:
    """Ends when the caller has closed its side. What it still sends is thrown away."""
    with contextlib.suppress(OSError):
        while await reader.read(1024):
            pass
