"""The one error of the bridge: a code, its HTTP status, and what the words need.

The sentences are in ``card_bridge/words/*.toml``, for the page and for native dialogs alike.
"""

from __future__ import annotations

from collections.abc import Mapping

#: code -> HTTP status. A code that is not listed here cannot be raised.
STATUS: Mapping[str, int] = {
    # who asks, and how
    "host_refused": 421,
    "origin_refused": 403,
    "mode_refused": 403,
    "upgrade_refused": 400,
    "not_found": 404,
    "method_refused": 405,
    "type_refused": 415,
    "header_missing": 403,
    "length_needed": 411,
    "too_large": 413,
    "headers_too_large": 431,
    "too_slow": 408,
    "bad_request": 400,
    "too_many_requests": 429,
    # one card, one person
    "busy": 409,
    "pin_cancelled": 403,
    "pin_timeout": 403,
    "pin_wrong": 403,
    "pin_blocked": 403,
    "pin_dialog_missing": 503,
    # the card and its reader
    "no_reader": 503,
    "no_card": 503,
    "card_unknown": 422,
    "card_failed": 502,
    "card_silent": 504,
    # the bridge itself
    "folder_refused": 500,
    "home_refused": 500,
    "defect": 500,
}


class BridgeError(Exception):
    """What went wrong, by code; ``details`` are numbers and field names, never a secret."""

    def __init__(self, code: str, **details: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.status = STATUS[code]
        self.details = details
