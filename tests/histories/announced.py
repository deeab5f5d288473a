"""What must have come of every notice and of every message when a run has come to rest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tests.histories.citizen import MOVING
from tests.histories.faults import Pushed
from tests.histories.linear import Act
from tests.histories.rest import MAYBE, Rest, equal, within
from tests.histories.scene import GONE, STEADY
from tests.parts.town import Phone
from todoke.ports import Record

#: acts that write a notice anew, once each
_WRITES = ("edited", "asked", "given_back", "approved", "recalled", "published", "sent")
#: the thread in which a run is brought to rest: nothing can be under way there
AT_REST = "MainThread"


def broken(rest: Rest) -> Iterator[str]:
    """One sentence for each thing that does not hold."""
    feed = _feed(rest)
    for id in sorted(rest.scene.board.notices):
        record = rest.get("notice", id)
        if record is None:
            yield f"{id}: lost"
            continue
        yield from _record(rest, record)
        yield from _public(rest, record, feed)
        yield from _reached(rest, record)
    yield from _numbers(rest, feed)
    yield from _one_copy(rest)
    yield from _silent_after_recall(rest)
    yield from _silent_after_leaving(rest)
    yield from _forgotten(rest)
    yield from _nothing_waits(rest)


def _record(rest: Rest, record: Record) -> Iterator[str]:
    """Each version is one act, in the record of acts once."""
    id, thing = record.id, f"notice {record.id}"
    acts = {each: rest.recorded[each, f"notice/{id}"] for each in _WRITES}
    yield from equal(f"{id}: drafted", rest.recorded["drafted", f"notice/{id}"], 1)
    dated = int(record.data["published_at"] is not None)
    yield from equal(f"{id}: version", record.version, 1 + sum(acts.values()) + dated)
    for what, noted in (("edit", "edited"), ("give_back", "given_back")):
        done, most = rest.count(thing, what), rest.count(thing, what, results=MAYBE)
        yield from within(f"{id}: {noted}", acts[noted], done, most)
    for what, noted in (("ask", "asked"), ("approve", "approved"), ("recall", "recalled")):
        most = rest.count(thing, what, results=MAYBE)
        least = min(1, rest.count(thing, what))
        yield from within(f"{id}: {noted}", acts[noted], least, most)
    for once in ("approved", "recalled", "published", "sent"):
        yield from within(f"{id}: {once}", acts[once], 0, 1)


def _public(rest: Rest, record: Record, feed: Mapping[str, bool]) -> Iterator[str]:
    """What was approved is published once and sent to the end, or recalled and marked so."""
    id, state = record.id, record.data["state"]
    going = rest.recorded["approved", f"notice/{id}"] == 1
    recalled = rest.recorded["recalled", f"notice/{id}"] == 1
    if going:
        yield from equal(f"{id}: state", state, "recalled" if recalled else "sent")
    published = record.data["published_at"] is not None
    if going and not recalled:
        yield from equal(f"{id}: published", rest.recorded["published", f"notice/{id}"], 1)
    if published:
        yield from equal(f"{id}: withdrawn in the feed", feed.get(id), recalled)
        page = rest.scene.calm.blobs.get(f"notices/{id}.json")
        shown = json.loads(page.body)["withdrawn"] if page else None
        yield from equal(f"{id}: withdrawn on its page", shown, recalled)
    elif id in feed:
        yield f"{id}: in the feed and never published"


def _reached(rest: Rest, record: Record) -> Iterator[str]:
    """A notice that stands came to every phone that followed all the time; what nobody approved
    came to none."""
    id = record.id
    taken = {each.endpoint for each in rest.scene.push.sent if each.tag == id and each.taken}
    if record.data["state"] == "sent":
        missed = [number for number in STEADY if Phone(number).endpoint not in taken]
        if missed:
            yield f"{id}: not pushed to phones {missed}"
        accepted = rest.counter("delivery", id).get("accepted", 0)
        yield from within(f"{id}: accepted", int(str(accepted)), len(STEADY), len(taken))
    elif record.data["state"] in ("draft", "asked") and taken:
        yield f"{id}: pushed, and nobody approved it"


def _feed(rest: Rest) -> dict[str, bool]:
    """Notice -> whether it is marked as withdrawn."""
    blob = rest.scene.calm.blobs.get("feeds/all.json")
    found: list[dict[str, Any]] = json.loads(blob.body) if blob else []
    return {each["id"]: each["withdrawn"] for each in found}


def _numbers(rest: Rest, feed: Mapping[str, bool]) -> Iterator[str]:
    """Notices are numbered without a gap, and one form made one of them."""
    stored = {each.id for each in rest.found("notices", "all")}
    expected = {f"N-{rest.year}-{number:04d}" for number in range(1, len(stored) + 1)}
    yield from equal("numbers of notices", sorted(stored), sorted(expected))
    forms = rest.acts("form", "write", results=MAYBE)
    told = {each.thing for each in forms if not each.lost}
    made, unsure = len({each.answer for each in forms if not each.lost}), {e.thing for e in forms}
    yield from within("notices", len(stored), made, made + len(unsure - told))
    if set(feed) - stored:
        yield f"in the feed and not there: {sorted(set(feed) - stored)}"


# ------------------------------------------------------------------------- messages
def _one_copy(rest: Rest) -> Iterator[str]:
    """Copies of one message replace each other: one tag has one topic on one phone."""
    topics: dict[tuple[str, str], set[str]] = {}
    for each in rest.scene.push.sent:
        if each.endpoint not in {Phone(number).endpoint for number in MOVING}:
            topics.setdefault((each.endpoint, each.tag), set()).add(each.topic)
    for (endpoint, tag), found in topics.items():
        if len(found) > 1:
            yield f"{tag}: copies that stand side by side on {endpoint}"


def _silent_after_recall(rest: Rest) -> Iterator[str]:
    """After a recall was acknowledged each worker sends at most the one message it had just
    looked at."""
    for act in rest.acts("notice", "recall"):
        id = act.thing.partition(" ")[2]
        later = [e for e in rest.scene.push.sent if e.tag == id and e.at > act.answered]
        yield from _too_many(f"{id}: pushed after its recall", later)


def _silent_after_leaving(rest: Rest) -> Iterator[str]:
    """The same of a phone that left, until it follows again."""
    follows = rest.acts("subscription", "follow", results=MAYBE)
    for act in rest.acts("subscription", "leave"):
        again = [each for each in follows if each.thing == act.thing]
        if any(_meet(each, act) for each in again):
            continue
        until = min((e.invoked for e in again if e.invoked > act.answered), default=1 << 62)
        endpoint = Phone(int(act.thing.partition(" ")[2])).endpoint
        later = [
            each
            for each in rest.scene.push.sent
            if each.endpoint == endpoint and act.answered < each.at < until
        ]
        yield from _too_many(f"{act.thing}: pushed after it left", later)


def _meet(follow: Act, leave: Act) -> bool:
    """What was lost has ended as well when its client went on."""
    return follow.invoked < leave.answered and follow.answered > leave.invoked


def _too_many(what: str, later: list[Pushed]) -> Iterator[str]:
    for worker, number in sorted(Counter(each.worker for each in later).items()):
        if number > (worker != AT_REST):
            yield f"{what}: {number} by {worker}"


def _forgotten(rest: Rest) -> Iterator[str]:
    """Of all phones only the one that its service has forgotten may be removed, once. (A crash
    right before that leaves it to its next message.)"""
    endpoint = Phone(GONE).endpoint
    asked = any(each.endpoint == endpoint for each in rest.scene.push.sent)
    removed = rest.recorded["subscription_gone", "subscription"]
    yield from within("phones removed as gone", removed, 0, int(asked))
    follows = rest.found("follows_by_topic", "nursery")
    rows = [rest.get("subscription", str(each.data["subscription"])) for each in follows]
    left = {str(each.data["endpoint"]) for each in rows if each}
    missed = [number for number in STEADY if Phone(number).endpoint not in left]
    yield from equal("phones that were removed", missed, [])


def _nothing_waits(rest: Rest) -> Iterator[str]:
    """The outbox is empty and no job was given up."""
    waiting = sorted(each.id for each in rest.found("outbox_due", "waiting"))
    yield from equal("outbox", waiting, [])
    yield from equal("jobs given up", len(rest.scene.calm.queue.dead_letters()), 0)
