"""Starting the bridge with the desktop: a systemd user unit, or where there is no systemd an
entry of the XDG Desktop Application Autostart Specification."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_UNIT = """\
[Unit]
Description=Todoke card bridge: lets the city's page use the My Number card
After=graphical-session.target
PartOf=graphical-session.target

[Service]
ExecStart={command} serve
Restart=on-failure
RestartSec=5
# it needs the card reader, its own folder, and the loopback addresses
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ReadWritePaths=-%S/todoke-bridge
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
IPAddressDeny=any
IPAddressAllow=localhost
LimitCORE=0
MemoryMax=200M

[Install]
WantedBy=graphical-session.target
"""
_ENTRY = """\
[Desktop Entry]
Type=Application
Name=Todoke card bridge
Name[ja]=Todoke カードブリッジ
Comment=Lets the city's page use the My Number card
Comment[ja]=市のページでマイナンバーカードを使えるようにします
Exec={command} serve
Terminal=false
X-GNOME-Autostart-enabled=true
"""


@dataclass(frozen=True, slots=True)
class Put:
    """What was put or removed. way: ``systemd`` or ``desktop``."""

    way: str
    files: tuple[Path, ...]


def install(python: Path) -> Put:
    """Writes the one that this system reads, and starts it where systemd is there.

    python: the interpreter that has the bridge. Raises OSError."""
    command = _command(python)
    if _systemd():
        unit = _config() / "systemd/user/todoke-bridge.service"
        _write(unit, _UNIT.format(command=command.replace("%", "%%")))
        _systemctl("daemon-reload")
        _systemctl("enable", "--now", unit.name)
        return Put("systemd", (unit,))
    entry = _config() / "autostart/todoke-bridge.desktop"
    _write(entry, _ENTRY.format(command=command.replace("%", "%%")))
    return Put("desktop", (entry,))


def remove() -> Put:
    """Takes both away, whichever is there. Raises OSError."""
    unit = _config() / "systemd/user/todoke-bridge.service"
    entry = _config() / "autostart/todoke-bridge.desktop"
    there = tuple(each for each in (unit, entry) if each.exists())
    if unit in there and _systemd():
        _systemctl("disable", "--now", unit.name)
    for each in there:
        each.unlink()
    return Put("systemd" if unit in there else "desktop", there)


def _command(python: Path) -> str:
    """The program as both kinds of file write it: quoted, so that a path may hold spaces."""
    script = python.parent / "todoke-bridge"
    words = [str(script)] if script.is_file() else [str(python), "-m", "card_bridge"]
    return " ".join(f'"{each}"' if " " in each else each for each in words)


def _config() -> Path:
    named = os.environ.get("XDG_CONFIG_HOME", "")
    return Path(named) if named.startswith("/") else Path.home() / ".config"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, "utf-8")
    beside.replace(path)


def _systemd() -> bool:
    """Whether a systemd of this person's own session runs."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return bool(shutil.which("systemctl")) and Path(runtime, "systemd", "private").exists()


def _systemctl(*words: str) -> None:
    words = ("systemctl", "--user", *words)
    subprocess.run(words, check=False, timeout=30)  # noqa: S603 (our own words)
