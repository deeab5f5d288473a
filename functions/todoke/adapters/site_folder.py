"""The files that describe the municipality: ``site/`` and ``templates/`` read from disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def read(folder: Path) -> Mapping[str, bytes]:
    """Every file below ``folder``: relative path with slashes -> bytes. Hidden files and
    editors' leftovers stay out."""
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not any(part.startswith((".", "#")) for part in relative.parts):
            found[relative.as_posix()] = path.read_bytes()
    return found
