"""Run the whole city on this machine: site, inbox, console, delivery."""

from __future__ import annotations

import argparse
import errno
import logging

from todoke import assemble
from todoke.core.errors import TodokeError
from todoke.entry.local import City
from todoke.entry.terminal import Terminal
from todoke.journeys import publish, staff
from todoke.ports import Services

NAME = "serve"
LOG = logging.getLogger("todoke.serve")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--port: where to listen on this machine's loopback addresses."""
    parser.add_argument("--port", type=int, default=8080, help="port on localhost (default: 8080)")


def run(terminal: Terminal) -> int:
    """Publish if nothing is published yet, print the links, serve until SIGTERM."""
    port = terminal.arguments.port
    services = assemble.local(terminal.data, assemble.local_url(port))
    assemble.refuse_unready(services)
    publish.publish_site(services)
    try:
        city = City(services, port)
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
        links = {
            role: link.url for link in staff.demonstration_clerks(services) for role in link.roles
        }
        result["links"] = dict(links)
        lines += [terminal.say(f"serve.{role}", url=url) for role, url in links.items()]
    lines.append(terminal.say("serve.stop"))
    terminal.answer(result, *lines)
