"""Push for many (RFC 8030): sealed here, sent over few HTTP/2 connections with many messages under
way on each, by one thread that never waits for one of them.

The rules are those of ``webpush.GuardedPush``: the address is judged and dialled by
``guarded_connection``, certificates are verified, nothing is followed, nothing is waited for beyond
a deadline, no answer is read beyond a few kilobytes. A service that speaks no HTTP/2 is served by
GuardedPush itself.
"""

from __future__ import annotations

import selectors
import ssl
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar, cast

from todoke.adapters.guarded_connection import BlockedError, NoSuchNameError, Reach, connect
from todoke.adapters.http2 import Answered, Event
from todoke.adapters.http2_headers import ConnectionBrokenError, Head
from todoke.adapters.push_lines import MOST_LINES, Job, Kept, Line, Origin, hang_up
from todoke.adapters.webpush import GuardedPush, judge, nameless
from todoke.config import Config
from todoke.core import push_message
from todoke.core.endpoint import Endpoint, check_endpoint
from todoke.core.errors import TodokeError
from todoke.ports import Clock, Outgoing, PushAnswer, PushMessage, PushTarget, Secrets

Key = TypeVar("Key")

#: sealed and without an answer, all origins together: what the memory holds
MOST_WAITING = 400
#: of these for one origin: it may not take the whole while others wait
MOST_WAITING_PER_ORIGIN = 200
#: an origin that has answered nothing for so long gets no more in this call
STALL_SECONDS = 2.0
#: one write and one read
_CHUNK = 64 * 1024
#: services without HTTP/2: requests at once, and how many are taken for one of them
PLAIN_AT_ONCE = 8
MOST_WAITING_PLAIN = 2 * PLAIN_AT_ONCE
DIALS_AT_ONCE = 16
_TICK_SECONDS = 0.05


class PushEngine:
    """Implements ``ports.Push``. Threads may share it: each call has its own connections while it
    runs, and leaves them for the next."""

    def __init__(
        self, config: Config, secrets: Secrets, clock: Clock, reach: Reach | None = None
    ) -> None:
        self.reach = reach or Reach()
        self.settings, self.clock = config.push, clock
        self.single = GuardedPush(config, secrets, clock, self.reach)
        self.kept = Kept()

    def send(self, target: PushTarget, message: PushMessage) -> PushAnswer:
        """See ``ports.Push.send``: over the connections that are there."""
        for _, answer in self.send_many([(None, target, message)]):
            return answer
        raise RuntimeError("a message without an answer")

    def send_many(self, messages: Iterable[Outgoing[Key]]) -> Iterator[tuple[Key, PushAnswer]]:
        """See ``ports.Push.send_many``."""
        run = _Run(self)
        try:
            yield from run.answers(iter(messages))
        finally:
            run.end()

    def close(self) -> None:
        """Close the connections kept."""
        self.kept.close()
        self.single.close()


class _Run:
    """One call of ``send_many``: everything that is under way in it, by one thread."""

    def __init__(self, engine: PushEngine) -> None:
        self._engine = engine
        self._origins: dict[str, Origin] = {}
        self._heads: dict[tuple[str, int, str, int], Head] = {}
        self._select = selectors.DefaultSelector()
        self._threads = ThreadPoolExecutor(PLAIN_AT_ONCE, "push")
        #: apart: a name that is slow to be looked up must not wait behind messages, nor they for it
        self._dialling = ThreadPoolExecutor(DIALS_AT_ONCE, "dial")
        self._plain: dict[Future[PushAnswer], Job] = {}
        self._done: list[tuple[Any, PushAnswer]] = []
        self._under_way = 0
        self._expire_at = 0.0

    def answers(self, messages: Iterator[Outgoing[Any]]) -> Iterator[tuple[Any, PushAnswer]]:
        """Answers as they come, in any order; messages are taken from the iterator only as there
        is room for them."""
        held = next(messages, None)
        while held is not None or self._under_way or self._done:
            while held is not None and len(self._done) < MOST_WAITING and self._accept(*held):
                held = next(messages, None)
            self._move()
            done, self._done = self._done, []
            yield from done

    def end(self) -> None:
        """Leave the connections that are idle, close the others."""
        for name, origin in self._origins.items():
            if origin.dialling is not None:
                origin.dialling.add_done_callback(hang_up)
            for line in origin.lines:
                if line.watched:
                    self._select.unregister(line.raw)
                    line.watched = 0
                if line.worth_keeping:
                    self._engine.kept.keep(name, line)
                else:
                    line.raw.close()
        self._select.close()
        self._dialling.shutdown(wait=False, cancel_futures=True)
        # what was given to a thread and has not begun must not go when nobody notes it any more
        self._threads.shutdown(wait=False, cancel_futures=True)

    # ------------------------------------------------------------------ messages
    def _accept(self, key: Any, target: PushTarget, message: PushMessage) -> bool:
        """False when there is no room for it now."""
        settings = self._engine.settings
        try:
            to = check_endpoint(target.endpoint, settings.hosts, settings.allow_loopback)
        except TodokeError as error:
            detail = f"endpoint {error.details.get('rule')}"
            self._done.append((key, PushAnswer("blocked", detail=detail)))
            return True
        origin = self._origin(to)
        stalled = self._is_stalled(origin)
        most = MOST_WAITING_PLAIN if origin.plain else MOST_WAITING_PER_ORIGIN
        full = origin.under_way >= most or self._under_way >= MOST_WAITING
        if full and not stalled:
            return False
        job = Job(key, to, target, message)
        self._under_way += 1
        origin.under_way += 1
        if origin.failed is not None:
            self._answer(job, origin.failed)
        elif origin.plain:
            self._send_plain(job)
        elif stalled:
            self._answer(job, PushAnswer("later", detail="stalled"))
        else:
            self._seal(job, origin)
        return True

    def _origin(self, to: Endpoint) -> Origin:
        origin = self._origins.get(to.origin)
        if origin is None:
            origin = self._origins[to.origin] = Origin(to, plain=to.scheme != "https")
            origin.lines = self._engine.kept.take(to.origin)
        return origin

    def _seal(self, job: Job, origin: Origin) -> None:
        body, length = job.message.body, push_message.PADDED
        try:
            if job.small:
                body, length = push_message.shrink(body), push_message.PADDED_SMALL
            job.sealed = push_message.seal(body, job.target.p256dh, job.target.auth, length)
        except Exception as error:  # no key of a browser, no message of ours
            self._answer(job, PushAnswer("defect", detail=type(error).__name__))
            return
        job.due = time.monotonic() + self._engine.reach.exchange_seconds
        origin.waiting.append(job)

    def _send_plain(self, job: Job) -> None:
        future = self._threads.submit(self._engine.single.send_or_tell, job.target, job.message)
        self._plain[future] = job

    def _answer(self, job: Job, answer: PushAnswer) -> None:
        origin = self._origins[job.to.origin]
        origin.under_way -= 1
        self._under_way -= 1
        self._done.append((job.key, answer))

    def _is_stalled(self, origin: Origin) -> bool:
        silent = time.monotonic() - origin.heard_at > STALL_SECONDS
        return silent and origin.under_way >= MOST_WAITING_PER_ORIGIN

    # ------------------------------------------------------------------ moving
    def _move(self) -> None:
        for origin in self._origins.values():
            self._dial(origin)
            self._put_on_lines(origin)
            for line in list(origin.lines):
                self._write(origin, line)
        if self._under_way and not self._done:
            self._listen()
        self._collect_plain()
        self._expire()

    def _dial(self, origin: Origin) -> None:
        if origin.dialling is not None and origin.dialling.done():
            self._dialled(origin, origin.dialling)
            origin.dialling = None
        sound = [line for line in origin.lines if not line.suspect]
        wanted = bool(origin.waiting) and not any(
            not line.http.ready or line.has_room(len(origin.waiting[0].sealed)) for line in sound
        )
        if wanted and origin.dialling is None and len(sound) < MOST_LINES:
            reach = self._engine.reach
            origin.dialling = cast(
                "Future[ssl.SSLSocket]",
                self._dialling.submit(connect, origin.to, reach, reach.tls_h2),
            )

    def _dialled(self, origin: Origin, dialling: Future[ssl.SSLSocket]) -> None:
        try:
            raw = dialling.result()
        except BlockedError:
            self._fail(origin, PushAnswer("blocked", detail="address"))
        except NoSuchNameError:
            self._fail(origin, nameless(origin.to.host, self._engine.settings.hosts))
        except TimeoutError:
            self._fail(origin, PushAnswer("later", detail="timeout"))
        except OSError as error:
            self._fail(origin, PushAnswer("later", detail=type(error).__name__))
        else:
            if raw.selected_alpn_protocol() == "h2":
                raw.setblocking(False)
                origin.lines.append(Line(raw))
                return
            raw.close()
            origin.plain = True
            while origin.waiting:
                self._send_plain(origin.waiting.popleft())

    def _fail(self, origin: Origin, why: PushAnswer) -> None:
        """A second connection that cannot be made is no reason to give up the first."""
        if any(not line.suspect for line in origin.lines):
            return
        origin.failed = why
        while origin.waiting:
            self._answer(origin.waiting.popleft(), why)

    def _put_on_lines(self, origin: Origin) -> None:
        for line in origin.lines:
            while origin.waiting and line.has_room(len(origin.waiting[0].sealed)):
                job = origin.waiting.popleft()
                stream = line.http.request(self._block(job), job.sealed)
                line.jobs[stream] = job

    def _block(self, job: Job) -> bytes:
        message, size = job.message, len(job.sealed)
        name = (job.to.origin, message.ttl, message.urgency, size)
        head = self._heads.get(name)
        if head is None:
            fields = [
                ("authorization", self._engine.single.authorization(job.to.origin)),
                ("content-encoding", "aes128gcm"),
                ("content-type", "application/octet-stream"),
                ("content-length", str(size)),
                ("ttl", str(message.ttl)),
                ("urgency", message.urgency),
            ]
            standard = job.to.port == 443
            host = job.to.host if standard else f"{job.to.host}:{job.to.port}"
            head = self._heads[name] = Head.of(host, fields)
        return head.block(job.to.path, [("topic", message.topic)])

    # ------------------------------------------------------------------ wire
    def _write(self, origin: Origin, line: Line) -> None:
        out, events = line.http.out, selectors.EVENT_READ
        try:
            while out:
                sent = line.raw.send(out[:_CHUNK])
                del out[:sent]
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError, BlockingIOError):
            events |= selectors.EVENT_WRITE
        except OSError as error:
            self._broken(origin, line, type(error).__name__)
            return
        if line.watched != events:
            change = self._select.modify if line.watched else self._select.register
            change(line.raw, events, (origin, line))
            line.watched = events

    def _listen(self) -> None:
        if not self._select.get_map():
            time.sleep(0.002)  # only connections being made
            return
        for key, mask in self._select.select(_TICK_SECONDS):
            origin, line = key.data
            if mask & selectors.EVENT_READ and line.watched:
                self._read(origin, line)

    def _read(self, origin: Origin, line: Line) -> None:
        try:
            while True:
                data = line.raw.recv(_CHUNK)
                if not data:
                    self._broken(origin, line, "closed")
                    return
                line.kept = False
                for event in line.http.receive(data):
                    self._take(origin, line, event)
                if not line.raw.pending():
                    break
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            pass
        except (OSError, ConnectionBrokenError) as error:
            self._broken(origin, line, type(error).__name__)
            return
        if line.http.closing and line.http.idle:
            self._drop(origin, line)

    def _take(self, origin: Origin, line: Line, event: Event) -> None:
        job = line.jobs.pop(event.stream, None)
        if job is None:
            return
        origin.heard_at = time.monotonic()
        if isinstance(event, Answered):
            self._judge(origin, job, event)
        elif event.unseen:
            self._again(origin, job, "refused stream")
        else:
            self._answer(job, PushAnswer("later", detail="reset"))

    def _judge(self, origin: Origin, job: Job, event: Answered) -> None:
        moved = GuardedPush.moved(job.to) if event.status == 404 else None
        if job.seconds and (moved is not None or (event.status == 413 and not job.small)):
            job.seconds -= 1
            job.to, job.small = moved or job.to, job.small or event.status == 413
            self._seal(job, origin)
            return
        wait = None
        if event.retry_after is not None:
            wait = push_message.retry_after(event.retry_after, self._engine.clock.now())
        self._answer(job, judge(job.to.host, event.status, wait))

    def _again(self, origin: Origin, job: Job, why: str) -> None:
        """At once, where it cannot have arrived; the time it has does not begin anew."""
        if job.seconds and job.due > time.monotonic():
            job.seconds -= 1
            origin.waiting.appendleft(job)
        else:
            self._answer(job, PushAnswer("later", detail=why))

    def _broken(self, origin: Origin, line: Line, why: str) -> None:
        """What was under way may have arrived or not: it goes again over another connection, by
        Topic and tag the same message. One of them comes later: so it is noticed when a service
        cuts every connection, while a hundred would make one cut look like an outage. A connection
        that was kept idle and closed meanwhile has carried nothing."""
        self._drop(origin, line)
        jobs, line.jobs = list(line.jobs.values()), {}
        for number, job in enumerate(jobs):
            if number or line.kept:
                self._again(origin, job, why)
            else:
                self._answer(job, PushAnswer("later", detail=why))

    def _drop(self, origin: Origin, line: Line) -> None:
        if line.watched:
            self._select.unregister(line.raw)
            line.watched = 0
        if line in origin.lines:
            origin.lines.remove(line)
        line.raw.close()

    def _collect_plain(self) -> None:
        for future in [each for each in self._plain if each.done()]:
            job = self._plain.pop(future)
            self._origins[job.to.origin].heard_at = time.monotonic()
            self._answer(job, future.result())

    def _expire(self) -> None:
        now = time.monotonic()
        if now < self._expire_at:
            return
        self._expire_at = now + _TICK_SECONDS
        for origin in self._origins.values():
            while origin.waiting and origin.waiting[0].due < now:
                self._answer(origin.waiting.popleft(), PushAnswer("later", detail="timeout"))
            for line in list(origin.lines):
                if not line.http.ready and now - line.used_at > self._engine.reach.exchange_seconds:
                    self._broken(origin, line, "no settings")
                for stream in [each for each, job in line.jobs.items() if job.due < now]:
                    line.suspect = True
                    line.http.cancel(stream)
                    self._answer(line.jobs.pop(stream), PushAnswer("later", detail="timeout"))
