"""Attachments: whose they are, how they are kept, how many may wait, and when they are erased."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from tests.parts.applicants import ANNE, BERT, KEY, sent, turn
from todoke.core import sealed
from todoke.core.application import AnswersRefusedError
from todoke.core.errors import TodokeError
from todoke.journeys import apply, attachments
from todoke.journeys.tick import tick
from todoke.ports import Services

pytestmark = pytest.mark.also_late


# ------------------------------------------------------------------- whose they are
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


# ------------------------------------------------------------------- how they are kept
def files_in(folder: Path) -> list[str]:
    return sorted(each.name for each in (folder / "private" / "attachments").glob("*"))


@pytest.mark.looks_into_files
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


@pytest.mark.looks_into_files
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


@pytest.mark.looks_into_files
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


@pytest.mark.lists_on_time
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


@pytest.mark.lists_on_time
def test_so_many_bytes_may_wait_and_no_more(services: Services) -> None:
    for _ in range(5):
        attachments.take(services, ANNE, bytes(5 * 1024 * 1024))
    with pytest.raises(TodokeError):
        attachments.take(services, ANNE, b"one more")
