"""Look at this installation and say what needs attention, and what to do."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from todoke import assemble
from todoke.core.errors import TodokeError
from todoke.entry.terminal import Terminal
from todoke.journeys import audit, chain, clock_watch, health, keyring, staff
from todoke.ports import Services

NAME = "doctor"
OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. name: of ``cli.doctor.<name>`` (``.ok``, ``.attention``, ``.next``)."""

    name: str
    ok: bool
    values: dict[str, object]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""


def run(terminal: Terminal) -> int:
    """Every line ok or attention; exit 1 when anything needs attention. Changes nothing."""
    terminal.need_city()
    findings = list(_findings(terminal))
    sound = all(each.ok for each in findings)
    checks = [{"check": each.name, "ok": each.ok, **_plain(each)} for each in findings]
    lines = [line for each in findings for line in _lines(terminal, each)]
    lines.append(terminal.say("doctor.sound" if sound else "doctor.unsound"))
    terminal.answer({"sound": sound, "checks": checks}, *lines)
    return 0 if sound else 1


def _findings(terminal: Terminal) -> Iterator[Finding]:
    machine = assemble.look(terminal.data)
    python = sys.version_info >= OLDEST_PYTHON
    yield Finding("python", python, {"python": machine.python, "sqlite": machine.sqlite})
    yield Finding("keys", not machine.key_faults, {"files": " ".join(machine.key_faults)})
    private = not machine.readable and not machine.exposed
    yield Finding("private", private, {"folder": terminal.data})
    yield Finding("disk", not machine.low, {"megabytes": machine.free_bytes // 2**20})
    store = _store(terminal)
    yield store
    if store.ok and not machine.key_faults:
        # nothing can be learnt from a damaged store, and services make missing keys anew
        yield from _city(terminal)


def _store(terminal: Terminal) -> Finding:
    try:
        faults = assemble.store_faults(terminal.data)
    except TodokeError as error:
        faults = [terminal.explain(error)[0]]
    return Finding("store", not faults, {"faults": "; ".join(faults)})


def _city(terminal: Terminal) -> Iterator[Finding]:
    try:
        services = terminal.services
    except TodokeError as error:
        message, advice = terminal.explain(error)
        yield Finding("settings", False, {"message": message, "advice": advice})
        return
    yield Finding("settings", True, {"profile": services.config.profile})
    for look in _LOOKS:
        yield look(terminal, services)


def _release(_terminal: Terminal, services: Services) -> Finding:
    number = services.blobs.current_release()
    return Finding("release", number > 0, {"release": number})


def _outbox(_terminal: Terminal, services: Services) -> Finding:
    waited = health.outbox_age(services)
    return Finding("outbox", waited <= health.LATE_SECONDS, {"seconds": waited})


def _dead(_terminal: Terminal, services: Services) -> Finding:
    jobs, deliveries = health.given_up(services)
    return Finding("dead", not jobs and not deliveries, {"jobs": jobs, "deliveries": deliveries})


def _breakers(_terminal: Terminal, services: Services) -> Finding:
    origins = health.open_breakers(services)
    return Finding("breakers", not origins, {"origins": " ".join(origins)})


def _alarms(_terminal: Terminal, services: Services) -> Finding:
    waiting = health.alarms_waiting(services)
    since = "-" if waiting.since is None else _moment(waiting.since)
    return Finding("alarms", not waiting.late, {"phones": waiting.phones, "since": since})


def _moment(unix: int) -> str:
    return f"{datetime.fromtimestamp(unix, audit.JST):%Y-%m-%d %H:%M} JST"


def _clock(_terminal: Terminal, services: Services) -> Finding:
    behind = health.clock_behind(services)
    return Finding("clock", behind == 0, {"seconds": behind})


def _erasing(_terminal: Terminal, services: Services) -> Finding:
    move = clock_watch.look(services)
    return Finding("erasing", move is None, {"hours": move.seconds // 3600 if move else 0})


def _chain(_terminal: Terminal, services: Services) -> Finding:
    return Finding("chain", chain.can_go_on(services), {})


def _production(terminal: Terminal, services: Services) -> Finding:
    reasons = assemble.unready(services)
    words = " / ".join(terminal.say_any(f"errors.production.{name}") for name in reasons)
    # a demonstration may be everything that a real city may not
    ok = not reasons or not services.config.production
    return Finding("production", ok, {"reasons": words or "-", "profile": services.config.profile})


def _sealing(terminal: Terminal, services: Services) -> Finding:
    """Whether every data key opens, and no sealing anew waits to be ended."""
    under_way = keyring.resealing(services) is not None
    trouble = terminal.say("doctor.sealing.half") if under_way else ""
    kept = keyring.kept(services)
    for each in kept:
        try:
            services.secrets.data_key.key(each.number)
        except TodokeError as error:
            trouble = terminal.explain(error)[0]
    values = {"number": kept[-1].number, "count": len(kept), "trouble": trouble}
    return Finding("sealing", not trouble, values)


def _keys_apart(terminal: Terminal, services: Services) -> Finding:
    """Whether a copied data folder opens nothing; in a demonstration it may open everything. A
    hint: a city with one disk is told what a copy means, and is not called unsound for ever."""
    beside = services.config.production and assemble.look(terminal.data).keys_beside
    name = "keys_beside" if beside else "keys_apart"
    return Finding(name, True, {"profile": services.config.profile})


def _offices(_terminal: Terminal, services: Services) -> Finding:
    blind = staff.without_office(services)
    return Finding("offices", not blind, {"clerks": " ".join(each.id for each in blind)})


_LOOKS: tuple[Callable[[Terminal, Services], Finding], ...] = (
    _release, _outbox, _dead, _breakers, _clock, _erasing, _alarms, _chain, _sealing,
    _keys_apart, _offices, _production,
)  # fmt: skip


def _plain(finding: Finding) -> dict[str, object]:
    return {
        name: value if isinstance(value, int) else str(value)
        for name, value in finding.values.items()
    }


def _lines(terminal: Terminal, finding: Finding) -> Iterator[str]:
    mark = terminal.say("doctor.mark_ok" if finding.ok else "doctor.mark_attention")
    part = "ok" if finding.ok else "attention"
    yield f"{mark} {terminal.say(f'doctor.{finding.name}.{part}', **finding.values)}"
    if not finding.ok:
        yield f"      {terminal.say(f'doctor.{finding.name}.next', **finding.values)}"
