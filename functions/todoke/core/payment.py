"""What a payment provider's news does to a bill: forward only, the same end in any order.

A provider sends each event at least once, in no order, for about three days. So every checkout
only climbs (``RANK``), the bill's state is read off its checkouts, and money is entered once
per checkout: however often and in whatever order events come, the end and the sum are the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from todoke.core.errors import TodokeError

#: a checkout never steps down: what arrives late and lower has no effect
RANK: Mapping[str, int] = {
    "asked": 0,
    "open": 1,
    "pending": 2,
    "expired": 3,
    "failed": 4,
    "differs": 5,
    "completed": 6,
}
#: what a provider's event makes of its checkout; other kinds say nothing about money
REACHED: Mapping[str, str] = {
    "pending": "pending",
    "expired": "expired",
    "failed": "failed",
    "paid": "completed",
}
#: why the cashier must look; of two the weightier stays on the bill
FLAGS = ("amount_differs", "overpaid")

#: how long a provider's page stays open for one bill, seconds. Stripe takes 30 minutes to 24 hours.
LIFE_SECONDS = 4 * 3600
#: a page about to close is not handed out again
CLOSING_SECONDS = 10 * 60
#: so long the same checkout is asked for again after a crash. Nobody was given its address
#: before it was stored, so one left behind can never be paid.
ASK_AGAIN_SECONDS = 10 * 60
#: after so long without an end a slip of a convenience store keeps nobody from paying: it was
#: good for days (adapters), and the provider told of its end for about three more
FORGOTTEN_SECONDS = 14 * 86_400
#: ways to the provider per bill; each leaves a record, and a real person needs two or three
MOST_CHECKOUTS = 50


@dataclass(frozen=True, slots=True)
class Way:
    """One checkout. state: see ``RANK``. yen: what was asked for. created_at: unix seconds."""

    state: str
    yen: int
    created_at: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """A bill and every way it was tried to be paid: checkout id -> way."""

    bill: str
    ways: Mapping[str, Way]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger. yen is signed: billed is positive, received is negative."""

    entry: str
    yen: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What an event does. entries: new lines of the ledger. notice: kind of the notice to the
    resident. flag: why the cashier must look."""

    standing: Standing
    entries: tuple[Entry, ...] = ()
    notice: str | None = None
    flag: str | None = None


def apply_event(standing: Standing, checkout: str, kind: str, yen: int) -> Effect:
    """The effect of one event on one checkout of the bill. yen: what the provider says it
    received; it counts only when it is what was asked for."""
    way = standing.ways[checkout]
    reached = REACHED.get(kind, way.state)
    differs = kind == "paid" and yen != way.yen
    if differs:
        reached = "differs"
    if RANK[reached] <= RANK[way.state]:
        return Effect(standing, flag="amount_differs" if differs else None)
    ways = {**standing.ways, checkout: replace(way, state=reached)}
    after = Standing(state_of(standing.bill, ways), ways)
    if reached != "completed":
        return Effect(after, flag="amount_differs" if differs else None)
    if standing.bill in ("paid", "withdrawn"):  # nothing was due any more
        return Effect(after, (Entry("overpaid", -way.yen),), "bill_overpaid", "overpaid")
    return Effect(after, (Entry("paid", -way.yen),), "bill_paid")


def state_of(bill: str, ways: Mapping[str, Way]) -> str:
    """The bill's state, read off its checkouts. What is paid or withdrawn stays so; money that
    is on its way, or came in another amount, keeps the bill from being paid a second time."""
    if bill in ("paid", "withdrawn"):
        return bill
    states = {way.state for way in ways.values()}
    if "completed" in states:
        return "paid"
    if states & {"pending", "differs"}:
        return "awaiting"
    return "started" if states & {"asked", "open"} else "open"


def heavier(first: str | None, second: str | None) -> str | None:
    """Of two flags the one that stays, whichever came first."""
    known = [each for each in (first, second) if each in FLAGS]
    return max(known, key=FLAGS.index) if known else None


def payable(standing: Standing, now: int) -> bool:
    """Whether the bill may be paid now. now: unix seconds. One that waits may not, unless all
    it waits for is a slip whose end nobody told us."""
    if standing.bill != "awaiting":
        return standing.bill in ("open", "started")
    waiting = [way for way in standing.ways.values() if way.state in ("pending", "differs")]
    return all(
        way.state == "pending" and now - way.created_at >= FORGOTTEN_SECONDS for way in waiting
    )


def reusable(standing: Standing, now: int, among: Collection[str]) -> str | None:
    """The checkout that a second click or another tab goes on with; None when a new one is
    needed. among: those of the company the city works with now.

    Raises ``bill_state`` when the bill cannot be paid now, or was tried too often."""
    if not payable(standing, now):
        raise TodokeError("bill_state", rule=f"bill_{standing.bill}")
    for id, way in standing.ways.items():
        if id not in among:
            continue
        age = now - way.created_at
        if way.state == "open" and age < LIFE_SECONDS - CLOSING_SECONDS:
            return id
        if way.state == "asked" and age < ASK_AGAIN_SECONDS:
            return id
    if len(standing.ways) >= MOST_CHECKOUTS:
        raise TodokeError("bill_state", rule="bill_tried_often")
    return None
