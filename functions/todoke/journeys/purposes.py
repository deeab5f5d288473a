"""What a clerk opens a person's record for: chosen before, written with the reading, read by the
person herself in her やりとり履歴.

Chosen once for a record, it holds for an hour of this session. A form that she sends later is taken
all the same: she has seen what it is about, and what she wrote must not be lost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from todoke.core.errors import TodokeError
from todoke.core.words import LANGUAGES
from todoke.journeys.desk_session import SESSION_SECONDS, hashed
from todoke.ports import Json, Put, Record, Services

HOLDS_SECONDS = 3600
#: of a city that has written no list of its own ([purposes] in site/todoke.toml); their words are
#: in the locales
USUAL = ("review", "payment", "question", "correction", "audit")
#: kinds of records that are opened at the desk -> where
HOMES: Mapping[str, str] = {"application": "/cases/", "bill": "/bills/"}
_NUMBER = re.compile(r"[TB]-[0-9A-Z]{5}-[0-9A-Z]{5}")
_KIND = "staff_purpose"


def known(services: Services) -> tuple[str, ...]:
    """The codes, in the order in which they are offered."""
    return tuple(services.config.purposes) or USUAL


def words(services: Services, code: str) -> Mapping[str, str]:
    """language -> what a purpose is called; empty for one that the city knows no more."""
    own = services.config.purposes
    if own:
        return own.get(code, {})
    name = f"phone.history.why.{code}"
    usual = services.words.has("ja", name)
    return {each: services.words.say(each, name) for each in LANGUAGES} if usual else {}


def choose(services: Services, session: Record, subject: str, purpose: str) -> None:
    """Notes what this session opens a record for. subject: kind/id. Raises ``bad_field`` for what
    is not in the list, ``bad_request`` for what is no record of a person."""
    kind, _, id = subject.partition("/")
    if kind not in HOMES or not _NUMBER.fullmatch(id):
        raise TodokeError("bad_request")
    if purpose not in known(services):
        allowed = " ".join(known(services))
        raise TodokeError("bad_field", field="purpose", rule="one_of", allowed=allowed)
    data: dict[str, Json] = {
        "staff": session.data["staff"],
        "subject": subject,
        "purpose": purpose,
        "created_at": services.clock.unix(),
    }
    ends = int(str(session.data["created_at"])) + SESSION_SECONDS
    record = Record(_KIND, _id(session, subject), data, expires_at=ends)
    services.store.commit([Put(record)])


def of(services: Services, session: Record, subject: str, *, sent: bool = False) -> str:
    """The purpose that was chosen. sent: whether a form comes back, which is taken later too.

    Raises ``purpose_needed``, and ``not_found`` for what cannot be a number of a record."""
    if not _NUMBER.fullmatch(subject.partition("/")[2]):
        raise TodokeError("not_found")
    found = services.store.get(_KIND, _id(session, subject))
    if found is None:
        raise TodokeError("purpose_needed", subject=subject)
    age = services.clock.unix() - int(str(found.data["created_at"]))
    if not sent and not 0 <= age < HOLDS_SECONDS:
        raise TodokeError("purpose_needed", subject=subject)
    return str(found.data["purpose"])


def _id(session: Record, subject: str) -> str:
    return hashed(f"{session.id}/{subject}")
