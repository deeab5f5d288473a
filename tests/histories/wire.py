"""A browser over a real socket, with as much of a test client as the clients here use; and a push
service that is a file, which any process may write to and which outlives them."""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode, urlsplit

from tests.histories.faults import DiedError, Pushed
from todoke.ports import Outgoing, PushAnswer, PushMessage, PushTarget

Key = TypeVar("Key")
TIMEOUT_SECONDS = 30
#: of a hundred messages
BUSY = 10


class Answer(NamedTuple):
    """What a ``TestResponse`` tells."""

    status_code: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def text(self) -> str:
        """The page."""
        return self.data.decode()

    def get_json(self, silent: bool = False, force: bool = False) -> Any:
        """The JSON; None for a page, when that is fine."""
        del force
        try:
            return json.loads(self.data)
        except ValueError:
            if silent:
                return None
            raise


@dataclass(slots=True)
class Browser:
    """port: of a city that may be dead at this moment."""

    port: int
    cookie: str = ""

    def set_cookie(self, name: str, value: str, domain: str) -> None:
        """The only one that it has, on whatever host it goes to."""
        del domain
        self.cookie = f"{name}={value}"

    def get(self, path: str, **more: Any) -> Answer:
        """As a test client's."""
        return self.open(path, method="GET", **more)

    def post(self, path: str, **more: Any) -> Answer:
        """As a test client's."""
        return self.open(path, method="POST", **more)

    def open(
        self,
        path: str,
        method: str,
        base_url: str = "",
        headers: Mapping[str, str] | None = None,
        data: Any = None,
        **more: Any,
    ) -> Answer:
        """A city that is not there has done nothing: 429. One that was there and is gone: nobody
        knows."""
        place = urlsplit(base_url + path)
        sent = {"Host": place.netloc, "Connection": "close", **(headers or {})}
        sent |= {"Cookie": self.cookie} if self.cookie else {}
        body = data if isinstance(data, bytes) else b""
        if isinstance(data, Mapping):
            body = urlencode(data).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        if more.get("json") is not None:
            body = json.dumps(more["json"]).encode()
            sent["Content-Type"] = "application/json"
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        try:
            line.connect()
        except OSError:
            time.sleep(0.02)
            return Answer(429, {}, b"{}")
        where = place.path + (f"?{place.query}" if place.query else "")
        return _asked(line, method, where, body, sent)


def _asked(
    line: http.client.HTTPConnection,
    method: str,
    where: str,
    body: bytes,
    headers: Mapping[str, str],
) -> Answer:
    try:
        line.request(method, where, body, headers)
        got = line.getresponse()
        return Answer(got.status, dict(got.headers), got.read())
    except (OSError, http.client.HTTPException) as error:
        raise DiedError from error
    finally:
        line.close()


@dataclass(slots=True)
class FiledPush:
    """Implements ``ports.Push``: each message is a line of a file. What a killed process has
    written there stays. gone: as in ``WatchedPush``."""

    path: Path
    gone: set[str] = field(default_factory=set)

    def send(self, target: PushTarget, message: PushMessage) -> PushAnswer:
        """One message."""
        tag = json.loads(message.body)["notification"]["tag"]
        busy = os.urandom(1)[0] % 100 < BUSY
        taken = target.endpoint not in self.gone and not busy
        name = threading.current_thread().name
        worker = name if name == "MainThread" else f"{os.getpid()} {name}"
        line = Pushed(time.monotonic_ns(), target.endpoint, tag, message.topic, worker, taken)
        with self.path.open("ab") as file:
            file.write(json.dumps(line).encode() + b"\n")
        if target.endpoint in self.gone:
            return PushAnswer("gone", 410)
        return PushAnswer("later", 503) if busy else PushAnswer("accepted", 201)

    def send_many(self, messages: Iterable[Outgoing[Key]]) -> Iterator[tuple[Key, PushAnswer]]:
        """One after the other, each taken only when it goes."""
        for key, target, message in messages:
            yield key, self.send(target, message)

    @property
    def sent(self) -> list[Pushed]:
        """All of them. A line is one write, so a kill leaves it whole or not there."""
        lines = self.path.read_bytes().splitlines() if self.path.exists() else []
        return [Pushed(*json.loads(each)) for each in lines]
