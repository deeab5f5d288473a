"""What was found in the register, as the desk shows it: numbers (宛名番号) and reasons, no names.

To look through a register takes a second for each ten thousand people, longer than a page may: a
clerk asks for it, the workers do it (``journeys/register_report.py``), and what they found is kept
sealed for a month. Whoever opens the page stands in the record of acts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from todoke.core import sealed
from todoke.core.errors import TodokeError
from todoke.core.notice import Person
from todoke.journeys import audit, scope
from todoke.journeys.residents import NOW, REGISTER
from todoke.ports import Create, Delete, Json, Put, Record, Replace, Services, Write

#: kinds of findings, the worst first
KINDS = (
    "another",
    "twice",
    "doubtful",
    "gone_account",
    "no_birth_date",
    "no_sex",
    "no_address",
    "substitute",
    "guardian",
    "protected",
)
#: findings of one kind that are listed; a column that was left empty would give one for everybody,
#: and must not hide that somebody is there twice
MOST_LISTED = 1000
#: of one page, and of one sealed record
PAGE = 200
#: a clerk works it off, or asks anew
KEEP_SECONDS = 30 * 86400
#: a look that has lasted so long has failed, and may be asked for again
STUCK_SECONDS = 900
SUMMARY, PART = "register_findings", "register_finding"
#: of the job
ACT = "report_register"
SUBJECT = "register/now"
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """kind: one of ``KINDS``. numbers: 宛名番号 of whom it is about. reason: of doubtful,
    core/same_person.py; of gone_account, closed or deceased."""

    kind: str
    numbers: tuple[str, ...]
    reason: str = ""


@dataclass(slots=True)
class Report:
    """on, snapshot: day and batch of the register, "" where there is none. counts: findings by
    kind, all of them; listed: the first ones of each."""

    on: str = ""
    snapshot: str = ""
    people: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    listed: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Counts it, and lists it while there is room."""
        self.counts[finding.kind] += 1
        if self.counts[finding.kind] <= MOST_LISTED:
            self.listed.append(finding)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page says. there: whether the city has a register. on, people, made_at: of the last
    look, made_at None before the first. stale: a newer register came in since. asked_at: a look is
    under way since then; stuck: for too long. counts: by kind, of those that were found. kind,
    rows, page, pages: what is listed of one kind."""

    there: bool
    on: str = ""
    people: int = 0
    made_at: int | None = None
    stale: bool = False
    asked_at: int | None = None
    stuck: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    kind: str = ""
    rows: Sequence[Finding] = ()
    page: int = 1
    pages: int = 0


# ------------------------------------------------------------------------- a look
def ask(services: Services, who: Person) -> None:
    """Asks the workers to look through the register; nothing more while they do. Raises
    ``not_found`` in a city without one."""
    for _ in range(ROUNDS):
        if services.store.get(REGISTER, NOW) is None:
            raise TodokeError("not_found")
        known, now = services.store.get(SUMMARY, NOW), services.clock.unix()
        if known is not None and _under_way(known, now):
            return None
        asked: Record = known or Record(SUMMARY, NOW, _nothing())
        asked = replace(asked, data={**asked.data, "asked_at": now}, expires_at=now + KEEP_SECONDS)
        job: dict[str, Json] = {
            "act": ACT,
            "body": {"who": who.id, "asked_at": now},
            "lane": "bulk",
            "waiting": "waiting",
            "due_at": audit.sort_key(now),
        }
        detail = scope.held(services, who)
        noted = audit.entry(services, who.id, "register_report_asked", SUBJECT, detail)
        writes: list[Write] = [Replace(asked) if known else Create(asked), noted]
        try:
            return services.store.commit([*writes, Put(Record("outbox", ACT, job))])
        except TodokeError as error:
            if error.code not in ("version_conflict", "record_exists"):
                raise
    raise TodokeError("storage_unavailable")


def is_asked(services: Services, asked_at: Json) -> bool:
    """Whether somebody still waits for the look that was asked for then."""
    known = services.store.get(SUMMARY, NOW)
    return known is not None and known.data["asked_at"] == asked_at


def keeping(services: Services, found: Report) -> list[Write]:
    """The writes that put a report in the place of the one before; whoever waits has her answer."""
    known, now = services.store.get(SUMMARY, NOW), services.clock.unix()
    data: dict[str, Json] = {
        "snapshot": found.snapshot,
        "on": found.on,
        "people": found.people,
        "counts": dict(found.counts),
        "made_at": now,
        "asked_at": None,
    }
    version = known.version if known else 0
    summary = Record(SUMMARY, NOW, data, version, now + KEEP_SECONDS)
    writes: list[Write] = [Replace(summary) if known else Create(summary)]
    for kind in KINDS:
        rows = [each for each in found.listed if each.kind == kind]
        for number in range(MOST_LISTED // PAGE):
            some = rows[number * PAGE : (number + 1) * PAGE]
            writes.append(_part(services, kind, number, some, now))
    return writes


def _part(
    services: Services, kind: str, number: int, rows: Sequence[Finding], now: int
) -> Put | Delete:
    id = f"{kind}.{number}"
    if not rows:
        return Delete(PART, id)
    inside = {"rows": [[*each.numbers, each.reason] for each in rows]}
    text = sealed.seal_json(services.secrets.data_key, PART, id, inside)
    data: dict[str, Json] = {"made_at": now, "sealed": text}
    return Put(Record(PART, id, data, expires_at=now + KEEP_SECONDS))


def _nothing() -> dict[str, Json]:
    return {"snapshot": None, "on": None, "people": 0, "counts": {}, "made_at": None}


def _under_way(known: Record, now: int) -> bool:
    asked_at = known.data["asked_at"]
    # one of a time to come was asked for before the clock was set back
    return asked_at is not None and 0 <= now - int(str(asked_at)) < STUCK_SECONDS


# ------------------------------------------------------------------------- the page
def opened(services: Services, who: Person, kind: str, page: int) -> Shown:
    """The page as it is now, behind the commit that records who opened it. kind: one of ``KINDS``,
    anything else the counts alone. page: from 1."""
    shown = _found(services, kind, page)
    detail: dict[str, Json] = {**scope.held(services, who)}
    if shown.kind:
        detail |= {"kind": shown.kind, "count": len(shown.rows)}
    services.store.commit(
        [audit.entry(services, who.id, "register_findings_seen", SUBJECT, detail)]
    )
    return shown


def _found(services: Services, kind: str, page: int) -> Shown:
    register, known = services.store.get(REGISTER, NOW), services.store.get(SUMMARY, NOW)
    if register is None or known is None:
        return Shown(register is not None)
    now, made_at = services.clock.unix(), known.data["made_at"]
    found = {str(name): int(str(each)) for name, each in _counts(known).items()}
    shown = Shown(
        there=True,
        on=str(known.data["on"] or ""),
        people=int(str(known.data["people"])),
        made_at=None if made_at is None else int(str(made_at)),
        stale=made_at is not None and known.data["snapshot"] != register.data["snapshot"],
        asked_at=cast("int | None", known.data["asked_at"]),
        stuck=not _under_way(known, now),
        counts={each: found[each] for each in KINDS if found.get(each)},
    )
    if kind in shown.counts:
        pages = -(-min(shown.counts[kind], MOST_LISTED) // PAGE)
        page = min(max(page, 1), pages)
        rows = _rows(services, kind, page - 1, shown.made_at)
        shown = replace(shown, kind=kind, rows=rows, page=page, pages=pages)
    return shown


def _counts(known: Record) -> Mapping[str, Json]:
    return cast("Mapping[str, Json]", known.data["counts"])


def _rows(services: Services, kind: str, number: int, made_at: int | None) -> Sequence[Finding]:
    """Of the look whose counts are shown; nothing when another one ended this very moment."""
    record = services.store.get(PART, f"{kind}.{number}")
    if record is None or record.data["made_at"] != made_at:
        return ()
    keys = services.secrets.data_key
    inside = sealed.open_json(keys, PART, record.id, record.data["sealed"])
    return [Finding(kind, tuple(row[:-1]), row[-1]) for row in inside["rows"]]
