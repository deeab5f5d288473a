"""``todoke publish`` when nothing changed says so at once, and only then."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from todoke.entry import unchanged

ROOT = Path(__file__).resolve().parents[2]
#: longer than the stamps of files are coarse
A_MOMENT = 0.05
ANSWERS = {"ja": "同じ", "en": "the same", "json": '{"ok": true}'}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A city that was just published, as far as this module looks."""
    root, data = tmp_path / "root", tmp_path / "data"
    for name, body in (("site/todoke.toml", "a = 1"), ("site/procedures/a.yaml", "id: a")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(body)
    (root / "templates").mkdir()
    (root / "templates" / "base.html").write_text("<p>")
    for folder in ("keys", "public/releases/3", "public/files/feeds"):
        (data / folder).mkdir(parents=True)
    (data / "keys" / "vapid_private.pem").write_text("key")
    (data / "public" / "files" / "feeds" / "all.json").write_text("{}")
    (data / "public" / "current").symlink_to("releases/3")
    monkeypatch.chdir(root)
    monkeypatch.setenv("TODOKE_LANGUAGE", "ja")
    time.sleep(A_MOMENT)
    unchanged.remember(str(data), unchanged.look(str(data)), ANSWERS)
    return data


def said(data: Path, *more: str) -> str | None:
    return unchanged.answer(["--data", str(data), *more])


def test_nothing_changed_is_said_in_the_words_that_were_asked_for(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said(data) == "同じ"
    assert said(data, "--json") == '{"ok": true}'
    assert unchanged.answer([f"--data={data}"]) == "同じ"
    monkeypatch.setenv("TODOKE_LANGUAGE", "en")
    monkeypatch.setenv("TODOKE_DATA_FOLDER", str(data))
    # the language is a setting of the environment too: it is looked at closely, once
    assert unchanged.answer([]) is None


def test_other_options_are_for_the_publication_itself(data: Path) -> None:
    for option in ("--full", "--check", "--help", "--data", "-x", "more"):
        assert unchanged.answer(["--data", str(data), option]) is None


def _same_size_and_time(file: Path) -> None:
    before = file.stat()
    file.write_bytes(file.read_bytes()[:-1] + b"b")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def _renamed(file: Path) -> None:
    file.rename(file.with_name("b.yaml"))


def _switched(data: Path) -> None:
    (data / "public" / "current").unlink()
    (data / "public" / "current").symlink_to("releases/4")


CHANGES: dict[str, Callable[[Path, Path], object]] = {
    "a procedure": lambda root, _: (root / "site/procedures/a.yaml").write_text("id: aa"),
    "its bytes alone": lambda root, _: _same_size_and_time(root / "site/procedures/a.yaml"),
    "its name": lambda root, _: _renamed(root / "site/procedures/a.yaml"),
    "a new file": lambda root, _: (root / "site/procedures/c.yaml").write_text("id: c"),
    "a lost file": lambda root, _: (root / "site/procedures/a.yaml").unlink(),
    "a template": lambda root, _: (root / "templates/base.html").write_text("<b>"),
    "the settings": lambda root, _: (root / "site/todoke.toml").write_text("a = 2"),
    "where it is served": lambda _, data: (data / "served_at").write_text("http://localhost:1"),
    "a key": lambda _, data: (data / "keys/vapid_private.pem").write_text("KEY"),
    "a notice": lambda _, data: (data / "public/files/feeds/all.json").write_text("{ }"),
    "the release": lambda _, data: _switched(data),
    "no release": lambda _, data: (data / "public/current").unlink(),
    "the note itself": lambda _, data: (data / unchanged.PLACE).write_text("x"),
    "half of the note": lambda _, data: os.truncate(data / unchanged.PLACE, 90),
    "an environment": lambda *_: os.environ.update(TODOKE_PUBLIC_URL="https://a.example"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changed_is_looked_at_closely(
    data: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TODOKE_PUBLIC_URL", "http://localhost:8080")
    unchanged.remember(str(data), unchanged.look(str(data)), ANSWERS)
    assert said(data) is not None
    CHANGES[change](Path.cwd(), data)
    assert said(data) is None


def test_another_day_and_another_program_are_looked_at_closely(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = time.time_ns()
    with monkeypatch.context() as later:
        later.setattr(time, "time_ns", lambda: today + 86_400 * 10**9)
        assert said(data) is None
    package = Path.cwd() / "program"
    shutil.copytree(unchanged._PACKAGE, package, ignore=shutil.ignore_patterns("_data"))
    monkeypatch.setattr(unchanged, "_PACKAGE", str(package))
    time.sleep(A_MOMENT)
    unchanged.remember(str(data), unchanged.look(str(data)), ANSWERS)
    assert said(data) is not None
    (package / "press" / "pages.py").touch()
    assert said(data) is None


def test_a_file_that_changed_at_the_moment_of_the_look_is_not_trusted(data: Path) -> None:
    (Path.cwd() / "site" / "procedures" / "a.yaml").write_text("id: now")
    before = unchanged.look(str(data))
    assert not before.sure
    unchanged.remember(str(data), before, ANSWERS)
    assert said(data) is None
    assert not (data / unchanged.PLACE).exists()


def test_nothing_heavy_is_imported_to_say_it() -> None:
    code = "import sys; import todoke.entry.cli; print(*sorted(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "functions")}
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=environment, capture_output=True, check=True
    )
    loaded = set(done.stdout.decode().split())
    heavy = {"flask", "jinja2", "yaml", "sqlite3", "argparse", "json", "pathlib", "logging"}
    assert "todoke.entry.unchanged" in loaded
    assert not loaded & {*heavy, "dataclasses", "typing", "cryptography", "boto3"}


def test_what_no_mended_word_needs_is_not_imported_to_publish_it() -> None:
    code = "import sys; import todoke.entry.few; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    loaded = set(done.stdout.decode().split())
    shapes = {"todoke.core.immunization", "todoke.core.places", "todoke.core.facts"}
    others = {"todoke.ports", "todoke.store_schema", "todoke.press.house", "todoke.core.benefits"}
    assert "todoke.press.few" in loaded
    assert not loaded & {*shapes, *others, "tomllib", "sqlite3", "cryptography", "flask"}
