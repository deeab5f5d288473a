"""The frame of every page of the desk: words, menu with counts, stylesheet, and refusals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask import Response, g, make_response, render_template, request

from todoke.core import desk_roles
from todoke.core.audience import Figure, Segment
from todoke.core.errors import TodokeError
from todoke.core.notice import Person
from todoke.core.push_message import in_language
from todoke.journeys import notices, offered, scope, staff
from todoke.ports import Record, Services
from todoke.web import console_menu, console_words

LANGUAGE_COOKIE = "todoke-desk-language"
LANGUAGES = ("ja", "en")


def who() -> Person:
    """The clerk of this session."""
    return staff.person(cast("Record", g.staff))


def language() -> str:
    """Japanese, unless the clerk chose English on this browser."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "ja")
    return chosen if chosen in LANGUAGES else "ja"


def show(services: Services, template: str, status: int = 200, **values: Any) -> Response:
    """One page, in the clerk's language."""
    words = speech(services)
    context = {**words, **_frame(services), **values}
    response = make_response(render_template(f"console/{template}.html", **context), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def see_other(path: str) -> Response:
    """303: the form is not sent again when the page is loaded anew."""
    response = make_response("", 303)
    response.headers["Location"] = path
    return response


def stylesheet(services: Services) -> str:
    """Address of the desk's stylesheet in the current release."""
    return services.press.asset("desk.css")


def speech(services: Services) -> dict[str, Any]:
    """What templates speak with: ``t`` for words, and the writing of moments and figures."""
    words, chosen, now = services.words, language(), services.clock.unix()

    def t(name: str, /, **values: object) -> str:
        return words.say(chosen, f"console.{name}", **values)

    def has(name: str) -> bool:
        return words.has(chosen, f"console.{name}")

    def figure(shown: Figure) -> str:
        return console_words.figure(words, chosen, shown)

    return {
        "t": t,
        "has": has,
        "language": chosen,
        "now": now,
        "day": lambda unix: console_words.day(words, chosen, unix),
        "moment": lambda unix: console_words.moment(words, chosen, unix),
        "short": lambda unix: console_words.short_moment(words, chosen, unix, now),
        "clock": console_words.clock_time,
        "to_second": lambda unix: console_words.to_second(words, chosen, unix),
        "figure": figure,
        "audience_of": lambda record: figure(shown_audience(record)),
        "state_of": lambda record: state_of(record, now),
        "mark": lambda state: console_words.STATES[state],
        "case_mark": lambda state: console_words.CASE_STATES[state],
        "bill_mark": lambda state: console_words.BILL_STATES[state],
        "act_of": lambda record: console_words.act_name(
            words, chosen, str(record.data["actor"]), str(record.data["act"])
        ),
        "written": lambda day: console_words.written_day(words, chosen, day.isoformat()),
        "waited": lambda since: console_words.waited(words, chosen, now - since),
        "title_of": lambda record: in_language(notices.content_of(record).title, chosen),
        "in_language": lambda texts: in_language(texts, chosen),
        "name_of": name_of,
        "choices": lambda names: [(id, name_of(names, id)) for id in names],
        "segment_name": lambda topic, segment: segment_name(services, topic, segment),
    }


def state_of(record: Record, now: int) -> str:
    """The state as a clerk says it: a returned draft and a scheduled sending are their own."""
    state, at = str(record.data["state"]), notices.send_at_of(record)
    if state == "draft" and record.data.get("reason"):
        return "returned"
    if state == "approved" and at is not None and at > now:
        return "scheduled"
    return state


def shown_audience(record: Record) -> Figure:
    """The figure frozen when the second person was asked."""
    kept = record.data.get("audience")
    shown = kept if isinstance(kept, dict) else {}
    return Figure(notices.shown_number(record), bool(shown.get("few")), bool(shown.get("at_least")))


def name_of(names: Mapping[str, Mapping[str, str]], id: str) -> str:
    """The name of a topic, district or procedure; its id when the site dropped it."""
    return in_language(names[id], language()) if id in names else id


def segment_name(services: Services, topic: str, segment: Segment) -> str:
    """「保育園・北区・2023年度生まれ」."""
    offer, words, chosen = offered.offer(services), services.words, language()
    parts = [name_of(offer.topics, topic)]
    if segment.whole:
        parts.append(words.say(chosen, "console.whole_topic"))
    if segment.area:
        parts.append(name_of(offer.areas, segment.area))
    if segment.cohort:
        parts.append(console_words.cohort_name(words, chosen, segment.cohort))
    return words.say(chosen, "console.and").join(parts)


# ------------------------------------------------------------------------- refusals
def refused(services: Services, error: TodokeError) -> Response:
    """DESK: what did not happen, why, the next step, code and time."""
    chosen = language()
    values = {name: str(value) for name, value in error.details.items()}

    def said(part: str) -> str:
        own = f"console.refused.{error.code}.{part}"
        if services.words.has(chosen, own):
            return services.words.say(chosen, own, **values)
        return services.words.say(chosen, f"errors.{error.code}.{part}", **values)

    return show(
        services,
        "refused",
        error.status,
        message=said("message"),
        advice=said("advice"),
        code=error.code,
    )


def office_names(services: Services, clerk: Record) -> str:
    """A clerk's offices as the desk says them; "" where the city has none, or she."""
    names, held = services.config.offices.names, scope.offices_of(clerk)
    found = [in_language(words, language()) for code, words in names.items() if code in held]
    return services.words.say(language(), "console.and").join(found)


def _no_office(services: Services, person: Person) -> bool:
    """Whether she works for residents and no office that is left is hers: then all is empty."""
    names, held = services.config.offices.names, person.offices or frozenset()
    at_work = bool(person.roles & set(desk_roles.AT_WORK))
    return bool(names) and at_work and not held & set(names)


# ------------------------------------------------------------------------- the frame
def _frame(services: Services) -> dict[str, Any]:
    chosen = language()
    found: dict[str, Any] = {
        "city": in_language(services.config.city.name, chosen),
        "portal": services.config.public_url,
        "production": services.config.production,
        "stylesheet": stylesheet(services),
        "icon": services.press.asset("mark.svg"),
        "path": request.path,
        "me": None,
        "menu": [],
    }
    record = cast("Record | None", getattr(g, "staff", None))
    if record is not None:
        person = staff.person(record)
        found |= {
            "me": person,
            "my_name": staff.name_of(services, record),
            "own_roles": services.words.say(chosen, "console.and").join(
                services.words.say(chosen, f"console.roles.{each}")
                for each in staff.ROLES
                if each in person.roles
            ),
            "own_offices": office_names(services, record),
            "no_office": _no_office(services, person),
            "find_example": console_menu.find_example(person),
            "menu": console_menu.groups(services, person),
        }
    return found
