"""What a look at the record of acts has found (``journeys/verify.py``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from todoke.core.audit_chain import Anchor


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written.

    what: altered | removed | inserted | unchained | twice (an entry: id, act, at);
    link_missing | link_altered (links ``first`` to ``last``, and the entries they held);
    head_altered; truncated (by the anchor of ``day``, ``entries`` fewer than published);
    anchor_differs (``day``); anchors_missing (published, and no longer to be read);
    unreadable (an entry is no JSON any more, so those that no link names were not looked at).
    at: unix seconds, 0 where nobody knows."""

    what: str
    id: str = ""
    act: str = ""
    at: int = 0
    first: int = 0
    last: int = 0
    entries: int = 0
    day: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. links, entries: of the chain. waiting: entries that the next links will take.
    earlier: from before the chain, not yet taken in. linked_at: unix seconds of the last link, 0
    for none. anchored: the last anchor that holds. erased: entries whose years of keeping were
    over: a link says so, and they are gone."""

    findings: Sequence[Finding]
    links: int
    entries: int
    waiting: int
    earlier: int
    linked_at: int
    anchored: Anchor | None
    erased: int = 0
