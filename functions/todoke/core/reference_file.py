"""Reads ``site/reference/<code>.yaml``: one reference language a file (``core/reference.py``), and
``site/reference_words/<code>.yaml``: what it says on the questions and dates
(``core/reference_words.py``)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from todoke.core.reference import PARAMETER, RESERVED, SENTENCES, Named, Reference
from todoke.core.reference_words import ReferenceWords
from todoke.core.site_fields import ID, Fields
from todoke.core.site_yaml import SiteFile
from todoke.core.words import LANGUAGES

_FIELDS = (
    *("id", "lang", "own", "name", "direction", "order", "checked"),
    *("sentences", "events", "procedures"),
)
#: ISO 639-1 or -3
_CODE = re.compile("[a-z]{2,3}")
#: BCP 47 as far as an edition needs it: language, script, region
_LANG = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")
_DAY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
#: one plain sentence; the longest of ours has 150 letters
MAX_SENTENCE = 300


def reference(file: SiteFile) -> Reference:
    """One language. Raises ``site_file_invalid``."""
    fields = Fields.of(file, "", file.value, _FIELDS)
    by, on = _checked(fields)
    return Reference(
        id=_code(fields),
        lang=_lang(fields),
        own=_sentence(fields, "own"),
        name=_name(fields),
        direction=fields.choice("direction", ("ltr", "rtl")),
        sentences=_sentences(fields),
        events=dict(_events(fields)),
        procedures=dict(_procedures(fields)),
        by=by,
        on=on,
        order=fields.whole("order") or 0,
    )


def reference_words(file: SiteFile) -> ReferenceWords:
    """What a language says on the questions and dates. Raises ``site_file_invalid``."""
    fields = Fields.of(file, "", file.value, ("id", "checked", "words"))
    by, on = _checked(fields)
    value = fields.need("words")
    every = Fields.of(file, "words", value, [*value] if isinstance(value, dict) else [])
    return ReferenceWords(_code(fields), {name: _line(every, name) for name in every.found}, by, on)


def _code(fields: Fields) -> str:
    code = fields.id("id")
    if not _CODE.fullmatch(code) or code in (*LANGUAGES, *RESERVED):
        rule = "the two or three letters of a language that has no full edition"
        raise fields.wrong("id", rule, "write its code of ISO 639, such as zh")
    return code


def _lang(fields: Fields) -> str:
    fields.need("lang")
    lang = fields.matching("lang", _LANG, "a language tag, such as zh-Hans")
    id = fields.found["id"]
    if lang.split("-")[0] != id:
        raise fields.wrong("lang", "a tag that begins with the id", f"did you mean {id}?")
    return lang


def _name(fields: Fields) -> Mapping[str, str]:
    words = fields.words("name")
    for language in LANGUAGES:
        if language not in words:
            rule = f"words in {', '.join(LANGUAGES)}"
            raise fields.wrong("name", rule, f"add name.{language}: …")
    return words


def _checked(fields: Fields) -> tuple[str, str]:
    """``nobody`` or who and when: silence is no answer."""
    if fields.need("checked") == "nobody":
        return "", ""
    if not isinstance(fields.found["checked"], dict):
        raise fields.wrong("checked", "nobody, or who has read it and when", "write nobody")
    inner = Fields.of(fields.file, "checked", fields.found["checked"], ("by", "on"))
    inner.need("on")
    return inner.text("by"), inner.matching("on", _DAY, "a day, YYYY-MM-DD")


def _sentences(fields: Fields) -> Mapping[str, str]:
    fields.need("sentences")
    inner = Fields.of(fields.file, "sentences", fields.found["sentences"], tuple(SENTENCES))
    found: dict[str, str] = {}
    for name, wanted in SENTENCES.items():
        found[name] = _sentence(inner, name)
        given = PARAMETER.findall(found[name])
        if set(given) != wanted:
            shown = " ".join(f"{{{each}}}" for each in sorted(wanted)) or "no {…}"
            raise inner.wrong(name, f"the sentence holds {shown}", "put it in, or take it out")
    return found


def _events(fields: Fields) -> Iterator[tuple[str, str]]:
    inner = _by_id(fields, "events")
    for id in inner.found:
        yield id, _sentence(inner, id)


def _procedures(fields: Fields) -> Iterator[tuple[str, Named]]:
    every = _by_id(fields, "procedures")
    for id, value in every.found.items():
        inner = Fields.of(fields.file, f"procedures.{id}", value, ("name", "summary"))
        yield id, Named(_sentence(inner, "name"), _sentence(inner, "summary"))


def _by_id(fields: Fields, key: str) -> Fields:
    """A mapping whose keys are ids; whether they exist is asked where all files are known."""
    value = fields.need(key)
    known = [each for each in value if ID.fullmatch(each)] if isinstance(value, dict) else []
    return Fields.of(fields.file, key, value, known)


def _sentence(fields: Fields, key: str) -> str:
    """Words of one line without a figure: an amount or a day that stands here would be believed
    when the law has long changed. The catalogue's own stand beside it."""
    text = _line(fields, key)
    if any(each.isdecimal() for each in text):
        rule = "no figures: amounts and days stand beside it as the catalogue has them"
        raise fields.wrong(key, rule, "say it without a number")
    return text


def _line(fields: Fields, key: str) -> str:
    text = fields.text(key)
    if len(text) > MAX_SENTENCE or "\n" in text:
        rule = f"one sentence of at most {MAX_SENTENCE} characters"
        raise fields.wrong(key, rule, "say it shorter")
    return text


__all__ = ["MAX_SENTENCE", "reference", "reference_words"]
