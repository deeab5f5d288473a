"""The record of acts as a chain (docs/adr/0032): each entry has a commitment, a link binds the
commitments of some entries to the link before it, and the head says where the chain ends.

A commitment is an HMAC under the installation's key over the entry and its own salt: whoever
sees a link learns nothing of an entry that was erased, and whoever changes an entry in the store
cannot make the commitment that would fit it. The hash of a link is plain SHA-256, so that it may
be published: it tells nothing, and it holds everything before it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from todoke.core import sealed

#: what the index of entries without a link is asked for
WAITING = "waiting"
#: what a link holds: acts of the day, rows of an import, entries from before the chain, and
#: (empty) the mark behind the last of those; or it takes none in, and names entries whose years
#: of keeping were over: they were erased in the commit that wrote it
ACTS, ROWS, EARLIER, BEGUN, ERASED = "acts", "rows", "earlier", "begun", "erased"
#: a rule has a year at least, so nothing younger goes by one
LEAST_KEPT_SECONDS = 365 * 86_400
#: fields of an entry that its commitment leaves out: itself, and where it waits
_BESIDE = ("mac", "chain")
#: letters of a link's number as an id: enough for a link a second, for thirty thousand years
_WIDTH = 12
SALT_BYTES = 16

#: (id, act, commitment) of one entry
Promise = tuple[str, str, str]


def commitment(seal_key: bytes, id: str, data: Mapping[str, Any], salt: str) -> str:
    """What a link holds of an entry; HMAC-SHA-256, hex. salt: of the entry, or of its link where
    the entry is older than the chain."""
    held = {name: value for name, value in data.items() if name not in _BESIDE}
    return sealed.blind(seal_key, "audit entry", _text([id, salt, held]))


def holds(seal_key: bytes, id: str, data: Mapping[str, Any], promised: str, salt: str) -> bool:
    """Whether an entry is what was promised. salt: of its link."""
    own = data.get("salt")
    if own is None and not salt:
        return False  # a link of newer entries names one whose salt was taken away
    made = commitment(seal_key, id, data, salt if own is None else str(own))
    same = hmac.compare_digest(made, promised)
    return same and data.get("mac") == (None if own is None else promised)


@dataclass(frozen=True, slots=True)
class Link:
    """before: hash of the link before, "" for the first. promises: its entries. salt: for those
    that have none. total: entries of the chain so far. at: unix seconds."""

    number: int
    before: str
    what: str
    promises: Sequence[Promise]
    salt: str
    total: int
    at: int

    @property
    def added(self) -> int:
        """How many entries it took into the chain."""
        return 0 if self.what == ERASED else len(self.promises)

    @property
    def hash(self) -> str:
        """SHA-256 over everything it holds, hex."""
        return hashlib.sha256(_text(self._held()).encode()).hexdigest()

    @property
    def id(self) -> str:
        """As which it is stored."""
        return link_id(self.number)

    def data(self) -> dict[str, Any]:
        """As it is stored."""
        return {**self._held(), "hash": self.hash}

    def _held(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "before": self.before,
            "what": self.what,
            "entries": [[*each] for each in self.promises],
            "salt": self.salt,
            "total": self.total,
            "at": self.at,
        }


def link_id(number: int) -> str:
    """Id of a link by its number; the first is 1."""
    return f"{number:0{_WIDTH}d}"


def read_link(data: Mapping[str, Any]) -> Link | None:
    """A stored link; None where it is not what was written."""
    try:
        promises = [(str(id), str(act), str(mac)) for id, act, mac in data["entries"]]
        found = Link(
            number=int(data["number"]),
            before=str(data["before"]),
            what=str(data["what"]),
            promises=promises,
            salt=str(data["salt"]),
            total=int(data["total"]),
            at=int(data["at"]),
        )
    except (KeyError, TypeError, ValueError):
        return None
    # as texts: for Python 1 is True
    return found if _text(found.data()) == _text(dict(data)) else None


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends. number: links. hash: of the last. total: entries. marking: how far
    the entries from before the chain are taken in: ``{"after": unix}``, ``{"cursor": text}``, or
    None once they are. It is signed, so nobody who has only the store can move it."""

    number: int = 0
    hash: str = ""
    total: int = 0
    marking: Mapping[str, Any] | None = None

    def text(self, seal_key: bytes) -> str:
        """As it is stored."""
        held = self._held()
        return _text({**held, "mac": sealed.blind(seal_key, "audit head", _text(held))})

    def after(self, link: Link) -> Head:
        """The head once this link is its last."""
        return replace(self, number=link.number, hash=link.hash, total=link.total)

    def next(
        self, what: str, promises: Sequence[Promise], at: int, salt: str = ""
    ) -> tuple[Head, Link]:
        """One more link, and the head behind it."""
        link = Link(self.number + 1, self.hash, what, promises, salt, self.total, at)
        link = replace(link, total=self.total + link.added)
        return self.after(link), link

    def _held(self) -> dict[str, Any]:
        marking = None if self.marking is None else dict(self.marking)
        return {
            "number": self.number,
            "hash": self.hash,
            "total": self.total,
            "marking": marking,
        }


def read_head(seal_key: bytes, text: object) -> Head | None:
    """A stored head; None where it is not what this installation wrote."""
    try:
        data = json.loads(str(text))
        found = Head(data["number"], data["hash"], data["total"], data["marking"])
        signed = found.text(seal_key).encode()
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if hmac.compare_digest(signed, str(text).encode("utf-8", "replace")) else None


@dataclass(frozen=True, slots=True)
class Anchor:
    """What is published of the chain once a day. day: "2026-11-23". links, entries: how many it
    had. root: hash of the last link."""

    day: str
    links: int
    entries: int
    root: str

    def shown(self) -> dict[str, Any]:
        """As it is published."""
        return {"day": self.day, "entries": self.entries, "links": self.links, "root": self.root}


def read_anchors(value: object) -> list[Anchor] | None:
    """The anchors in a published file, of a day or of all; None where it is no such file."""
    if not isinstance(value, dict):
        return None
    listed = value.get("anchors", [value])
    found = [_anchor(each) for each in listed] if isinstance(listed, list) else [None]
    return None if None in found else cast("list[Anchor]", found)


def _anchor(value: object) -> Anchor | None:
    if not isinstance(value, dict):
        return None
    day, root = value.get("day"), value.get("root")
    links, entries = value.get("links"), value.get("entries")
    if not isinstance(day, str) or not isinstance(root, str):
        return None
    if type(links) is not int or type(entries) is not int or links < 1 or entries < 0:
        return None
    return Anchor(day, links, entries, root)


def _text(value: object) -> str:
    """One text for one value, whatever made it: ASCII, names sorted, no space."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
