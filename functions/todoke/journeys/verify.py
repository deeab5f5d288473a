"""Is the record of acts whole? Every link and every commitment is computed anew, every entry of the
store is asked for, and both are held against what was published (docs/adr/0032).

It reads a city that goes on working: what is written meanwhile is looked at once more before
anything is said of it, so only what is really wrong is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from todoke.core import audit_chain
from todoke.core.audit_chain import Anchor, Head, Link
from todoke.core.audit_report import Finding, Report
from todoke.journeys import batches, chain
from todoke.ports import MAX_PAGE, Record, Services
from todoke.store_schema.batches import SEALED

#: links read at once: one of them may hold a thousand entries
LINKS_AT_ONCE = 40

#: told how many entries were looked at, and of how many
Watch = Callable[[int, int], None]


@dataclass(slots=True)
class _Promised:
    """An entry as its link has it. met: whether the store has it. erased: whether a later link
    says that its years were over."""

    link: Link
    act: str
    mac: str
    met: bool = False
    erased: bool = False


@dataclass(slots=True)
class _Look:
    """What is known so far. next: number of the link to be read. last: the one before it, None
    where that is missing or altered. sound: number -> (hash, entries so far) of what is neither.
    begun: whether everything older than the chain was in it."""

    services: Services
    next: int = 1
    last: Link | None = None
    sound: dict[int, tuple[str, int]] = field(default_factory=dict)
    promised: dict[str, _Promised] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    total: int = 0
    linked_at: int = 0
    begun: bool = False


@dataclass(frozen=True, slots=True)
class _Ends:
    """The head before the links were read, and after: of a city that goes on working the links
    end between the two. None: there is one that this city did not write."""

    before: Head | None
    after: Head | None


def _nobody(_done: int, _total: int) -> None:
    """Watches nothing."""


def verify(services: Services, handed_in: Iterable[Anchor] = (), watch: Watch = _nobody) -> Report:
    """Looks at all of it. handed_in: anchors that somebody kept elsewhere. watch: hears how far it
    is."""
    look = _Look(services)
    # before the links, or they would be ahead of them
    anchors = [*_published(look), *chain.kept_anchors(services), *handed_in]
    ends = _read_links(look)
    others = _meet_all(look, watch)
    if not all(each.met or each.erased for each in look.promised.values()):
        ends = _read_links(look)  # what is missing may have been erased by rule meanwhile
    _name_removed(look)
    if others:
        pending = _pending(services) if any(map(_is_of_import, others)) else set[str]()
        ends = _read_links(look)  # some were taken into the chain while we read
    else:
        pending = set[str]()
    waiting, earlier = _judge_others(look, others, pending, ends.before)
    _judge_head(look, ends)
    return Report(
        findings=look.findings,
        links=look.next - 1,
        entries=look.total,
        waiting=waiting,
        earlier=earlier,
        linked_at=look.linked_at,
        anchored=_judge_anchors(look, anchors),
        erased=sum(each.erased for each in look.promised.values()),
    )


# ------------------------------------------------------------------------------- the links
def _read_links(look: _Look) -> _Ends:
    """All links there are, on from where we were."""
    before = _head(look.services)
    _read_those_there(look, before.number if before else 0)
    return _Ends(before, _head(look.services))


def _head(services: Services) -> Head | None:
    try:
        record = services.store.get("setting", chain.HEAD)
    except ValueError:  # what is stored is no JSON any more
        return None
    if record is None:
        return Head()
    return audit_chain.read_head(services.secrets.seal_key, record.data["value"])


def _some(services: Services, kind: str, ids: Sequence[str]) -> dict[str, Record]:
    """As the store has them; one whose text is no JSON any more is there, and empty."""
    try:
        return services.store.get_many(kind, ids)
    except ValueError:
        found = {id: _one(services, kind, id) for id in ids}
        return {id: each for id, each in found.items() if each is not None}


def _one(services: Services, kind: str, id: str) -> Record | None:
    try:
        return services.store.get(kind, id)
    except ValueError:
        return Record(kind, id, {})


def _links(look: _Look, first: int, end: int) -> dict[int, Record]:
    """Those there are from ``first`` to before ``end``, by number."""
    ids = {audit_chain.link_id(number): number for number in range(first, end)}
    found = _some(look.services, "chain_link", list(ids))
    return {ids[id]: found[id] for id in sorted(found)}


def _read_those_there(look: _Look, least: int) -> None:
    """Links page by page, until ``least`` is passed and a page is empty."""
    first = look.next
    while True:
        found = _links(look, first, first + LINKS_AT_ONCE)
        first += LINKS_AT_ONCE
        if not found and first > least:
            return
        for number, record in found.items():
            _ask_again_for_those_before(look, number)
            _miss_those_before(look, number)
            _take(look, number, record)


def _ask_again_for_those_before(look: _Look, end: int) -> None:
    """They were not there, and one behind them is. Links are written in order, so those that a
    tick wrote while we read are there by now."""
    for first in range(look.next, end, LINKS_AT_ONCE):
        found = _links(look, first, min(first + LINKS_AT_ONCE, end))
        for number, record in found.items():
            _miss_those_before(look, number)
            _take(look, number, record)


def _miss_those_before(look: _Look, end: int) -> None:
    if look.next < end:
        look.findings.append(Finding("link_missing", first=look.next, last=end - 1))
        look.next, look.last = end, None


def _take(look: _Look, number: int, record: Record) -> None:
    """One link: is it what was written, and does it follow the one before?"""
    look.next = number + 1
    link = audit_chain.read_link(record.data)
    if link is None or link.id != record.id or record.expires_at is not None:
        look.findings.append(Finding("link_altered", first=number, last=number))
        look.last = None
        return
    if _breaks(look, link):
        before = look.last.number if look.last else number
        look.findings.append(Finding("link_altered", first=before, last=number))
    for id, act, mac in link.promises:
        if link.what == audit_chain.ERASED:
            _let_go(look, link, id, act)
        elif id in look.promised:
            look.findings.append(Finding("twice", id, act, _time_in(id)))
        else:
            look.promised[id] = _Promised(link, act, mac)
    look.begun = look.begun or link.what == audit_chain.BEGUN
    look.last, look.total, look.linked_at = link, link.total, link.at
    look.sound[number] = (link.hash, link.total)


def _let_go(look: _Look, link: Link, id: str, act: str) -> None:
    """An entry that this link calls erased by rule; it has to be old enough for any rule."""
    if link.at - _time_in(id) < audit_chain.LEAST_KEPT_SECONDS:
        look.findings.append(Finding("removed", id, act, _time_in(id)))
    if id in look.promised:  # else its link is missing, which is named by itself
        look.promised[id].erased = True


def _breaks(look: _Look, link: Link) -> bool:
    """Whether a link that is sound in itself does not belong behind the last one. Of one that is
    missing or altered nothing is known, so what follows it is believed."""
    if link.what == audit_chain.EARLIER and look.begun:
        return True
    if look.last is None:
        return link.number == 1 and (link.before != "" or link.total != link.added)
    total = look.last.total + link.added
    return link.before != look.last.hash or link.total != total


# ------------------------------------------------------------------------------ the entries
def _meet_all(look: _Look, watch: Watch) -> list[Record]:
    """Asks the store for every entry; those that no link names."""
    others, cursor, done = list[Record](), None, 0
    while True:
        try:
            page = look.services.store.walk("audit", MAX_PAGE, cursor)
        except ValueError:  # one of them is no JSON any more; those of a link are asked for by id
            look.findings.append(Finding("unreadable"))
            return others
        others += [each for each in page.records if not _met(look, each)]
        cursor, done = page.cursor, done + len(page.records)
        watch(done, max(done, len(look.promised)) + (cursor is not None))
        if cursor is None:
            return others


def _met(look: _Look, entry: Record) -> bool:
    """Holds an entry against its link; False where none names it."""
    promised = look.promised.get(entry.id)
    if promised is None:
        return False
    if not promised.met:
        promised.met = True
        if promised.erased:
            look.findings.append(_of("inserted", entry, promised.act))
        elif not _as_promised(look.services, entry, promised):
            look.findings.append(_of("altered", entry, promised.act))
    return True


def _as_promised(services: Services, entry: Record, promised: _Promised) -> bool:
    key, salt = services.secrets.seal_key, promised.link.salt
    if entry.data.get("chain") is not None or entry.expires_at is not None:
        return False
    return audit_chain.holds(key, entry.id, entry.data, promised.mac, salt)


def _name_removed(look: _Look) -> None:
    """What a link names and no page had. Asked for once more, by id: a list may have missed it."""
    missing = [id for id, each in look.promised.items() if not each.met and not each.erased]
    for place in range(0, len(missing), MAX_PAGE):
        ids = missing[place : place + MAX_PAGE]
        found = _some(look.services, "audit", ids)
        for id in ids:
            if id in found:
                _met(look, found[id])
            else:
                look.promised[id].met = True
                gone = Finding("removed", id, look.promised[id].act, _time_in(id))
                look.findings.append(gone)


def _is_of_import(entry: Record) -> bool:
    """An entry that waits, and not among those of the day."""
    return entry.data.get("chain") is None and entry.data.get("mac") is not None


def _pending(services: Services) -> set[str]:
    """Entries of sealed imports that no link has yet."""
    pending, cursor = set[str](), None
    while True:
        page = services.store.find("batches", SEALED, limit=MAX_PAGE, cursor=cursor)
        for each in page.records:
            done, _ = chain.done_of(services, each.id)
            for part in range(done, batches.whole(each, "parts")):
                pending.update(chain.entries_of_part(services, each.id, part))
        cursor = page.cursor
        if cursor is None:
            return pending


def _judge_others(
    look: _Look, others: Sequence[Record], pending: set[str], head: Head | None
) -> tuple[int, int]:
    """What no link named when we began: how many wait, and how many are older than the chain; the
    rest is named."""
    waiting = earlier = 0
    fresh = head == Head() and look.next == 1  # brought up to date, and no tick since
    marking = (fresh or (head is not None and head.marking is not None)) and not look.begun
    for entry in others:
        promised = look.promised.get(entry.id)
        if promised is not None:  # taken in meanwhile
            found = _one(look.services, "audit", entry.id)
            if found is None:
                gone = Finding("removed", entry.id, promised.act, _time_in(entry.id))
                look.findings.append(gone)
            else:
                _met(look, found)
            continue
        said = _unlinked(look.services, entry, pending, marking=marking)
        waiting, earlier = waiting + (said == "waiting"), earlier + (said == "earlier")
        if said not in ("waiting", "earlier"):
            look.findings.append(_of(said, entry))
    return waiting, earlier


def _unlinked(services: Services, entry: Record, pending: set[str], *, marking: bool) -> str:
    data = entry.data
    if data.get("salt") is None and data.get("mac") is None and data.get("chain") is None:
        return "earlier" if marking else "inserted"
    key, salt = services.secrets.seal_key, str(data.get("salt"))
    promised = str(data.get("mac"))
    sound = data.get("salt") is not None and entry.expires_at is None
    if not sound or not audit_chain.holds(key, entry.id, data, promised, salt):
        return "altered"
    if data.get("chain") == audit_chain.WAITING or entry.id in pending:
        return "waiting"
    return "unchained" if data.get("chain") is None else "altered"


def _of(what: str, entry: Record, act: str = "") -> Finding:
    return Finding(what, entry.id, act or str(entry.data.get("act", "")), _time_in(entry.id))


def _time_in(id: str) -> int:
    """An entry's id begins with its second, and is what cannot be altered without being missed."""
    seconds = id.partition("-")[0]
    return int(seconds) if seconds.isascii() and seconds.isdecimal() else 0


# --------------------------------------------------------------------- the head, the anchors
def _judge_head(look: _Look, ends: _Ends) -> None:
    """The head is signed, so it says where the chain ended when somebody last lengthened it."""
    before, after, last = ends.before, ends.after, look.next - 1
    if before is None or after is None:
        look.findings.append(Finding("head_altered"))
        return
    if before.number > last:
        look.findings.append(Finding("link_missing", first=last + 1, last=before.number))
    if after.number < last:
        look.findings.append(Finding("head_altered"))
    for head in {before.number: before, after.number: after}.values():
        there = look.sound.get(head.number)
        if there is not None and there != (head.hash, head.total):
            look.findings.append(Finding("link_altered", first=head.number, last=head.number))


def _published(look: _Look) -> list[Anchor]:
    """What the public file says, read before the links: it must not be ahead of them."""
    found = chain.published_anchors(look.services)
    if found is None and look.services.store.get("setting", chain.PUBLISHED) is not None:
        look.findings.append(Finding("anchors_missing"))
    return found or []


def _judge_anchors(look: _Look, anchors: Iterable[Anchor]) -> Anchor | None:
    """Holds the chain against what was published of it; the last anchor that it fits."""
    fits: Anchor | None = None
    ahead: Anchor | None = None
    for each in sorted(set(anchors), key=lambda each: (each.links, each.day)):
        if each.links >= look.next:
            ahead = each
        elif look.sound.get(each.links) == (each.root, each.entries):
            fits = each
        else:
            look.findings.append(Finding("anchor_differs", day=each.day, last=each.links))
    if ahead is not None:  # of several the last says it all
        fewer = max(0, ahead.entries - look.total)
        first, last = look.next, ahead.links
        gone = Finding("truncated", entries=fewer, day=ahead.day, first=first, last=last)
        look.findings.append(gone)
    return fits
