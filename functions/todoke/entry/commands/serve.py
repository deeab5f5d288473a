"""Run the whole city on this machine: site, inbox, console, delivery."""

from __future__ import annotations

import argparse
import errno
import logging

from todoke import assemble
from todoke.core.errors import TodokeError
from todoke.entry import demonstration
from todoke.entry.demonstration import CardBridge
from todoke.entry.local import City
from todoke.entry.terminal import Terminal
from todoke.journeys import publish
from todoke.ports import Services

NAME = "serve"
LOG = logging.getLogger("todoke.serve")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--port: where to listen on this machine's loopback addresses. --no-bridge: no child."""
    parser.add_argument("--port", type=int, default=8080, help="port on localhost (default: 8080)")
    parser.add_argument(
        "--no-bridge", action="store_true", help="start no card bridge with a pretend card"
    )


def run(terminal: Terminal) -> int:
    """Publish if nothing is published yet, print the links, serve until SIGTERM."""
    port, wanted = terminal.arguments.port, not terminal.arguments.no_bridge
    services = assemble.serving(terminal.data, port, bridge=wanted)
    assemble.refuse_unready(services)
    publish.publish_site(services)
    bridge = CardBridge(services) if wanted and not services.config.production else None
    if bridge is not None and not bridge.installed:
        terminal.remark(terminal.say("serve.no_bridge", folder=services.config.root))
        bridge = None
    try:
        city = City(services, port, *([bridge] if bridge else []))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise TodokeError(
            "setting_invalid", file="--port", field=port, rule="in use", next="make run PORT=8123"
        ) from error
    _greet(terminal, services)
    LOG.info("ready", extra={"port": port, "release": services.blobs.current_release()})
    city.run()
    return 0


def _greet(terminal: Terminal, services: Services) -> None:
    config = services.config
    result: dict[str, object] = {"portal": config.public_url, "console": config.console_url}
    lines = [terminal.say("serve.portal", url=config.public_url)]
    if not config.production:
        people = demonstration.people(services)
        result["links"] = people.clerks
        result["parent"] = {"login": people.login, "letter_code": people.letter_code}
        lines.append(terminal.say("serve.parent", url=people.login, code=people.letter_code))
        lines += [terminal.say(f"serve.{role}", url=url) for role, url in people.clerks.items()]
    lines.append(terminal.say("serve.stop"))
    terminal.answer(result, *lines)
