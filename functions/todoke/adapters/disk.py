"""What files need of the disk: durable folders, and plain words for its errors."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

from todoke.core.errors import TodokeError

_FULL = {errno.ENOSPC, errno.EDQUOT}


def disk_error(error: OSError) -> TodokeError:
    """``storage_full`` (no space, quota) or ``storage_unavailable`` (anything else)."""
    if error.errno in _FULL:
        return TodokeError("storage_full")
    return TodokeError("storage_unavailable", reason=errno.errorcode.get(error.errno or 0, "disk"))


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable (a file's own fsync does not)."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file_system(folder: Path) -> None:
    """Make everything written so far below this folder durable with one call."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "syncfs"):  # Linux has it; elsewhere sync every file system
        os.sync()
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if libc.syncfs(handle) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(handle)
