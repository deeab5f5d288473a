"""The page on languages counts what is there and says who has read it; and the languages
themselves, over every printed page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.press.conftest import ROOT, TODAY, press_of
from tests.press.pages import VOID, read
from tests.press.test_languages import _KANJI, _SAME
from todoke.adapters.site_folder import read as read_site
from todoke.core import catalogue, words
from todoke.core.catalogue import Catalogue
from todoke.core.catalogue_texts import texts_of
from todoke.core.coverage import PARTS, SENTENCES, coverage
from todoke.core.errors import TodokeError
from todoke.core.words import LANGUAGES
from todoke.press import reference_pages
from todoke.press.house import read_readings
from todoke.press.ruby import Readings

PAGE = "about/languages.html"
JAPANESE = re.compile("[々〆ぁ-ゖァ-ヺー㐀-䶿一-鿿]")
BY = b"{ja: \xe8\xa6\x8b\xe6\x9c\xac\xe8\x8b\xb1\xe5\xad\x90, easy: b, en: Made-up Eiko}"


@pytest.fixture(scope="module")
def readings(site: Mapping[str, bytes]) -> Readings:
    return read_readings(site)


# ----------------------------------------------------------------------- the page
def test_every_language_and_part_is_counted_and_nobody_is_not_silence(
    release: Mapping[str, bytes], site: Mapping[str, bytes], city: Catalogue, readings: Readings
) -> None:
    found = coverage(city, words.parse(site), readings.uncovered)
    assert [(each.language, each.part) for each in found] == [
        (language, part) for language in LANGUAGES for part in PARTS
    ]
    assert all(each.missing == 0 and each.without_reading == 0 for each in found)
    page = read(release[f"en/{PAGE}"]).text
    assert not any(each.checked for each in found)
    assert page.count("nobody yet") == len(LANGUAGES) + 2 * len(city.references)
    for each in found:
        assert f"All {each.texts} texts are there." in page
    assert page.count("Every kanji has its reading.") == 1


def test_every_sentence_is_in_a_part_or_for_staff(site: Mapping[str, bytes]) -> None:
    counted = tuple(each for beginnings in SENTENCES.values() for each in beginnings)
    names = words.parse(site).sentences["ja"]
    left = {name.split(".")[0] for name in names if not name.startswith(counted)}
    assert left == {"console", "cli"}


def test_what_is_missing_is_counted_on_the_page_and_marked_where_it_falls_back(
    site: Mapping[str, bytes],
) -> None:
    path, line = "procedures/jt-nintei.yaml", b"  en: 'Child allowance: first claim'\n"
    assert line in site[path]
    less = {**site, path: site[path].replace(line, b"")}
    printed = press_of(less).site(catalogue.parse(less), TODAY)
    page = read(printed[f"en/{PAGE}"]).text
    total = sum(len(list(texts_of(each))) for each in _procedures(catalogue.parse(less)))
    assert re.search(rf"{total - 1} of {total} texts are there; 1 are shown in Japanese", page)
    assert "falls" not in page
    assert (
        '<span lang="ja">' in printed["en/procedures/jt-nintei.html"].decode().split("<h1>")[1][:40]
    )


def _procedures(city: Catalogue) -> Iterator[object]:
    for each in city.procedures.values():
        yield {name: value for name, value in asdict(each).items() if name != "form"}


def test_a_kanji_without_a_reading_is_counted(site: Mapping[str, bytes]) -> None:
    less = {**site, "readings.yaml": site["readings.yaml"].replace("不具合: ".encode(), b"zz: ")}
    less["readings.yaml"] = less["readings.yaml"].replace(b"zz: ", b"# ")
    printed = press_of(less).site(catalogue.parse(less), TODAY)
    assert "1 texts hold kanji without a reading." in read(printed[f"en/{PAGE}"]).text


def test_who_has_read_a_part_is_named_with_the_date(site: Mapping[str, bytes]) -> None:
    entry = b"checked:\n  - {language: en, part: procedures, by: " + BY + b", on: 2026-11-20}\n"
    more = {**site, "languages.yaml": entry}
    printed = press_of(more).site(catalogue.parse(more), TODAY)
    said = "Read and checked by Made-up Eiko (Friday, 20 November 2026)"
    assert read(printed[f"en/{PAGE}"]).text.count(said) == 1
    # the parts nobody has read say so one by one; the other languages as a whole
    others = len(LANGUAGES) - 1 + 2 * len(catalogue.parse(more).references)
    assert read(printed[f"en/{PAGE}"]).text.count("nobody yet") == len(PARTS) - 1 + others
    procedure = read(printed["en/procedures/jt-nintei.html"]).text
    assert said in procedure
    assert "Nobody but its author" not in procedure
    assert "まだ だれも" in read(printed["easy/procedures/jt-nintei.html"]).text
    assert "見本英子(2026年(令和8年)11月20日(金))" in read(printed[PAGE]).text


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b"language: en", b"language: fr", "checked[1].language"),
        (b"part: procedures", b"part: all", "checked[1].part"),
        (b"on: 2026-11-20", b"on: soon", "checked[1].on"),
        (b", on: 2026-11-20", b"", "checked[1].on"),
        (b"by: " + BY + b", ", b"", "checked[1].by"),
    ],
)
def test_an_entry_that_says_less_is_refused(
    old: bytes, new: bytes, field: str, site: Mapping[str, bytes]
) -> None:
    entry = b"checked:\n  - {language: en, part: procedures, by: " + BY + b", on: 2026-11-20}\n"
    assert old in entry
    with pytest.raises(TodokeError) as caught:
        catalogue.parse({**site, "languages.yaml": entry.replace(old, new)})
    assert str(caught.value.details["field"]).startswith(field)


def test_every_page_leads_to_it(release: Mapping[str, bytes]) -> None:
    for path, body in release.items():
        if path.endswith(".html"):
            assert b'about/languages.html"' in body, path


# ----------------------------------------------------------------------- every sentence
def test_no_sentence_of_any_locale_is_a_copy_of_the_japanese() -> None:
    """A code, a name or a number is the same in every language; a sentence is not."""
    found = words.parse(read_site(ROOT / "site")).sentences
    copies = [
        (language, name)
        for language in ("easy", "en")
        for name, text in found["ja"].items()
        if found[language].get(name) == text
        and (JAPANESE if language == "en" else _KANJI).search(text)
        and not (language == "easy" and _same(text))
    ]
    assert copies == []


#: words so plain that both kinds of Japanese use them, one a line
_SAME_WORDS = """
追加
受けました
次
数
追加
令和
女の子
男の子
平成
直す
郵便
小学生
中学生
計算する
今日までです
消す
デジタル認証アプリ
申請
番号
次へ
地区
行へ
話題
電話
請求
英語
保育園
給食費
日本語
本文へ
変える
子ども
家から
保育料
話題へ
医療費
大きさ
届け先
理由:
印刷する
児童手当
取り消し
届くまで
話題から
予防接種
お知らせ
選ばない
消さない
24時間。
学童保育料
お知らせへ
終わりました
多すぎます。
変えました。
決まりました
長すぎます。
今日 {time}
町
住所
場所
種類
説明
祝日
病院
地震
津波
火山
児童館
子育て支援センター
{opens}から
{closes}まで
見つかりませんでした
遠すぎます(400日まで)。
話題「{topic}」
うちの子に合うもの
うちの子の予定
代理人
入れました
受け取らない
名前
性別
書類 {number}
理由
番号:
終わらせる
読めませんでした
題名
"""
#: figures and what is counted, school years and months
_SAME_COUNTS = re.compile(
    r"[0-9]回目|\{called\}、\{\w+\}(?:か月|歳)"
    r"|[0-9]+月|月|(?:小学|中学)[0-9]年生|[0-9]歳児クラス(?:\(年[少中長]\))?|番号 \{\w+\}"
    r"|\{\w+\}(?:円|年|日|人|件|歳|か月|以内|\{day\}日|年\{month\}|年\{month\}\{day\}日)"
    r"|1か月に \{yen\}円|\{yen\}円\(1回\)"
    r"|(?:\{group\}\()?\{number\}人目(?: \{name\}|\))?"
    r"|[123]回目|[12]期"
    r"|(?:[12]級: )?\{each\}円 × \{children\}人 = \{yen\}円"
)


def _same(text: str) -> bool:
    """Whether やさしい日本語 may say it as the Japanese does."""
    return text in _SAME_WORDS.splitlines() or bool(_SAME_COUNTS.fullmatch(text))


def test_no_fact_or_amount_is_a_copy_of_the_japanese(city: Catalogue) -> None:
    groups: tuple[Any, ...] = (*city.facts.values(), *city.benefits.values())
    copies = [
        (where, language)
        for each in groups
        for where, text in texts_of(asdict(each))
        for language in ("easy", "en")
        if text.get(language) == text["ja"]
        and (language == "en" or len(_KANJI.findall(text["ja"])) > 1)
        and not re.fullmatch(r".{1,4}[都道府県]|児童.*手当|.*手当|.*給付", text["ja"])
        and text["ja"] not in _SAME.split()
    ]
    assert copies == []


def test_every_kanji_of_every_easy_sentence_has_a_reading(
    site: Mapping[str, bytes], readings: Readings
) -> None:
    missing: Counter[str] = Counter()
    for sentence in words.parse(site).sentences["easy"].values():
        missing.update(readings.uncovered(re.sub(r"\{\w+\}", "1", sentence)))
    assert missing == Counter()


# ----------------------------------------------------------------------- every printed page
class Tongues(HTMLParser):
    """Words of a page with the language they stand in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[tuple[str, str]] = []
        self.found: list[tuple[str, str]] = []
        #: words outside ruby and outside what is marked as cited Japanese, with what is open there
        self.bare: list[tuple[list[str], str]] = []
        self._cited = 0

    @property
    def _tongue(self) -> str:
        return self._open[-1][1] if self._open else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        tongue = given.get("lang") or self._tongue
        # words of attributes are read out in the language of their element
        self.found += [(tongue, given[each] or "") for each in _SPOKEN if given.get(each)]
        if tag not in VOID:
            self._open.append((tag, tongue))
            # a notification is drawn by the phone's system, which knows no ruby
            drawn = given.get("class") == "lockscreen"
            cited = "lang" in given and tag != "html"
            self._cited += self._is_cited or drawn or cited or tag == "ruby"

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()
        self._cited -= bool(self._cited)

    @property
    def _is_cited(self) -> bool:
        return self._cited > 0

    def handle_data(self, data: str) -> None:
        if data.strip() and self._open and self._open[-1][0] != "script":
            self.found.append((self._tongue, data.strip()))
            if not self._is_cited:
                self.bare.append(([tag for tag, _ in self._open], data.strip()))


_SPOKEN = ("aria-label", "alt", "placeholder", "title")


def tongues(body: bytes) -> list[tuple[str, str]]:
    page = Tongues()
    page.feed(body.decode())
    page.close()
    return page.found


def test_on_english_pages_japanese_stands_as_japanese_and_nothing_else_does(
    release: Mapping[str, bytes], city: Catalogue
) -> None:
    others = {each.lang for each in city.references.values()}
    seen = 0
    for path, body in release.items():
        if not path.startswith("en/") or not path.endswith(".html"):
            continue
        # a title has no markup: the name of a thing may stand in it as it is
        body = re.sub(rb"<title>.*?</title>", b"", body)
        for tongue, text in tongues(body):
            if tongue == "en":
                assert not JAPANESE.search(text), (path, text)
            else:
                seen += 1
                if path.endswith("languages.html") and tongue in others:
                    continue  # a language by the name its readers give it
                assert tongue == "ja", (path, tongue, text)
                assert JAPANESE.search(text) or not re.search("[A-Za-z]{3}", text), (path, text)
    assert seen > 500


def test_on_japanese_pages_english_stands_as_english(
    release: Mapping[str, bytes], city: Catalogue
) -> None:
    """Names of programs and things that Japanese writes in Latin letters are Japanese here."""
    others = reference_pages.paths(city)
    for path, body in release.items():
        if path.endswith(".html") and not path.startswith("en/") and path not in others:
            for tongue, text in tongues(body):
                if tongue in others.values():
                    continue  # a language by the name its readers give it
                if tongue == "en":
                    assert not JAPANESE.search(text), (path, text)
                else:
                    run = re.search(r"(?:[A-Za-z]{2,}[ ,']+){3,}", text)
                    assert run is None, (path, text)


def test_on_easy_pages_every_kanji_has_its_reading_or_a_reason(
    release: Mapping[str, bytes],
) -> None:
    """Kanji outside <ruby> stand in an official name (lang=ja) or in a choice, which can hold no
    ruby. The title has none either."""
    for path, body in release.items():
        if path.startswith("easy/") and path.endswith(".html"):
            page = Tongues()
            page.feed(body.decode())
            bare = [text for within, text in page.bare if not {"title", "option"} & set(within)]
            assert [each for each in bare if _KANJI.search(each)] == [], path
