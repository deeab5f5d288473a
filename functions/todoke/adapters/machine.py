"""What ``todoke doctor`` asks of the machine a city runs on. Looks only, changes nothing."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from todoke.adapters import keys
from todoke.adapters.sqlite import SqliteStore
from todoke.ports import Clock

#: beneath this a day of deliveries and one backup may not fit
LOW_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Machine:
    """python, sqlite: versions. key_faults: names of key files missing or broken. readable:
    another user may read a key. keys_beside: a copy of the data folder has the keys too.
    exposed: another user may enter the data folder and read the
    store, or look into the folder of attachments. free_bytes: room for ``data``."""

    python: str
    sqlite: str
    key_faults: Sequence[str]
    readable: bool
    keys_beside: bool
    exposed: bool
    free_bytes: int
    low: bool


def look(data: Path) -> Machine:
    """The machine and the folder, without opening the store."""
    free = shutil.disk_usage(data).free
    kept = (data / "todoke.sqlite3", data / "private")
    modes = [each.stat().st_mode & data.stat().st_mode & 0o077 for each in kept if each.exists()]
    exposed = any(modes)
    return Machine(
        python=".".join(map(str, sys.version_info[:3])),
        sqlite=sqlite3.sqlite_version,
        key_faults=keys.faults(data / "keys"),
        readable=keys.readable_by_others(data / "keys"),
        keys_beside=_beside(data),
        exposed=exposed,
        free_bytes=free,
        low=free < LOW_BYTES,
    )


def _beside(data: Path) -> bool:
    """Whether the keys lie inside the data folder, on its disk: not where a link leads out of
    it, nor where another disk is mounted there (docs/keys.md)."""
    folder, inside = (data / "keys").resolve(), data.resolve()
    if not folder.is_dir() or not folder.is_relative_to(inside):
        return False
    return folder.stat().st_dev == inside.stat().st_dev


def free_port(wanted: int) -> int:
    """The wanted TCP port of 127.0.0.1 when nobody listens there now, any free one otherwise."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                # bound is not enough: another may listen there with the same option
                probe.listen(1)
                return int(probe.getsockname()[1])
            except OSError:
                continue
    return wanted


def store_faults(data: Path, clock: Clock) -> Sequence[str]:
    """What is wrong with the store's file; empty when sound. Reads all of it.

    Raises ``store_schema_newer`` or ``storage_unavailable`` when it cannot even be opened."""
    with closing(SqliteStore(data / "todoke.sqlite3", clock)) as store:
        return store.integrity()
