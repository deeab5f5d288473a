"""What holds for every command: help, usage, folders, languages, exit codes; and publishing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.parts.terminal import Operator
from todoke.entry import cli
from todoke.journeys import publish


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
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(publish, "publish_site", broken)
    code, out, error = operator.says("publish", "--full", "--json")
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
