"""The one-time code of a letter, which links a card to a resident of the register.

12 letters of Crockford's base 32 (no I, L, O, U), in groups of four: "7K3M-9QXR-2TVA". That is
60 bits, and an account may try five before it waits (journeys/login.py), so nobody guesses one.
"""

from __future__ import annotations

import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LETTERS = 12
_GROUP = 4
#: more than any way of writing 12 letters needs; what is longer is not even looked at
MAX_TYPED = 64
#: what people read in place of a letter that the alphabet leaves out (Crockford, Base32)
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new() -> str:
    """A fresh code, as it is printed."""
    return printed("".join(secrets.choice(ALPHABET) for _ in range(LETTERS)))


def printed(letters: str) -> str:
    """The 12 letters in groups of four."""
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def read(typed: str) -> str | None:
    """The 12 letters of what somebody typed: small letters, full-width ones, spaces and hyphens
    of any kind, O for 0 and I or L for 1 are fine. None when it cannot be a code."""
    if len(typed) > MAX_TYPED:
        return None
    wide = unicodedata.normalize("NFKC", typed)
    kept = "".join(each for each in wide if not _is_between(each)).upper().translate(_MISREAD)
    return kept if len(kept) == LETTERS and all(each in ALPHABET for each in kept) else None


def _is_between(letter: str) -> bool:
    """Spaces, and everything that looks like a hyphen (a kana keyboard types ー for it)."""
    return letter.isspace() or letter in "ー−_." or unicodedata.category(letter) == "Pd"
