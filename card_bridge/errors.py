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
    "pin_length": 403,
    "pin_dialog_missing": 503,
    # the card and its reader
    "no_pcsc": 503,
    "pcsc_stopped": 503,
    "pcsc_refused": 503,
    "no_reader": 503,
    "no_card": 503,
    "cards_many": 409,
    "card_taken": 409,
    "pad_failed": 502,
    "card_pulled": 502,
    "card_failed": 502,
    "card_silent": 504,
    "card_unknown": 422,
    "card_old": 422,
    "card_expired": 422,
    "card_not_yet": 422,
    "card_without_signing": 422,
    # the bridge itself
    "folder_refused": 500,
    "home_refused": 500,
    "defect": 500,
}

#: what the person can mend on the spot: the same button, pressed again, may then work. Every
#: other error of the card needs another card, another program or the municipal office
RETRIABLE = frozenset({
    "too_slow", "too_many_requests", "busy", "pin_cancelled", "pin_timeout", "pin_wrong",
    "pin_length", "pcsc_stopped", "no_reader", "no_card", "cards_many", "card_taken", "card_pulled",
    "card_failed", "card_silent",
})  # fmt: skip


class BridgeError(Exception):
    """What went wrong, by code; ``details`` are numbers and field names, never a secret."""

    def __init__(self, code: str, **details: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.status = STATUS[code]
        self.details = details

    @property
    def retriable(self) -> bool:
        """Whether asking again may succeed (``RETRIABLE``)."""
        return self.code in RETRIABLE
