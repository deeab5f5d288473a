"""Show the public push key and check the key files; a private key is never shown."""

from __future__ import annotations

import argparse
import hashlib

from todoke import assemble
from todoke.core.push_message import VapidKey
from todoke.entry.arguments import Acts
from todoke.entry.terminal import Terminal

NAME = "keys"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """show, check."""
    acts = Acts(parser)
    acts.add("show", "the public key that browsers bind to, and its fingerprint")
    acts.add("check", "are both keys there, sound, and private to this user?")


def run(terminal: Terminal) -> int:
    """Exit 1 when ``check`` finds something to mend."""
    terminal.need_city()
    return {"show": _show, "check": _check}[terminal.arguments.act](terminal)


def _show(terminal: Terminal) -> int:
    public = VapidKey(terminal.services.secrets.vapid_private).public
    # short enough to compare by eye with what a backup or another machine shows
    digest = hashlib.sha256(public.encode("ascii")).hexdigest()[:32]
    fingerprint = ":".join(digest[place : place + 4] for place in range(0, 32, 4))
    terminal.answer(
        {"vapid": public, "fingerprint": fingerprint},
        terminal.say("keys.vapid", key=public),
        terminal.say("keys.fingerprint", fingerprint=fingerprint),
    )
    return 0


def _check(terminal: Terminal) -> int:
    machine = assemble.look(terminal.data)
    sound = not machine.key_faults and not machine.readable
    result = {"sound": sound, "faults": list(machine.key_faults), "readable": machine.readable}
    lines = [terminal.say("keys.fault", file=name) for name in machine.key_faults]
    if machine.readable:
        lines.append(terminal.say("keys.readable", folder=terminal.data / "keys"))
    terminal.answer(result, *(lines or [terminal.say("keys.sound")]))
    return 0 if sound else 1
