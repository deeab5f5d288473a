"""Publish a few procedures whose words were mended: the release being served, but for the files
that show them, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from todoke.core.files import OtherRelease

if TYPE_CHECKING:  # every other port would be loaded too
    from todoke.ports import Few, SharedReleases, Shelf

#: on the shelf: what was published so since the last full publication
JOURNAL = "journal"


@dataclass(frozen=True, slots=True)
class FewServices:
    """What this journey uses, wired by ``assemble_few``."""

    press: Few
    releases: SharedReleases
    shelf: Shelf


def publish_few(services: FewServices, bodies: Mapping[str, bytes]) -> tuple[int, bool] | None:
    """The number of the release and whether it is a new one; None where a full publication must do
    it, for which everything is as it was. bodies: id of a procedure -> its file.

    Raises ``storage_full``."""
    press, releases = services.press, services.releases
    read = releases.reader(press.release)
    if read is None:
        return None
    files = press.files(bodies, read)
    if files is None:
        return None
    if not files:
        return press.release, False
    try:
        release = releases.release_but(press.release, press.count, files)
    except OtherRelease:  # somebody published meanwhile, or took files away
        return None
    # after the release: a journal without its release is none
    services.shelf.put(JOURNAL, press.journal(release))
    return release, True
