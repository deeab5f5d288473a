"""A real pcscd for tests, with two virtual readers (vpcd), without systemd and beside any other.

    with Pcscd.start() as pcscd:                     # programs started in here see its readers
        card = VirtualCard(folder, pcscd.ports[0])
        pcscd.sees(card=True)

It has a mount namespace of its own, because the path of its socket is compiled in: ``/run`` in
there is the test's own folder, so that nothing of the machine is touched and several may run.
Readers of the machine are not seen (no drivers of USB readers, our own list of readers). vpcd
listens on all addresses of the machine, as long as the test lasts.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

import pytest

from card_bridge.pcsc import Hand
from tests.parts import processes
from tests.parts.waiting import PATIENCE_SECONDS, wait_for

DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
#: where programs look for pcscd, if not in its usual place
_SOCKET = "PCSCLITE_CSOCK_NAME"
_MOST_STARTS = 5
#: names as pcscd gives them: friendly name, interface, slot
READERS = ("Todoke test reader 00 00", "Todoke test reader 00 01")
_LIST = """FRIENDLYNAME "Todoke test reader"
DEVICENAME   /dev/null:0x{port:X}
LIBPATH      {driver}
CHANNELID    0x{port:X}
"""
_START = (
    'mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind "$0/run" /run/pcscd'
    ' && exec pcscd --foreground --info --config "$0/readers"'
)


@dataclass(slots=True)
class Pcscd:
    """folder: its own. ports: where a virtual card is put into the first and the second reader."""

    folder: Path
    ports: tuple[int, int]
    process: subprocess.Popen[bytes]
    _output: IO[bytes]
    _before: str | None = None

    @classmethod
    def start(cls, readers: bool = True, driver: Path = DRIVER) -> Pcscd:
        """Starts it and waits for its socket. Skips the test, loudly, where it cannot be had.

        driver: of the readers."""
        space = namespace()
        missing = why_not(space)
        if missing:
            pytest.skip(missing)
        # not in pytest's folder: a socket's path has at most 107 bytes
        folder = Path(tempfile.mkdtemp(prefix="todoke-pcscd-"))
        for name in ("run", "readers", "drivers"):
            (folder / name).mkdir()
        for _ in range(_MOST_STARTS):
            port = _two_free_ports()
            if readers:
                (folder / "readers/vpcd").write_text(_LIST.format(port=port, driver=driver))
            pcscd = cls(folder, (port, port + 1), *_started(folder, space or ()))
            try:
                pcscd.wait()
            except BaseException:
                pcscd.stop()
                raise
            if not readers or pcscd.output.count("Waiting for virtual ICC") == len(READERS):
                return pcscd
            pcscd.kill()  # somebody else has taken a port meanwhile
        raise AssertionError(f"vpcd found no ports: {pcscd.output}")

    def sees(self, card: bool = True, other: bool = False) -> None:
        """Waits until the first and the second reader have noticed what is in them.

        Its state alone does not tell: a card that went and came between two glances (400 ms)
        stays unnoticed for good."""
        with Hand(PATIENCE_SECONDS) as hand:
            try:
                wait_for(
                    lambda: (
                        [self._noticed(each) for each in READERS] == [card, other]
                        and [full for _name, full in hand.readers()] == [card, other]
                    ),
                    "the readers to notice",
                )
            except AssertionError as error:
                raise AssertionError(f"{error}; pcscd: {self.output[-3000:]}") from None

    def _noticed(self, reader: str) -> bool:
        came = self.output.rfind(f"Card inserted into {reader}")
        return came > self.output.rfind(f"Card Removed From {reader}")

    @property
    def output(self) -> str:
        """What it printed; no APDUs are in it."""
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), size, 0).decode("utf-8", "replace")

    def held(self) -> tuple[int, int]:
        """Its handles and threads."""
        own = Path(f"/proc/{self.process.pid}")
        return len([*(own / "fd").iterdir()]), len([*(own / "task").iterdir()])

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """It does nothing meanwhile, as on a machine that sleeps."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """It dies, as by a crash."""
        processes.kill_group(self.process)
        (self.folder / "run/pcscd.comm").unlink(missing_ok=True)
        (self.folder / "run/pcscd.pid").unlink(missing_ok=True)

    def again(self) -> None:
        """Starts it once more after ``kill``."""
        self._output.close()
        self.process, self._output = _started(self.folder, namespace() or ())
        self.wait()

    def wait(self) -> None:
        """Until it listens."""
        wait_for(self._listens, "pcscd to listen")

    def stop(self) -> None:
        """Ends it, and removes its folder."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:  # a mute card holds it up
            processes.kill_group(self.process)
        self._output.close()
        shutil.rmtree(self.folder)

    def __enter__(self) -> Pcscd:
        self._before = os.environ.get(_SOCKET)
        os.environ[_SOCKET] = str(self.folder / "run/pcscd.comm")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._before is None:
            del os.environ[_SOCKET]
        else:
            os.environ[_SOCKET] = self._before
        self.stop()

    def _listens(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"pcscd ended with {self.process.returncode}: {self.output}")
        with socket.socket(socket.AF_UNIX) as line:
            return line.connect_ex(str(self.folder / "run/pcscd.comm")) == 0


@contextlib.contextmanager
def nobody_serves() -> Iterator[None]:
    """Programs started meanwhile find no pcscd, whatever runs on this machine."""
    before = os.environ.get(_SOCKET)
    os.environ[_SOCKET] = os.devnull + "/nowhere"
    try:
        yield
    finally:
        os.environ.pop(_SOCKET) if before is None else os.environ.update({_SOCKET: before})


def why_not(space: Sequence[str] | None) -> str:
    """What is missing for a real pcscd; empty when nothing is."""
    if not shutil.which("pcscd"):
        return "NO CARD TEST: pcscd is not installed (tools/system_packages.sh)"
    if not DRIVER.exists():
        return "NO CARD TEST: vsmartcard-vpcd is not installed (tools/system_packages.sh)"
    if importlib.util.find_spec("smartcard") is None:
        return "NO CARD TEST: pyscard is not installed (tools/card_reader.sh)"
    if space is None:
        return "NO CARD TEST: this machine gives no mount namespace (unshare), so pcscd has no /run"
    return ""


@functools.cache
def namespace() -> Sequence[str] | None:
    """A command that gives a mount namespace: as root, or with a user namespace."""
    for command in (("unshare", "--mount"), ("unshare", "--user", "--map-root-user", "--mount")):
        tried = subprocess.run(
            [*command, "mount", "-t", "tmpfs", "none", "/run"], capture_output=True, check=False
        )
        if tried.returncode == 0:
            return command
    return None


def _started(folder: Path, space: Sequence[str]) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    output = tempfile.TemporaryFile()  # noqa: SIM115 (closed by stop)
    command = [*space, "sh", "-c", _START, str(folder)]
    environment = {**os.environ, "PCSCLITE_HP_DROPDIR": str(folder / "drivers")}
    return processes.start(command, environment, output, folder), output


def _two_free_ports() -> int:
    """A port whose neighbour is free too, because vpcd has two slots; below those that the kernel
    gives to connections."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as first, socket.socket() as second, contextlib.suppress(OSError):
            first.bind(("", port))
            second.bind(("", port + 1))
            return port
