"""What a clerk should look at in the register (データクレンジング): one person twice, two who may
be one, what is missing, who is gone and has an account. Told by 宛名番号 and reason, never by name:
the report is printed, sent on and left lying."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import cast

from todoke.core import address_forms, names, same_person
from todoke.core.resident_file import DECEASED, HERE
from todoke.core.same_person import FEMALE, MALE, NOT_CERTAIN, SAME
from todoke.journeys import audit, batches, history, register, residents
from todoke.journeys.residents import NOW, REGISTER, Resident
from todoke.ports import Services

#: one form shared by more people is no form of anybody's (a facility's address and no birth date)
MOST_ALIKE = 50
#: findings that are listed; a column that was left empty would give one for everybody
MOST_LISTED = 10_000


@dataclass(frozen=True, slots=True)
class Finding:
    """kind: another | twice | doubtful | no_birth_date | no_sex | no_address | substitute |
    gone_account | guardian | protected. numbers: 宛名番号 of whom it is about. reason: of doubtful,
    core/same_person.py."""

    kind: str
    numbers: tuple[str, ...]
    reason: str = ""


@dataclass(slots=True)
class Report:
    """on: day of the register, "" where there is none. counts: findings by kind, all of them;
    listed: the first ones."""

    on: str = ""
    people: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    listed: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Counts it, and lists it while there is room."""
        self.counts[finding.kind] += 1
        if len(self.listed) < MOST_LISTED:
            self.listed.append(finding)


class _Alike:
    """Ids by what they have in common. Hashes, not texts: a register of 100,000 fits."""

    def __init__(self) -> None:
        self._first: dict[int, str] = {}
        self._more: dict[int, list[str]] = {}

    def add(self, shared: tuple[str, ...], id: str) -> None:
        if not all(shared):
            return
        key = hash(shared)
        first = self._first.setdefault(key, id)
        if first != id:
            self._more.setdefault(key, [first]).append(id)

    def groups(self) -> Iterator[list[str]]:
        return (each for each in self._more.values() if len(each) <= MOST_ALIKE)


def no_one(_done: int, _total: int) -> None:
    """For whoever does not watch."""


def report(services: Services, who: str, told: Callable[[int, int], None] = no_one) -> Report:
    """Looks through the register as it is now. told: hears how many of how many. Recorded as one
    act. who: staff id or "cli"."""
    now = services.store.get(REGISTER, NOW)
    found = Report()
    if now is None:
        return found
    found.on = str(now.data["on"])
    alike, total = _Alike(), int(cast("int", now.data["people"]))
    others = _others(services, str(now.data["snapshot"]))
    for done, record in enumerate(register.rows(services, str(now.data["snapshot"])), 1):
        person = residents.opened(services, record)
        if person.id in others:
            found.add(Finding("another", (person.number,)))
        _look_at(services, person, found)
        if person.state == HERE:
            found.people += 1
            for shared in _shared(services, person):
                alike.add(shared, person.id)
        if done % 1000 == 0:
            told(min(done, total), total)
    _compare(services, alike, found)
    found.listed.sort(key=lambda each: [(len(number), number) for number in each.numbers])
    counts = {"people": found.people, **found.counts}
    about = history.EVERYBODY  # each row was opened, and each resident may know it
    noted = audit.entry(services, who, "register_reported", "register/now", counts, resident=about)
    services.store.commit([noted])
    return found


def _others(services: Services, snapshot: str) -> set[str]:
    """Ids under which this snapshot has somebody else than the one before."""
    taken = batches.told_of(services, batches.get(services, snapshot), "taken")
    return {str(id) for _, id, change in taken if change == register.ANOTHER}


def _look_at(services: Services, person: Resident, found: Report) -> None:
    """What can be told of one alone."""
    if person.state != HERE:
        known = services.store.get("resident", person.id)
        if known is not None and known.data["account"] is not None:
            reason = DECEASED if person.state == DECEASED else "closed"
            found.add(Finding("gone_account", (person.number,), reason))
        return
    place = address_forms.read(person.address, residents.home(services))
    missing = {
        "no_birth_date": person.born is None,
        "no_sex": person.sex not in (MALE, FEMALE),
        "no_address": not place.whole,
        "substitute": names.has_wild(person.name) or names.has_wild(person.address),
    }
    for kind, is_missing in missing.items():
        if is_missing:
            found.add(Finding(kind, (person.number,)))
    if any(residents.get(services, each) is None for each in person.guardians):
        found.add(Finding("guardian", (person.number,)))
    if person.guardians and not person.shown_to and _is_hidden(services, person):
        found.add(Finding("protected", (person.number,)))


def _is_hidden(services: Services, person: Resident) -> bool:
    """Whether 支援措置 keeps a child from its guardians: it waits for a decision of the city."""
    known = (residents.get(services, each) for each in person.guardians)
    return person.protected or any(each is not None and each.protected for each in known)


def _shared(services: Services, person: Resident) -> Iterator[tuple[str, ...]]:
    """What two rows of one person have in common, however one of them is written."""
    day = person.born.isoformat() if person.born else ""
    place = address_forms.read(person.address, residents.home(services)).key
    name = names.confused_key(person.name)
    yield "name", name, day
    yield "place", place, day
    yield "both", name, place


def _compare(services: Services, alike: _Alike, found: Report) -> None:
    seen: set[tuple[str, str]] = set()
    for group in alike.groups():
        people = [each for id in group if (each := residents.get(services, id)) is not None]
        for one, other in combinations(sorted(people, key=lambda each: each.number), 2):
            if (one.id, other.id) in seen:
                continue
            seen.add((one.id, other.id))
            verdict = same_person.compare(one, other, residents.home(services))
            numbers = (one.number, other.number)
            if verdict.answer == SAME:
                found.add(Finding("twice", numbers))
            elif verdict.answer == NOT_CERTAIN:
                found.add(Finding("doubtful", numbers, verdict.reason))
