"""Show and check the keys; a new data key, sealing anew with it, and the end of an old one."""

from __future__ import annotations

import argparse
import hashlib
from datetime import datetime

from todoke import assemble
from todoke.core.push_message import VapidKey
from todoke.entry.arguments import Acts
from todoke.entry.terminal import Terminal
from todoke.journeys import audit, keyring, reseal
from todoke.ports import Services

NAME = "keys"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """show, check, status, rotate, reseal, retire N."""
    acts = Acts(parser)
    acts.add("show", "the public key that browsers bind to, and its fingerprint")
    acts.add("check", "are the keys there, sound, and private to this user?")
    status = acts.add("status", "the data keys, and whether sealing anew is done")
    status.add_argument("--count", action="store_true", help="read all, and count by key")
    acts.add("rotate", "a new data key for what is sealed from now on")
    acts.add("reseal", "seal everything anew with the newest data key, while the city works")
    retire = acts.add("retire", "erase an old data key with which nothing is sealed any more")
    retire.add_argument("number", type=int, help="its number (todoke keys status)")


def run(terminal: Terminal) -> int:
    """Exit 1 when ``check`` finds something to mend, or sealing anew is not done."""
    if not terminal.on_aws:
        terminal.need_city()
    acts = {
        "show": _show, "check": _check, "status": _status,
        "rotate": _rotate, "reseal": _reseal, "retire": _retire,
    }  # fmt: skip
    return acts[terminal.arguments.act](terminal)


def _show(terminal: Terminal) -> int:
    public = VapidKey(terminal.wherever.secrets.vapid_private).public
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
    if terminal.on_aws:
        faults, readable = [], False
    else:
        machine = assemble.look(terminal.data)
        faults, readable = list(machine.key_faults), machine.readable
    if not faults:
        _open_all(terminal.wherever)
    sound = not faults and not readable
    result = {"sound": sound, "faults": faults, "readable": readable}
    lines = [terminal.say("keys.fault", file=name) for name in faults]
    if readable:
        lines.append(terminal.say("keys.readable", folder=terminal.data / "keys"))
    terminal.answer(result, *(lines or [terminal.say("keys.sound")]))
    return 0 if sound else 1


def _open_all(services: Services) -> None:
    """Raises ``keys_missing`` or ``keys_unreachable`` for the first that does not open."""
    for each in keyring.kept(services):
        services.secrets.data_key.key(each.number)


def _status(terminal: Terminal) -> int:
    services = terminal.wherever
    kept, under_way = keyring.kept(services), keyring.resealing(services)
    counts = keyring.sealed_with(services) if terminal.arguments.count else None
    keys = [
        {"number": each.number, "made_at": each.made_at}
        | ({} if counts is None else {"sealed": counts[each.number]})
        for each in kept
    ]
    lines = [
        terminal.say("keys.key", number=each.number, made=_day(terminal, each.made_at))
        + ("" if counts is None else terminal.say("keys.count", count=counts[each.number]))
        for each in kept
    ]
    lines.append(terminal.say("keys.newest", number=kept[-1].number))
    done = int(str(under_way.data["done"])) if under_way else None
    if done is not None:
        lines.append(terminal.say("keys.under_way", done=done))
    terminal.answer({"keys": keys, "newest": kept[-1].number, "resealing": done}, *lines)
    return 0 if under_way is None else 1


def _day(terminal: Terminal, unix: int) -> str:
    if not unix:
        return terminal.say("keys.first")
    return f"{datetime.fromtimestamp(unix, audit.JST):%Y-%m-%d}"


def _rotate(terminal: Terminal) -> int:
    number = keyring.rotate(terminal.wherever)
    terminal.answer(
        {"number": number},
        terminal.say("keys.rotated", number=number),
        terminal.say("keys.rotated_next"),
    )
    return 0


def _reseal(terminal: Terminal) -> int:
    words = terminal.say("keys.progress")
    done = reseal.reseal(
        terminal.wherever, told=lambda count, kind: terminal.counted(count, f"{words} {kind}")
    )
    terminal.counted(done or 0, words, last=True)
    terminal.answer({"resealed": done}, terminal.say("keys.resealed", count=done))
    return 0


def _retire(terminal: Terminal) -> int:
    number = terminal.arguments.number
    keyring.retire(terminal.wherever, number)
    terminal.answer(
        {"number": number},
        terminal.say("keys.retired", number=number),
        terminal.say("keys.retired_next"),
    )
    return 0
