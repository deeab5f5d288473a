"""Filing: whole or not at all, once however often it is tried, and read by its owner only."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.parts.applicants import ANNE, BERT, KEY, acts, count, sent, turn
from tests.parts.applying import answers
from todoke.core.application import AnswersRefusedError
from todoke.core.errors import TodokeError
from todoke.journeys import address, apply, attachments, audit
from todoke.ports import Services, Write

pytestmark = pytest.mark.also_late


def test_filing_gives_a_number_a_notice_and_a_line_in_the_history(services: Services) -> None:
    id = apply.submit(services, ANNE, sent(claimant_kana="ﾐﾎﾝ ﾊﾅｺ"), KEY)
    assert id.startswith("T-")
    own = apply.read_own(services, ANNE, id)
    assert own.state == "submitted"
    assert own.answers["claimant_kana"] == "ミホン ハナコ"  # kept in one spelling
    assert acts(services) == ["application_submitted"]
    letters = address.letters(services, address.of_resident(services, ANNE).records)
    assert [(each.kind, each.link) for each in letters] == [
        ("application_received", f"/applications/{id}")
    ]
    assert id in letters[0].body["ja"]


def test_nothing_that_was_answered_can_be_read_in_the_store(
    services: Services, tmp_path: Path
) -> None:
    apply.submit(
        services, ANNE, sent(claimant_name="見本 ひみつ", event="other", event_other="秘密"), KEY
    )
    for file in tmp_path.rglob("*"):
        if file.is_file():
            body = file.read_bytes()
            for word in ("ひみつ", "秘密", "ミホン ハナコ"):
                assert word.encode() not in body, file.name


def test_the_same_key_and_body_give_the_same_number_and_file_once(services: Services) -> None:
    first = apply.submit(services, ANNE, sent(), KEY)
    turn(services, 3600)
    assert apply.submit(services, ANNE, sent(), KEY) == first
    assert count(services) == 1
    assert acts(services) == ["application_submitted"]


def test_the_same_key_with_another_body_is_refused(services: Services) -> None:
    apply.submit(services, ANNE, sent(), KEY)
    with pytest.raises(TodokeError) as caught:
        apply.submit(services, ANNE, sent(claimant_phone="09011111111"), KEY)
    assert caught.value.code == "sent_differently"
    assert count(services) == 1


def test_two_tabs_with_two_keys_and_the_same_answers_file_once(services: Services) -> None:
    file = attachments.take(services, ANNE, b"proof").id
    first = apply.submit(services, ANNE, sent(proofs=[file]), KEY)
    assert apply.submit(services, ANNE, sent(proofs=[file]), "another-tab-of-hers") == first
    again = attachments.take(services, ANNE, b"proof").id  # uploaded again in the other tab
    assert apply.submit(services, ANNE, sent(proofs=[again]), "a-third-tab-of-hers") == first
    assert count(services) == 1
    turn(services, apply.SAME_SECONDS + 1)
    assert apply.submit(services, ANNE, sent(), "on-purpose-later-on") != first


def test_other_answers_or_another_person_are_another_application(services: Services) -> None:
    first = apply.submit(services, ANNE, sent(), KEY)
    assert apply.submit(services, BERT, sent(), KEY) != first
    other = sent(claimant_phone="09011111111")
    assert apply.submit(services, ANNE, other, "another-key-of-hers") != first
    assert (count(services), count(services, BERT)) == (2, 1)


def _at_once(number: int, act: Any) -> tuple[list[str], list[BaseException]]:
    made: list[str] = []
    failed: list[BaseException] = []
    gate = threading.Barrier(number)

    def run(place: int) -> None:
        gate.wait()
        try:
            made.append(act(place))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(place,)) for place in range(number)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return made, failed


@pytest.mark.parametrize("keys", ["one key", "twenty keys"])
def test_twenty_at_once_file_one_application(services: Services, keys: str) -> None:
    def key(place: int) -> str:
        return KEY if keys == "one key" else f"key-of-tab-number-{place:04d}"

    made, failed = _at_once(20, lambda place: apply.submit(services, ANNE, sent(), key(place)))
    assert not failed
    assert len(made) == 20
    assert len(set(made)) == 1
    assert count(services) == 1
    assert len(address.of_resident(services, ANNE).records) == 1


def test_twenty_who_claim_one_attachment_file_one_application(services: Services) -> None:
    """Different answers, the same file: one of them gets it."""
    file = attachments.take(services, ANNE, b"proof").id

    def act(place: int) -> str:
        mine = sent(proofs=[file], claimant_phone=f"0900000{place:04d}")
        return apply.submit(services, ANNE, mine, f"key-of-tab-number-{place:04d}")

    made, failed = _at_once(20, act)
    assert len(made) == 1
    assert all(isinstance(each, AnswersRefusedError) for each in failed)
    assert count(services) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"form_version": "2025-01"}, "form_changed"),
        ({"procedure": "jt-henko"}, "not_found"),
        ({"procedure": "../app"}, "not_found"),
        ({"answers": {}}, "answers_refused"),
        ({"answers": answers(admin="1")}, "answers_refused"),
        ({"answers": answers(claimant_born="3000-01-01")}, "answers_refused"),
        ({"answers": answers(public_servant="yes")}, "answers_refused"),
        ({"answers": answers(proofs=["F-00000-00000"])}, "answers_refused"),
        ({"answers": answers(claimant_address="053703296641")}, "answers_refused"),
    ],
)
def test_what_is_wrong_files_nothing(services: Services, change: dict[str, Any], code: str) -> None:
    with pytest.raises(TodokeError) as caught:
        apply.submit(services, ANNE, dataclasses.replace(sent(), **change), KEY)
    assert caught.value.code == code
    assert count(services) == 0
    assert not acts(services)


@pytest.mark.parametrize(
    "key", ["", "short", "a" * 65, "with space in the key", "ключ-ключ-ключ-ключ"]
)
def test_a_key_that_nobody_made_by_chance_is_refused(services: Services, key: str) -> None:
    with pytest.raises(TodokeError) as caught:
        apply.submit(services, ANNE, sent(), key)
    assert caught.value.code == "bad_request"


class BrokenStore:
    """The real store, until a commit with this kind of record comes: then it fails, before or
    after the commit was made."""

    def __init__(self, real: Any, kind: str, *, after: bool = False) -> None:
        self._real, self._kind, self._after, self.broken = real, kind, after, True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def commit(self, writes: Sequence[Write]) -> None:
        met = self.broken and any(
            getattr(getattr(each, "record", None), "kind", "") == self._kind for each in writes
        )
        if met and not self._after:
            raise TodokeError("storage_full")
        self._real.commit(writes)
        if met:
            raise OSError("the machine stopped")


def test_a_commit_that_fails_leaves_nothing_and_the_second_try_files_it(services: Services) -> None:
    file = attachments.take(services, ANNE, b"proof").id
    store = BrokenStore(services.store, "application")
    broken = dataclasses.replace(services, store=store)
    with pytest.raises(TodokeError):
        apply.submit(broken, ANNE, sent(proofs=[file]), KEY)
    assert count(services) == 0
    assert not acts(services)
    assert not address.of_resident(services, ANNE).records
    assert len(attachments.waiting(services, ANNE)) == 1
    store.broken = False
    assert apply.submit(broken, ANNE, sent(proofs=[file]), KEY).startswith("T-")


def test_a_crash_after_the_commit_is_answered_by_the_same_key(services: Services) -> None:
    store = BrokenStore(services.store, "application", after=True)
    broken = dataclasses.replace(services, store=store)
    with pytest.raises(OSError):
        apply.submit(broken, ANNE, sent(), KEY)
    (only,) = apply.list_own(services, ANNE).records
    assert apply.submit(services, ANNE, sent(), KEY) == only.id
    assert count(services) == 1


def test_anothers_application_is_none(services: Services) -> None:
    id = apply.submit(services, ANNE, sent(), KEY)
    for asked in (id, "T-00000-00000", "", "../x"):
        with pytest.raises(TodokeError) as caught:
            apply.read_own(services, BERT, asked)
        assert caught.value.code == "not_found"
        assert not caught.value.details
        with pytest.raises(TodokeError) as caught:
            apply.mend(services, BERT, asked, apply.Mending(1, {}))
        assert caught.value.code == "not_found"


def test_no_name_stands_in_the_record_of_acts(services: Services) -> None:
    apply.submit(services, ANNE, sent(), KEY)
    month = audit.month_of(services.clock.now())
    shown = repr([dict(each.data) for each in audit.acts(services, month).records])
    assert "見本" not in shown
    assert "ミホン" not in shown
