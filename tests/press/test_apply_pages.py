"""The page of a form: every question in order, in three languages, and the page again when the
server found something to mend."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.press.pages import Page, read
from tests.press.test_html_validate import complaints
from todoke.core import form_check
from todoke.core.catalogue import Catalogue, Procedure
from todoke.core.form import Form, Question, Section
from todoke.core.words import LANGUAGES
from todoke.press.frame import FOLDERS
from todoke.press.house import House

PROCEDURE = "jt-nintei"
KEY = f"apply/{PROCEDURE}.html"
FILED = datetime(2026, 11, 24, 1, 26, tzinfo=UTC)
CHILD = {"name": "見本 そら", "kana": "ミホン ソラ", "born": "2026-07-09", "relation": "child"}
ANSWERS: Mapping[str, Any] = {
    "event": "birth",
    "claimant_name": "見本 <b>はなこ</b>",
    "claimant_phone": "09000000000",
    "children": [CHILD, {**CHILD, "name": "見本 ひなた"}],
    "proofs": ["F-AAAAA-BBBBB"],
}
FILES = {"F-AAAAA-BBBBB": {"media_type": "image/jpeg", "pages": 1, "size": 1000}}


@pytest.fixture(scope="module")
def procedure(city: Catalogue) -> Procedure:
    return city.procedures[PROCEDURE]


@pytest.fixture(scope="module")
def form(procedure: Procedure) -> Form:
    assert procedure.form is not None
    return procedure.form


def shown(press: House, procedure: Procedure, template: str, **more: Any) -> bytes:
    values = {"procedure": procedure, "form": procedure.form, "answers": ANSWERS, "files": FILES}
    values["appeal"] = {}
    return press.page(template, more.pop("language", "ja"), {**values, **more})


def application(state: str, **more: Any) -> dict[str, Any]:
    moments = {"submitted_at": FILED, "changed_at": FILED}
    fixed = {"id": "T-AAAAA-BBBBB", "version": 2, "state": state, "asks": {}, "reason": None}
    return {**fixed, **moments, **more}


def names(page: Page) -> list[str]:
    """Names of the fields, in the order of the page."""
    found = (each.get("name") for tag, each in page.tags if tag in ("input", "textarea"))
    return list(dict.fromkeys(each for each in found if each))


def test_every_question_has_a_field_in_the_order_of_the_form(
    release: Mapping[str, bytes], form: Form
) -> None:
    expected = ["form_version"]
    for question in form.questions:
        if question.kind == "group":
            for number in range(1, question.most + 1):
                expected += [f"{question.id}-{number}-{each.id}" for each in question.questions]
        else:
            expected.append(question.id)
    for folder in FOLDERS.values():
        assert names(read(release[folder + KEY])) == expected


def test_every_field_has_a_name_for_those_who_hear_the_page(release: Mapping[str, bytes]) -> None:
    for folder in FOLDERS.values():
        page = read(release[folder + KEY])
        assert page.problems == []
        labelled = {each["for"] for each in page.all("label")}
        fields = [
            each
            for tag in ("input", "textarea")
            for each in page.all(tag)
            if each.get("type") != "hidden"
        ]
        assert len(fields) > 60
        assert {each["id"] for each in fields} <= labelled
        ids = page.values("id")
        assert len(ids) == len(set(ids))


def test_a_condition_is_said_in_words(release: Mapping[str, bytes]) -> None:
    text = read(release[KEY]).text
    assert "「配偶者(夫・妻)がいますか」で「はい」を選んだ人だけ" in text
    assert "「いっしょに住んでいますか」で「別に住んでいる」を選んだ人だけ" in text
    assert "Only if you chose “Yes”" in read(release["en/" + KEY]).text


def test_browsers_know_what_may_be_filled_in_and_which_keys_to_offer(
    release: Mapping[str, bytes],
) -> None:
    page = read(release[KEY])
    fields = {each["name"]: each for tag in ("input", "textarea") for each in page.all(tag)}
    assert fields["claimant_name"]["autocomplete"] == "name"
    assert fields["claimant_phone"]["type"] == "tel"
    assert fields["account_number"]["inputmode"] == "numeric"
    # another person's name is nothing the browser should fill in
    assert fields["children-1-name"]["autocomplete"] == "off"


def test_only_a_procedure_with_a_form_is_offered_online(release: Mapping[str, bytes]) -> None:
    for folder in FOLDERS.values():
        link = f'href="/{folder}{KEY}"'.encode()
        offering = [key for key, body in release.items() if link in body and "procedures/" in key]
        assert offering == [f"{folder}procedures/{PROCEDURE}.html"]


def test_the_form_is_published_as_data_with_the_words_of_every_rule(
    release: Mapping[str, bytes], form: Form
) -> None:
    data = json.loads(release[f"forms/{PROCEDURE}.json"])
    assert data["version"] == form.version
    for language in LANGUAGES:
        assert set(data["rules"][language]) == set(form_check.RULES)
    assert "[" in "".join(data["rules"]["easy"].values())  # furigana


def test_the_page_again_keeps_answers_and_leads_to_what_is_wrong(
    press: House, procedure: Procedure
) -> None:
    problems = {"claimant_kana": "ひらがなかカタカナで", "children-2-born": "日付を"}
    html = shown(press, procedure, "apply.html", problems=problems)
    page = read(html)
    assert page.problems == []
    assert [each["href"] for each in page.all("a") if each["href"].startswith("#f-")] == [
        "#f-claimant_kana",
        "#f-children-2-born",
    ]
    fields = {each.get("id"): each for each in page.all("input")}
    for path in problems:
        assert fields[f"f-{path}"]["aria-invalid"] == "true"
        assert f"f-{path}-error" in fields[f"f-{path}"]["aria-describedby"].split()
        assert f"f-{path}-error" in page.values("id")
    assert fields["f-claimant_name"]["value"] == "見本 <b>はなこ</b>"
    assert "<b>はなこ" not in html.decode()
    # the second child is open, the third is not
    folded = [each for each in page.all("details") if "data-entry" in each]
    assert ["open" in each for each in folded[:2]] == [True, False]
    assert not any("apply." in each.get("src", "") for each in page.all("script"))


def test_before_sending_every_answer_is_read_and_none_can_become_markup(
    press: House, procedure: Procedure
) -> None:
    html = shown(press, procedure, "apply_check.html", sealed="s" * 40)
    page = read(html)
    assert page.problems == []
    for words in ("子どもが生まれた", "見本 <b>はなこ</b>", "見本 ひなた", "2026年(令和8年)7月9日"):
        assert words in page.text
    assert [each["value"] for each in page.all("button")] == ["send", "back"]
    for asks_for, words in (("login", "ログイン"), ("card", "マイナンバーカードがいります")):
        waiting = read(shown(press, procedure, "apply_check.html", sealed="s", asks_for=asks_for))
        assert words in waiting.text
        [way] = [each["href"] for each in waiting.all("a") if "_blank" in each.values()]
        assert way.endswith("?need=card") == (asks_for == "card")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_asked_back_is_all_that_can_be_changed(
    press: House, procedure: Procedure, language: str
) -> None:
    asks = {"claimant_phone": "もう一度おねがいします", "children-2-born": "たしかめてください"}
    values = {"application": application("returned", asks=asks), "language": language}
    page = read(shown(press, procedure, "application.html", **values))
    assert page.problems == []
    assert names(page) == ["version", "claimant_phone", "children-2-born"]
    assert all(note in re.sub(r"\s", "", page.text) for note in asks.values())
    [phone] = [each for each in page.all("input") if each.get("name") == "claimant_phone"]
    assert phone["value"] == "09000000000"
    links = [each["href"] for each in page.all("a") if "hreflang" in each]
    assert links == [f"/applications/T-AAAAA-BBBBB?lang={each}" for each in LANGUAGES]


@pytest.mark.parametrize("state", ["submitted", "accepted", "refused"])
def test_nothing_can_be_changed_in_any_other_state(
    press: House, procedure: Procedure, state: str
) -> None:
    asks = {"claimant_phone": "前のおねがい"}
    own = application(state, asks=asks, reason="見本の理由です")
    page = read(shown(press, procedure, "application.html", application=own))
    assert names(page) == []
    assert "見本の理由です" in page.text


_END = {"goes": ("account",), "stays": ("application", "bill"), "account": "U-1"}


def _of_a_person(procedure: Procedure) -> dict[str, Any]:
    """What my_data.html is given."""
    row = {"label": "site.mydata.id", "text": None, "value": "<b>", "moment": None, "file": "F-1"}
    told = {**row, "text": procedure.name, "moment": FILED}
    assert procedure.form is not None
    return {
        "kinds": [{"kind": "attachment", "count": 2, "records": [[row, told]]}],
        "cut": True,
        "left_out": ["delivery"],
        "account": "U-1",
        "linked": True,
        "form": correction_form(),
        "key": "k",
        "answers": {"what": "<b>"},
        "problems": {"what": "a"},
    }


def correction_form() -> Form:
    """The two questions of a correction."""
    asked = tuple(Question(each, "text", {"ja": each}) for each in ("what", "right"))
    return Form("1", (Section("s", {"ja": "s"}, asked),))


@pytest.mark.real
def test_pages_of_the_functions_satisfy_the_html_standard(
    press: House, procedure: Procedure, tmp_path: Path
) -> None:
    asks = {"claimant_phone": "a", "children-1-lives": "b", "proofs": "c"}
    rows = [{"id": "T-A", "name": procedure.name, "state": "returned", "submitted_at": FILED}]
    pages: dict[str, tuple[str, dict[str, Any]]] = {
        "again": ("apply.html", {"problems": {"event": "a", "children-1-kana": "b"}}),
        "check": ("apply_check.html", {"sealed": "s"}),
        "done": ("apply_done.html", {"application": application("submitted")}),
        "returned": ("application.html", {"application": application("returned", asks=asks)}),
        "later": (
            "mend_later.html",
            {"number": "T-A", "kept": [("a", "<")], "lost": ["b"], "asks_for": "card"},
        ),
        "check-card": ("apply_check.html", {"sealed": "s", "asks_for": "card"}),
        "data": ("my_data.html", _of_a_person(procedure)),
        "end": ("my_data_delete.html", {**_END, "gone": False, "unsure": True}),
        "gone": ("my_data_delete.html", {**_END, "gone": True, "unsure": False}),
        "list": ("applications.html", {"applications": rows, "others": rows, "older": None}),
    }
    for name, (template, values) in pages.items():
        # the language with furigana has the most markup
        body = shown(press, procedure, template, language="easy", **values)
        (tmp_path / f"{name}.html").write_bytes(body)
    found = complaints(tmp_path).splitlines()
    # files kept and files to add are one list for the server; HTML allows one name for both
    assert [each for each in found if 'control name "proofs"' not in each] == []
