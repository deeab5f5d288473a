"""Every command of the operator: what it does, says, refuses, and its exit code."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from todoke.adapters import backup_box
from todoke.adapters.clock import SystemClock
from todoke.adapters.local_queue import LocalQueue
from todoke.adapters.sqlite import SqliteStore
from todoke.entry import cli
from todoke.journeys import publish
from todoke.ports import Count, Create, Json, Record

PASSPHRASE = "見本の合言葉は十二文字より長い"


@dataclass
class Operator:
    """Somebody at a terminal. data: the folder she works on."""

    data: Path
    capture: pytest.CaptureFixture[str]

    def says(self, *words: str, data: Path | None = None) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        try:
            code = cli.main([words[0], "--data", str(data or self.data), *words[1:]])
        except SystemExit as ended:
            code = int(str(ended.code))
        out, error = self.capture.readouterr()
        return code, out, error

    def asks(self, *words: str, code: int = 0, data: Path | None = None) -> dict[str, Any]:
        """The JSON answer of a command that must end with ``code``."""
        found, out, error = self.says(*words, "--json", data=data)
        assert found == code, out + error
        answer: dict[str, Any] = json.loads(out)
        # a finding (doctor, keys check) is an answer with exit 1, a refusal is an error
        assert answer["ok"] is ("error" not in answer)
        return answer


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration city, published once."""
    data = tmp_path_factory.mktemp("commands") / "data"
    assert cli.main(["publish", "--data", str(data)]) == 0
    return data


@pytest.fixture
def operator(
    published: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Operator:
    """At the demonstration city; guesses are made cheap."""
    monkeypatch.setattr(backup_box, "SCRYPT_N", 2**10)
    monkeypatch.setenv("TODOKE_BACKUP_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("TODOKE_LANGUAGE", "en")
    capsys.readouterr()
    return Operator(published, capsys)


@pytest.fixture
def newcomer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Operator:
    """At a folder that does not exist yet."""
    monkeypatch.setenv("TODOKE_LANGUAGE", "en")
    return Operator(tmp_path / "data", capsys)


# ------------------------------------------------------------------------- all of them
@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_explains_itself(name: str, operator: Operator) -> None:
    code, out, _ = operator.says(name, "--help")
    assert code == 0
    assert "--json" in out
    assert "--data" in out


@pytest.mark.parametrize("name", [each for each in cli.COMMANDS if each != "init"])
def test_wrong_usage_is_exit_2(name: str, operator: Operator) -> None:
    assert operator.says(name, "--unheard-of")[0] == 2


@pytest.mark.parametrize(
    "words",
    [["announce", "list"], ["subscribers"], ["staff", "list"], ["redrive"], ["doctor"],
     ["keys", "show"], ["keys", "check"], ["backup", "b"], ["export", "e"]],
    ids=lambda words: " ".join(words),
)  # fmt: skip
def test_a_mistyped_folder_is_refused_and_not_made(words: list[str], newcomer: Operator) -> None:
    assert newcomer.asks(*words, code=1)["error"] == "no_city"
    assert not newcomer.data.exists()


def test_shared_arguments_may_stand_before_or_after_the_act(operator: Operator) -> None:
    folder = str(operator.data)
    for words in (
        ["staff", "--json", "--data", folder, "list"],
        ["staff", "list", "--data", folder, "--json"],
        ["staff", "--data", folder, "list", "--json"],
    ):
        assert cli.main(words) == 0
        assert json.loads(operator.capture.readouterr().out)["ok"] is True


def test_the_environment_may_name_the_folder(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TODOKE_DATA_FOLDER", str(operator.data))
    assert cli.main(["keys", "show", "--json"]) == 0
    assert json.loads(operator.capture.readouterr().out)["ok"] is True


def test_a_refusal_says_what_to_do_in_the_operators_language(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, error = operator.says("announce", "show", "N-2026-9999")
    assert (code, out) == (1, "")
    assert error.startswith("todoke: ")
    assert len(error.splitlines()) == 2
    monkeypatch.setenv("TODOKE_LANGUAGE", "ja")
    assert "お知らせ" in operator.says("announce", "show", "N-2026-9999")[2]


def test_a_defect_is_the_machines_fault_and_exit_3(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(publish, "publish_site", broken)
    code, out, error = operator.says("publish", "--json")
    assert code == 3
    assert json.loads(out)["error"] == "internal"
    assert "ZeroDivisionError" in error


def test_a_folder_nobody_may_write_is_exit_3(newcomer: Operator, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    answer = newcomer.asks("publish", code=3, data=blocked / "data")
    assert answer["error"] == "machine_refused"


# ------------------------------------------------------------------------- publish
def test_publishing_twice_changes_nothing(operator: Operator) -> None:
    again = operator.asks("publish")
    assert again["changed"] is False
    assert again["release"] == 1
    assert again["procedures"] == 85


def test_check_reads_everything_and_publishes_nothing(newcomer: Operator) -> None:
    assert newcomer.asks("publish", "--check")["procedures"] == 85
    assert newcomer.asks("doctor", code=1)["checks"][6]["release"] == 0


# ------------------------------------------------------------------------- staff
def test_a_clerk_is_added_listed_linked_and_removed(operator: Operator) -> None:
    made = operator.asks("staff", "add", "見本 ひなた", "--role", "author")
    assert made["link"].startswith("http://console.")
    listed = operator.asks("staff", "list")["staff"]
    assert {"author"} == {
        role for each in listed if each["id"] == made["id"] for role in each["roles"]
    }
    assert operator.asks("staff", "link", made["id"])["link"] != made["link"]
    operator.asks("staff", "remove", made["id"])
    gone = next(
        each for each in operator.asks("staff", "list")["staff"] if each["id"] == made["id"]
    )
    assert gone["active"] is False
    assert operator.asks("staff", "link", made["id"], code=1)["error"] == "not_found"


def test_a_clerk_needs_a_known_role(operator: Operator) -> None:
    assert operator.says("staff", "add", "見本 ひなた", "--role", "mayor")[0] == 2
    assert operator.says("staff", "add", "見本 ひなた")[0] == 2


# ------------------------------------------------------------------------- announce
@pytest.fixture
def clerks(operator: Operator) -> Iterator[tuple[str, str]]:
    """Author and approver, by id."""
    made = [
        operator.asks("staff", "add", f"見本 {name}", "--role", role)["id"]
        for name, role in (("かなで", "author"), ("つばさ", "approver"))
    ]
    yield made[0], made[1]
    for each in made:
        operator.asks("staff", "remove", each)


CONTENT = ("--topic", "allowance", "--title", "見本のお知らせ", "--text", "見本です。",
           "--expires", "2027-01-31")  # fmt: skip


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notice lives 400 days at most, so the calendar of these tests stands still."""
    monkeypatch.setattr(SystemClock, "unix", lambda self: 1_795_500_000)  # 2026-11-24


def test_a_notice_goes_from_draft_to_approval_between_two_people(
    operator: Operator, clerks: tuple[str, str]
) -> None:
    author, approver = clerks
    made = operator.asks("announce", "write", "--as", author, *CONTENT)
    assert made["state"] == "draft"
    assert made["content"]["expires_at"] == 1_801_407_599  # 2027-01-31T23:59:59+09:00
    asked = operator.asks("announce", "ask", made["id"], "--as", author)
    seen = ["--seen", asked["snapshot"], "--count", str(asked["audience"]["number"])]
    refused = operator.asks("announce", "approve", made["id"], "--as", author, *seen, code=1)
    assert refused["error"] in ("same_person", "role_missing")
    done = operator.asks("announce", "approve", made["id"], "--as", approver, *seen)
    assert done["state"] == "approved"
    shown = operator.asks("announce", "show", made["id"])
    assert shown["approver"] == approver
    assert shown["deliveries"]["accepted"] == {"number": 0, "few": False, "at_least": False}
    stopped = operator.asks("announce", "recall", made["id"], "--as", author, "--reason", "見本")
    assert stopped["state"] == "recalled"


def test_who_wrote_it_cannot_approve_it_even_with_both_roles(operator: Operator) -> None:
    both = operator.asks("staff", "add", "見本 ふたば", "--role", "author", "--role", "approver")[
        "id"
    ]
    made = operator.asks("announce", "draft", "--as", both, *CONTENT)
    asked = operator.asks("announce", "ask", made["id"], "--as", both)
    seen = ["--seen", asked["snapshot"], "--count", "10"]
    answer = operator.asks("announce", "approve", made["id"], "--as", both, *seen, code=1)
    assert answer["error"] == "same_person"
    operator.asks("announce", "return", made["id"], "--as", both, "--reason", "見本")
    operator.asks("staff", "remove", both)


def test_a_wrong_count_or_snapshot_approves_nothing(
    operator: Operator, clerks: tuple[str, str]
) -> None:
    author, approver = clerks
    made = operator.asks("announce", "draft", "--as", author, *CONTENT)
    asked = operator.asks("announce", "ask", made["id"], "--as", author)
    for seen, count, error in (
        (asked["snapshot"], "9999", "count_differs"),
        ("0" * 64, "10", "notice_changed"),
    ):
        words = ["announce", "approve", made["id"], "--as", approver, "--seen", seen]
        assert operator.asks(*words, "--count", count, code=1)["error"] == error
    assert operator.asks("announce", "show", made["id"])["state"] == "asked"


def test_without_a_count_the_approver_reads_and_is_asked(
    operator: Operator, clerks: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    author, approver = clerks
    made = operator.asks("announce", "draft", "--as", author, *CONTENT)
    operator.asks("announce", "ask", made["id"], "--as", author)
    monkeypatch.setattr("builtins.input", lambda *_: "10")
    code, out, shown = operator.says("announce", "approve", made["id"], "--as", approver)
    assert code == 0, out + shown
    assert "見本のお知らせ" in shown
    assert "見本です。" in shown


def test_nobody_there_to_be_asked_is_said(
    operator: Operator, clerks: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    author, approver = clerks
    made = operator.asks("announce", "draft", "--as", author, *CONTENT)
    operator.asks("announce", "ask", made["id"], "--as", author)

    def nobody(*_: object) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    answer = operator.asks("announce", "approve", made["id"], "--as", approver, code=1)
    assert answer["error"] == "answer_needed"


def test_a_notice_in_three_languages_with_links_comes_from_a_file(
    operator: Operator, clerks: tuple[str, str], tmp_path: Path
) -> None:
    content = {
        "topic": "allowance",
        "title": {"ja": "見本", "easy": "みほん", "en": "Sample"},
        "text": {"ja": "見本です。", "easy": "みほん です。", "en": "A sample."},
        "expires_at": 1_796_500_000,
        "links": [{"url": "/procedures/jt-nintei.html", "label": "児童手当"}],
    }
    file = tmp_path / "notice.json"
    file.write_text(json.dumps(content), "utf-8")
    made = operator.asks("announce", "draft", "--as", clerks[0], "--file", str(file))
    assert made["content"]["title"] == content["title"]
    assert made["content"]["links"] == content["links"]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--as", "S-nobody", *CONTENT], "bad_field"),
        (["--as", "{author}", *CONTENT[2:]], "missing_field"),
        (["--as", "{author}", *CONTENT[:-1], "tomorrow"], "bad_field"),
        (["--as", "{author}", *CONTENT, "--text", "123456789018 です。"], "my_number_in_text"),
        (["--as", "{author}", *CONTENT, "--link", "https://evil.test/", "x"], "link_host_refused"),
        (["--as", "{approver}", *CONTENT], "role_missing"),
    ],
)  # fmt: skip
def test_a_draft_that_breaks_a_rule_is_refused(
    words: list[str], error: str, operator: Operator, clerks: tuple[str, str]
) -> None:
    named = {"{author}": clerks[0], "{approver}": clerks[1]}
    given = [named.get(each, each) for each in words]
    before = len(operator.asks("announce", "list")["notices"])
    assert operator.asks("announce", "draft", *given, code=1)["error"] == error
    assert len(operator.asks("announce", "list")["notices"]) == before


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


# ------------------------------------------------------------------------- doctor, redrive
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
        "python", "keys", "private", "disk", "store", "settings", "release", "outbox", "dead",
        "breakers", "clock", "production",
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


def _turn_the_clock_back(data: Path) -> None:
    row: dict[str, Json] = {"actor": "system", "act": "sent", "subject": "notice/N", "detail": {}}
    row |= {"at": 1_795_900_000, "month": "2026-11", "order": "001795900000x"}
    _commit(data, Record("audit", "later", row))


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


def test_a_missing_key_is_exit_3_and_no_new_key_is_made(own: Operator) -> None:
    _lose_a_key(own.data)
    assert own.asks("keys", "check", code=1)["faults"] == ["vapid_private.pem"]
    assert own.asks("publish", code=3)["error"] == "keys_missing"
    assert not (own.data / "keys" / "vapid_private.pem").exists()
