"""The catalogue says the same in three languages: same figures, readings, no copies."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict

import pytest

from todoke.core.catalogue import Catalogue
from todoke.core.immunization import Programme
from todoke.core.site_fields import Text
from todoke.core.words import LANGUAGES
from todoke.press.frame import _names_marked
from todoke.press.house import read_readings

#: months and small numbers may be words in English
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_WORDS = (
    ("one", "first", "once"),
    ("two", "second", "twice"),
    ("three", "third", "thirds"),
    ("four", "fourth"),
    ("five", "fifth"),
    ("six", "sixth"),
    ("seven", "seventh"),
)
#: 年度末 is 31 March and the day after it 1 April; a text that says 「18歳年度末」 names those days
#: in plain words
_YEAR_END = frozenset(["1", "3", "4", "31"])
#: Japanese text -> figures another language may have more or fewer, and why
_OTHER_FIGURES: Mapping[str, frozenset[str]] = {
    # "even months" is said by naming them
    "偶数の月に、前の2か月分が振り込まれます。": frozenset(["4", "6", "8", "10", "12"]),
}
#: an article of a law stands in the Japanese and mostly in the English, not in やさしい日本語
_ARTICLE = re.compile(r"\([^()]*(?:条|\bart\. )(?:[^()]|\([^()]*\))*\)")
#: short words with kanji that are plain in both kinds of Japanese, and amounts by themselves
_SAME = """
1人 2人 3人 20,000円 50,000円 住所 口座番号 名前 国民年金 在留カード 妊娠した 妊娠・出産 子 子ども
学校 学校・学童 孫 当座 普通 母子健康手帳 母子健康手帳など 相談・休む・あずける 障害者手帳
"""
_KANJI = re.compile("[々〆㐀-䶿一-鿿]")


def texts_of(value: object, where: str) -> Iterator[tuple[str, Text]]:
    """Every text in languages below a value, with the place it stands."""
    if isinstance(value, Mapping):
        if "ja" in value and all(isinstance(each, str) for each in value.values()):
            yield where, value
            return
        for key, each in value.items():
            yield from texts_of(each, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value, 1):
            yield from texts_of(each, f"{where}[{number}]")


def _programme(city: Catalogue) -> Mapping[str, Programme]:
    assert city.timeline.programme is not None
    return {"programme": city.timeline.programme}


@pytest.fixture(scope="session")
def texts(city: Catalogue) -> list[tuple[str, Text]]:
    groups = (
        *(city.procedures, city.topics, city.events, city.areas, city.sources, city.deadlines),
        *(city.timeline.checkups, _programme(city)),
    )
    return [
        found
        for group in groups
        for id, each in group.items()
        for found in texts_of(asdict(each), id)
    ]


@pytest.fixture(scope="session")
def facts(city: Catalogue, texts: list[tuple[str, Text]]) -> list[tuple[str, Text]]:
    """Texts without the names of the procedures: a name that families know a procedure by may
    say 「5万円」 where the official one says 「1回目」."""
    names = {f"{each}.name" for each in city.procedures}
    return [(where, words) for where, words in texts if where not in names]


def figures(text: str) -> set[str]:
    """The numbers of a text: 「5万円」 and "50,000 yen" are both 50000."""
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", unicodedata.normalize("NFKC", text))
    plain = _ARTICLE.sub("", plain)
    plain = re.sub(r"(\d)割", r"\g<1>0%", plain)
    plain = re.sub(r"(\d+)万", lambda found: f"{int(found[1]) * 10_000}", plain)
    return set(re.findall(r"\d+(?:\.\d+)?", plain))


def figures_in_words(text: str) -> set[str]:
    """Numbers that English words stand for."""
    months = {str(n) for n, each in enumerate(_MONTHS, 1) if re.search(rf"\b{each}\b", text)}
    found = set(re.findall(r"[a-z]+", text.lower()))
    if re.search(r"\b(?:an?|each)\b", text):
        months.add("1")
    return months | {str(n) for n, several in enumerate(_WORDS, 1) if found & set(several)}


def differences(words: Text) -> list[str]:
    """What the figures of the languages do not agree in; a language that is missing agrees."""
    wanted = figures(words["ja"])
    allowed = _OTHER_FIGURES.get(words["ja"], frozenset())
    if re.search("年度の?末", words["ja"]):
        allowed |= _YEAR_END
    found = []
    for language in ("easy", "en"):
        if language in words:
            there = figures(words[language])
            more = there - wanted - allowed
            less = wanted - there - allowed
            if language == "easy":
                more -= {"1"}  # 「1か月」, 「1人に」, 「1枚」 where the Japanese just says 月, 子
            else:
                less -= figures_in_words(words["en"])
            if more or less:
                found.append(f"{language}: {sorted(more | less)} {words[language]}")
    return found


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ({"ja": "5万円", "easy": "50,000円", "en": "50,000 yen"}, 0),
        ({"ja": "１８歳年度末まで", "easy": "18歳の あとの 3月31日まで", "en": "until 18"}, 0),
        ({"ja": "4月1日から3回", "easy": "4月1日から 3回", "en": "three times from 1 April"}, 0),
        ({"ja": "費用の1割です", "easy": "費用の 1割です", "en": "10% of the cost"}, 0),
        ({"ja": "14日以内", "easy": "15日以内", "en": "within 14 days"}, 1),
        ({"ja": "14日以内", "easy": "すぐに", "en": "within 2 weeks"}, 2),
    ],
)
def test_a_figure_that_differs_is_found(words: Text, wrong: int) -> None:
    assert len(differences(words)) == wrong


def test_every_text_of_the_catalogue_is_there_in_three_languages(
    texts: list[tuple[str, Text]],
) -> None:
    assert len(texts) > 800
    assert [(where, set(LANGUAGES) - set(words)) for where, words in texts if len(words) < 3] == []


def test_the_figures_of_every_language_agree(facts: list[tuple[str, Text]]) -> None:
    assert [(where, each) for where, words in facts for each in differences(words)] == []


def test_no_text_is_a_copy_of_the_japanese(texts: list[tuple[str, Text]]) -> None:
    copies = [
        (where, language)
        for where, words in texts
        for language in LANGUAGES[1:]
        if words.get(language) == words["ja"]
        and (language == "en" or _KANJI.search(words["ja"]))
        and words["ja"] not in _SAME.split()
    ]
    assert copies == []


def test_every_kanji_of_an_easy_text_has_a_reading(
    site: Mapping[str, bytes], texts: list[tuple[str, Text]]
) -> None:
    readings = read_readings(site)
    missing = {
        each: where for where, words in texts for each in readings.uncovered(words.get("easy", ""))
    }
    assert missing == {}


def test_a_japanese_name_among_english_words_is_marked_as_japanese() -> None:
    assert (
        str(_names_marked("the report (現況届・書類) & more"))
        == '<span>the report (<span lang="ja">現況届・書類</span>) &amp; more</span>'
    )
    assert str(_names_marked("pens & paper")) == "pens &amp; paper"


def test_every_procedure_says_that_nobody_else_has_checked_its_words(
    release: Mapping[str, bytes], city: Catalogue
) -> None:
    for each in city.procedures:
        assert "Nobody but its author has checked" in release[f"en/procedures/{each}.html"].decode()


def test_sources_are_named_in_the_language_of_the_page(release: Mapping[str, bytes]) -> None:
    page = release["en/procedures/ko-shussho.html"].decode()
    assert "Yokohama City: birth registration online" in page
    assert "横浜市" not in page
