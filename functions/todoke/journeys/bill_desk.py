"""Bills as the cashier sees them: lists of numbers and amounts, and one opened for a purpose."""

from __future__ import annotations

from todoke.core.notice import Person
from todoke.journeys import audit, bills, scope
from todoke.journeys.bills import Bill, Listing
from todoke.ports import Services


def listing(services: Services, who: Person, state: str, cursor: str | None = None) -> Listing:
    """Her bills in one state (``bills.STATES``), the first due first."""
    return _listing(services, who, "bills_by_state", state, cursor)


def flagged(services: Services, who: Person, flag: str, cursor: str | None = None) -> Listing:
    """Bills she must look at: "amount_differs" or "overpaid"."""
    return _listing(services, who, "bills_by_flag", flag, cursor)


def read(services: Services, who: Person, id: str, purpose: str) -> Bill:
    """One bill; that it was read, and what for, is recorded first, and stands in the resident's
    own history. Raises ``not_found``, alike for another office's and for none."""
    record = scope.get(services, who, "bill", id)
    resident = str(record.data["resident"])
    detail = {"purpose": purpose, **scope.held(services, who)}
    audit.write_reading(services, who.id, "bill_read", f"bill/{id}", detail, resident=resident)
    return bills.opened(services, record)


def _listing(
    services: Services, who: Person, index: str, partition: str, cursor: str | None
) -> Listing:
    page = scope.find(services, who, index, partition, limit=bills.PAGE, cursor=cursor)
    return Listing([bills.opened(services, each) for each in page.records], page.cursor)
