"""One file of ``site/procedures/`` -> Procedure."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from todoke.core import catalogue as shape
from todoke.core import city_ages, legal_basis, rule_examples
from todoke.core.catalogue import (
    Deadline,
    Document,
    Online,
    Procedure,
    Result,
    Source,
    Span,
)
from todoke.core.site_fields import Fields
from todoke.core.site_yaml import SiteFile, Value

if TYPE_CHECKING:
    from todoke.core.form import Form

DATE = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_KANA = re.compile(r"[ぁ-ゖー0-9a-z ]+")
#: the list in 五十音 order sorts by it: "ehon" would stand among the Latin letters
_HIRAGANA = re.compile(r"[ぁ-ゖ]")
#: how a condition of a rule compares; in and between take a list
OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge", "in", "between")
_COMBINED = ("all", "any", "not")

FIELDS = (
    "id",
    "category",
    "topic",
    "name",
    "kana",
    "words",
    "one_stop_no",
    "who",
    "eligibility",
    "examples",
    "deadline",
    "documents",
    "legal_basis",
    "set_by",
    "result",
    "online",
    "form",
    "counter",
    "reminders",
    "next",
    "effective_from",
    "effective_until",
    "ended",
    "region",
    "emergency",
    "note",
    "sources",
    "confidence",
    "as_of",
    "evidence",
)
SOURCE = ("id", "title", "url", "date")
_DEADLINE = (
    "kind",
    "moments",
    "length",
    "next_day",
    "rolls",
    "minus_days",
    "open_from",
    "from_md",
    "to_md",
    "abroad",
    "late_effect",
    "note",
)


def procedure(file: SiteFile) -> Procedure:
    """Reads and checks one procedure. Raises ``site_file_invalid``."""
    fields = Fields.of(file, "", file.value, FIELDS)
    sources, own_sources = _sources(fields)
    rule = _rules(fields, "eligibility", fields.found.get("eligibility"))
    eligibility, ages_at = city_ages.taken_out(fields, rule)
    return Procedure(
        id=fields.id("id"),
        category=fields.id("category"),
        topic=fields.id("topic"),
        name=fields.words("name"),
        kana=_kana(fields),
        who=fields.words("who"),
        deadline=_deadline(fields),
        documents=tuple(_documents(fields)),
        result=_result(fields),
        online=_online(fields),
        legal_basis=legal_basis.citations(fields),
        confidence=fields.choice("confidence", shape.CONFIDENCE),
        evidence=fields.choice("evidence", shape.EVIDENCE),
        as_of=_month(fields),
        eligibility=eligibility,
        reminders=_reminders(fields),
        sources=sources,
        words=fields.texts("words"),
        next=fields.texts("next"),
        counter=fields.choice("counter", shape.COUNTERS) if "counter" in fields.found else "city",
        one_stop_no=fields.maybe_text("one_stop_no"),
        effective_from=_day(fields, "effective_from"),
        effective_until=_day(fields, "effective_until"),
        ended=fields.flag("ended"),
        region=fields.maybe_words("region"),
        emergency=fields.maybe_words("emergency"),
        note=fields.maybe_words("note"),
        form=_form(fields),
        own_sources=own_sources,
        examples=rule_examples.examples(fields),
        ages_at=ages_at,
        set_by=legal_basis.set_by(fields),
    )


def _form(fields: Fields) -> Form | None:
    if "form" not in fields.found:
        return None
    from todoke.core import form_file  # few procedures have one

    return form_file.form(fields, "form")


def source(fields: Fields) -> Source:
    """One source: an entry of ``site/sources.yaml``, or of ``sources:`` of a procedure."""
    url = fields.maybe_text("url")
    if url and not url.startswith(("https://", "http://")):
        raise fields.wrong(
            "url", "https://… or http://…", "write the whole address or leave it out"
        )
    date = fields.matching("date", DATE, "YYYY, YYYY-MM or YYYY-MM-DD")
    if not url and not date:
        rule = "a source has an address or a date: by its title alone nobody finds it"
        raise fields.wrong("url", rule, "add url: https://… or date: as the page states it")
    return Source(fields.id("id"), fields.words("title"), url, date)


def _sources(fields: Fields) -> tuple[tuple[str, ...], tuple[Source, ...]]:
    """Ids of all sources, and those that are written out here: a new procedure is one file."""
    found = fields.found.get("sources")
    if not isinstance(found, list) or not any(isinstance(each, dict) for each in found):
        return fields.texts("sources"), ()
    ids: list[str] = []
    own: list[Source] = []
    for number, each in enumerate(found, 1):
        if isinstance(each, str):
            ids.append(each)
            continue
        where = fields.name(f"sources[{number}]")
        own.append(source(Fields.of(fields.file, where, each, SOURCE)))
        ids.append(own[-1].id)
    return tuple(ids), tuple(own)


def _kana(fields: Fields) -> str:
    reading = fields.text("kana")
    if not _KANA.fullmatch(reading) or not _HIRAGANA.search(reading):
        rule = "hiragana, digits and small letters; at least one hiragana"
        raise fields.wrong("kana", rule, "write the reading in hiragana")
    return reading


def _month(fields: Fields) -> str:
    fields.need("as_of")
    return fields.matching("as_of", _MONTH, "a month, YYYY-MM")


def _deadline(fields: Fields) -> Deadline:
    found = fields.inner("deadline", _DEADLINE)
    if found is None:
        raise fields.wrong("deadline", "this field must be filled in", "add deadline: {kind: none}")
    kind = found.choice("kind", shape.DEADLINE_KINDS)
    moments = found.texts("moments")
    for moment in moments:
        if moment not in shape.MOMENTS:
            rule = f"{moment!r} is not a known moment"
            raise found.wrong("moments", rule, f"choose from: {', '.join(shape.MOMENTS)}")
    deadline = Deadline(
        kind=kind,
        moments=moments,
        length=_span(found, "length"),
        next_day=found.flag("next_day"),
        rolls=found.flag("rolls"),
        minus_days=found.whole("minus_days") or 0,
        open_from=found.flag("open_from"),
        from_md=_month_day(found, "from_md"),
        to_md=_month_day(found, "to_md"),
        abroad=_span(found, "abroad"),
        late_effect=found.maybe_words("late_effect"),
        note=found.maybe_words("note"),
    )
    _complete(found, deadline)
    return deadline


def _complete(found: Fields, deadline: Deadline) -> None:
    """A kind is only worth showing with the fields that belong to it."""
    if deadline.kind == "annual_window" and not (deadline.from_md and deadline.to_md):
        raise found.wrong("from_md", "a yearly window has from_md and to_md", "add both as MM-DD")
    if deadline.kind == "statute" and deadline.length is None:
        raise found.wrong(
            "length", "a limit of law has a length", "add length: {amount: 2, unit: year}"
        )
    if deadline.kind == "relative" and not (
        deadline.moments and (deadline.length or deadline.open_from)
    ):
        rule = "a relative limit says what it counts from and how long"
        raise found.wrong("moments", rule, "add moments and length (or open_from)")


def _span(fields: Fields, key: str) -> Span | None:
    found = fields.inner(key, ("amount", "unit"))
    if found is None:
        return None
    found.need("amount")
    return Span(found.whole("amount", 1, 1000) or 1, found.choice("unit", ("day", "month", "year")))


def _documents(fields: Fields) -> list[Document]:
    known = ("name", "when", "remark", "omitted", "by", "ground", "original")
    return [_document(each) for each in fields.each("documents", known)]


def _document(fields: Fields) -> Document:
    document = Document(
        name=fields.words("name"),
        when=fields.maybe_words("when"),
        remark=fields.maybe_words("remark"),
        omitted=fields.flag("omitted"),
        ground=fields.maybe_words("ground"),
        original=fields.flag("original"),
        by=fields.choice("by", shape.GROUNDS) if "by" in fields.found else "",
    )
    if document.omitted and not (document.by and document.ground):
        missing = "ground" if document.by else "by"
        rule = "a paper is left out on a legal ground only"
        raise fields.wrong(missing, rule, f"add {missing}: … (see the other procedures)")
    return document


def _result(fields: Fields) -> Result:
    found = fields.inner("result", ("kind", "benefit", "amounts", "paid", "note"))
    if found is None:
        raise fields.wrong("result", "this field must be filled in", "add result: {kind: …}")
    return Result(
        kind=found.choice("kind", shape.RESULTS),
        benefit=found.maybe_text("benefit"),
        amounts=found.list_of_words("amounts"),
        paid=found.maybe_words("paid"),
        note=found.maybe_words("note"),
    )


def _online(fields: Fields) -> Online:
    found = fields.inner("online", ("possible", "signature", "conditions", "agent"))
    if found is None:
        raise fields.wrong("online", "this field must be filled in", "add possible and signature")
    return Online(
        possible=found.choice("possible", shape.ONLINE),
        signature=found.choice("signature", shape.SIGNATURES),
        conditions=found.list_of_words("conditions"),
        agent=found.choice("agent", shape.BY_AGENT) if "agent" in found.found else "",
    )


def _rules(fields: Fields, where: str, tree: Value) -> Value:
    """A rule tree: {all|any: [...]}, {not: ...} or {fact, op, value}, which may bear a mark
    (``city_ages``)."""
    if tree is None and where == "eligibility":
        return None
    if isinstance(tree, dict) and len(tree) == 1 and (key := next(iter(tree))) in _COMBINED:
        inner = tree[key] if isinstance(tree[key], list) else [tree[key]]
        assert isinstance(inner, list)
        return {
            key: [_rules(fields, f"{where}.{key}[{n}]", each) for n, each in enumerate(inner, 1)]
        }
    leaf = isinstance(tree, dict) and set(tree) - {city_ages.MARK} == {"fact", "op", "value"}
    if leaf and isinstance(tree, dict) and tree["op"] in OPERATORS:
        return tree
    rule = "a rule is {all|any|not: …} or {fact, op, value}"
    raise fields.wrong(where, rule, f"operators: {', '.join(OPERATORS)}")


def _reminders(fields: Fields) -> Value:
    """When a family is reminded: {md} every year, or {event|from, offset_days}."""
    for each in fields.each("reminders", ("md", "event", "from", "offset_days")):
        if set(each.found) == {"md"}:
            _month_day(each, "md")
        elif set(each.found) in ({"event", "offset_days"}, {"from", "offset_days"}):
            each.text("event" if "event" in each.found else "from")
            if type(each.found["offset_days"]) is not int:
                raise each.wrong("offset_days", "a whole number of days", "write digits only")
        else:
            rule = "a reminder has md, or offset_days with event or from"
            raise each.wrong("", rule, "add what is missing")
    return fields.found.get("reminders")


def _day(fields: Fields, key: str) -> str:
    return _real(fields, key, fields.matching(key, DATE, "a date, YYYY-MM-DD"))


def _month_day(fields: Fields, key: str) -> str:
    value = fields.matching(key, _MONTH_DAY, "a day of the year, MM-DD")
    _real(fields, key, f"2024-{value}" if value else "")  # 2024 has 29 February
    return value


def _real(fields: Fields, key: str, value: str) -> str:
    """Refuses 31 June: the pattern alone would let it through."""
    try:
        if value:
            date.fromisoformat(value)
    except ValueError as error:
        raise fields.wrong(key, "a day that exists, YYYY-MM-DD", "check month and day") from error
    return value
