"""A new key for what is sealed from now on, everything sealed anew, and the end of the old key."""

from __future__ import annotations

import itertools
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from tests.contracts.small_disk import no_file_beyond
from tests.parts.applicants import sent
from tests.parts.lived_in import LivedIn, keep_waiting_import, lived_in
from tests.parts.payer import CrashError, CrashingStore
from todoke.adapters.fakes import TurnedClock
from todoke.core import sealed
from todoke.core.errors import TodokeError
from todoke.journeys import (
    address,
    apply,
    attachments,
    audit,
    batches,
    keyring,
    reseal,
    residents,
)
from todoke.ports import Services

DAY = keyring.RETIRE_SECONDS


@pytest.fixture
def city(tmp_path: Path) -> LivedIn:
    return lived_in(tmp_path)


def clock_of(services: Services) -> TurnedClock:
    return cast("TurnedClock", services.clock)


def refused(services: Services, number: int) -> tuple[str, dict[str, object]]:
    before = keyring.kept(services)
    with pytest.raises(TodokeError) as refused:
        keyring.retire(services, number)
    assert keyring.kept(services) == before
    return refused.value.code, refused.value.details


def test_everything_begins_with_key_1(city: LivedIn) -> None:
    counts = keyring.sealed_with(city.services)
    assert set(counts) == {1}
    assert counts[1] >= 12
    assert keyring.kept(city.services) == [keyring.Kept(1, 0)]
    city.reads_everything()


def test_after_a_rotation_old_things_are_read_and_new_ones_have_the_new_key(city: LivedIn) -> None:
    services = city.services
    assert keyring.rotate(services) == 2
    city.reads_everything()
    before = keyring.sealed_with(services)
    assert set(before) == {1}
    services.store.commit(residents.new(services, "77", "見本 あたらしい", "みほん"))
    assert keyring.sealed_with(services)[2] == 1


def test_after_sealing_anew_nothing_has_the_old_key_and_everything_is_read(city: LivedIn) -> None:
    services = city.services
    counts = keyring.sealed_with(services)
    keyring.rotate(services)
    told: list[int] = []
    done = reseal.reseal(services, told=lambda count, _kind: told.append(count))
    assert keyring.sealed_with(services) == {2: counts[1]}
    assert done == told[-1]
    assert told == sorted(told)
    assert keyring.resealing(services) is None
    city.reads_everything()
    assert reseal.reseal(services) == 0, "doing it again changes nothing"


def test_a_key_is_retired_once_nothing_needs_it(city: LivedIn) -> None:
    services = city.services
    assert refused(services, 1)[0] == "key_newest"
    assert refused(services, 7)[0] == "key_unknown"
    keyring.rotate(services)
    code, details = refused(services, 1)
    assert (code, details["hours"]) == ("key_young", 25)
    services.private.delete(attachments.file_key(city.waiting))
    clock_of(services).turn(DAY)
    code, details = refused(services, 1)
    assert (code, details["count"]) == ("key_in_use", keyring.sealed_with(services)[1])
    reseal.reseal(services)
    keyring.retire(services, 1)
    assert [each.number for each in keyring.kept(services)] == [2]
    with pytest.raises(TodokeError, match="sealed_key_missing: number=1"):
        services.secrets.data_key.key(1)
    acts = [each.data["act"] for each in audit.acts(services, _month(services)).records]
    assert acts[:3] == ["key_retired", "keys_resealed", "keys_rotated"]
    _, again = keyring.rotate(services), reseal.reseal(services)
    assert again
    assert set(keyring.sealed_with(services)) == {3}


def _month(services: Services) -> str:
    return audit.month_of(services.clock.now())


def test_an_import_that_nobody_sees_yet_holds_its_key(city: LivedIn) -> None:
    services = city.services
    batch = keep_waiting_import(services)
    keyring.rotate(services)
    services.private.delete(attachments.file_key(city.waiting))
    clock_of(services).turn(DAY)
    reseal.reseal(services)
    assert refused(services, 1) == ("key_batches", {"number": 1, "count": 1})
    batches.give_up(services, batches.get(services, batch))
    keyring.retire(services, 1)


def test_a_moved_clock_retires_nothing(city: LivedIn) -> None:
    from todoke.journeys import clock_watch

    services = city.services
    clock_watch.may_erase(services)
    keyring.rotate(services)
    clock_of(services).jump(3 * DAY)
    assert refused(services, 1)[0] == "key_clock"


def test_of_two_who_rotate_at_once_one_does(city: LivedIn) -> None:
    services = city.services

    class Both:
        """A store in which somebody else rotates between our look and our commit."""

        def __getattr__(self, name: str) -> object:
            return getattr(services.store, name)

        def commit(self, writes: object) -> None:
            keyring.rotate(services)
            services.store.commit(writes)  # type: ignore[arg-type]

    with pytest.raises(TodokeError, match="version_conflict"):
        keyring.rotate(replace(services, store=cast("object", Both())))  # type: ignore[arg-type]
    assert [each.number for each in keyring.kept(services)] == [1, 2]
    services.store.commit(residents.new(services, "78", "見本 ふたり", "みほん"))
    city.reads_everything()


@pytest.mark.looks_into_files
def test_citizens_go_on_while_keys_change_under_them(city: LivedIn) -> None:
    """Two families and the desk, all the time; keys change three times meanwhile."""
    services, filed, over = city.services, list[tuple[str, str]](), threading.Event()
    failures: list[BaseException] = []

    def family(who: str) -> None:
        try:
            for number in itertools.count():
                if over.is_set():
                    return
                file = attachments.take(services, who, os.urandom(500)).id
                answers = sent(proofs=[file], claimant_phone=f"0900000{number:04d}")
                filed.append(
                    (who, apply.submit(services, who, answers, f"a-key-made-by-chance-{number}"))
                )
                assert address.letters(services, address.of_resident(services, who).records)
                over.wait(0.005)
        except BaseException as error:
            failures.append(error)

    people = [threading.Thread(target=family, args=(who,)) for who in ("R-anne", "R-bert")]
    for each in people:
        each.start()
    for _ in range(3):
        keyring.rotate(services)
        reseal.reseal(services)
    over.set()
    for each in people:
        each.join()
    assert failures == []
    assert len(filed) > 4
    for who, id in filed:
        own = apply.read_own(services, who, id)
        [file] = own.files
        closed = services.private.get(attachments.file_key(file.id))
        assert closed is not None
        assert sealed.unseal(services.secrets.data_key, "attachment", file.id, closed)
    reseal.reseal(services)
    assert set(keyring.sealed_with(services)) == {4}
    city.reads_everything()


@pytest.mark.slow_on_aws
@pytest.mark.parametrize("crash", ["before", "after", "full"])
def test_a_death_at_any_commit_leaves_everything_readable_and_goes_on(
    crash: str, city: LivedIn
) -> None:
    services = city.services
    number, codes = 0, set()
    for commit in range(100):
        keyring.rotate(services)
        counts = keyring.sealed_with(services)
        broken = CrashingStore(services.store, [""] * commit + [crash])
        try:
            reseal.reseal(replace(services, store=broken))
        except CrashError:
            assert crash != "full"
        except TodokeError as error:
            codes.add(error.code)
        else:
            break
        city.reads_everything()
        reseal.reseal(services)
        after = keyring.sealed_with(services)
        assert after == {keyring.kept(services)[-1].number: sum(counts.values())}
        city.reads_everything()
        number += 1
    assert number > 8
    assert codes <= {"storage_full"}


def test_a_full_disk_under_a_file_leaves_everything_readable_and_is_gone_on_from(
    city: LivedIn,
) -> None:
    services = city.services
    keyring.rotate(services)

    class Full:
        """Files that find no room."""

        def put(self, at: str, body: bytes) -> None:
            raise TodokeError("storage_full")

        def __getattr__(self, name: str) -> object:
            return getattr(services.private, name)

    with pytest.raises(TodokeError, match="storage_full"):
        reseal.reseal(replace(services, private=cast("object", Full())))  # type: ignore[arg-type]
    city.reads_everything()
    reseal.reseal(services)
    assert set(keyring.sealed_with(services)) == {2}
    city.reads_everything()


@pytest.mark.looks_into_files
def test_where_no_key_can_be_written_the_ring_stays_as_it_was(
    city: LivedIn, tmp_path: Path
) -> None:
    with no_file_beyond(8), pytest.raises(TodokeError, match="storage"):
        keyring.rotate(city.services)
    assert [each.number for each in keyring.kept(city.services)] == [1]
    assert not list((tmp_path / "keys").glob("data-*.key"))
    city.reads_everything()
    assert keyring.rotate(city.services) == 2
