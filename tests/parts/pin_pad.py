"""A reader with keys of its own, as far as one can be had without the thing: a driver for the real
pcscd (``pin_pad.c``, compiled by the test) between pcscd and vpcd.

    with PinPad.start() as pad:           # a pcscd whose readers have keys
        pad.press("1234")                  # once the reader waits, or before
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import pytest

from tests.parts.pcscd import DRIVER, Pcscd, why_not
from tests.parts.waiting import wait_for

_SOURCE = Path(__file__).with_name("pin_pad.c")
_PLACES = ("PIN_PAD_FOLDER", "PIN_PAD_DRIVER")


@dataclass(slots=True)
class PinPad:
    """folder: what the reader was asked, and what is typed on it."""

    folder: Path
    pcscd: Pcscd

    @classmethod
    def start(cls) -> PinPad:
        """Compiles the driver and starts a pcscd with it. Skips, loudly, where it cannot."""
        if not shutil.which("gcc") or not Path("/usr/include/PCSC/ifdhandler.h").exists():
            pytest.skip("NO PIN PAD TEST: gcc or libpcsclite-dev is missing")
        missing = why_not(())
        if missing:
            pytest.skip(missing)
        folder = Path(tempfile.mkdtemp(prefix="todoke-pinpad-"))
        library = folder / "libpinpad.so"
        subprocess.run(
            ["gcc", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I/usr/include/PCSC",
             "-o", str(library), str(_SOURCE), "-ldl"],
            check=True, timeout=120,
        )  # fmt: skip
        os.environ.update(zip(_PLACES, (str(folder), str(DRIVER)), strict=True))
        try:
            return cls(folder, Pcscd.start(driver=library))
        finally:
            for name in _PLACES:
                del os.environ[name]

    def press(self, keys: str) -> None:
        """What the person types: digits, or a word of ``pin_pad.c``."""
        beside = self.folder / "typed.new"
        beside.write_text(keys)
        beside.replace(self.folder / "typed")

    @property
    def asked(self) -> list[str]:
        """Each structure the reader was given, in hex."""
        path = self.folder / "asked"
        return path.read_text().splitlines() if path.exists() else []

    def waits(self) -> None:
        """Until the reader waits for keys."""
        wait_for(lambda: self.asked, "the reader to be asked for a PIN")

    def forget(self, keys: bool = True) -> None:
        """As new. keys: whether it has some."""
        for name in ("asked", "typed", "none"):
            (self.folder / name).unlink(missing_ok=True)
        if not keys:
            (self.folder / "none").touch()

    def __enter__(self) -> PinPad:
        self.pcscd.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.pcscd.__exit__(kind, error, trace)
        shutil.rmtree(self.folder)
