"""An application with its attachment; and one that is sent by two taps at the same moment."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from tests.crash.flows.seen import Plain, Say, Seen, exactly
from tests.parts import applying
from tests.parts.applicants import ANNE, KEY, VERSION
from tests.parts.applying import PROCEDURE, answers
from todoke.core import sealed
from todoke.core.errors import TodokeError
from todoke.journeys import apply, attachments
from todoke.ports import Record, Services, Store, Write

PHOTO = b"a made-up photo " * 600


class Apply(Plain):
    """Implements ``Flow``."""

    #: what nobody sent within a day is erased
    later = 26 * 3600

    def prepare(self, services: Services, told: Mapping[str, Any]) -> dict[str, Any]:
        """A published form; somebody else's file is there already."""
        applying.city(services.config.data)
        return {"other": attachments.take(services, "R-bert", PHOTO).id}

    def act(
        self, services: Services, told: Mapping[str, Any], said: Mapping[str, str], say: Say
    ) -> None:
        """The file, then the form with one and the same key."""
        file = said.get("file", "")
        if not file:
            file = attachments.take(services, ANNE, PHOTO).id
            say("file", file)
        if "filed" not in said:
            say("filed", apply.submit(services, ANNE, _sent(proofs=[file]), KEY))

    def look(self, seen: Seen) -> Iterator[str]:
        """One application, with its act, its letter, its keys and its file."""
        yield from of_applications(seen, "filed")
        for each in seen.all("attachment"):
            whole = _is_whole(seen, each)
            claimed = each.data["application"] is not None
            if not whole and (claimed or seen.said.get("file") == each.id):
                yield f"{each.id}: the file is lost"
        # a day later only what an application claimed is left
        kept = [each.id for each in seen.all("attachment")]
        if "file" in seen.said and seen.said["file"] not in kept:
            yield "her file is lost"
        if seen.ended:
            yield from exactly("a kept file", len(kept), 1)


class Taps(Plain):
    """Implements ``Flow``: both taps have looked before either commits, so that they share one
    transaction or meet in the store."""

    def prepare(self, services: Services, told: Mapping[str, Any]) -> dict[str, Any]:
        """A published form."""
        applying.city(services.config.data)
        return {}

    def act(
        self, services: Services, told: Mapping[str, Any], said: Mapping[str, str], say: Say
    ) -> None:
        """Two at once, as long as no answer was heard; then once more, as a page does."""
        if "filed" in said:
            return
        numbers: list[str] = []
        meeting = replace(services, store=cast("Store", Meeting(services.store)))
        taps = [
            threading.Thread(
                target=lambda: numbers.append(apply.submit(meeting, ANNE, _sent(), KEY))
            )
            for _ in range(2)
        ]
        for each in taps:
            each.start()
        for each in taps:
            each.join()
        say("filed", " ".join(sorted(set(numbers))))

    def look(self, seen: Seen) -> Iterator[str]:
        """One application, whoever filed it."""
        yield from of_applications(seen, "filed")


def _is_whole(seen: Seen, record: Record) -> bool:
    """Whether the file can be opened, and is what was uploaded."""
    kept = seen.services.private.get(attachments.file_key(record.id))
    try:
        key = seen.services.secrets.data_key
        body = sealed.unseal(key, "attachment", record.id, kept or b"")
    except TodokeError:
        return False
    wanted = attachments.digest(seen.services, hashlib.sha256(body).hexdigest())
    return wanted == record.data["digest"]


@dataclass(slots=True)
class Meeting:
    """A store in which two threads wait for each other before their first commit."""

    store: Store
    place: threading.Barrier = field(default_factory=lambda: threading.Barrier(2, timeout=20))
    met: threading.local = field(default_factory=threading.local)

    def commit(self, writes: Sequence[Write]) -> None:
        """As ``ports.Store.commit``, the first time together."""
        if not hasattr(self.met, "once"):
            self.met.once = True
            self.place.wait()
        self.store.commit(writes)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def _sent(**changes: Any) -> apply.Sent:
    return apply.Sent(PROCEDURE, VERSION, answers(**changes))


def of_applications(seen: Seen, name: str) -> Iterator[str]:
    """One application, with what belongs to it; and its number is the one that was told."""
    found = seen.all("application")
    made = len(found)
    yield from exactly("the application", made, seen.between(name, made))
    if name in seen.said and seen.said[name] not in [each.id for each in found]:
        yield f"{seen.said[name]}: the number that was told is lost"
    yield from exactly("the act of filing", seen.acts("application_submitted"), made)
    yield from exactly("the letter about it", seen.letters("application_received"), made)
    known = len(seen.all("idempotency"))
    # the key, and the answers for ten minutes
    yield from exactly(
        "what is known of the key", known, made if seen.ended and known < 2 else 2 * made
    )
