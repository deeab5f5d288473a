"""From draft to public page: two people, one frozen text, one outbox, and a quick way to stop."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.parts.desk import DAY, Desk
from tests.parts.noticing import code_of, state
from todoke.core import notice
from todoke.core.audience import Figure, Segment
from todoke.core.errors import TodokeError
from todoke.journeys import announce, notices
from todoke.ports import Record, Replace

pytestmark = pytest.mark.also_late

FORM = "form-token-of-one-page-0001"


# ------------------------------------------------------------------ draft and edit
def test_notices_are_numbered_by_year_and_running_number(desk: Desk) -> None:
    made = [announce.draft(desk.services, desk.author, desk.content()).id for _ in range(3)]
    assert made == ["N-2026-0001", "N-2026-0002", "N-2026-0003"]


def test_the_number_starts_again_with_the_japanese_year(desk: Desk) -> None:
    announce.draft(desk.services, desk.author, desk.content())
    desk.clock.turn(37 * DAY + 15 * 3600 - 1)  # 23:59:59 on 31 December in Japan
    assert announce.draft(desk.services, desk.author, desk.content()).id == "N-2026-0002"
    desk.clock.turn(1)  # still 2026 in UTC
    assert announce.draft(desk.services, desk.author, desk.content()).id == "N-2027-0001"


def test_many_drafts_at_once_get_different_numbers(desk: Desk) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(
            pool.map(
                lambda _: announce.draft(desk.services, desk.author, desk.content()).id, range(12)
            )
        )
    assert sorted(made) == [f"N-2026-{number:04d}" for number in range(1, 13)]


def test_the_same_form_twice_makes_one_notice(desk: Desk) -> None:
    first = announce.draft(desk.services, desk.author, desk.content(), form=FORM)
    again = announce.draft(desk.services, desk.author, desk.content(), form=FORM)
    assert again.id == first.id
    assert len(notices.listing(desk.services).records) == 1


def test_the_same_form_twice_at_once_makes_one_notice(desk: Desk) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = set(
            pool.map(
                lambda _: announce.draft(desk.services, desk.author, desk.content(), form=FORM).id,
                range(8),
            )
        )
    assert made == {"N-2026-0001"}
    assert len(notices.listing(desk.services).records) == 1


def test_a_form_token_of_another_shape_is_refused(desk: Desk) -> None:
    with pytest.raises(TodokeError) as caught:
        announce.draft(desk.services, desk.author, desk.content(), form="../x")
    assert code_of(caught) == "bad_request"


@pytest.mark.looks_into_files
def test_a_my_number_is_refused_and_stored_nowhere(desk: Desk, tmp_path: Path) -> None:
    number = "053703296641"
    for words in ({"title": {"ja": f"番号{number}"}}, {"text": {"ja": f"番号 {number}"}}):
        with pytest.raises(TodokeError) as caught:
            announce.draft(desk.services, desk.author, desk.content(**words))
        assert code_of(caught) == "my_number_in_text"
        assert number not in str(caught.value)
    record = desk.asked()
    for act in (announce.give_back, announce.recall):
        with pytest.raises(TodokeError, match="my_number_in_text"):
            act(desk.services, desk.approver, record.id, f"番号 {number}")
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert "保育園の申込".encode() in stored
    assert number.encode() not in stored


def test_an_approver_alone_cannot_write(desk: Desk) -> None:
    with pytest.raises(TodokeError, match="role_missing"):
        announce.draft(desk.services, desk.approver, desk.content())
    record = announce.draft(desk.services, desk.author, desk.content())
    with pytest.raises(TodokeError, match="role_missing"):
        announce.edit(desk.services, desk.approver, record.id, record.version, desk.content())
    with pytest.raises(TodokeError, match="role_missing"):
        announce.ask(desk.services, desk.approver, record.id)


def test_a_colleague_who_saved_meanwhile_is_not_overwritten(desk: Desk) -> None:
    record = announce.draft(desk.services, desk.author, desk.content())
    hers = desk.content(title={"ja": "あおいの題"})
    theirs = desk.content(title={"ja": "ふたばの題"})
    announce.edit(desk.services, desk.both, record.id, record.version, theirs)
    with pytest.raises(TodokeError) as caught:
        announce.edit(desk.services, desk.author, record.id, record.version, hers)
    assert code_of(caught) == "version_conflict"
    assert notices.content_of(notices.get(desk.services, record.id)) == theirs


def test_saving_the_same_text_twice_is_no_conflict(desk: Desk) -> None:
    record = announce.draft(desk.services, desk.author, desk.content())
    changed = desk.content(title={"ja": "新しい題"})
    first = announce.edit(desk.services, desk.author, record.id, record.version, changed)
    again = announce.edit(desk.services, desk.author, record.id, record.version, changed)
    assert again.version == first.version


@pytest.mark.parametrize("then", ["asked", "approved"])
def test_what_was_asked_for_cannot_be_edited(desk: Desk, then: str) -> None:
    record = desk.asked() if then == "asked" else desk.approved()
    with pytest.raises(TodokeError, match="notice_state"):
        announce.edit(desk.services, desk.author, record.id, record.version, desk.content())


def test_an_unknown_notice_is_not_found(desk: Desk) -> None:
    for act in (announce.give_back, announce.recall):
        with pytest.raises(TodokeError, match="notice_not_found"):
            act(desk.services, desk.approver, "N-2026-9999", "理由")
    with pytest.raises(TodokeError, match="notice_not_found"):
        announce.approve(desk.services, desk.approver, "N-2026-9999", "x", "10")


# ------------------------------------------------------------------ audience
def test_a_whole_topic_with_one_follower_may_be_sent_and_reads_fewer_than_ten(desk: Desk) -> None:
    desk.followers(whole=1)
    record = desk.asked()
    assert record.data["audience"] == {"number": 10, "few": True, "at_least": False}
    assert desk.approve(record).data["state"] == "approved"


def test_a_small_segment_is_refused_and_the_next_wider_one_offered(desk: Desk) -> None:
    desk.followers(whole=187, kita=96, any_2023=41, kita_2023=9)
    record = announce.draft(desk.services, desk.author, desk.content(area="kita", cohort=2023))
    with pytest.raises(TodokeError) as caught:
        announce.ask(desk.services, desk.author, record.id)
    assert code_of(caught) == "segment_too_small"
    assert caught.value.details["wider"] == "kita|*"
    assert state(desk, record.id) == "draft"
    shown = notices.audience(desk.services, "nursery", Segment("kita", 2023))
    assert (shown.figure, shown.sendable) == (Figure(10, few=True), False)
    assert shown.wider == (Segment("kita"), Figure(90, at_least=True))


def test_only_the_shown_count_is_kept_for_a_narrow_segment(desk: Desk) -> None:
    desk.followers(whole=187, kita=96)
    record = desk.asked(area="kita")
    assert record.data["audience"] == {"number": 90, "few": False, "at_least": True}


def test_a_segment_that_shrank_below_the_floor_is_not_approved(desk: Desk) -> None:
    desk.followers(whole=40, kita=12)
    record = desk.asked(area="kita")
    desk.followers(whole=-3, kita=-3)
    with pytest.raises(TodokeError, match="segment_too_small"):
        desk.approve(record)
    assert state(desk, record.id) == "asked"


# ------------------------------------------------------------------ two people
def test_the_approval_commits_notice_outbox_and_record_of_acts_together(desk: Desk) -> None:
    desk.followers(whole=2946)
    record = desk.approved()
    assert (record.data["state"], record.data["approver"]) == ("approved", desk.approver.id)
    (waiting,) = desk.outbox()
    assert waiting.data["act"] == "publish_notice"
    assert waiting.data["body"] == {"notice": record.id}
    assert waiting.data["lane"] == "bulk"
    assert waiting.data["due_at"] == f"{desk.clock.unix():012d}"
    assert (desk.approver.id, "approved", f"notice/{record.id}") in desk.acts()


@pytest.mark.parametrize(("urgency", "lane"), [("normal", "bulk"), ("high", "urgent")])
def test_a_large_notice_waits_in_bulk_unless_it_is_urgent(
    desk: Desk, urgency: str, lane: str
) -> None:
    desk.followers(whole=1001)
    desk.approved(urgency=urgency)
    assert [each.data["lane"] for each in desk.outbox()] == [lane]


def test_a_small_notice_takes_the_urgent_lane(desk: Desk) -> None:
    desk.followers(whole=1000)
    desk.approved()
    assert [each.data["lane"] for each in desk.outbox()] == ["urgent"]


def test_the_author_cannot_approve_her_own_and_the_refusal_is_recorded(desk: Desk) -> None:
    record = announce.draft(desk.services, desk.both, desk.content())
    record = announce.ask(desk.services, desk.both, record.id)
    with pytest.raises(TodokeError, match="same_person"):
        announce.approve(desk.services, desk.both, record.id, str(record.data["snapshot"]), "10")
    assert state(desk, record.id) == "asked"
    assert desk.outbox() == []
    assert (desk.both.id, "refused", f"notice/{record.id}") in desk.acts()


def test_whoever_changed_it_cannot_approve_it_either(desk: Desk) -> None:
    record = announce.draft(desk.services, desk.author, desk.content())
    announce.edit(
        desk.services, desk.both, record.id, record.version, desk.content(title={"ja": "直した題"})
    )
    record = announce.ask(desk.services, desk.author, record.id)
    with pytest.raises(TodokeError, match="same_person"):
        announce.approve(desk.services, desk.both, record.id, str(record.data["snapshot"]), "10")


def test_two_approvers_at_once_one_wins(desk: Desk) -> None:
    desk.followers(whole=40)
    record = desk.asked()
    seal = str(record.data["snapshot"])

    def decide(who: object) -> str:
        try:
            announce.approve(desk.services, who, record.id, seal, "40")  # type: ignore[arg-type]
        except TodokeError as error:
            return error.code
        return "approved"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(decide, [desk.approver, desk.both]))
    assert outcomes == ["approved", "notice_state"]
    assert len(desk.outbox()) == 1


def test_approving_twice_by_the_same_person_is_one_approval(desk: Desk) -> None:
    record = desk.asked()
    assert desk.approve(record).version == desk.approve(record).version
    assert len(desk.outbox()) == 1


def test_what_changed_after_she_saw_it_is_not_approved(desk: Desk) -> None:
    seen = desk.asked()
    announce.give_back(desk.services, desk.author, seen.id, "直します")
    again = notices.get(desk.services, seen.id)
    announce.edit(
        desk.services, desk.author, seen.id, again.version, desk.content(title={"ja": "別の題"})
    )
    announce.ask(desk.services, desk.author, seen.id)
    with pytest.raises(TodokeError, match="notice_changed"):
        desk.approve(seen)
    assert state(desk, seen.id) == "asked"


def test_a_text_changed_behind_the_desk_does_not_match_its_snapshot(desk: Desk) -> None:
    record = desk.asked()
    content = replace(notices.content_of(record), title={"ja": "こっそり直した題"})
    changed = {**record.data, "content": notice.to_json(content)}

    desk.services.store.commit([Replace(Record("notice", record.id, changed, record.version))])
    with pytest.raises(TodokeError, match="notice_changed"):
        desk.approve(record)


def test_another_count_is_not_approved(desk: Desk) -> None:
    desk.followers(whole=2946)
    record = desk.asked()
    for typed in ("", "294", "2947", "約3000"):
        with pytest.raises(TodokeError, match="count_differs"):
            announce.approve(
                desk.services, desk.approver, record.id, str(record.data["snapshot"]), typed
            )
    assert desk.outbox() == []
    assert announce.approve(
        desk.services, desk.approver, record.id, str(record.data["snapshot"]), "２，９４６台"
    )


def test_a_returned_notice_is_a_draft_with_its_reason_until_it_is_asked_again(desk: Desk) -> None:
    record = desk.asked()
    returned = announce.give_back(desk.services, desk.approver, record.id, " 曜日がちがう ")
    assert returned.data["state"] == "draft"
    assert returned.data["reason"] == "曜日がちがう"
    assert returned.data["snapshot"] is None
    assert announce.ask(desk.services, desk.author, record.id).data["reason"] is None


def test_a_return_and_a_recall_need_a_reason(desk: Desk) -> None:
    record = desk.asked()
    with pytest.raises(TodokeError, match="missing_field"):
        announce.give_back(desk.services, desk.approver, record.id, "  ")
    desk.approve(record)
    with pytest.raises(TodokeError, match="missing_field"):
        announce.recall(desk.services, desk.approver, record.id, "")


# ------------------------------------------------------------------ time
def test_a_time_to_send_becomes_the_time_of_the_outbox(desk: Desk) -> None:
    at = desk.clock.unix() + 3 * 3600
    record = announce.draft(desk.services, desk.author, desk.content(), send_at=at)
    desk.approve(announce.ask(desk.services, desk.author, record.id))
    assert [each.data["due_at"] for each in desk.outbox()] == [f"{at:012d}"]


def test_a_time_to_send_lies_ahead_and_before_the_end(desk: Desk) -> None:
    now = desk.clock.unix()
    for at, rule in ((now, "time_passed"), (now + 30 * DAY, "after_expiry")):
        with pytest.raises(TodokeError) as caught:
            announce.draft(desk.services, desk.author, desk.content(), send_at=at)
        assert caught.value.details["rule"] == rule


def test_a_time_that_passed_while_it_waited_is_not_approved(desk: Desk) -> None:
    at = desk.clock.unix() + 3600
    record = announce.draft(desk.services, desk.author, desk.content(), send_at=at)
    record = announce.ask(desk.services, desk.author, record.id)
    desk.clock.turn(3601)
    with pytest.raises(TodokeError) as caught:
        desk.approve(record)
    assert caught.value.details["rule"] == "time_passed"


def test_pressing_a_button_twice_is_one_act(desk: Desk) -> None:
    record = desk.asked()
    assert announce.ask(desk.services, desk.author, record.id).version == record.version
    for act in (announce.give_back, announce.recall):
        before = len(desk.acts())
        if act is announce.recall:
            desk.approve(announce.ask(desk.services, desk.author, record.id))
            before = len(desk.acts())
        for _ in range(2):
            act(desk.services, desk.approver, record.id, "理由")
        assert len(desk.acts()) == before + 1
