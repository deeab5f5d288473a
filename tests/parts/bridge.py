"""The real card bridge for tests: ``python -m card_bridge`` as its own process, with a pinentry
that answers from a script.

    with Bridge.start(tmp_path / "card", "http://localhost:8080") as bridge:
        answer = bridge.authenticate(nonce)          # (200, {"certificate": …})
        bridge.answers("0000", "1234")               # wrong, then right
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from tests.parts import processes
from tests.parts.waiting import PATIENCE_SECONDS, wait_for

ROOT = Path(__file__).resolve().parents[2]
_SCRIPT = Path(__file__).with_name("scripted_pinentry.py")


@dataclass(slots=True)
class Bridge:
    """url: where it listens, without a slash. folder: of the pretend card (``ca.pem`` is there).
    desk: folder of the scripted pinentry."""

    url: str
    port: int
    origin: str
    folder: Path
    desk: Path
    process: subprocess.Popen[bytes]
    _output: IO[bytes]
    _last_words: str = ""

    @classmethod
    def start(
        cls,
        folder: Path | None,
        origin: str,
        pin: str = "1234",
        port: int | None = None,
        words: tuple[str, ...] = (),
        home: Path | None = None,
        wait: bool = True,
    ) -> Bridge:
        """Starts it on a free port (or ``port``) and waits until it listens, unless ``wait`` says
        otherwise.

        folder: of a pretend card; None: the card in the reader.
        pin: what the scripted person types, every time (see ``answers``). words: more words of
        the command line; ``--pinentry none`` among them leaves the scripted person out.
        home: of its trust list and log, otherwise one of its own."""
        desk = Path(tempfile.mkdtemp(prefix="todoke-pinentry-"))
        (desk / "answers").write_text(f"{pin}\n", "utf-8")
        output = tempfile.TemporaryFile()  # noqa: SIM115 (closed by stop)
        card = ("--pretend", str(folder)) if folder else ()
        command = [
            sys.executable, "-m", "card_bridge", "serve", *card,
            "--origin", origin, "--port", str(port or 0), "--pinentry", str(pinentry(desk)), *words,
        ]  # fmt: skip
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TODOKE_")}
        environment["TODOKE_BRIDGE_HOME"] = str(home or desk / "home")
        process = processes.start(command, environment, output, ROOT)
        bridge = cls("", port or 0, origin, folder or desk, desk, process, output)
        try:
            if wait:
                bridge.port = wait_for(bridge._ready, "the bridge to listen")
        except BaseException:
            bridge.stop()
            raise
        bridge.url = f"http://127.0.0.1:{bridge.port}"
        return bridge

    def answers(self, *each: str) -> None:
        """What the person does at the next dialogs: PINs, or "!cancel" and the like; the last
        one stays."""
        (self.desk / "answers").write_text("".join(f"{a}\n" for a in each), "utf-8")

    def forget(self) -> None:
        """Starts ``asked`` afresh; the person types the published PIN again."""
        (self.desk / "asked").unlink(missing_ok=True)
        self.answers("1234")

    @property
    def asked(self) -> str:
        """Every line the pinentry was told so far, percent-decoded."""
        path = self.desk / "asked"
        return path.read_text("utf-8") if path.exists() else ""

    @property
    def output(self) -> str:
        """What the bridge has printed so far."""
        if self._output.closed:
            return self._last_words
        size = os.fstat(self._output.fileno()).st_size
        # pread: the bridge shares this file's offset, so no seek here
        return os.pread(self._output.fileno(), size, 0).decode("utf-8", "replace")

    def authenticate(
        self, nonce: str, *, purpose: str = "login", language: str = "ja"
    ) -> tuple[int, dict[str, Any]]:
        """Asks as the portal's page does; status and answer."""
        body = {"nonce": nonce, "purpose": purpose, "language": language}
        return self.post("/v1/authenticate", body)

    def status(self) -> tuple[int, dict[str, Any]]:
        """Asks for the state of the card; status and answer."""
        return self._asked(urllib.request.Request(f"{self.url}/v1/status", headers=self._headers))

    @property
    def _headers(self) -> dict[str, str]:
        return {"Origin": self.origin, "Sec-Fetch-Mode": "cors"}

    def post(self, path: str, body: object) -> tuple[int, dict[str, Any]]:
        """A request with the headers a right page's browser sends; status and answer."""
        request = urllib.request.Request(
            self.url + path,
            json.dumps(body).encode(),
            {
                "Content-Type": "application/json",
                "Todoke-Card": "1",
                **self._headers,
            },
        )
        return self._asked(request)

    @staticmethod
    def _asked(request: urllib.request.Request) -> tuple[int, dict[str, Any]]:
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def stop(self) -> int:
        """SIGTERM and the exit code; kills what will not end."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                processes.kill_group(self.process)
        if not self._output.closed:
            self._last_words = self.output
            self._output.close()
            shutil.rmtree(self.desk)
        return self.process.returncode

    def __enter__(self) -> Bridge:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _ready(self) -> int | None:
        if self.process.poll() is not None:
            raise AssertionError(f"the bridge ended with {self.process.returncode}: {self.output}")
        for line in self.output.splitlines():
            if line.startswith("{"):
                return int(json.loads(line)["port"])
        return None


def pinentry(desk: Path) -> Path:
    """One program without arguments, as a pinentry is: the script with its folder."""
    program = desk / "pinentry"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "{_SCRIPT}" "{desk}"\n', "utf-8")
    program.chmod(0o700)
    return program
