"""Which pages may ask: those that were named at the start, and those the person said yes to."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from card_bridge import protocol
from card_bridge.errors import BridgeError
from card_bridge.home import Home

FILE = "trust.json"
#: the page of a Todoke portal that takes the answer of a visit
RETURN_PATH = "/login.html"
_PATH = re.compile(r"/[A-Za-z0-9._~/-]{0,200}")


@dataclass(frozen=True, slots=True)
class Site:
    """A page that may ask. origin: as browsers write it. path: where a visit returns to."""

    origin: str
    path: str = RETURN_PATH

    @property
    def id(self) -> str:
        """What a visit names it by: 22 base64url characters that follow from the origin, so that
        a page knows its own. A name, not a secret."""
        digest = hashlib.sha256(b"todoke-card/1\0site\0" + self.origin.encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest[:16]).decode("ascii").rstrip("=")

    @property
    def return_url(self) -> str:
        """Where the answer of a visit goes, and nowhere else."""
        return self.origin + self.path


class Trust:
    """named: origins of the command line, for this run. pretend: a pretend card serves pages of
    this machine only, a real one those of https too."""

    def __init__(self, home: Home, named: Collection[str] = (), *, pretend: bool = False) -> None:
        self._home = home
        self._named = {each: Site(each) for each in named}
        self._pretend = pretend
        self._lock = threading.Lock()
        #: who got a no since the start: is not asked about again
        self._refused: set[str] = set()

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin could be trusted at all."""
        if protocol.is_local_origin(origin):
            return True
        return not self._pretend and protocol.is_origin(origin) and origin.startswith("https://")

    def sites(self) -> dict[str, Site]:
        """Every page that may ask, by origin; read anew each time, so that what the command
        line changes holds at once. A list that cannot be read trusts nobody."""
        try:
            kept = self._home.read(FILE)
            found = [Site(str(each["origin"]), str(each["path"])) for each in kept or ()]
        except (ValueError, TypeError, KeyError, RecursionError):
            found = []
        sound = {
            each.origin: each
            for each in found
            if self.allows(each.origin) and _PATH.fullmatch(each.path)
        }
        return {**sound, **self._named}

    def knows(self, origin: str) -> bool:
        """Whether a page of this origin may ask."""
        return origin in self._named or origin in self.sites()

    def site(self, name: str) -> Site | None:
        """The page that a visit names."""
        return next((each for each in self.sites().values() if each.id == name), None)

    def may_be_asked_about(self, origin: str) -> bool:
        """Whether the person may be asked: it could be trusted, and she has not said no."""
        return self.allows(origin) and origin not in self._refused

    def refuse(self, origin: str) -> None:
        """The person said no: she is not asked again until the bridge starts anew."""
        self._refused.add(origin)

    def add(self, origin: str, path: str = RETURN_PATH) -> Site:
        """Keeps a yes. Raises ``bad_request`` with ``origin`` or ``path``, ``home_refused`` when
        it cannot be kept."""
        if not self.allows(origin):
            raise BridgeError("bad_request", field="origin")
        if not _PATH.fullmatch(path):
            raise BridgeError("bad_request", field="path")
        site = Site(origin, path)
        self._replace(origin, [_line(site)])
        self._refused.discard(origin)
        return site

    def forget(self, origin: str) -> bool:
        """Takes a yes back; whether there was one."""
        before = origin in self.sites()
        self._replace(origin, [])
        return before

    def _replace(self, origin: str, lines: list[dict[str, str]]) -> None:
        with self._lock:
            try:
                kept = self._home.read(FILE) or []
                others = [each for each in kept if each["origin"] != origin]
                self._home.write(FILE, [*others, *lines])
            except (ValueError, TypeError, KeyError, RecursionError, OSError):
                raise BridgeError("home_refused", reason="unusable") from None


def _line(site: Site) -> dict[str, str]:
    since = datetime.now(UTC).date().isoformat()
    return {"origin": site.origin, "path": site.path, "since": since}
