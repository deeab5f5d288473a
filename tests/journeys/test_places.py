"""A list of places is brought in whole or not at all, and the site prints what is there."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from todoke import assemble
from todoke.core.errors import TodokeError
from todoke.core.places import KINDS
from todoke.journeys import places, publish
from todoke.ports import Services

HEAD = "ID,名称,住所,受入年齢\n"
#: brings in one list after the other until it is killed
TURNS = """
import sys
from pathlib import Path
from todoke import assemble
from todoke.journeys import places
services = assemble.fake(Path(sys.argv[1]))
files = [Path(each).read_bytes() for each in sys.argv[2:]]
print("ready", flush=True)
while True:
    for body in files:
        places.bring_in(services, "childcare", body, "x.csv", None, "")
"""


def rows(word: str, count: int) -> bytes:
    lines = (f"{n},(架空){word}{n}番の園,とどけ市見本町{n},3歳から5歳\n" for n in range(count))
    return (HEAD + "".join(lines)).encode()


def bring(services: Services, body: bytes) -> bool:
    return places.bring_in(services, "childcare", body, "x.csv", None, "PDL1.0").done


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return assemble.fake(tmp_path)


def kept(services: Services) -> bytes:
    return places.brought_in(services)["places/childcare.json"]


def test_what_was_brought_in_stands_in_place_of_the_sites_own_list(services: Services) -> None:
    before = publish.read_catalogue(services)
    assert set(before.places) == set(KINDS), "the demonstration has its own lists"
    assert bring(services, rows("あおぞら", 3))
    after = publish.read_catalogue(services)
    assert after.places["childcare"].count == 3
    assert after.places["events"] == before.places["events"]
    assert after.marks == before.marks, "a page without places is not printed again"


def test_a_file_that_is_refused_leaves_the_list_as_it_was(services: Services) -> None:
    bring(services, rows("あおぞら", 3))
    before = kept(services)
    for body in (b"", b"a,b\n1,2\n", rows("みどり", 3) + b'9,"open', rows("x", 2)[:-1] + b"\xff"):
        with pytest.raises(TodokeError):
            bring(services, body)
        assert kept(services) == before


def test_a_file_of_which_no_row_can_be_taken_is_no_list(services: Services) -> None:
    bring(services, rows("あおぞら", 3))
    before = kept(services)
    assert not bring(services, HEAD.encode() + b"1,,,\n2,,,\n")
    assert not bring(services, HEAD.encode())
    assert kept(services) == before


def test_the_same_file_again_changes_nothing(services: Services) -> None:
    assert bring(services, rows("あおぞら", 3))
    first = services.blobs.get("places/lists/childcare.json")
    assert bring(services, rows("あおぞら", 3))
    assert services.blobs.get("places/lists/childcare.json") == first


@pytest.mark.looks_into_files
def test_a_crash_in_the_middle_leaves_a_whole_list(tmp_path: Path) -> None:
    data, chance = tmp_path / "data", random.Random(6)
    files = {word: tmp_path / f"{number}.csv" for number, word in enumerate(("あお", "きいろ"))}
    for word, path in files.items():
        path.write_bytes(rows(word, 2_000))
    services = assemble.fake(data)
    whole = set()
    for path in files.values():
        bring(services, path.read_bytes())
        whole.add(kept(services).replace(b',"licence":"PDL1.0"', b""))
    for _ in range(4):
        command = [sys.executable, "-c", TURNS, str(data), *map(str, files.values())]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(0.3 + chance.random() / 3)
            process.kill()
        assert kept(assemble.fake(data)) in whole
