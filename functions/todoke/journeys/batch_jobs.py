"""The jobs of batches, as the workers get them: which plan belongs to which act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from todoke.journeys import address, batch_care, batch_writing, batches, bills
from todoke.journeys.batch_writing import Plan
from todoke.ports import Message, Services
from todoke.store_schema.batches import OPEN

#: act of a batch -> what its kept input makes
PLANS: Mapping[str, Callable[[Services, str, bytes], Plan[Any]]] = {
    bills.ACT: bills.plan,
    address.ACT: address.plan,
}


def go_on(services: Services, job: Message) -> None:
    """A slice of the writing; then it asks for the next one, so that others get their turn."""
    record = batches.get(services, str(job.body["batch"]))
    if record.data["state"] != OPEN:
        return  # sealed or given up meanwhile
    body = batches.kept_input(services, record.id)
    plan = PLANS[str(record.data["act"])](services, str(record.data["actor"]), body)
    after = batch_writing.go_on(services, plan, record.id, enough=batch_care.slice_over())
    if after.data["state"] == OPEN:
        batch_care.ask_on(services, job)
