"""Attachments written anew in a process of their own."""

from __future__ import annotations

from todoke.core.errors import TodokeError
from todoke.ports import CleanFile


class Reencoder:
    """Implements ``ports.Cleaner``."""

    def clean(self, body: bytes) -> CleanFile:
        """See ``ports.Cleaner.clean``."""
        raise TodokeError("not_built", part="Cleaner")
