"""`todoke keys`: how an operator changes the data keys, and what is said when she may not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts import aws_city, aws_service
from tests.parts.sealing_keys import tell_secret
from tests.parts.terminal import PASSPHRASE, Operator
from todoke import assemble
from todoke.adapters import backup_box
from todoke.adapters.clock import SystemClock
from todoke.core.errors import TodokeError
from todoke.journeys import keyring, reseal, staff


@pytest.fixture
def own(newcomer: Operator, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """A city of its own; guesses are made cheap."""
    monkeypatch.setattr(backup_box, "SCRYPT_N", 2**10)
    monkeypatch.setenv("TODOKE_BACKUP_PASSPHRASE", PASSPHRASE)
    assert newcomer.says("staff", "add", "見本 あさひ", "--role", "author")[0] == 0
    return newcomer


def _later(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    """The clock of the machine; a patch, because a day is not waited."""
    now = SystemClock.unix
    monkeypatch.setattr(SystemClock, "unix", lambda clock: now(clock) + seconds)


def test_a_key_is_changed_in_three_acts(own: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    assert own.asks("keys", "status") == {
        "ok": True, "keys": [{"number": 1, "made_at": 0}], "newest": 1, "resealing": None,
    }  # fmt: skip
    assert own.asks("keys", "rotate")["number"] == 2
    assert own.asks("keys", "check")["sound"] is True
    counted = own.asks("keys", "status", "--count")
    assert [(each["number"], each["sealed"]) for each in counted["keys"]] == [(1, 1), (2, 0)]
    assert own.asks("keys", "retire", "1", code=1)["error"] == "key_young"
    assert own.asks("keys", "reseal")["resealed"] == 1
    _later(monkeypatch, keyring.RETIRE_SECONDS + 60)
    assert own.asks("keys", "retire", "1")["number"] == 1
    assert [each["number"] for each in own.asks("keys", "status")["keys"]] == [2]
    assert not (own.data / "keys" / "data.key").exists()
    [clerk] = own.asks("staff", "list")["staff"]
    assert clerk["name"] == "見本 あさひ"
    assert own.asks("keys", "check")["sound"] is True
    assert own.asks("keys", "retire", "1", code=1)["error"] == "key_unknown"
    assert own.asks("keys", "retire", "2", code=1)["error"] == "key_newest"


def test_each_act_says_what_comes_next(own: Operator) -> None:
    assert "todoke keys reseal" in own.says("keys", "rotate")[1]
    assert "New things are sealed with key 2." in own.says("keys", "status")[1]
    assert "key 1: from the beginning, 1 fields" in own.says("keys", "status", "--count")[1]
    assert "Sealed anew: 1" in own.says("keys", "reseal")[1]
    code, _, error = own.says("keys", "retire", "1")
    assert code == 1
    assert "in 25 hours" in error


def test_a_sealing_anew_that_is_not_done_is_told(own: Operator) -> None:
    own.asks("keys", "rotate")
    steps = iter(range(9))
    assert reseal.reseal(assemble.local(own.data), enough=lambda: next(steps) == 4) is None
    assert own.asks("keys", "status", code=1)["resealing"] is not None
    assert "sealing anew is not done" in own.says("doctor")[1]
    own.asks("keys", "reseal")
    assert own.asks("keys", "status")["resealing"] is None


def test_a_lost_key_file_is_named_by_the_check_and_by_the_doctor(own: Operator) -> None:
    own.asks("keys", "rotate")
    (own.data / "keys" / "data-2.key").unlink()
    refused = own.asks("keys", "check", code=3)
    assert refused["error"] == "keys_missing"
    assert "data-2.key" in refused["message"]
    assert "data-2.key" in own.says("doctor")[1]
    assert own.asks("staff", "add", "見本 ひなた", "--role", "author", code=3)["error"] == (
        "keys_missing"
    )
    assert len(own.asks("staff", "list")["staff"]) == 1, "nothing was stored"


def test_the_keys_may_lie_elsewhere_behind_a_link(own: Operator, tmp_path: Path) -> None:
    """docs/keys.md: on a disk of their own, so that a stolen data folder opens nothing."""
    elsewhere = tmp_path / "another disk"
    (own.data / "keys").rename(elsewhere)
    (own.data / "keys").symlink_to(elsewhere)
    own.asks("keys", "rotate")
    own.asks("keys", "reseal")
    assert own.asks("staff", "list")["staff"][0]["name"] == "見本 あさひ"
    assert sorted(each.name for each in elsewhere.glob("data*")) == ["data-2.key", "data.key"]
    assert (own.data / "keys").is_symlink()
    own.asks("backup", str(tmp_path / "b"))
    there = tmp_path / "restored"
    own.asks("restore", str(tmp_path / "b"), data=there)
    assert own.asks("staff", "list", data=there)["staff"][0]["name"] == "見本 あさひ"


def test_a_number_that_is_none_and_a_folder_without_a_city_change_nothing(
    own: Operator, tmp_path: Path
) -> None:
    assert own.says("keys", "retire", "first")[0] == 2
    assert own.asks("keys", "retire", "-1", code=1)["error"] == "key_unknown"
    for act in (["status"], ["rotate"], ["reseal"], ["retire", "1"]):
        answer = own.asks("keys", *act, code=1, data=tmp_path / "nowhere")
        assert answer["error"] == "no_city"
    assert not (tmp_path / "nowhere").exists()


# ----------------------------------------------------------------------- on AWS
@pytest.fixture
def name(cloud: aws_service.Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A city that keeps no data key anywhere yet: KMS will wrap the first one."""
    del cloud
    name = aws_city.name_of(tmp_path)
    aws_city.settle_all(name)
    tell_secret(name, tmp_path / "made", data_key=None)
    monkeypatch.setenv("TODOKE_AWS__CITY", name)
    monkeypatch.setenv("TODOKE_AWS__KMS_KEY", f"alias/{name}-keys")
    assemble.aws.cache_clear()
    yield name
    assemble.aws.cache_clear()


@pytest.mark.real
def test_a_city_on_aws_makes_changes_and_retires_its_keys_with_kms(
    name: str, newcomer: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    del name
    services = assemble.aws()
    with pytest.raises(TodokeError, match="keys_missing"):
        staff.add(services, "見本 あさひ", ["author"])
    assert staff.everybody(services) == [], "without a key nothing is stored"
    assert newcomer.asks("keys", "rotate")["number"] == 2
    staff.add(services, "見本 あさひ", ["author"])
    assert newcomer.asks("keys", "rotate")["number"] == 3
    assert newcomer.asks("keys", "reseal")["resealed"] == 1
    _later(monkeypatch, keyring.RETIRE_SECONDS + 60)
    for number in ("1", "2"):
        newcomer.asks("keys", "retire", number)
    status = newcomer.asks("keys", "status", "--count")
    assert [(each["number"], each["sealed"]) for each in status["keys"]] == [(3, 1)]
    assert newcomer.asks("keys", "check")["sound"] is True
    assert list(staff.names(services).values()) == ["見本 あさひ"]
    assert not newcomer.data.exists(), "nothing lies on this machine"


@pytest.mark.real
def test_where_kms_refuses_nothing_is_stored_unsealed(
    name: str, newcomer: Operator, cloud: aws_service.Aws
) -> None:
    del name
    newcomer.asks("keys", "rotate")
    assemble.aws.cache_clear()
    services = assemble.aws()
    cloud.faults(keys_denied=400)
    with pytest.raises(TodokeError, match="keys_unreachable: reason=AccessDeniedException"):
        staff.add(services, "見本 あさひ", ["author"])
    refused = newcomer.asks("keys", "rotate", code=3)
    assert refused["error"] == "keys_unreachable"
    assert "AccessDeniedException" in refused["message"]
    cloud.usual_faults()
    assert not list(services.store.walk("staff").records)
    assert [each.number for each in keyring.kept(services)] == [1, 2]
    staff.add(services, "見本 あさひ", ["author"])
    assert list(staff.names(services).values()) == ["見本 あさひ"]
