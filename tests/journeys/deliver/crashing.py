"""A store that dies right before a commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.parts.town import Town
from todoke.ports import Services, Store, Write


@dataclass(slots=True)
class CrashingStore:
    """The store, but the next commit that ``doomed`` names dies right before it."""

    store: Store
    doomed: Callable[[Sequence[Write]], bool]
    crashes: int = 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def commit(self, writes: Sequence[Write]) -> None:
        if self.crashes and self.doomed(writes):
            self.crashes -= 1
            raise RuntimeError("killed")
        self.store.commit(writes)


def crashing(town: Town, doomed: Callable[[Sequence[Write]], bool], crashes: int = 1) -> Services:
    """The services of a town whose next so many commits of this kind die."""
    return replace(town.services, store=CrashingStore(town.services.store, doomed, crashes))
