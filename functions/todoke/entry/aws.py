"""AWS Lambda handlers, one line each, and the bridge from an HTTP API event to WSGI.

The services behind them (DynamoDB, S3, SQS) are wired by ``assemble.aws``. Each function loads
only its own blueprint, so the inbox never imports what payment needs.
"""

from __future__ import annotations

import base64
import io
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from todoke import assemble
from todoke.core.errors import TodokeError
from todoke.entry import logs
from todoke.journeys import clock_watch, deliver
from todoke.journeys.tick import relay_these
from todoke.journeys.tick import tick as run_tick
from todoke.ports import Services
from todoke.web.app import create_app

LOG = logging.getLogger("todoke.aws")
# the handler that Lambda brings would write whatever an exception says, ids and texts
logs.configure("INFO")
Event = Mapping[str, Any]
#: of outbox and retries each; the next tick comes after a minute, the function ends after 120 s
TICK_SECONDS = 25.0
#: function in serverless.yml -> blueprints it answers with
WEB_FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "health": ("health",),
    "subscriptions": ("subscriptions",),
    "identity": ("identity",),
    "inbox": ("inbox",),
    "applications": ("applications", "my_data"),
    "payments": ("payments",),
    "console": ("console", "console_assets"),
}


@cache
def _application(name: str) -> Any:
    return create_app(_services()[0], WEB_FUNCTIONS[name]).wsgi_app


@cache
def _services() -> tuple[Services, Callable[[], Sequence[str]]]:
    """Those of this function, and what its commits asked for since it was last asked."""
    return assemble.noting(assemble.aws())


def health(event: Event, _context: object) -> dict[str, Any]:
    """GET /healthz and the API description."""
    return answer(_application("health"), event)


def subscriptions(event: Event, _context: object) -> dict[str, Any]:
    """Everything below /api/subscriptions, and /api/alarms."""
    return _answered("subscriptions", event)


def identity(event: Event, _context: object) -> dict[str, Any]:
    """Login and session."""
    return _answered("identity", event)


def inbox(event: Event, _context: object) -> dict[str, Any]:
    """What is addressed to one person; knows no payment key."""
    return _answered("inbox", event)


def applications(event: Event, _context: object) -> dict[str, Any]:
    """Forms, attachments, applications, and what the city keeps about a person."""
    return _answered("applications", event)


def payments(event: Event, _context: object) -> dict[str, Any]:
    """Bills, checkout, webhooks."""
    return _answered("payments", event)


def console(event: Event, _context: object) -> dict[str, Any]:
    """The clerks' host."""
    return _answered("console", event)


def delivery_urgent(event: Event, _context: object) -> dict[str, Any]:
    """Jobs of the urgent lane."""
    return _deliver(event, "urgent")


def delivery_bulk(event: Event, _context: object) -> dict[str, Any]:
    """Jobs of the bulk lane."""
    return _deliver(event, "bulk")


def _deliver(event: Event, lane: str) -> dict[str, Any]:
    """Does the jobs that SQS hands over and names those that failed: SQS erases the others and
    keeps these (ReportBatchItemFailures)."""
    services, _ = _services()
    jobs = assemble.jobs_of(event, lane)
    failed = [each.id for each in jobs if not deliver.did(services, each)]
    _relay()
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def _answered(name: str, event: Event) -> dict[str, Any]:
    """The answer of a function; what its commit asked to be done is on its way before it goes."""
    found = answer(_application(name), event)
    if event["requestContext"]["http"]["method"] not in ("GET", "HEAD"):
        _relay()
    return found


def _relay() -> None:
    """The tick comes once a minute: a notice that was approved need not wait for it. Only what was
    committed here is asked for, by its id: no list has to know it yet, and what another function
    asked for is its own. What fails here is done by the tick."""
    services, noted = _services()
    try:
        relay_these(services, noted())
    except Exception as error:  # the answer to what is committed must not suffer from it
        code = error.code if isinstance(error, TodokeError) else type(error).__name__
        LOG.warning("relay_failed", extra={"code": code})


def tick(event: Event, _context: object) -> dict[str, Any]:
    """Every minute: outbox, retries, erasing what is past its time. Invoked by an operator with
    ``{"clock": "confirm"}`` it does what ``todoke clock confirm`` does on one machine."""
    if event.get("clock") == "confirm":
        return {"ok": True, "confirmed": clock_watch.confirm(assemble.aws()) is not None}
    run_tick(assemble.aws(), TICK_SECONDS)
    return {"ok": True}


def answer(application: Callable[..., Any], event: Event) -> dict[str, Any]:
    """Runs one HTTP API event (payload format 2.0) through a WSGI application."""
    started: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], _info: Any = None) -> None:
        started.update(status=int(status[:3]), headers=headers)

    chunks = application(environ_of(event), start_response)
    try:
        body = b"".join(chunks)
    finally:
        getattr(chunks, "close", lambda: None)()
    headers = [(name.lower(), value) for name, value in started["headers"]]
    return {
        "statusCode": started["status"],
        "headers": {name: value for name, value in headers if name != "set-cookie"},
        # format 2.0 keeps cookies apart, or a second Set-Cookie would be lost
        "cookies": [value for name, value in headers if name == "set-cookie"],
        "body": base64.b64encode(body).decode("ascii"),
        "isBase64Encoded": True,
    }


def environ_of(event: Event) -> dict[str, Any]:
    """PEP 3333 environment of an event. ``rawPath`` comes percent-decoded already; PEP 3333
    wants its UTF-8 bytes read as latin-1."""
    http = event["requestContext"]["http"]
    stage = event["requestContext"].get("stage", "$default")
    path = event["rawPath"].removeprefix("" if stage == "$default" else f"/{stage}")
    body = event.get("body") or ""
    raw = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
    if event.get("cookies"):
        headers["cookie"] = "; ".join(event["cookies"])
    environ: dict[str, Any] = {
        "REQUEST_METHOD": http["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path.encode("utf-8").decode("latin-1"),
        "QUERY_STRING": event.get("rawQueryString", ""),
        "CONTENT_LENGTH": str(len(raw)),
        "CONTENT_TYPE": headers.get("content-type", ""),
        "SERVER_NAME": headers.get("host", "localhost").partition(":")[0],
        "SERVER_PORT": headers.get("x-forwarded-port", "443"),
        "SERVER_PROTOCOL": http.get("protocol", "HTTP/1.1"),
        # the other end of the connection as the gateway saw it; what a caller writes into
        # X-Forwarded-For counts for nothing. Behind a CDN it would be the CDN: then the limits of
        # a source must go by what that CDN vouches for
        "REMOTE_ADDR": http.get("sourceIp", ""),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": headers.get("x-forwarded-proto", "https"),
        "wsgi.input": io.BytesIO(raw),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        if name not in ("content-length", "content-type"):
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    return environ
