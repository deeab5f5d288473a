"""Who works at the desk: add, list, link, recover, remove."""

from __future__ import annotations

import argparse

from todoke.core.desk_roles import ADMINISTRATOR
from todoke.entry.arguments import Acts
from todoke.entry.terminal import Terminal
from todoke.journeys import scope, staff
from todoke.ports import Record

NAME = "staff"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """add NAME --role … --office …, list, offices ID CODE …, link ID, recover ID or --new NAME,
    remove ID."""
    acts = Acts(parser)
    add = acts.add("add", "add somebody and print a one-time link (24 hours)")
    add.add_argument("name", help="name that colleagues see")
    add.add_argument(
        "--role", action="append", required=True, choices=staff.ROLES, help="may be given twice"
    )
    add.add_argument(
        "--office", action="append", default=[], help="of [offices]; may be given twice"
    )
    offices = acts.add("offices", "give somebody these offices of [offices], and no others")
    offices.add_argument("id", help="staff id (todoke staff list)")
    offices.add_argument("office", nargs="*", help="codes of [offices] in site/todoke.toml")
    acts.add("list", "everybody, those who left included")
    recover = acts.add("recover", "for a lost way in: end the old ones and print a one-time link")
    whom = recover.add_mutually_exclusive_group(required=True)
    whom.add_argument("id", nargs="?", help="staff id (todoke staff list)")
    whom.add_argument("--new", metavar="NAME", help="a new administrator, where the last is lost")
    for act, words in (("link", "another one-time link"), ("remove", "take access away at once")):
        acts.add(act, words).add_argument("id", help="staff id (todoke staff list)")


def run(terminal: Terminal) -> int:
    """Runs the chosen act."""
    acts = {
        "add": _add, "link": _link, "recover": _recover, "remove": _remove, "list": _list,
        "offices": _offices,
    }  # fmt: skip
    acts[terminal.arguments.act](terminal)
    return 0


def _add(terminal: Terminal) -> None:
    arguments = terminal.arguments
    offices = arguments.office
    _print(terminal, staff.add(terminal.services, arguments.name, arguments.role, offices=offices))


def _link(terminal: Terminal) -> None:
    _print(terminal, staff.new_link(terminal.city, terminal.arguments.id))


def _recover(terminal: Terminal) -> None:
    """On the machine that holds the city's data, and only there: whoever may read those files may
    let somebody in."""
    arguments, city = terminal.arguments, terminal.city
    if arguments.new is not None:
        _print(terminal, staff.add(city, arguments.new, [ADMINISTRATOR]))
        return
    _print(terminal, staff.recover(city, arguments.id), terminal.say("staff.recovered"))


def _print(terminal: Terminal, link: staff.Link, *more: str) -> None:
    result = {"id": link.staff, "name": link.name, "roles": list(link.roles), "link": link.url}
    terminal.answer(
        result,
        terminal.say("staff.link", name=link.name, id=link.staff, roles=_roles(terminal, link)),
        f"  {link.url}",
        terminal.say("staff.once"),
        *more,
    )


def _remove(terminal: Terminal) -> None:
    gone = staff.remove(terminal.city, terminal.arguments.id)
    terminal.answer(
        {"id": gone.id}, terminal.say("staff.removed", name=staff.name_of(terminal.city, gone))
    )


def _offices(terminal: Terminal) -> None:
    arguments = terminal.arguments
    after = staff.set_offices(terminal.city, arguments.id, arguments.office)
    terminal.answer(_about(terminal, after), _line(terminal, after))


def _list(terminal: Terminal) -> None:
    people = staff.everybody(terminal.city)
    terminal.answer(
        {"staff": [_about(terminal, each) for each in people]},
        *(_line(terminal, each) for each in people),
    )


def _about(terminal: Terminal, record: Record) -> dict[str, object]:
    known = {name: record.data[name] for name in ("roles", "active", "demonstration")}
    offices = sorted(scope.offices_of(record))
    name = staff.name_of(terminal.city, record)
    return {"id": record.id, "name": name, **known, "offices": offices}


def _line(terminal: Terminal, record: Record) -> str:
    roles = ", ".join(
        terminal.say(f"staff.role.{role}") for role in sorted(staff.person(record).roles)
    )
    left = "" if record.data["active"] else terminal.say("staff.left")
    name = staff.name_of(terminal.city, record)
    offices = " ".join(sorted(scope.offices_of(record)))
    return "  ".join(each for each in (f"{record.id:18}{name}", roles, offices, left) if each)


def _roles(terminal: Terminal, link: staff.Link) -> str:
    return ", ".join(terminal.say(f"staff.role.{role}") for role in link.roles)
