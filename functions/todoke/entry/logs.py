"""Structured logs: one JSON object a line on standard error, and no personal data.

Only the fields named here are written; what else a call passes is dropped, so a slip cannot
put an endpoint or a name into a log.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

#: what a log line may say: codes, counts, places and times
ALLOWED = (
    "act", "at", "batch", "blocked", "code", "count", "gone", "id", "kind", "lane", "later",
    "milliseconds", "notice", "origin", "outcome", "page", "port", "reason", "release",
    "retry_after", "route", "seconds", "state", "status", "topic", "tries", "version",
)  # fmt: skip


class JsonLines(logging.Formatter):
    """{"time", "level", "event", …allowed fields}."""

    def format(self, record: logging.LogRecord) -> str:
        """One line. The message is the event's name, never a sentence with values in it."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat("T", "seconds"),
            "level": record.levelname.lower(),
            "event": record.msg if isinstance(record.msg, str) else type(record.msg).__name__,
        }
        for name in ALLOWED:
            if hasattr(record, name):
                line[name] = getattr(record, name)
        if record.exc_info and record.exc_info[0] is not None:
            line["kind"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=False)


def configure(level: str = "INFO") -> None:
    """Send everything through JsonLines to standard error."""
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(level)
    # werkzeug and waitress put paths and addresses into their messages
    for name in ("waitress", "waitress.queue", "werkzeug"):
        logging.getLogger(name).setLevel("ERROR")
