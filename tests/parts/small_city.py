"""A small city whose files may be edited, and what it serves beside what it should."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.parts.site_edits import KEPT, edit, without_next
from todoke import assemble
from todoke.adapters.fakes import TurnedClock
from todoke.journeys import publish
from todoke.journeys.audit import JST
from todoke.ports import Services

ROOT = Path(__file__).resolve().parents[2]


def make(root: Path) -> None:
    """A folder with ``site`` and ``templates``; the data lie beside it."""
    shutil.copytree(ROOT / "templates", root / "templates")
    shutil.copytree(ROOT / "site", root / "site")
    for file in (root / "site" / "procedures").glob("*.yaml"):
        if file.stem not in KEPT:
            file.unlink()
        else:
            lines = file.read_text("utf-8").split("\n")
            file.write_text("\n".join(without_next(lines)), "utf-8")
    for file in (root / "site" / "events").glob("*.yaml"):
        edit(file, "procedures: [", "procedures: [jt-nintei] # ")


def city(root: Path, day: int = 0) -> Services:
    """As a new process sees it."""
    clock = TurnedClock()
    clock.turn(day * 86_400)
    return assemble.fake(root.parent / "data", clock=clock)


def served(services: Services) -> Mapping[str, bytes]:
    folder = services.config.data / "public" / "current"
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def in_full(root: Path, day: int, shelf: bool) -> Mapping[str, bytes]:
    """As a city prints it that has published nothing before. shelf: with the templates that this
    one has compiled, which takes less time."""
    data = root.parent / "data"
    with tempfile.TemporaryDirectory(dir=root.parent) as other:
        shutil.copytree(data / "keys", Path(other) / "keys")
        if shelf:
            shutil.copytree(data / "plan", Path(other) / "plan")
        clock = TurnedClock()
        clock.turn(day * 86_400)
        services = assemble.fake(Path(other), clock=clock)
        today = services.clock.now().astimezone(JST).date()
        return services.press.site(publish.read_catalogue(services, whole=True), today)


def differences(root: Path, day: int = 0, *, shelf: bool = True) -> list[str]:
    """Keys of the files that are others than a city would print that has published nothing."""
    wanted, found = in_full(root, day, shelf), served(city(root, day))
    return sorted(key for key in {*wanted, *found} if wanted.get(key) != found.get(key))
