"""Somebody acts for another (core/mandate.py): offered with a code, accepted with it, ended by
either.

The mandate is looked at by its id in the very call that stands on it, so an end counts at once
where an index still lags. It names residents, not accounts: whoever loses the link to the register
acts for nobody. Each act for another stands in the history of both.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import cast

from todoke.core import letter_code, sealed
from todoke.core import mandate as rules
from todoke.core.errors import TodokeError
from todoke.core.mandate import FILE, PAY, READ, Term
from todoke.core.resident_file import DECEASED
from todoke.journeys import address, audit, once, residents
from todoke.journeys.audit import JST
from todoke.ports import Create, Delete, Json, Record, Replace, Services, Write

#: the two sit beside each other, or are on the telephone
OFFER_SECONDS = 15 * 60
#: that somebody gives, or has, at the same time
MOST = 10


@dataclass(frozen=True, slots=True)
class Mandate:
    """id: "M-…". principal, agent: residents; agent is "" while nobody has accepted. waits_until:
    unix seconds until which its code may be used, None once it is."""

    id: str
    principal: str
    agent: str
    term: Term
    waits_until: int | None = None


def term(services: Services, scope: Collection[str], first: date, last: date) -> Term:
    """As it may be given today. Raises ``bad_field``."""
    return rules.term(scope, first, last, today(services))


def offer(services: Services, principal: str, term: Term, key: str = "") -> tuple[Mandate, str]:
    """A mandate that waits, and the code for whoever shall accept it: once, within a quarter of an
    hour. principal: resident. term: as ``term`` made it. key: of the page that
    sends it; a second time it is ``code_was_shown``, because nobody keeps the code.

    Raises ``too_many_mandates``."""
    once_only = [once.key_id(services, principal, "mandate", key)] if key else []
    if any(once.result(services, each, each) for each in once_only):
        raise TodokeError("code_was_shown")
    if len(of_resident(services, principal)) >= MOST:
        raise TodokeError("too_many_mandates", limit=MOST)
    now = services.clock.unix()
    until = now + OFFER_SECONDS
    id, code = f"M-{secrets.token_hex(8)}", letter_code.new()
    made = Mandate(id, principal, "", term, until)
    data: dict[str, Json] = {
        "principal": principal,
        "agent": None,
        "scope": list(term.scope),
        "first": term.first.isoformat(),
        "last": term.last.isoformat(),
        "created_at": now,
    }
    waiting: dict[str, Json] = {"mandate": made.id, "created_at": now}
    writes = [
        Create(Record("mandate", made.id, data, expires_at=until)),
        Create(Record("mandate_offer", _key(services, code), waiting, expires_at=until)),
        _noted(services, made, "mandate_offered", principal),
        *(once.remember(services, each, each, made.id) for each in once_only),
    ]
    try:
        services.store.commit(writes)
    except TodokeError as error:
        if error.code != "record_exists" or not once_only:
            raise
        raise TodokeError("code_was_shown") from error  # the other press was quicker
    return made, code


def look(services: Services, agent: str, typed: str) -> Mandate:
    """What ``accept`` would take, to be looked at before. Raises ``mandate_code_refused``."""
    return of_record(_offered(services, agent, typed)[1])


def accept(services: Services, agent: str, typed: str) -> Mandate:
    """Takes what a code offers. agent: resident. Raises ``mandate_code_refused``, alike for a code
    that is wrong, over, used, withdrawn or her own; ``too_many_mandates``."""
    found, record = _offered(services, agent, typed)
    if len(of_resident(services, agent)) >= MOST:
        raise TodokeError("too_many_mandates", limit=MOST)
    data = {**record.data, "agent": agent}
    over = datetime.combine(of_record(record).term.last + timedelta(days=1), time(), JST)
    taken = replace(record, data=data, expires_at=int(over.timestamp()))
    made = of_record(taken)
    try:
        services.store.commit(
            [
                Delete("mandate_offer", found.id, found.version),
                Replace(taken),
                *_ofboth(services, made, "mandate_accepted"),
                *_told(services, made, made.principal, "mandate_taken"),
            ]
        )
    except TodokeError as error:
        if error.code != "version_conflict":
            raise
        raise TodokeError("mandate_code_refused") from error
    return made


def _offered(services: Services, agent: str, typed: str) -> tuple[Record, Record]:
    """The offer of a code, and its mandate."""
    found = services.store.get("mandate_offer", _key(services, typed))
    record = services.store.get("mandate", str(found.data["mandate"])) if found else None
    if found is None or record is None or record.data["principal"] == agent:
        raise TodokeError("mandate_code_refused")
    return found, record


def end(services: Services, who: str, id: str) -> None:
    """Ends it, by either of the two; twice is fine, and of somebody else's nothing happens. who:
    resident."""
    while (record := services.store.get("mandate", id)) is not None:
        made = of_record(record)
        if who not in (made.principal, made.agent):
            return
        other = made.agent if who == made.principal else made.principal
        writes: list[Write] = [
            Delete("mandate", id, record.version),
            *_ofboth(services, made, "mandate_ended"),
            *(_told(services, made, other, "mandate_over") if made.agent else ()),
        ]
        try:
            services.store.commit(writes)
        except TodokeError as error:
            if error.code != "version_conflict":
                raise
        else:
            return  # else it was accepted or ended at this moment


def of_resident(services: Services, resident: str) -> list[Mandate]:
    """All that somebody has given or accepted and that are not over, those given first."""
    found: dict[str, Mandate] = {}
    for index in ("mandates_by_principal", "mandates_by_agent"):
        for each in services.store.find(index, resident, limit=3 * MOST).records:
            found[each.id] = of_record(each)
    still = services.store.get_many("mandate", list(found))
    now = today(services)
    return [each for each in found.values() if each.id in still and now <= each.term.last]


def given_to(services: Services, agent: str, wanted: str) -> list[Mandate]:
    """Those by which somebody may do this today."""
    return [
        each
        for each in of_resident(services, agent)
        if each.agent == agent and _holds(services, each, agent, wanted)
    ]


def standing(services: Services, agent: str, principal: str, wanted: str) -> Mandate | None:
    """The mandate by which one may do this for another today."""
    found = given_to(services, agent, wanted)
    return next((each for each in found if each.principal == principal), None)


def acted(services: Services, mandate: Mandate, act: str, wanted: str) -> None:
    """Commits that an agent looks at something of another, in the history of both, before it is
    shown; the same again within a minute is one. wanted: the scope that it takes. Raises
    ``not_found`` when the mandate has ended meanwhile or does not cover it."""
    record = services.store.get("mandate", mandate.id)
    if record is None or not allows(services, record, mandate.agent, wanted):
        raise TodokeError("not_found")
    for actor, resident in (("agent", mandate.principal), ("citizen", mandate.agent)):
        name = act if actor == "agent" else f"{act}_for"
        about = f"mandate/{mandate.id}"
        audit.write_reading(services, actor, name, about, both(mandate), resident=resident)


def allows(services: Services, record: Record, agent: str, wanted: str) -> bool:
    """Whether the mandate of a record, as it is stored now, lets somebody do this today."""
    return _holds(services, of_record(record), agent, wanted)


def _holds(services: Services, mandate: Mandate, agent: str, wanted: str) -> bool:
    if mandate.agent != agent or not mandate.term.holds(wanted, today(services)):
        return False
    people = [residents.get(services, each) for each in (mandate.principal, agent)]
    return all(each is not None and each.state != DECEASED for each in people)


def _ofboth(services: Services, mandate: Mandate, act: str) -> Sequence[Write]:
    people = [each for each in (mandate.principal, mandate.agent) if each]
    return [_noted(services, mandate, act, each) for each in people]


def _noted(services: Services, mandate: Mandate, act: str, resident: str) -> Write:
    about = f"mandate/{mandate.id}"
    return audit.entry(services, "citizen", act, about, both(mandate), resident=resident)


def _told(services: Services, mandate: Mandate, whom: str, kind: str) -> list[Write]:
    """The notice to one side that names the other: who was talked into giving a code sees whom."""
    other = mandate.agent if whom == mandate.principal else mandate.principal
    person = residents.get(services, other)
    about, name = f"mandate/{mandate.id}", person.name if person else "?"
    return address.writes(services, whom, kind, about, link="/mandates", name=name)


def both(mandate: Mandate) -> dict[str, Json]:
    """The two, for the record of acts."""
    return {"for": mandate.principal, "by": mandate.agent, "scope": " ".join(mandate.term.scope)}


def of_record(record: Record) -> Mandate:
    """As its record says."""
    data = record.data
    days = [date.fromisoformat(str(data[each])) for each in ("first", "last")]
    term = Term(tuple(cast("list[str]", data["scope"])), *days)
    agent = str(data["agent"] or "")
    waits = None if agent else record.expires_at
    return Mandate(record.id, str(data["principal"]), agent, term, waits)


def _key(services: Services, typed: str) -> str:
    return sealed.blind(services.secrets.seal_key, "mandate code", letter_code.read(typed) or "")


def today(services: Services) -> date:
    """The day in Japan, by which a mandate begins and ends."""
    return services.clock.now().astimezone(JST).date()


__all__ = ["FILE", "MOST", "OFFER_SECONDS", "PAY", "READ", "Mandate", "Term"]
__all__ += ["accept", "acted", "allows", "both", "end", "given_to", "look", "of_record"]
__all__ += ["of_resident", "offer", "standing", "term", "today"]
