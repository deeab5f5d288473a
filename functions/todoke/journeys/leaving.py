"""Erasing one's account: what opens it, and what was only for it, is gone; what the law keeps
stays, sealed, and no account leads to it.

One commit ends the account itself: from then on no session, card or passkey of it opens anything
(``session.find`` and the logins ask for the account), and the resident is linked to nobody. With
it stands the job that clears the rows that are left, which may be done twice and goes on where it
was cut off.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

from todoke.core.errors import TodokeError
from todoke.journeys import attachments, audit, session
from todoke.ports import Create, Delete, Json, Message, Record, Replace, Services, Write
from todoke.store_schema import LANES

LOG = logging.getLogger("todoke.leaving")
ACT = "clear_account"
ROUNDS = 5
#: kinds that end with an account -> index by which they are found
CLEARED = {
    "session": "sessions_by_account",
    "credential": "credentials_by_account",
    "account_device": "devices_by_account",
}
#: kinds of a resident that stay: for the years of ``[keep]`` (core/keeping.py), else for as long as
#: ``site.records.<kind>.keep`` says
STAYS = (
    *("application", "attachment", "bill", "checkout", "payment_event", "ledger"),
    *("addressed_notice", "register_row", "resident", "audit"),
)
AT_ONCE = 50


def erase_account(services: Services, mine: Record, account: Record) -> None:
    """Ends the account of a session that was opened with the card just now. Twice is once.

    Raises ``proof_needed``, ``storage_unavailable``; then nothing has changed."""
    session.refuse_weaker(services, mine, session.CARD, fresh=True)
    for _ in range(ROUNDS):
        now = services.store.get("account", account.id)
        if now is None:
            return None
        try:
            return services.store.commit(_ending(services, mine, now))
        except TodokeError as error:
            if error.code != "version_conflict":
                raise
    raise TodokeError("storage_unavailable")


def _ending(services: Services, mine: Record, account: Record) -> list[Write]:
    writes: list[Write] = [Delete("account", account.id, account.version)]
    writes.append(Delete("session", mine.id))
    resident = account.data["resident"]
    person = services.store.get("resident", str(resident)) if resident is not None else None
    if person is not None and person.data["account"] == account.id:
        if code := person.data["letter_code"]:
            writes.append(Delete("letter_code", str(code)))
        unlinked = {**person.data, "account": None, "letter_code": None}
        writes.append(Replace(replace(person, data=unlinked)))
    writes.append(session.noted(services, account, "account_erased"))
    body: dict[str, Json] = {"account": account.id, "resident": resident}
    entry: dict[str, Json] = {
        "act": ACT,
        "body": body,
        "lane": LANES[0],
        "waiting": "waiting",
        "due_at": audit.sort_key(services.clock.unix() + services.store.lag),
    }
    return [*writes, Create(Record("outbox", f"{ACT}.{account.id}", entry))]


def clear(services: Services, job: Message) -> None:
    """The job: whatever is left of the account, and the files that were never sent."""
    account, resident = str(job.body["account"]), job.body["resident"]
    while left := list(_left(services, account))[:AT_ONCE]:
        services.store.commit([Delete(each.kind, each.id, each.version) for each in left])
    if resident is not None:
        _end_mandates(services, str(resident))
        for each in attachments.waiting(services, str(resident)):
            services.private.delete(attachments.file_key(each.id))
            services.store.commit([Delete("attachment", each.id)])
    LOG.info("account_cleared")


def _end_mandates(services: Services, resident: str) -> None:
    """Nobody acts for her any more, nor she for anybody."""
    for index in ("mandates_by_principal", "mandates_by_agent"):
        for each in services.store.find(index, resident, limit=AT_ONCE).records:
            services.store.commit([Delete(each.kind, each.id)])


def _left(services: Services, account: str) -> Iterator[Record]:
    """A card may have begun an account of its own since: then it is that one's."""
    for index in CLEARED.values():
        for each in services.store.find(index, account, limit=AT_ONCE).records:
            if each.data["account"] == account:
                yield each
