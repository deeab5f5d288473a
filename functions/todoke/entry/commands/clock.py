"""Look whether the clock was moved, and confirm that it is right, so that erasing goes on."""

from __future__ import annotations

import argparse
from datetime import datetime

from todoke.entry.arguments import Acts
from todoke.entry.terminal import Terminal
from todoke.journeys import audit, clock_watch

NAME = "clock"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """show, confirm."""
    acts = Acts(parser)
    acts.add("show", "what time it is here, and whether erasing waits for a person")
    acts.add("confirm", "the clock is right now: what is past its time may be erased again")


def run(terminal: Terminal) -> int:
    """``show`` exits 1 while erasing waits. Confirming twice is safe."""
    return {"show": _show, "confirm": _confirm}[terminal.arguments.act](terminal)


def _show(terminal: Terminal) -> int:
    move = clock_watch.look(terminal.city)
    lines = [terminal.say("clock.now", time=_time(terminal))]
    if move is None:
        lines.append(terminal.say("clock.sound"))
    else:
        part = "was_set" if move.certain else "was_off"
        lines.append(terminal.say(f"clock.{part}", hours=move.seconds // 3600))
        lines.append(terminal.say("clock.next"))
    held = {"seconds": move.seconds, "certain": move.certain} if move else None
    terminal.answer({"time": _time(terminal), "held": held}, *lines)
    return 0 if move is None else 1


def _confirm(terminal: Terminal) -> int:
    move = clock_watch.confirm(terminal.city)
    name = "nothing" if move is None else "confirmed"
    result = {"time": _time(terminal), "confirmed": move is not None}
    terminal.answer(result, terminal.say(f"clock.{name}", time=_time(terminal)))
    return 0


def _time(terminal: Terminal) -> str:
    now = datetime.fromtimestamp(terminal.city.clock.unix(), audit.JST)
    return f"{now:%Y-%m-%d %H:%M} JST"
