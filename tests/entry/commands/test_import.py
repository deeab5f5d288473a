"""``todoke import opendata``: what became of every row, for a program and for a person."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.parts.terminal import Operator
from todoke import assemble
from todoke.core import places
from todoke.entry import cli
from todoke.journeys.places import brought_in

EVENTS = (
    "ID,イベント名,開始日,終了日,場所名称\n"
    "1,(架空)おはなし会,2026-12-01,,見本図書館\n"
    "2,(架空)夏まつり,8月5日（水）～8月16日（日）,,見本公園\n"
    "3,(架空)節分の会,2027/2/3,,見本公民館\n"
)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "events.csv"
    path.write_bytes(EVENTS.encode("cp932"))
    return str(path)


def test_every_row_is_reported(operator: Operator, file: str) -> None:
    told = operator.asks("import", "opendata", "events", file, "--report", code=1)
    assert (told["taken"], told["mended"], told["refused"]) == (1, 1, 1)
    assert (told["encoding"], told["header_row"]) == ("Shift_JIS (cp932)", 1)
    taken, refused, mended = told["rows"]
    assert taken == {"row": 2, "status": "taken", "id": "1", "name": "(架空)おはなし会"}
    [why] = refused["refused"]
    assert (refused["row"], why["column"], why["rule"]) == (3, "開始日", "event_no_year")
    assert "--date" in why["words"]
    [how] = mended["mended"]
    assert (mended["row"], how["column"], how["rule"]) == (4, "開始日", "date_written")
    assert told["imported"] is True
    kept = brought_in(assemble.local(operator.data))["places/events.json"]
    assert len(places.read("places/events.json", kept).places) == 2


def test_the_day_of_the_data_gives_an_event_its_year(newcomer: Operator, file: str) -> None:
    told = newcomer.asks("import", "opendata", "events", file, "--date", "2026-07-15", "--report")
    assert [each["status"] for each in told["rows"]] == ["taken", "mended", "mended"]


def test_a_check_brings_in_nothing(newcomer: Operator, file: str) -> None:
    told = newcomer.asks("import", "opendata", "events", file, "--check", code=1)
    assert (told["imported"], told["taken"]) == (False, 1)
    assert "rows" not in told
    assert not newcomer.data.exists()


def test_a_person_reads_rows_columns_and_reasons(newcomer: Operator, file: str) -> None:
    code, out, _ = newcomer.says("import", "opendata", "events", file, "--report")
    assert code == 1
    assert "  3 開始日: its year is not known: say the day of the data with --date" in out
    assert "Next: todoke publish" in out
    assert "event_" not in out


def test_another_kind_of_file_is_refused_whole(newcomer: Operator, file: str) -> None:
    told = newcomer.asks("import", "opendata", "childcare", file, "--report", code=1)
    assert told["error"] == "open_data_refused"
    assert "list of events" in told["message"]
    assert "row 1, column 受入年齢" in told["message"]


@pytest.mark.parametrize("what", ["none", "folder", "pipe", "device", "link to nothing"])
def test_what_is_no_plain_file_is_said_at_once(
    newcomer: Operator, tmp_path: Path, what: str
) -> None:
    """A pipe would be waited for, a device read for ever."""
    path = Path("/dev/zero") if what == "device" else tmp_path / "x.csv"
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "link to nothing":
        path.symlink_to(tmp_path / "none.csv")
    told = newcomer.asks("import", "opendata", "events", str(path), code=1)
    absent = what in ("none", "link to nothing")
    assert told["error"] == ("not_found" if absent else "open_data_refused")
    assert absent or "no plain file" in told["message"]


def test_a_link_to_a_file_is_that_file(newcomer: Operator, tmp_path: Path, file: str) -> None:
    (tmp_path / "link.csv").symlink_to(file)
    told = newcomer.asks("import", "opendata", "events", str(tmp_path / "link.csv"), code=1)
    assert told["imported"] is True


def test_a_file_larger_than_any_list_is_not_read_whole(newcomer: Operator, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with path.open("wb") as out:
        out.truncate(10**12)  # a terabyte of nothing, which takes no room on the disk
    told = newcomer.asks("import", "opendata", "events", str(path), code=1)
    assert told["error"] == "body_too_large"


def test_the_name_of_a_file_is_published_as_text(newcomer: Operator, tmp_path: Path) -> None:
    """On a disk a name is any bytes."""
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[2J.csv")
    Path(path).write_bytes(childcare(3))
    told = newcomer.asks("import", "opendata", "childcare", path, "--licence", "CC\u202e BY")
    assert told["file"] == "\ufffd[2J.csv"
    kept = brought_in(assemble.local(newcomer.data))["places/childcare.json"]
    assert places.head(kept)[0].licence == "CC BY"


def childcare(count: int) -> bytes:
    rows = "".join(f"{n},(架空){n}番の園,とどけ市見本町{n},3歳\n" for n in range(count))
    return f"ID,名称,住所,受入年齢\n{rows}".encode()


def test_a_list_that_lost_most_of_its_places_needs_another_word(
    newcomer: Operator, tmp_path: Path
) -> None:
    path = tmp_path / "x.csv"
    command = ("import", "opendata", "childcare", str(path))
    path.write_bytes(childcare(40))
    newcomer.asks(*command)
    path.write_bytes(childcare(4))
    told = newcomer.asks(*command, code=1)
    assert (told["imported"], told["shrunk"], told["before"]) == (False, True, 40)
    code, out, _ = newcomer.says(*command)
    assert code == 1
    assert "the list has 40 places, and this file only 4" in out
    assert "--fewer" in out
    assert "todoke publish" not in out
    assert newcomer.asks(*command, "--fewer")["imported"] is True


def test_the_lists_before_are_told_and_put_back(newcomer: Operator, tmp_path: Path) -> None:
    assert newcomer.asks("import", "opendata", "childcare", "--editions")["editions"] == []
    for count in (20, 30):
        path = tmp_path / f"list_2026080{count // 10}.csv"
        path.write_bytes(childcare(count))
        newcomer.asks("import", "opendata", "childcare", str(path))
    [edition] = newcomer.asks("import", "opendata", "childcare", "--editions")["editions"]
    assert edition.pop("replaced").endswith("+09:00")
    assert edition == {
        "edition": 1, "rows": 20, "file": "list_20260802.csv", "date": "2026-08-02",
    }  # fmt: skip
    _, out, _ = newcomer.says("import", "opendata", "childcare", "--editions")
    assert "20 places, list_20260802.csv, data of 2026-08-02" in out
    told = newcomer.asks("import", "opendata", "childcare", "--back", "1")
    assert (told["rows"], told["edition"]) == (20, 1)
    kept = brought_in(assemble.local(newcomer.data))["places/childcare.json"]
    assert len(places.read("places/childcare.json", kept).places) == 20
    told = newcomer.asks("import", "opendata", "childcare", "--back", "9", code=1)
    assert (told["error"], "no such edition" in told["message"]) == ("bad_field", True)


@pytest.mark.parametrize("words", [[], ["x.csv", "--editions"], ["--editions", "--back", "1"]])
def test_one_thing_is_asked_for_at_a_time(newcomer: Operator, words: list[str]) -> None:
    code, _, _ = newcomer.says("import", "opendata", "childcare", *words)
    assert code == 2


def test_publishing_follows_the_list(operator: Operator, file: str) -> None:
    operator.asks("import", "opendata", "events", file, code=1)
    operator.asks("publish")
    again = operator.asks("publish")
    assert again["changed"] is False
    operator.asks("import", "opendata", "events", file, "--date", "2026-07-15")
    changed = operator.asks("publish")
    assert changed["changed"] is True
    services = assemble.local(operator.data)
    page = services.blobs.get("places/events.html")
    assert page is not None
    assert "(架空)おはなし会" in page.body.decode()


def test_every_way_of_mending_and_every_reason_has_words() -> None:
    """Each rule that core names stands in the sentences, and none that it does not name."""
    words = assemble.dictionary()
    root = Path(cli.__file__).parents[1] / "core"
    text = "".join(path.read_text("utf-8") for path in root.glob("open_data*.py"))
    for language in ("ja", "en"):
        for kind in ("how", "why"):
            names = words.part(language, f"cli.open_data.{kind}")
            assert len(names) > 10
            for name in names:
                assert f'"{name}"' in text, name
    said = json.dumps(words.sentences["ja"], ensure_ascii=False)
    assert "open_data.how.id_scientific" in said
