"""What a demonstration has beside the city: the card bridge of its one computer, the pretend
payment company next door, and people with something in their hands."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from todoke.journeys import login, residents, staff
from todoke.ports import Services

LOG = logging.getLogger("todoke.demonstration")
#: in the data folder: the card's authority, keys and PIN, made by the bridge
CARD_FOLDER = "pretend_card"
#: below the data folder: the bridge's trust list and log
BRIDGE_FOLDER = "card_bridge"
#: seconds before a bridge that ended is started again; twice as long each time, up to the last
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
#: a bridge that ran this long was no failed start
SETTLED_SECONDS = 60.0
#: exit code of a bridge that will never do with these words (an origin that is not local)
REFUSED = 2
#: a bridge told to end does so at once; this is for one that hangs
END_SECONDS = 5.0

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class People:
    """clerks: role -> one-time link to the console. login: the parent's page. letter_code: what
    the letter from the city says, for the first login."""

    clerks: dict[str, str]
    login: str
    letter_code: str


def people(services: Services) -> People:
    """The made-up people, each with a fresh link or code."""
    links = {role: link.url for link in staff.demonstration_clerks(services) for role in link.roles}
    parent = residents.demonstration(services)
    code = login.new_letter_code(services, parent.id, actor="system")
    return People(links, f"{services.config.public_url}/login.html", code)


def beside(application: Application, neighbour: Application, host: str) -> Application:
    """Both applications on one socket: ``neighbour`` answers its own host, and no other."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        named = str(environ.get("HTTP_HOST", "")).lower()
        return (neighbour if named == host else application)(environ, start_response)

    return answer


class CardBridge:
    """The bridge as a child process: started again when it ends, gone when we are.

    It ends by itself when its standard input closes, so not even SIGKILL of this process leaves
    one behind."""

    def __init__(self, services: Services) -> None:
        config = services.config
        folder = (config.data / CARD_FOLDER).absolute()
        port = urlsplit(config.card.bridge).port or 80
        self._command = [
            *(sys.executable, "-m", "card_bridge", "serve", "--pretend", str(folder)),
            *("--origin", config.public_url, "--port", str(port), "--until-stdin-ends"),
        ]
        self._root = config.root
        self._home = (config.data / BRIDGE_FOLDER).absolute()
        self._lock, self._ending = threading.Lock(), threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="card-bridge", daemon=True)

    @property
    def installed(self) -> bool:
        """Whether there is a bridge to start: it is a package of its own, not part of ours."""
        return (self._root / "card_bridge" / "__main__.py").is_file()

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End the bridge and wait for it."""
        self._ending.set()
        with self._lock:
            child = self._child
        if child is not None:
            _end(child)
        self._thread.join(END_SECONDS + 1)

    def _keep(self) -> None:
        pause = FIRST_PAUSE
        while not self._ending.is_set():
            began = time.monotonic()
            code = self._run_once()
            if self._ending.is_set():
                return
            if code == REFUSED:
                LOG.error("bridge_refused", extra={"code": code})
                return
            if time.monotonic() - began > SETTLED_SECONDS:
                pause = FIRST_PAUSE
            # Ctrl-C reaches the bridge too, and may reach it first: that is no end to tell of
            if not self._ending.wait(pause):
                LOG.warning("bridge_ended", extra={"code": code, "retry_after": pause})
            pause = min(2 * pause, LONGEST_PAUSE)

    def _run_once(self) -> int | None:
        """The exit code, None when it could not be started."""
        with self._lock:
            if self._ending.is_set():
                return None
            try:
                child = self._child = subprocess.Popen(  # noqa: S603 (our own words)
                    self._command,
                    cwd=self._root,
                    env=_without_our_settings() | {"TODOKE_BRIDGE_HOME": str(self._home)},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            except OSError as error:
                LOG.error("bridge_failed", extra={"code": error.errno})
                return None
        assert child.stdout
        with child.stdout:
            for line in child.stdout:
                _note(line)
        return child.wait()


def _end(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin
    with contextlib.suppress(OSError):
        child.stdin.close()
    try:
        child.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _note(line: bytes) -> None:
    with contextlib.suppress(ValueError, TypeError):
        said = json.loads(line)
        if isinstance(said, dict) and said.get("ready") is True:
            LOG.info("bridge_ready", extra={"port": int(said["port"])})


def _without_our_settings() -> dict[str, str]:
    """A stranger gets none of our settings: keys of a payment provider may be among them."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TODOKE_") or name == "TODOKE_PINENTRY"
    }
