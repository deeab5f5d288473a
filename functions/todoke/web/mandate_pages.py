"""Pages of 「だれかにたのむ・たのまれている」: what one person lets another do, given with a code,
looked at before it is accepted, and ended by either. Without a script."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, g, request

from todoke.core import mandate as rules
from todoke.core.errors import TodokeError
from todoke.journeys import bills, mandates, residents, session, standing_in
from todoke.journeys.audit import JST
from todoke.journeys.mandates import Mandate
from todoke.ports import Services
from todoke.web import guard
from todoke.web.citizen_pages import language, see_other, show
from todoke.web.limits import Bucket, Limits

HOME = "/mandates"
#: what the page of all of them may say first
_SAID = ("accepted", "ended", "shown")


def routes(services: Services, routes: Blueprint, limits: Limits, tries: Bucket) -> None:
    """``/mandates…``. tries: of codes typed."""

    @routes.get(HOME)
    @guard.resident()
    def mandates_page() -> Response:
        """Whom she lets do what until when, and for whom she may."""
        return _all_page(services)

    @routes.get(f"{HOME}/<id>/bills")
    @guard.resident()
    def bills_page(id: str) -> Response:
        """What she may pay for another."""
        return _bills_page(services, id)

    _giving(services, routes, limits)
    _accepting(services, routes, tries)
    _ending(services, routes, limits)


def _giving(services: Services, routes: Blueprint, limits: Limits) -> None:
    @routes.get(f"{HOME}/give")
    @guard.resident(tier=session.CARD)
    def give_page() -> Response:
        """What, and from when until when; right after her own proof in this very browser."""
        session.refuse_weaker(services, g.session, session.CARD, fresh=True)
        first = mandates.today(services)
        last = rules.usual(first)
        chosen = {"first": first.isoformat(), "last": last.isoformat(), "scope": [rules.READ]}
        return _give_page(services, chosen)

    @routes.post(f"{HOME}/give")
    @guard.resident(tier=session.CARD)
    def give_on_page() -> Response:
        """The code, shown once."""
        limits.device(g.account.id)
        fields, scope = _fields(), guard.form_body().get("scope", [])
        try:
            session.refuse_weaker(services, g.session, session.CARD, fresh=True)
            days = [_day(name, fields.get(name, "")) for name in ("first", "last")]
            term = mandates.term(services, scope, *days)
            made, code = mandates.offer(services, g.resident, term, fields.get("key", ""))
        except TodokeError as error:
            if error.code == "proof_needed":
                return see_other(f"{HOME}/give")  # which leads to the card and back
            if error.code == "code_was_shown":
                return see_other(HOME, said="shown")
            if error.code not in ("bad_field", "too_many_mandates"):
                raise
            chosen = {name: fields.get(name, "") for name in ("first", "last")}
            return _give_page(services, {**chosen, "scope": scope}, error)
        shown = _shown(services, made)
        return show(services, "mandate_code.html", code=code, each=shown)


def _accepting(services: Services, routes: Blueprint, tries: Bucket) -> None:
    @routes.get(f"{HOME}/accept")
    @guard.resident()
    def accept_page() -> Response:
        """Where the code is typed."""
        return _accept_page(services)

    @routes.post(f"{HOME}/accept")
    @guard.resident()
    def accept_on_page() -> Response:
        """First who, what and until when; with ``sure`` it is accepted."""
        tries.take(g.account.id)
        fields = _fields()
        code = fields.get("code", "")
        try:
            if fields.get("sure") == "yes":
                mandates.accept(services, g.resident, code)
                return see_other(HOME, said="accepted")
            found = mandates.look(services, g.resident, code)
        except TodokeError as error:
            if error.code not in ("mandate_code_refused", "too_many_mandates"):
                raise
            return _accept_page(services, error, code)
        shown = _shown(services, found)
        return show(
            services, "mandate_accept.html", each=shown, code=code, wrong="", account=g.account.id
        )


def _ending(services: Services, routes: Blueprint, limits: Limits) -> None:
    @routes.get(f"{HOME}/<id>/end")
    @guard.resident()
    def end_page(id: str) -> Response:
        """Whether it is to end."""
        found = next(
            (each for each in mandates.of_resident(services, g.resident) if each.id == id), None
        )
        if found is None:  # it is over already, or nobody's of hers: the list says what there is
            return see_other(HOME)
        shown = _shown(services, found)
        return show(services, "mandate_end.html", each=shown, account=g.account.id)

    @routes.post(f"{HOME}/<id>/end")
    @guard.resident()
    def end_on_page(id: str) -> Response:
        """Ends it. Twice is fine."""
        limits.device(g.account.id)
        _fields()
        mandates.end(services, g.resident, id)
        return see_other(HOME, said="ended")


# ------------------------------------------------------------------------------ the pages
def _all_page(services: Services) -> Response:
    found = [_shown(services, each) for each in mandates.of_resident(services, g.resident)]
    said = request.args.get("said", "")
    return show(
        services,
        "mandates.html",
        given=[each for each in found if each["mine"]],
        taken=[each for each in found if not each["mine"]],
        said=said if said in _SAID else "",
        most=mandates.MOST,
    )


def _bills_page(services: Services, id: str) -> Response:
    """The bills of the principal that wait to be paid, the first due first."""
    acting = standing_in.by_mandate(services, g.resident, id, rules.PAY)
    standing_in.looked(services, acting, rules.PAY)
    found = bills.of_resident(services, acting.resident).bills
    person = residents.get(services, acting.resident)
    shown = [
        {
            "id": each.id,
            "title": bills.title_words(services, each.kind, each.title),
            "yen": f"{each.yen:,}",
            "due": each.due,
        }
        for each in found
        if each.state in ("open", "started")
    ]
    name = person.name if person else ""
    return show(services, "mandate_bills.html", bills=shown, name=name, mandate_id=id)


def _give_page(
    services: Services, chosen: Mapping[str, Any], error: TodokeError | None = None
) -> Response:
    """chosen: scope, first, last, as they stand in the fields."""
    today = mandates.today(services)
    return show(
        services,
        "mandate_give.html",
        error.status if error else 200,
        scopes=rules.SCOPES,
        chosen=chosen,
        today=today,
        ahead=today + rules.AHEAD,
        latest=rules.latest(today),
        latest_of_all=rules.latest(today + rules.AHEAD),
        key=secrets.token_urlsafe(24),
        account=g.account.id,
        field=str(error.details.get("field", "")) if error else "",
        wrong=_sentence(services, error) if error else "",
    )


def _accept_page(services: Services, error: TodokeError | None = None, code: str = "") -> Response:
    return show(
        services,
        "mandate_accept.html",
        error.status if error else 200,
        each=None,
        code=code,
        wrong=_sentence(services, error) if error else "",
        account=g.account.id,
    )


def _sentence(services: Services, error: TodokeError) -> str:
    if error.code == "bad_field":
        return services.words.say(language(), f"errors.rule.{error.details['rule']}")
    return " ".join(services.words.explain(language(), error))


def _shown(services: Services, each: Mandate) -> dict[str, Any]:
    """What templates know of a mandate. state: waiting | later | now."""
    mine = each.principal == g.resident
    other = residents.get(services, each.agent if mine else each.principal)
    waits, later = each.waits_until, mandates.today(services) < each.term.first
    return {
        "id": each.id,
        "mine": mine,
        "name": other.name if other else None,
        "scope": each.term.scope,
        "first": each.term.first,
        "last": each.term.last,
        "state": "waiting" if waits else "later" if later else "now",
        "until": f"{datetime.fromtimestamp(waits, JST):%H:%M}" if waits else "",
    }


def _fields() -> Mapping[str, str]:
    """Fields of a form of these pages. Raises ``other_person`` for a page that was opened by
    somebody who was logged in before."""
    fields = {name: values[0] for name, values in guard.form_body().items()}
    if fields.get("account") != g.account.id:
        raise TodokeError("other_person")
    return fields


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise TodokeError("bad_field", field=name, rule="csv_day") from error
