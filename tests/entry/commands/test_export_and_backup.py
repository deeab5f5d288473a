"""What leaves the city: numbers of followers, an export, a backup and the public key."""

from __future__ import annotations

import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.parts.terminal import PASSPHRASE, Operator
from todoke.adapters.clock import SystemClock
from todoke.adapters.sqlite import SqliteStore
from todoke.ports import Count, Create, Json, Record


# ------------------------------------------------------------------------- subscribers, export
def test_small_numbers_of_followers_are_never_told(operator: Operator) -> None:
    with closing(SqliteStore(operator.data / "todoke.sqlite3", SystemClock())) as store:
        store.commit([Count("followers", "nursery", {"*|*": 137, "kita|*": 4, "minami|*": 25})])
    found = operator.asks("subscribers")["topics"]["nursery"]
    assert found["devices"] == {"number": 137, "few": False, "at_least": False}
    assert found["areas"]["kita"] == {"number": 10, "few": True, "at_least": False}
    assert found["areas"]["minami"] == {"number": 20, "few": False, "at_least": True}
    code, out, _ = operator.says("subscribers", "--topic", "nursery")
    assert code == 0
    assert "< 10  kita" in out
    assert ">= 20  minami" in out


@pytest.mark.parametrize("name", ["city", "city.zip"])
def test_an_export_holds_what_was_published_and_no_person(
    name: str, operator: Operator, tmp_path: Path
) -> None:
    _make_a_subscription(operator.data)
    target = tmp_path / name
    done = operator.asks("export", str(target))
    if name.endswith(".zip"):
        with zipfile.ZipFile(target) as archive:
            files = {each: archive.read(each) for each in archive.namelist()}
    else:
        found = [path for path in target.rglob("*") if path.is_file()]
        files = {path.relative_to(target).as_posix(): path.read_bytes() for path in found}
    assert len(files) == done["files"]
    assert {
        "published/catalogue.json",
        "counts.json",
        "notices.csv",
        "about.json",
        "SHA256SUMS",
    } <= set(files)
    assert sum(path.startswith("site/procedures/") for path in files) == 85
    everything = b"".join(files.values())
    for secret in (b"very-secret", b"BEGIN PRIVATE KEY", b"S-demo", "見本 ".encode()):
        assert secret not in everything
    assert operator.asks("export", str(target), code=1)["error"] == "would_overwrite"


def _make_a_subscription(data: Path) -> None:
    origin = "https://updates.push.services.mozilla.com"
    row: dict[str, Json] = {
        "endpoint": f"{origin}/wpush/v2/very-secret", "origin": origin,
        "resource": "r", "p256dh": "x",
        "auth": "x", "token_hash": "x", "topic_secret": "x", "topics": ["nursery"], "cohorts": [],
        "language": "ja", "show": "discreet", "created_at": 1, "changed_at": 1,
    }  # fmt: skip
    with closing(SqliteStore(data / "todoke.sqlite3", SystemClock())) as store:
        if store.get("subscription", "made-up") is None:
            store.commit([Create(Record("subscription", "made-up", row))])


# ------------------------------------------------------------------------- backup, restore, keys
def test_a_backup_is_restored_into_a_new_folder(operator: Operator, tmp_path: Path) -> None:
    file, new = tmp_path / "b.todoke", tmp_path / "new"
    made = operator.asks("backup", str(file))
    assert operator.asks("restore", str(file), data=new)["files"] == made["files"]
    before, after = (operator.asks("keys", "show", data=each) for each in (operator.data, new))
    assert before == after
    assert operator.asks("doctor", code=1, data=new)["checks"][6]["check"] == "release"


def test_a_wrong_passphrase_says_so_and_restores_nothing(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, new = tmp_path / "b.todoke", tmp_path / "new"
    operator.asks("backup", str(file))
    monkeypatch.setenv("TODOKE_BACKUP_PASSPHRASE", PASSPHRASE + "?")
    answer = operator.asks("restore", str(file), code=1, data=new)
    assert answer["error"] == "backup_unreadable"
    assert "passphrase is wrong" in answer["message"]
    assert not new.exists()


def test_a_passphrase_is_typed_twice_for_a_backup(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TODOKE_BACKUP_PASSPHRASE")
    assert operator.asks("backup", str(tmp_path / "b"), code=1)["error"] == "answer_needed"
    typed = iter([PASSPHRASE, PASSPHRASE + "x"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: next(typed))
    assert operator.asks("backup", str(tmp_path / "b"), code=1)["error"] == "bad_field"
    assert not (tmp_path / "b").exists()


def test_keys_show_tells_the_public_key_and_never_a_private_one(operator: Operator) -> None:
    shown = operator.asks("keys", "show")
    assert len(shown["vapid"]) == 87
    assert sorted(shown) == ["fingerprint", "ok", "vapid"]
