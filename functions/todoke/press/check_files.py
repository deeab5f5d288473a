"""What check.html (うちの子に合うもの) needs, in one file a language, so that a phone that has it
asks the network nothing more: questions, rules, time limits, amounts and sentences. The pages of
the procedures it takes along too (``press/taken_along.py``).

The rules are those of catalogue.json, the questions those of facts.json: the same objects, here in
one language only, which is a third of the bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from todoke.core import benefits
from todoke.core.catalogue import Catalogue, Procedure
from todoke.core.facts import Fact
from todoke.core.words import LANGUAGES
from todoke.press import eras, phrases
from todoke.press.amount_page import ROWS
from todoke.press.assets import to_json
from todoke.press.frame import FOLDERS, Frame

#: sentences the page says itself
SECTIONS = {
    "check": "",
    "amounts.step": "step.",
    "site.weekday": "weekday.",
    "site.month": "month.",
    "site.date": "written.",
}
#: procedure -> the benefit whose amount follows from what the page asks
COMPUTED: Mapping[str, str] = {
    "jt-nintei": "jidou_teate",
    "bo-shien1": "ninpu_shien_kyufu",
}
#: and what it is computed from, where no answer changes that
TOLD: Mapping[str, Mapping[str, int]] = {"bo-shien1": {"step": 1}}
#: questions that are one screen with boxes to tick, in a few words each (check_tick), or none of
#: them by one tap: ten hard ones in a row would be cruel
GROUPS: Mapping[str, Sequence[str]] = {
    "parents": (
        "child.parents_divorced",
        "claimant.divorce_pending",
        "child.unmarried_mother",
        "child.parent_deceased",
        "child.parent_severely_disabled",
        "child.parent_missing",
        "child.parent_abandoned_1y",
        "child.parent_dv_order",
        "child.parent_detained_1y",
        "claimant.de_facto_marriage",
    ),
    "health": (
        "child.has_lasting_disability",
        "child.has_disability_certificate",
        "child.constant_care_needed",
        "child.designated_disease",
        "child.treatable_physical_disability",
        "child.support_need_confirmed",
        "child.in_special_needs_class",
        "child.residential_need_confirmed",
        "child.has_chronic_disease_certificate",
        "child.doctor_says_inpatient_needed",
    ),
    "living": (
        "claimant.is_public_servant",
        "child.in_facility",
        "claimant.is_facility_or_foster",
        "claimant.is_corporate_guardian",
        "claimant.dv_evacuated",
        "child.no_family_register",
    ),
    "birth": (
        "person.pregnancy_grant_certified",
        "person.checkup_outside",
        "person.gave_birth_after_85_days",
    ),
    "changes": (
        "event.moved",
        "change.name_or_address",
        "change.number_of_children",
        "change.move_out",
        "change.no_longer_caring",
        "change.becomes_public_servant",
        "change.need_or_household",
        "event.recipient_died",
    ),
    "money": (
        "household.resident_tax_exempt",
        "household.income_drop",
        "household.income_below_school_aid",
        "household.on_national_health_insurance",
    ),
}
#: a question that hurts, or means nothing, after the "no" to another one: it is asked only by who
#: wants to know about its procedure, and until then nobody takes it for a "no"
FOLLOWS: Mapping[str, str] = {
    "child.disability_grade_law": "child.has_lasting_disability",
    "claimant.divorce_pending_separated": "claimant.divorce_pending",
    "person.heartbeat_confirmed": "person.pregnant_or_postpartum",
}
#: results of what is filed only to give money away or to stop something, where nothing makes it
#: a duty
ASIDE = ("donation", "deduction", "end")


def files(catalogue: Catalogue, frame: Frame) -> dict[str, bytes]:
    """check/<language>.json."""
    return {f"check/{each}.json": to_json(questions(catalogue, frame, each)) for each in LANGUAGES}


def questions(catalogue: Catalogue, frame: Frame, language: str) -> Mapping[str, Any]:
    """check/<language>.json."""

    def text(words: Mapping[str, str]) -> str:
        plain = frame.pick(language, words)
        return frame.readings.marked(plain) if language == "easy" else plain

    def spelled(sentence: str) -> str:
        return frame.readings.sentence(sentence) if language == "easy" else sentence

    sentences = {
        short + name: spelled(eras.to_fill(sentence))
        for section, short in SECTIONS.items()
        for name, sentence in frame.words.part(language, section).items()
    }
    ticks = {
        name: spelled(sentence)
        for name, sentence in frame.words.part(language, "check_tick").items()
    }
    return {
        "version": 1,
        "words": sentences | eras.names(language, frame.readings.marked),
        "facts": [_fact(each, text, ticks) for each in catalogue.facts.values()],
        "procedures": [
            _procedure(each, frame, language, text) for each in catalogue.procedures.values()
        ],
        "groups": _groups(catalogue),
        "follows": FOLLOWS,
        "benefits": _benefits(catalogue),
    }


def _fact(fact: Fact, text: Any, ticks: Mapping[str, str]) -> Mapping[str, Any]:
    choices = [{"value": each.value, "label": text(each.label)} for each in fact.choices]
    shape = {
        "name": fact.name,
        "type": fact.type,
        "who": fact.who,
        "question": text(fact.question),
        "tick": ticks.get(fact.name, ""),
        "derived_from": fact.derived_from,
        "most": fact.most if fact.type == "int" else 0,
        "choices": choices,
        "ordered": fact.ordered,
    }
    return _said(shape)


def _procedure(procedure: Procedure, frame: Frame, language: str, text: Any) -> Mapping[str, Any]:
    def say(name: str, /, **values: object) -> str:
        return frame.words.say(language, name, **values)

    deadline, limit = procedure.deadline, phrases.limit(say, procedure.deadline)
    span = asdict(deadline.length) if deadline.length else None
    counted = limit.lines[0] if deadline.length and deadline.moments else ""
    shape = {
        "id": procedure.id,
        "name": text(procedure.name),
        "path": f"/{FOLDERS[language]}procedures/{procedure.id}.html",
        "eligibility": procedure.eligibility,
        "effective_from": procedure.effective_from,
        "effective_until": procedure.effective_until,
        "ended": procedure.ended,
        "region": dict(procedure.region) if procedure.region else None,
        "benefit": COMPUTED.get(procedure.id, ""),
        "told": TOLD.get(procedure.id),
        # its page has the calculator
        "sums": procedure.result.benefit in ROWS,
        "unsure": not procedure.certain,
        "aside": procedure.result.kind in ASIDE and not deadline.moments,
        "limit": _said(
            {
                "kind": deadline.kind,
                "moments": list(deadline.moments),
                "length": span,
                "next_day": deadline.next_day,
                "minus_days": deadline.minus_days,
                "open_from": deadline.open_from,
                "from_md": deadline.from_md,
                "to_md": deadline.to_md,
                "rolls": deadline.rolls,
                "head": text({"ja": limit.head, language: limit.head}),
                # how it is counted, where it is counted from an event
                "count": text({"ja": counted, language: counted}),
            }
        ),
    }
    return _said(shape)


def _groups(catalogue: Catalogue) -> Mapping[str, Sequence[str]]:
    """Without the facts that this city's rules do not have."""
    return {
        name: [each for each in facts if each in catalogue.facts] for name, facts in GROUPS.items()
    }


def _benefits(catalogue: Catalogue) -> Mapping[str, Any]:
    wanted = {benefit for id, benefit in COMPUTED.items() if id in catalogue.procedures}
    known = {name: each for name, each in catalogue.benefits.items() if name in wanted}
    return benefits.as_json(known)


def _said(shape: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without what says nothing."""
    return {key: each for key, each in shape.items() if each not in (None, "", [], False, 0)}
