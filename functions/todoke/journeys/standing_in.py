"""Whose matter it is and who acts: a person herself, or somebody with a mandate of hers.

What is done for another is hers: her application, her bill. It stands in the history of both, and
its commit fails when the mandate ends at that very moment: after ``mandates.end`` has returned
nothing is done by it any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from todoke.core.errors import TodokeError
from todoke.core.resident_file import HERE
from todoke.journeys import audit, mandates, residents
from todoke.journeys.mandates import FILE, Mandate
from todoke.ports import Check, Services, Write


@dataclass(frozen=True, slots=True)
class Acting:
    """resident: whose matter it is. by: who acts. mandate: None when she acts herself; version: of
    its record."""

    resident: str
    by: str
    mandate: Mandate | None = None
    version: int = 0

    @property
    def agent(self) -> str | None:
        """Who acts for her; None when she does herself."""
        return self.by if self.mandate else None

    @property
    def key(self) -> str:
        """By which a form that is sent twice is known: of the two, not of one of them."""
        return f"{self.by}.{self.resident}" if self.mandate else self.resident


def herself(resident: str) -> Acting:
    """A person in her own matter."""
    return Acting(resident, resident)


def by_mandate(services: Services, agent: str, id: str, wanted: str) -> Acting:
    """Somebody in another's matter, by the mandate of this id. wanted: of ``mandate.SCOPES``.

    Raises ``mandate_over``, alike for one that ended, is over, has not begun, covers something
    else, is another's or is none; and for filing for somebody who lives here no more."""
    record = services.store.get("mandate", id)
    if record is None or not mandates.allows(services, record, agent, wanted):
        raise TodokeError("mandate_over")
    mandate = mandates.of_record(record)
    person = residents.get(services, mandate.principal)
    if wanted == FILE and (person is None or person.state != HERE):
        raise TodokeError("mandate_over")
    return Acting(mandate.principal, agent, mandate, record.version)


def for_principal(services: Services, agent: str, principal: str, wanted: str) -> Acting:
    """The same, by whichever mandate there is. Raises ``mandate_over``."""
    found = mandates.standing(services, agent, principal, wanted)
    return by_mandate(services, agent, found.id if found else "-", wanted)


def unless_ended(acting: Acting) -> Sequence[Write]:
    """What makes the commit of the act fail when the mandate ends meanwhile."""
    return [Check("mandate", acting.mandate.id, acting.version)] if acting.mandate else []


def noted(services: Services, acting: Acting, act: str, subject: str) -> Sequence[Write]:
    """The act in the history of whose matter it is, and in that of who acts for her."""
    if acting.mandate is None:
        return [audit.entry(services, "citizen", act, subject, resident=acting.resident)]
    both = mandates.both(acting.mandate)
    return [
        audit.entry(services, "agent", act, subject, both, resident=acting.resident),
        audit.entry(services, "citizen", f"{act}_for", subject, both, resident=acting.by),
    ]


def looked(services: Services, acting: Acting, wanted: str) -> None:
    """Commits that somebody looks at another's matter, for both, before it is shown. Raises
    ``mandate_over``."""
    if acting.mandate is None:
        return
    try:
        mandates.acted(services, acting.mandate, "mandate_looked", wanted)
    except TodokeError as error:
        if error.code != "not_found":
            raise
        raise TodokeError("mandate_over") from error


def check_again(services: Services, acting: Acting) -> None:
    """After a commit that met another one: whether it was the end of the mandate. Raises
    ``mandate_over``."""
    if acting.mandate is not None and services.store.get("mandate", acting.mandate.id) is None:
        raise TodokeError("mandate_over")
