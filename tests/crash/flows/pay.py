"""A bill is paid: the way to the company's page, and the company's signed message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.crash.flows.seen import Plain, Say, Seen, exactly
from tests.parts.payer import CASHIER, YEN, csv, row, signed
from todoke.journeys import bills, pay, residents
from todoke.ports import Record, Services

EVENT = "pe_made_up_1"


class Pay(Plain):
    """Implements ``Flow``."""

    def prepare(self, services: Services, told: Mapping[str, Any]) -> dict[str, Any]:
        """A resident with one bill."""
        resident = residents.demonstration(services)
        report = bills.import_csv(services, CASHIER, csv(row()))
        return {"resident": resident.id, "bill": report.taken[0][1]}

    def act(
        self, services: Services, told: Mapping[str, Any], said: Mapping[str, str], say: Say
    ) -> None:
        """The button, then the message, which the company sends again until it is answered."""
        page = said.get("page", "")
        if not page:
            page = pay.start_checkout(services, told["resident"], told["bill"], "ja")
            say("page", page)
        if "paid" not in said:
            session = page.rsplit("/", 1)[1]
            message = signed(services, id=EVENT, kind="paid", session=session, yen=YEN)
            say("paid", pay.settle(services, *message))

    def look(self, seen: Seen) -> Iterator[str]:
        """One way, one event, one receipt, and a ledger that sums."""
        (bill,) = seen.all("bill")
        # what the company was not asked for within ten minutes is left, and another way made
        ways = seen.all("checkout")
        open_ = [each for each in ways if pay.answered(seen.services, each)]
        yield from exactly("the company's page", len(open_), seen.between("page", len(open_)))
        yield from exactly("a way that was left", max(len(ways) - len(open_), 1), 1)
        yield from exactly("the way in the bill", len(_ways(bill.data)), len(ways))
        yield from exactly("the act of starting", seen.acts("payment_started"), len(ways))
        for each in open_:
            if "page" in seen.said and _page(seen, each) != seen.said["page"]:
                yield "the company's page is lost"
        paid = int(bill.data["state"] == "paid")
        yield from exactly("the payment", paid, seen.between("paid", paid))
        yield from exactly("the company's message", len(seen.all("payment_event")), paid)
        yield from exactly("the act of paying", seen.acts("payment_paid"), paid)
        yield from exactly("the receipt", seen.letters("bill_paid"), paid)
        lines = sorted((each.entry, each.yen) for each in bills.ledger(seen.services, bill.id))
        if lines != [("billed", YEN), ("paid", -YEN)][: 1 + paid]:
            yield f"the ledger is {lines}: lost or doubled"


def _page(seen: Seen, way: Record) -> str | None:
    answer = pay.answered(seen.services, way)
    return answer.url if answer else None


def _ways(bill: Mapping[str, Any]) -> list[str]:
    return list(bill["checkouts"])
