"""The data keys: wrapped by a file, in a store on this machine, or by AWS KMS, in DynamoDB."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contracts.backends import STORES, let_go
from tests.parts import aws_city, aws_service
from todoke.adapters import key_ring, keys
from todoke.adapters.aws_keys import KmsKeys
from todoke.adapters.fakes import TurnedClock
from todoke.adapters.key_ring import KeyRing
from todoke.core import sealed
from todoke.core.errors import TodokeError
from todoke.ports import Create, Json, Master, Record, Replace, Store
from todoke.store_schema.keys import NOW, RING

FIRST = b"1" * 32
_CLOSED = r"keys_missing|keys_unreachable"


@dataclass
class Place:
    """Where an installation has its keys: opened any number of times, it is the same."""

    backend: str
    folder: Path
    store: Store

    def master(self, name: str = "") -> Master:
        """What wraps, of this city or of another one."""
        if self.backend == "file":
            folder = self.folder / f"keys{name}"
            folder.mkdir(exist_ok=True)
            (folder / keys.DATA).write_bytes(FIRST)
            return keys.KeyFiles(folder)
        city = aws_city.name_of(self.folder)
        aws_city.settle(city, ["DataKeysAlias"])
        return KmsKeys(city + name, f"alias/{city}-keys", FIRST)

    def ring(self) -> KeyRing:
        """As a process has it that has just begun."""
        return KeyRing(self.store, self.master())

    def write(self, wrapped: dict[int, str]) -> None:
        """Makes these the ring."""
        there = self.store.get(RING, NOW)
        found: Json = {str(n): {"wrapped": each, "made_at": 0} for n, each in wrapped.items()}
        data: dict[str, Json] = {"keys": found, "changed_at": 0}
        record = Record(RING, NOW, data, there.version if there else 0)
        self.store.commit([Replace(record) if there else Create(record)])


@pytest.fixture(params=["file", pytest.param("kms", marks=pytest.mark.real)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "kms":
        request.getfixturevalue("cloud")
    make = STORES["sqlite" if request.param == "file" else "dynamodb"]
    store = make(tmp_path, TurnedClock())
    yield Place(request.param, tmp_path, store)
    let_go(store)


def test_before_there_is_a_ring_the_first_key_is_all_there_is(place: Place) -> None:
    ring = place.ring()
    assert (ring.newest(), ring.key(1)) == (1, FIRST)
    with pytest.raises(TodokeError, match="sealed_key_missing: number=2"):
        ring.key(2)


def test_a_wrapped_key_opens_in_any_process_and_only_under_its_number(place: Place) -> None:
    wrapped = place.master().make(2)
    key = place.master().open(2, wrapped)
    assert len(key) == 32
    assert key not in (FIRST, base64.b64decode(wrapped))
    assert key not in base64.b64decode(wrapped)
    with pytest.raises(TodokeError, match=_CLOSED):
        place.master().open(3, wrapped)


def test_a_key_of_one_city_does_not_open_in_another(place: Place) -> None:
    wrapped = place.master().make(2)
    other = place.master("-other")
    other.make(2)
    with pytest.raises(TodokeError, match=_CLOSED):
        other.open(2, wrapped)


def test_two_keys_are_never_alike(place: Place) -> None:
    master = place.master()
    wrapped = {number: master.make(number) for number in (2, 3)}
    again = master.make(3)
    assert len({*wrapped.values(), again}) == 3
    assert len({master.open(2, wrapped[2]), master.open(3, wrapped[3]), master.open(3, again)}) == 3


def test_a_process_reads_at_once_what_another_sealed_with_a_key_it_has_not_seen(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_ring, "AGAIN_SECONDS", 0.0)  # a second between two looks is not waited
    there, here = place.ring(), place.ring()
    assert here.newest() == 1
    place.write({1: "", 2: place.master().make(2)})
    box = sealed.seal(there, "bill", "B-1", b"made up")
    assert sealed.number_of(box) == 2
    assert sealed.unseal(here, "bill", "B-1", box) == b"made up"
    assert sealed.unseal(here, "bill", "B-1", sealed.seal(here, "bill", "B-1", b"x")) == b"x"


def test_a_process_seals_with_the_newest_key_after_a_minute_or_when_told(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = place.ring()
    assert ring.newest() == 1
    place.write({1: "", 2: place.master().make(2)})
    assert ring.newest() == 1
    monkeypatch.setattr(key_ring, "FRESH_SECONDS", 0.0)  # a minute is not waited for
    assert ring.newest() == 2


@pytest.mark.parametrize("stands", ["monotonic", "time"])
@pytest.mark.parametrize("moved", [61, -61, 90_000])
def test_a_process_that_was_frozen_or_whose_clock_was_set_looks_at_once(
    place: Place, monkeypatch: pytest.MonkeyPatch, stands: str, moved: int
) -> None:
    """A patch, because no test freezes a machine: one clock stands still, the other has moved."""
    now = {"monotonic": 5.0, "time": 1e9}
    monkeypatch.setattr(key_ring, "_clocks", lambda: (now["monotonic"], now["time"]))
    ring = place.ring()
    assert ring.newest() == 1
    place.write({1: "", 2: place.master().make(2)})
    assert ring.newest() == 1
    now["time" if stands == "monotonic" else "monotonic"] += moved
    assert ring.newest() == 2


def test_a_key_that_was_taken_out_opens_nothing_any_more(place: Place) -> None:
    ring = place.ring()
    box = sealed.seal(ring, "bill", "B-1", b"made up")
    place.write({2: place.master().make(2)})
    ring.forget()
    with pytest.raises(TodokeError, match="sealed_key_missing: number=1"):
        sealed.unseal(ring, "bill", "B-1", box)


def test_what_wraps_is_asked_once_for_each_key(place: Place) -> None:
    place.write({1: "", 2: place.master().make(2)})
    asked = []

    class Counting:
        def open(self, number: int, wrapped: str) -> bytes:
            asked.append(number)
            return place.master().open(number, wrapped)

    ring = KeyRing(place.store, Counting())  # type: ignore[arg-type]
    for _ in range(5):
        box = sealed.seal(ring, "bill", "B-1", b"made up")
        sealed.unseal(ring, "bill", "B-1", box)
        ring.forget()
    assert asked == [2]


def test_a_store_without_its_ring_is_not_taken_for_an_old_one(place: Place) -> None:
    """A ring that names no key 1 does not fall back to it."""
    place.write({3: place.master().make(3)})
    ring = place.ring()
    assert ring.newest() == 3
    with pytest.raises(TodokeError, match="sealed_key_missing"):
        ring.key(1)


# ----------------------------------------------------------------------- files alone
@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "keys"
    keys.make_missing(made)
    return made


def test_each_key_has_a_file_of_its_own_that_others_cannot_read(folder: Path) -> None:
    master = keys.KeyFiles(folder)
    before = (folder / keys.DATA).read_bytes()
    master.make(2)
    assert sorted(each.name for each in folder.iterdir()) == [
        "data-2.key", "data.key", "seal.key", "vapid_private.pem",
    ]  # fmt: skip
    assert (folder / "data-2.key").stat().st_mode & 0o777 == 0o600
    assert (folder / keys.DATA).read_bytes() == before
    assert keys.faults(folder) == []
    (folder / "data-2.key").chmod(0o644)
    assert keys.readable_by_others(folder)


def test_a_file_made_before_a_death_is_used_and_never_replaced(folder: Path) -> None:
    master = keys.KeyFiles(folder)
    first = master.make(2)
    made = (folder / "data-2.key").read_bytes()
    second = master.make(2)
    assert (folder / "data-2.key").read_bytes() == made
    assert master.open(2, first) != master.open(2, second)


def test_a_lost_or_foreign_file_is_named(folder: Path) -> None:
    master = keys.KeyFiles(folder)
    wrapped = master.make(2)
    (folder / "data-2.key").write_bytes(b"x" * 32)
    with pytest.raises(TodokeError, match=r"keys_missing: file=data-2\.key"):
        master.open(2, wrapped)
    (folder / "data-2.key").write_bytes(b"short")
    assert keys.faults(folder) == ["data-2.key"]
    (folder / "data-2.key").unlink()
    with pytest.raises(TodokeError, match=r"keys_missing: file=data-2\.key"):
        master.open(2, wrapped)


def test_an_installation_whose_first_key_was_retired_starts(folder: Path) -> None:
    master = keys.KeyFiles(folder)
    master.make(2)
    assert master.drop(1)
    assert not master.drop(1)
    keys.make_missing(folder)
    assert not (folder / keys.DATA).exists(), "no new first key is made"
    assert keys.faults(folder) == []
    assert keys.names(folder) == ["data-2.key", keys.SEAL, keys.VAPID]
    master.drop(2)
    with pytest.raises(TodokeError, match=r"keys_missing: file=data\.key"):
        keys.make_missing(folder)


# ----------------------------------------------------------------------- KMS alone
@pytest.mark.real
def test_a_key_service_that_refuses_or_lost_the_key_is_named(
    cloud: aws_service.Aws, tmp_path: Path
) -> None:
    city = aws_city.name_of(tmp_path)
    aws_city.settle(city, ["DataKeysAlias"])
    master = KmsKeys(city, f"alias/{city}-keys")
    wrapped = master.make(2)
    cloud.faults(keys_denied=400)
    for ask in (lambda: master.make(3), lambda: master.open(2, wrapped)):
        with pytest.raises(TodokeError, match="keys_unreachable: reason=AccessDenied"):
            ask()
    cloud.usual_faults()
    gone = KmsKeys(city, f"alias/{city}-none")
    for ask in (lambda: gone.make(3), lambda: gone.open(2, wrapped)):
        with pytest.raises(TodokeError, match="keys_unreachable: reason=NotFoundException"):
            ask()
    assert master.open(2, wrapped)


@pytest.mark.real
def test_a_city_without_a_key_in_its_settings_or_its_secret_says_so(
    cloud: aws_service.Aws, tmp_path: Path
) -> None:
    del cloud
    with pytest.raises(TodokeError, match=r"setting_invalid: .*aws\.kms_key"):
        KmsKeys("mihon", "").make(2)
    with pytest.raises(TodokeError, match="keys_missing: file=mihon-keys: data_key"):
        KmsKeys("mihon", "").open(1, "")
