"""A new data key, everything sealed anew with it, and the end of the old one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from tests.crash.flows.apply import PHOTO
from tests.crash.flows.seen import Plain, Say, Seen
from todoke.adapters import keys
from todoke.adapters.fakes import TurnedClock
from todoke.core import sealed
from todoke.core.errors import TodokeError
from todoke.journeys import attachments, keyring, reseal, residents, staff
from todoke.ports import Services


class Reseal(Plain):
    """Implements ``Flow``."""

    def prepare(self, services: Services, told: Mapping[str, Any]) -> dict[str, Any]:
        """A resident, two clerks, three files that belong to an application."""
        residents.demonstration(services)
        for name in ("見本 あおい", "見本 みどり"):
            staff.add(services, name, ["caseworker"])
        files = [attachments.take(services, "R-a", PHOTO) for _ in range(3)]
        for each in files:
            services.store.commit([attachments.claim(each, "T-made-up", "R-a")])
        return {"files": [each.id for each in files]}

    def act(
        self, services: Services, told: Mapping[str, Any], said: Mapping[str, str], say: Say
    ) -> None:
        """The three acts; whoever did not hear of one does it again."""
        if "rotated" not in said:
            say("rotated", str(keyring.rotate(services)))
        if "resealed" not in said:
            say("resealed", str(reseal.reseal(services)))
        if "retired" not in said:
            cast("TurnedClock", services.clock).turn(keyring.RETIRE_SECONDS)
            for each in keyring.kept(services)[:-1]:
                keyring.retire(services, each.number)
            _retire_again(services)
            say("retired", "1")

    def look(self, seen: Seen) -> Iterator[str]:
        """Whatever became of the keys, each thing opens; an old key is gone once it was said."""
        services = _afresh(seen.services)
        ring = services.secrets.data_key
        try:
            person = residents.demonstration(services)
            if person.name != "見本 はなこ" or len(staff.names(services)) != 2:
                yield "a name is lost"
            for id in seen.told["files"]:
                closed = services.private.get(attachments.file_key(id)) or b""
                sealed.unseal(ring, "attachment", id, closed)
        except TodokeError as error:
            yield f"something is lost: {error.code} {error.details}"
            return
        numbers, newest = set(keyring.sealed_with(services)), ring.newest()
        if "resealed" in seen.said and numbers != {newest}:
            yield f"the sealing anew is lost ({sorted(numbers)})"
        if "retired" not in seen.said and not seen.ended:
            return
        files = [name for name in keys.names(services.config.data / "keys") if "data" in name]
        if files != [keys.data_file(newest)]:
            yield f"an old key is half there: {files}"
        if keyring.resealing(services) is not None:
            yield "a sealing anew is left half"


def _retire_again(services: Services) -> None:
    """As an operator does who did not hear the answer."""
    for number in range(1, keyring.kept(services)[-1].number):
        try:
            keyring.retire(services, number)
        except TodokeError as error:
            if error.code != "key_unknown":
                raise


def _afresh(services: Services) -> Services:
    """As a process that has just begun: with no key in its memory."""
    secrets = keys.load_or_make(services.config.data / "keys", services.store)
    return replace(services, secrets=secrets)
