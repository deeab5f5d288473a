"""The files of the reference languages: every mistake names file, field, rule and next step."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.core.errors import TodokeError
from todoke.core.reference import SENTENCES, Reference
from todoke.core.reference_file import MAX_SENTENCE, reference
from todoke.core.site_yaml import load

PATH = "reference/xx.yaml"
BRACED = {each: f"{{{each}}}" for wanted in SENTENCES.values() for each in wanted}
LINES = "\n".join(
    f'  {name}: "words {" ".join(BRACED[each] for each in sorted(wanted))}"'
    for name, wanted in SENTENCES.items()
)
WHOLE = f"""\
id: xx
lang: xx-Latn
own: Own
name: {{ja: 見本語, easy: みほん, en: Samplish}}
direction: ltr
order: 5
checked: nobody
sentences:
{LINES}
events:
  born: "a birth"
procedures:
  jt-nintei:
    name: "a name"
    summary: "a sentence"
"""


def read(text: str) -> Reference:
    return reference(load(PATH, text.encode()))


def refused(text: str) -> dict[str, str]:
    with pytest.raises(TodokeError) as caught:
        read(text)
    assert caught.value.code == "site_file_invalid"
    assert caught.value.details["file"] == f"site/{PATH}"
    return {name: str(value) for name, value in caught.value.details.items()}


def test_a_whole_file_is_read() -> None:
    found = read(WHOLE)
    assert (found.id, found.lang, found.path) == ("xx", "xx-Latn", "xx/index.html")
    assert found.say("checked", by="Made-up Mei", on="2026-11-20") == "words Made-up Mei 2026-11-20"
    assert (found.by, found.on) == ("", "")
    assert found.procedures["jt-nintei"].summary == "a sentence"


def test_what_somebody_calls_themselves_is_no_parameter() -> None:
    found = read(WHOLE).say("checked", by="{on}", on="2026-11-20")
    assert found == "words {on} 2026-11-20"


@pytest.mark.parametrize(
    ("old", "new", "field", "rule"),
    [
        ("id: xx", "id: en", "id", "no full edition"),
        ("id: xx", "id: api", "id", "no full edition"),
        ("id: xx", "id: xx-yy", "id", "two or three letters"),
        ("lang: xx-Latn", "lang: xx_LATN", "lang", "a language tag"),
        ("lang: xx-Latn", "lang: yy", "lang", "begins with the id"),
        ("own: Own", "own: ''", "own", "text of 1 to"),
        (", en: Samplish", "", "name", "words in ja, easy, en"),
        ("direction: ltr", "direction: up", "direction", "not a known value"),
        ("checked: nobody\n", "", "checked", "must be filled in"),
        ("checked: nobody", "checked: me", "checked", "nobody, or who"),
        ("checked: nobody", "checked: {by: Mei}", "checked.on", "must be filled in"),
        ("checked: nobody", "checked: {by: Mei, on: soon}", "checked.on", "a day"),
        ("checked: nobody", "checked: {on: 2026-11-20}", "checked.by", "must be filled in"),
        ('  until: "words "\n', "", "sentences.until", "must be filled in"),
        ("  until:", "  untill:", "sentences.untill", "unknown field"),
        ("{by}", "{who}", "sentences.checked", "{by} {on}"),
        ('  until: "words "', '  until: "words {by}"', "sentences.until", "no {…}"),
        ('"a birth"', '"born within 14 days"', "events.born", "no figures"),
        ('"a sentence"', '"१५ दिन"', "procedures.jt-nintei.summary", "no figures"),
        ('"a sentence"', '"two\\nlines"', "procedures.jt-nintei.summary", "one sentence"),
        ('    name: "a name"\n', "", "procedures.jt-nintei.name", "must be filled in"),
        ("  jt-nintei:", "  Jt nintei:", "procedures.Jt nintei", "unknown field"),
        ("    summary:", "    amount:", "procedures.jt-nintei.amount", "unknown field"),
        ("procedures:\n", "procedure:\n", "procedure", "unknown field"),
    ],
)
def test_a_mistake_is_named(old: str, new: str, field: str, rule: str) -> None:
    assert old in WHOLE
    found = refused(WHOLE.replace(old, new, 1))
    assert re.sub(r" \(line \d+\)", "", found["field"]) == field
    assert rule in found["rule"]
    assert found["next"]


@given(st.characters(categories=["Nd"]), st.text(st.characters(categories=["L"]), max_size=20))
def test_no_figure_of_any_script_gets_into_a_translation(figure: str, words: str) -> None:
    refused(WHOLE.replace("a sentence", f"{words}{figure}{words}"))


def test_a_summary_is_one_sentence_long() -> None:
    read(WHOLE.replace("a sentence", "a" * MAX_SENTENCE))
    refused(WHOLE.replace("a sentence", "a" * (MAX_SENTENCE + 1)))
