"""The protocol ``todoke-card/1``: what a page may ask, and the bytes that are signed.

A page gives a nonce and a purpose. It never gives bytes to sign: the key of the card signs
whatever it is handed, so whoever chose those bytes could answer any other service's challenge.
The signed bytes are made here, with the origin that the *browser* reported.
"""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from card_bridge.errors import BridgeError
from card_bridge.sentences import LANGUAGES, Language

VERSION = "todoke-card/1"
#: bytes of a request's body; more is refused before it is read
LARGEST_BODY = 8192
#: what Origin may be at most; it stands whole in a dialog whose lines hold 1,000 bytes
LONGEST_ORIGIN = 200
Purpose = Literal["login", "sign-document"]
LOGIN: Purpose = "login"
SIGN_DOCUMENT: Purpose = "sign-document"
#: how the page reached the bridge: by a script's request, whose Origin the browser wrote, or by
#: being left for the bridge's own page and returned to (a top-level visit, which has no Origin)
Mode = Literal["fetch", "visit"]
STATUS, AUTHENTICATE = "/v1/status", "/v1/authenticate"
SIGN, VISIT = "/v1/sign", "/v1/visit"

#: 256 bits in base64url without padding (RFC 4648 section 5)
_NONCE = re.compile(r"[A-Za-z0-9_-]{43}")
#: 128 bits likewise
_SITE = re.compile(r"[A-Za-z0-9_-]{22}")
#: SHA-256 and SHA-384 likewise
_HASHES = {"sha256": re.compile(r"[A-Za-z0-9_-]{43}"), "sha384": re.compile(r"[A-Za-z0-9_-]{64}")}
#: letters of a document's name: it stands in a dialog whose lines hold 1,000 bytes
LONGEST_NAME = 40
_HOST = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
#: an Origin as browsers serialise it (RFC 6454 section 6.2): lower case, no path
_ORIGIN = re.compile(rf"(https?)://({_HOST}(?:\.{_HOST})*)(?::([1-9][0-9]{{0,4}}))?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True)
class Authenticate:
    """A login that a page asks for. nonce: 43 base64url characters from the city's server."""

    nonce: str
    purpose: Purpose
    language: Language
    mode: Mode = "fetch"


@dataclass(frozen=True, slots=True)
class Sign:
    """A document to be signed. name: what the page calls it. hashes: hashlib's name -> digest;
    which of them is signed is for the card's certificate to say."""

    nonce: str
    language: Language
    name: str
    hashes: Mapping[str, bytes]
    purpose: Purpose = SIGN_DOCUMENT
    mode: Mode = "fetch"


#: what the person is asked to do with her card
Asked = Authenticate | Sign


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that a link asks for. site: the id of a trusted page."""

    nonce: str
    site: str


def authenticate(body: bytes) -> Authenticate:
    """Reads the body of ``POST /v1/authenticate``; ``bad_request`` names the field."""
    fields = _strict_object(body, ("nonce", "purpose", "language"))
    nonce = _matching(fields, "nonce", _NONCE)
    if fields["purpose"] != LOGIN:
        raise BridgeError("bad_request", field="purpose")
    return Authenticate(nonce, LOGIN, _language(fields))


def sign(body: bytes) -> Sign:
    """Reads the body of ``POST /v1/sign``; ``bad_request`` names the field."""
    names = ("nonce", "purpose", "language", "name", *_HASHES)
    fields = _strict_object(body, names)
    nonce = _matching(fields, "nonce", _NONCE)
    if fields["purpose"] != SIGN_DOCUMENT:
        raise BridgeError("bad_request", field="purpose")
    name = fields["name"]
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME or not _plain(name):
        raise BridgeError("bad_request", field="name")
    hashes = {each: _digest(_matching(fields, each, form), each) for each, form in _HASHES.items()}
    return Sign(nonce, _language(fields), name, hashes)


def _language(fields: Mapping[str, Any]) -> Language:
    if fields["language"] not in LANGUAGES:
        raise BridgeError("bad_request", field="language")
    return cast(Language, fields["language"])


def _matching(fields: Mapping[str, Any], name: str, form: re.Pattern[str]) -> str:
    value = fields[name]
    if not isinstance(value, str) or not form.fullmatch(value):
        raise BridgeError("bad_request", field=name)
    return value


def _digest(text: str, field: str) -> bytes:
    padded = text + "=" * (-len(text) % 4)
    digest = base64.urlsafe_b64decode(padded)
    # one way of writing only: no stray bits in the last letter
    if base64.urlsafe_b64encode(digest).decode("ascii") != padded:
        raise BridgeError("bad_request", field=field)
    return digest


def _plain(name: str) -> bool:
    """Letters, figures, marks and single spaces: nothing that breaks a line, hides, or turns the
    order of what stands around it (UAX #9)."""
    allowed = all(unicodedata.category(each)[0] in "LNPSM" or each in " \u3000" for each in name)
    return allowed and name == name.strip() and unicodedata.is_normalized("NFC", name)


def visit(target: str) -> Visit:
    """Reads ``/v1/visit?nonce=…&site=…``: these two, once each, and nothing else."""
    path, _mark, query = target.partition("?")
    if path != VISIT:
        raise BridgeError("not_found")
    fields = dict.fromkeys(("nonce", "site"), "")
    for pair in query.split("&"):
        name, _is, value = pair.partition("=")
        if name not in fields or fields[name]:
            raise BridgeError("bad_request", field="unknown")
        fields[name] = value
    if not _NONCE.fullmatch(fields["nonce"]):
        raise BridgeError("bad_request", field="nonce")
    if not _SITE.fullmatch(fields["site"]):
        raise BridgeError("bad_request", field="site")
    return Visit(fields["nonce"], fields["site"])


def signed_bytes(mode: Mode, purpose: Purpose, origin: str, nonce: str) -> bytes:
    """What the card signs (RSASSA-PKCS1-v1_5, SHA-256): version, mode, purpose, origin and
    nonce, parted by a zero byte, which none of them can hold.

    origin: as the browser reported it; of a visit, where the answer returns to."""
    return b"\0".join(each.encode("ascii") for each in (VERSION, mode, purpose, origin, nonce))


def is_origin(text: str) -> bool:
    """Whether a text is an origin exactly as browsers write it in the Origin header."""
    found = _ORIGIN.fullmatch(text)
    if not found or len(text) > LONGEST_ORIGIN:
        return False
    scheme, _host, port = found.groups()
    return port is None or (port != _DEFAULT_PORTS[scheme] and int(port) <= 65535)


def is_local_origin(text: str) -> bool:
    """Whether an origin is this machine's own: ``http://localhost`` or a name below it, which
    browsers never look up elsewhere (RFC 6761 section 6.3)."""
    found = _ORIGIN.fullmatch(text)
    if not found or not is_origin(text):
        return False
    scheme, host, _port = found.groups()
    return scheme == "http" and (host == "localhost" or host.endswith(".localhost"))


def _strict_object(body: bytes, names: tuple[str, ...]) -> dict[str, Any]:
    try:
        text = body.decode("utf-8")
        fields = json.loads(text, object_pairs_hook=_each_name_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise BridgeError("bad_request", field="body") from None
    if not isinstance(fields, dict):
        raise BridgeError("bad_request", field="body")
    for name in names:
        if name not in fields:
            raise BridgeError("bad_request", field=name)
    if len(fields) != len(names):
        # never repeat what was sent: somebody may have put a PIN there
        raise BridgeError("bad_request", field="unknown")
    return fields


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name stands twice")
    return fields


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
