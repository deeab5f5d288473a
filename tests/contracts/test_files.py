"""What is particular to Blobs on a folder: hard links, releases kept, death at any moment."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.contracts.crowd import ROOT
from tests.contracts.small_disk import no_file_beyond
from tests.contracts.worker import pages
from todoke.adapters import files as files_adapter
from todoke.adapters.etags import Etags
from todoke.adapters.files import FileBlobs
from todoke.core.errors import TodokeError


def killed(folder: Path, act: str, which: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.contracts.kill_points", str(folder), act, which],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )
    told = json.loads(done.stdout)
    return told["points"], told["torn"]


@pytest.mark.parametrize(("act", "least"), [("release", 20), ("put", 4)])
def test_death_at_any_moment_leaves_old_or_new_and_nothing_between(
    tmp_path: Path, act: str, least: int
) -> None:
    points, torn = killed(tmp_path, act, "careful")
    assert torn == []
    assert points >= least


@pytest.mark.parametrize(("act", "fault"), [("release", "two releases"), ("put", "half a file")])
def test_negative_control_blobs_that_write_in_place_are_caught(
    tmp_path: Path, act: str, fault: str
) -> None:
    assert any(fault in each for each in killed(tmp_path, act, "careless")[1])


def test_unchanged_files_are_shared_by_hard_links_and_never_edited(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    blobs.release(pages("one"))
    blobs.release(pages("two"))
    first, second = tmp_path / "releases" / "1", tmp_path / "releases" / "2"
    assert (first / "same.css").samefile(second / "same.css")
    assert not (first / "pages/0.html").samefile(second / "pages/0.html")
    assert (first / "pages/0.html").read_bytes() == b"one"


def test_the_last_three_releases_are_kept(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    for number in range(1, 6):
        blobs.release(pages(str(number)))
    assert sorted(path.name for path in (tmp_path / "releases").iterdir()) == ["3", "4", "5"]
    assert (tmp_path / "current").readlink() == Path("releases/5")


def test_a_folder_of_blobs_can_be_moved(tmp_path: Path) -> None:
    FileBlobs(tmp_path / "here").release(pages("one"))
    (tmp_path / "here").rename(tmp_path / "there")
    blobs = FileBlobs(tmp_path / "there")
    assert blobs.get("same.css") is not None
    assert blobs.release(pages("one")) == 1


@pytest.mark.parametrize("reason", [errno.EMLINK, errno.EPERM, errno.EXDEV])
def test_a_file_system_without_hard_links_gets_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    """A patch, because no file system without links is at hand in a test."""

    def refuse(*_: object) -> None:
        raise OSError(reason, "no link")

    monkeypatch.setattr(os, "link", refuse)
    blobs = FileBlobs(tmp_path)
    blobs.release(pages("one"))
    assert blobs.release(pages("two")) == 2
    found = blobs.get("same.css")
    assert found is not None
    assert found.body == pages("two")["same.css"]


def test_a_release_is_synced_before_the_switch_and_the_switch_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order that a power cut would reveal, which no test here can make (a patch)."""
    blobs = FileBlobs(tmp_path)
    served: list[tuple[str, int]] = []

    def watch(name: str) -> None:
        real = getattr(files_adapter, name)

        def watched(folder: Path) -> None:
            served.append((f"{name} {folder.name}", blobs.current_release()))
            real(folder)

        monkeypatch.setattr(files_adapter, name, watched)

    watch("sync_file_system")
    watch("sync_folder")
    blobs.release(pages("one"))
    assert served == [("sync_file_system releases", 0), (f"sync_folder {tmp_path.name}", 1)]


def test_a_release_that_is_served_already_is_made_sure_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever switched to it may have died right before the folder was synced (a patch)."""
    blobs = FileBlobs(tmp_path)
    blobs.release(pages("one"))
    synced: list[Path] = []
    monkeypatch.setattr(files_adapter, "sync_folder", synced.append)
    assert blobs.release(pages("one")) == 1
    assert synced == [tmp_path]


def test_a_tag_is_remembered_only_for_a_file_that_has_been_quiet(tmp_path: Path) -> None:
    """Two files may share inode, time and size when one replaces the other within a tick."""
    path = tmp_path / "feed.atom"
    path.write_bytes(b"one")
    etags = Etags()
    now = time.time_ns()
    for age, remembered in ((0, False), (10 * 10**9, True)):
        os.utime(path, ns=(now - age, now - age))
        first, second = etags.of(path.stat(), b"one"), etags.of(path.stat(), b"two")
        assert (first == second) is remembered


def test_a_write_that_fails_half_way_leaves_the_old_site(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    blobs.release(pages("one"))
    blobs.put("feeds/all.atom", b"old")
    for write in (
        lambda: blobs.release({**pages("two"), "z.html": b"x" * 100_000}),
        lambda: blobs.put("feeds/all.atom", b"x" * 100_000),
    ):
        with no_file_beyond(64 * 1024), pytest.raises(TodokeError) as caught:
            write()
        assert caught.value.code == "storage_unavailable"
        assert caught.value.details == {"reason": "EFBIG"}
    assert blobs.current_release() == 1
    assert sorted(p.name for p in (tmp_path / "releases").iterdir()) == ["1"]
    assert list((tmp_path / "incoming").iterdir()) == []
    found = blobs.get("feeds/all.atom")
    assert found is not None
    assert found.body == b"old"
    assert blobs.release(pages("two")) == 2
