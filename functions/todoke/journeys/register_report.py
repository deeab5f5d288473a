"""What a clerk should look at in the register (データクレンジング): one person twice, two who may
be one, what is missing, who is gone and has an account. Told by 宛名番号 and reason, never by name:
the report is printed, sent on and left lying. ``journeys/register_findings.py`` keeps it for the
desk, in the commit that records it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import cast

from todoke.core import address_forms, names, same_person
from todoke.core.errors import TodokeError
from todoke.core.resident_file import DECEASED, HERE
from todoke.core.same_person import FEMALE, MALE, NOT_CERTAIN, SAME
from todoke.journeys import audit, batches, history, register, register_findings, residents, scope
from todoke.journeys.register_findings import Finding, Report
from todoke.journeys.residents import NOW, REGISTER, Resident
from todoke.ports import Check, Json, Message, Record, Services

#: one form shared by more people is no form of anybody's (a facility's address and no birth date)
MOST_ALIKE = 50
#: another register came in while one looked; a third time is no chance
ROUNDS = 3


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


@dataclass(slots=True)
class _Guarded:
    """Children with guardians, looked at once everybody has been read: a guardian asked for by id
    would be a read of its own, for each child of the city. Nobody's name stays in memory."""

    known: set[str] = field(default_factory=set)
    protected: set[str] = field(default_factory=set)
    #: number, guardians, whether 支援措置 stands in the child's own row, whether the city decided
    children: list[tuple[str, tuple[str, ...], bool, bool]] = field(default_factory=list)

    def add(self, person: Resident) -> None:
        """One row of the register."""
        self.known.add(person.id)
        if person.protected:
            self.protected.add(person.id)
        if person.guardians and person.state == HERE:
            child = (person.number, person.guardians, person.protected, bool(person.shown_to))
            self.children.append(child)

    def tell(self, services: Services, found: Report) -> None:
        """Whose guardian is not there, and whom 支援措置 keeps from all guardians: such a child
        waits for a decision of the city."""
        for number, guardians, protected, decided in self.children:
            for each in set(guardians) - self.known:  # of the demonstration, outside of a snapshot
                if residents.get(services, each) is not None:
                    self.known.add(each)
            if set(guardians) - self.known:
                found.add(Finding("guardian", (number,)))
            if not decided and (protected or self.protected & set(guardians)):
                found.add(Finding("protected", (number,)))


def no_one(_done: int, _total: int) -> None:
    """For whoever does not watch."""


def report(services: Services, who: str, told: Callable[[int, int], None] = no_one) -> Report:
    """Looks through the register as it is now; the desk shows it from then on. told: hears how many
    of how many. Recorded as one act. who: staff id or "cli"."""
    for _ in range(ROUNDS):
        now = services.store.get(REGISTER, NOW)
        if now is None:
            return Report()
        found = _looked(services, now, told)
        if _recorded(services, who, now, found):
            return found
    raise TodokeError("storage_unavailable")


def look(services: Services, job: Message) -> None:
    """The same for a clerk who asked for it at the desk: a job of the workers, for a large register
    takes minutes. A copy of it finds its answer there."""
    if register_findings.is_asked(services, job.body["asked_at"]):
        report(services, str(job.body["who"]))


def _looked(services: Services, now: Record, told: Callable[[int, int], None]) -> Report:
    found = Report(str(now.data["on"]), str(now.data["snapshot"]))
    alike, guarded = _Alike(), _Guarded()
    total = int(cast("int", now.data["people"]))
    others = _others(services, found.snapshot)
    for done, record in enumerate(register.rows(services, found.snapshot), 1):
        person = residents.opened(services, record)
        if person.id in others:
            found.add(Finding("another", (person.number,)))
        _look_at(services, person, found)
        guarded.add(person)
        if person.state == HERE:
            found.people += 1
            for shared in _shared(services, person):
                alike.add(shared, person.id)
        if done % 1000 == 0:
            told(min(done, total), total)
    guarded.tell(services, found)
    _compare(services, alike, found)
    found.listed.sort(key=lambda each: [(len(number), number) for number in each.numbers])
    return found


def _recorded(services: Services, who: str, now: Record, found: Report) -> bool:
    """Whether it was; not where another register came in meanwhile, whose rows it may have mixed
    with those of this one."""
    counts: dict[str, Json] = {"people": found.people, **found.counts}
    counts |= scope.held(services, scope.clerk(services, who))
    for _ in range(ROUNDS):
        noted = audit.entry(  # each row was opened, and each resident may know it
            services, who, "register_reported", "register/now", counts, resident=history.EVERYBODY
        )
        of_now = Check(REGISTER, NOW, now.version)
        try:
            services.store.commit([noted, of_now, *register_findings.keeping(services, found)])
        except TodokeError as error:
            if error.code not in ("version_conflict", "record_exists"):
                raise
            again = services.store.get(REGISTER, NOW)
            if again is None or again.version != now.version:
                return False
            continue  # somebody asked for a look, or another one ended
        return True
    raise TodokeError("storage_unavailable")


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
