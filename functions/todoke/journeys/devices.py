"""The phones that are told when a notice comes for one person: joined, listed, taken away.

A phone that follows topics has a push subscription without a name. Joining it to an account
takes both proofs: the session of the person and the token that only this browser holds. One
subscription stands for one account, because its row carries the subscription's id.
"""

from __future__ import annotations

from typing import cast

from todoke.core.errors import TodokeError
from todoke.core.subscription import split_token
from todoke.journeys import audit, guardians, mailbox, subscribe
from todoke.ports import Check, Create, Delete, Json, Record, Replace, Services, Write

#: phones of one account; joining one more takes away the one joined first
MOST = 20


def join(services: Services, account: Record, token: str) -> None:
    """Lets this browser be told of the account's notices; it stops being told of those of
    whoever used it before. Twice is fine.

    Raises ``subscription_not_found`` unless the token is that of a subscription."""

    def once() -> None:
        try:
            subscription = subscribe.subscription_of(services, token)
        except TodokeError as error:
            raise TodokeError("subscription_not_found") from error
        before = services.store.get("account_device", subscription.id)
        if before is None or before.data["account"] != account.id:
            services.store.commit(_joining(services, account, subscription, before))

    subscribe.until_settled(once)


def _joining(
    services: Services, account: Record, subscription: Record, before: Record | None
) -> list[Write]:
    data: dict[str, Json] = {
        "account": account.id,
        "subscription": subscription.id,
        "since": services.clock.unix(),
    }
    after = Record("account_device", subscription.id, data, before.version if before else 0)
    writes: list[Write] = [
        Replace(after) if before else Create(after),
        Check("subscription", subscription.id, subscription.version),
        _act(services, "device_joined", account),
    ]
    if before is not None:
        owner = services.store.get("account", str(before.data["account"]))
        writes += [_act(services, "device_taken", owner, "system")] if owner else []
    crowd = of_account(services, account)
    if len(crowd) >= MOST:
        writes.append(Delete("account_device", crowd[0].id, crowd[0].version))
    return writes


def _act(services: Services, act: str, account: Record, actor: str = "citizen") -> Create:
    # no subscription id: a record of acts outlives it and must not lead back to it
    resident = cast("str | None", account.data.get("resident"))
    return audit.entry(services, actor, act, "device", resident=resident)


def leave(services: Services, account: Record, subscription: str) -> None:
    """Stops telling a phone of this account. A phone of nobody or of somebody else stays as
    it is, and the caller does not learn which."""

    def once() -> None:
        device = services.store.get("account_device", subscription)
        if device is not None and device.data["account"] == account.id:
            left = _act(services, "device_left", account)
            services.store.commit([Delete("account_device", device.id, device.version), left])

    subscribe.until_settled(once)


def subscription_named(token: str) -> str | None:
    """The subscription a token speaks of; None for what is no token."""
    parts = split_token(token)
    return parts[0] if parts else None


def of_account(services: Services, account: Record) -> list[Record]:
    """Its phones, the one joined first in front."""
    page = services.store.find("devices_by_account", account.id, limit=10 * MOST)
    return sorted(page.records, key=lambda each: (int(cast("int", each.data["since"])), each.id))


def told_of(services: Services, resident: str) -> list[str]:
    """Subscriptions that are told of what is addressed to this resident: her own, and those of
    guardians who read for her."""
    readers = (resident, *guardians.of_child(services, resident))
    return sorted({phone for each in readers for phone in of_resident(services, each)})


def of_resident(services: Services, resident: str) -> list[str]:
    """Subscriptions of this resident's account."""
    person = services.store.get("resident", resident)
    named = person.data["account"] if person else None
    account = services.store.get("account", str(named)) if named else None
    return sorted(each.id for each in of_account(services, account)) if account else []


def may_be_told(services: Services, subscription: str, notice: str, resident: str) -> bool:
    """Whether a phone is told of a notice to a resident now: it is hers, or that of a guardian who
    reads for her and has not done so yet."""
    device = services.store.get("account_device", subscription)
    account = services.store.get("account", str(device.data["account"])) if device else None
    reader = cast("str | None", account.data.get("resident")) if account else None
    if account is None or reader is None or reader == resident:
        return reader == resident
    if mailbox.has_opened(services, account, notice):
        return False
    return reader in guardians.of_child(services, resident)
