"""Whether a clock was set while nobody looked: rules only, no clock.

A machine has two times. The wall clock can be set, by a time server, a person or an empty battery;
the other one only counts the seconds since the machine was started. Between two looks in the same
run of the machine both must have gone the same way.
"""

from __future__ import annotations

from dataclasses import dataclass

#: a clock that moved by more than this decides nothing any more about what is past its time.
#: Leap seconds, a drifting clock and a wrong time zone stay below it.
MOST_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Mark:
    """One look at both. unix: the wall clock. run: name of this run of the machine. steady:
    seconds since that run began; it compares only with a mark of the same run."""

    unix: int
    run: str
    steady: int

    def text(self) -> str:
        """As it is stored; ``read`` takes it back."""
        return f"{self.unix} {self.run} {self.steady}"


@dataclass(frozen=True, slots=True)
class Move:
    """seconds: how far the wall clock went beyond what passed; negative when it went back.
    certain: False when the machine was started anew in between: it may have been switched off."""

    seconds: int
    certain: bool

    @property
    def too_far(self) -> bool:
        """Whether nothing may be erased by such a clock."""
        return abs(self.seconds) > MOST_SECONDS

    def text(self) -> str:
        """As it is stored; ``read_move`` takes it back."""
        return f"{self.seconds} {'set' if self.certain else 'off'}"


def read(text: str) -> Mark:
    """What ``Mark.text`` wrote."""
    unix, run, steady = text.split(" ")
    return Mark(int(unix), run, int(steady))


def read_move(text: str) -> Move:
    """What ``Move.text`` wrote."""
    seconds, how = text.split(" ")
    return Move(int(seconds), how == "set")


def between(before: Mark, now: Mark) -> Move:
    """What the wall clock did between two looks."""
    passed = now.unix - before.unix
    if before.run == now.run:
        return Move(passed - (now.steady - before.steady), certain=True)
    return Move(passed, certain=False)
