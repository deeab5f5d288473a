"""What the store keeps of deliveries: a row for whatever did not simply go, and counts.

A message that was accepted at once, or passed over because the person had paused, has no row: the
page it belongs to is its receipt (``pages``). Less is kept about people, and sending is quicker.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence

from todoke.core import delivery
from todoke.core.delivery import Moment, Standing
from todoke.journeys import audit, subscribe
from todoke.journeys.breaker import Breakers
from todoke.journeys.sending import Either, Notice, Sent
from todoke.ports import Count, Delete, Json, Put, Record, Services, Write

#: rows are kept for a week after the last possible attempt, then erased
KEEP_SECONDS = 7 * 24 * 3600


def rows(
    services: Services,
    notice: Either,
    sent: Sequence[Sent],
    breakers: Breakers,
    always: Collection[str],
) -> tuple[list[Record], dict[str, int]]:
    """The rows to create, and how many deliveries by state need none. always: subscriptions that
    have one whatever happened. Whoever left gets no row: nothing of her is kept."""
    kept: list[Record] = []
    plain: dict[str, int] = {}
    for each in sent:
        if each.fate in ("left", "stopped") or each.gone:
            continue
        state = _plain(each)
        if state and each.subscription not in always:
            plain[state] = plain.get(state, 0) + 1
        else:
            standing = standing_after(services, notice, each, 0, breakers)
            kept.append(row(notice, each.subscription, standing))
    return kept, plain


def _plain(sent: Sent) -> str:
    """Its state, where a page is receipt enough; "" elsewhere."""
    if sent.fate == "skipped":
        return "skipped"
    return "accepted" if sent.answer and sent.answer.outcome == "accepted" else ""


def standing_after(
    services: Services, notice: Either, sent: Sent, tries: int, breakers: Breakers
) -> Standing:
    """Where the delivery stands after this attempt ("gone" is not asked: no row remains)."""
    moment = moment_of(services, notice)
    held_until = breakers.open_until(sent.origin) if sent.origin else 0
    if sent.fate == "skipped":
        return delivery.skipped(tries)
    outcome = sent.answer.outcome if sent.answer else "held"
    status = sent.answer.status if sent.answer else 0
    if outcome == "held" or (held_until and outcome in ("refused", "later")):
        return delivery.later(tries, status, max(held_until - moment.now, 0), moment)
    match outcome:
        case "accepted":
            return delivery.accepted(tries, status)
        case "later":
            wait = sent.answer.retry_after if sent.answer else None
            return delivery.later(tries, status, wait, moment)
        case "blocked":
            return delivery.blocked(tries, status)
        case _:  # defect; or refused for this one message while others are accepted
            return delivery.ours(tries, status, moment)


def moment_of(services: Services, notice: Either) -> Moment:
    """Now, for the rules, with the luck that spreads retries."""
    luck = random.random()  # noqa: S311 (spreads load, keeps no secret)
    return Moment(services.clock.unix(), notice.published_at, notice.ends_at, luck)


def row(notice: Either, subscription: str, standing: Standing, version: int = 0) -> Record:
    """The one row of this notice and this subscription; version: of the row it replaces."""
    waiting = standing.state in ("retry", "dead")
    data: dict[str, Json] = {
        "notice": notice.id,
        "subscription": subscription,
        "state": standing.state,
        "tries": standing.tries,
        "status": standing.status,
        "reason": standing.reason,
        "due_lane": standing.state if waiting else None,
        "due_at": audit.sort_key(standing.due_at) if waiting else None,
    }
    expires_at = notice.ends_at + KEEP_SECONDS
    return Record("delivery", f"{notice.id}.{subscription}", data, version, expires_at)


def counted(notice: Either, cells: Mapping[str, int]) -> list[Write]:
    """The outcomes of a notice for the clerks' figures. Of a notice to one resident nothing is
    counted: "one accepted, one gone" would be said of a person."""
    if not isinstance(notice, Notice) or not any(cells.values()):
        return []
    return [Count("delivery", notice.id, cells)]


def remove(services: Services, notice: Either, sent: Sent) -> None:
    """Removes the one subscription whose browser is gone (a commit of its own; after a crash
    its next message finds it gone again). When the browser has just moved to another
    endpoint, it is spared and the message comes again there."""
    row_id = f"{notice.id}.{sent.subscription}"
    removed = subscribe.erase(
        services,
        sent.subscription,
        "system",
        "subscription_gone",
        only_endpoint=sent.endpoint,
        also=[*counted(notice, {"gone": 1}), Delete("delivery", row_id)],
    )
    if removed:
        return
    if services.store.get("subscription", sent.subscription) is None:  # she left meanwhile
        services.store.commit([Delete("delivery", row_id)])
    else:
        again = Standing("retry", due_at=services.clock.unix())
        services.store.commit([Put(row(notice, sent.subscription, again))])
