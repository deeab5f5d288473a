"""What must hold of all objects together when a run has come to rest.

A history says what was answered; here is what must have come of it: counters are the sums of what
they count, money adds up, every act that was acknowledged stands in the record of acts once, and
each letter was written once. (``announced.py``: the same of notices and messages.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.histories import announced
from tests.histories.rest import MAYBE, Rest, equal, within
from tests.histories.scene import GONE, LETTERS, STEADY, Scene
from tests.parts.payer import YEN
from tests.parts.town import Phone
from todoke.journeys import bills, pay, verify

TOPICS = ("nursery", "vaccines")
BEFORE_THE_RUN = len(STEADY) + len((GONE, LETTERS))


def broken(scene: Scene) -> list[str]:
    """One sentence for each thing that does not hold."""
    rest = Rest(scene)
    parts = (
        followers(rest),
        subscriptions(rest),
        filings(rest),
        cases(rest),
        money(rest),
        letters_read(rest),
        letters_pushed(rest),
        announced.broken(rest),
        chained(rest),
    )
    return [each for part in parts for each in part]


def chained(rest: Rest) -> Iterator[str]:
    """Every act came into the chain of acts, once and as it was written."""
    report = verify.verify(rest.scene.calm)
    yield from (f"the chain: {each.what} {each.act}" for each in report.findings)
    yield from equal("entries in the chain", report.entries, sum(rest.recorded.values()))


# ------------------------------------------------------------------------- subscriptions
def followers(rest: Rest) -> Iterator[str]:
    """The counts that a clerk sees are those of the rows, and each row of an index has its
    subscription, which says the same."""
    for topic in TOPICS:
        expected: Counter[str] = Counter()
        for follow in rest.found("follows_by_topic", topic):
            row = rest.get("subscription", str(follow.data["subscription"]))
            if row is None or topic not in _texts(row.data["topics"]):
                yield f"{topic}: a follow without a subscription that wants it"
                continue
            shown = [(each.data["area"], each.data["cohorts"]) for each in (follow, row)]
            yield from equal(f"{topic}: area and years of a follow", shown[0], shown[1])
            area = [str(row.data["area"])] if row.data["area"] else []
            years = _texts(row.data["cohorts"])
            expected.update(f"{a}|{y}" for a in ("*", *area) for y in ("*", *years))
        yield from equal(f"{topic}: followers", rest.counter("followers", topic), dict(expected))


def subscriptions(rest: Rest) -> Iterator[str]:
    """Each act stands once in the record, and what was made and not ended is there."""
    number = {each: rest.recorded["subscription_" + each, "subscription"] for each in _ENDS}
    follows = rest.acts("subscription", "follow")
    new = sum(bool(each.answer[0]) for each in follows)
    lost = len(rest.acts("subscription", "follow", results=("unknown",)))
    yield from within("follows", number["made"] - BEFORE_THE_RUN, new, new + lost)
    changes = len(rest.acts("subscription", "change")) + len(follows) - new
    unsure = len(rest.acts("subscription", "change", results=("unknown",))) + lost
    yield from within("changes", number["changed"], changes, changes + unsure)
    left = len(rest.acts("subscription", "leave", results=MAYBE))
    yield from within("leavings", number["left"], 0, left)
    ended = number["left"] + number["gone"] + number["merged"]
    yield from equal("subscriptions", len(_rows(rest)), number["made"] - ended)


_ENDS = ("made", "changed", "left", "gone", "merged")


def _rows(rest: Rest) -> set[str]:
    """Everybody follows at least one topic."""
    return {
        str(each.data["subscription"])
        for topic in TOPICS
        for each in rest.found("follows_by_topic", topic)
    }


def _texts(value: object) -> list[str]:
    assert isinstance(value, list)
    return [str(each) for each in value]


# ------------------------------------------------------------------------- applications
def filings(rest: Rest) -> Iterator[str]:
    """What was acknowledged is there; what was sent twice is there once."""
    acts = rest.acts("filing", "apply", results=MAYBE)
    for resident in sorted({each.session.resident for each in rest.scene.citizens}):
        mine = [each for each in acts if each.thing.startswith(f"filing {resident}/")]
        known = {each.answer for each in mine if not each.lost}
        told = {each.thing for each in mine if not each.lost}
        unsure = {each.thing for each in mine} - told
        stored = {each.id for each in rest.found("applications_by_resident", resident)}
        if known - stored:
            yield f"lost: {sorted(known - stored)}"
        yield from within("applications nobody was told of", len(stored - known), 0, len(unsure))


def cases(rest: Rest) -> Iterator[str]:
    """Each version of an application is one act, in the record once, with one letter."""
    for id in sorted(rest.scene.board.filed):
        record, about = rest.get("application", id), f"application/{id}"
        if record is None:
            yield f"{id}: lost"
            continue
        acts = {each: rest.recorded[f"application_{each}", about] for each in _MOVES}
        yield from equal(f"{id}: filed", rest.recorded["application_submitted", about], 1)
        yield from equal(
            f"{id}: letters of receipt", rest.letters["application_received", about], 1
        )
        yield from equal(f"{id}: version", record.version, 1 + sum(acts.values()))
        for each, number in acts.items():
            yield from equal(f"{id}: letters", rest.letters[f"application_{each}", about], number)
        thing = f"application {id}"
        for what, number in (("return", acts["returned"]), ("mend", acts["mended"])):
            done, most = rest.count(thing, what), rest.count(thing, what, results=MAYBE)
            yield from within(f"{id}: {what}", number, done, most)
        decided = acts["accepted"] + acts["refused"]
        least = min(1, rest.count(thing, "decide"))
        yield from within(f"{id}: decided", decided, least, 1)


_MOVES = ("returned", "mended", "accepted", "refused")


# ------------------------------------------------------------------------- money
def money(rest: Rest) -> Iterator[str]:
    """The ledger holds each payment once, to the yen, and the bill and its letters agree."""
    for bill in sorted({each for citizen in rest.scene.citizens for each in citizen.bills}):
        yield from _one_ledger(rest, bill)
        yield from _one_record(rest, bill)


def _one_ledger(rest: Rest, bill: str) -> Iterator[str]:
    lines = bills.ledger(rest.scene.calm, bill)
    kinds, about = Counter(each.entry for each in lines), f"bill/{bill}"
    record = rest.get("bill", bill)
    assert record is not None
    events = rest.acts("bill", "event", results=MAYBE)
    paid = [each for each in events if each.thing == f"bill {bill}" and each.given[1] == "paid"]
    sure = {each.given[2] for each in paid if not each.lost}
    received = kinds["paid"] + kinds["overpaid"]
    yield from equal(f"{bill}: billed", kinds["billed"], 1)
    yield from within(f"{bill}: payments", received, len(sure), len({e.given[2] for e in paid}))
    yield from equal(f"{bill}: paid lines", kinds["paid"], min(1, received))
    yield from equal(f"{bill}: balance", bills.balance(lines), YEN - YEN * received)
    yield from equal(f"{bill}: is paid", record.data["state"] == "paid", received > 0)
    overpaid = "overpaid" if received > 1 else None
    yield from equal(f"{bill}: flag", record.data["flag"], overpaid)
    own = [each.event for each in lines if each.event]
    yield from equal(f"{bill}: events of the ledger", len(own), len(set(own)))
    letters = [rest.letters[kind, about] for kind in ("bill", "bill_paid", "bill_overpaid")]
    yield from equal(f"{bill}: letters", letters, [1, kinds["paid"], kinds["overpaid"]])


def _one_record(rest: Rest, bill: str) -> Iterator[str]:
    """Each event and each way to pay stands in the record of acts once."""
    record = rest.get("bill", bill)
    assert record is not None
    told = [each for each in rest.acts("bill", "event", results=MAYBE) if each.thing[5:] == bill]
    taken = {each.given[0] for each in told if _is_taken(rest, each.given[0])}
    sure = {each.given[0] for each in told if not each.lost}
    if sure - taken:
        yield f"{bill}: events that were taken and are gone: {sorted(sure - taken)}"
    noted = sum(rest.recorded[f"payment_{each}", f"bill/{bill}"] for each in _EVENTS)
    yield from equal(f"{bill}: events in the record", noted, len(taken))
    ways = len(_texts(record.data["checkouts"]))
    yield from equal(f"{bill}: ways", rest.recorded["payment_started", f"bill/{bill}"], ways)


_EVENTS = ("paid", "pending", "failed", "expired", "other", "overpaid", "amount_differs")


def _is_taken(rest: Rest, event: str) -> bool:
    return rest.get("payment_event", pay.event_id("pretend", event)) is not None


# ------------------------------------------------------------------------- letters
def letters_read(rest: Rest) -> Iterator[str]:
    """Whoever reads her letters sees that of every act that was acknowledged before."""
    for citizen in rest.scene.citizens:
        resident = citizen.session.resident
        written = [
            (act.answered, f"application_{kind}", f"/applications/{act.thing[12:]}")
            for what, kind in _TELLING
            for act in rest.acts("application", what)
            if rest.scene.board.filed.get(act.thing[12:]) == resident
        ]
        for look in rest.acts("inbox", "read"):
            if look.thing == f"inbox {resident}" and look.client == citizen.name:
                seen = {(kind, link) for _, kind, link in look.answer}
                missed = [e[1:] for e in written if e[0] < look.invoked and e[1:] not in seen]
                if missed:
                    yield f"{citizen.name} at {look.invoked} did not see {missed}"


#: act of a history -> the letter that tells of it
_TELLING = (("filed", "received"), ("return", "returned"), ("mend", "mended"))


def letters_pushed(rest: Rest) -> Iterator[str]:
    """The phone of a resident is told of each of her letters that she has not read, and of
    nobody else's."""
    own, endpoint = rest.scene.resident, Phone(LETTERS).endpoint
    sent = [e for e in rest.scene.push.sent if e.endpoint == endpoint and e.tag.startswith("A-")]
    told = {each.tag for each in sent if each.taken}
    hers = [each for each in rest.all_letters if each.data["resident"] == own]
    for letter in hers:
        if letter.data["opened_at"] is None and letter.id not in told:
            yield f"nobody was told of letter {letter.id}"
    strange = told - {each.id for each in hers}
    if strange:
        yield f"a phone was told of letters to somebody else: {sorted(strange)}"
