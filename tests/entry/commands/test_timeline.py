"""``todoke timeline``: every date of one child, for a program and for a person."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.parts.terminal import Operator

KEYS = ["vaccine", "dose", "status", "earliest", "legal_last", "std_from", "std_to", "series"]
BORN = ("--birth", "2025-01-15", "--on", "2026-02-01")


def file(folder: Path, told: object) -> str:
    path = folder / "given.json"
    path.write_text(told if isinstance(told, str) else json.dumps(told), "utf-8")
    return str(path)


def dose(answer: dict[str, Any], vaccine: str, name: str) -> dict[str, Any]:
    (row,) = [e for e in answer["doses"] if (e["vaccine"], e["dose"]) == (vaccine, name)]
    found: dict[str, Any] = row
    return found


def test_every_dose_check_up_and_deadline_of_a_child_is_told(newcomer: Operator) -> None:
    answer = newcomer.asks("timeline", *BORN)
    assert list(answer) == ["ok", "doses", "given", "checkups", "deadlines"]
    assert all(list(row)[: len(KEYS)] == KEYS for row in answer["doses"])
    row = dose(answer, "varicella", "1")
    assert [row[key] for key in KEYS] == [
        "varicella", "1", "due", "2026-01-14", "2028-01-14", "2026-01-14", "2026-04-14", None
    ]  # fmt: skip
    (check,) = [each for each in answer["checkups"] if each["id"] == "m18"]
    assert check == {
        "id": "m18", "status": "not_yet", "from": "2026-07-15", "until": "2027-01-14"
    }  # fmt: skip
    assert answer["deadlines"][0] == {
        "id": "shussei_todoke_14", "raw": "2025-01-28", "deadline": "2025-01-28"
    }  # fmt: skip
    assert answer["deadlines"][-1] == {"id": "school_entry", "entry": "2031-04-01"}


def test_what_was_given_is_read_from_a_file(newcomer: Operator, tmp_path: Path) -> None:
    told = {"given": {"rota": ["2025-03-14"], "bcg": ["2025-01-14"]}, "rota_type": 5}
    answer = newcomer.asks("timeline", *BORN, "--given", file(tmp_path, told))
    assert dose(answer, "rota", "1")["given"] == "2025-03-14"
    assert dose(answer, "rota", "3")["series"] == "rv5"
    assert answer["given"][1] == {
        "vaccine": "bcg", "date": "2025-01-14", "counted": False, "dose": None,
        "codes": ["before_birth"],
    }  # fmt: skip


def test_a_check_up_that_was_held_is_read_from_the_same_file(
    newcomer: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file(tmp_path, {"given": {}, "held": {"m3": "2025-05-20"}})
    checks = {e["id"]: e for e in newcomer.asks("timeline", *BORN, "--given", path)["checkups"]}
    assert checks["m3"] == {
        "id": "m3", "status": "done", "from": "2025-04-14", "until": "2025-08-14",
        "held": "2025-05-20",
    }  # fmt: skip
    assert "held" not in checks["m18"]
    monkeypatch.setenv("TODOKE_LANGUAGE", "ja")
    _, out, _ = newcomer.says("timeline", *BORN, "--given", path)
    assert "3〜6か月児健診: 受けました(2025-05-20)" in out


def test_what_was_given_may_come_unseen(
    newcomer: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = b'{"given": {"hepb": ["2025-03-14"]}, "mr_shortage": true}'
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(told)))
    answer = newcomer.asks("timeline", *BORN, "--given", "-")
    assert dose(answer, "hepb", "1")["status"] == "done"


def test_a_due_date_brings_the_vaccination_in_pregnancy(newcomer: Operator) -> None:
    days = ("--birth", "2026-04-23", "--edd", "2026-04-23", "--on", "2026-04-01")
    answer = newcomer.asks("timeline", *days)
    assert dose(answer, "rsv_maternal", "1")["status"] == "due"
    assert answer["deadlines"][-1]["id"] == "ninpu_kyufu_2"
    vaccines = {row["vaccine"] for row in newcomer.asks("timeline", *BORN)["doses"]}
    assert "rsv_maternal" not in vaccines


def test_a_person_reads_sentences_and_that_it_is_no_diagnosis(
    newcomer: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TODOKE_LANGUAGE", "ja")
    told = {"given": {"je": ["2025-08-01"], "bcg": ["2025-06-20", "2025-06-20"]}}
    _, out, _ = newcomer.says("timeline", *BORN, "--given", file(tmp_path, told))
    assert "BCG(結核) 1回目: 受けました(2025-06-20)" in out
    assert "日本脳炎 2期: まだ先です(2034-01-14 から 2038-01-14 まで)" in out
    assert "1回目: まだ先です(2036-04-01 から 2041-03-31 まで。予定は 2037-04-01 から)" in out
    assert "BCG(結核) 2025-06-20: 同じ日が2回書かれています" in out
    assert "出生届を出す期限: 2025-01-28" in out
    assert out.count("国の定期接種は女の子だけです") == 1
    assert out.strip().endswith("診断ではありません。")


@pytest.mark.parametrize(
    ("arguments", "told", "field"),
    [
        (("--birth", "2026-02-30", "--on", "2026-03-01"), None, "birth"),
        (("--birth", "令和8年4月1日", "--on", "2026-05-01"), None, "birth"),
        (("--birth", "2025-01-15", "--on", "tomorrow"), None, "on"),
        ((*BORN, "--edd", "2026-13-01"), None, "edd"),
        ((*BORN, "--sex", "女"), None, "sex"),
        (BORN, [], "given"),
        (BORN, "{", "given"),
        (BORN, '{"given": {}, "given": {}}', "given"),
        (BORN, {"given": {"mumps": ["2026-01-20"]}}, "given"),
        (BORN, {"given": {"bcg": "2025-06-20"}}, "given.bcg"),
        (BORN, {"given": {"bcg": ["2025-06-31"]}}, "given.bcg"),
        (BORN, {"given": {"bcg": ["2025-06-20"] * 21}}, "given.bcg"),
        (BORN, {"given": {}, "rota_type": 2}, "rota_type"),
        (BORN, {"given": {}, "rota_type": True}, "rota_type"),
        (BORN, {"given": {}, "mr_shortage": 1}, "mr_shortage"),
        (BORN, {"given": {}, "held": ["m3"]}, "held"),
        (BORN, {"given": {}, "held": {"m4": "2025-05-20"}}, "held"),
        (BORN, {"given": {}, "held": {"m3": "2025-02-30"}}, "held.m3"),
        (BORN, {"given": {}, "held": {"m3": ["2025-05-20"]}}, "held.m3"),
        (BORN, {"name": "見本 花子"}, "name"),
    ],
)
def test_what_cannot_be_counted_is_refused_with_its_field(
    newcomer: Operator, tmp_path: Path, arguments: tuple[str, ...], told: object, field: str
) -> None:
    given = () if told is None else ("--given", file(tmp_path, told))
    answer = newcomer.asks("timeline", *arguments, *given, code=1)
    assert answer["error"] in ("bad_field", "unknown_field")
    assert f'"{field}"' in answer["message"]
    assert answer["advice"]


def test_a_child_of_a_time_before_the_rules_by_name_has_its_doses_all_the_same(
    newcomer: Operator,
) -> None:
    answer = newcomer.asks("timeline", "--birth", "1999-12-31", "--on", "2010-01-01")
    assert dose(answer, "je", "2")["legal_last"] == "2019-12-30"
    assert "school_entry" in [each["id"] for each in answer["deadlines"]]
    assert "shussei_todoke_14" not in [each["id"] for each in answer["deadlines"]]
