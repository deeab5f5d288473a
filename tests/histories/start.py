"""Starts ``todoke`` for the histories under kills:

    python -m tests.histories.start FAULT serve …

FAULT is one of ``tests/crash/start.py``, "none" for the product as it is. Pages are JSON, messages
go into a file, nothing is published anew, and a killed worker's job comes back soon.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from tests.crash.start import FAULTS
from tests.histories.scene import GONE, PlainPress
from tests.histories.wire import FiledPush
from tests.parts.town import Phone
from todoke import assemble
from todoke.config import Config
from todoke.entry import cli
from todoke.journeys import deliver, publish
from todoke.ports import Services

#: beside the store
MESSAGES = "messages.jsonl"
VISIBLE_SECONDS = 2


def plain() -> None:
    """Puts the plain parts in."""
    built = assemble._built

    def with_plain_parts(config: Config, *parts: Any) -> Services:
        push = FiledPush(config.data / MESSAGES, {Phone(GONE).endpoint})
        return replace(built(config, *parts), press=PlainPress(), push=push)

    vars(assemble)["_built"] = with_plain_parts
    publish.publish_site = lambda *_: None  # type: ignore[assignment]
    deliver.VISIBLE_SECONDS = VISIBLE_SECONDS


if __name__ == "__main__":
    plain()
    FAULTS[sys.argv[1]]()
    sys.exit(cli.main(sys.argv[2:]))
