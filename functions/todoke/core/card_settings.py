"""Settings of the login with a card ([card])."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class CardConfig:
    """bridge: where the card bridge listens on the citizen's own PC. anchors: PEM files below
    site/ that a card's certificate may come from; the demonstration makes its own. ocsp: address
    of the responder that says whether a certificate was stopped (RFC 6960). crls: without one,
    files of lists below the data folder, which somebody keeps fresh (RFC 5280 section 5). With
    neither, nobody knows, and no card of a listed authority logs in."""

    bridge: str = "http://127.0.0.1:24850"
    anchors: tuple[str, ...] = ()
    ocsp: str = ""
    crls: tuple[str, ...] = ()


def wrong(card: CardConfig) -> tuple[str, str] | None:
    """(setting, rule) of the first that is wrong."""
    if not re.fullmatch(r"http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?", card.bridge):
        return "card.bridge", "http://127.0.0.1:PORT, a program on the citizen's own PC"
    if card.ocsp and card.crls:
        return "card.crls", "not beside card.ocsp: one of them decides"
    url = urlsplit(card.ocsp)
    if card.ocsp and (url.scheme not in ("http", "https") or not url.hostname or url.query):
        return "card.ocsp", "http://host/path or https://host/path"
    for name in card.crls:
        if not name or name.startswith("/") or ".." in name.split("/"):
            return "card.crls", "files below the data folder"
    return None
