"""The forms that the published site offers, read from the release itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache

from todoke.core import form_json
from todoke.core.errors import TodokeError
from todoke.core.form import STRONGEST, Form, Question, Section
from todoke.core.site_fields import Text
from todoke.core.words import LANGUAGES
from todoke.journeys import offered
from todoke.ports import Services

#: what needs no procedure of the catalogue: "what you keep about me is wrong" (my_data)
CORRECTION = "correction"
_ASKED = ("what", "right")
_MOST = 500
_PROCEDURE = re.compile("[a-z0-9_-]{1,40}")


def form_of(services: Services, procedure: str) -> Form:
    """The form of a procedure. Raises ``not_found`` where the site offers none."""
    if procedure == CORRECTION:
        return _correction(services)
    blob = (
        services.blobs.get(f"forms/{procedure}.json") if _PROCEDURE.fullmatch(procedure) else None
    )
    if blob is None:
        raise TodokeError("not_found")
    return _parse(blob.body)


def tier_of(services: Services, procedure: str) -> int:
    """Tier of the session that may file it (docs/adr/0024), by the very file the page was made
    of; the card where the site offers no such form, or is of before there were tiers."""
    blob = (
        services.blobs.get(f"forms/{procedure}.json") if _PROCEDURE.fullmatch(procedure) else None
    )
    return _tier(blob.body) if blob else STRONGEST


def by_agent(services: Services, procedure: str) -> bool:
    """Whether somebody with a mandate may file it (core/form.py), by the same file; not where it
    does not say so, and never a correction: the register is a person's own."""
    blob = (
        services.blobs.get(f"forms/{procedure}.json") if _PROCEDURE.fullmatch(procedure) else None
    )
    return _by_agent(blob.body) if blob else False


def form_or_empty(services: Services, procedure: str) -> Form:
    """The form, or one that asks nothing where the site offers none any more: what was sent on
    it keeps its page."""
    try:
        return form_of(services, procedure)
    except TodokeError:
        return Form("", ())


def name_of(services: Services, procedure: str) -> Text:
    """Language -> name of the procedure; its id where the site no longer knows it."""
    if procedure == CORRECTION:
        return _in_all(services, "name")
    return offered.offer(services).procedures.get(procedure) or {"ja": procedure}


def names(services: Services) -> Mapping[str, Text]:
    """Procedure -> its name, of all that an application may be for."""
    return {**offered.offer(services).procedures, CORRECTION: name_of(services, CORRECTION)}


def _correction(services: Services) -> Form:
    questions = tuple(
        Question(each, "text", _in_all(services, each), max_length=_MOST, lines=4)
        for each in _ASKED
    )
    return Form("1", (Section(CORRECTION, _in_all(services, "name"), questions),))


def _in_all(services: Services, name: str) -> Text:
    return {each: services.words.say(each, f"site.mydata.correction.{name}") for each in LANGUAGES}


@lru_cache(maxsize=16)
def _tier(body: bytes) -> int:
    return int(json.loads(body).get("tier", STRONGEST))


@lru_cache(maxsize=16)
def _by_agent(body: bytes) -> bool:
    return json.loads(body).get("agent") is True


@lru_cache(maxsize=16)
def _parse(body: bytes) -> Form:
    return form_json.form(json.loads(body))
