"""Nothing is erased by a clock that was moved by more than a day, until a person has looked.

The tick's care leaves a mark of the clock each minute. A jump is noted in the store and stays
noted, also when the clock is set right again: what was written meanwhile carries the wrong time.
A machine that was switched off looks like a jump; there a clock that follows a time server is
believed. docs/adr/0011 says why.
"""

from __future__ import annotations

import logging

from todoke.core import clock_moves
from todoke.core.clock_moves import Mark, Move
from todoke.core.errors import TodokeError
from todoke.journeys import audit
from todoke.ports import Create, Delete, Put, Record, Services, Write

LOG = logging.getLogger("todoke.clock")
#: settings: the last look that found nothing wrong; the jump that was found; the newest stamp
MARK, HELD, LATEST = "clock.mark", "clock.held", "clock.latest"
#: two minutes, in the unit of a stamp
AFTER_LATEST = 120 * 1_000_000


def may_erase(services: Services) -> bool:
    """Whether what is past its time may be erased now; notes a jump that it finds. Part of the
    tick's care."""
    _remember_stamps(services)
    noted = services.store.get("setting", HELD)
    now = services.clock.mark()  # once: a jump between a look and the next mark would be lost
    move = look(services, now)
    if move is None:
        gone = [] if noted is None else [Delete("setting", HELD)]
        services.store.commit([*gone, _marked(now)])
        if noted is not None:
            LOG.warning("erasing_goes_on", extra={"reason": "time_server"})
        return True
    if noted is None:
        _note(services, move)
    return False


def look(services: Services, now: Mark | None = None) -> Move | None:
    """The jump because of which nothing is erased; None when all is well. Changes nothing."""
    held = services.store.get("setting", HELD)
    noted = clock_moves.read_move(str(held.data["value"])) if held else None
    if noted is not None and noted.certain:
        return noted
    mark = services.store.get("setting", MARK)
    if mark is None:
        return noted
    move = clock_moves.between(
        clock_moves.read(str(mark.data["value"])), now or services.clock.mark()
    )
    if not move.too_far:
        return noted
    if not move.certain and move.seconds > 0 and services.clock.follows_a_server():
        return None
    return move


def is_set_wrong(services: Services) -> bool:
    """Whether the clock stands more than a day from where it should, as far as this run of the
    machine can tell; False as soon as it is set right again, or a person has confirmed it."""
    mark = services.store.get("setting", MARK)
    if mark is None:
        return False
    move = clock_moves.between(clock_moves.read(str(mark.data["value"])), services.clock.mark())
    return move.certain and move.too_far


def confirm(services: Services, actor: str = "cli") -> Move | None:
    """A person says that the clock is right: erasing goes on from here. The jump, or None when
    none was held."""
    move = look(services)
    if move is not None:
        detail = {"seconds": move.seconds}
        services.store.commit(
            [
                Delete("setting", HELD),
                _marked(services.clock.mark()),
                audit.entry(services, actor, "clock_confirmed", "setting/clock", detail),
            ]
        )
    return move


def restore_order(services: Services) -> None:
    """New records must not sort before what is there, whatever the clock says. Once for each
    process, when it starts."""
    latest = services.store.get("setting", LATEST)
    if latest is not None:  # written each minute: what came after it came within the next
        services.clock.not_before(int(str(latest.data["value"])) + AFTER_LATEST)
        return
    known = 0
    for month in {audit.month_of_stamp(known), audit.month_of(services.clock.now())}:
        for each in audit.acts(services, month, limit=1).records:
            known = max(known, audit.stamp_of(str(each.data["order"])))
    services.clock.not_before(known)


def _note(services: Services, move: Move) -> None:
    LOG.error("erasing_held", extra={"seconds": move.seconds, "certain": move.certain})
    writes: list[Write] = [Create(Record("setting", HELD, {"value": move.text()}))]
    writes.append(
        audit.entry(services, "system", "clock_moved", "setting/clock", {"seconds": move.seconds})
    )
    try:
        services.store.commit(writes)
    except TodokeError as error:
        if error.code != "record_exists":  # another process noted it first
            raise


def _marked(mark: Mark) -> Put:
    return Put(Record("setting", MARK, {"value": mark.text()}))


def _remember_stamps(services: Services) -> None:
    value = str(services.clock.stamp())
    services.store.commit([Put(Record("setting", LATEST, {"value": value}))])
