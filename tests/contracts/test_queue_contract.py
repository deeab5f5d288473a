"""What every Queue must do, whatever it is made of (``todoke.ports.Queue``)."""

from __future__ import annotations

import pytest

from tests.contracts import crowd
from tests.contracts.backends import Place, let_go
from todoke.adapters.clock import SystemClock
from todoke.adapters.fakes import TurnedClock
from todoke.core.errors import TodokeError
from todoke.ports import Json, Message, Queue
from todoke.store_schema import LANES

TRIES = 8


def take_one(queue: Queue, lane: str = "bulk") -> Message:
    (message,) = queue.receive(lane)
    return message


def fail(queue: Queue, times: int) -> Message:
    """Take the one job and give it back, so often."""
    for _ in range(times):
        message = take_one(queue)
        queue.give_back(message, 0)
    return message


def test_a_job_comes_out_as_it_went_in(queue: Queue) -> None:
    body: dict[str, Json] = {"act": "send_part", "手当": ["🍼", None, True, 3], "deep": {"a": [{}]}}
    queue.send("bulk", body)
    message = take_one(queue)
    assert (message.lane, message.body, message.tries) == ("bulk", body, 1)


def test_an_empty_lane_gives_nothing(queue: Queue) -> None:
    assert list(queue.receive("bulk")) == []
    assert queue.waiting("bulk") == 0


def test_lanes_do_not_mix(queue: Queue) -> None:
    queue.send("bulk", {"n": 1})
    assert list(queue.receive("urgent", 10)) == []
    assert [queue.waiting(lane) for lane in LANES] == [0, 1]


def test_ready_is_what_would_be_given_now(queue: Queue, clock: TurnedClock) -> None:
    queue.send("bulk", {"n": 1})
    queue.send("bulk", {"n": 2})
    queue.send("bulk", {"n": 3}, delay_seconds=30)
    assert (queue.ready("bulk"), queue.ready("urgent")) == (2, 0)
    queue.receive("bulk", visible_after=60)
    assert (queue.ready("bulk"), queue.waiting("bulk")) == (1, 3)
    clock.turn(60)
    assert queue.ready("bulk") == 3


def test_a_batch_has_at_most_the_limit_and_no_job_twice(queue: Queue) -> None:
    for number in range(5):
        queue.send("bulk", {"n": number})
    first, second = queue.receive("bulk", 3), queue.receive("bulk", 3)
    assert [len(first), len(second)] == [3, 2]
    assert sorted(str(m.body["n"]) for m in [*first, *second]) == list("01234")


def test_a_job_that_is_not_acknowledged_comes_back_when_its_time_is_over(
    queue: Queue, clock: TurnedClock
) -> None:
    queue.send("bulk", {})
    first = queue.receive("bulk", visible_after=60)[0]
    clock.turn(59)
    assert list(queue.receive("bulk")) == []
    assert queue.waiting("bulk") == 1
    clock.turn(1)
    again = take_one(queue)
    assert (again.id, again.tries) == (first.id, 2)


def test_an_acknowledged_job_never_comes_back(queue: Queue, clock: TurnedClock) -> None:
    queue.send("bulk", {})
    message = take_one(queue)
    queue.acknowledge(message)
    queue.acknowledge(message)
    queue.give_back(message, 0)
    clock.turn(100_000)
    assert list(queue.receive("bulk")) == []
    assert queue.waiting("bulk") == 0


def test_a_delayed_job_waits(queue: Queue, clock: TurnedClock) -> None:
    queue.send("bulk", {}, delay_seconds=30)
    assert queue.waiting("bulk") == 1
    clock.turn(29)
    assert list(queue.receive("bulk")) == []
    clock.turn(1)
    assert take_one(queue).tries == 1


def test_a_job_given_back_comes_again_after_the_delay(queue: Queue, clock: TurnedClock) -> None:
    queue.send("bulk", {})
    queue.give_back(take_one(queue), 5)
    assert list(queue.receive("bulk")) == []
    clock.turn(5)
    assert take_one(queue).tries == 2


def test_whoever_lost_a_job_cannot_give_it_back(queue: Queue, clock: TurnedClock) -> None:
    queue.send("bulk", {})
    slow = take_one(queue)
    clock.turn(60)
    quick = take_one(queue)
    queue.give_back(slow, 0)
    assert list(queue.receive("bulk")) == []
    queue.acknowledge(quick)
    assert queue.waiting("bulk") == 0


def test_the_eighth_failed_try_makes_a_dead_letter(queue: Queue) -> None:
    queue.send("bulk", {"poison": True})
    fail(queue, TRIES - 1)
    assert list(queue.dead_letters()) == []
    last = fail(queue, 1)
    assert last.tries == TRIES
    assert list(queue.receive("bulk")) == []
    assert queue.waiting("bulk") == 0
    (dead,) = queue.dead_letters()
    assert (dead.id, dead.lane, dead.body, dead.tries) == (last.id, "bulk", last.body, TRIES)


def test_eight_silent_deaths_of_a_worker_make_a_dead_letter(
    queue: Queue, clock: TurnedClock
) -> None:
    queue.send("bulk", {"poison": True})
    for number in range(TRIES):
        assert take_one(queue).tries == number + 1
        clock.turn(60)
    assert list(queue.receive("bulk")) == []
    assert len(queue.dead_letters()) == 1
    assert queue.waiting("bulk") == 0


def test_poison_does_not_hold_up_the_others(queue: Queue, clock: TurnedClock) -> None:
    queue.send("bulk", {"poison": True})
    queue.send("bulk", {"poison": False})
    done = []
    for _ in range(TRIES + 1):
        for message in queue.receive("bulk", 10):
            if message.body["poison"]:
                queue.give_back(message, 1)
            else:
                queue.acknowledge(message)
                done.append(message.tries)
        clock.turn(1)
    assert done == [1]
    assert len(queue.dead_letters()) == 1


def test_redrive_puts_dead_letters_back_with_no_tries(queue: Queue) -> None:
    for lane in LANES:
        queue.send(lane, {"lane": lane})
        for _ in range(TRIES):
            queue.give_back(take_one(queue, lane), 0)
    assert len(queue.dead_letters(limit=1)) == 1
    assert queue.redrive(limit=1) == 1
    assert queue.redrive() == 1
    assert queue.redrive() == 0
    assert list(queue.dead_letters()) == []
    for lane in LANES:
        message = take_one(queue, lane)
        assert (message.body, message.tries) == ({"lane": lane}, 1)


def test_a_job_survives_whoever_sent_it(queue_place: Place[Queue], clock: TurnedClock) -> None:
    first = queue_place.open(clock)
    first.send("bulk", {"n": 1})
    let_go(first)
    second = queue_place.open(clock)
    assert take_one(second).body == {"n": 1}
    let_go(second)


def test_threads_share_a_lane_without_taking_a_job_twice(queue: Queue) -> None:
    for number in range(100):
        queue.send("bulk", {"number": number})

    def work(_: int) -> list[int]:
        taken = []
        while messages := queue.receive("bulk", 3):
            for message in messages:
                taken.append(int(str(message.body["number"])))
                queue.acknowledge(message)
        return taken

    shares = crowd.threads(8, work)
    assert sorted(number for share in shares for number in share) == list(range(100))


def test_processes_share_a_lane_without_taking_a_job_twice(
    queue_place: Place[Queue],
) -> None:
    queue = queue_place.open(SystemClock())  # the clock that the other processes have
    for number in range(100):
        queue.send("urgent", {"number": number})
    let_go(queue)
    shares = crowd.processes(queue_place, "take_all", ["urgent"] * 3)
    assert sorted(number for share in shares for number in share) == list(range(100))


def test_misuse_of_a_queue_is_refused(queue: Queue) -> None:
    message = Message("1", "bulk", {}, 1)
    for ask in (
        lambda: queue.send("slow", {}),
        lambda: queue.receive("slow"),
        lambda: queue.waiting("slow"),
        lambda: queue.send("bulk", {}, delay_seconds=-1),
        lambda: queue.send("bulk", {}, delay_seconds=901),
        lambda: queue.receive("bulk", limit=0),
        lambda: queue.receive("bulk", visible_after=3601),
        lambda: queue.give_back(message, -1),
        lambda: queue.send("bulk", {"half": 0.5}),  # type: ignore[dict-item]
    ):
        with pytest.raises(TodokeError) as caught:
            ask()
        assert caught.value.code == "store_misuse"
    assert queue.waiting("bulk") == 0


def test_a_job_that_no_queue_could_carry_is_refused(queue: Queue) -> None:
    with pytest.raises(TodokeError) as caught:
        queue.send("bulk", {"text": "x" * 256 * 1024})
    assert caught.value.code == "record_too_large"
    assert queue.waiting("bulk") == 0
