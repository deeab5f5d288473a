"""Push over the network (RFC 8030), guarded: an endpoint is an attacker's URL.

The name is resolved once, the address judged, and the connection made to exactly that
address; nothing is followed, nothing is waited for beyond a deadline, and no answer is read
beyond a few kilobytes, however the other side behaves.
"""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from todoke.adapters.guarded_connection import (
    Answer,
    BlockedError,
    Connection,
    NoSuchNameError,
    Pool,
    Reach,
)
from todoke.config import Config
from todoke.core import push_message
from todoke.core.endpoint import Endpoint, check_endpoint
from todoke.core.errors import TodokeError
from todoke.core.push_message import VapidKey
from todoke.ports import Clock, Outgoing, PushAnswer, PushMessage, PushTarget, Secrets

#: a VAPID token is used until an hour before it ends: our clock and theirs may differ
VAPID_MARGIN_SECONDS = 3600
#: of an answer's body only so much is read; it is thrown away
MAX_ANSWER_BYTES = 4096

#: messages under way at once; a push service answers in 10-100 ms, so this hides the wait
AT_ONCE = 8

Key = TypeVar("Key")

_LATER = frozenset({408, 425, 429})
_FCM = "fcm.googleapis.com"

#: tokens kept at once; a new one costs one signature
MOST_TOKENS = 1000


class GuardedPush:
    """Implements ``ports.Push``. Threads may share it; connections are kept per origin.

    Raises ValueError when the VAPID key is not P-256."""

    def __init__(
        self, config: Config, secrets: Secrets, clock: Clock, reach: Reach | None = None
    ) -> None:
        self._settings = config.push
        self._key = VapidKey(secrets.vapid_private)
        self._clock = clock
        self._pool = Pool(reach or Reach())
        self._tokens: dict[str, tuple[int, str]] = {}
        self._signing = threading.Lock()

    def send(self, target: PushTarget, message: PushMessage) -> PushAnswer:
        """See ``ports.Push.send``. A message that is too large (413) is sent once more as
        its bare notice id."""
        try:
            settings = self._settings
            endpoint = check_endpoint(target.endpoint, settings.hosts, settings.allow_loopback)
        except TodokeError as error:
            return PushAnswer("blocked", detail=f"endpoint {error.details.get('rule')}")
        answer = self._attempt(endpoint, target, message)
        moved = self.moved(endpoint) if answer.status == 404 else None
        return answer if moved is None else self._attempt(moved, target, message)

    @staticmethod
    def moved(to: Endpoint) -> Endpoint | None:
        """FCM forgets some old paths and names the new one; only its 404 there is final."""
        if to.host != _FCM or "/fcm/send/" not in to.path:
            return None
        return replace(to, path=to.path.replace("/fcm/send/", "/wp/", 1))

    def send_many(self, messages: Iterable[Outgoing[Key]]) -> Iterator[tuple[Key, PushAnswer]]:
        """See ``ports.Push.send_many``: so many at once, one thread each."""
        coming, under_way = iter(messages), dict[Future[PushAnswer], Key]()
        with ThreadPoolExecutor(AT_ONCE, "push") as pool:
            while True:
                for key, target, message in islice(coming, AT_ONCE - len(under_way)):
                    under_way[pool.submit(self.send_or_tell, target, message)] = key
                if not under_way:
                    return
                for done in wait(under_way, return_when=FIRST_COMPLETED).done:
                    yield under_way.pop(done), done.result()

    def send_or_tell(self, target: PushTarget, message: PushMessage) -> PushAnswer:
        """As ``send``; a subscription that cannot be sent to at all is an answer, too."""
        try:
            return self.send(target, message)
        except Exception as error:  # one poisonous row must not stop the others
            return PushAnswer("defect", detail=type(error).__name__)

    def close(self) -> None:
        """Close the connections kept; the next message opens new ones."""
        self._pool.close()

    def _attempt(self, to: Endpoint, target: PushTarget, message: PushMessage) -> PushAnswer:
        sealed = self._seal(message.body, target, push_message.PADDED)
        answer = self._post(to, sealed, message)
        if answer.status == 413:
            try:
                small = push_message.shrink(message.body)
            except ValueError:  # not a message of ours: nothing smaller is known
                return answer
            sealed = self._seal(small, target, push_message.PADDED_SMALL)
            answer = self._post(to, sealed, message)
        return answer

    def _seal(self, body: bytes, target: PushTarget, padded: int) -> bytes:
        return push_message.seal(body, target.p256dh, target.auth, padded)

    def _sign(self, origin: str, expires_at: int) -> str:
        return self._key.authorization(origin, self._settings.contact, expires_at)

    def _post(self, to: Endpoint, sealed: bytes, message: PushMessage) -> PushAnswer:
        headers = {
            "Authorization": self.authorization(to.origin),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "Content-Length": str(len(sealed)),
            "TTL": str(message.ttl),
            "Urgency": message.urgency,
            "Topic": message.topic,
        }
        # of what failed only its kind is told: an error's text may hold the address
        try:
            answer = self._exchange(to, headers, sealed)
        except BlockedError:
            return PushAnswer("blocked", detail="address")
        except NoSuchNameError:
            return nameless(to.host, self._settings.hosts)
        except TimeoutError:
            return PushAnswer("later", detail="timeout")
        except (OSError, http.client.HTTPException) as error:
            return PushAnswer("later", detail=type(error).__name__)
        pause = push_message.retry_after(answer.retry_after, self._clock.now())
        return judge(to.host, answer.status, pause)

    def _exchange(self, to: Endpoint, headers: Mapping[str, str], body: bytes) -> Answer:
        kept = self._pool.take(to)
        if kept is not None:
            try:
                return self._ask(kept, to, headers, body)
            except (ConnectionError, ssl.SSLError):
                pass  # closed while it was idle: once more on a new one
        return self._ask(self._pool.open(to), to, headers, body)

    def _ask(
        self, connection: Connection, to: Endpoint, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        try:
            answer = connection.post(to.path, headers, body, MAX_ANSWER_BYTES)
        except BaseException:
            connection.close()
            raise
        if answer.reusable:
            self._pool.give_back(to, connection)
        else:
            connection.close()
        return answer

    def authorization(self, origin: str) -> str:
        """The Authorization header for an origin (RFC 8292), signed anew every eleven hours."""
        now = self._clock.unix()
        with self._signing:
            expires_at, header = self._tokens.get(origin, (0, ""))
            # a token from the future means that our clock was turned back
            if not now + VAPID_MARGIN_SECONDS < expires_at <= now + push_message.VAPID_SECONDS:
                expires_at = now + push_message.VAPID_SECONDS
                header = self._sign(origin, expires_at)
                if len(self._tokens) >= MOST_TOKENS:
                    self._tokens.clear()  # every WNS region is an origin; anybody can name one
                self._tokens[origin] = expires_at, header
            return header


def nameless(host: str, hosts: Sequence[str]) -> PushAnswer:
    """What it means that there is no such name. Below "*.notify.windows.com" anybody can invent
    one: it has eight tries and not a month of them. A service named in the settings is there; it is
    our own name system that does not know it now."""
    outcome = "later" if host in hosts else "defect"
    return PushAnswer(outcome, detail="no such name")


def judge(host: str, status: int, wait: int | None) -> PushAnswer:
    """What an HTTP status means (RFC 8030 section 5 to 7 and what services really do).

    A redirect is a defect: RFC 8030 has none here, and following one would hand ciphertext
    and signature to whoever it names. Ours to look at, with eight tries in which a passing
    maintenance page goes away, and nobody removed."""
    if 200 <= status < 300:
        return PushAnswer("accepted", status)
    if status in (404, 410):
        return PushAnswer("gone", status)
    if status in (401, 403):
        return PushAnswer("refused", status)
    throttled = status == 406 and host.endswith(".notify.windows.com")  # WNS, for up to a day
    if status in _LATER or status >= 500 or throttled:
        return PushAnswer("later", status, wait)
    return PushAnswer("defect", status, detail="redirect" if 300 <= status < 400 else "status")
