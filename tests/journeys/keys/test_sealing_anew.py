"""Sealing anew while the city goes on: files erased and records written meanwhile, two who do it at
once, one that cannot be read, and what an older program stored plainly."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from tests.journeys.keys.test_rotating import DAY, clock_of, refused
from tests.parts.lived_in import BYTES, LivedIn, lived_in
from tests.parts.payer import CrashError
from todoke.core import sealed
from todoke.core.errors import TodokeError
from todoke.journeys import (
    attachments,
    keyring,
    reseal,
    staff,
)
from todoke.ports import Json, Record, Replace, Services, Write


@pytest.fixture
def city(tmp_path: Path) -> LivedIn:
    return lived_in(tmp_path)


@pytest.mark.parametrize("died", [0, 1])
def test_a_file_erased_while_it_is_sealed_anew_does_not_come_back(city: LivedIn, died: int) -> None:
    """died: right after the file was written again, before anybody looked at its record."""
    services = city.services
    clock_of(services).turn(attachments.WAIT_SECONDS + attachments.GAP_SECONDS)
    keyring.rotate(services)
    key = attachments.file_key(city.waiting)

    class Erasing:
        """Files of which one is erased with its record right before it is written again."""

        def put(self, at: str, body: bytes) -> None:
            if at == key:
                assert attachments.erase_due(services) == 1
                assert services.private.get(key) is None
            services.private.put(at, body)
            if at == key and died:
                raise CrashError

        def __getattr__(self, name: str) -> object:
            return getattr(services.private, name)

    there = replace(services, private=cast("object", Erasing()))  # type: ignore[arg-type]
    if died:
        with pytest.raises(CrashError):
            reseal.reseal(there)
        assert services.private.get(key) is not None, "this is what the next one must find"
    reseal.reseal(services if died else there)
    assert services.private.get(key) is None
    assert services.store.get("attachment", city.waiting) is None


def test_an_erasing_that_was_half_done_when_the_file_came_back_is_done_again(
    city: LivedIn,
) -> None:
    """The other order: the care has erased the file and not yet the record."""
    services = city.services
    clock_of(services).turn(attachments.WAIT_SECONDS + attachments.GAP_SECONDS)
    keyring.rotate(services)
    key = attachments.file_key(city.waiting)
    halfway, sealed_anew = threading.Event(), threading.Event()

    class Slow:
        """The care's store: whoever commits waits until everything was sealed anew."""

        def commit(self, writes: Sequence[Write]) -> None:
            halfway.set()
            assert sealed_anew.wait(60)
            services.store.commit(writes)

        def __getattr__(self, name: str) -> object:
            return getattr(services.store, name)

    slow = replace(services, store=cast("object", Slow()))  # type: ignore[arg-type]
    care = threading.Thread(target=attachments.erase_due, args=(slow,))

    class Erasing:
        """Files of which one is erased right before it is written again."""

        def put(self, at: str, body: bytes) -> None:
            if at == key:
                care.start()
                assert halfway.wait(60)
                assert services.private.get(key) is None
            services.private.put(at, body)

        def __getattr__(self, name: str) -> object:
            return getattr(services.private, name)

    reseal.reseal(replace(services, private=cast("object", Erasing())))  # type: ignore[arg-type]
    sealed_anew.set()
    care.join()
    attachments.erase_due(services)
    assert services.store.get("attachment", city.waiting) is None
    assert services.private.get(key) is None


def test_a_record_written_meanwhile_is_sealed_anew_as_it_is_then(city: LivedIn) -> None:
    services = city.services
    keyring.rotate(services)
    written: list[str] = []

    class Busy:
        """A store in which the resident's row changes right before ours is stored."""

        def __getattr__(self, name: str) -> object:
            return getattr(services.store, name)

        def commit(self, writes: list[Replace]) -> None:
            kinds = [each.record.kind for each in writes if isinstance(each, Replace)]
            if "application" in kinds and not written:
                written.append(_touch(services, writes[kinds.index("application")].record))
            services.store.commit(writes)

    reseal.reseal(replace(services, store=cast("object", Busy())))  # type: ignore[arg-type]
    assert written
    found = services.store.get("application", city.application)
    assert found is not None
    assert found.data["case_worker"] == "S-meanwhile"
    assert set(keyring.sealed_with(services)) == {2}


def _touch(services: Services, record: Record) -> str:
    now = services.store.get(record.kind, record.id)
    assert now is not None
    services.store.commit([Replace(replace(now, data={**now.data, "case_worker": "S-meanwhile"}))])
    return record.id


def test_of_two_who_seal_anew_at_once_the_later_one_goes_on_alone(city: LivedIn) -> None:
    services = city.services
    keyring.rotate(services)
    steps = 0

    def second() -> bool:
        nonlocal steps
        steps += 1
        if steps == 3:
            reseal.reseal(services)
        return False

    with pytest.raises(TodokeError, match="resealing_elsewhere"):
        reseal.reseal(services, enough=second)
    assert set(keyring.sealed_with(services)) == {2}
    assert keyring.resealing(services) is None


def test_one_that_cannot_be_read_keeps_the_others_from_nothing(city: LivedIn) -> None:
    services = city.services
    record = services.store.get("application", city.application)
    assert record is not None
    other = sealed.seal_json(services.secrets.data_key, "application", "T-other", {"moved": True})
    services.store.commit([Replace(replace(record, data={**record.data, "sealed": other}))])
    keyring.rotate(services)
    reseal.reseal(services)
    assert keyring.sealed_with(services)[1] == 1
    services.private.delete(attachments.file_key(city.waiting))
    clock_of(services).turn(DAY)
    assert refused(services, 1)[0] == "key_in_use"


def test_what_an_older_program_stored_plainly_is_sealed_too(city: LivedIn) -> None:
    services = city.services
    before = _as_before(services, city)
    city.reads_everything()
    assert before["hash"] == attachments.contents(services, [city.resident], [city.waiting])
    reseal.reseal(services)
    for kind in ("staff", "checkout", "attachment"):
        for record in keyring.everything(services, kind):
            for name in ("name", "all", "url", "sha256"):
                assert record.data.get(name) is None
    city.reads_everything()
    assert before["names"] == sorted(staff.names(services).values())
    assert before["hash"] == attachments.contents(services, [city.resident], [city.waiting])


def _as_before(services: Services, city: LivedIn) -> dict[str, list[str]]:
    """The same in the form of schema 2."""
    import hashlib

    from todoke.journeys import pay

    names = staff.names(services)
    for record in keyring.everything(services, "staff"):
        data = {**record.data, "name": names[record.id], "all": "all", "desk": None, "sealed": None}
        services.store.commit([Replace(replace(record, data=data))])
    for record in keyring.everything(services, "checkout"):
        answer = pay.answered(services, record)
        assert answer is not None
        plain: dict[str, Json] = {"session": answer.session, "url": answer.url, "sealed": None}
        services.store.commit([Replace(replace(record, data={**record.data, **plain}))])
    for record in keyring.everything(services, "attachment"):
        closed = services.private.get(attachments.file_key(record.id))
        assert closed is not None
        body = sealed.unseal(services.secrets.data_key, "attachment", record.id, closed)
        assert BYTES in body
        old = {"sha256": hashlib.sha256(body).hexdigest(), "digest": None}
        services.store.commit([Replace(replace(record, data={**record.data, **old}))])
    hashes = attachments.contents(services, [city.resident], [city.waiting])
    return {"names": sorted(names.values()), "hash": list(hashes)}
