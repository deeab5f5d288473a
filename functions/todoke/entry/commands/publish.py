"""Turn the files in site/ into the public site, whole or not at all."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from todoke.entry.terminal import Terminal
from todoke.journeys import publish

NAME = "publish"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--check: read and check everything, publish nothing."""
    parser.add_argument("--check", action="store_true", help="check the files, publish nothing")


def run(terminal: Terminal) -> int:
    """Publishes; a mistake in a file names it and leaves the published site as it was."""
    services = terminal.services
    if terminal.arguments.check:
        catalogue = publish.read_catalogue(services)
        counts = {"procedures": len(catalogue.procedures), "topics": len(catalogue.topics)}
        terminal.answer(counts, terminal.say("publish.sound", **counts))
        return 0
    done = publish.publish_site(
        services,
        lambda step, number, total: terminal.progress(
            number, total, terminal.say(f"publish.step.{step}")
        ),
    )
    words = "publish.done" if done.changed else "publish.same"
    terminal.answer(asdict(done), terminal.say(words, **asdict(done)))
    return 0
