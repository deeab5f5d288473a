"""The page of one procedure: what stands on it, of which other procedures it shows the names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from todoke.core.catalogue import Catalogue, Document, Event, Procedure
from todoke.core.form import STRONGEST, tier_of
from todoke.core.words import LANGUAGES
from todoke.press import json_ld
from todoke.press.frame import Frame, Sheet

if TYPE_CHECKING:
    from todoke.core.site_fields import Text
    from todoke.press.amount_page import AmountPage

#: its template
PAGE = "procedure.html"
#: procedures shown beside one that names no other
NEARBY = 4


@dataclass(frozen=True, slots=True)
class Papers:
    """bring: always. perhaps: in some cases. omitted: what need not be brought."""

    bring: tuple[Document, ...]
    perhaps: tuple[Document, ...]
    omitted: tuple[Document, ...]

    @property
    def grounds(self) -> list[str]:
        """The kinds of legal ground of what need not be brought, once each."""
        return list(dict.fromkeys(each.by for each in self.omitted))

    @property
    def texts(self) -> list[Text | None]:
        """Every text about them."""
        every = (*self.bring, *self.perhaps, *self.omitted)
        return [text for each in every for text in (each.name, each.when, each.remark, each.ground)]


@dataclass(frozen=True, slots=True)
class Beside:
    """What a page shows beside its procedure. related: those it names, or that name it. nearby:
    others of its kind, where it has none. amount: of its benefit."""

    related: tuple[Procedure, ...]
    nearby: tuple[Procedure, ...]
    amount: AmountPage | None


def beside(catalogue: Catalogue, procedure: Procedure, amount: AmountPage | None) -> Beside:
    """Found among all procedures of the catalogue."""
    near = [catalogue.procedures[each] for each in procedure.next]
    related = _once([*near, *catalogue.naming(procedure.id)])
    return Beside(tuple(related), tuple(_nearby(catalogue, procedure)), amount)


def sheet(catalogue: Catalogue, procedure: Procedure, beside: Beside) -> Sheet:
    """The page; of the catalogue's procedures it sees no other than those it is handed."""
    values = {
        "item": procedure,
        "papers": papers(procedure),
        "topic": catalogue.topics[procedure.topic],
        "events": _events(catalogue, procedure),
        "related": beside.related,
        "nearby": beside.nearby,
        "sources": [catalogue.sources[each] for each in procedure.sources],
        "amount": beside.amount,
        "readers": {each: catalogue.who_checked(each, "procedures") for each in LANGUAGES},
    }
    path = f"procedures/{procedure.id}.html"
    return Sheet(PAGE, path, values, "search", told=_of_procedure)


def _of_procedure(frame: Frame, language: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    amount = values["amount"]
    if amount:
        from todoke.press.amount_page import speech  # few pages say an amount
    about = json_ld.procedure(
        frame, values["item"], values["topic"], values["events"], values["sources"], language
    )
    return {
        "json_ld": json_ld.script(about),
        **(speech(frame, language) if amount else {}),
        "checked": values["readers"][language],
        "proof": proof_to_send(frame, values["item"]),
    }


def proof_to_send(frame: Frame, procedure: Procedure) -> str:
    """What who sends the city's own form logs in with: "passkey", "app" (the card, with a phone
    too) or "card" (with a card reader alone)."""
    if tier_of(procedure.online.signature) < STRONGEST:
        return "passkey"
    return "app" if frame.config.oidc.issuer else "card"


def _events(catalogue: Catalogue, procedure: Procedure) -> Sequence[Event]:
    """Life events that name it, first the one in which it comes earliest: who reads about
    児童扶養手当 has rather become a single parent than moved here."""
    events = catalogue.events_of(procedure.id)
    return sorted(events, key=lambda each: each.procedures.index(procedure.id))


def _nearby(catalogue: Catalogue, procedure: Procedure) -> Sequence[Procedure]:
    """Others of its kind, for who came to the wrong one of them: those of its category, then those
    of its topic."""
    others = catalogue.of_topic(procedure.topic)
    own = (
        each for each in others if each.category == procedure.category and each.id != procedure.id
    )
    rest = (each for each in others if each.category != procedure.category)
    return list(islice(chain(own, rest), NEARBY))


def _once(items: Sequence[Procedure]) -> Sequence[Procedure]:
    return list({each.id: each for each in items}.values())


def papers(procedure: Procedure) -> Papers:
    """The papers, sorted by whether they are needed."""
    needed = [each for each in procedure.documents if not each.omitted]
    return Papers(
        bring=tuple(each for each in needed if each.when is None),
        perhaps=tuple(each for each in needed if each.when is not None),
        omitted=tuple(each for each in procedure.documents if each.omitted),
    )
