"""The whole of Todoke in one browser, by one person who can only read.

She takes what README promises in two sentences: a parent looks something up and follows a topic;
two clerks write and confirm a notice; the phone rings; the notice is read with the city away.
Every step is made by words that stand on the screen (``tests.parts.by_words``), so a page whose
words lead nowhere, or to two places, stops her. The words are written out here on purpose: they
are what a person reads, not what the locale files happen to hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.parts.by_words import Person
from tests.parts.city import City
from tests.parts.firefox import Firefox
from tests.parts.push_service import PushService
from tests.parts.waiting import wait_for

PROCEDURE = "児童手当 認定請求"
TITLE = "児童手当の12月分は12月8日に振り込みます"
TEXT = "みなと野市からの見本です。口座を変えた人は、通帳をたしかめてください。"
#: said only in the text, so that finding it means that the text is on the phone
RARE_WORD = "通帳"
TICKS = (
    "日付・曜日・金額が元の決裁と同じ",
    "届け先が多すぎず、少なすぎない",
    "リンクを自分で開いた",
    "問い合わせ先に人がいる時間に送る",
    "知らない人が読んでも分かる",
)


@dataclass
class Journey:
    """A city, and one browser that stands for a parent's phone and a clerk's computer."""

    city: City
    service: PushService
    firefox: Firefox
    person: Person


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Journey]:
    with (
        PushService() as service,
        _start(tmp_path / "city", service) as city,
        Firefox(tmp_path / "home", service.origin) as firefox,
    ):
        yield Journey(city, service, firefox, Person(firefox))


@pytest.mark.real
def test_a_person_who_only_reads_words_goes_the_whole_way(journey: Journey) -> None:
    looks_up_a_procedure(journey)
    follows(journey)
    writes_and_asks(journey)
    confirms_and_sends(journey)
    is_told_and_opens_it(journey)
    city = journey.city
    city.stop()
    reads_with_the_city_away(journey)
    with _start(city.data, journey.service, city.port):
        reads_with_the_city_back(journey)
    # whatever else she came to, she came to by words
    assert city.url in city.output
    assert journey.person.typed == [city.url, city.link("author"), city.link("approver")]


def _start(data: Path, service: PushService, port: int | None = None) -> City:
    return City.start(data, port=port, push__allow_loopback=[service.address])


# ---------------------------------------------------------------- a parent
def looks_up_a_procedure(journey: Journey) -> None:
    person = journey.person
    person.types_address(journey.city.url)
    person.writes("児童手当", "手当、健診、保育園などの名前で")
    person.presses("さがす", "button")
    person.reads("件見つかりました")
    person.presses(PROCEDURE)
    person.sees_heading(PROCEDURE)
    person.sees_heading("いつまでに出しますか")


def follows(journey: Journey) -> None:
    person = journey.person
    person.presses("届けてもらう")
    person.sees_heading("なにを届けましょうか")
    person.ticks("手当・助成")
    person.chooses("北町地区", "地区")
    person.chooses("2歳児クラス", "1人目")
    person.presses("この内容で届けてもらう")
    person.sees_heading("届いたとき、この端末で知らせてもよいですか")
    person.presses("知らせてもらう")
    journey.firefox.permit()
    person.sees_heading("届けています")
    person.reads("手当・助成", "北町地区", "2歳児クラス")


# ---------------------------------------------------------------- two clerks
def writes_and_asks(journey: Journey) -> None:
    person = journey.person
    person.opens_tab()
    person.types_address(journey.city.link("author"))
    person.presses("入る")
    person.sees_heading("きょうの仕事")
    person.presses("お知らせを書く")
    person.chooses("手当・助成", "話題")
    person.writes(TITLE, "題(日本語)")
    person.writes(TEXT, "本文(日本語)")
    person.chooses(PROCEDURE, "関係する手続き")
    person.presses("保存して、届け先と見え方を見る")
    person.sees_heading(TITLE)
    person.sees_heading("見え方")
    person.reads("10台より少ない", TEXT)
    person.presses("確認を頼む")
    person.reads("確認を頼みました")
    person.presses("終わる")
    person.sees_heading("終わりました")


def confirms_and_sends(journey: Journey) -> None:
    person = journey.person
    person.types_address(journey.city.link("approver"))
    person.presses("入る")
    person.presses(TITLE)
    person.sees_heading("確認する")
    person.reads(TEXT)
    for each in TICKS:
        person.ticks(each)
    person.writes(_number_shown(person), "届け先の数を見て、打つ")
    assert journey.firefox.alerts() == []
    person.presses("確認した。すぐ送る")
    person.reads("確認しました")
    person.presses("終わる")
    person.sees_heading("終わりました")


def _number_shown(person: Person) -> str:
    """What stands behind 届け先 among the things to check."""
    found = re.search(r"届け先 (\d+)台より少ない", person.page())
    assert found, "no number is shown"
    return found.group(1)


# ---------------------------------------------------------------- the phone
def is_told_and_opens_it(journey: Journey) -> None:
    person, firefox = journey.person, journey.firefox
    (alert,) = wait_for(firefox.alerts, "the notification")
    assert "児童手当" not in alert.title + alert.body  # others read a lock screen too
    firefox.press_alert(alert.body)
    person.turns_to_tab(TITLE)
    person.sees_heading(TITLE)
    person.reads(TEXT)
    person.presses("この手続きについて見る")
    person.sees_heading(PROCEDURE)
    person.presses("お知らせ")
    person.presses(TITLE)


def reads_with_the_city_away(journey: Journey) -> None:
    person = journey.person
    person.reloads()
    person.sees_heading(TITLE)
    person.reads(TEXT)
    person.presses("お知らせ")
    person.reads("保存した分を出しています")
    person.writes("きゅうりの苗", "お知らせの中をさがす")
    person.reads("「きゅうりの苗」に合うお知らせはありません")
    person.writes(RARE_WORD, "お知らせの中をさがす")
    person.reads("1件見つかりました", TITLE)
    person.presses("さがす", "link")
    person.writes("児童手当", "手当、健診、保育園などの名前で")
    person.presses(PROCEDURE)
    person.sees_heading(PROCEDURE)
    person.sees_heading("いつまでに出しますか")


def reads_with_the_city_back(journey: Journey) -> None:
    """The same data on the same port: nothing has to be done on the phone."""
    person = journey.person
    person.presses("お知らせ")
    person.reads("に更新しました", TITLE)
    person.presses("届けてもらう")
    person.sees_heading("届けています")
