"""The files that describe the municipality: ``site/`` and ``templates/`` read from disk."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

#: a file a procedure, by the thousand: read when it is asked for, each once and then forgotten
_MANY = "procedures/"


def read(folder: Path) -> Mapping[str, bytes]:
    """Every file below ``folder``: relative path with slashes -> bytes. Hidden files and
    editors' leftovers stay out."""
    return _Folder(str(folder))


class _Folder(Mapping[str, bytes]):
    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._files: dict[str, bytes | None] = {
            path: None if path.startswith(_MANY) else self._read(path)
            for path in sorted(_paths(folder), key=lambda path: path.split("/"))
        }

    def __getitem__(self, path: str) -> bytes:
        body = self._files[path]
        return self._read(path) if body is None else body

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def _read(self, path: str) -> bytes:
        return Path(f"{self._folder}/{path}").read_bytes()


def _paths(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if not each.startswith((".", "#"))]
        below = os.path.relpath(place, folder).replace(os.sep, "/")
        for name in names:
            if not name.startswith((".", "#")) and os.path.isfile(f"{place}/{name}"):  # noqa: PTH113
                yield name if below == "." else f"{below}/{name}"
