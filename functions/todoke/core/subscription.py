"""A push subscription: what a person may choose, the browser's keys, and the token.

A subscription belongs to whoever holds its token; knowing the endpoint opens nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from todoke.core.errors import TodokeError
from todoke.core.words import LANGUAGES

#: a family with more children under 18 than this follows topics without cohorts
MAX_COHORTS = 6
#: follow + counter per topic must fit one commit (90 writes) with row, alias and audit
MAX_TOPICS = 40
#: how much a message may say on a locked screen
SHOWS = ("discreet", "title")
#: a pause longer than this is forgotten; leaving is one tap
MAX_PAUSE_SECONDS = 366 * 24 * 3600
#: RFC 8291 section 2: uncompressed P-256 point, and the authentication secret
P256DH_BYTES = 65
AUTH_BYTES = 16

_TO_BASE64 = bytes.maketrans(b"-_", b"+/")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_TOKEN = re.compile(r"([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Known:
    """What the published site offers to follow."""

    topics: frozenset[str]
    areas: frozenset[str]
    cohorts: frozenset[int]


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person follows. area None and cohorts () mean: none named, so only notices to
    the whole topic come. language, show: how a message speaks to her."""

    topics: tuple[str, ...]
    area: str | None
    cohorts: tuple[int, ...]
    language: str
    show: str


@dataclass(frozen=True, slots=True)
class Keys:
    """The browser's public key (65 bytes, on the curve) and auth secret (16 bytes)."""

    p256dh: bytes
    auth: bytes


# ------------------------------------------------------------------------- choices
def check_choices(
    given: Mapping[str, object], known: Known, before: Choices | None = None
) -> Choices:
    """The choices in ``given``; what it leaves out stays as ``before`` (if there is one).

    Old choices are kept even if the site no longer offers them. Raises ``missing_field`` or
    ``bad_field`` naming field and rule.
    """

    def pick(field: str, otherwise: object) -> object:
        if field in given:
            return given[field]
        if before is None and otherwise is None:
            raise TodokeError("missing_field", field=field)
        return otherwise

    old = before or Choices((), None, (), "ja", "discreet")
    topics = _topics(pick("topics", None), known) if before is None or "topics" in given else None
    area = _area(given["area"], known) if "area" in given else old.area
    cohorts = _cohorts(given["cohorts"], known) if "cohorts" in given else old.cohorts
    language = _one_of("language", pick("language", old.language), LANGUAGES)
    show = _one_of("show", pick("show", old.show), SHOWS)
    return Choices(old.topics if topics is None else topics, area, cohorts, language, show)


def _topics(value: object, known: Known) -> tuple[str, ...]:
    # none at all: a phone that only wants to be woken (core/alarm.py)
    items = _distinct("topics", value, MAX_TOPICS)
    for each in items:
        if not isinstance(each, str) or each not in known.topics:
            raise TodokeError("bad_field", field="topics", rule="known")
    return tuple(sorted(str(each) for each in items))


def _area(value: object, known: Known) -> str | None:
    if value is None or (isinstance(value, str) and value in known.areas):
        return value
    raise TodokeError("bad_field", field="area", rule="known")


def _cohorts(value: object, known: Known) -> tuple[int, ...]:
    found: list[int] = []
    for each in _distinct("cohorts", value, MAX_COHORTS):
        # bool is an int to Python, and 2023.0 == 2023: neither is a year here
        if type(each) is not int or each not in known.cohorts:
            raise TodokeError("bad_field", field="cohorts", rule="known")
        found.append(each)
    return tuple(sorted(found))


def _distinct(field: str, value: object, limit: int) -> Sequence[object]:
    if not isinstance(value, list):
        raise TodokeError("bad_field", field=field, rule="list")
    if len(value) > limit:
        raise TodokeError("bad_field", field=field, rule="at_most", limit=limit)
    for position, each in enumerate(value):
        if each in value[:position]:
            raise TodokeError("bad_field", field=field, rule="distinct")
    return value


def _one_of(field: str, value: object, allowed: Sequence[str]) -> str:
    if isinstance(value, str) and value in allowed:
        return value
    raise TodokeError("bad_field", field=field, rule="one_of", allowed=" ".join(allowed))


def check_pause(value: object, now: int) -> int | None:
    """Until when nothing is pushed (unix seconds), None for no pause. A moment already past
    is no pause. Raises ``bad_field``."""
    if value is None:
        return None
    if type(value) is not int or value > now + MAX_PAUSE_SECONDS:
        raise TodokeError("bad_field", field="paused_until", rule="unix_seconds_within_a_year")
    return value if value > now else None


# ------------------------------------------------------------------------- segments
def segment_cells(choices: Choices) -> dict[str, int]:
    """The cells "area|cohort" of the ``followers`` counter this person counts in ("*" = any).

    They mirror ``matches``: who named no area is in no area's cell, because a notice to one
    area will not reach her; so the audience shown is the audience reached.
    """
    cells = {"*|*": 1}
    for cohort in choices.cohorts:
        cells[f"*|{cohort}"] = 1
    if choices.area is not None:
        cells[f"{choices.area}|*"] = 1
        for cohort in choices.cohorts:
            cells[f"{choices.area}|{cohort}"] = 1
    return cells


def matches(
    area: str | None, cohorts: Sequence[object], *, to_area: str | None, to_cohort: int | None
) -> bool:
    """Whether a follow (area, cohorts) is in the segment a notice is addressed to."""
    return (to_area is None or area == to_area) and (to_cohort is None or to_cohort in cohorts)


# ------------------------------------------------------------------------- keys
def check_keys(given: object) -> Keys:
    """The two keys of ``PushSubscription.toJSON().keys``.

    Raises ``subscription_keys_refused`` naming the key and the rule. A point off the curve
    would leak our ephemeral key's residues (invalid-curve attack, RFC 8291 section 7).
    """
    if not isinstance(given, Mapping):
        raise TodokeError("subscription_keys_refused", field="keys", rule="object")
    p256dh = _key(given, "p256dh", P256DH_BYTES)
    auth = _key(given, "auth", AUTH_BYTES)
    if p256dh[0] != 0x04:  # SEC 1 section 2.3.3: 04 marks the uncompressed form
        raise TodokeError("subscription_keys_refused", field="p256dh", rule="uncompressed")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
    except ValueError:
        raise TodokeError("subscription_keys_refused", field="p256dh", rule="curve") from None
    return Keys(p256dh, auth)


def _key(given: Mapping[object, object], field: str, size: int) -> bytes:
    try:
        found = decode(given.get(field))
    except ValueError:
        raise TodokeError("subscription_keys_refused", field=field, rule="base64url") from None
    if len(found) != size:
        raise TodokeError("subscription_keys_refused", field=field, rule="bytes", limit=size)
    return found


def decode(text: object) -> bytes:
    """base64url (RFC 4648 section 5), padded or not, nothing else forgiven. Raises ValueError
    for a foreign character, wrong padding, or bits left over (two spellings of one key)."""
    if not isinstance(text, str) or len(text) > 1024:
        raise ValueError("not base64url text")
    bare = text.rstrip("=")
    if not _BASE64URL.fullmatch(bare) or len(bare) % 4 == 1:
        raise ValueError("not base64url")
    padding = "=" * (-len(bare) % 4)
    if text not in (bare, bare + padding):
        raise ValueError("wrong padding")
    found = base64.urlsafe_b64decode(bare + padding)
    if encode(found) != bare:
        raise ValueError("bits left over")
    return found


def stored(text: object) -> bytes:
    """The same of what ``encode`` wrote and a store kept: quicker, since it was judged before.
    Raises ValueError for what no encoder wrote."""
    bare = str(text).encode("ascii").translate(_TO_BASE64)
    return binascii.a2b_base64(bare + b"=" * (-len(bare) % 4), strict_mode=True)


def encode(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


# ------------------------------------------------------------------------- identity
def subscription_id(seal_key: bytes, endpoint: str, keys: Keys) -> str:
    """43 characters: HMAC-SHA-256 of the browser's triple, so that one browser has one row
    and nobody who knows the endpoint can work the id out."""
    triple = b"\0".join((b"subscription", endpoint.encode(), keys.p256dh, keys.auth))
    return encode(hmac.digest(seal_key, triple, hashlib.sha256))


def resource_id(seal_key: bytes, resource: str) -> str:
    """Tells rows of one push resource without holding its URL a second time."""
    return encode(hmac.digest(seal_key, b"resource\0" + resource.encode(), "sha256"))


def make_token(id: str, secret: bytes) -> str:
    """What the device keeps: "<id>.<secret>", secret = 32 random bytes."""
    return f"{id}.{encode(secret)}"


def split_token(token: str) -> tuple[str, str] | None:
    """(id, secret) of a token; None for anything that cannot be one."""
    parts = _TOKEN.fullmatch(token)
    return (parts[1], parts[2]) if parts else None


def hash_secret(secret: str) -> str:
    """What the server keeps of a token's secret: SHA-256, hex. (256 random bits need no
    slow hash: there is nothing to guess.)"""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_secret(secret: str, kept_hash: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(hash_secret(secret), kept_hash)


def endpoint_hash(endpoint: str) -> str:
    """What the phone compares its own endpoint with: base64url SHA-256."""
    return encode(hashlib.sha256(endpoint.encode()).digest())
