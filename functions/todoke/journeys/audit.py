"""The record of acts (操作の記録): every act is written in the very commit that does it, with the
commitment by which ``journeys/chain.py`` takes it into the chain."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from todoke.core import audit_chain
from todoke.ports import MAX_PAGE, Create, Json, Page, Range, Record, Services

#: the city's days and months are Japanese ones, wherever the server stands
JST = ZoneInfo("Asia/Tokyo")
#: width of unix seconds as a sort key: enough until the year 33658
TIME_WIDTH = 12
#: the same in microseconds
STAMP_WIDTH = TIME_WIDTH + 6
SAME_READING_SECONDS = 60
#: the clocks of two machines of one city
CLOCKS_DIFFER_SECONDS = 300


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
    # microseconds keep the order of acts within a second, chance keeps two machines apart; a
    # stamp never goes back, so neither does the order when somebody sets the clock back
    stamp, chance = services.clock.stamp(), secrets.token_hex(6)
    id = f"{sort_key(stamp // 1_000_000)}-{stamp % 1_000_000:06d}{chance}"
    salt = secrets.token_hex(audit_chain.SALT_BYTES)
    data: dict[str, Json] = {
        "actor": actor,
        "act": act,
        "subject": subject,
        "detail": dict(detail or {}),
        "resident": resident,
        "at": services.clock.unix(),
        "month": month_of(services.clock.now()),
        "order": f"{stamp:0{STAMP_WIDTH}d}{chance}",
        "salt": salt,
    }
    mac = audit_chain.commitment(services.secrets.seal_key, id, data, salt)
    return Create(Record("audit", id, {**data, "mac": mac, "chain": audit_chain.WAITING}))


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
    now = services.clock.unix()
    since = Range(low=sort_key(now - SAME_READING_SECONDS + 1))
    lately = services.store.find("audit_by_resident", resident, since, limit=MAX_PAGE).records
    for each in lately:
        row = each.data
        # after the clock was set back, older acts stand in this range too
        if not now - SAME_READING_SECONDS < int(str(row["at"])) <= now:
            continue
        if (row["actor"], row["act"], row["subject"], row["detail"]) == wanted:
            return
    services.store.commit([entry(services, *wanted, resident=resident)])


def month_of(moment: datetime) -> str:
    """The Japanese month of a moment, "2026-11": the partition of the record of acts."""
    return moment.astimezone(JST).strftime("%Y-%m")


def order_of_now(services: Services) -> str:
    """Sort key for what is listed by when it was made; it never goes back."""
    return f"{services.clock.stamp():0{STAMP_WIDTH}d}"


def is_of_the_future(services: Services, made_at: Json) -> bool:
    """Whether something was made later than now, so that the clock was set back since: a session
    would live on until the clock has caught up. Two machines may differ a little."""
    return int(str(made_at)) > services.clock.unix() + CLOCKS_DIFFER_SECONDS


def stamp_of(order: str) -> int:
    """The stamp (``ports.Clock.stamp``) an act was written with."""
    return int(order[:STAMP_WIDTH]) if order[:STAMP_WIDTH].isdecimal() else 0


def month_of_stamp(stamp: int) -> str:
    """The Japanese month of a stamp."""
    return month_of(datetime.fromtimestamp(stamp // 1_000_000, JST))


def acts(services: Services, month: str, limit: int = 100, cursor: str | None = None) -> Page:
    """One page of a month's acts, newest first."""
    return services.store.find("audit_by_month", month, limit=limit, cursor=cursor, descending=True)
