"""A large audience is cut into parts, a job sends several pages, a bad page has many rows: and
everybody still gets the notice once, whatever crashes in between."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journeys.deliver.crashing import crashing
from tests.parts.desk import DAY
from tests.parts.push_answers import always
from tests.parts.town import Town
from todoke.core.errors import TodokeError
from todoke.journeys import announce, deliver, pages
from todoke.journeys.tick import tick
from todoke.ports import Count, Create, Write

pytestmark = pytest.mark.slow_on_aws


@pytest.fixture
def _parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A patch: five thousand followers take long to join."""
    monkeypatch.setattr(pages, "FOLLOWERS_PER_PART", 10)


# ------------------------------------------------------------------------- the ranges
@given(
    parts=st.integers(1, pages.MOST_PARTS),
    id=st.text("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz", min_size=1),
)
def test_every_id_belongs_to_exactly_one_part(parts: int, id: str) -> None:
    ranges = [pages.range_of(part, parts) for part in range(parts)]
    inside = [
        each for each in ranges if (each.low or "") <= id and (each.high is None or id <= each.high)
    ]
    assert len(inside) == 1


@given(st.integers(0, 4_000_000))
def test_the_parts_of_any_city_fit_one_commit(followers: int) -> None:
    parts = pages.parts_for(followers)
    assert 1 <= parts <= pages.MOST_PARTS
    assert parts == pages.MOST_PARTS or parts * pages.FOLLOWERS_PER_PART >= followers


# ------------------------------------------------------------------------- parts
@pytest.mark.usefixtures("_parts")
def test_everybody_gets_a_notice_that_is_sent_in_parts_and_it_ends_with_the_last(
    town: Town,
) -> None:
    phones = town.joined(45)
    id = town.desk.approved().id
    tick(town.services)
    town.work_once()
    assert town.notice(id).data["parts"] == 5
    for done in range(5):
        assert (done, town.notice(id).data["state"]) == (done, "sending")
        tick(town.services)
        while deliver.work(town.services, "urgent") and town.notice(id).data["state"] == "sending":
            places = pages.places_of(town.services, town.notice(id), "urgent")
            if sum(each.done for each in places) > done:
                break
    assert town.notice(id).data["state"] == "sent"
    assert sorted(town.pushed()) == sorted(each.endpoint for each in phones)
    assert town.outcomes(id) == {"accepted": 45}
    assert [act for _, act, _ in town.desk.acts()].count("sent") == 1


@pytest.mark.usefixtures("_parts")
def test_several_workers_send_the_parts_of_one_notice(town: Town) -> None:
    phones = town.joined(60)
    id = town.desk.approved().id
    tick(town.services)
    town.work_once()
    tick(town.services)
    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(deliver.work, town.services, "urgent") for _ in range(12)]:
            each.result()
    town.settle()
    assert sorted(town.pushed()) == sorted(each.endpoint for each in phones)
    assert town.outcomes(id) == {"accepted": 60}
    assert town.notice(id).data["state"] == "sent"
    assert [act for _, act, _ in town.desk.acts()].count("sent") == 1


@pytest.mark.usefixtures("_parts")
def test_a_part_whose_job_is_lost_is_driven_on_and_the_others_are_not_sent_again(
    town: Town,
) -> None:
    phones = town.joined(45)
    id = town.announce()
    tick(town.services)
    lost = town.services.queue.receive("urgent", limit=2)
    for each in lost:
        town.services.queue.acknowledge(each)
    town.settle()
    assert town.notice(id).data["state"] == "sending"
    assert 0 < len(town.pushed()) < 45
    town.pass_time(1200, 60)
    assert sorted(town.pushed()) == sorted(each.endpoint for each in phones)
    assert town.notice(id).data["state"] == "sent"


@pytest.mark.usefixtures("_parts")
def test_a_recall_ends_every_part(town: Town) -> None:
    town.joined(45)
    id = town.announce()
    tick(town.services)
    deliver.work(town.services, "urgent")
    before = len(town.pushed())
    announce.recall(town.services, town.desk.approver, id, "まちがい")
    town.settle()
    assert 0 < before == len(town.pushed())
    assert town.notice(id).data["state"] == "recalled"


# ------------------------------------------------------------------------- pages of one job
def test_one_job_goes_on_to_the_next_page_by_itself(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "JOB_SECONDS", 60)
    phones = town.joined(3 * pages.PAGE + 1)
    id = town.announce()
    tick(town.services)
    assert deliver.work(town.services, "urgent") == 1
    assert sorted(town.pushed()) == sorted(each.endpoint for each in phones)
    assert town.notice(id).data["state"] == "sent"
    assert town.desk.outbox() == []


def test_a_crash_in_the_third_page_of_a_job_sends_that_page_again_and_no_other(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "JOB_SECONDS", 60)
    phones = town.joined(3 * pages.PAGE + 1)
    id = town.announce()
    tick(town.services)

    def third(writes: Sequence[Write]) -> bool:
        return _records_a_page(writes) and len(town.pushed()) == 3 * pages.PAGE

    assert deliver.work(crashing(town, third), "urgent") == 0
    assert town.outcomes(id) == {"accepted": 2 * pages.PAGE}
    town.clock.turn(deliver.VISIBLE_SECONDS)
    town.settle()
    twice = phones[2 * pages.PAGE : 3 * pages.PAGE]
    assert sorted(town.pushed()) == sorted(each.endpoint for each in [*phones, *twice])
    assert town.outcomes(id) == {"accepted": len(phones)}


def test_a_store_that_is_off_in_the_second_page_of_a_job_loses_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job comes back as a new one, and goes on where the part stands."""
    monkeypatch.setattr(pages, "JOB_SECONDS", 60)
    phones = town.joined(2 * pages.PAGE)
    id = town.announce()
    tick(town.services)

    def second(writes: Sequence[Write]) -> bool:
        if _moves(writes) and len(town.pushed()) == 2 * pages.PAGE:
            raise TodokeError("storage_unavailable")
        return False

    assert deliver.work(crashing(town, second), "urgent") == 1
    town.clock.turn(deliver.OFF_PAUSE)
    town.settle()
    assert town.notice(id).data["state"] == "sent"
    assert town.outcomes(id) == {"accepted": len(phones)}


# ------------------------------------------------------------------------- rows
def test_what_simply_went_leaves_no_row_and_what_did_not_leaves_one(town: Town) -> None:
    phones = town.joined(4)
    town.clock.turn(3600)  # who followed right before it has a row where lists may be late
    town.push.answer = lambda target, message: (
        always("later", 503)(target, message)
        if target.endpoint == phones[0].endpoint
        else always("accepted", 201)(target, message)
    )
    id = town.send()
    rows = [town.delivery(id, each) for each in phones]
    assert [row and row["state"] for row in rows] == ["retry", None, None, None]


@pytest.mark.parametrize("crashes", [0, 1])
def test_a_page_with_more_rows_than_a_commit_holds_keeps_them_all_and_counts_once(
    town: Town, monkeypatch: pytest.MonkeyPatch, crashes: int
) -> None:
    monkeypatch.setattr(pages, "ROWS", 7)
    phones = town.joined(pages.PAGE)
    town.push.answer = lambda target, message: (
        always("later", 503)(target, message)
        if int(target.endpoint.rpartition("-")[2]) % 2
        else always("accepted", 201)(target, message)
    )
    id = town.announce()
    tick(town.services)

    def last_of_page(writes: Sequence[Write]) -> bool:
        return _records_a_page(writes)

    services = crashing(town, last_of_page, crashes)
    assert deliver.work(services, "urgent") == (0 if crashes else 1)
    town.push.answer = always("accepted", 201)
    town.clock.turn(deliver.VISIBLE_SECONDS)
    town.settle()
    town.pass_time(DAY)
    assert town.outcomes(id) == {"accepted": len(phones)}
    assert {each.endpoint for each in phones} == set(town.pushed())
    assert town.notice(id).data["state"] == "sent"


@pytest.mark.parametrize("crashes", [0, 1])
def test_what_is_dead_at_once_is_counted_once_with_its_row(
    town: Town, monkeypatch: pytest.MonkeyPatch, crashes: int
) -> None:
    monkeypatch.setattr(pages, "ROWS", 7)
    town.joined(pages.PAGE)
    town.push.answer = always("blocked", 0)
    id = town.announce()
    tick(town.services)
    deliver.work(crashing(town, _moves, crashes), "urgent")
    town.clock.turn(deliver.VISIBLE_SECONDS)
    town.settle()
    assert town.outcomes(id) == {"dead": pages.PAGE}


def _moves(writes: Sequence[Write]) -> bool:
    return any(getattr(getattr(each, "record", None), "kind", "") == "sending" for each in writes)


def _records_a_page(writes: Sequence[Write]) -> bool:
    """The commit that moves the progress; rows that came before it are not meant."""
    moves = any(getattr(getattr(each, "record", None), "kind", "") == "sending" for each in writes)
    return moves and any(isinstance(each, Count | Create) for each in writes)
