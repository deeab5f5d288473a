"""The form of a notice: what the clerk typed, what it means, and what to mend, field by field.

What cannot be read (a 31 February) is a problem of the form; what may not be said is judged by
``core/notice_check``. Values typed are always given back as they were typed.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from todoke.core.notice import Content, Link
from todoke.core.notice_check import MAX_LINKS, Problem
from todoke.core.words import LANGUAGES
from todoke.journeys import announce, event_drafts, notices
from todoke.ports import Record, Services
from todoke.web import console_pages, console_words

Fields = Mapping[str, str]
#: rows for links always on the page
LINK_ROWS = 3
#: a new notice is offered this long a life
USUAL_DAYS = 30
_DAY = 86400
#: an impossible moment, so that the rest of the form is judged all the same
_NEVER = 0


@dataclass(frozen=True, slots=True)
class Filled:
    """values: field name -> text, as typed. problems: of the form and of the content."""

    values: Fields
    content: Content
    send_at: int | None
    problems: Sequence[Problem]


def first_values(form: Mapping[str, list[str]]) -> dict[str, str]:
    """One text per field, line ends as the browser's CRLF made plain (HTML: textarea)."""
    return {
        name: values[0].replace("\r\n", "\n").replace("\r", "\n") for name, values in form.items()
    }


def blank(services: Services) -> dict[str, str]:
    """A new form: token against double submits, thirty days of life, sent at once."""
    values = {"form": secrets.token_urlsafe(24), "urgency": "normal", "when": "now"}
    return values | _date_fields("expires", services.clock.unix() + USUAL_DAYS * _DAY)


def of_event(services: Services, id: str) -> dict[str, str]:
    """A new form about an event of the published list. Raises ``not_found``."""
    found = event_drafts.draft(services, id)
    year, month, day = (str(int(part)) for part in found.last.split("-"))
    expires = {"expires-year": year, "expires-month": month, "expires-day": day}
    return {**blank(services), "title-ja": found.title, "text-ja": found.text, **expires}


def of_record(record: Record) -> dict[str, str]:
    """The form as a stored draft fills it."""
    content, send_at = notices.content_of(record), notices.send_at_of(record)
    values = {
        "version": str(record.version),
        "topic": content.topic,
        "area": content.area or "",
        "cohort": str(content.cohort or ""),
        "procedure": content.procedure or "",
        "urgency": content.urgency,
        "when": "later" if send_at else "now",
    }
    for language in LANGUAGES:
        values[f"title-{language}"] = content.title.get(language, "")
        values[f"text-{language}"] = content.text.get(language, "")
    for place, link in enumerate(content.links):
        values |= {f"link-{place}-url": link.url, f"link-{place}-label": link.label}
    values |= _date_fields("expires", content.expires_at)
    return values | (_date_fields("send", send_at) if send_at else {})


def read(services: Services, values: Fields) -> Filled:
    """What the clerk means, and everything to mend."""
    content, places = _content(values)
    send_at = _moment(values, "send") if values.get("when") == "later" else None
    found = []
    for problem in announce.problems(services, console_pages.who(), content, send_at):
        if problem.field == "expires_at" and content.expires_at == _NEVER:
            problem = Problem("expires_at", "no_such_date")
        if problem.field == "send_at" and send_at == _NEVER:
            problem = Problem("send_at", "no_such_date")
        found.append(_on_row(problem, places))
    return Filled(values, content, send_at, found)


def field_id(problem: Problem) -> str:
    """The id of the input a problem is about."""
    named = {"expires_at": "expires-year", "send_at": "send-year", "links": "link-0-url"}
    if problem.field in named:
        return named[problem.field]
    return problem.field.replace("links.", "link-").replace(".", "-")


def typed_int(text: str) -> int | None:
    """A whole number as people type it, in any width."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 6 else None


def _content(values: Fields) -> tuple[Content, list[int]]:
    """The content, and for each link the row of the form it stands in."""
    rows = _link_rows(values)
    title = {each: values.get(f"title-{each}", "").strip() for each in LANGUAGES}
    text = {each: values.get(f"text-{each}", "").strip() for each in LANGUAGES}
    content = Content(
        topic=values.get("topic", ""),
        title={name: words for name, words in title.items() if words},
        text={name: words for name, words in text.items() if words},
        expires_at=_moment({**values, "expires-hour": "23", "expires-minute": "59"}, "expires"),
        links=tuple(link for _, link in rows),
        urgency=values.get("urgency", "normal"),
        area=values.get("area") or None,
        cohort=_cohort(values.get("cohort", "")),
        procedure=values.get("procedure") or None,
    )
    return content, [place for place, _ in rows]


def _link_rows(values: Fields) -> list[tuple[int, Link]]:
    found = []
    for place in range(MAX_LINKS):
        url = values.get(f"link-{place}-url", "").strip()
        label = values.get(f"link-{place}-label", "").strip()
        if url or label:
            found.append((place, Link(url, label)))
    return found


def _cohort(text: str) -> int | None:
    return None if not text else typed_int(text) or -1


def _on_row(problem: Problem, places: Sequence[int]) -> Problem:
    """An empty first row must not move the complaint about the second one up."""
    parts = problem.field.split(".")
    if parts[0] != "links" or len(parts) != 3:
        return problem
    field = f"links.{places[int(parts[1])]}.{parts[2]}"
    return Problem(field, problem.rule, problem.code, problem.values)


def _moment(values: Fields, name: str) -> int:
    parts = [
        typed_int(values.get(f"{name}-{part}", ""))
        for part in ("year", "month", "day", "hour", "minute")
    ]
    numbers = [each for each in parts if each is not None]
    if len(numbers) != len(parts):
        return _NEVER
    return console_words.unix_of(*numbers) or _NEVER


def _date_fields(name: str, unix: int) -> dict[str, str]:
    parts = ("year", "month", "day", "hour", "minute")
    found = zip(parts, console_words.parts_of(unix), strict=True)
    return {f"{name}-{part}": str(value) for part, value in found}
