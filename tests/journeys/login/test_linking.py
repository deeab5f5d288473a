"""A signing certificate links an account to its resident, or says plainly that it cannot."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest

from tests.journeys.batches.test_writing import Watched
from tests.parts import resident
from tests.parts.hall import Hall, refusal
from tests.parts.pretend_signer import Card
from tests.parts.signing_certificates import certificate, fields
from tests.parts.snapshots import LATER, CrashError, CrashingStore, crowd, line, take, work
from todoke.core import card_person, letter_code
from todoke.core.card_person import CardPerson
from todoke.journeys import audit, challenge, linking, login, residents, session
from todoke.journeys.linking import LINKED, NONE, SEVERAL
from todoke.ports import Delete, Services, Write

ADDRESS = "見本県みなと野市見本町一丁目１番１号"
SERIALS = itertools.count(5000)
HANAKO = CardPerson("見本　花子", "00000", ADDRESS, "0" * 18, date(1990, 4, 1), "2")


def entered(hall: Hall, card: Card | None = None) -> str:
    """The token of a session of this card, of one that nobody knows where none is named."""
    return hall.enter(card or Card(serial=next(SERIALS))).token


def said(services: Services, card: CardPerson) -> tuple[str, str]:
    found = linking.find(services, card)
    return found.answer, found.reason


def test_the_one_who_is_the_same_is_linked_in_one_commit(hall: Hall) -> None:
    take(hall.services, line("1"), *crowd(5))
    token = entered(hall)
    commits: list[int] = []
    watched = replace(
        hall.services,
        store=Watched(hall.services.store, lambda writes: commits.append(len(writes))),
    )
    outcome = linking.link(watched, token, HANAKO)
    assert (outcome.answer, len(commits)) == (LINKED, 1)
    assert outcome.opened is not None
    assert outcome.opened.linked
    assert session.find(hall.services, token) is None
    person = residents.find(hall.services, "1")
    assert person is not None
    assert hall.account(outcome.opened).data["resident"] == person.id
    assert hall.acts()[-1] == "account_linked"


def test_the_pretend_card_finds_the_resident_of_the_demonstration(hall: Hall) -> None:
    hanako = residents.demonstration(hall.services)
    card = card_person.read(certificate(fields()))
    assert linking.find(hall.services, card).resident == hanako


def test_a_name_in_old_forms_is_found(hall: Hall) -> None:
    take(hall.services, line("1", 氏名="髙邉見本 花子"))
    assert said(hall.services, replace(HANAKO, name="高辺見本　花子")) == (LINKED, "")


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"住所": "見本町9-9"}, "address_differs"),
        ({"住所": ""}, "address_unreadable"),
        ({"住所": "見本町1-1"}, "address_partly"),
        ({"生年月日": ""}, "no_birth_date"),
        ({"性別": ""}, "no_sex"),
        ({"氏名": "〓本 花子"}, "name_substituted"),
        ({"氏名": "例 花子"}, "name_family"),
        ({"氏名": "MIHON HANAKO"}, "name_script"),
        ({"異動事由": "転出"}, "closed"),
        ({"異動事由": "死亡"}, "deceased"),
    ],
)
def test_who_is_not_certain_is_not_linked(hall: Hall, cells: dict[str, str], reason: str) -> None:
    take(hall.services, line("1", **cells))
    token = entered(hall)
    outcome = linking.link(hall.services, token, HANAKO)
    assert (outcome.answer, outcome.reason, outcome.opened) == ("not_certain", reason, None)
    assert session.find(hall.services, token) is not None
    (act,) = [
        each.data
        for each in audit.acts(hall.services, "2026-11").records
        if each.data["act"] == "link_refused"
    ]
    assert act["detail"] == {"answer": "not_certain", "reason": reason}
    assert act["resident"] is None


@pytest.mark.parametrize(
    "cells",
    [
        {"生年月日": "1990-04-02"},
        {"性別": "男"},
        {"氏名": "見本 月子"},
        {"氏名": "例 花子", "住所": "見本町9-9"},
    ],
)
def test_somebody_else_is_nobody(hall: Hall, cells: dict[str, str]) -> None:
    take(hall.services, line("1", **cells))
    assert said(hall.services, HANAKO) == (NONE, "")


def test_one_person_twice_in_the_register_is_several(hall: Hall) -> None:
    take(hall.services, line("1"), line("2"))
    assert said(hall.services, HANAKO) == (SEVERAL, "")
    assert linking.link(hall.services, entered(hall), HANAKO).answer == SEVERAL


def test_a_namesake_elsewhere_does_not_stand_in_the_way(hall: Hall) -> None:
    take(hall.services, line("1"), line("2", 住所="見本町9-9"))
    found = linking.find(hall.services, HANAKO)
    assert found.resident is not None
    assert found.resident.number == "1"


def test_a_substitute_on_the_card_is_found_by_address_and_birth_date(hall: Hall) -> None:
    take(hall.services, line("1", 氏名="\U00030000見本 花子"))
    card = replace(HANAKO, name="辺見本　花子", name_substitutes="100000")
    assert said(hall.services, card) == ("not_certain", "name_substituted")


def test_a_renewed_card_comes_to_the_account_that_is_there(hall: Hall) -> None:
    take(hall.services, line("1"))
    first = linking.link(hall.services, entered(hall), HANAKO).opened
    renewed = Card(serial=4712)
    again = linking.link(hall.services, entered(hall, renewed), HANAKO).opened
    assert first is not None
    assert again is not None
    assert again.account == first.account
    assert hall.enter(renewed).account == first.account
    assert hall.acts().count("card_added") == 1


def test_it_links_again_after_a_move_was_brought_in(hall: Hall) -> None:
    take(hall.services, *crowd(10), line("1"))
    first = linking.link(hall.services, entered(hall), HANAKO).opened
    moved = replace(HANAKO, address="みなと野市見本町九丁目9番9号")
    assert linking.link(hall.services, entered(hall), moved).answer == "not_certain"
    take(hall.services, *crowd(10), line("1", 住所="見本町9-9-9"), on=LATER)
    again = linking.link(hall.services, entered(hall), moved).opened
    assert first is not None
    assert again is not None
    assert again.account == first.account


def test_linking_twice_changes_nothing_and_another_person_is_refused(hall: Hall) -> None:
    take(hall.services, line("1"), line("2", 氏名="例 月子"))
    opened = linking.link(hall.services, entered(hall), HANAKO).opened
    assert opened is not None
    twice = linking.link(hall.services, opened.token, HANAKO)
    assert (twice.answer, twice.opened) == (LINKED, None)
    other = replace(HANAKO, name="例　月子")
    refusal("already_linked", lambda: linking.link(hall.services, opened.token, other))
    refusal("login_needed", lambda: linking.link(hall.services, "x" * 43, HANAKO))


def test_a_letter_code_that_is_still_out_ends_with_the_link(hall: Hall) -> None:
    take(hall.services, line("1"))
    code = hall.code("1")
    linking.link(hall.services, entered(hall), HANAKO)
    refusal("letter_code_refused", lambda: login.link(hall.services, entered(hall), code))
    key = login._code_key(hall.services, letter_code.read(code) or "")
    assert hall.services.store.get("letter_code", key) is None


def test_the_code_in_the_letter_box_of_somebody_who_has_died_links_nobody(hall: Hall) -> None:
    """The code was made after the register said so, or its end has not been worked off."""
    take(hall.services, *crowd(10), line("1"))
    take(hall.services, *crowd(10), line("1", 異動事由="死亡"), on=LATER)
    work(hall.services)
    code = hall.code("1")
    token = entered(hall)
    refused = refusal("letter_code_refused", lambda: login.link(hall.services, token, code))
    assert refused["rule"] == "code_wrong"
    mine = session.find(hall.services, token)
    assert mine is not None
    assert mine[1].data["resident"] is None


def test_a_register_that_comes_in_between_decides(hall: Hall) -> None:
    """Found by the one, linked by the other: she has died meanwhile."""
    take(hall.services, *crowd(10), line("1"))
    token = entered(hall)
    done: list[int] = []

    def come(_: Sequence[Write]) -> None:
        if not done:
            done.append(1)
            take(hall.services, *crowd(10), line("1", 異動事由="死亡"), on=LATER)

    watched = replace(hall.services, store=Watched(hall.services.store, come))
    outcome = linking.link(watched, token, HANAKO)
    assert (outcome.answer, outcome.reason) == ("not_certain", "deceased")


@pytest.mark.parametrize("end", ["before", "after"])
def test_a_crash_links_wholly_or_not_at_all(hall: Hall, end: str) -> None:
    take(hall.services, line("1"))
    token = entered(hall)
    broken = replace(hall.services, store=CrashingStore(hall.services.store, [end]))
    with pytest.raises(CrashError):
        linking.link(broken, token, HANAKO)
    person = residents.find(hall.services, "1")
    assert person is not None
    record = hall.services.store.get("resident", person.id)
    assert record is not None
    linked = record.data["account"] is not None
    assert linked == (end == "after")
    assert (session.find(hall.services, token) is None) == linked


def test_who_died_and_was_entered_by_mistake_links_anew(hall: Hall) -> None:
    services = hall.services
    take(services, *crowd(10), line("1"))
    session = resident.logged_in(services, number="1")
    take(services, *crowd(10), line("1", 異動事由="死亡"), on=LATER)
    work(services)
    take(services, *crowd(10), line("1", 異動事由="死亡取消"), on=LATER)
    outcome = linking.link(services, session.token, HANAKO)
    assert outcome.answer == LINKED


@pytest.mark.parametrize("cells", [{}, {"住所": "見本町9-9"}, {"氏名": "見本 月子"}])
def test_the_question_that_was_answered_ends_whatever_the_answer_is(
    hall: Hall, cells: dict[str, str]
) -> None:
    take(hall.services, line("1", **cells))
    token = entered(hall)
    nonce = challenge.issue(hall.services, "b" * 43, "login").nonce
    (asked,) = [
        each
        for each in [hall.services.store.get("challenge", sha256(nonce.encode()).hexdigest())]
        if each is not None
    ]
    spending = [Delete("challenge", asked.id, asked.version)]
    opened = linking.link(hall.services, token, HANAKO, spending).opened
    assert hall.services.store.get("challenge", asked.id) is None
    token = opened.token if opened else token
    refusal("challenge_spent", lambda: linking.link(hall.services, token, HANAKO, spending))


@pytest.mark.parametrize("language", ["ja", "easy", "en"])
@pytest.mark.parametrize("answer", [LINKED, "not_certain", NONE, SEVERAL])
def test_the_person_is_told_what_to_do(hall: Hall, language: str, answer: str) -> None:
    assert linking.words(hall.services, language, linking.Outcome(answer))
