"""A process whose wall clock is set while it runs (libfaketime): the clocks that only count are
the machine's own, as when a person or a time server sets the clock of a real machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SetClock:
    """file: says by how many seconds the clock is wrong, and is read at every look at it."""

    file: Path

    @classmethod
    def right(cls, folder: Path) -> SetClock:
        """Not set yet."""
        clock = cls(folder / "clock")
        clock.set(0)
        return clock

    def set(self, seconds: int) -> None:
        """From now on the clock is wrong by so much. One rename: never read half-written."""
        part = self.file.with_suffix(".part")
        part.write_text(f"{seconds:+d}\n", "ascii")
        part.replace(self.file)

    @property
    def environment(self) -> Mapping[str, str]:
        """For processes that live by it."""
        (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def command(self, *words: str) -> Sequence[str]:
        """The words, run by this clock."""
        return ["env", *(f"{name}={value}" for name, value in self.environment.items()), *words]
