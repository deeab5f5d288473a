"""The form as paper: one page, one POST, no script. Check, send, go back; and mending.

Between two steps the answers travel in a hidden field under a seal, so nothing is stored before
it is sent, and a session that ends in between takes nothing with it; the same holds of mending.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Response, request
from werkzeug.datastructures import MultiDict

from todoke.core import application, form_check
from todoke.core.application import AnswersRefusedError
from todoke.core.errors import TodokeError
from todoke.core.form import Form
from todoke.core.my_number import found_in
from todoke.journeys import apply, attachments, forms, mandates, residents, session
from todoke.ports import Clock, Record, Services
from todoke.web import form_fields, guard
from todoke.web.citizen_pages import language, see_other, show
from todoke.web.limits import Bucket, Limits, Rate, Turns
from todoke.web.status_pages import (
    Again,
    application_shown,
    files_shown,
    named,
    sentences,
    status_page,
)

#: a file that is not taken for one of these keeps the answers on the page
_OF_THE_FILE = ("attachment_refused", "too_many_requests", "storage_full", "storage_unavailable")
#: a receipt number, as it may stand in an address
_NUMBER = re.compile(r"T-[0-9A-Z]{5}-[0-9A-Z]{5}")
Turn = Callable[[], AbstractContextManager[None]]
#: per account: sendings and uploads at once after a rest, and seconds until one more
ACTS = Rate(burst=30, every=20)
#: reading an upload holds one of the server's eight threads for up to ten seconds
UPLOADS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Allowed:
    """How much one account, or one place without a session, may do in one process."""

    acts: Bucket
    uploads: Turns
    strangers: Limits

    @staticmethod
    def by(clock: Clock) -> Allowed:
        """With nothing used yet."""
        return Allowed(Bucket(clock, ACTS), Turns(UPLOADS_AT_ONCE), Limits(clock))


@dataclass(frozen=True, slots=True)
class _Who:
    """account, resident: of whoever is logged in, "" for nobody or for an account that no letter
    code has linked yet. tier: of the session, 0 without one."""

    account: str
    resident: str
    tier: int


@dataclass(frozen=True, slots=True)
class _Paper:
    """The form of one request, and who is there."""

    procedure: str
    form: Form
    who: _Who

    def lacks(self, services: Services) -> str:
        """What is missing before it may be sent: a "login" (or the letter code of one), the
        "card", or nothing."""
        if not self.who.resident:
            return "login"
        return "card" if self.who.tier < forms.tier_of(services, self.procedure) else ""


def step(services: Services, procedure: str, allowed: Allowed) -> Response:
    """One POST of the form.

    Raises ``not_found``, ``other_person``, ``bad_request`` and what reading the fields may."""
    who = _who(services)
    account, resident = who.account, who.resident
    if account:
        allowed.acts.take(account)
    else:
        allowed.strangers.stranger(request.remote_addr)
    paper = _Paper(procedure, forms.form_of(services, procedure), who)
    fields, files = form_fields.read()
    if fields.get("step") not in ("send", "back"):
        uploads = form_fields.uploads_of(paper.form, files)
        answers = form_fields.answers_of(paper.form, fields)
        same = fields.get("form_version") == paper.form.version
        if not same:
            return _new(services, paper, answers)
        refused = _take(
            services, resident, answers, uploads, partial(allowed.uploads.turn, account)
        )
        return _check(services, paper, answers, refused)
    carried = form_fields.carried(services, procedure, fields.get("sealed", ""))
    if account and carried.account not in ("", account):
        raise TodokeError("other_person")
    if fields.get("step") == "back":
        return _form_page(services, paper, carried.answers, {})
    return _send(services, paper, carried, fields)


def _who(services: Services) -> _Who:
    token = request.cookies.get(guard.session_cookie(services), "")
    found = session.find(services, token) if token else None
    if found is None:
        return _Who("", "", session.NOBODY)
    mine, account = found
    return _Who(account.id, str(account.data.get("resident") or ""), int(str(mine.data["tier"])))


def _check(
    services: Services, paper: _Paper, answers: Mapping[str, Any], refused: Mapping[str, str]
) -> Response:
    problems = dict(refused)
    found = form_check.check(paper.form, answers, apply.today(services))
    kept = form_check.without_numbers(paper.form, answers, found)
    problems |= sentences(services, paper.form, found)
    if problems:
        return _form_page(services, paper, kept, problems)
    return _check_page(services, paper, kept)


def _take(
    services: Services,
    resident: str,
    answers: dict[str, Any],
    uploads: list[tuple[str, bytes]],
    turn: Turn,
) -> dict[str, str]:
    """Keeps the files and names them among the answers; path -> why one was not taken."""
    problems = {}
    for path, body in uploads:
        try:
            if not resident:
                raise TodokeError("attachment_refused", rule="attachment_login")
            with turn():
                answers[path] = [*answers[path], attachments.take(services, resident, body).id]
        except TodokeError as error:
            if error.code not in _OF_THE_FILE:
                raise
            problems[path] = services.words.explain(language(), error)[0]
    return problems


def _new(services: Services, paper: _Paper, answers: Mapping[str, Any]) -> Response:
    """The form has changed since the page was made: the answers come along to the new one."""
    message, advice = services.words.explain(language(), TodokeError("form_changed"))
    problems = {"form_version": f"{message} {advice}"}
    kept = form_check.tidy(paper.form, answers)
    return _form_page(services, paper, kept, problems, 409)


def _send(
    services: Services, paper: _Paper, carried: form_fields.Carried, fields: Mapping[str, str]
) -> Response:
    seal, mandate = fields["sealed"], fields.get("mandate", "")
    if paper.lacks(services):
        return _check_page(services, paper, carried.answers, seal)
    if services.clock.unix() - carried.at > form_fields.SEALED_SECONDS:
        return _check(services, paper, carried.answers, {})
    if "for" in fields and "mandate" not in fields:  # it was asked, and nothing was chosen
        error = TodokeError("bad_field", field="mandate", rule="mandate_whose")
        return _check_page(services, paper, carried.answers, seal, error)
    sent = apply.Sent(paper.procedure, carried.version, carried.answers, mandate)
    try:
        id = apply.submit(services, paper.who.resident, sent, carried.key)
    except AnswersRefusedError as error:
        problems = sentences(services, paper.form, error.problems)
        return _form_page(services, paper, carried.answers, problems)
    except TodokeError as error:
        if error.code in ("mandate_over", "agent_refused"):
            return _check_page(services, paper, carried.answers, seal, error)
        if error.code != "form_changed":
            raise
        return _new(services, paper, carried.answers)
    return see_other(f"/applications/{id}", filed="1")


# ------------------------------------------------------------------------ pages
def _form_page(
    services: Services,
    paper: _Paper,
    answers: Mapping[str, Any],
    problems: Mapping[str, str],
    status: int = 0,
) -> Response:
    return show(
        services,
        "apply.html",
        status or (422 if problems else 200),
        **_values(services, paper, answers),
        problems=problems,
    )


def _check_page(
    services: Services,
    paper: _Paper,
    answers: Mapping[str, Any],
    seal: str = "",
    refused: TodokeError | None = None,
) -> Response:
    """The answers once more, and for whom they are. Without a session it says how to go on, and
    keeps them: 401 (nobody is logged in) or 403 (no letter code has linked the account, or the
    card is needed). refused: why not for another; they are kept, too."""
    account, version, lacks = paper.who.account, paper.form.version, paper.lacks(services)
    status = 403 if lacks and account else 401 if lacks else refused.status if refused else 200
    return show(
        services,
        "apply_check.html",
        status,
        **_values(services, paper, answers),
        sealed=seal or form_fields.carry(services, paper.procedure, account, version, answers),
        asks_for=lacks,
        principals=_principals(services, paper),
        by_agent=forms.by_agent(services, paper.procedure),
        refused=_why_not(services, refused) if refused else "",
    )


def _why_not(services: Services, refused: TodokeError) -> str:
    if refused.code == "bad_field":
        return services.words.say(language(), f"errors.rule.{refused.details['rule']}")
    return " ".join(services.words.explain(language(), refused))


def _principals(services: Services, paper: _Paper) -> list[dict[str, str]]:
    """For whom the person may file: id of the mandate, name."""
    resident = paper.who.resident
    found = mandates.given_to(services, resident, mandates.FILE) if resident else []
    people = [(each.id, residents.get(services, each.principal)) for each in found]
    return [{"id": id, "name": person.name} for id, person in people if person]


def _values(services: Services, paper: _Paper, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "procedure": named(services, paper.procedure),
        "form": paper.form,
        "answers": answers,
        "files": files_shown(_files(services, paper, answers)),
    }


def _files(services: Services, paper: _Paper, answers: Mapping[str, Any]) -> list[Record]:
    ids = [
        id
        for each in paper.form.questions
        if each.kind == "file"
        for id in answers.get(each.id, [])
    ]
    return list(attachments.of_mine(services, paper.who.resident, ids).values())


def done(services: Services, own: apply.Own) -> Response:
    """It has come in: the number, and what happens next."""
    procedure = named(services, str(own.record.data["procedure"]))
    shown = application_shown(services, own)
    return show(services, "apply_done.html", procedure=procedure, application=shown)


# ---------------------------------------------------------------------- mending
def mend(services: Services, id: str, allowed: Allowed) -> Response:
    """The answers to what was asked back. 422 with the page again when one is not right; 401 or
    403 with what was typed when nobody is logged in any more, or not with what it takes.

    Raises ``not_found``, ``application_state``."""
    who = _who(services)
    account, resident = who.account, who.resident
    if not resident:
        allowed.strangers.stranger(request.remote_addr)
        return _mend_later(services, id, 403 if account else 401, "login")
    allowed.acts.take(account)
    own = apply.read_own(services, resident, id)
    procedure = str(own.record.data["procedure"])
    if who.tier < forms.tier_of(services, procedure):
        return _mend_later(services, id, 403, "card")
    form = forms.form_of(services, procedure)
    fields, files = form_fields.read()
    answers = form_fields.answers_of(form, fields)
    uploads = [each for each in form_fields.uploads_of(form, files) if each[0] in own.asks]
    turn = partial(allowed.uploads.turn, account)
    refused = _lost(services, fields, own) | _take(services, resident, answers, uploads, turn)
    version = fields.get("version", "")
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0
    try:
        if refused:
            raise AnswersRefusedError(())
        apply.mend(services, resident, id, apply.Mending(number, answers))
    except AnswersRefusedError as error:
        merged, shown = application.mended(form, own.answers, own.asks, answers)
        # with the questions that those answers bring up, and without any My Number
        kept = form_check.without_numbers(form, merged, error.problems)
        again = Again(
            kept,
            {each.path: own.asks.get(each.path, "") for each in shown},
            {**refused, **sentences(services, form, error.problems)},
            _files(services, _Paper(own.record.id, form, who), kept),
        )
        return status_page(services, own, again)
    return see_other(f"/applications/{id}")


def _mend_later(services: Services, id: str, status: int, lacks: str) -> Response:
    """What was typed waits on the page while she logs in elsewhere. Nothing of the application
    is read for it: nobody knows yet whose it is."""
    if not _NUMBER.fullmatch(id):
        raise TodokeError("login_needed")
    fields, files = form_fields.read()
    kept = [(name, value) for name, value in fields.items(multi=True) if not found_in(value)]
    lost = [name for name, each in files.items() if each.filename]
    return show(
        services, "mend_later.html", status, number=id, kept=kept, lost=lost, asks_for=lacks
    )


def _lost(services: Services, fields: MultiDict[str, str], own: apply.Own) -> dict[str, str]:
    """path -> sentence of files that were chosen before the session had ended: without the word
    she would believe them sent."""
    said = services.words.say(language(), "errors.rule.attachment_again")
    return {path: said for path in fields.getlist("lost") if path in own.asks}
