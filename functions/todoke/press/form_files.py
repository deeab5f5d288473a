"""Forms as public files: what ``js/form_check.js`` judges answers by."""

from __future__ import annotations

from collections.abc import Mapping

from todoke.core import form as core_form
from todoke.core import form_check
from todoke.core.catalogue import Catalogue
from todoke.core.words import LANGUAGES
from todoke.press.assets import to_json
from todoke.press.frame import Frame


def files(catalogue: Catalogue, frame: Frame) -> Mapping[str, bytes]:
    """``forms/<procedure>.json`` of every procedure that can be filed here."""
    return {
        f"forms/{each.id}.json": to_json(
            {
                **core_form.as_json(each.form),
                "tier": core_form.tier_of(each.online.signature),
                "agent": core_form.by_agent(each.online.signature, each.online.agent),
                "rules": _rules(frame),
            }
        )
        for each in catalogue.procedures.values()
        if each.form is not None
    }


def _rules(frame: Frame) -> Mapping[str, Mapping[str, str]]:
    """language -> rule -> its sentence, furigana as ``js/words.js`` reads them."""

    def sentence(language: str, rule: str) -> str:
        text = frame.words.say(language, f"errors.rule.{rule}")
        return frame.readings.marked(text) if language == "easy" else text

    return {
        language: {rule: sentence(language, rule) for rule in form_check.RULES}
        for language in LANGUAGES
    }
