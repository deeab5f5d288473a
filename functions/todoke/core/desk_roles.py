"""Who may do what at the clerks' desk: the one table of it.

A role says what somebody is there for. A *place* is a part of the desk; every page of it belongs to
one (web/console.py:PAGES), and a page without a place does not start.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

AUTHOR, APPROVER = "author", "approver"
CASEWORKER, CASHIER = "caseworker", "cashier"
AUDITOR, ADMINISTRATOR = "auditor", "administrator"
ROLES = (AUTHOR, APPROVER, CASEWORKER, CASHIER, AUDITOR, ADMINISTRATOR)
#: whoever works for residents; the other two look after those who do
AT_WORK = (AUTHOR, APPROVER, CASEWORKER, CASHIER)
#: who opens what the city keeps about one person
READERS = (CASEWORKER, CASHIER)

#: place of the desk -> the roles that may go there
MAY: Mapping[str, tuple[str, ...]] = {
    # her own ways in, her sessions, her language, the way out
    "own": ROLES,
    # what waits today, and the field that finds a number; an auditor is sent on to the record
    "today": ROLES,
    "record": ROLES,
    "notices": (AUTHOR, APPROVER),
    "cases": (CASEWORKER,),
    "bills": (CASHIER,),
    # what a record of a person is opened for
    "purpose": READERS,
    "clerks": (ADMINISTRATOR,),
    # what to look at in the register: numbers and reasons of the whole city, no record of a person
    "register": (ADMINISTRATOR,),
}


def may(roles: Collection[str], place: str) -> bool:
    """Whether somebody with these roles may go to a place."""
    return bool(set(MAY[place]) & set(roles))


def refused(roles: Collection[str]) -> str | None:
    """Why nobody may have these roles together, as a rule of ``bad_field``; None when she may.

    An auditor who also acts would check herself, and who gives out the roles opens no records: one
    person alone then neither makes herself a reader nor reads unseen."""
    held = set(roles)
    if not held or not held <= set(ROLES) or len(held) != len(list(roles)):
        return "one_of"
    if AUDITOR in held and len(held) > 1:
        return "auditor_alone"
    if ADMINISTRATOR in held and held & set(READERS):
        return "administrator_reads_nothing"
    return None
