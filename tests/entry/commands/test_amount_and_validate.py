"""Small questions at the terminal: an amount, a deadline, one text, a My Number that must be
refused."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.parts.terminal import Operator

NUMBER = "053703296641"


def _type(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """What comes in on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def _facts(folder: Path, facts: Any) -> str:
    path = folder / "facts.json"
    path.write_text(json.dumps(facts), "utf-8")
    return str(path)


# ------------------------------------------------------------------------- amount
def test_an_amount_comes_with_its_steps(newcomer: Operator, tmp_path: Path) -> None:
    facts = _facts(
        tmp_path, {"month": "2026-11", "children": 2, "income": 1220000, "dependents": 1}
    )
    answer = newcomer.asks("amount", "jidou_fuyou_teate", "--facts", facts)
    assert answer["yen_per_month"] == 54810
    assert [each["key"] for each in answer["steps"]] == [
        "version", "income_part", "first_part", "second_part", "total", "unverified_limit",
        "uncertain_additions",
    ]  # fmt: skip
    assert answer["steps"][2]["figures"]["less"] == 3960
    assert not newcomer.data.exists()  # no city is needed, and none is made


@pytest.mark.parametrize(("income", "sure"), [(2_400_000, False), (2_450_000, True)])
def test_nothing_is_not_certain_where_the_ages_of_dependents_could_change_it(
    income: int, sure: bool, newcomer: Operator, tmp_path: Path
) -> None:
    """2,300,000 is 2,450,000 with a dependent of 16 to 22 (児童扶養手当法施行令2条の4)."""
    told = {"month": "2024-10", "children": 1, "income": income, "dependents": 1}
    facts = _facts(tmp_path, told)
    answer = newcomer.asks("amount", "jidou_fuyou_teate", "--facts", facts)
    assert answer["yen_per_month"] == 0
    assert answer["confidence"] == ("high" if sure else "medium")
    assert (answer["steps"][-1]["key"] == "uncertain_additions") != sure
    _, out, _ = newcomer.says("amount", "jidou_fuyou_teate", "--facts", facts)
    assert ("16 to 22" in out.splitlines()[-1]) != sure


def test_an_amount_paid_once_says_so(newcomer: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    _type(monkeypatch, '{"step": 2, "fetuses": 2}')
    answer = newcomer.asks("amount", "ninpu_shien_kyufu", "--facts", "-")
    assert answer["yen"] == 100000
    assert "yen_per_month" not in answer


@pytest.mark.parametrize(
    ("language", "total"), [("en", "Together 15,000 yen"), ("ja", "月15,000円")]
)
def test_a_person_reads_the_steps(
    language: str, total: str, newcomer: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TODOKE_LANGUAGE", language)
    facts = _facts(tmp_path, {"month": "2026-11", "children": ["2025-01-05"]})
    code, out, _ = newcomer.says("amount", "jidou_teate", "--facts", facts)
    assert code == 0
    assert total in out.splitlines()[-1]
    assert "{" not in out


def test_wrong_facts_are_refused_with_what_to_write(newcomer: Operator, tmp_path: Path) -> None:
    facts = _facts(tmp_path, {"month": "2019-01", "children": []})
    answer = newcomer.asks("amount", "jidou_teate", "--facts", facts, code=1)
    assert answer["error"] == "bad_field"
    assert "month" in answer["message"]
    assert "later month" in answer["message"]
    assert newcomer.asks("amount", "nothing", "--facts", facts, code=1)["error"] == "bad_field"
    (tmp_path / "facts.json").write_text("[" * 60_000)
    assert "JSON" in newcomer.asks("amount", "jidou_teate", "--facts", facts, code=1)["message"]
    missing = str(tmp_path / "nowhere.json")
    newcomer.asks("amount", "jidou_teate", "--facts", missing, code=1)


# ------------------------------------------------------------------------- deadline
@pytest.mark.parametrize(
    ("month", "born", "field", "said"),
    [
        ("2026-10", "2027-01-01", "children", "after the day"),
        ("2026-10", "1950-01-01", "children", "25 or older"),
        ("2126-10", "2026-01-01", "month", "too far ahead"),
    ],
)
def test_a_month_or_a_birthday_that_cannot_be_meant_is_refused(
    month: str, born: str, field: str, said: str, newcomer: Operator, tmp_path: Path
) -> None:
    facts = _facts(tmp_path, {"month": month, "children": ["2024-05-01", born]})
    answer = newcomer.asks("amount", "jidou_teate", "--facts", facts, code=1)
    assert field in answer["message"]
    assert said in answer["message"] + answer["advice"]


def test_a_child_born_in_the_month_itself_is_no_mistake(newcomer: Operator, tmp_path: Path) -> None:
    facts = _facts(tmp_path, {"month": "2026-11", "children": ["2026-11-30"]})
    assert newcomer.asks("amount", "jidou_teate", "--facts", facts)["yen_per_month"] == 0


@pytest.mark.parametrize(("command", "more"), [("check", ()), ("amount", ("jidou_teate",))])
def test_a_file_of_facts_that_is_not_there_is_said_so(
    command: str, more: tuple[str, ...], newcomer: Operator
) -> None:
    answer = newcomer.asks(command, *more, "--facts", "/no/such/file", code=1)
    assert "no such file" in answer["message"] + answer["advice"]


def test_no_child_and_a_birthday_contradict_each_other(newcomer: Operator, tmp_path: Path) -> None:
    facts = _facts(tmp_path, {"child.exists": False, "child.birth_date": "2024-05-01"})
    answer = newcomer.asks("check", "--facts", facts, code=1)
    assert "child.birth_date" in answer["message"]
    assert "no child" in answer["message"] + answer["advice"]


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("wareki", "平成31年5月1日", "Write this as Reiwa 1"),
        ("wareki", "令和元年4月30日", "Write this as Heisei 31"),
        ("wareki", "昭和64年1月8日", "Check era, year, month and day"),
        ("wareki", "令和8年2月30日", "Month 2 has 28 days"),
        ("wareki", "平成31年5月", "Write the day"),
        ("wareki", "2026-11-23", "without an era"),
        ("phone", "000-000-0000", "telephone"),
        ("postal", "000-0000", "no such postal code"),
    ],
)
def test_what_is_wrong_with_a_text_is_said_in_words_that_fit(
    kind: str, text: str, said: str, newcomer: Operator
) -> None:
    code, out, _ = newcomer.says("validate", kind, text)
    assert code == 0
    assert said in out


def test_a_deadline_comes_with_exactly_its_days(newcomer: Operator) -> None:
    answer = newcomer.asks("deadline", "shussei_todoke_14", "--input", '{"birth": "2026-04-20"}')
    assert answer == {"ok": True, "raw": "2026-05-03", "deadline": "2026-05-07"}
    assert not newcomer.data.exists()  # no city is needed, and none is made


def test_a_deadline_may_be_asked_unseen(
    newcomer: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    _type(monkeypatch, '{"dob": "2020-04-01"}')
    assert newcomer.asks("deadline", "school_entry", "--input", "-")["entry"] == "2026-04-01"


@pytest.mark.parametrize(("language", "word"), [("en", "child allowance"), ("ja", "児童手当")])
def test_a_person_reads_what_a_deadline_means(
    language: str, word: str, newcomer: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TODOKE_LANGUAGE", language)
    told = '{"event": "birth", "date": "2026-04-10"}'
    code, out, _ = newcomer.says("deadline", "jidou_teate_15", "--input", told)
    assert code == 0
    assert word in out
    assert "2026-04-27" in out
    assert "児童手当法8条" in out


@pytest.mark.parametrize(
    ("rule", "told", "error", "word"),
    [
        ("shussei_todoke_14", '{"birth": "2026-02-30"}', "bad_field", "2026-04-01"),
        ("shussei_todoke_14", '{"birth": "令和8年4月1日"}', "bad_field", "2026-04-01"),
        ("shussei_todoke_14", '{"birth": "2098-04-01"}', "bad_field", "300 days"),
        ("shussei_todoke_14", "{}", "missing_field", "birth"),
        ("shussei_todoke_14", '{"day": "2026-04-01"}', "unknown_field", "day"),
        ("shussei_todoke_15", '{"birth": "2026-04-01"}', "bad_field", "deadlines.yaml"),
        ("shussei_todoke_14", '{"birth": 1, "birth": 2}', "bad_field", "JSON"),
        ("shussei_todoke_14", "2026-04-01", "bad_field", "JSON"),
        ("shussei_todoke_14", "[" * 9000, "bad_field", "long"),
        ("payment_day", '{"benefit": "x"}', "bad_field", "jidou_teate"),
    ],
)
def test_what_no_deadline_can_be_counted_from_is_refused(
    rule: str, told: str, error: str, word: str, newcomer: Operator
) -> None:
    answer = newcomer.asks("deadline", rule, "--input", told, code=1)
    assert answer["error"] == error
    assert word in answer["message"]
    assert answer["advice"]


# ------------------------------------------------------------------------- validate
@pytest.mark.parametrize(
    ("kind", "text", "answer"),
    [
        ("lgcode", "372013", {"valid": True, "normal": "372013", "why": None}),
        ("lgcode", "372014", {"valid": False, "normal": None, "why": "city_code_digit"}),
        ("wareki", "平成31年5月1日", {"valid": False, "normal": None, "why": "era_without_day"}),
        ("mynumber", NUMBER, {"valid": True, "normal": None, "why": None}),
        (
            "address",
            "高松市番町一丁目8番15号",
            {
                "valid": True, "normal": "香川県高松市番町一丁目8番15号", "why": None,
                "pref": "香川県", "city": "高松市", "lgcode": "372013",
            },
        ),
    ],
)  # fmt: skip
def test_one_text_is_checked(
    kind: str, text: str, answer: dict[str, Any], newcomer: Operator
) -> None:
    assert newcomer.asks("validate", kind, text) == {"ok": True, **answer}
    code, out, _ = newcomer.says("validate", kind, text)
    assert code == 0
    assert out.startswith("It is right" if answer["valid"] else "It cannot be accepted")
    assert NUMBER not in out


def test_a_text_of_several_words_needs_no_quotes(newcomer: Operator) -> None:
    assert newcomer.asks("validate", "kana", "さとう", "たろう")["normal"] == "サトウ タロウ"


# ------------------------------------------------------------------------- refuse-mynumber
@pytest.mark.parametrize(
    "text",
    [
        f"私の番号は{NUMBER}です",
        "番号 0537 0329 6641",
        "０５３７－０３２９－６６４１",
        f"-{NUMBER}",
    ],
)
def test_a_text_with_a_my_number_is_refused_and_not_repeated(text: str, newcomer: Operator) -> None:
    for form in ([], ["--json"]):
        code, out, error = newcomer.says("refuse-mynumber", *form, text)
        assert code == 1
        assert "0537" not in out + error
        assert "０５３７" not in out + error


def test_it_may_come_in_unseen(newcomer: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    _type(monkeypatch, f"番号 {NUMBER}\n")
    assert newcomer.asks("refuse-mynumber", "-", code=1)["refused"] is True
    _type(monkeypatch, "お知らせ 2026\n")
    assert newcomer.asks("refuse-mynumber", "-")["refused"] is False


def test_other_numbers_pass(newcomer: Operator) -> None:
    for text in ("053703296642", "1053703296641", "0537-0329-6641-0000", "電話 043-245-5111"):
        assert newcomer.asks("refuse-mynumber", text)["refused"] is False


@pytest.mark.parametrize(
    "line",
    [
        ["refuse-mynumber", f"--x{NUMBER}"],
        ["refuse-mynumber", "a", f"--x={NUMBER}"],
        ["validate", NUMBER, "x"],
        ["validate", "mynumber", f"--{NUMBER}", "a"],
    ],
)
def test_wrong_usage_repeats_nothing(line: list[str], newcomer: Operator) -> None:
    code, out, error = newcomer.says(*line)
    assert code == 2
    assert NUMBER not in out + error
