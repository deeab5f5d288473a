"""Starting the bridge with the desktop: a systemd user unit, or where there is no systemd an
entry of the XDG Desktop Application Autostart Specification."""

from __future__ import annotations

import errno
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
{environment}# it needs the card reader, its own folder and the loopback addresses; and /tmp,
# where the socket of the screen is, for the window that asks for the PIN: so no PrivateTmp
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths={folder}
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
Exec={environment}{command} serve
Terminal=false
X-GNOME-Autostart-enabled=true
"""
_NOT_IN_QUOTES = "\"'`$\\"


@dataclass(frozen=True, slots=True)
class Put:
    """What was put or removed. way: ``systemd`` or ``desktop``."""

    way: str
    files: tuple[Path, ...]


def install(python: Path, folder: Path) -> Put:
    """Writes the one that this system reads, and starts it where systemd is there. Of the two
    there is one afterwards.

    python: the interpreter that has the bridge. folder: its own, which is there (a unit cannot
    write beside it, and cannot make it). Raises OSError."""
    unit, entry = _places()
    words, kept = _command(python), _kept(folder)
    if _systemd():
        text = _UNIT.format(
            command=" ".join(map(_quoted, words)),
            folder=_quoted(str(folder.absolute())),
            environment="".join(f"Environment={_quoted(each)}\n" for each in kept),
        )
        _write(unit, text)
        entry.unlink(missing_ok=True)
        _systemctl("daemon-reload")
        _systemctl("enable", "--now", unit.name)
        return Put("systemd", (unit,))
    text = _ENTRY.format(
        command=" ".join(map(_quoted, words)),
        environment="".join(f"{_quoted(each)} " for each in (("env", *kept) if kept else ())),
    )
    _write(entry, text)
    unit.unlink(missing_ok=True)
    return Put("desktop", (entry,))


def remove() -> Put:
    """Takes both away, whichever is there. Raises OSError."""
    unit, entry = _places()
    there = tuple(each for each in (unit, entry) if each.exists())
    if unit in there and _systemd():
        _systemctl("disable", "--now", unit.name)
    for each in there:
        each.unlink()
    if unit in there and _systemd():
        _systemctl("daemon-reload")
    return Put("systemd" if unit in there else "desktop", there)


def _command(python: Path) -> list[str]:
    script = python.parent / "todoke-bridge"
    return [str(script)] if script.is_file() else [str(python), "-m", "card_bridge"]


def _kept(folder: Path) -> list[str]:
    """What the person's terminal says and the desktop does not know: the bridge that starts by
    itself then has the folder and the dialog of the one she tried."""
    kept = {"TODOKE_BRIDGE_HOME": str(folder.absolute()), "TODOKE_PINENTRY": ""}
    return [f"{k}={v or os.environ[k]}" for k, v in kept.items() if os.environ.get(k)]


def _quoted(word: str) -> str:
    """A word as units and entries both read it: in quotes, with % doubled (systemd.syntax(7);
    Desktop Entry Specification, "The Exec key").

    Raises OSError for what would have to be escaped: the two, and systemd's own reader of
    entries, disagree on how, and systemd takes no program of such a name."""
    if any(each in _NOT_IN_QUOTES or ord(each) < 0x20 or ord(each) == 0x7F for each in word):
        raise OSError(errno.EINVAL, f"a control character or one of {_NOT_IN_QUOTES} in a path")
    return '"{}"'.format(word.replace("%", "%%"))


def _places() -> tuple[Path, Path]:
    return (
        _config() / "systemd/user/todoke-bridge.service",
        _config() / "autostart/todoke-bridge.desktop",
    )


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
