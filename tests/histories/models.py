"""What each object of a city may do, written anew and small: the product is not asked.

A step gets the state and an act and gives the states that may follow; nothing when the act cannot
have been answered so. An act that is lost gives the states that doing it may lead to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tests.histories.linear import Act, Model

#: a token or a page whose number nobody was told
NOBODY_KNOWS = "?"


# ------------------------------------------------------------------------- one subscription
class Row(NamedTuple):
    """A browser's subscription. choices: sorted (name, value)."""

    token: str
    choices: tuple[tuple[str, Any], ...]


def subscription(row: Row | None, act: Act) -> Iterator[Row | None]:
    """follow(choices) → (new, token, choices); change(token, some choices) and read(token) →
    choices; leave(token). The token of the last follow is the only one."""
    if act.what == "follow":
        yield from _followed(row, act)
    elif act.result == "refused":
        stranger = row is not None if act.what == "leave" else True
        if act.answer == "token_refused" and stranger and _token(row) != act.given[0]:
            yield row
    elif act.what == "leave":
        if row is None or row.token == act.given[0]:
            yield None
    elif row is not None and row.token == act.given[0]:
        after = row if act.what == "read" else _changed(row, act.given[1])
        if act.lost or act.answer == after.choices:
            yield after


def _followed(row: Row | None, act: Act) -> Iterator[Row | None]:
    if act.lost:
        yield Row(f"{NOBODY_KNOWS}{act.invoked}", act.given)
    elif act.result == "ok":
        new, token, choices = act.answer
        if new == (row is None) and choices == act.given:
            yield Row(token, choices)


def _token(row: Row | None) -> str | None:
    return row.token if row else None


def _changed(row: Row, choices: tuple[tuple[str, Any], ...]) -> Row:
    return row._replace(choices=tuple(sorted({**dict(row.choices), **dict(choices)}.items())))


# ------------------------------------------------------------------------- one notice
class Sheet(NamedTuple):
    """A notice. stage: draft | asked | going | recalled. rank: how far a going one was seen to
    be. version: of its draft, or 0 when nobody can know it. approver: who."""

    stage: str
    title: str
    version: int
    writers: frozenset[str]
    approver: str = ""
    rank: int = 0


RANKS = ("approved", "sending", "sent")


def notice(sheet: Sheet | None, act: Act) -> Iterator[Sheet | None]:
    """write(title) comes first, once; then edit(version, title), ask, give_back, approve(title
    seen), recall, read → (stage, title), and look → withdrawn, the public page."""
    if act.what == "write":
        if sheet is None:
            yield Sheet("draft", act.given, 1, frozenset([act.client]))
        elif act.client in sheet.writers:
            yield sheet  # the same form once more
    elif sheet is not None and act.what in ("read", "look"):
        yield from _seen(sheet, act)
    elif sheet is not None and act.result == "refused":
        # an approval once more is refused as soon as the notice goes out
        if act.answer in _REFUSALS and (sheet.stage == "going" or not any(_done(sheet, act))):
            yield sheet
    elif sheet is not None:
        yield from _done(sheet, act)


_REFUSALS = ("notice_state", "notice_changed", "same_person")


def _done(sheet: Sheet, act: Act) -> Iterator[Sheet]:
    """The act, where it may be done; pressing twice is one."""
    stage, version = sheet.stage, sheet.version + 1
    if act.what == "edit" and stage == "draft" and sheet.version == act.given[0]:
        writers = sheet.writers | {act.client}
        yield sheet._replace(title=act.given[1], version=version, writers=writers)
    elif act.what == "ask" and stage in ("draft", "asked"):
        yield sheet if stage == "asked" else sheet._replace(stage="asked", version=version)
    elif act.what == "give_back" and stage == "asked":
        yield sheet._replace(stage="draft", version=version)
    elif act.what == "approve":
        if stage == "asked" and act.given == sheet.title and act.client not in sheet.writers:
            yield sheet._replace(stage="going", approver=act.client)
        elif act.client == sheet.approver and (stage, sheet.rank) == ("going", 0):
            yield sheet
    elif act.what == "recall" and stage in ("going", "recalled"):
        yield sheet._replace(stage="recalled")


def _seen(sheet: Sheet, act: Act) -> Iterator[Sheet]:
    if act.what == "look":
        public = ("recalled",) if act.answer else ("going", "recalled")
        if sheet.stage in public:
            yield sheet
        return
    if act.result == "refused":  # as if it had never been written: no sheet explains that
        return
    stage, title = act.answer
    if title != sheet.title:
        return
    if stage in RANKS and sheet.stage == "going" and RANKS.index(stage) >= sheet.rank:
        yield sheet._replace(rank=RANKS.index(stage))
    elif stage == sheet.stage or (stage, sheet.stage) == ("returned", "draft"):
        yield sheet


# ------------------------------------------------------------------------- its public page
def page(withdrawn: bool, act: Act) -> Iterator[bool]:
    """recall, and look → whether the page says that the notice was withdrawn."""
    if act.what == "recall":
        yield withdrawn or act.result != "refused"
    elif act.answer == withdrawn:
        yield withdrawn


# ------------------------------------------------------------------------- one filing
def filing(number: str | None, act: Act) -> Iterator[str | None]:
    """apply → its receipt number: however often the same is sent, the same number."""
    if act.lost:
        yield number or NOBODY_KNOWS
    elif act.result == "ok" and number in (None, NOBODY_KNOWS, act.answer):
        yield str(act.answer)


# ------------------------------------------------------------------------- one application
class Case(NamedTuple):
    """An application. phone: the answer that is asked back. by: the case worker of its state.
    note: hers. mended: the mending it came back with."""

    state: str
    version: int
    phone: str
    by: str = ""
    note: str = ""
    mended: tuple[int, str] = (0, "")


def application(case: Case | None, act: Act) -> Iterator[Case | None]:
    """filed(phone) first; return(version, note), decide(version, decision), mend(version, phone);
    read → (state, version, phone)."""
    if act.what == "filed":
        yield case or Case("submitted", 1, act.given)  # the same answers once more
    elif case is None:
        return
    elif act.what == "read":
        if act.answer == (case.state, case.version, case.phone):
            yield case
    elif act.result == "refused":
        if act.answer == "application_state" and not any(_moved(case, act)):
            yield case
    else:
        yield from _moved(case, act)


def _moved(case: Case, act: Act) -> Iterator[Case]:
    seen, said = act.given
    fits, after = seen == case.version, case._replace(version=case.version + 1)
    if act.what == "mend":
        if case.state == "returned" and fits:
            yield after._replace(state="submitted", phone=said, mended=(seen, said))
        elif case.state == "submitted" and case.mended == (seen, said):
            yield case
    elif act.what == "return":
        if case.state == "submitted" and fits:
            yield after._replace(state="returned", by=act.client, note=said)
        elif (case.state, case.by, case.note) == ("returned", act.client, said):
            yield case
    elif case.state == "submitted" and fits:
        yield after._replace(state=said, by=act.client, note="")
    elif (case.state, case.by) == (said, act.client):
        yield case


# ------------------------------------------------------------------------- one bill
class Due(NamedTuple):
    """A bill. ways: (page at the company, how far it came); at most one page is live. known:
    events that were taken."""

    state: str
    ways: frozenset[tuple[str, str]] = frozenset()
    known: frozenset[str] = frozenset()


#: a page only climbs; "live" is one a person may still pay on
CLIMB = ("live", "pending", "expired", "failed", "paid")


def bill(due: Due, act: Act) -> Iterator[Due]:
    """checkout → page; event(id, kind, page); read → state."""
    if act.what == "read":
        if act.answer == due.state:
            yield due
    elif act.what == "event":
        if act.result != "refused":
            yield _told(due, *act.given)
    elif act.result == "refused":
        if act.answer == "bill_state" and due.state not in ("open", "started"):
            yield due
    elif due.state in ("open", "started"):
        yield from _opened(due, NOBODY_KNOWS if act.lost else act.answer)


def _opened(due: Due, page: str) -> Iterator[Due]:
    pages = dict(due.ways)
    live = next((each for each, state in pages.items() if state == "live"), None)
    if live is None and page not in pages:
        yield due._replace(state="started", ways=due.ways | {(page, "live")})
    elif live == NOBODY_KNOWS and page not in pages:
        yield due._replace(ways=due.ways - {(live, "live")} | {(page, "live")})
    elif live is not None and page in (live, NOBODY_KNOWS):
        yield due


def _told(due: Due, event: str, kind: str, page: str) -> Due:
    pages, known = dict(due.ways), due.known | {event}
    before = pages.get(page, "live")
    if event in due.known or CLIMB.index(kind) <= CLIMB.index(before):
        return due._replace(known=known)
    pages[page] = kind
    return Due(_state(due.state, pages), frozenset(pages.items()), known)


def _state(before: str, pages: Mapping[str, str]) -> str:
    found = set(pages.values())
    if before == "paid" or "paid" in found:
        return "paid"
    if "pending" in found:
        return "awaiting"
    return "started" if "live" in found else "open"


# ------------------------------------------------------------------------- one letter
def letter(opened: int | None, act: Act) -> Iterator[int | None]:
    """opened → when that was first."""
    if act.lost:
        yield opened or -act.invoked
    elif act.result == "ok" and (opened is None or opened in (act.answer,) or opened < 0):
        yield int(act.answer)


MODELS: Mapping[str, Model] = {
    "subscription": Model(None, subscription, frozenset({"read"})),
    "notice": Model(None, notice, frozenset({"read", "look"})),
    "page": Model(False, page, frozenset({"look"})),
    "filing": Model(None, filing),
    "application": Model(None, application, frozenset({"read"})),
    "bill": Model(Due("open"), bill, frozenset({"read"})),
    "letter": Model(None, letter),
}
