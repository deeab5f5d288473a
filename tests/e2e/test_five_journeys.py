"""All five journeys of Todoke in one run, by people who can only read.

One fresh data folder, one ``todoke serve`` with its own card bridge, one real browser: a parent
looks something up and follows it; two clerks announce; she logs in with her card, applies, mends
one field and gets a decision; the cashier brings in a file of bills, she pays, the receipt
arrives, and her history says who read what. Nothing is reached but through words on the screen
(``tests.parts.by_words``); they are written out here on purpose: they are what a person reads.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.parts import bridge
from tests.parts.by_words import Person
from tests.parts.city import City
from tests.parts.firefox import Firefox
from tests.parts.push_service import PushService
from tests.parts.waiting import wait_for

PROCEDURE = "児童手当 認定請求"
TITLE = "児童手当の12月分は12月8日に振り込みます"
TEXT = "みなと野市からの見本です。口座を変えた人は、通帳をたしかめてください。"
FEE = "保育料 見本のお支払い"
BORN, NOTE = "20261110", "番号が1つ足りないようです。"
TICKS = (
    "日付・曜日・金額が元の決裁と同じ",
    "届け先が多すぎず、少なすぎない",
    "リンクを自分で開いた",
    "問い合わせ先に人がいる時間に送る",
    "知らない人が読んでも分かる",
)
ROLES = ("author", "approver", "caseworker", "cashier")
NUMBER = re.compile(r"T-[0-9A-Z]{5}-[0-9A-Z]{5}")


@dataclass
class Town:
    """A city, and one browser: a tab for the parent, one for whoever sits at the desk."""

    city: City
    firefox: Firefox
    person: Person
    folder: Path
    parent: str = ""
    desk: str = ""
    number: str = ""

    def at_home(self) -> Person:
        """The parent."""
        self.person.goes_back_to(self.parent)
        return self.person

    def at_the_desk(self) -> Person:
        """The clerk who came in last."""
        self.person.goes_back_to(self.desk)
        return self.person

    def comes_to_work(self, role: str) -> Person:
        """A clerk, by the link that was handed to her; whoever was there has left."""
        if not self.desk:
            self.person.opens_tab()
            self.desk = self.person.tab()
        person = self.at_the_desk()
        person.types_address(self.city.link(role))
        person.presses("入る")
        return person


def leaves(person: Person) -> None:
    """The clerk goes home."""
    person.presses("終わる")
    person.sees_heading("終わりました")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with (
        PushService() as service,
        City.start(
            tmp_path / "city",
            card=True,
            pinentry=scripted(tmp_path),
            push__allow_loopback=[service.address],
        ) as city,
        Firefox(tmp_path / "home", service.origin) as firefox,
    ):
        person = Person(firefox)
        yield Town(city, firefox, person, tmp_path, parent=person.tab())


def scripted(folder: Path) -> Path:
    """A pinentry in which somebody types the published PIN of the pretend card."""
    desk = folder / "pinentry"
    desk.mkdir()
    (desk / "answers").write_text("1234\n", "utf-8")
    return bridge.pinentry(desk)


@pytest.mark.real
def test_one_run_shows_all_five_journeys(town: Town) -> None:
    looks_up_a_procedure_and_follows(town)
    writes_and_asks(town.comes_to_work("author"))
    confirms_and_sends(town.comes_to_work("approver"))
    opens_what_it_rang_for(town)
    logs_in_with_the_card(town.at_home(), town.city.letter_code)
    lets_this_device_tell(town.at_home())
    number = applies(town.at_home(), photo(town.folder))
    assert rings(town)
    returns_one_field(town.comes_to_work("caseworker"), number)
    mends_it(town.at_home())
    accepts(town.at_the_desk(), number)
    reads_the_decision(town.at_home(), number)
    brings_in_bills(town.comes_to_work("cashier"), town.folder / "home" / "Downloads")
    pays(town.at_home())
    sees_who_read_what(town.at_home())
    assert town.person.typed == [town.city.url, *(town.city.link(role) for role in ROLES)]


# ---------------------------------------------------------------- 1. publish, 2. announce
def looks_up_a_procedure_and_follows(town: Town) -> None:
    person = town.at_home()
    person.types_address(town.city.url)
    person.writes("児童手当", "手当、健診、保育園などの名前で")
    person.presses("さがす", "button")
    person.presses(PROCEDURE)
    person.sees_heading(PROCEDURE)
    person.presses("届けてもらう")
    person.ticks("手当・助成")
    person.presses("この内容で届けてもらう")
    person.presses("知らせてもらう")
    town.firefox.permit()
    person.sees_heading("届けています")


def writes_and_asks(person: Person) -> None:
    person.presses("お知らせを書く")
    person.chooses("手当・助成", "話題")
    person.writes(TITLE, "題(日本語)")
    person.writes(TEXT, "本文(日本語)")
    person.presses("保存して、届け先と見え方を見る")
    person.presses("確認を頼む")
    person.reads("確認を頼みました")
    leaves(person)


def confirms_and_sends(person: Person) -> None:
    person.presses(TITLE)
    person.reads(TEXT)
    for each in TICKS:
        person.ticks(each)
    shown = re.search(r"届け先 (\d+)台より少ない", person.page())
    assert shown, "no number is shown"
    person.writes(shown.group(1), "届け先の数を見て、打つ")
    person.presses("確認した。すぐ送る")
    person.reads("確認しました")
    leaves(person)


def rings(town: Town) -> str:
    """The phone rings and says nothing of what has come; the words on its screen."""
    alerts = wait_for(town.firefox.alerts, "the notification")
    shown = " ".join(f"{each.title} {each.body}" for each in alerts)
    assert "児童手当" not in shown
    return alerts[-1].body


def opens_what_it_rang_for(town: Town) -> None:
    town.firefox.press_alert(rings(town))
    town.person.turns_to_tab(TITLE)
    town.parent = town.person.tab()
    town.person.reads(TEXT)


# ---------------------------------------------------------------- 3. card
def logs_in_with_the_card(person: Person, letter_code: str) -> None:
    person.presses("ログイン")
    person.presses("カードの準備を見る")
    person.reads("カードの準備ができました", "見本のカード")
    person.presses("暗証番号の窓を開く")
    person.sees_heading("手紙の番号を入れてください")
    person.writes(letter_code, "手紙の番号")
    person.presses("つなぐ")
    person.reads("見本 はなこさん")


def lets_this_device_tell(person: Person) -> None:
    person.presses("お知らせ")
    person.unfolds("届いたら、この端末でも知らせる")
    person.presses("この端末にも知らせる")
    person.reads("届いたら、この端末で知らせます。")


# ---------------------------------------------------------------- 4. apply
def applies(person: Person, paper: Path) -> str:
    """Every question, one page after another; the receipt number."""
    person.presses("さがす", "link")
    person.writes("児童手当", "手当、健診、保育園などの名前で")
    person.presses("さがす", "button")
    person.presses(PROCEDURE)
    person.presses("この手続きをオンラインで申し込む")
    person.presses("はじめる")
    ticks(person, "子どもが生まれた")
    writes(person, ("それはいつですか", BORN))
    writes(
        person,
        ("名前 必須", "見本 はなこ"),
        ("名前のふりがな", "みほん はなこ"),
        ("生まれた日", "19930504"),
    )
    writes(person, ("住所", "みなと野市北町1丁目2-3"), ("昼間につながる電話番号", "0312345678"))
    ticks(person, "いいえ")
    ticks(person, "厚生年金(会社員など)")
    ticks(person, "いいえ")
    writes(
        person,
        ("名前 必須", "見本 たろう"),
        ("名前のふりがな", "みほん たろう"),
        ("生まれた日", BORN),
    )
    ticks(person, "子", "いっしょに住んでいる", "はい", "わたしと家計がいっしょ(生計同一)")
    person.sees_heading("ほかにもいますか")
    person.presses("次へ")
    ticks(person, "いいえ")
    ticks(person, "公金受取口座(国に登録した口座)")
    person.attaches(paper, "口座や年金がわかるもの")
    person.reads(f"{paper.name}をつけました")
    person.presses("次へ")
    person.sees_heading("送る前に、たしかめてください")
    person.reads("見本 たろう", "見本 はなこさんとしてログインしています")
    person.ticks("書いたことは事実とちがいありません")
    person.presses("この内容で送る")
    person.sees_heading("受け付けました")
    found = NUMBER.search(person.page())
    assert found, "no receipt number"
    return found.group()


def ticks(person: Person, *answers: str) -> None:
    for each in answers:
        person.ticks(each)
    person.presses("次へ")


def writes(person: Person, *answers: tuple[str, str]) -> None:
    for label, text in answers:
        person.writes(text, label)
    person.presses("次へ")


def returns_one_field(person: Person, number: str) -> None:
    person.presses("申請")
    person.presses(number)
    person.sees_heading("何のために開きますか")
    person.ticks("審査")
    person.presses("開く")
    person.reads("見本 たろう", "この画面を開いたことは、本人の「やりとり履歴」に残りました")
    person.presses("直してもらう")
    person.ticks("昼間につながる電話番号")
    person.writes(NOTE, "書きそえる文")
    person.presses("届く文を見る(まだ送らない)")
    person.reads(NOTE, "まだ送っていません")
    person.presses("この内容で返す")
    person.reads(f"{number} を返しました")


def mends_it(person: Person) -> None:
    opens_letter(person, f"{PROCEDURE}で、なおすところがあります")
    person.sees_heading("ここだけ、たしかめてください")
    person.reads(NOTE)
    person.writes("0398765432", "昼間につながる電話番号")
    person.presses("直したところを送る")
    person.reads("市がたしかめています")


def accepts(person: Person, number: str) -> None:
    person.presses("申請")
    person.reads("直って来た")
    person.presses(number)
    person.reads("0398765432")
    person.presses("認める")
    person.writes(number[-5:], "受付番号の終わり5文字を見て、打つ")
    person.presses("認める", "button")
    person.reads(f"{number} を認めました")
    leaves(person)


def reads_the_decision(person: Person, number: str) -> None:
    opens_letter(person, f"{PROCEDURE}が認められました")
    person.reads("決まりました", number)


# ---------------------------------------------------------------- 5. pay
def brings_in_bills(person: Person, downloads: Path) -> None:
    """Two bills for the made-up resident, out of the file the desk itself gives as an example."""
    person.presses("請求と入金")
    person.presses("請求を取り込む")
    person.presses("見本のCSVを保存する")
    person.attaches(wait_for(lambda: _whole(downloads), "the sample"), "CSVのファイル")
    person.presses("中身をたしかめる(まだ入れない)")
    person.presses("2件を取り込む")
    person.reads("2件を取り込みました")
    leaves(person)


def _whole(downloads: Path) -> Path | None:
    found = list(downloads.glob("*.csv"))
    return found[0] if found and not list(downloads.glob("*.part")) else None


def pays(person: Person) -> None:
    opens_letter(person, FEE, "払う画面をひらく")
    person.presses("カードやコンビニで払う")
    person.reads("これは見本です。お金は1円も動きません。")
    person.presses("払ったことにする")
    person.sees_heading("領収のしるし")
    person.reads("払い終わりました")
    opens_letter(person, f"{FEE}を受け取りました", "")
    person.reads("このお知らせが領収のしるしです")


def sees_who_read_what(person: Person) -> None:
    person.presses("お知らせ")
    person.presses("やりとり履歴を見る")
    person.sees_heading("やりとり履歴")
    person.reads(
        "カードと市の名簿をつなぎました", "申請を送りました", "申請の内容を見ました",
        "申請をなおして送りました", "申請を認めました", "請求を作りました",
        "支払いをはじめました", "支払いを受け取りました", "(申請の係)", "(支払いの係)",
        "目的:審査",
    )  # fmt: skip
    assert "あなたの記録を使いました" not in person.page(), "an act without words of its own"


# ---------------------------------------------------------------- every day
def opens_letter(person: Person, title: str, button: str = "ひらく") -> None:
    """A notice addressed to her, out of her inbox; on to what it is about."""
    person.presses("お知らせ")
    until_it_says(person, title)
    person.presses(title)
    person.reads("あなたあて")
    if button:
        person.presses(button)


def photo(folder: Path) -> Path:
    """A page of a bank book, photographed: made up, and visibly so."""
    path = folder / "tsuucho.jpg"
    picture = Image.new("RGB", (800, 600), "white")
    ImageDraw.Draw(picture).text((40, 40), "MIHON", fill="black")
    picture.save(path, "JPEG")
    return path


def until_it_says(person: Person, words: str) -> None:
    """Reloads now and then until the page says so: what is on its way takes a moment."""

    def look() -> bool:
        with contextlib.suppress(AssertionError):
            return wait_for(lambda: words in person.page(), words, seconds=2.0)
        person.reloads()
        return False

    wait_for(look, f"the page to say {words!r}")
