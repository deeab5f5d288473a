"""What works on this computer for a login with the card, from the folder to the card itself."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from card_bridge import consent, jpki, pcsc
from card_bridge.errors import BridgeError
from card_bridge.home import Home
from card_bridge.sentences import Language, say
from card_bridge.trust import Trust

#: ok: works. hint: a login may still work. fail: it cannot
State = Literal["ok", "hint", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. name and how: its words are ``doctor.NAME_HOW`` in words/*.toml."""

    name: str
    how: str
    state: State
    values: dict[str, str | int] = field(default_factory=dict)

    def message(self, language: Language) -> str:
        """What was found: of the card in the words that a page is told."""
        if "code" in self.values:
            return say(language, str(self.values["code"]), "message")
        return say(language, "doctor", f"{self.name}_{self.how}", **self.values)

    def advice(self, language: Language) -> str:
        """What to do; "" when it works."""
        if self.state == "ok":
            return ""
        if "code" in self.values:
            return say(language, str(self.values["code"]), "advice")
        return say(language, "doctor", f"{self.name}_{self.how}_advice", **self.values)


def examine(place: Path, port: int) -> list[Finding]:
    """Looks at everything; asks the person nothing and spends no try of the card."""
    found = [_folder(place)]
    if found[0].state == "ok":
        home = Home(place)
        found += [_running(home, port), _sites(home)]
    return [*found, _dialog(), *_reader()]


def _folder(place: Path) -> Finding:
    try:
        Home(place)
    except BridgeError as error:
        return Finding("folder", str(error.details["reason"]), "fail", {"folder": str(place)})
    return Finding("folder", "ok", "ok", {"folder": str(place)})


def _running(home: Home, port: int) -> Finding:
    runs = home.running()
    if runs:
        return Finding("port", "ours", "ok", {"port": runs["port"]})
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return Finding("port", "taken", "fail", {"port": port})
    return Finding("port", "free", "hint", {"port": port})


def _sites(home: Home) -> Finding:
    count = len(Trust(home).sites())
    return Finding("sites", "ok" if count else "none", "ok" if count else "hint", {"count": count})


def _dialog() -> Finding:
    named = os.environ.get("TODOKE_PINENTRY")
    command = consent.find(named, consent.terminal())
    if command is None:
        return Finding("dialog", "missing", "fail", {"program": named or "pinentry"})
    if consent.is_own(command):
        return Finding("dialog", "own", "ok")
    return Finding("dialog", "ok", "ok", {"program": command[0]})


def _reader() -> Iterator[Finding]:
    """The way to the card, as far as it goes: each step needs the one before it."""
    try:
        transport = pcsc.open_pcsc()
    except BridgeError:
        yield Finding("library", "missing", "fail")
        return
    yield Finding("library", "ok", "ok")
    try:
        with transport.card() as card:
            jpki.open_application(card)
            certificate = jpki.certificate(card)
            left = jpki.tries_left(card)
            keys = transport.pad(card) is not None
    except BridgeError as error:
        yield Finding("card", "trouble", "fail", {"code": error.code})
        return
    if keys:
        yield Finding("keys", "ok", "ok")
    yield from _card(certificate, left)


def _card(certificate: bytes, left: int) -> Iterator[Finding]:
    try:
        jpki.check_days(certificate, datetime.now(UTC))
    except BridgeError as error:
        yield Finding("card", "trouble", "fail", {"code": error.code})
        return
    state: State = "fail" if left == 0 else "hint" if left == 1 else "ok"
    how = {"fail": "locked", "hint": "last", "ok": "ok"}[state]
    yield Finding("card", how, state, {"left": left})
