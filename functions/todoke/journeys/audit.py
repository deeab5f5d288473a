"""The record of acts (操作の記録): every act is written in the very commit that does it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from todoke.ports import MAX_PAGE, Create, Json, Page, Range, Record, Services

#: the city's days and months are Japanese ones, wherever the server stands
JST = ZoneInfo("Asia/Tokyo")
#: width of unix seconds as a sort key: enough until the year 33658
TIME_WIDTH = 12
SAME_READING_SECONDS = 60


def sort_key(unix: int) -> str:
    """Unix seconds as text that sorts like the number."""
    return f"{unix:0{TIME_WIDTH}d}"


def entry(
    services: Services,
    actor: str,
    act: str,
    subject: str,
    detail: Mapping[str, Json] | None = None,
    *,
    resident: str | None = None,
) -> Create:
    """The write that records one act; put it into the commit of the act itself.

    actor: staff id, "cli", "system" or "citizen". subject: "kind/id". detail: codes and
    counts, never personal data. resident: whose record was read or changed; the act then
    stands in that person's やりとり履歴 too."""
    now, moment = services.clock.unix(), services.clock.now()
    # microseconds keep the order of acts within a second, chance keeps two machines apart
    unique = f"{moment.microsecond:06d}{secrets.token_hex(6)}"
    return Create(
        Record(
            "audit",
            f"{sort_key(now)}-{unique}",
            {
                "actor": actor,
                "act": act,
                "subject": subject,
                "detail": dict(detail or {}),
                "resident": resident,
                "at": now,
                "month": month_of(moment),
                "order": f"{sort_key(now)}{unique}",
            },
        )
    )


def write_reading(
    services: Services,
    actor: str,
    act: str,
    subject: str,
    detail: Mapping[str, Json] | None = None,
    *,
    resident: str,
) -> None:
    """Commits that a clerk read something about a person, before it is shown to her. Loading
    the same page anew within a minute is no second reading: a history full of those would hide
    what matters."""
    wanted = (actor, act, subject, dict(detail or {}))
    since = Range(low=sort_key(services.clock.unix() - SAME_READING_SECONDS + 1))
    lately = services.store.find("audit_by_resident", resident, since, limit=MAX_PAGE).records
    for each in lately:
        row = each.data
        if (row["actor"], row["act"], row["subject"], row["detail"]) == wanted:
            return
    services.store.commit([entry(services, *wanted, resident=resident)])


def month_of(moment: datetime) -> str:
    """The Japanese month of a moment, "2026-11": the partition of the record of acts."""
    return moment.astimezone(JST).strftime("%Y-%m")


def acts(services: Services, month: str, limit: int = 100, cursor: str | None = None) -> Page:
    """One page of a month's acts, newest first."""
    return services.store.find("audit_by_month", month, limit=limit, cursor=cursor, descending=True)
