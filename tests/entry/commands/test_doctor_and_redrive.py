"""What the doctor finds in a damaged city, and how work that was given up is started again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.parts.terminal import Operator
from todoke.adapters.clock import SystemClock
from todoke.adapters.local_queue import LocalQueue
from todoke.adapters.sqlite import SqliteStore
from todoke.ports import Create, Json, Record


@pytest.fixture
def own(newcomer: Operator) -> Operator:
    """A city of its own, to be damaged."""
    assert newcomer.says("staff", "add", "見本 あさひ", "--role", "author")[0] == 0
    return newcomer


def finding(operator: Operator, name: str) -> dict[str, Any]:
    """One line of the doctor, who must have found something (a city without a release)."""
    checks = operator.asks("doctor", code=1)["checks"]
    return dict(next(each for each in checks if each["check"] == name))


def test_the_doctor_finds_nothing_wrong_with_a_published_city(operator: Operator) -> None:
    found = operator.asks("doctor")
    assert found["sound"] is True
    assert all(each["ok"] for each in found["checks"])
    assert [each["check"] for each in found["checks"]] == [
        "python", "keys", "private", "disk", "store", "settings", "release", "outbox",
        "dead", "breakers", "clock", "erasing", "alarms", "chain", "sealing",
        "keys_apart", "offices", "production",
    ]  # fmt: skip


def _lose_a_key(data: Path) -> None:
    (data / "keys" / "vapid_private.pem").unlink()


def _break_a_key(data: Path) -> None:
    (data / "keys" / "seal.key").write_bytes(b"short")


def _open_a_key(data: Path) -> None:
    (data / "keys" / "seal.key").chmod(0o644)


def _lose_the_data_key(data: Path) -> None:
    (data / "keys" / "data.key").unlink()


def _open_the_attachments(data: Path) -> None:
    data.chmod(0o755)
    (data / "private").mkdir(mode=0o755, exist_ok=True)


def _damage_the_store(data: Path) -> None:
    path = data / "todoke.sqlite3"
    body = bytearray(path.read_bytes())
    body[4096:8192] = b"\xaa" * 4096
    path.write_bytes(body)


def _give_up_a_job(data: Path) -> None:
    with closing(LocalQueue(data / "todoke.sqlite3", SystemClock())) as queue:
        queue.send("bulk", {"act": "unheard_of"})
        for _ in range(8):
            (job,) = queue.receive("bulk", visible_after=0)
            queue.give_back(job, 0)


def _forget_the_outbox(data: Path) -> None:
    body: dict[str, Json] = {"act": "publish_notice", "body": {}, "lane": "bulk"}
    body |= {"waiting": "waiting", "due_at": f"{1_795_499_000:012d}"}
    _commit(data, Record("outbox", "o", body))


def _open_a_breaker(data: Path) -> None:
    row: dict[str, Json] = {
        "origin": "https://a.example",
        "reason": "vapid",
        "all": "all",
        "refused": 5,
    }
    row |= {"open_until": 1_795_500_100, "accepted_at": 0}
    _commit(data, Record("breaker", "https://a.example", row))


def _wake_nobody(data: Path) -> None:
    due = 1_795_499_000
    row: dict[str, Json] = {"at": due, "tries": 0, "shard": "3", "due_at": f"{due:012d}"}
    _commit(data, Record("alarm", "D" * 43, row))


def _turn_the_clock_back(data: Path) -> None:
    row: dict[str, Json] = {"actor": "system", "act": "sent", "subject": "notice/N", "detail": {}}
    row |= {"at": 1_795_900_000, "month": "2026-11", "order": "001795900000x"}
    _commit(data, Record("audit", "later", row))


def _move_the_clock(data: Path) -> None:
    _commit(data, Record("setting", "clock.held", {"value": "259200 set"}))


def _put_the_chain_back(data: Path) -> None:
    _commit(data, Record("chain_link", "000000000001", {
        "number": 1, "before": "", "what": "acts", "entries": [], "salt": "", "total": 0,
        "at": 1, "hash": "",
    }))  # fmt: skip


def _commit(data: Path, record: Record) -> None:
    with closing(SqliteStore(data / "todoke.sqlite3", SystemClock())) as store:
        store.commit([Create(record)])


@pytest.mark.parametrize(
    ("harm", "name"),
    [
        (_lose_a_key, "keys"), (_break_a_key, "keys"), (_open_a_key, "private"),
        (_lose_the_data_key, "keys"), (_open_the_attachments, "private"),
        (_damage_the_store, "store"), (_give_up_a_job, "dead"), (_forget_the_outbox, "outbox"),
        (_open_a_breaker, "breakers"), (_turn_the_clock_back, "clock"),
        (_move_the_clock, "erasing"), (_wake_nobody, "alarms"),
        (_put_the_chain_back, "chain"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_the_doctor_finds_what_is_wrong(
    harm: Callable[[Path], None], name: str, own: Operator
) -> None:
    assert finding(own, name)["ok"] is True
    harm(own.data)
    assert finding(own, name)["ok"] is False
    code, out, _ = own.says("doctor")
    assert code == 1
    assert out.count("[ look ]") >= 2  # the release, and this
    assert "{" not in out


def test_the_doctor_says_how_many_phones_were_not_woken_and_since_when(own: Operator) -> None:
    assert finding(own, "alarms") == {"check": "alarms", "ok": True, "phones": 0, "since": "-"}
    _wake_nobody(own.data)
    found = finding(own, "alarms")
    assert found == {
        "check": "alarms", "ok": False, "phones": 1, "since": "2026-11-24 14:43 JST"
    }  # fmt: skip
    assert "2026-11-24 14:43 JST" in own.says("doctor")[1]


def test_the_doctor_warns_of_keys_that_go_wherever_a_copy_of_the_data_goes(
    own: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _keys(own) == "keys_apart"  # a demonstration's keys open made-up people
    monkeypatch.setenv("TODOKE_PROFILE", "production")
    assert _keys(own) == "keys_beside"
    # in another place of the same folder they go along with a copy all the same
    (own.data / "keys").rename(own.data / "elsewhere")
    (own.data / "keys").symlink_to(own.data / "elsewhere")
    assert _keys(own) == "keys_beside"
    (own.data / "keys").unlink()
    (own.data / "elsewhere").rename(tmp_path / "kept-apart")
    (own.data / "keys").symlink_to(tmp_path / "kept-apart")
    assert _keys(own) == "keys_apart"


def _keys(operator: Operator) -> str:
    """What the doctor says of where they lie."""
    checks = operator.asks("doctor", code=1)["checks"]
    (found,) = [each for each in checks if each["check"].startswith("keys_")]
    assert found["ok"] is True
    return str(found["check"])


def test_the_doctor_tells_a_production_city_what_is_missing(
    own: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TODOKE_PROFILE", "production")
    found = finding(own, "production")
    assert found["ok"] is False
    assert "https" in found["reasons"]
    answer = own.asks("serve", "--port", "0", code=1)
    assert answer["error"] == "production_refused"
    assert "localhost" in answer["message"]


def test_what_was_given_up_is_shown_and_started_again(own: Operator) -> None:
    _give_up_a_job(own.data)
    assert own.asks("redrive", "--list")["by_act"] == {"unheard_of": 1}
    assert own.asks("redrive")["jobs"] == 1
    assert own.asks("redrive")["jobs"] == 0


@pytest.mark.parametrize("how", ["set", "off"])
def test_a_clock_that_was_moved_is_told_and_confirmed_once(own: Operator, how: str) -> None:
    assert own.asks("clock", "show")["held"] is None
    assert own.asks("clock", "confirm")["confirmed"] is False
    _commit(own.data, Record("setting", "clock.held", {"value": f"259200 {how}"}))
    assert own.asks("clock", "show", code=1)["held"]["seconds"] == 259200
    code, out, _ = own.says("clock", "show")
    assert code == 1
    assert "72 hours" in out
    assert "todoke clock confirm" in out
    assert own.asks("clock", "confirm")["confirmed"] is True
    assert own.asks("clock", "show")["held"] is None
    assert "2026-11-24" in own.says("clock", "confirm")[1]


def test_a_missing_key_is_exit_3_and_no_new_key_is_made(own: Operator) -> None:
    _lose_a_key(own.data)
    assert own.asks("keys", "check", code=1)["faults"] == ["vapid_private.pem"]
    assert own.asks("publish", code=3)["error"] == "keys_missing"
    assert not (own.data / "keys" / "vapid_private.pem").exists()
