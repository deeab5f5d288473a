"""A running city for tests: ``todoke serve`` as its own process, gone when the test ends.

    with City.start(tmp_path, push__allow_loopback=["127.0.0.1:4321"]) as city:
        requests to city.url / city.console_url; city.link("author") opens the console

    with City.start(tmp_path, card=True, pinentry=program) as city:   # brings its card bridge too

A setting is written ``table__key=value`` and becomes ``TODOKE_TABLE__KEY`` (config.py).
Output of the server stays in memory of this object: it holds one-time links, so failures show
it with every link masked.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from tests.parts import processes
from tests.parts.waiting import PATIENCE_SECONDS, wait_for

ROOT = Path(__file__).resolve().parents[2]
#: from here on a system takes ports for outgoing connections (Linux, net.ipv4.ip_local_port_range)
_EPHEMERAL = 32_768
_URL = re.compile(r"https?://[^\s\"'<>）」]+")
#: how a line of output names whose link it prints
_ROLES = {
    "author": ("author", "作成", "起案", "書く"),
    "approver": ("approver", "承認"),
    "caseworker": ("case worker", "審査"),
    "cashier": ("cashier", "収納"),
    "auditor": ("auditor", "監査"),
    "administrator": ("administrator", "管理する"),
}
#: a letter code (core/letter_code.py), told once and a secret like the links
_CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){2}\b")


def free_port() -> int:
    """A port nobody listens on now, and none that the system gives away for an outgoing connection
    before somebody listens there."""
    while True:
        port = random.randrange(10_000, _EPHEMERAL)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@dataclass(slots=True)
class City:
    """url, console_url, bridge: origins without a slash at the end; ``bridge`` is where the
    login page looks for a card bridge. process: the server."""

    url: str
    port: int
    console_url: str
    bridge: str
    data: Path
    process: subprocess.Popen[bytes]
    environment: Mapping[str, str]
    _output: IO[bytes]
    _last_words: str = ""

    @classmethod
    def start(
        cls,
        data: Path,
        *,
        port: int | None = None,
        command: Sequence[str] = (),
        wait: bool = True,
        card: bool = False,
        pinentry: Path | None = None,
        **settings: object,
    ) -> City:
        """Starts the server on a free port (or ``port``) and waits until /healthz answers.

        data: folder, made if absent; a second start over the same folder is a restart.
        command: instead of ``todoke`` (crash tests start it with a fault). wait: False returns
        at once; ``wait_until_healthy`` makes up for it. card: it starts its card bridge, with a
        pretend card and ``pinentry`` (none: the card types its published PIN itself); otherwise
        a test may start one at ``city.bridge`` (tests/parts/bridge.py)."""
        number = free_port() if port is None else port
        bridge = str(settings.setdefault("card__bridge", f"http://127.0.0.1:{free_port()}"))
        environment = _environment(settings)
        environment["TODOKE_PINENTRY"] = str(pinentry or "none")
        output = tempfile.TemporaryFile()  # noqa: SIM115 (closed by stop and kill)
        words = [*(command or _command()), "serve", "--port", str(number), "--data", str(data)]
        words += [] if card else ["--no-bridge"]
        process = processes.start(words, environment, output, ROOT)
        url, console = f"http://localhost:{number}", f"http://console.localhost:{number}"
        city = cls(url, number, console, bridge, data, process, environment, output)
        return city.wait_until_healthy() if wait else city

    def wait_until_healthy(self) -> City:
        """Waits until /healthz answers; kills the server when it does not."""
        try:
            wait_for(self._healthy, "the server to answer /healthz")
        except BaseException:
            self.kill()
            raise
        return self

    @property
    def output(self) -> str:
        """What the server has printed so far, every link to the console and every letter code
        masked."""
        masked = _URL.sub(lambda found: _masked(found.group(), self.console_url), self._printed())
        return _CODE.sub("****-****-****", masked)

    @property
    def links(self) -> dict[str, str]:
        """Links printed so far: "author", "approver", "caseworker" and "cashier" open the
        console, once each."""
        return _links(self._printed(), self.console_url)

    def link(self, role: str) -> str:
        """The one-time console link of a role, once it is printed."""
        return wait_for(lambda: self.links.get(role), f"a console link for the {role}")

    @property
    def letter_code(self) -> str:
        """What the letter to the demonstration's parent says, once it is printed."""
        found = wait_for(lambda: _CODE.search(self._printed()), "a letter code")
        return found.group()

    def run(
        self, *words: str, timeout: float = PATIENCE_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """``todoke WORDS --data …`` beside the running server; exit code and texts."""
        return subprocess.run(
            [*_command(), words[0], "--data", str(self.data), *words[1:]],
            cwd=ROOT,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def ask(self, *words: str) -> dict[str, Any]:
        """``todoke WORDS --json …``, which must succeed; its answer."""
        done = self.run(words[0], "--json", *words[1:])
        assert done.returncode == 0, f"todoke {' '.join(words[:2])}: {done.stdout}{done.stderr}"
        return dict(json.loads(done.stdout))

    def stop(self) -> int:
        """SIGTERM, then waits for an orderly end; the exit code. Kills what will not end."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError("the server did not end after SIGTERM") from None
        self._close()
        return self.process.returncode

    def kill(self) -> None:
        """SIGKILL to the server and whatever it started, at once (a power cut)."""
        processes.kill_group(self.process)
        self._close()

    def __enter__(self) -> City:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.stop()
        else:
            self.kill()

    def _healthy(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(
                f"the server ended with {self.process.returncode}:\n{self.output[-3000:]}"
            )
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as page:
                return bool(page.status == 200)
        except urllib.error.HTTPError as error:
            # 421: it answers by Host, so the address alone may be refused; it is up
            return error.code == 421
        except OSError:
            return False

    def _printed(self) -> str:
        if self._output.closed:
            return self._last_words
        # pread: the server shares this file's offset, so no seek here
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), size, 0).decode("utf-8", "replace")

    def _close(self) -> None:
        if not self._output.closed:
            self._last_words = self._printed()
            self._output.close()


def _command() -> Sequence[str]:
    installed = Path(sys.executable).with_name("todoke")
    return [str(installed)] if installed.exists() else [sys.executable, "-m", "todoke.entry.cli"]


def _environment(settings: Mapping[str, object]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TODOKE_")}
    chosen = {
        f"TODOKE_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in settings.items()
    }
    fixed = {
        "TODOKE_LANGUAGE": "ja",
        # the links must be readable when they are printed, not when a buffer is full
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(ROOT / "functions"),
    }
    return {**kept, **fixed, **chosen}


def _masked(url: str, console_url: str) -> str:
    secret = url.startswith(f"{console_url}/") and url != f"{console_url}/"
    return f"{console_url}/***" if secret else url


def _links(text: str, console_url: str) -> dict[str, str]:
    found: dict[str, str] = {}
    before = ""
    for line in text.splitlines():
        for url in _URL.findall(line):
            if not url.startswith(f"{console_url}/"):
                continue
            for role, marks in _ROLES.items():
                said = f"{before} {line.replace(url, ' ')}".lower()
                if any(mark in said for mark in marks):
                    found.setdefault(role, url)
        before = "" if _URL.search(line) else line
    return found
