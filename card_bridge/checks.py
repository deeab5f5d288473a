"""Who may ask, and how: the checks of a request's head, in this order and no other.

    Host 421 -> Origin 403 -> Sec-Fetch-Mode 403 -> Upgrade 400 -> path 404 -> method 405
    -> type 415 -> Todoke-Card 403 -> size 411, 413

Each stands before the next so that a stranger learns nothing from a later one. ``Sec-Fetch-Site``
is not among them: between two ports of one machine it says ``same-site``.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from card_bridge.errors import BridgeError
from card_bridge.protocol import AUTHENTICATE, LARGEST_BODY, SIGN, STATUS, is_origin
from card_bridge.wire import Head

#: what a page may ask for by script. The state is read by GET: nothing changes by it
METHODS = {STATUS: "GET", AUTHENTICATE: "POST", SIGN: "POST"}
#: header that only a script which passed a preflight can send across origins
MARK = "todoke-card"
MARK_VALUE = "1"
_JSON = re.compile(r"application/json(?:\s*;\s*charset=\"?utf-8\"?)?", re.IGNORECASE)
_LENGTH = re.compile(r"[0-9]{1,10}")
_PREFLIGHT_HEADERS = frozenset({"content-type", MARK})


def host(head: Head, hosts: Collection[str]) -> None:
    """``host_refused`` unless this very machine was meant: a page of a stranger whose name was
    made to mean 127.0.0.1 (DNS rebinding) arrives with its own name in Host."""
    if head.one("host") not in hosts:
        raise BridgeError("host_refused")


def origin(head: Head) -> str:
    """The origin that asks, ``origin_refused`` when it is nobody: no Origin, two, or ``null`` is
    a form, a link, a sandbox, a program."""
    found = head.one("origin")
    if found is None or not is_origin(found):
        raise BridgeError("origin_refused")
    return found


def means(head: Head) -> None:
    """That a script asks by fetch with CORS: no page that is opened, no image, no WebSocket."""
    _fetched(head, "cors", "empty")
    if head.target not in METHODS:
        raise BridgeError("not_found")


def visit(head: Head) -> None:
    """That a person's browser opens this address as a page: by a link or the address line, in a
    window of its own, not in a frame and not ahead of time (Sec-Purpose: prefetch)."""
    if head.has("origin"):
        raise BridgeError("origin_refused")
    _fetched(head, "navigate", "document")
    if head.has("sec-purpose") or head.has("purpose"):
        raise BridgeError("mode_refused")
    if head.method != "GET":
        raise BridgeError("method_refused")


def _fetched(head: Head, mode: str, destination: str) -> None:
    if head.has("sec-fetch-mode") and head.one("sec-fetch-mode") != mode:
        raise BridgeError("mode_refused")
    if head.has("sec-fetch-dest") and head.one("sec-fetch-dest") != destination:
        raise BridgeError("mode_refused")
    if head.has("upgrade") or head.has("sec-websocket-key"):
        raise BridgeError("upgrade_refused")


def preflight(head: Head) -> None:
    """Whether a preflight asks for what will be allowed (Fetch standard, CORS preflight)."""
    if head.one("access-control-request-method") != METHODS[head.target]:
        raise BridgeError("method_refused")
    asked = (head.one("access-control-request-headers") or "").lower()
    names = {each.strip() for each in asked.split(",")} - {""}
    if not names <= _PREFLIGHT_HEADERS:
        raise BridgeError("header_missing")


def form(head: Head) -> int:
    """That it is a JSON POST with our header, or a GET of the state; the size of its body."""
    if head.method != METHODS[head.target]:
        raise BridgeError("method_refused")
    if head.method == "GET":
        if head.has("transfer-encoding") or (head.one("content-length") or "0") != "0":
            raise BridgeError("bad_request", field="body")
        return 0
    if not _JSON.fullmatch(head.one("content-type") or ""):
        raise BridgeError("type_refused")
    if head.one(MARK) != MARK_VALUE:
        raise BridgeError("header_missing")
    if head.has("transfer-encoding") or not head.has("content-length"):
        raise BridgeError("length_needed")
    length = head.one("content-length") or ""
    if not _LENGTH.fullmatch(length):
        raise BridgeError("bad_request", field="head")
    if int(length) > LARGEST_BODY:
        raise BridgeError("too_large", limit=LARGEST_BODY)
    return int(length)
