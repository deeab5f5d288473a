"""What a browser keeps to be known again at a door: chance, and the proof that it is ours. Pure.

A mark says that somebody came in with this browser before, and to whoever has no key nothing else.
"""

from __future__ import annotations

import hmac
import re

from todoke.core import sealed

#: half a year: the browser on a desk, the phone in a pocket
KNOWN_SECONDS = 180 * 86400
CHANCE_BYTES = 16
_SHAPE = r"[A-Za-z0-9_-]{22}\.[0-9a-f]{64}"
SHAPE = re.compile(_SHAPE)
_DATED = re.compile(rf"([1-9][0-9]{{0,6}})\.({_SHAPE})")


def mark(seal_key: bytes, purpose: str, whose: str, chance: str) -> str:
    """purpose: keeps the marks of two doors apart. whose: what this one is good for, and nothing
    else. chance: ``CHANCE_BYTES`` random bytes, base64url."""
    proof = sealed.blind(seal_key, purpose, f"{whose}\0{chance}")
    return f"{chance}.{proof}"


def holds(seal_key: bytes, purpose: str, whose: str, shown: str) -> bool:
    """Whether a mark is ours, of this purpose and good for this."""
    chance = shown.partition(".")[0]
    wanted = mark(seal_key, purpose, whose, chance)
    return hmac.compare_digest(wanted.encode(), shown.encode("utf-8", "replace"))


def dated(seal_key: bytes, purpose: str, chance: str, now: int) -> str:
    """A mark that is good until half a year from now and names nobody. now: unix seconds."""
    last = str((now + KNOWN_SECONDS) // 86400)
    return f"{last}.{mark(seal_key, purpose, last, chance)}"


def chance_of(seal_key: bytes, purpose: str, shown: str, now: int) -> str:
    """The chance of a dated mark, by which one browser is told from another; empty for one that is
    forged, over, or of another purpose."""
    found = _DATED.fullmatch(shown)
    if found is None or now // 86400 > int(found[1]):
        return ""
    whole = holds(seal_key, purpose, found[1], found[2])
    return found[2].partition(".")[0] if whole else ""
