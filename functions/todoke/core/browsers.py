"""Which browser a session is in, as roughly as its owner needs to know it again.

Two words of the User-Agent header are kept and nothing else of it: the header as a whole would tell
one phone from another.
"""

from __future__ import annotations

#: what stands in the header -> the name a person knows; the first that is found counts, because
#: every browser also names those it came from (RFC 9110 section 10.1.5)
_BROWSERS = (
    ("Edg", "Edge"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
#: names of both kinds, and nothing a caller could have made up
NAMES = frozenset(name for _, name in (*_BROWSERS, *_SYSTEMS))


def told_apart(user_agent: str) -> str:
    """ "Firefox, Windows"; empty for a browser that is none of these."""
    found = (_first(user_agent, _BROWSERS), _first(user_agent, _SYSTEMS))
    return ", ".join(each for each in found if each)


def _first(user_agent: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for part, name in names if part in user_agent), "")
