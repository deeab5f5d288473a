"""After a crash, a lost job or one that comes twice, a notice is sent and counted once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from tests.journeys.deliver.crashing import crashing
from tests.parts.desk import HOUR
from tests.parts.push_answers import ACCEPTED, always
from tests.parts.town import Town
from todoke.core.errors import TodokeError
from todoke.journeys import deliver, outcomes, pages
from todoke.journeys.tick import relay_outbox, tick
from todoke.ports import Count, Write

pytestmark = pytest.mark.slow_on_aws


def _records_page(writes: Sequence[Write]) -> bool:
    return any(isinstance(each, Count) and each.counter == "delivery" for each in writes)


def test_a_crash_between_send_and_commit_pushes_again_and_counts_once(town: Town) -> None:
    phones = town.joined(10)
    id = town.desk.approved().id
    tick(town.services)
    town.work_once()
    tick(town.services)
    services = crashing(town, _records_page)
    assert deliver.work(services, "urgent") == 0
    assert len(town.pushed()) == 10
    assert town.outcomes(id) == {}
    town.clock.turn(deliver.VISIBLE_SECONDS)
    town.settle()
    assert sorted(town.pushed()) == sorted([each.endpoint for each in phones] * 2)
    assert town.outcomes(id) == {"accepted": 10}
    topics = {target.endpoint: message.topic for target, message in town.push.sent}
    assert all(topics[target.endpoint] == message.topic for target, message in town.push.sent)


def test_a_page_that_comes_again_after_its_commit_pushes_to_nobody(town: Town) -> None:
    town.joined(pages.PAGE + 10)
    id = town.announce()
    jobs: list[Any] = []
    queue = town.services.queue

    class Copying:
        def __getattr__(self, name: str) -> Any:
            return getattr(queue, name)

        def receive(self, lane: str, **options: Any) -> Any:
            found = queue.receive(lane, **options)
            jobs.extend(found)
            return found

    copying = replace(town.services, queue=Copying())  # type: ignore[arg-type]
    while tick(town.services)["outbox"] + deliver.work(copying, "urgent"):
        pass
    sends = [each for each in jobs if each.body["act"] == "send_part"]
    assert len(sends) == 2
    sent = len(town.pushed())
    assert sent == pages.PAGE + 10
    for each in [*sends, *reversed(sends)]:
        pages.send_part(town.services, each)
    town.settle()
    assert len(town.pushed()) == sent
    assert town.outcomes(id) == {"accepted": sent}


def test_an_old_copy_of_a_page_starts_no_second_chain_of_pages(town: Town) -> None:
    town.joined(2 * pages.PAGE + 10)
    id = town.announce()
    tick(town.services)
    (first,) = town.services.queue.receive("urgent")
    pages.send_part(town.services, first)
    before = town.services.store.get("sending", f"{id}.0")
    pages.send_part(town.services, first)
    assert town.services.store.get("sending", f"{id}.0") == before
    assert len(town.pushed()) == pages.PAGE
    town.services.queue.acknowledge(first)
    town.settle()
    assert len(town.pushed()) == 2 * pages.PAGE + 10


def test_whoever_has_a_row_is_not_pushed_to_again_even_when_progress_is_lost(town: Town) -> None:
    phones = town.joined(4)
    id = town.announce()
    from todoke.core.delivery import accepted
    from todoke.journeys import sending
    from todoke.ports import Create

    notice = sending.notice_of(town.notice(id))
    row = outcomes.row(notice, phones[0].id, accepted(0, 201))
    town.services.store.commit([Create(row)])
    town.settle()
    assert sorted(town.pushed()) == sorted(each.endpoint for each in phones[1:])


def test_two_workers_with_copies_of_one_page_record_it_once(town: Town) -> None:
    town.joined(20)
    id = town.announce()
    tick(town.services)
    (job,) = town.services.queue.receive("urgent")
    both = threading.Barrier(2)
    town.push.answer = lambda target, message: ACCEPTED

    def send() -> None:
        both.wait()
        try:
            pages.send_part(town.services, job)
        except TodokeError as error:
            if error.code not in ("version_conflict", "record_exists"):
                raise

    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(send) for _ in range(2)]:
            each.result()
    assert town.outcomes(id) == {"accepted": 20}
    assert town.notice(id).data["state"] == "sent"


def test_a_crash_before_the_last_step_still_ends_with_sent(town: Town) -> None:
    town.joined(3)
    id = town.announce()
    tick(town.services)

    def finishes(writes: Sequence[Write]) -> bool:
        return any(
            getattr(getattr(each, "record", None), "kind", "") == "notice" for each in writes
        )

    assert deliver.work(crashing(town, finishes), "urgent") == 0
    assert town.notice(id).data["state"] == "sending"
    town.clock.turn(deliver.VISIBLE_SECONDS)
    town.settle()
    assert town.notice(id).data["state"] == "sent"
    assert len(town.pushed()) == 3


def test_an_outbox_entry_that_is_queued_twice_is_done_once(town: Town) -> None:
    town.joined(3)
    town.desk.approved()

    def erases(writes: Sequence[Write]) -> bool:
        return any(getattr(each, "kind", "") == "outbox" for each in writes)

    with pytest.raises(RuntimeError, match="killed"):
        relay_outbox(crashing(town, erases))
    assert town.services.queue.waiting("urgent") == 1
    assert relay_outbox(town.services) == 1
    assert town.services.queue.waiting("urgent") == 2
    town.settle()
    assert len(town.pushed()) == 3


def test_a_retry_that_crashes_comes_again(town: Town) -> None:
    phone = town.join()
    town.push.answer = always("later", 503, 60)
    id = town.send()
    town.look_only_once()
    town.push.answer = always("accepted", 201)
    town.clock.turn(120)
    tick(town.services)
    services = crashing(town, lambda writes: True)
    assert deliver.work(services, "urgent") == 0
    town.clock.turn(HOUR)
    town.settle()
    assert town.outcomes(id) == {"accepted": 1}
    row = town.delivery(id, phone)
    assert row is not None
    assert row["state"] == "accepted"


def test_a_retry_whose_job_was_lost_is_queued_again_after_its_lease(town: Town) -> None:
    town.join()
    town.push.answer = always("later", 503, 60)
    id = town.send()
    town.look_only_once()
    town.push.answer = always("accepted", 201)
    town.clock.turn(120)
    assert tick(town.services)["retries"] == 1
    assert tick(town.services)["retries"] == 0
    (job,) = town.services.queue.receive("urgent")
    town.services.queue.acknowledge(job)  # lost
    town.pass_time(HOUR)
    assert town.outcomes(id) == {"accepted": 1}


def test_a_sending_that_lost_its_job_is_driven_on(town: Town) -> None:
    town.joined(pages.PAGE + 10)
    id = town.announce()
    tick(town.services)
    assert deliver.work(town.services, "urgent") == 1
    tick(town.services)
    (job,) = town.services.queue.receive("urgent")
    town.services.queue.acknowledge(job)  # lost with the second page
    town.settle()
    assert len(town.pushed()) == pages.PAGE
    town.pass_time(1200, 60)
    assert len(town.pushed()) == pages.PAGE + 10
    assert len(set(town.pushed())) == pages.PAGE + 10
    assert town.notice(id).data["state"] == "sent"


def test_one_part_of_the_tick_that_fails_does_not_stop_the_others(town: Town) -> None:
    town.join()
    town.push.answer = always("later", 503, 60)
    town.send()
    town.look_only_once()
    town.clock.turn(600)
    town.desk.approved()

    def erases(writes: Sequence[Write]) -> bool:
        return any(getattr(each, "kind", "") == "outbox" for each in writes)

    with pytest.raises(RuntimeError, match="killed"):
        tick(crashing(town, erases))
    assert town.services.queue.waiting("urgent") == 2  # the notice and the retry
