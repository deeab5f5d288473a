"""``todoke-bridge serve``: listens until it is stopped.

One JSON line ``{"ready": true, "port": N}`` on standard output once it listens; what happens is
told on standard error and in the log.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path

from card_bridge import consent, home, pcsc
from card_bridge.consent import Consent
from card_bridge.errors import BridgeError
from card_bridge.home import Home
from card_bridge.login import Desk
from card_bridge.sentences import tell
from card_bridge.server import Address, Bridge, listen
from card_bridge.transport import Transport
from card_bridge.trust import Trust

#: as the portal expects it unless its settings name another
PORT = 24850


def words(parser: argparse.ArgumentParser) -> None:
    """The words that ``serve`` takes."""
    parser.add_argument(
        "--pretend", metavar="FOLDER", help="a pretend card kept in FOLDER, for demonstrations"
    )
    parser.add_argument(
        "--reader", metavar="NAME", help="only readers with this in their name; otherwise all"
    )
    parser.add_argument(
        "--origin", action="append", default=[],
        help="a page that may ask, for this run, exactly as browsers write it (again for more)",
    )  # fmt: skip
    parser.add_argument("--port", type=_port, default=PORT, help=f"0 takes a free one ({PORT})")
    parser.add_argument(
        "--pinentry", metavar="PROGRAM",
        help="program that asks for the PIN, 'tk' (the bridge's own window), or 'none' (pretend "
        "card only); otherwise TODOKE_PINENTRY, the first one on PATH, or the own window",
    )  # fmt: skip
    parser.add_argument(
        "--no-pin-pad", action="store_true",
        help="type the PIN on this computer also where the reader has keys of its own",
    )  # fmt: skip
    parser.add_argument(
        "--until-stdin-ends", action="store_true",
        help="stop when standard input ends, so that the bridge never outlives its starter",
    )  # fmt: skip


def serve(chosen: argparse.Namespace) -> int:
    """Runs until SIGTERM, SIGINT, or the end of standard input where that was asked for.

    Exit codes: 0 stopped, 1 cannot work, 2 wrong words."""
    pretend = chosen.pretend is not None
    asks = _consent(chosen.pinentry or os.environ.get("TODOKE_PINENTRY"), pretend)
    if asks is None:
        return 1
    place = home.place()
    try:
        kept = Home(place)
    except BridgeError as error:
        tell(f"home_{error.details['reason']}", folder=str(place))
        return 1
    trust = Trust(kept, chosen.origin, pretend=pretend)
    refused = [each for each in chosen.origin if not trust.allows(each)]
    if refused:
        tell("origin_not_local" if pretend else "trust_refused", origin=refused[0])
        return 2
    with contextlib.ExitStack() as held:
        address = _address(chosen.port, kept, held)
        transport = address and _transport(chosen)
        if not address or not transport:
            return 1
        bridge = Bridge(Desk(transport, asks), trust, address.hosts, kept)
        asyncio.run(_serve(bridge, address, chosen.until_stdin_ends))
    return 0


def _address(port: int, kept: Home, held: contextlib.ExitStack) -> Address | None:
    """The open sockets, and the word in the folder that we run; both end with ``held``."""
    try:
        address = listen(port)
    except OSError as error:
        tell("port_refused", port=port, reason=error.strerror or "")
        return None
    for each in address.sockets:
        held.callback(each.close)
    try:
        held.callback(os.close, kept.run(address.port))
    except BridgeError:
        tell("home_in_use", folder=str(kept.folder))
        return None
    return address


def _transport(chosen: argparse.Namespace) -> Transport | None:
    return _reader(chosen) if chosen.pretend is None else _pretend(Path(chosen.pretend))


def _pretend(folder: Path) -> Transport | None:
    # only here: what makes and reads certificates is a third of the start of a bridge
    from card_bridge.pretend_card import PretendCard
    from card_bridge.pretend_folder import PretendFolder

    try:
        return PretendCard(PretendFolder(folder))
    except BridgeError as error:
        tell(f"folder_{error.details['reason']}", folder=str(folder))
        return None


def _reader(chosen: argparse.Namespace) -> Transport | None:
    try:
        return pcsc.open_pcsc(chosen.reader, keys=not chosen.no_pin_pad)
    except BridgeError:
        tell("no_pcsc")
        return None


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise ValueError
    return number


def _consent(named: str | None, pretend: bool) -> Consent | None:
    tty = consent.terminal()
    command = None if named == "none" else consent.find(named, tty)
    if command is None and named not in (None, "none"):
        tell("pinentry_unusable", program=named)
        return None
    if command is None and not pretend:
        tell("no_dialog")
        return None
    if command is None:
        tell("pretend_types_itself")
    return Consent(command, tty)


async def _serve(bridge: Bridge, address: Address, until_stdin_ends: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if until_stdin_ends:
        try:
            loop.add_reader(sys.stdin.fileno(), _watch_stdin, stop)
        except (OSError, ValueError):
            stop.set()  # closed, or a file: it has ended already
    print(json.dumps({"ready": True, "port": address.port}), flush=True)
    await bridge.serve(address, stop)


def _watch_stdin(stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stop.set()
