"""What becomes of one delivery after an answer: rules only, no store and no clock.

Two kinds of failure. Theirs (busy, unreachable, breaker open) is a retry and no try: it goes
on until the notice ends. Ours (a defect, a crash, a refusal of this one message) has
``MAX_TRIES`` tries and then waits, dead, for a person to ``redrive``.
"""

from __future__ import annotations

from dataclasses import dataclass

from todoke.core.push_message import MAX_RETRY_AFTER, MAX_TTL

#: AWS advises at least 5; with the waits below, eight tries span about an hour
MAX_TRIES = 8
#: shortest and longest wait of ours between attempts, seconds
SHORTEST_WAIT = 30
LONGEST_WAIT = 3600
#: an outage of so many seconds ends for everybody within a minute: until then a service that says
#: nothing is asked again after the shortest wait. The breaker keeps that to one question at a time.
PROMPT_SECONDS = 900
#: retries come back spread over a quarter of the wait, at least ten seconds
SPREAD = 0.25
SHORTEST_SPREAD = 10
#: no retry is put off by more than this, seconds: the longest wait a service may ask for, spread
LATEST_RETRY = int(MAX_RETRY_AFTER * (1 + SPREAD)) + 1


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a delivery stands. state: accepted | retry | dead | skipped. status: last HTTP
    status. reason: why it is dead (tries | blocked | ended). due_at: unix seconds of the
    next attempt, 0 for none."""

    state: str
    tries: int = 0
    status: int = 0
    reason: str | None = None
    due_at: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """When an answer came: now, when the notice was published, when its delivery ends (unix
    seconds), and a random number in [0, 1) that spreads retries."""

    now: int
    published_at: int
    ends_at: int
    luck: float


def ends_at(published_at: int, expires_at: int) -> int:
    """After this nothing is sent: the notice's own end, 28 days at most."""
    return min(expires_at, published_at + MAX_TTL)


def accepted(tries: int, status: int) -> Standing:
    """The push service took it."""
    return Standing("accepted", tries, status)


def skipped(tries: int = 0) -> Standing:
    """The person had paused; it stays readable in the inbox."""
    return Standing("skipped", tries)


def later(tries: int, status: int, wait: int | None, moment: Moment) -> Standing:
    """Theirs: again after the wait they asked for, else after as long as it is waiting
    already (doubling without a counter), once it is more than a short outage."""
    if wait is None:
        waited = moment.now - moment.published_at
        wait = SHORTEST_WAIT if waited < PROMPT_SECONDS else min(waited, LONGEST_WAIT)
    wait = min(max(wait, SHORTEST_WAIT), MAX_RETRY_AFTER)
    return _again(tries, status, wait, moment)


def ours(tries: int, status: int, moment: Moment) -> Standing:
    """Ours: one try more; exponential wait with full jitter, then dead."""
    tries += 1
    if tries >= MAX_TRIES:
        return Standing("dead", tries, status, "tries")
    longest = min(SHORTEST_WAIT * 2**tries, LONGEST_WAIT)
    due = moment.now + SHORTEST_WAIT + int(moment.luck * longest)
    return _until_the_end(Standing("retry", tries, status, due_at=due), moment)


def blocked(tries: int, status: int) -> Standing:
    """The guard would not connect there: no use in trying again by itself."""
    return Standing("dead", tries, status, "blocked")


def _again(tries: int, status: int, wait: int, moment: Moment) -> Standing:
    spread = max(SHORTEST_SPREAD, int(wait * SPREAD))
    due = moment.now + wait + int(moment.luck * spread)
    return _until_the_end(Standing("retry", tries, status, due_at=due), moment)


def _until_the_end(standing: Standing, moment: Moment) -> Standing:
    if standing.due_at < moment.ends_at:
        return standing
    return Standing("dead", standing.tries, standing.status, "ended")
