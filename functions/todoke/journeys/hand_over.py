"""An application that lies with the wrong office is handed to the right one."""

from __future__ import annotations

from dataclasses import replace

from todoke.core.errors import TodokeError
from todoke.core.notice import Person
from todoke.journeys import audit, cases
from todoke.ports import Json, Record, Replace, Services

#: what is decided stays with who decided it
STATES = ("submitted", "returned")


def office_of(services: Services, record: Record) -> str:
    """Code of the office that an application belongs to now; "" in a city without offices."""
    data = record.data
    return services.config.offices.of("application", str(data["procedure"]), data.get("office"))


def hand_over(services: Services, who: Person, id: str, seen: int, office: str) -> None:
    """Gives it to another office; from then on its clerks see it, and the old office's see it no
    more. It stands in the record of acts and in the person's own history.

    seen: version of the record that was on the screen. Raises ``not_found``, ``bad_field`` for
    what is no other office, ``application_state`` when it is decided or a colleague was quicker."""
    record = cases.get(services, who, id)
    before = office_of(services, record)
    others = [each for each in services.config.offices.names if each != before]
    if office not in others:
        raise TodokeError("bad_field", field="office", rule="one_of", allowed=" ".join(others))
    state = str(record.data["state"])
    if state not in STATES or record.version != seen:
        raise TodokeError("application_state", state=state)
    # "changed_at" stays: since when the person waits is not for the city to begin anew
    changed = replace(record, data={**record.data, "office": office})
    detail: dict[str, Json] = {"from": before, "to": office}
    resident, subject = str(record.data["resident"]), f"application/{id}"
    act = audit.entry(
        services, who.id, "application_handed_over", subject, detail, resident=resident
    )
    try:
        services.store.commit([Replace(changed), act])
    except TodokeError as error:
        if error.code != "version_conflict":
            raise
        raise TodokeError("application_state", state=state) from error
