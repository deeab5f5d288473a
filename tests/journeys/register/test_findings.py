"""What the desk keeps of a look through the register: sealed, for a month, never of two looks."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.parts.hall import Hall, refusal
from tests.parts.snapshots import LATER, ON, CrashError, CrashingStore, crowd, line, take, work
from todoke.core.notice import Person
from todoke.journeys import deliver, register_findings, register_report, staff
from todoke.journeys.register_findings import KINDS, MOST_LISTED, PAGE, Finding, Report, Shown
from todoke.ports import MAX_COMMIT_WRITES, MAX_PAGE, Message, Services

TWICE = (*crowd(3), line("1"), line("2"))


@pytest.fixture
def boss(hall: Hall) -> Person:
    link = staff.add(hall.services, "見本 ひまり", ["administrator"])
    return staff.person(staff.here(hall.services, link.staff))


def seen(hall: Hall, boss: Person, kind: str = "", page: int = 1) -> Shown:
    return register_findings.opened(hall.services, boss, kind, page)


def looked(hall: Hall, boss: Person) -> None:
    register_findings.ask(hall.services, boss)
    work(hall.services)


def test_before_any_import_there_is_nothing_to_look_through(hall: Hall, boss: Person) -> None:
    assert seen(hall, boss) == Shown(there=False)
    refusal("not_found", lambda: register_findings.ask(hall.services, boss))


def test_what_the_workers_find_is_shown_by_number_and_reason(hall: Hall, boss: Person) -> None:
    take(hall.services, *TWICE, line("3", 住所="見本町9-9"))
    assert seen(hall, boss) == Shown(there=True)
    register_findings.ask(hall.services, boss)
    asked = seen(hall, boss)
    assert (asked.asked_at, asked.stuck, asked.made_at) == (hall.clock.unix(), False, None)
    work(hall.services)
    shown = seen(hall, boss, "doubtful")
    assert dict(shown.counts) == {"twice": 1, "doubtful": 2}
    assert (shown.on, shown.people, shown.asked_at) == (ON.isoformat(), 6, None)
    assert list(shown.rows) == [
        Finding("doubtful", ("1", "3"), "address_differs"),
        Finding("doubtful", ("2", "3"), "address_differs"),
    ]


def test_who_asked_and_who_looked_stand_in_the_record_of_acts(hall: Hall, boss: Person) -> None:
    take(hall.services, *TWICE)
    looked(hall, boss)
    seen(hall, boss)
    seen(hall, boss, "twice")
    acts = hall.services.store.walk("audit", MAX_PAGE).records
    by_her = sorted((each for each in acts if each.data["actor"] == boss.id), key=lambda e: e.id)
    told = [(each.data["act"], each.data["resident"]) for each in by_her]
    assert told == [
        ("register_report_asked", None),
        ("register_reported", "everybody"),
        ("register_findings_seen", None),
        ("register_findings_seen", None),
    ]
    assert by_her[-1].data["detail"] == {"kind": "twice", "count": 1}


@pytest.mark.looks_into_files
def test_no_number_lies_open_in_the_store(hall: Hall, boss: Person) -> None:
    take(hall.services, *crowd(3), line("KANARIA1"), line("KANARIA2"))
    looked(hall, boss)
    for kind in (register_findings.SUMMARY, register_findings.PART, "audit", "outbox"):
        for record in hall.services.store.walk(kind, MAX_PAGE).records:
            assert "KANARIA" not in json.dumps(dict(record.data), ensure_ascii=False)
    assert seen(hall, boss, "twice").rows[0].numbers == ("KANARIA1", "KANARIA2")


def test_two_who_ask_get_one_look(hall: Hall, boss: Person) -> None:
    take(hall.services, *TWICE)
    register_findings.ask(hall.services, boss)
    register_findings.ask(hall.services, boss)
    work(hall.services)
    assert hall.acts().count("register_report_asked") == 1
    assert hall.acts().count("register_reported") == 1


def test_a_copy_of_the_job_does_nothing(
    hall: Hall, boss: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(hall.services, *TWICE)
    register_findings.ask(hall.services, boss)
    jobs: list[Message] = []
    did = deliver.did

    def noted(services: Services, job: Message) -> bool:
        jobs.append(job)
        return did(services, job)

    # a patch: only to get hold of the job
    monkeypatch.setattr(deliver, "did", noted)
    work(hall.services)
    (job,) = [each for each in jobs if each.body["act"] == register_findings.ACT]
    register_report.look(hall.services, job)
    assert hall.acts().count("register_reported") == 1


def test_a_look_that_never_ended_may_be_asked_for_again(hall: Hall, boss: Person) -> None:
    take(hall.services, *TWICE)
    register_findings.ask(hall.services, boss)
    hall.clock.turn(register_findings.STUCK_SECONDS)
    assert seen(hall, boss).stuck
    register_findings.ask(hall.services, boss)
    assert not seen(hall, boss).stuck
    work(hall.services)
    assert dict(seen(hall, boss).counts) == {"twice": 1}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_leaves_the_look_of_before_or_the_whole_new_one(
    hall: Hall, boss: Person, when: str
) -> None:
    take(hall.services, *TWICE)
    looked(hall, boss)
    take(hall.services, *crowd(3), line("1"), line("2", 住所="見本町9-9"), on=LATER)
    broken = replace(hall.services, store=CrashingStore(hall.services.store, [when]))
    with pytest.raises(CrashError):
        register_report.report(broken, "cli")
    shown = seen(hall, boss)
    assert dict(shown.counts) == ({"twice": 1} if when == "before" else {"doubtful": 1})
    assert shown.stale == (when == "before")
    kind = next(iter(shown.counts))
    assert [each.numbers for each in seen(hall, boss, kind).rows] == [("1", "2")]


def test_the_look_of_another_moment_is_not_mixed_into_its_counts(hall: Hall, boss: Person) -> None:
    """Between reading the counts and the rows another look may end."""
    take(hall.services, *TWICE)
    looked(hall, boss)
    asked = register_findings.opened
    made_at = seen(hall, boss).made_at
    assert made_at is not None
    hall.clock.turn(1)
    looked(hall, boss)
    assert asked(hall.services, boss, "twice", 1).rows
    assert register_findings._rows(hall.services, "twice", 0, made_at) == ()


def test_what_was_mended_is_gone_from_the_next_look(hall: Hall, boss: Person) -> None:
    take(hall.services, *TWICE)
    looked(hall, boss)
    take(hall.services, *crowd(3), line("1"), on=LATER, fewer=True)
    assert seen(hall, boss).stale
    looked(hall, boss)
    shown = seen(hall, boss, "twice")
    assert (dict(shown.counts), shown.kind, shown.stale) == ({}, "", False)
    assert hall.services.store.walk(register_findings.PART, MAX_PAGE).records == []


def test_it_is_erased_after_a_month(hall: Hall, boss: Person) -> None:
    take(hall.services, *TWICE)
    looked(hall, boss)
    hall.clock.turn(register_findings.KEEP_SECONDS)
    hall.services.store.purge(MAX_PAGE)
    for kind in (register_findings.SUMMARY, register_findings.PART):
        assert hall.services.store.walk(kind, MAX_PAGE).records == []
    assert seen(hall, boss) == Shown(there=True)


def filled(kind: str, many: int) -> Report:
    """As if so much had been found."""
    found = Report("2026-11-01", "x")
    for number in range(many):
        found.add(Finding(kind, (f"{number:020d}",)))
    return found


@pytest.mark.parametrize("many", [1, PAGE, PAGE + 1, MOST_LISTED, MOST_LISTED + 500])
def test_every_page_has_its_rows_and_together_they_are_all(
    hall: Hall, boss: Person, many: int
) -> None:
    take(hall.services, *crowd(1))
    hall.services.store.commit(register_findings.keeping(hall.services, filled("no_sex", many)))
    first = seen(hall, boss, "no_sex")
    assert first.counts["no_sex"] == many
    listed = min(many, MOST_LISTED)
    assert first.pages == -(-listed // PAGE)
    rows = [row for page in range(first.pages) for row in seen(hall, boss, "no_sex", page + 1).rows]
    assert [int(each.numbers[0]) for each in rows] == list(range(listed))
    beyond = seen(hall, boss, "no_sex", 99)
    assert beyond.page == first.pages


def test_the_fullest_report_is_one_commit(hall: Hall) -> None:
    """On DynamoDB, too."""
    found = Report("2026-11-01", "x")
    for kind in KINDS:
        for number in range(MOST_LISTED):
            pair = (f"{number:020d}", f"{number + 1:020d}")
            found.add(Finding(kind, pair, "name_substituted"))
    writes = register_findings.keeping(hall.services, found)
    assert len(writes) + 2 <= MAX_COMMIT_WRITES
    hall.services.store.commit(writes)
