"""Notices addressed to one resident: written in the commit of the act they tell of.

The text is sealed; the push that announces it says only that something has arrived.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from todoke.core import sealed
from todoke.core.errors import TodokeError
from todoke.core.push_message import in_language
from todoke.core.words import LANGUAGES
from todoke.journeys import audit, batches
from todoke.journeys.batch_writing import Made, Plan
from todoke.ports import Create, Json, Page, Record, Replace, Services, Write

LOG = logging.getLogger("todoke.address")
#: of the batch of many letters
ACT = "letters"
#: letters that are not mistaken for another (Crockford's base 32), as all our numbers are
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: 50 bits: enough that nobody meets a number by chance; the owner check is what protects
NUMBER_LETTERS = 10
#: notices of one page of the inbox
MOST = 200
#: two windows may open the same notice at once; one of them wins each round
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Letter:
    """An addressed notice, unsealed. link: path on the portal, or None. published_at: unix
    seconds. opened_at: unix seconds, None while unread."""

    id: str
    kind: str
    about: str
    title: Mapping[str, str]
    body: Mapping[str, str]
    link: str | None
    published_at: int
    opened_at: int | None


def new_number(prefix: str) -> str:
    """A number people can read out: "T-4K9Q2-7MX0R"."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(NUMBER_LETTERS))
    return f"{prefix}-{letters[:5]}-{letters[5:]}"


def writes(
    services: Services,
    resident: str,
    kind: str,
    about: str,
    *,
    link: str | None = None,
    urgency: str = "normal",
    **values: object,
) -> list[Write]:
    """The notice and the outbox entry of its push, for the commit of the act itself; arguments as
    in ``notice``."""
    made = notice(services, resident, kind, about, link=link, urgency=urgency, **values)
    return [made, push_of(services, made.record.id)]


def push_of(services: Services, id: str) -> Create:
    """The outbox entry that pushes one notice."""
    entry: dict[str, Json] = {
        "act": "push_addressed",
        "body": {"addressed": id},
        "lane": "urgent",
        "waiting": "waiting",
        "due_at": audit.sort_key(services.clock.unix()),
    }
    return Create(Record("outbox", f"addressed.{id}", entry))


def notice(
    services: Services,
    resident: str,
    kind: str,
    about: str,
    *,
    link: str | None = None,
    urgency: str = "normal",
    **values: object,
) -> Create:
    """The notice alone: as a row of a batch, whose seal starts the push.

    resident: id. kind: its words are ``addressed.<kind>.title`` and ``.body`` of the locales,
    filled with ``values`` (a mapping language -> words is picked from). about:
    "application/T-…" or "bill/B-…". link: path where the person goes on."""
    id, now = new_number("A"), services.clock.unix()
    said = {
        part: {
            language: services.words.say(
                language, f"addressed.{kind}.{part}", **_in(language, values)
            )
            for language in LANGUAGES
        }
        for part in ("title", "body")
    }
    text = {**said, "link": link}
    data: dict[str, Json] = {
        "resident": resident,
        "all": "all",
        "order": f"{audit.order_of_now(services)}-{id}",
        "kind": kind,
        "about": about,
        "sealed": sealed.seal_json(services.secrets.data_key, "addressed_notice", id, text),
        "urgency": urgency,
        "opened_at": None,
        "created_at": now,
    }
    return Create(Record("addressed_notice", id, data))


# ------------------------------------------------------------------------- to many
@dataclass(frozen=True, slots=True)
class ToOne:
    """One letter of many. resident: id. values: for the words of its kind, as in ``notice``."""

    resident: str
    values: Mapping[str, Json]


def send_to_many(
    services: Services,
    who: str,
    kind: str,
    letters: Sequence[ToOne],
    *,
    once: str,
    link: str | None = None,
    urgency: str = "normal",
) -> Record:
    """The batch of the letters, given to the workers: they become visible together, and the seal
    starts their pushes. One entry in the record of acts names the batch.

    once: names this sending; the same again goes on with it or is it. kind, link, urgency: as in
    ``notice``. Somebody who is no resident gets nothing, and the batch tells her place in the
    list. Raises ``missing_field`` for a letter that would leave a gap in its words."""
    _check_values(services, kind, letters)
    told = [[each.resident, dict(each.values)] for each in letters]
    said = {"once": once, "kind": kind, "link": link, "urgency": urgency, "letters": told}
    body = json.dumps(said, ensure_ascii=False).encode()
    record = batches.begin(services, who, ACT, body, len(letters), batches.WAITING, once=True)
    if record.data["state"] != batches.WAITING:
        return record
    batches.keep_input(services, record.id, body)
    return batches.start(services, record.id, who)


def _check_values(services: Services, kind: str, letters: Sequence[ToOne]) -> None:
    said = [services.words.say("ja", f"addressed.{kind}.{part}") for part in ("title", "body")]
    wanted = set(re.findall(r"\{(\w+)\}", " ".join(said)))
    for each in letters:
        for name in sorted(wanted - set(each.values)):
            raise TodokeError("missing_field", field=name)


def plan(services: Services, _who: str, body: bytes) -> Plan[tuple[int, ToOne]]:
    """What the kept input of ``send_to_many`` makes."""
    said = json.loads(body)
    letters = [ToOne(resident, values) for resident, values in said["letters"]]

    def made(item: tuple[int, ToOne], batch: str) -> Made:
        place, letter = item
        if services.store.get("resident", letter.resident) is None:
            return Made("refused", [place, "", "csv_nobody"])
        row = notice(
            services,
            letter.resident,
            said["kind"],
            f"batch/{batch}",
            link=said["link"],
            urgency=said["urgency"],
            **letter.values,
        )
        return Made("taken", [place, row.record.id], [row])

    def busy(item: tuple[int, ToOne]) -> Made:
        return Made("refused", [item[0], "", "csv_busy"])

    return Plan(list(enumerate(letters, 1)), made, busy, "letters_sent")


def _in(language: str, values: Mapping[str, object]) -> dict[str, object]:
    return {
        name: in_language(value, language) if isinstance(value, Mapping) else value
        for name, value in values.items()
    }


def of_resident(services: Services, resident: str, cursor: str | None = None) -> Page:
    """The records of one resident, newest first."""
    return services.store.find(
        "addressed_by_resident", resident, limit=MOST, cursor=cursor, descending=True
    )


def opened(services: Services, record: Record) -> Letter:
    """A stored notice, unsealed. Raises ``sealed_unreadable``."""
    text: dict[str, Any] = sealed.open_json(
        services.secrets.data_key, "addressed_notice", record.id, record.data["sealed"]
    )
    return _letter(record, text["title"], text["body"], text["link"])


def _letter(
    record: Record, title: Mapping[str, str], body: Mapping[str, str], link: str | None
) -> Letter:
    data = record.data
    return Letter(
        id=record.id,
        kind=str(data["kind"]),
        about=str(data["about"]),
        title=title,
        body=body,
        link=link,
        published_at=int(cast("int", data["created_at"])),
        opened_at=cast("int | None", data.get("opened_at")),
    )


def letters(services: Services, records: Sequence[Record]) -> list[Letter]:
    """Several, unsealed. One that cannot be opened says so in its place: it must not hide the
    others, and the person must not miss that it came."""
    return [_opened_or_told(services, each) for each in records]


def _opened_or_told(services: Services, record: Record) -> Letter:
    try:
        return opened(services, record)
    except TodokeError as error:
        if error.code not in sealed.CLOSED:
            raise  # nobody may say "unreadable" while the service of the keys is away
        LOG.error("letter_unreadable", extra={"code": error.code, "notice": record.id})
    said = [
        {
            language: services.words.say(language, f"addressed.unreadable.{part}", number=record.id)
            for language in LANGUAGES
        }
        for part in ("title", "body")
    ]
    return _letter(record, said[0], said[1], None)


def open_once(services: Services, resident: str, id: str) -> int:
    """Notes that the text was on the screen; when that was first, unix seconds.

    Raises ``not_found``, alike for no such notice and for one of somebody else."""
    for _ in range(ROUNDS):
        record = services.store.get("addressed_notice", id)
        if record is None or record.data["resident"] != resident:
            raise TodokeError("not_found")
        first = cast("int | None", record.data.get("opened_at"))
        if first is not None:
            return first
        now = services.clock.unix()
        data = {**record.data, "opened_at": now}
        try:
            services.store.commit([Replace(Record(record.kind, id, data, record.version))])
        except TodokeError as error:
            if error.code != "version_conflict":
                raise
        else:
            return now
    raise TodokeError("version_conflict", kind="addressed_notice")
