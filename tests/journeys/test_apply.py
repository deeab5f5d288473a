"""Filing, mending, attachments: each act whole or not at all, and never another's."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from tests.parts.applying import PROCEDURE, QuickCleaner, answers, city
from todoke.adapters.fakes import TurnedClock
from todoke.core import sealed
from todoke.core.application import AnswersRefusedError
from todoke.core.errors import TodokeError
from todoke.journeys import address, apply, attachments, audit
from todoke.journeys.tick import tick
from todoke.ports import Record, Replace, Services, Write

ANNE, BERT = "R-anne", "R-bert"
KEY = "a-key-made-by-chance-1"
VERSION = "2026-11"


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return dataclasses.replace(city(tmp_path), cleaner=QuickCleaner())


def sent(**changes: Any) -> apply.Sent:
    return apply.Sent(PROCEDURE, VERSION, answers(**changes))


def count(services: Services, resident: str = ANNE) -> int:
    return len(apply.list_own(services, resident).records)


def acts(services: Services, resident: str = ANNE) -> list[str]:
    found = services.store.find("audit_by_resident", resident, limit=100).records
    return [str(each.data["act"]) for each in found]


def turn(services: Services, seconds: int) -> None:
    cast("TurnedClock", services.clock).turn(seconds)


def return_it(services: Services, id: str, asks: dict[str, str]) -> int:
    """What a case worker does (journeys/cases.py), in short. The version afterwards."""
    record = services.store.get("application", id)
    assert record is not None
    key = services.secrets.data_key
    inside = sealed.open_json(key, "application", id, record.data["sealed"])
    data = {
        **record.data,
        "state": "returned",
        "sealed": sealed.seal_json(key, "application", id, {**inside, "asks": asks}),
    }
    services.store.commit([Replace(Record("application", id, data, record.version))])
    return record.version + 1


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


def test_an_attachment_of_another_person_is_none(services: Services) -> None:
    file = attachments.take(services, BERT, b"proof").id
    with pytest.raises(AnswersRefusedError) as caught:
        apply.submit(services, ANNE, sent(proofs=[file]), KEY)
    assert [each.at for each in caught.value.problems] == ["proofs"]
    kept = services.store.get("attachment", file)
    assert kept is not None
    assert kept.data["application"] is None


def test_an_attachment_is_part_of_one_application_only(services: Services) -> None:
    file = attachments.take(services, ANNE, b"proof").id
    apply.submit(services, ANNE, sent(proofs=[file]), KEY)
    with pytest.raises(AnswersRefusedError):
        apply.submit(services, ANNE, sent(proofs=[file], pension="none"), "another-key-of-hers")


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


# ------------------------------------------------------------------- reading
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


# ------------------------------------------------------------------- mending
def mend(services: Services, id: str, version: int, **changes: Any) -> apply.Own:
    return apply.mend(services, ANNE, id, apply.Mending(version, changes))


def test_only_what_was_asked_back_changes(services: Services) -> None:
    id = apply.submit(services, ANNE, sent(), KEY)
    version = return_it(services, id, {"claimant_phone": "つながりません"})
    own = mend(
        services,
        id,
        version,
        claimant_phone="090-1111-1111",
        claimant_name="見本 べつじん",
        account="other",
        children=[{"name": "見本 ふえた"}, {"name": "見本 もっと"}],
        resident=BERT,
        state="accepted",
    )
    assert own.state == "submitted"
    assert own.answers == {**answers(), "claimant_phone": "09011111111"}
    assert own.asks == {}
    assert sorted(acts(services)) == ["application_mended", "application_submitted"]
    kinds = [each.data["kind"] for each in address.of_resident(services, ANNE).records]
    assert sorted(map(str, kinds)) == ["application_mended", "application_received"]


def test_one_field_of_one_child_is_mended(services: Services) -> None:
    id = apply.submit(services, ANNE, sent(), KEY)
    version = return_it(services, id, {"children-1-born": "日をたしかめてください"})
    own = mend(services, id, version, children=[{"born": "2026/11/19", "name": "見本 べつ"}])
    assert own.answers["children"][0]["born"] == "2026-11-19"
    assert own.answers["children"][0]["name"] == "見本 そら"


def test_what_a_mended_answer_brings_up_may_be_answered_too(services: Services) -> None:
    id = apply.submit(services, ANNE, sent(), KEY)
    version = return_it(services, id, {"account": "登録がありません"})
    with pytest.raises(AnswersRefusedError) as caught:
        mend(services, id, version, account="other")
    assert [each.at for each in caught.value.problems][:2] == ["bank", "branch"]
    bank = {"bank": "見本銀行", "branch": "本店", "account_type": "ordinary"}
    bank |= {"account_number": "0000001", "account_holder": "ミホン ハナコ"}
    own = mend(services, id, version, account="other", **bank, claimant_name="見本 べつじん")
    assert own.answers["bank"] == "見本銀行"
    assert own.answers["claimant_name"] == "見本 はなこ"


def test_a_wrong_mending_changes_nothing(services: Services) -> None:
    id = apply.submit(services, ANNE, sent(), KEY)
    version = return_it(services, id, {"claimant_phone": "つながりません"})
    for wrong in ("", "abc", "053703296641"):
        with pytest.raises(AnswersRefusedError):
            mend(services, id, version, claimant_phone=wrong)
    own = apply.read_own(services, ANNE, id)
    assert (own.state, own.record.version) == ("returned", version)


def test_a_newer_form_takes_no_old_answer_away(services: Services) -> None:
    id = apply.submit(services, ANNE, sent(), KEY)
    version = return_it(services, id, {"claimant_phone": "つながりません", "gone": "もうない"})
    blob = services.blobs.get(f"forms/{PROCEDURE}.json")
    assert blob is not None
    shape = json.loads(blob.body)
    shape["version"] = "2027-04"
    for section in shape["sections"]:
        section["questions"] = [e for e in section["questions"] if e["id"] != "pension"]
    services.blobs.put(f"forms/{PROCEDURE}.json", json.dumps(shape).encode())
    own = mend(services, id, version, claimant_phone="09011111111")
    assert own.answers == {**answers(), "claimant_phone": "09011111111"}
    assert own.record.data["form_version"] == "2027-04"


def test_the_same_mending_twice_is_one_and_a_late_one_is_told_so(services: Services) -> None:
    id = apply.submit(services, ANNE, sent(), KEY)
    with pytest.raises(TodokeError) as caught:
        mend(services, id, 1, claimant_phone="09011111111")  # nothing was asked back
    assert caught.value.code == "application_state"
    version = return_it(services, id, {"claimant_phone": "つながりません"})
    mend(services, id, version, claimant_phone="09011111111")
    mend(services, id, version, claimant_phone="09011111111")
    with pytest.raises(TodokeError) as caught:
        mend(services, id, version, claimant_phone="09022222222")
    assert caught.value.code == "application_state"
    assert acts(services).count("application_mended") == 1


def test_a_mending_of_an_older_return_is_told_so(services: Services) -> None:
    id = apply.submit(services, ANNE, sent(), KEY)
    version = return_it(services, id, {"claimant_phone": "つながりません"})
    return_it(services, id, {"claimant_name": "名前も"})
    with pytest.raises(TodokeError) as caught:
        mend(services, id, version, claimant_phone="09011111111")
    assert caught.value.code == "application_state"


def test_an_attachment_is_mended_and_the_old_one_stays_on_record(services: Services) -> None:
    old = attachments.take(services, ANNE, b"old").id
    id = apply.submit(services, ANNE, sent(proofs=[old]), KEY)
    version = return_it(services, id, {"proofs": "読めません"})
    foreign = attachments.take(services, BERT, b"foreign").id
    with pytest.raises(AnswersRefusedError):
        mend(services, id, version, proofs=[foreign])
    new = attachments.take(services, ANNE, b"new").id
    own = mend(services, id, version, proofs=[new])
    assert own.answers["proofs"] == [new]
    assert [each.id for each in own.files] == [old, new]


# --------------------------------------------------------------- attachments
def files_in(folder: Path) -> list[str]:
    return sorted(each.name for each in (folder / "private" / "attachments").glob("*"))


def test_an_attachment_is_sealed_and_opens_only_as_itself(
    services: Services, tmp_path: Path
) -> None:
    id = attachments.take(services, ANNE, b"a secret picture").id
    closed = services.private.get(attachments.file_key(id))
    assert closed is not None
    assert b"secret" not in closed
    key = services.secrets.data_key
    assert sealed.unseal(key, "attachment", id, closed) == b"\xff\xd8\xffa secret picture"
    with pytest.raises(TodokeError):
        sealed.unseal(key, "attachment", "F-00000-00000", closed)
    assert files_in(tmp_path) == [id]


def test_what_nobody_sends_is_erased_after_a_day_and_what_was_sent_stays(
    services: Services, tmp_path: Path
) -> None:
    sent_one = attachments.take(services, ANNE, b"sent").id
    left = attachments.take(services, ANNE, b"left").id
    apply.submit(services, ANNE, sent(proofs=[sent_one]), KEY)
    turn(services, attachments.WAIT_SECONDS - 60)
    tick(services)
    assert files_in(tmp_path) == sorted([left, sent_one])
    turn(services, 61)
    with pytest.raises(AnswersRefusedError):  # from now on nobody can claim it
        apply.submit(services, ANNE, sent(proofs=[left], pension="none"), "another-key-of-hers")
    turn(services, attachments.GAP_SECONDS)
    tick(services)
    assert files_in(tmp_path) == [sent_one]
    assert services.store.get("attachment", left) is None
    turn(services, 400 * 24 * 3600)
    tick(services)
    assert files_in(tmp_path) == [sent_one]


class FullDisk:
    """The real files, on a disk that is full."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def put(self, key: str, body: bytes) -> None:
        raise TodokeError("storage_full")


def test_a_full_disk_keeps_neither_file_nor_record(services: Services) -> None:
    full = dataclasses.replace(services, private=FullDisk(services.private))
    with pytest.raises(TodokeError) as caught:
        attachments.take(full, ANNE, b"proof")
    assert caught.value.code == "storage_full"
    assert not attachments.waiting(services, ANNE)


class StoppedMachine(FullDisk):
    """The file is written, and the process is killed before anything else."""

    def put(self, key: str, body: bytes) -> None:
        self._real.put(key, body)
        raise SystemExit

    def delete(self, key: str) -> None:
        raise SystemExit


def test_a_crash_while_a_file_is_written_leaves_none_for_ever(
    services: Services, tmp_path: Path
) -> None:
    stopped = dataclasses.replace(services, private=StoppedMachine(services.private))
    with pytest.raises(SystemExit):
        attachments.take(stopped, ANNE, b"proof")
    assert len(files_in(tmp_path)) == 1
    turn(services, attachments.WAIT_SECONDS + attachments.GAP_SECONDS + 1)
    tick(services)
    assert files_in(tmp_path) == []


def test_so_many_files_may_wait_and_no_more(services: Services) -> None:
    for number in range(attachments.MOST_WAITING):
        attachments.take(services, ANNE, bytes([number]))
    with pytest.raises(TodokeError) as caught:
        attachments.take(services, ANNE, b"one more")
    assert caught.value.details == {"rule": "attachment_too_many"}
    attachments.take(services, BERT, b"another person's")
    turn(services, attachments.WAIT_SECONDS + attachments.GAP_SECONDS + 1)
    tick(services)
    attachments.take(services, ANNE, b"one more")


def test_so_many_bytes_may_wait_and_no_more(services: Services) -> None:
    for _ in range(5):
        attachments.take(services, ANNE, bytes(5 * 1024 * 1024))
    with pytest.raises(TodokeError):
        attachments.take(services, ANNE, b"one more")


def test_no_name_stands_in_the_record_of_acts(services: Services) -> None:
    apply.submit(services, ANNE, sent(), KEY)
    month = audit.month_of(services.clock.now())
    shown = repr([dict(each.data) for each in audit.acts(services, month).records])
    assert "見本" not in shown
    assert "ミホン" not in shown
