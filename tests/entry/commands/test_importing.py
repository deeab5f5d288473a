"""``todoke bills import`` and ``todoke residents import``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.parts.payer import csv, row
from tests.parts.snapshots import ON, crowd, line
from tests.parts.snapshots import file as people_file
from tests.parts.terminal import Operator
from todoke import assemble
from todoke.journeys import batches, bills, register, residents
from todoke.ports import Record


def file(folder: Path, name: str, body: bytes) -> str:
    path = folder / name
    path.write_bytes(body)
    return str(path)


def take(operator: Operator, path: str, *more: str, on: str = "2026-11-01", code: int = 0) -> Any:
    return operator.asks("residents", "import", path, "--on", on, *more, code=code)


@pytest.fixture(autouse=True)
def _own_city(operator: Operator, tmp_path: Path) -> None:
    """A register is of the whole city, so each test has one of its own."""
    operator.data = tmp_path / "data"
    assemble.local(operator.data)


def test_residents_and_their_bills_come_in_by_two_files(operator: Operator, tmp_path: Path) -> None:
    people = people_file(line("8001"), line("8002")).decode().encode("cp932")
    two = file(tmp_path, "people.csv", people)
    told = take(operator, two, "--keep")
    assert (told["people"], told["new"], told["lines"]) == (2, 2, [])
    again = take(operator, two)
    assert (again["known"], again["batch"]) == (True, told["batch"])
    owed = csv(*(row(f"A-{number}", str(8001 + number % 2)) for number in range(40)))
    told = operator.asks("bills", "import", file(tmp_path, "bills.csv", owed))
    assert (told["taken"], told["known"], told["refused"]) == (40, 0, 0)
    services = assemble.local(operator.data)
    hanako = residents.find(services, "8001")
    assert hanako is not None
    assert (hanako.name, hanako.kana) == ("見本 花子", "みほん はなこ")
    assert len(bills.of_resident(services, hanako.id).bills) == 20


def test_lines_that_cannot_be_read_are_told_and_nothing_is_brought_in(
    operator: Operator, tmp_path: Path
) -> None:
    bad = people_file(line("1"), line("1"), line("2", 氏名=""), line("3", 性別="x"))
    path = file(tmp_path, "p.csv", bad + "4,見本".encode())
    told = take(operator, path, code=1)
    assert [(each["line"], each["column"], each["rule"]) for each in told["lines"]] == [
        (3, "宛名番号", "csv_twice"),
        (4, "氏名", "required"),
        (5, "性別", "csv_sex"),
        (6, "", "csv_width"),
    ]
    assert (told["imported"], told["deleted"]) == (False, False)
    code, out, error = operator.says("residents", "import", path, "--on", "2026-11-01")
    assert code == 1
    assert "csv_" not in out
    assert "見本" not in out + error
    assert Path(path).exists()
    assert residents.find(assemble.local(operator.data), "1") is None


def test_the_file_goes_once_everybody_is_in_and_is_spoken_of_when_it_is_kept(
    operator: Operator, tmp_path: Path
) -> None:
    path = file(tmp_path, "p.csv", people_file(line("1")))
    words = ("residents", "import", path, "--on", "2026-11-01")
    code, out, _ = operator.says(*words, "--keep")
    assert code == 0
    assert "ATTENTION: the file with everybody in clear is still where it was" in out
    assert Path(path).exists()
    # the same again: the register is there, and now the file may go
    code, out, _ = operator.says(*words)
    assert code == 0
    assert "was deleted" in out
    assert not Path(path).exists()


def test_an_import_that_crashes_before_its_register_is_there_deletes_nothing(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file(tmp_path, "p.csv", people_file(line("1")))

    def crash(*_: object, **__: object) -> None:
        raise MemoryError

    with monkeypatch.context() as broken:
        broken.setattr(register, "bring_in", crash)  # what a killed process leaves behind
        assert operator.says("residents", "import", path, "--on", "2026-11-01")[0] != 0
    assert Path(path).exists()
    assert take(operator, path)["deleted"] is True


def test_a_file_that_was_put_there_meanwhile_stays(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file(tmp_path, "p.csv", people_file(line("1")))
    bring_in = register.bring_in

    def slow(*given: Any, **more: Any) -> Any:
        brought = bring_in(*given, **more)
        Path(path).write_bytes(people_file(line("1"), line("2")))
        return brought

    with monkeypatch.context() as late:
        late.setattr(register, "bring_in", slow)  # no other way to write between the two steps
        told = take(operator, path)
    assert (told["imported"], told["deleted"]) == (True, False)
    assert "2" in Path(path).read_text("utf-8")


def test_behind_a_link_the_file_itself_goes(operator: Operator, tmp_path: Path) -> None:
    path = Path(file(tmp_path, "p.csv", people_file(line("1"))))
    link = tmp_path / "latest.csv"
    link.symlink_to(path)
    assert take(operator, str(link))["deleted"] is True
    assert not path.exists()


def test_no_cell_of_the_file_is_shown_at_the_terminal(operator: Operator, tmp_path: Path) -> None:
    path = file(tmp_path, "p.csv", people_file(line("8812345", 異動事由="死亡"), line("8812346")))
    _, out, error = operator.says("residents", "import", path, "--on", "2026-11-01")
    for secret in ("見本", "8812345", "1990", "みほん"):
        assert secret not in out + error


def test_a_much_shorter_register_and_an_older_one_are_refused(
    operator: Operator, tmp_path: Path
) -> None:
    take(operator, file(tmp_path, "a.csv", people_file(*crowd(20))))
    short = file(tmp_path, "b.csv", people_file(*crowd(10)))
    told = take(operator, short, on="2026-11-02", code=1)
    assert (told["fewer"], told["before"], told["people"]) == (True, 20, 10)
    assert take(operator, short, "--fewer", on="2026-11-02")["closed"] == 10
    short = file(tmp_path, "b.csv", people_file(*crowd(10)))  # brought in, so it was deleted
    assert take(operator, short, on="2026-10-31", code=1)["error"] == "snapshot_older"
    assert take(operator, short, on="2027-01-01", code=1)["error"] == "snapshot_future"


@pytest.mark.parametrize("body", [b"", b"a,b\n1,2\n", "宛名番号,氏名\n".encode()])
def test_what_is_no_such_file_is_refused(operator: Operator, tmp_path: Path, body: bytes) -> None:
    error = take(operator, file(tmp_path, "x.csv", body), code=1)
    assert error["error"] == "bad_field"


def test_a_file_that_is_not_there_is_refused(operator: Operator, tmp_path: Path) -> None:
    assert operator.asks("bills", "import", str(tmp_path / "none"), code=1)["error"] == "not_found"


def test_a_folder_and_a_pipe_are_no_register(operator: Operator, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for each in ("pipe", "."):
        assert take(operator, str(tmp_path / each), code=1)["error"] == "not_found"


def test_a_my_number_in_a_name_is_refused(operator: Operator, tmp_path: Path) -> None:
    body = people_file(line("8301"), line("8303", 氏名="123456789018"))
    told = take(operator, file(tmp_path, "p.csv", body), code=1)
    assert [each["rule"] for each in told["lines"]] == ["csv_my_number"]


def test_how_far_it_is_is_heard_after_every_commit(operator: Operator) -> None:
    heard: list[tuple[int, int]] = []

    def told(record: Record) -> None:
        heard.append((batches.whole(record, "looked"), batches.whole(record, "total")))

    services = assemble.local(operator.data)
    brought = register.bring_in(services, "cli", people_file(*crowd(200)), ON, told=told)
    assert (heard[0], heard[-1]) == ((0, 200), (200, 200))
    assert len(set(heard)) > 3  # commits are small
    assert heard == sorted(heard)
    assert brought.people == 200


def test_the_report_names_numbers_and_reasons_and_nobody(
    operator: Operator, tmp_path: Path
) -> None:
    assert operator.asks("residents", "report")["on"] is None
    people = [*crowd(25), *({**each, "宛名番号": "9" + each["宛名番号"]} for each in crowd(25))]
    path = file(tmp_path, "p.csv", people_file(*people, line("77", 生年月日="")))
    take(operator, path)
    told = operator.asks("residents", "report")
    assert (told["people"], told["counts"]["twice"], told["counts"]["no_birth_date"]) == (51, 25, 1)
    assert told["found"][0]["numbers"] == ["5000", "95000"]
    code, out, error = operator.says("residents", "report")
    assert code == 0
    assert "  5000 95000\n" in out
    assert "and 5 more" in out
    for secret in ("見本", "みほん", "1990"):
        assert secret not in out + error
