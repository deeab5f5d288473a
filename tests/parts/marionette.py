"""Talks to a real Firefox as its remote control does (Marionette, protocol 3).

Marionette and not WebDriver BiDi, because a shown notification belongs to the browser and not
to a page: with ``--remote-allow-system-access`` the same connection may look into the browser
itself ("chrome" context) and press what a person would press.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from typing import Any

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the name W3C WebDriver section 12.1 gives
_PATIENCE_SECONDS = 90.0


class MarionetteError(Exception):
    """The browser refused a command. kind: WebDriver error code."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind


class Marionette:
    """One session. Every call is answered before it returns."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS)
        self._incoming = self._socket.makefile("rb")
        self._count = 0
        self._read()  # the greeting

    def close(self) -> None:
        """Hangs up; the browser runs on."""
        self._incoming.close()
        self._socket.close()

    def call(self, command: str, /, **parameters: Any) -> Any:
        """Runs one command, for example ``call("WebDriver:Navigate", url=…)``.

        Raises MarionetteError."""
        self._count += 1
        said = json.dumps([0, self._count, command, parameters]).encode()
        self._socket.sendall(str(len(said)).encode() + b":" + said)
        _, _, error, result = self._read()
        if error:
            raise MarionetteError(error["error"], error["message"])
        return result

    def script(self, body: str, *arguments: Any, chrome: bool = False) -> Any:
        """Runs a function body and returns what it returns (promises are awaited).

        chrome: in the browser itself, with its privileges, instead of the page."""
        self.call("Marionette:SetContext", value="chrome" if chrome else "content")
        try:
            answer = self.call(
                "WebDriver:ExecuteScript", script=body, args=list(arguments), sandbox=None
            )
        finally:
            if chrome:
                self.call("Marionette:SetContext", value="content")
        return answer["value"]

    def find(self, xpath: str) -> Sequence[Mapping[str, str]]:
        """Elements of the page, as references for other commands."""
        found: Sequence[Mapping[str, str]] = self.call(
            "WebDriver:FindElements", using="xpath", value=xpath
        )
        return found

    def click(self, element: Mapping[str, str]) -> None:
        """A real click: scrolled into view, with all its events, trusted by the page."""
        self.call("WebDriver:ElementClick", id=element[_ELEMENT])

    def _read(self) -> Any:
        length = b""
        while (each := self._incoming.read(1)) != b":":
            if not each:
                raise ConnectionError("the browser hung up")
            length += each
        return json.loads(self._incoming.read(int(length)))
