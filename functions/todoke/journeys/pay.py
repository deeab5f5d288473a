"""Paying a bill: the way to the provider's page, and what the provider's news does.

Our own row says the amount. The page a browser comes back to says nothing: only the provider's
signed event moves the ledger.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, cast

from todoke.core import payment, sealed
from todoke.core.errors import TodokeError
from todoke.core.mandate import PAY
from todoke.core.payment import Effect, Standing, Way
from todoke.journeys import address, audit, bills, residents, standing_in
from todoke.journeys.standing_in import Acting
from todoke.ports import (
    Checkout,
    Create,
    Json,
    OpenedCheckout,
    PaymentEvent,
    Record,
    Replace,
    Services,
    Write,
)

LOG = logging.getLogger("todoke.pay")
T = TypeVar("T")
#: somebody else moved the same bill this moment: look again, so many times
TRIES = 8


# ------------------------------------------------------------------- the way to the provider
def bill_of(services: Services, who: str, id: str) -> tuple[Record, Acting]:
    """The bill, and whose it is and who asks: a resident for herself, or for who lets her pay.

    Raises ``not_found``, alike for a bill that is not hers to pay and for none."""
    record = services.store.get("bill", id)
    if record is None or record.data["resident"] == who:
        return bills.own(services, who, id), standing_in.herself(who)
    try:
        return record, standing_in.for_principal(services, who, str(record.data["resident"]), PAY)
    except TodokeError as error:
        if error.code != "mandate_over":
            raise
        raise TodokeError("not_found") from error


def start_checkout(services: Services, who: str, bill: str, language: str) -> str:
    """Where the browser goes to pay. A second click or another tab goes on with the same page.
    who: resident, also one who pays for another: who owes it stays the same.

    First our record is stored, then the provider is asked under its id, then the answer is
    stored: a crash in between asks for the same again.

    Raises ``not_found`` (another's bill too), ``bill_state``, ``payment_unavailable``,
    ``payment_refused``."""
    way = _again(lambda: _record_way(services, who, bill, language))
    if before := answered(services, way):
        return before.url
    try:
        found = services.payments.open(_checkout(services, way))
    except TodokeError as error:
        if error.code == "payment_refused":  # it would be refused again: the next click is new
            _again(lambda: _refused(services, way.id))
        raise
    return _again(lambda: _store_answer(services, way.id, found))


def payable(services: Services, bill: Record) -> bool:
    """Whether the pay button leads anywhere now; never where a city has no payment company."""
    if services.payments.name == "none":
        return False
    return payment.payable(_standing(services, bill)[0], services.clock.unix())


def _record_way(services: Services, who: str, bill: str, language: str) -> Record:
    record, acting = bill_of(services, who, bill)
    if services.payments.name == "none":
        raise TodokeError("payment_unavailable")
    standing, ways = _standing(services, record)
    ours = [id for id in ways if ways[id].data["provider"] == services.payments.name]
    id = payment.reusable(standing, services.clock.unix(), ours)
    noted = standing_in.noted(services, acting, "payment_started", f"bill/{bill}")
    since = standing_in.unless_ended(acting)
    if id is not None:
        return _gone_on(services, ways[id], acting, [*noted, *since])
    way = _new_way(services, record, acting, language)
    started = _bill_as(services, record, "started", also=way.id)
    services.store.commit([Create(way), started, *noted, *since])
    return Record("checkout", way.id, way.data, version=1)


def _gone_on(services: Services, way: Record, acting: Acting, writes: Sequence[Write]) -> Record:
    """The same page again; where another goes on with it than who went there last, that is
    recorded."""
    if way.data.get("payer") == acting.agent:
        return way
    data = {**way.data, "payer": acting.agent}
    services.store.commit([Replace(replace(way, data=data)), *writes])
    return replace(way, data=data, version=way.version + 1)


def _new_way(services: Services, bill: Record, acting: Acting, language: str) -> Record:
    id, now = address.new_number("C"), services.clock.unix()
    data: dict[str, Json] = {
        "bill": bill.id,
        "payer": acting.agent,
        "provider": services.payments.name,
        "session": None,
        "sealed": None,
        "yen": bill.data["yen"],
        "language": language,
        "state": "asked",
        "created_at": now,
    }
    return Record("checkout", id, data)


def _checkout(services: Services, way: Record) -> Checkout:
    """The same for the same record, whenever it is asked: an idempotency key is refused with
    other parameters. The title names the kind and our number, never a person."""
    bill = services.store.get("bill", str(way.data["bill"]))
    if bill is None:
        raise TodokeError("not_found")
    language = str(way.data["language"])
    kind = services.words.say(language, f"site.pay.kind.{bill.data['kind']}")
    return Checkout(
        id=way.id,
        bill=bill.id,
        yen=cast("int", way.data["yen"]),
        title=f"{kind} {bill.id}",
        back_url=f"{services.config.public_url}/bills/{bill.id}/back?lang={language}",
        language=language,
        expires_at=cast("int", way.data["created_at"]) + payment.LIFE_SECONDS,
    )


def _store_answer(services: Services, id: str, found: OpenedCheckout) -> str:
    way = services.store.get("checkout", id)
    if way is None:
        raise TodokeError("not_found")
    if before := answered(services, way):  # the other tab was quicker, and got the same
        return before.url
    state = "open" if way.data["state"] == "asked" else way.data["state"]
    data = {**way.data, **_answer(services, id, found), "state": state}
    services.store.commit([Replace(Record("checkout", id, data, way.version))])
    return found.url


def answered(services: Services, way: Record) -> OpenedCheckout | None:
    """The provider's answer; None until there is one. Raises ``sealed_unreadable``."""
    if way.data.get("sealed") is not None:
        keys = services.secrets.data_key
        said = sealed.open_json(keys, "checkout", way.id, way.data["sealed"])
        return OpenedCheckout(str(said["session"]), str(said["url"]))
    if way.data.get("url") is not None:  # of schema 2
        return OpenedCheckout(str(way.data["session"]), str(way.data["url"]))
    return None


def with_sealed_page(services: Services, way: Record) -> Mapping[str, Json] | None:
    """A way to pay of a store before schema 3, whose page whoever had the store could open; None
    for any other."""
    before = answered(services, way)
    if before is None or way.data.get("sealed") is not None:
        return None
    return {**way.data, **_answer(services, way.id, before), "url": None}


def _answer(services: Services, id: str, found: OpenedCheckout) -> dict[str, Json]:
    said = {"session": found.session, "url": found.url}
    closed = sealed.seal_json(services.secrets.data_key, "checkout", id, said)
    return {"session": _mark(services, found.session), "sealed": closed}


def _mark(services: Services, session: str) -> str:
    return sealed.blind(services.secrets.seal_key, "checkout session", session)


def _refused(services: Services, id: str) -> None:
    way = services.store.get("checkout", id)
    record = services.store.get("bill", str(way.data["bill"])) if way else None
    if way is None or record is None or way.data["state"] != "asked":
        return
    standing, _ = _standing(services, record)
    effect = payment.apply_event(standing, id, "failed", 0)
    services.store.commit(
        [
            Replace(Record("checkout", id, {**way.data, "state": "failed"}, way.version)),
            _bill_as(services, record, effect.standing.bill),
            audit.entry(services, "system", "payment_refused", f"bill/{record.id}"),
        ]
    )


# --------------------------------------------------------------------- the provider's news
def settle(services: Services, body: bytes, signature: str) -> str:
    """Takes one signed message of the provider; what it did, one word for the log: paid,
    pending, failed, expired, overpaid, amount_differs, nothing, duplicate, foreign.

    Event, checkout, bill, ledger, receipt and audit are one commit: a crash before it leaves
    nothing, and the provider, without a 2xx, sends it again; a crash after it finds the event
    known.

    Raises ``webhook_refused``; ``not_found`` for a page of ours that this store does not know
    (an older backup was restored, perhaps): the provider goes on sending for days and shows the
    failure to whoever looks after it, so that no payment vanishes with a polite 200."""
    event = services.payments.read(body, signature, services.clock.unix())
    if event.kind == "other":
        return "foreign"
    return _again(lambda: _settle(services, event))


@dataclass(frozen=True, slots=True)
class _News:
    """An event, the record id it gets, and what it touches."""

    event: PaymentEvent
    id: str
    bill: Record
    way: Record
    effect: Effect


def _settle(services: Services, event: PaymentEvent) -> str:
    way = _way_of(services, event.session)
    bill = services.store.get("bill", str(way.data["bill"])) if way else None
    if way is None or bill is None:
        LOG.error("payment_unknown", extra={"kind": event.kind, "code": services.payments.name})
        raise TodokeError("not_found")
    id = event_id(services.payments.name, event.id)
    if services.store.get("payment_event", id) is not None:
        return "duplicate"
    standing, ways = _standing(services, bill)
    effect = payment.apply_event(standing, way.id, event.kind, event.yen)
    try:
        services.store.commit(_settling(services, _News(event, id, bill, ways[way.id], effect)))
    except TodokeError as error:
        if error.code == "record_exists":  # its twin was quicker
            return "duplicate"
        raise
    return effect.flag or (event.kind if effect.standing is not standing else "nothing")


def _settling(services: Services, news: _News) -> list[Write]:
    bill, way, effect = news.bill, news.way, news.effect
    told: dict[str, Json] = {
        "bill": bill.id,
        "kind": news.event.kind,
        "at": services.clock.unix(),
    }
    after = {**way.data, "state": effect.standing.ways[way.id].state}
    # the bill is written even when it stays as it is: two events of one bill must not pass
    # each other unseen
    writes: list[Write] = [
        Create(Record("payment_event", news.id, told)),
        _bill_as(services, bill, effect.standing.bill, effect.flag),
        Replace(Record("checkout", way.id, after, way.version)),
        _recorded(services, news),
    ]
    for each in effect.entries:
        writes.append(bills.ledger_line(services, bill.id, each.entry, each.yen, news.id))
    if effect.notice:
        writes += _receipt(services, bill, effect.notice, way.data.get("payer"))
    return writes


def _recorded(services: Services, news: _News) -> Create:
    """Failures and flags are for the desk; what arrived belongs into the resident's history. An
    event that came too late to do anything says nothing there."""
    subject = f"bill/{news.bill.id}"
    moved = news.effect.standing.ways[news.way.id].state != news.way.data["state"]
    kind = news.event.kind if moved else "other"
    resident = str(news.bill.data["resident"]) if kind in ("paid", "pending") else None
    act = f"payment_{news.effect.flag or kind}"
    return audit.entry(services, "system", act, subject, resident=resident)


def _receipt(services: Services, record: Record, kind: str, payer: Json) -> Sequence[Write]:
    """To whose bill it is, with the name of who paid it for her."""
    bill, agent = bills.opened(services, record), residents.get(services, str(payer))
    by_agent = {"agent": agent.name} if agent and kind == "bill_paid" else {}
    return address.writes(
        services,
        bill.resident,
        f"{kind}_by_agent" if by_agent else kind,
        f"bill/{bill.id}",
        link=f"/bills/{bill.id}",
        title=bills.title_words(services, bill.kind, bill.title),
        yen=f"{bill.yen:,}",
        number=bill.id,
        **by_agent,
    )


def event_id(provider: str, id: str) -> str:
    """The record id of a provider's event: as long as any id may be, whatever theirs is."""
    return f"{provider}.{hashlib.sha256(id.encode()).hexdigest()}"


# -------------------------------------------------------------------------------- shared
def _standing(services: Services, bill: Record) -> tuple[Standing, Mapping[str, Record]]:
    found = bills.checkouts(services, bill)
    ways = {
        each.id: Way(
            str(each.data["state"]),
            cast("int", each.data["yen"]),
            cast("int", each.data["created_at"]),
        )
        for each in found
    }
    return Standing(str(bill.data["state"]), ways), {each.id: each for each in found}


def _way_of(services: Services, session: str) -> Record | None:
    mark = _mark(services, session)
    found = (
        services.store.find("checkouts_by_session", mark, limit=1).records
        or services.store.find("checkouts_by_session", session, limit=1).records  # of schema 2
    )
    ours = found and found[0].data["provider"] == services.payments.name
    return found[0] if ours else None


def _bill_as(
    services: Services, bill: Record, state: str, flag: str | None = None, also: str | None = None
) -> Replace:
    """The bill in another state. also: a way to pay it that is new."""
    flag = payment.heavier(cast("str | None", bill.data.get("flag")), flag)
    ways = [*cast("list[Json]", bill.data["checkouts"]), *([also] if also else [])]
    data: dict[str, Json] = {**bill.data, "state": state, "flag": flag, "checkouts": ways}
    if data != bill.data:
        data["changed_at"] = services.clock.unix()
    return Replace(Record("bill", bill.id, data, bill.version))


def _again(act: Callable[[], T]) -> T:
    """The act, done again on fresh records when somebody else was quicker."""
    for _ in range(TRIES - 1):
        try:
            return act()
        except TodokeError as error:
            if error.code != "version_conflict":
                raise
    return act()
