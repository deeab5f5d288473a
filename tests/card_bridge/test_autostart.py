"""Starting with the desktop: the files as the person gets them, read by systemd and by the tools of
the desktop themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from card_bridge import autostart
from card_bridge.__main__ import main

#: a folder that quoting gets wrong at first; what such files cannot hold is below
ODD = "with space %n; みなと野市"
_GENERATOR = Path("/usr/lib/systemd/user-generators/systemd-xdg-autostart-generator")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("TODOKE_PINENTRY", raising=False)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this person's settings are, on a desktop without systemd."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    return tmp_path / "config"


@pytest.fixture
def systemd(tmp_path: Path, config: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desktop with systemd; what systemctl is asked stands in a file. Nothing can be started
    here: this machine has no systemd that runs."""
    assert config
    (tmp_path / "run/systemd").mkdir(parents=True)
    (tmp_path / "run/systemd/private").touch()
    program = tmp_path / "bin/systemctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> "{tmp_path}/asked"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return tmp_path / "asked"


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(list(words)) == code
    got = capsys.readouterr()
    return got.out + got.err


def program_in(folder: Path) -> Path:
    """An installed bridge; the Python beside it."""
    folder.mkdir(parents=True)
    (folder / "todoke-bridge").write_text("#!/bin/sh\n")
    (folder / "todoke-bridge").chmod(0o755)
    return folder / "python"


def tool(name: str) -> str:
    path = shutil.which(name)
    if not path:
        pytest.skip(f"NO AUTOSTART TEST: {name} is missing (tools/system_packages.sh)")
    return path


def complaints(unit: Path, tmp_path: Path) -> str:
    """What systemd has to say about a unit of a user."""
    (tmp_path / "run").mkdir(exist_ok=True)
    ended = subprocess.run(
        [tool("systemd-analyze"), "verify", "--user", "--man=no", str(unit)],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path / "run")}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return ended.stdout + ended.stderr + (f"exit {ended.returncode}" if ended.returncode else "")


def test_install_writes_one_file_that_the_desktop_reads_and_remove_takes_it_away(
    capsys: pytest.CaptureFixture[str], config: Path
) -> None:
    assert "from your next log-in on" in said(capsys, "install")
    entry = config / "autostart/todoke-bridge.desktop"
    assert entry.read_text("utf-8").startswith("[Desktop Entry]\n")
    assert "from your next log-in on" in said(capsys, "install"), "twice is once"
    assert "no longer" in said(capsys, "install", "--remove")
    assert not entry.exists()
    assert "no longer" in said(capsys, "install", "--remove")


def test_install_uses_systemd_where_it_runs(
    capsys: pytest.CaptureFixture[str], config: Path, systemd: Path
) -> None:
    (config / "autostart").mkdir(parents=True)
    (config / "autostart/todoke-bridge.desktop").touch()
    assert "when you log in" in said(capsys, "install")
    assert not (config / "autostart/todoke-bridge.desktop").exists(), "one start, not two"
    said(capsys, "install", "--remove")
    assert not (config / "systemd/user/todoke-bridge.service").exists()
    assert systemd.read_text().splitlines() == [
        "--user daemon-reload",
        "--user enable --now todoke-bridge.service",
        "--user disable --now todoke-bridge.service",
        "--user daemon-reload",
    ]


@pytest.mark.real
@pytest.mark.parametrize("name", ["plain", ODD])
def test_systemd_itself_reads_the_unit_and_finds_the_program(
    config: Path, systemd: Path, tmp_path: Path, name: str
) -> None:
    assert systemd
    python = program_in(tmp_path / name / "bin")
    folder = tmp_path / ODD / "state"
    (unit,) = autostart.install(python, folder).files
    assert unit.is_relative_to(config)
    assert complaints(unit, tmp_path) == ""
    (python.parent / "todoke-bridge").chmod(0o644)
    assert "not executable" in complaints(unit, tmp_path), "it does look for the program"
    (python.parent / "todoke-bridge").chmod(0o755)
    unit.write_text(unit.read_text("utf-8").replace("LimitCORE", "LimitGORE"), "utf-8")
    assert "LimitGORE" in complaints(unit, tmp_path), "and for every key"


def test_the_unit_lets_the_bridge_write_its_folder_and_reach_the_screen(
    capsys: pytest.CaptureFixture[str], config: Path, systemd: Path, bridge_home: Path
) -> None:
    assert systemd
    assert not bridge_home.exists()
    said(capsys, "install")
    unit = (config / "systemd/user/todoke-bridge.service").read_text("utf-8")
    # a path that is not there cannot be made writable, and %S is another folder in systemd 252
    assert bridge_home.is_dir()
    assert f'ReadWritePaths="{bridge_home}"\n' in unit
    assert f'Environment="TODOKE_BRIDGE_HOME={bridge_home}"\n' in unit
    assert "TODOKE_PINENTRY" not in unit
    assert "\nPrivateTmp" not in unit
    assert "IPAddressDeny=any\nIPAddressAllow=localhost" in unit


@pytest.mark.real
@pytest.mark.parametrize("name", ["plain", ODD])
def test_the_desktops_own_tools_read_the_entry(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("TODOKE_PINENTRY", "tk")
    python = program_in(tmp_path / name / "bin")
    (entry,) = autostart.install(python, tmp_path / ODD / "state").files
    checked = subprocess.run(
        [tool("desktop-file-validate"), str(entry)], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
    if not _GENERATOR.exists():
        pytest.skip(f"NO AUTOSTART TEST: {_GENERATOR} is missing (Debian: systemd)")
    units = tmp_path / "units"
    units.mkdir()
    subprocess.run(
        [str(_GENERATOR), *[str(units)] * 3],
        env={**os.environ, "XDG_CONFIG_HOME": str(config), "XDG_CONFIG_DIRS": str(tmp_path)},
        capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    (made,) = units.glob("app-todoke*.service")
    line = next(each for each in made.read_text("utf-8").splitlines() if "ExecStart=" in each)
    assert "TODOKE_PINENTRY=tk" in line
    assert complaints(made, tmp_path) == ""


def test_a_path_that_such_files_cannot_hold_is_refused(
    capsys: pytest.CaptureFixture[str], config: Path, systemd: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert systemd
    for name in ("line\nbreak", 'quo"te', "back\\slash", "it's", "$HOME", "`id`"):
        monkeypatch.setenv("TODOKE_BRIDGE_HOME", str(tmp_path / name))
        assert "could not be written" in said(capsys, "install", code=1)
    assert not (config / "systemd/user/todoke-bridge.service").exists()


def test_a_folder_that_cannot_be_used_is_told_and_nothing_starts(
    capsys: pytest.CaptureFixture[str], config: Path, bridge_home: Path
) -> None:
    bridge_home.mkdir(mode=0o755)
    assert "chmod 700" in said(capsys, "install", code=1)
    assert not config.exists()
