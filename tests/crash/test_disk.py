"""What the rebuilt disk keeps of what a real process did to a real folder."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash import calls
from tests.crash.disk import Disk
from tests.crash.tracing import Trace

pytestmark = pytest.mark.real

#: begins when it is told to; "there", "old" and "kept" are there before
SCRIPT = """
import os, sys
print("ready", flush=True)
sys.stdin.readline()
def at(name):
    return os.path.join(os.getcwd(), name)
def sync(path):
    handle = os.open(at(path), os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
def write(path, *pieces):
    with open(at(path), "wb", buffering=0) as file:
        for piece in pieces:
            file.write(piece)
write("there", b"new ", b"words")
write("made", b"synced, but not its name")
sync("made")
os.replace(at("old"), at("renamed"))
os.mkdir(at("folder"))
write("folder/inside", b"synced with its name, but not the folder's")
sync("folder/inside")
sync("folder")
os.mkdir(at("sure"))
write("sure/never", b"never synced")
sync(".")
write("sure/whole", b"synced, all of it")
sync("sure/whole")
sync("sure")
os.unlink(at("kept"))
"""


def traced(folder: Path, script: str) -> Disk:
    """The disk after the script."""
    for name in ("there", "old", "kept"):
        (folder / name).write_bytes(b"before")
    disk, log = Disk(folder, folder), folder.parent / "calls"
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        with Trace(log, bytes=True).of(child.pid):
            child.stdin.write(b"go\n")
            child.stdin.close()
            child.wait()
    for call in calls.read(log):
        disk.apply(call)
    return disk


def left(disk: Disk, variant: str, target: Path) -> dict[str, bytes]:
    """Names and bytes after a cut."""
    target.mkdir()
    disk.folder_after(variant, target, random.Random(1))
    return {
        each.relative_to(target).as_posix(): each.read_bytes()
        for each in target.rglob("*")
        if each.is_file()
    }


def test_after_a_cut_only_what_was_synced_is_sure(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    disk = traced(tmp_path / "folder", SCRIPT)
    inside = {"folder/inside": b"synced with its name, but not the folder's"}
    whole = {"sure/whole": b"synced, all of it"}
    made = {"made": b"synced, but not its name"}
    # the folder of all was synced before the last file was made and another one erased
    nothing = {"there": b"before", "renamed": b"before", "kept": b"before", **made, **inside}
    nothing |= {**whole, "sure/never": b""}
    assert left(disk, "nothing", tmp_path / "1") == nothing
    everything = {**nothing, "there": b"new words", "sure/never": b"never synced"}
    del everything["kept"]
    assert left(disk, "everything", tmp_path / "2") == everything
    assert left(disk, "bytes", tmp_path / "3") == {**everything, "kept": b"before"}
    names = {key: body for key, body in nothing.items() if key != "kept"}
    assert left(disk, "names", tmp_path / "4") == names


def test_without_a_sync_of_the_folder_its_new_names_are_gone(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    disk = traced(tmp_path / "folder", SCRIPT.replace('sync(".")', ""))
    before = dict.fromkeys(("there", "old", "kept"), b"before")
    assert left(disk, "nothing", tmp_path / "1") == before


def test_a_sync_of_the_file_system_makes_everything_sure(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    script = SCRIPT + "import ctypes\nctypes.CDLL(None).syncfs(os.open('.', os.O_RDONLY))\n"
    disk = traced(tmp_path / "folder", script)
    assert left(disk, "nothing", tmp_path / "1") == left(disk, "everything", tmp_path / "2")


def test_of_what_was_not_synced_any_sectors_may_arrive(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    script = SCRIPT + "write('there', b'1' * 512, b'2' * 512, b'3' * 512)\n"
    disk = traced(tmp_path / "folder", script)
    found = set()
    for seed in range(60):
        target = tmp_path / str(seed)
        target.mkdir()
        disk.folder_after("some", target, random.Random(seed))
        found.add((target / "there").read_bytes())
    assert b"1" * 512 + bytes(512) + b"3" * 512 in found
    assert len(found) > 5
    assert (tmp_path / "folder" / "there").stat().st_size == 1536
