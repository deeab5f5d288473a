"""Who may write and approve notices: add, list, link, remove."""

from __future__ import annotations

import argparse

from todoke.entry.arguments import Acts
from todoke.entry.terminal import Terminal
from todoke.journeys import staff
from todoke.ports import Record

NAME = "staff"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """add NAME --role …, list, link ID, remove ID."""
    acts = Acts(parser)
    add = acts.add("add", "add somebody and print a one-time link (24 hours)")
    add.add_argument("name", help="name that colleagues see")
    add.add_argument(
        "--role", action="append", required=True, choices=staff.ROLES, help="may be given twice"
    )
    acts.add("list", "everybody, those who left included")
    for act, words in (("link", "another one-time link"), ("remove", "take access away at once")):
        acts.add(act, words).add_argument("id", help="staff id (todoke staff list)")


def run(terminal: Terminal) -> int:
    """Runs the chosen act."""
    act = {"add": _add, "link": _link, "remove": _remove, "list": _list}[terminal.arguments.act]
    act(terminal)
    return 0


def _add(terminal: Terminal) -> None:
    arguments = terminal.arguments
    _print(terminal, staff.add(terminal.services, arguments.name, arguments.role))


def _link(terminal: Terminal) -> None:
    _print(terminal, staff.new_link(terminal.city, terminal.arguments.id))


def _print(terminal: Terminal, link: staff.Link) -> None:
    result = {"id": link.staff, "name": link.name, "roles": list(link.roles), "link": link.url}
    terminal.answer(
        result,
        terminal.say("staff.link", name=link.name, id=link.staff, roles=_roles(terminal, link)),
        f"  {link.url}",
        terminal.say("staff.once"),
    )


def _remove(terminal: Terminal) -> None:
    gone = staff.remove(terminal.city, terminal.arguments.id)
    terminal.answer(
        {"id": gone.id}, terminal.say("staff.removed", name=staff.name_of(terminal.city, gone))
    )


def _list(terminal: Terminal) -> None:
    people = staff.everybody(terminal.city)
    terminal.answer(
        {"staff": [_about(terminal, each) for each in people]},
        *(_line(terminal, each) for each in people),
    )


def _about(terminal: Terminal, record: Record) -> dict[str, object]:
    known = {name: record.data[name] for name in ("roles", "active", "demonstration")}
    return {"id": record.id, "name": staff.name_of(terminal.city, record), **known}


def _line(terminal: Terminal, record: Record) -> str:
    roles = ", ".join(
        terminal.say(f"staff.role.{role}") for role in sorted(staff.person(record).roles)
    )
    left = "" if record.data["active"] else terminal.say("staff.left")
    name = staff.name_of(terminal.city, record)
    return f"{record.id:18}{name}  {roles}  {left}".rstrip()


def _roles(terminal: Terminal, link: staff.Link) -> str:
    return ", ".join(terminal.say(f"staff.role.{role}") for role in link.roles)
