"""The data keys of an installation: a ring in the store, each key wrapped by a master (a file, or
AWS KMS). The store alone opens nothing, nor does the master alone; and a copy of the store, of
whatever day, has the ring that goes with it (docs/adr/0026).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, cast

from todoke.core.errors import TodokeError
from todoke.ports import Master, Store
from todoke.store_schema.keys import NOW, RING

#: a process seals with the key before the newest at most so long; no key is retired within a day
FRESH_SECONDS = 60.0
#: whoever sends a text that names a key of his own invention makes the store be asked so often
AGAIN_SECONDS = 1.0
_NEVER = (float("-inf"), float("-inf"))


class KeyRing:
    """Implements ``ports.DataKeys``. Opened keys stay in the memory of the process for as long as
    the ring has them; what wraps them is asked once for each."""

    def __init__(self, store: Store, master: Master) -> None:
        self._store, self._master = store, master
        self._wrapped: Mapping[int, str] = {}
        self._opened: dict[int, bytes] = {}
        self._read_at = _NEVER

    def newest(self) -> int:
        """See ``core.sealed.Keys.newest``. Raises what the store raises: without a look at the
        ring nothing is sealed."""
        self._look(FRESH_SECONDS)
        return max(self._wrapped)

    def key(self, number: int) -> bytes:
        """See ``core.sealed.Keys.key``. Raises ``keys_missing``, ``keys_unreachable`` as well."""
        self._look(FRESH_SECONDS if number in self._wrapped else AGAIN_SECONDS)
        wrapped = self._wrapped.get(number)
        if wrapped is None:
            raise TodokeError("sealed_key_missing", number=number)
        opened = self._opened.get(number)
        if opened is None:
            opened = self._opened[number] = self._master.open(number, wrapped)
        return opened

    def make(self, number: int) -> str:
        """See ``ports.DataKeys.make``."""
        return self._master.make(number)

    def drop(self, number: int) -> bool:
        """See ``ports.DataKeys.drop``."""
        return self._master.drop(number)

    def forget(self) -> None:
        """See ``ports.DataKeys.forget``."""
        self._read_at = _NEVER

    def _look(self, older_than: float) -> None:
        began = _clocks()
        # by either: a function of AWS that is frozen for a day may not see that time pass, and a
        # wall clock may be set
        passed = (abs(now - then) for now, then in zip(began, self._read_at, strict=True))
        if max(passed) < older_than:
            return
        found = self._store.get(RING, NOW)
        wrapped = wrapped_of(found.data["keys"]) if found else {1: ""}
        kept = {number: key for number, key in self._opened.items() if number in wrapped}
        self._wrapped, self._opened, self._read_at = wrapped, kept, began


def _clocks() -> tuple[float, float]:
    return time.monotonic(), time.time()


def wrapped_of(keys: object) -> Mapping[int, str]:
    """Number -> wrapped key, of the field ``keys`` of the ring."""
    return {
        int(number): str(each["wrapped"])
        for number, each in cast("Mapping[str, Mapping[str, Any]]", keys).items()
    }
