"""``todoke bills import`` and ``todoke residents import``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts.payer import csv, row
from tests.parts.terminal import Operator
from todoke import assemble
from todoke.journeys import batches, bills, residents
from todoke.ports import Record

HEAD = "宛名番号,氏名,よみがな\n"


def people(first: int) -> str:
    """Two made-up people. first: a number no other test gives: they share one city."""
    return f"{HEAD}{first},見本 はなこ,みほん はなこ\n{first + 1},見本 たろう,みほん たろう\n"


def file(folder: Path, name: str, body: bytes) -> str:
    path = folder / name
    path.write_bytes(body)
    return str(path)


def test_residents_and_their_bills_come_in_by_two_files(operator: Operator, tmp_path: Path) -> None:
    two = file(tmp_path, "people.csv", people(8001).encode("cp932"))
    told = operator.asks("residents", "import", two)
    assert (told["taken"], told["known"], told["refused"]) == (2, 0, 0)
    again = operator.asks("residents", "import", two)
    assert (again["taken"], again["known"]) == (0, 2)
    owed = csv(*(row(f"A-{number}", str(8001 + number % 2)) for number in range(40)))
    told = operator.asks("bills", "import", file(tmp_path, "bills.csv", owed))
    assert (told["taken"], told["known"], told["refused"]) == (40, 0, 0)
    services = assemble.local(operator.data)
    hanako = residents.find(services, "8001")
    assert hanako is not None
    assert (hanako.name, hanako.kana) == ("見本 はなこ", "みほん はなこ")
    assert len(bills.of_resident(services, hanako.id).bills) == 20


def test_refused_lines_are_told_and_are_exit_1(operator: Operator, tmp_path: Path) -> None:
    bad = people(8101) + "8103,見本 5037 0000 0000\n8104,見本,みほん\n"
    bad += "8104,別の人,べつのひと\n8105,,みほん\n"
    told = operator.asks("residents", "import", file(tmp_path, "p.csv", bad.encode()), code=1)
    assert [(each["line"], each["rule"]) for each in told["lines"]] == [
        (4, "csv_width"),
        (6, "csv_twice"),
        (7, "required"),
    ]
    code, out, _ = operator.says("residents", "import", file(tmp_path, "p.csv", bad.encode()))
    assert code == 1
    assert "csv_" not in out


@pytest.mark.parametrize("body", [b"", b"a,b\n1,2\n", "宛名番号,氏名\n".encode()])
def test_what_is_no_such_file_is_refused(operator: Operator, tmp_path: Path, body: bytes) -> None:
    error = operator.asks("residents", "import", file(tmp_path, "x.csv", body), code=1)
    assert error["error"] == "bad_field"


def test_a_file_that_is_not_there_is_refused(operator: Operator, tmp_path: Path) -> None:
    assert operator.asks("bills", "import", str(tmp_path / "none"), code=1)["error"] == "not_found"


def test_another_name_under_a_known_number_changes_nothing(
    operator: Operator, tmp_path: Path
) -> None:
    operator.asks("residents", "import", file(tmp_path, "p.csv", people(8201).encode()))
    other = people(8201).replace("はなこ", "ゆきこ")
    told = operator.asks("residents", "import", file(tmp_path, "q.csv", other.encode()), code=1)
    assert [(each["line"], each["rule"]) for each in told["lines"]] == [(2, "csv_resident_changed")]
    hanako = residents.find(assemble.local(operator.data), "8201")
    assert hanako is not None
    assert hanako.name == "見本 はなこ"


def test_a_my_number_in_a_name_is_refused(operator: Operator, tmp_path: Path) -> None:
    body = people(8301) + "8303,123456789018,みほん\n"
    told = operator.asks("residents", "import", file(tmp_path, "p.csv", body.encode()), code=1)
    assert [each["rule"] for each in told["lines"]] == ["csv_my_number"]


def test_how_far_it_is_is_heard_after_every_commit(operator: Operator) -> None:
    heard: list[tuple[int, int]] = []

    def told(record: Record) -> None:
        heard.append((batches.whole(record, "looked"), batches.whole(record, "total")))

    services = assemble.local(operator.data)
    lines = [f"{9000 + number},見本 {number},みほん" for number in range(200)]
    body = (HEAD + "\n".join(lines)).encode()
    record = residents.import_csv(services, "cli", body, told)
    assert (heard[0], heard[-1]) == ((0, 200), (200, 200))
    assert len(set(heard)) > 3  # commits are small
    assert heard == sorted(heard)
    assert record.data["state"] == "sealed"
