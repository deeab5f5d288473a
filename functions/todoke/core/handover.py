"""One browser is let in by another: the number that both must know, and the picture. Pure.

The number is two digits. It is shown in the browser that asks and typed in the one that allows, so
nobody allows what she does not see; a wrong one ends the matter: a guess is worth one in ninety.
"""

from __future__ import annotations

import re
import unicodedata

from todoke.core import qr

#: long enough to take out a phone and log in on it
SECONDS = 3 * 60
#: two digits, none of which is left away in writing
NUMBERS = range(10, 100)
#: letters of the code behind the picture: 256 bits in base64url
CODE_LETTERS = 43
#: how often the browser that waits may ask: (seconds since it began, seconds until next time)
_PATIENCE = ((20, 2), (60, 3), (SECONDS, 5))
_CODE = re.compile(rf"[A-Za-z0-9_-]{{{CODE_LETTERS}}}")


def is_code(text: str) -> bool:
    """Whether it has the shape of one."""
    return bool(_CODE.fullmatch(text))


def number(typed: str) -> int | None:
    """What somebody typed, in any width and with blanks around; None for no two digits."""
    plain = unicodedata.normalize("NFKC", typed[:20]).strip()
    return int(plain) if re.fullmatch("[1-9][0-9]", plain) else None


def wait(seconds: int) -> int:
    """Seconds until a browser that has waited for ``seconds`` asks again."""
    return next((pause for until, pause in _PATIENCE if seconds < until), _PATIENCE[-1][1])


def picture(text: str) -> list[str]:
    """A QR code (ISO/IEC 18004) of a text: rows of 0 and 1, with the quiet zone around it that
    readers need (4 modules)."""
    rows = ["".join("01"[each] for each in row) for row in qr.matrix(text) or []]
    beside, empty = "0" * qr.QUIET, ["0" * (len(rows) + 2 * qr.QUIET)] * qr.QUIET
    return [*empty, *(f"{beside}{row}{beside}" for row in rows), *empty]
