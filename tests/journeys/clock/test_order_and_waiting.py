"""After the clock was set back: the record of acts keeps its order, sessions end, nothing that
waits for a moment waits until the clock has caught up."""

from __future__ import annotations

import pytest

from tests.parts.desk import DAY
from tests.parts.resident import logged_in
from tests.parts.town import GOOGLE, Town
from todoke import assemble
from todoke.journeys import address, announce, audit, desk_session, session, staff
from todoke.ports import MAX_PAGE, PushAnswer, Services

CLERK = "clerk"
#: of a computer that takes Japan's time for UTC until a time server answers
NINE_HOURS = 9 * 3600


def _act(services: Services, what: str) -> None:
    services.store.commit([audit.entry(services, CLERK, what, "setting/clock")])


def _acts(town: Town) -> list[str]:
    """Newest first, as the console lists them."""
    month = audit.month_of(town.clock.now())
    found = audit.acts(town.services, month, MAX_PAGE).records
    return [str(each.data["act"]) for each in found if each.data["actor"] == CLERK]


def test_the_record_of_acts_keeps_its_order_when_the_clock_goes_back(town: Town) -> None:
    _act(town.services, "first")
    town.clock.jump(-3 * DAY)
    _act(town.services, "second")
    town.clock.jump(3600)
    _act(town.services, "third")
    assert _acts(town) == ["third", "second", "first"]


@pytest.mark.looks_into_files
def test_it_keeps_its_order_over_a_restart(town: Town) -> None:
    _act(town.services, "first")
    town.clock.switch_off(-3 * DAY)
    town.clock._stamps.__init__()  # type: ignore[misc]
    again = assemble.fake(town.services.config.data, clock=town.clock)
    _act(again, "second")
    assert _acts(town) == ["second", "first"]


def test_letters_keep_their_order_when_the_clock_goes_back(town: Town) -> None:
    who = logged_in(town.services).resident
    for jump, kind in ((-3 * DAY, "card_linked"), (0, "application_accepted")):
        writes = address.writes(town.services, who, kind, "application/T", number="T", link="/")
        town.services.store.commit(writes)
        town.clock.jump(jump)
    listed = town.services.store.find("addressed_by_resident", who, descending=True).records
    assert [each.data["kind"] for each in listed] == ["application_accepted", "card_linked"]


def test_a_reading_after_the_clock_went_back_is_written_down_again(town: Town) -> None:
    for jump in (0, -3 * DAY, 0):
        town.clock.jump(jump)
        audit.write_reading(town.services, CLERK, "case_read", "application/T", resident="r")
    assert _acts(town) == ["case_read", "case_read"]


def test_a_session_does_not_outlive_its_time_because_the_clock_went_back(town: Town) -> None:
    person = logged_in(town.services)
    clerk = staff.open_session(town.services, _link(town))
    assert session.find(town.services, person.token)
    assert desk_session.clerk_of(town.services, clerk)
    town.clock.jump(-3 * DAY)
    assert session.find(town.services, person.token) is None
    assert desk_session.clerk_of(town.services, clerk) is None


def test_a_session_lives_again_when_a_jump_forwards_is_undone(town: Town) -> None:
    person = logged_in(town.services)
    town.settle()
    town.clock.jump(3 * DAY)
    town.settle()
    assert session.find(town.services, person.token) is None
    town.clock.jump(-3 * DAY)
    town.settle()
    assert session.find(town.services, person.token)


def _link(town: Town) -> str:
    return staff.add(town.services, "見本 さくら", ["author"]).code


def test_a_retry_does_not_wait_until_a_clock_set_back_has_caught_up(town: Town) -> None:
    town.join()
    town.push.answer = lambda target, message: PushAnswer("later", 503)
    town.send()
    assert len(town.pushed()) == 1
    town.push.answer = lambda target, message: PushAnswer("accepted", 201)
    town.clock.jump(-3 * DAY)
    town.pass_time(120, step=10)
    assert len(town.pushed()) == 2


def test_a_breaker_does_not_stay_open_until_a_clock_set_back_has_caught_up(town: Town) -> None:
    for _ in range(30):
        town.join(origin=GOOGLE)
    town.push.answer = lambda target, message: PushAnswer("later", 503)
    id = town.send()
    town.push.answer = lambda target, message: PushAnswer("accepted", 201)
    town.clock.jump(-3 * DAY)
    town.pass_time(240, step=20)
    assert town.outcomes(id) == {"accepted": 30}


def test_a_notice_does_not_wait_until_a_clock_set_back_has_caught_up(town: Town) -> None:
    town.join()
    town.clock.jump(NINE_HOURS)
    id = town.desk.approved().id
    town.clock.jump(-NINE_HOURS)
    town.pass_time(120, step=60)
    assert len(town.pushed()) == 1
    assert town.outcomes(id) == {"accepted": 1}


def test_a_chosen_hour_stays_chosen_when_the_clock_is_set_back(town: Town) -> None:
    town.join()
    town.clock.jump(NINE_HOURS)
    hour = town.clock.unix() + 7200
    record = announce.draft(town.services, town.desk.author, town.desk.content(), hour)
    town.desk.approve(announce.ask(town.services, town.desk.author, record.id))
    town.clock.jump(-NINE_HOURS)
    town.pass_time(10 * 3600)
    assert town.pushed() == []
    town.pass_time(3600)
    assert len(town.pushed()) == 1


@pytest.mark.looks_into_files
def test_a_job_in_hand_does_not_stay_hidden_until_a_clock_set_back_has_caught_up(
    town: Town,
) -> None:
    town.services.queue.send("bulk", {"act": "x"})
    assert town.services.queue.receive("bulk", visible_after=60)
    town.clock.jump(-NINE_HOURS)
    assert town.services.queue.receive("bulk")[0].tries == 2
