"""What a visit gets back: the trusted page, with the answer behind the ``#`` of its address.

A browser does not send that part to any server, and the page takes it out of the address line
at once. Who is no trusted page gets a page of ours in plain words.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping

from card_bridge.errors import BridgeError
from card_bridge.sentences import Language, say
from card_bridge.trust import Site
from card_bridge.wire import Answer

#: name under which the answer stands in the fragment
FRAGMENT = "todoke-card"
#: the address that sent the person here holds a nonce; nobody behind us is told it
_QUIET = {"Referrer-Policy": "no-referrer"}


def back(site: Site, answer: Mapping[str, object]) -> Answer:
    """303 to the page of the trust list (RFC 9110 section 15.4.4), with the answer as base64url
    of JSON in the fragment."""
    said = base64.urlsafe_b64encode(json.dumps(answer).encode()).decode("ascii").rstrip("=")
    return Answer(303, None, {**_QUIET, "Location": f"{site.return_url}#{FRAGMENT}={said}"})


def refusal(error: BridgeError, language: Language) -> Answer:
    """A page without script, style or link, for somebody who was sent here by nobody we know."""
    words = [html.escape(say(language, error.code, part, **error.details)) for part in _PARTS]
    title = html.escape(say(language, "dialog", "title"))
    page = (
        f'<!doctype html><html lang="{"en" if language == "en" else "ja"}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" '
        f'content="light dark"><title>{title}</title><h1>{words[0]}</h1><p>{words[1]}</p>'
    )
    return Answer(error.status, page, _QUIET)


_PARTS = ("message", "advice")
