"""Keys: those with which things are sealed, and what these are wrapped with."""

from __future__ import annotations

from typing import Protocol

from todoke.core.sealed import Keys


class Master(Protocol):
    """Wraps the data keys, so that the store holds none that could be used alone: a file of this
    machine, or AWS KMS, which never hands its own key out."""

    def make(self, number: int) -> str:
        """A new data key for this number, wrapped, as text. Nothing uses it before the ring names
        it. Raises ``keys_unreachable``, ``setting_invalid`` where nothing is set that wraps."""

    def open(self, number: int, wrapped: str) -> bytes:
        """The data key, 32 bytes. wrapped "": the first one, which was made before there was a
        ring. Raises ``keys_missing``, ``keys_unreachable``."""

    def drop(self, number: int) -> bool:
        """Erase what was kept for this number alone; whether anything was. Nothing opens it any
        more, except from a backup of that time."""


class DataKeys(Keys, Protocol):
    """The data keys of an installation, and their change (journeys/keyring.py)."""

    def make(self, number: int) -> str:
        """See ``Master.make``."""

    def drop(self, number: int) -> bool:
        """See ``Master.drop``."""

    def forget(self) -> None:
        """The ring was changed: the next look reads it anew."""


__all__ = ["DataKeys", "Master"]
