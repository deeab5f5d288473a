"""The administrator's page: who works at the desk, with which roles, and the way back in for
whoever lost hers. Records of residents are not within her reach."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from todoke.core import desk_roles
from todoke.core.errors import TodokeError
from todoke.journeys import desk_ways, scope, staff
from todoke.ports import Services
from todoke.web import console_form, console_pages, guard
from todoke.web.console_pages import see_other

#: errors that are told beside the form, with what was typed
_MENDED = ("bad_field", "missing_field", "my_number_in_text", "own_roles", "last_administrator")
DONE = ("roles", "ended", "removed")


def clerk_list(services: Services) -> Response:
    """Everybody, and the form for one more."""
    if request.method != "POST":
        return _list(services)
    form, actor = guard.form_body(), console_pages.who().id
    name, roles = form.get("name", [""])[0], form.get("roles", [])
    offices = form.get("offices", [])
    try:
        link = staff.add(services, name, roles, offices=offices, actor=actor)
    except TodokeError as error:
        return _list(services, _told(services, error), name, roles, offices)
    return console_pages.show(services, "clerk_link", link=link, recovered=False)


def clerk_page(services: Services, id: str) -> Response:
    """One clerk: her roles, her sessions, her way back in."""
    record = services.store.get("staff", id)
    if record is None:
        raise TodokeError("not_found")
    if request.method != "POST":
        return _one(services, id)
    form, actor = guard.form_body(), console_pages.who().id
    act = console_form.first_values(form).get("act", "")
    if act in ("recover", "remove", "end") and id == actor:
        return _one(services, id, _told(services, TodokeError("own_roles")))
    try:
        if act == "recover":
            link = staff.recover(services, id, actor=actor)
            return console_pages.show(services, "clerk_link", link=link, recovered=True)
        if act == "roles":
            named = services.config.offices.names
            offices = form.get("offices", []) if named else None
            staff.set_roles(services, id, form.get("roles", []), actor=actor, offices=offices)
            return see_other(f"/clerks/{id}?done=roles")
        if act == "end":
            staff.end_sessions(services, id, actor=actor)
            return see_other(f"/clerks/{id}?done=ended")
        if act == "remove":
            staff.remove(services, id, actor=actor)
            return see_other("/clerks?done=removed")
    except TodokeError as error:
        return _one(services, id, _told(services, error))
    raise TodokeError("bad_request")


def _list(
    services: Services,
    told: tuple[int, str, str] | None = None,
    name: str = "",
    roles: list[str] | None = None,
    offices: list[str] | None = None,
) -> Response:
    everybody = staff.everybody(services)
    return console_pages.show(
        services,
        "clerks",
        told[0] if told else 200,
        told=told,
        here=[each for each in everybody if each.data["active"]],
        gone=[each for each in everybody if not each.data["active"]],
        name_of=lambda record: staff.name_of(services, record),
        roles_of=lambda record: [each for each in staff.ROLES if each in record.data["roles"]],
        typed_name=name,
        typed_roles=roles or [],
        typed_offices=offices or [],
        all_offices=services.config.offices.names,
        offices_of=lambda record: console_pages.office_names(services, record),
        all_roles=staff.ROLES,
        done=_done(),
    )


def _one(services: Services, id: str, told: tuple[int, str, str] | None = None) -> Response:
    record = staff.here(services, id)
    return console_pages.show(
        services,
        "clerk",
        told[0] if told else 200,
        told=told,
        clerk=record,
        clerk_name=staff.name_of(services, record),
        held=record.data["roles"],
        held_offices=scope.offices_of(record),
        all_offices=services.config.offices.names,
        ways=desk_ways.of_clerk(services, record),
        codes_left=desk_ways.codes_left(services, record),
        all_roles=staff.ROLES,
        mine=console_pages.who().id == id,
        readers=desk_roles.READERS,
        done=_done(),
    )


def _told(services: Services, error: TodokeError) -> tuple[int, str, str]:
    """Status, what is wrong, what to do; raises what no form mends."""
    if error.code not in _MENDED:
        raise error
    message, advice = services.words.explain(console_pages.language(), error)
    rule = str(error.details.get("rule", ""))
    own = f"console.clerks.rule.{rule}"
    if services.words.has(console_pages.language(), own):
        message = services.words.say(console_pages.language(), own)
    return error.status, message, advice


def _done() -> Any:
    done = request.args.get("done", "")
    return done if done in DONE else ""
