"""Turn the files in site/ into the public site, whole or not at all."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from todoke.entry import unchanged
from todoke.entry.terminal import Terminal
from todoke.journeys import publish

NAME = "publish"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--check: read and check everything, publish nothing. --full: print every page."""
    parser.add_argument("--check", action="store_true", help="check the files, publish nothing")
    parser.add_argument(
        "--full", action="store_true", help="print every page, also what did not change"
    )


def run(terminal: Terminal) -> int:
    """Publishes where the settings say that the city is: on AWS into its public bucket, else below
    ``--data``. A mistake in a file names it and leaves the published site as it was."""
    before = unchanged.look(str(terminal.data))
    services = terminal.wherever
    if terminal.arguments.check:
        catalogue = publish.read_catalogue(services, whole=True)
        counts = {"procedures": len(catalogue.procedures), "topics": len(catalogue.topics)}
        terminal.answer(counts, terminal.say("publish.sound", **counts))
        return 0
    done = publish.publish_site(
        services,
        lambda step, number, total: terminal.progress(
            number, total, terminal.say(f"publish.step.{step}")
        ),
        whole=terminal.arguments.full,
    )
    if not terminal.on_aws:  # what a bucket holds is not known from this machine's files
        unchanged.remember(str(terminal.data), before, _next_time(terminal, asdict(done)))
    words = "publish.done" if done.changed else "publish.same"
    where = (
        [terminal.say("publish.on_aws", city=services.config.aws.city)] if terminal.on_aws else []
    )
    terminal.answer(asdict(done), terminal.say(words, **asdict(done)), *where)
    return 0


def _next_time(terminal: Terminal, done: Mapping[str, Any]) -> Mapping[str, str]:
    """What to say when nothing has changed since."""
    same = {**done, "changed": False}
    words = {
        each: terminal.dictionary.say(each, "cli.publish.same", **same) for each in ("ja", "en")
    }
    return {**words, "json": json.dumps({"ok": True, **same}, ensure_ascii=False)}
