"""Whether a site could be published, told without printing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from todoke.core import catalogue_files, words
from todoke.core.errors import TodokeError
from todoke.press.assets import Assets
from todoke.press.house import read_readings
from todoke.press.ruby import Readings


def problems(site: Mapping[str, bytes]) -> Sequence[TodokeError]:
    """Everything that publishing would refuse in these files (path below ``site/`` -> bytes)."""
    found = list(catalogue_files.problems(site))
    for reading in (words.parse, Assets, read_readings):
        try:
            reading(site)
        except TodokeError as error:
            found.append(error)
    return found


def readings(site: Mapping[str, bytes]) -> Readings:
    """The readings of やさしい日本語. Raises ``site_file_invalid``."""
    return read_readings(site)
