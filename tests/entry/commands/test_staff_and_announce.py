"""Clerks are added and removed, and a notice goes from draft to approval, by commands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.terminal import Operator


# ------------------------------------------------------------------------- staff
def test_a_clerk_is_added_listed_linked_and_removed(operator: Operator) -> None:
    made = operator.asks("staff", "add", "見本 ひなた", "--role", "author")
    assert made["link"].startswith("http://console.")
    listed = operator.asks("staff", "list")["staff"]
    assert {"author"} == {
        role for each in listed if each["id"] == made["id"] for role in each["roles"]
    }
    assert operator.asks("staff", "link", made["id"])["link"] != made["link"]
    operator.asks("staff", "remove", made["id"])
    gone = next(
        each for each in operator.asks("staff", "list")["staff"] if each["id"] == made["id"]
    )
    assert gone["active"] is False
    assert operator.asks("staff", "link", made["id"], code=1)["error"] == "not_found"


def test_a_clerk_needs_a_known_role(operator: Operator) -> None:
    assert operator.says("staff", "add", "見本 ひなた", "--role", "mayor")[0] == 2
    assert operator.says("staff", "add", "見本 ひなた")[0] == 2


def test_a_clerk_is_given_the_offices_of_the_settings_and_no_other(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a real setting of the city, as an operator may override it
    for code, rest in (("kodomo", "false"), ("shimin", "true")):
        monkeypatch.setenv(f"TODOKE_OFFICES__{code.upper()}__NAME", f'"見本の課 {code}"')
        monkeypatch.setenv(f"TODOKE_OFFICES__{code.upper()}__REST", rest)
    made = operator.asks("staff", "add", "見本 ひなた", "--role", "author", "--office", "kodomo")
    listed = {each["id"]: each["offices"] for each in operator.asks("staff", "list")["staff"]}
    assert listed[made["id"]] == ["kodomo"]
    both = operator.asks("staff", "offices", made["id"], "kodomo", "shimin")
    assert both["offices"] == ["kodomo", "shimin"]
    assert "kodomo shimin" in operator.says("staff", "list")[1]
    assert made["id"] not in _without_office(operator)
    assert operator.asks("staff", "offices", made["id"])["offices"] == []
    assert made["id"] in _without_office(operator)
    refused = operator.asks("staff", "offices", made["id"], "no-such-office", code=1)
    assert refused["error"] == "bad_field"
    operator.asks("staff", "remove", made["id"])
    assert made["id"] not in _without_office(operator)


def _without_office(operator: Operator) -> list[str]:
    """Whom the doctor names: among them the clerks of the demonstration, older than the offices."""
    checks = json.loads(operator.says("doctor", "--json")[1])["checks"]
    return str(next(each for each in checks if each["check"] == "offices")["clerks"]).split()


def test_a_clerk_who_lost_her_way_in_gets_a_link_and_the_old_one_ends(operator: Operator) -> None:
    made = operator.asks("staff", "add", "見本 ひなた", "--role", "author")
    again = operator.asks("staff", "recover", made["id"])
    assert (again["id"], again["roles"]) == (made["id"], ["author"])
    assert again["link"] != made["link"]
    operator.asks("staff", "remove", made["id"])
    assert operator.asks("staff", "recover", made["id"], code=1)["error"] == "not_found"
    assert operator.asks("staff", "recover", "S-nobody", code=1)["error"] == "not_found"


def test_where_the_last_administrator_is_lost_a_new_one_is_made(operator: Operator) -> None:
    made = operator.asks("staff", "recover", "--new", "見本 つかさ")
    assert made["roles"] == ["administrator"]
    refused = operator.asks("staff", "remove", made["id"], code=1)
    assert refused["error"] == "last_administrator"
    assert operator.says("staff", "recover")[0] == 2
    assert operator.says("staff", "recover", made["id"], "--new", "見本")[0] == 2


def test_only_where_a_city_lies_is_anybody_let_in(newcomer: Operator) -> None:
    for words in (["S-demo-author"], ["--new", "見本 つかさ"]):
        assert newcomer.asks("staff", "recover", *words, code=1)["error"] == "no_city"


# ------------------------------------------------------------------------- announce
@pytest.fixture
def clerks(operator: Operator) -> Iterator[tuple[str, str]]:
    """Author and approver, by id."""
    made = [
        operator.asks("staff", "add", f"見本 {name}", "--role", role)["id"]
        for name, role in (("かなで", "author"), ("つばさ", "approver"))
    ]
    yield made[0], made[1]
    for each in made:
        operator.asks("staff", "remove", each)


CONTENT = ("--topic", "allowance", "--title", "見本のお知らせ", "--text", "見本です。",
           "--expires", "2027-01-31")  # fmt: skip


def test_a_notice_goes_from_draft_to_approval_between_two_people(
    operator: Operator, clerks: tuple[str, str]
) -> None:
    author, approver = clerks
    made = operator.asks("announce", "write", "--as", author, *CONTENT)
    assert made["state"] == "draft"
    assert made["content"]["expires_at"] == 1_801_407_599  # 2027-01-31T23:59:59+09:00
    asked = operator.asks("announce", "ask", made["id"], "--as", author)
    seen = ["--seen", asked["snapshot"], "--count", str(asked["audience"]["number"])]
    refused = operator.asks("announce", "approve", made["id"], "--as", author, *seen, code=1)
    assert refused["error"] in ("same_person", "role_missing")
    done = operator.asks("announce", "approve", made["id"], "--as", approver, *seen)
    assert done["state"] == "approved"
    shown = operator.asks("announce", "show", made["id"])
    assert shown["approver"] == approver
    assert shown["deliveries"]["accepted"] == {"number": 0, "few": False, "at_least": False}
    stopped = operator.asks("announce", "recall", made["id"], "--as", author, "--reason", "見本")
    assert stopped["state"] == "recalled"


def test_who_wrote_it_cannot_approve_it_even_with_both_roles(operator: Operator) -> None:
    both = operator.asks("staff", "add", "見本 ふたば", "--role", "author", "--role", "approver")[
        "id"
    ]
    made = operator.asks("announce", "draft", "--as", both, *CONTENT)
    asked = operator.asks("announce", "ask", made["id"], "--as", both)
    seen = ["--seen", asked["snapshot"], "--count", "10"]
    answer = operator.asks("announce", "approve", made["id"], "--as", both, *seen, code=1)
    assert answer["error"] == "same_person"
    operator.asks("announce", "return", made["id"], "--as", both, "--reason", "見本")
    operator.asks("staff", "remove", both)


def test_a_wrong_count_or_snapshot_approves_nothing(
    operator: Operator, clerks: tuple[str, str]
) -> None:
    author, approver = clerks
    made = operator.asks("announce", "draft", "--as", author, *CONTENT)
    asked = operator.asks("announce", "ask", made["id"], "--as", author)
    for seen, count, error in (
        (asked["snapshot"], "9999", "count_differs"),
        ("0" * 64, "10", "notice_changed"),
    ):
        words = ["announce", "approve", made["id"], "--as", approver, "--seen", seen]
        assert operator.asks(*words, "--count", count, code=1)["error"] == error
    assert operator.asks("announce", "show", made["id"])["state"] == "asked"


def test_without_a_count_the_approver_reads_and_is_asked(
    operator: Operator, clerks: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    author, approver = clerks
    made = operator.asks("announce", "draft", "--as", author, *CONTENT)
    operator.asks("announce", "ask", made["id"], "--as", author)
    monkeypatch.setattr("builtins.input", lambda *_: "10")
    code, out, shown = operator.says("announce", "approve", made["id"], "--as", approver)
    assert code == 0, out + shown
    assert "見本のお知らせ" in shown
    assert "見本です。" in shown


def test_nobody_there_to_be_asked_is_said(
    operator: Operator, clerks: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    author, approver = clerks
    made = operator.asks("announce", "draft", "--as", author, *CONTENT)
    operator.asks("announce", "ask", made["id"], "--as", author)

    def nobody(*_: object) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    answer = operator.asks("announce", "approve", made["id"], "--as", approver, code=1)
    assert answer["error"] == "answer_needed"


def test_a_notice_in_three_languages_with_links_comes_from_a_file(
    operator: Operator, clerks: tuple[str, str], tmp_path: Path
) -> None:
    content = {
        "topic": "allowance",
        "title": {"ja": "見本", "easy": "みほん", "en": "Sample"},
        "text": {"ja": "見本です。", "easy": "みほん です。", "en": "A sample."},
        "expires_at": 1_796_500_000,
        "links": [{"url": "/procedures/jt-nintei.html", "label": "児童手当"}],
    }
    file = tmp_path / "notice.json"
    file.write_text(json.dumps(content), "utf-8")
    made = operator.asks("announce", "draft", "--as", clerks[0], "--file", str(file))
    assert made["content"]["title"] == content["title"]
    assert made["content"]["links"] == content["links"]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--as", "S-nobody", *CONTENT], "bad_field"),
        (["--as", "{author}", *CONTENT[2:]], "missing_field"),
        (["--as", "{author}", *CONTENT[:-1], "tomorrow"], "bad_field"),
        (["--as", "{author}", *CONTENT, "--text", "123456789018 です。"], "my_number_in_text"),
        (["--as", "{author}", *CONTENT, "--link", "https://evil.test/", "x"], "link_host_refused"),
        (["--as", "{approver}", *CONTENT], "role_missing"),
    ],
)  # fmt: skip
def test_a_draft_that_breaks_a_rule_is_refused(
    words: list[str], error: str, operator: Operator, clerks: tuple[str, str]
) -> None:
    named = {"{author}": clerks[0], "{approver}": clerks[1]}
    given = [named.get(each, each) for each in words]
    before = len(operator.asks("announce", "list")["notices"])
    assert operator.asks("announce", "draft", *given, code=1)["error"] == error
    assert len(operator.asks("announce", "list")["notices"]) == before
