"""Save everything the city published in open formats, as a folder or a .zip."""

from __future__ import annotations

import argparse
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from todoke.core.errors import TodokeError
from todoke.entry.terminal import Terminal
from todoke.journeys import export

NAME = "export"
#: so that the same export gives the same bytes (the zip format starts in 1980)
EPOCH = (1980, 1, 1, 0, 0, 0)


class _Put(Protocol):
    def __call__(self, path: str, body: bytes) -> None: ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """TARGET: a folder, or a name ending in .zip."""
    parser.add_argument("target", type=Path, help="new folder, or new file ending in .zip")


def run(terminal: Terminal) -> int:
    """Writes notices, feeds, catalogue and rounded counts; nothing about any person."""
    services, target = terminal.city, terminal.arguments.target
    if target.exists():
        raise TodokeError("would_overwrite", path=target)
    part = target.with_name(f".{target.name}.part")
    files = size = 0
    words = terminal.say("export.progress")
    open_part = _zip if target.suffix.lower() == ".zip" else _folder
    with open_part(part) as put:
        everything = list(export.everything(services))
        for path, body in everything:
            put(path, body)
            files, size = files + 1, size + len(body)
            terminal.progress(files, len(everything), words)
    part.replace(target)
    result = {"target": str(target), "files": files, "bytes": size}
    terminal.answer(result, terminal.say("export.done", **result))
    return 0


@contextmanager
def _zip(part: Path) -> Iterator[_Put]:
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:

            def put(path: str, body: bytes) -> None:
                info = zipfile.ZipInfo(path, EPOCH)
                info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                archive.writestr(info, body)

            yield put
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


@contextmanager
def _folder(part: Path) -> Iterator[_Put]:
    part.mkdir(parents=True, exist_ok=True)

    def put(path: str, body: bytes) -> None:
        place = part / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)

    yield put
