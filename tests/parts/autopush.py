"""The conversation Firefox has with its push service (Mozilla's autopush protocol), server side.

hello, register, unregister, notification, ack, nack, broadcast_subscribe and the empty ping.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from tests.parts.push_mailroom import Ack, Channel, Kept, Mailroom
from tests.parts.push_rules import decode
from tests.parts.websocket import BrokenError, WebSocket

SUBPROTOCOL = "push-notification"


class Conversation:
    """One browser's connection, from hello to the end."""

    def __init__(self, line: WebSocket, room: Mailroom, origin: str) -> None:
        self._line = line
        self._room = room
        self._origin = origin
        self._browser: str | None = None

    def drop(self) -> None:
        """Cuts the connection."""
        self._line.drop()

    def run(self) -> None:
        """Answers until the browser leaves or the line breaks."""
        try:
            while (text := self._line.receive()) is not None:
                self._answer(json.loads(text))
        except (BrokenError, ValueError):
            pass
        finally:
            self._line.drop()
            if self._browser is not None:
                self._room.bye(self._browser, self)

    def deliver(self) -> None:
        """Sends what waits for this browser; what a broken line swallows waits on."""
        if self._browser is None:
            return
        try:
            for channel, kept in self._room.to_send(self._browser, self):
                self._say(_notification(channel, kept))
        except BrokenError:
            self._line.drop()

    def _answer(self, said: Mapping[str, Any]) -> None:
        kind = said.get("messageType")
        if kind is None and not said:
            self._say({})  # the empty object is a ping, answered by the same
        elif kind == "hello":
            self._hello(said.get("uaid"))
        elif self._browser is None:
            raise BrokenError("nothing before hello")
        elif kind == "register":
            self._register(self._browser, str(said["channelID"]), said.get("key"))
        elif kind == "unregister":
            self._room.unregister(self._browser, str(said["channelID"]))
            self._say({**said, "status": 200})
        elif kind == "ack":
            for each in said.get("updates", []):
                code = int(each.get("code", 100))
                self._room.acknowledge(Ack(str(each["version"]), str(each["channelID"]), code))
        elif kind == "nack":
            self._room.acknowledge(Ack(str(said["version"]), "", int(said.get("code", 0))))
        # broadcast_subscribe (remote settings) and anything newer: nothing to say

    def _hello(self, browser: str | None) -> None:
        self._browser = self._room.hello(browser or None, self)
        if self._browser is None:
            raise BrokenError("no connection in the dark")
        self._say(
            {
                "messageType": "hello",
                "uaid": self._browser,
                "status": 200,
                "use_webpush": True,
                "broadcasts": {},
            }
        )
        self.deliver()

    def _register(self, browser: str, channel: str, key: str | None) -> None:
        endpoint = self._room.register(browser, channel, decode(key.rstrip("=")) if key else None)
        self._say(
            {
                "messageType": "register",
                "channelID": channel,
                "status": 200,
                "pushEndpoint": f"{self._origin}/push/{endpoint}",
            }
        )

    def _say(self, message: Mapping[str, Any]) -> None:
        self._line.send(json.dumps(message))


def _notification(channel: Channel, kept: Kept) -> dict[str, Any]:
    return {
        "messageType": "notification",
        "channelID": channel.channel,
        "version": kept.id,
        "data": base64.urlsafe_b64encode(kept.body).rstrip(b"=").decode(),
        "headers": {"encoding": "aes128gcm"},
    }
