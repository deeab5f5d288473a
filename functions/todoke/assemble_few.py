"""The wiring of ``journeys/publish_few.py``: as ``assemble``, but nothing is imported that a few
changed words do not need."""

from __future__ import annotations

from pathlib import Path

from todoke.adapters.files import FileBlobs
from todoke.adapters.shelf import FolderShelf, edition
from todoke.journeys.publish_few import FewServices
from todoke.press.few import Few


def local(data: Path) -> FewServices:
    """Over the folder of a city that has published before. Raises ``LookupError`` and ``OSError``
    where it has not."""
    key = (data / "keys" / "seal.key").read_bytes()
    shelf = FolderShelf(data / "plan", key, edition(Path(__file__).parent))
    return FewServices(Few(shelf), FileBlobs(data / "public"), shelf)
