"""The page that asks what a person's record is opened for, before anything of it is shown."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, g, request

from todoke.core.errors import TodokeError
from todoke.core.push_message import in_language
from todoke.journeys import purposes
from todoke.ports import Services
from todoke.web import console_form, console_pages, guard
from todoke.web.console_pages import see_other

#: a note to each of 150 fields, in Japanese, as a form writes it (nine bytes a character)
MAX_FORM_BYTES = 512 * 1024
#: name of the choice in a form that is sent again with what was typed before
CHOSEN = "purpose-chosen"


def of(services: Services, kind: str, id: str) -> str:
    """What this clerk opens a record for. Raises ``purpose_needed``, which the desk shows as the
    page below."""
    subject, sent = f"{kind}/{id}", request.method == "POST"
    if sent:
        chosen = guard.form_body(MAX_FORM_BYTES).get(CHOSEN)
        if chosen:
            purposes.choose(services, g.staff_session, subject, chosen[0])
    return purposes.of(services, g.staff_session, subject, sent=sent)


def ask(services: Services, error: TodokeError) -> Response:
    """The choices. A form that came without a purpose (the session before had ended) is carried
    along, so that nothing typed is lost."""
    subject = str(error.details["subject"])
    typed = guard.form_body(MAX_FORM_BYTES) if request.method == "POST" else {}
    carried = [
        (name, value) for name, values in typed.items() for value in values if name != CHOSEN
    ]
    chosen = console_pages.language()
    return console_pages.show(
        services,
        "purpose",
        subject=subject,
        number=subject.partition("/")[2],
        sent=request.method == "POST",
        carried=carried,
        field=CHOSEN,
        back=request.full_path.rstrip("?"),
        choices=[
            (code, in_language(purposes.words(services, code), chosen))
            for code in purposes.known(services)
        ],
    )


def choose(services: Services) -> Response:
    """Notes the choice and leads to the record."""
    form = console_form.first_values(guard.form_body())
    subject = form.get("subject", "")
    purposes.choose(services, g.staff_session, subject, form.get("purpose", ""))
    kind, _, id = subject.partition("/")
    home = f"{purposes.HOMES[kind]}{id}"
    back = form.get("back", "")
    to = urlsplit(back)
    ours = not to.scheme and not to.netloc  # "//elsewhere/cases/…" has the same path
    same = to.path == home or to.path.startswith(f"{home}/")
    return see_other(back if ours and same else home)
