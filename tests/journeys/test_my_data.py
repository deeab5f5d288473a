"""あなたの情報: all of hers, nothing of anybody else's, in the shape it says; and the end of an
account, done or not and never half. On every store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest

from tests.parts.applying import PROCEDURE, QuickCleaner, answers, city
from tests.parts.payer import CASHIER, csv, row
from tests.parts.resident import Session, logged_in
from tests.parts.town import Phone
from todoke.adapters.fakes import TurnedClock
from todoke.core.errors import TodokeError
from todoke.core.words import LANGUAGES
from todoke.journeys import (
    apply,
    attachments,
    audit,
    bills,
    deliver,
    devices,
    leaving,
    login,
    my_data,
    pay,
    residents,
    session,
    subscribe,
)
from todoke.journeys.my_data import Person
from todoke.journeys.tick import relay_outbox
from todoke.ports import Create, Message, Put, Record, Replace, Services, Store, Write
from todoke.store_schema import LANES, RECORDS

PHOTO = b"\xff\xd8\xff picture"
#: stands in everything of the other person
CANARY = "カナリアひみつ"


@pytest.fixture
def services(tmp_path: Path, stores: str) -> Services:
    made = replace(city(tmp_path), cleaner=QuickCleaner())
    topic = {"id": "nursery", "name": {"ja": "保育園"}}
    shape = {"topics": [topic], "areas": [], "cohorts": []}
    made.blobs.put("app.json", json.dumps(shape).encode())
    return made


def lives(services: Services, number: str, name: str) -> Session:
    """Somebody of whom the city keeps something of every kind."""
    someone = logged_in(services, number=number, name=name)
    account = services.store.get("account", someone.account)
    assert account is not None
    file = attachments.take(services, someone.resident, PHOTO + name.encode())
    attachments.take(services, someone.resident, PHOTO + b"2" + name.encode())
    sent = apply.Sent(PROCEDURE, "2026-11", answers(claimant_name=name, proofs=[file.id]))
    apply.submit(services, someone.resident, sent, f"key-of-{number}-{'x' * 20}")
    report = bills.import_csv(services, CASHIER, csv(row(f"A-{number}", number, title=name)))
    assert len(report.taken) == 1
    phone = Phone(int(number) + 40)
    shown, _ = subscribe.follow(services, {**phone.device(), "topics": ["nursery"]})
    devices.join(services, account, str(shown["token"]))
    login.new_letter_code(services, someone.resident)
    return someone


def person(services: Services, who: Session) -> Person:
    found = session.find(services, who.token)
    assert found is not None
    return Person(found[1], who.resident or None, found[0])


def test_every_kind_of_record_about_a_person_is_in_it_or_says_why_not() -> None:
    kinds = {kind for kind, each in RECORDS.items() if each.about_a_person}
    assert my_data.COLLECTORS.keys() | my_data.LEFT_OUT.keys() == kinds
    assert not my_data.COLLECTORS.keys() & my_data.LEFT_OUT.keys()


def test_what_is_left_out_and_what_is_sealed_has_words(services: Services) -> None:
    for language in LANGUAGES:
        for kind in my_data.LEFT_OUT:
            assert services.words.has(language, f"site.mydata.left.{kind}"), (language, kind)
        for kind in my_data.COLLECTORS:
            for part in ("name", "purpose", "keep"):
                assert services.words.has(language, f"site.records.{kind}.{part}"), (kind, part)


def test_all_of_hers_is_in_it_in_the_shape_that_is_told(services: Services) -> None:
    hanako = lives(services, "0000000001", "見本 はなこ")
    found = my_data.export(services, person(services, hanako))
    jsonschema.validate(json.loads(json.dumps(found)), my_data.schema())
    filled = {kind for kind, each in found["records"].items() if each}
    assert filled == set(my_data.COLLECTORS) - {
        *("checkout", "payment_event", "alarm", "mandate"),
    }
    text = json.dumps(found, ensure_ascii=False)
    assert "見本 はなこ" in text
    assert found["cut"] == []
    assert len(found["records"]["attachment"]) == 2
    acts = [
        each["act"] for each in my_data.collect(services, person(services, hanako)).records["audit"]
    ]
    assert acts[0] == "data_exported"


def test_whoever_reads_for_a_child_is_not_named_in_what_the_child_takes(
    services: Services,
) -> None:
    """Guardians, and those whom the city has cleared where 支援措置 protects the child."""
    kid = logged_in(services, number="0000000003", name="見本 こども")
    known = residents.get(services, kid.resident)
    assert known is not None
    readers = tuple(residents.id_of(services, each) for each in ("0000000001", "0000000002"))
    row = replace(known, guardians=readers, protected=True, shown_to=readers[:1])
    services.store.commit([Put(residents.row(services, row, residents.OWN).record)])
    text = json.dumps(my_data.export(services, person(services, kid)), ensure_ascii=False)
    assert "見本 こども" in text
    assert not any(each in text for each in readers)


def test_a_payment_comes_with_its_way_and_its_news(services: Services) -> None:
    hanako = logged_in(services)
    bill = bills.demonstration(services)
    pay.start_checkout(services, hanako.resident, bill, "ja")
    checkout = services.store.get("bill", bill)
    assert checkout is not None
    event = Record("payment_event", "evt-1", {"bill": bill, "kind": "paid", "at": 1})
    line = bills.ledger_line(services, bill, "paid", -1, "evt-1")
    services.store.commit([Create(event), line])
    found = my_data.collect(services, person(services, hanako)).records
    assert [each["id"] for each in found["bill"]] == [bill]
    assert sorted(str(each["entry"]) for each in found["ledger"]) == ["billed", "paid"]
    assert [len(found[kind]) for kind in ("checkout", "payment_event")] == [1, 1]
    assert "url" not in found["checkout"][0]


def test_nothing_of_anybody_else_is_in_it_and_nothing_that_opens_anything(
    services: Services,
) -> None:
    other = lives(services, "0000000002", CANARY)
    hanako = lives(services, "0000000001", "見本 はなこ")
    text = json.dumps(my_data.export(services, person(services, hanako)), ensure_ascii=False)
    assert CANARY not in text
    for each in (other.resident, other.account, residents.id_of(services, "0000000002")):
        assert each not in text
    theirs = my_data.collect(services, person(services, other)).records
    for kind, records in theirs.items():
        for record in records:
            assert "id" not in record or str(record["id"]) not in text, kind
    for who in (hanako, other):
        assert who.token not in text
        assert session.hashed(who.token) not in text
        for phone in devices.of_account(services, person(services, who).account):
            subscription = services.store.get("subscription", phone.id)
            assert subscription is not None
            for secret in ("endpoint", "auth", "p256dh", "token_hash", "topic_secret"):
                assert str(subscription.data[secret]) not in text, secret
    for clerk in services.store.find("staff_list", "all").records:
        assert clerk.id not in text


def test_an_account_of_nobody_has_the_part_of_the_account_alone(services: Services) -> None:
    lives(services, "0000000002", CANARY)
    nobody = logged_in(services, number="0000000009", linked=False)
    found = my_data.collect(services, person(services, nobody)).records
    assert {kind for kind, each in found.items() if each} == {"account", "credential", "session"}


def test_the_file_of_somebody_else_answers_as_none(services: Services) -> None:
    hanako = lives(services, "0000000001", "見本 はなこ")
    other = lives(services, "0000000002", CANARY)
    hers = [
        each.id for each in services.store.find("attachments_by_resident", hanako.resident).records
    ]
    _, body = my_data.file_of(services, person(services, hanako), hers[0])
    assert body.startswith(b"\xff\xd8\xff")
    said = []
    for who, id in ((other, hers[0]), (other, "F-00000-00000")):
        with pytest.raises(TodokeError) as refused:
            my_data.file_of(services, person(services, who), id)
        said.append((refused.value.code, refused.value.details))
    assert said[0] == said[1] == ("not_found", {})


def test_what_is_too_large_is_cut_and_says_so(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanako = logged_in(services)
    for number in range(30):
        noted = audit.entry(services, "system", f"act_{number}", "x/1", resident=hanako.resident)
        services.store.commit([noted])
    whole = my_data.collect(services, person(services, hanako))
    monkeypatch.setattr(my_data, "MAX_BYTES", 2500)
    found = my_data.collect(services, person(services, hanako))
    assert "audit" in found.cut
    assert 0 < len(found.records["audit"]) < len(whole.records["audit"])


# ------------------------------------------------------------------------------ leaving
def left_of(services: Services, who: Session) -> dict[str, int]:
    """Rows of the account, whatever opens them."""
    return {
        kind: len(services.store.find(index, who.account).records)
        for kind, index in leaving.CLEARED.items()
    }


def go_on(services: Services) -> None:
    cast("TurnedClock", services.clock).turn(services.store.lag)
    relay_outbox(services)
    for _ in range(20):
        if not sum(deliver.work(services, lane) for lane in LANES):
            return


def test_leaving_ends_what_opens_and_keeps_what_the_law_keeps(services: Services) -> None:
    hanako = lives(services, "0000000001", "見本 はなこ")
    other = lives(services, "0000000002", CANARY)
    again = logged_in(services, number="0000000001")
    who, theirs = person(services, hanako), left_of(services, other)
    leaving.erase_account(services, who.session, who.account)
    for each in (hanako, again):  # at once, before any job
        assert session.find(services, each.token) is None
    leaving.erase_account(services, who.session, who.account)  # twice is once
    go_on(services)
    assert left_of(services, hanako) == {"session": 0, "credential": 0, "account_device": 0}
    assert services.store.get("account", hanako.account) is None
    resident = services.store.get("resident", hanako.resident)
    assert resident is not None
    assert (resident.data["account"], resident.data["letter_code"]) == (None, None)
    assert len(apply.list_own(services, hanako.resident).records) == 1
    kept = services.store.find("attachments_by_resident", hanako.resident).records
    assert [each for each in kept if each.data["application"] is None] == []
    assert residents.get(services, hanako.resident) is not None
    assert devices.of_resident(services, hanako.resident) == []
    assert left_of(services, other) == theirs
    assert session.find(services, other.token)


def test_leaving_needs_the_card_and_needs_it_now(services: Services) -> None:
    hanako = logged_in(services, means="passkey")
    who = person(services, hanako)
    with pytest.raises(TodokeError) as refused:
        leaving.erase_account(services, who.session, who.account)
    assert refused.value.details["need"] == "card"
    assert session.find(services, hanako.token)


class Dying:
    """A store that dies at its n-th commit: before it, or after it and before the answer."""

    def __init__(self, store: Store, at: int, *, after: bool) -> None:
        self._store, self._left, self._after = store, at, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, writes: Sequence[Write]) -> None:
        self._left -= 1
        if self._left < 0 and not self._after:
            raise KeyboardInterrupt
        self._store.commit(writes)
        if self._left < 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_death_while_leaving_leaves_all_or_goes_on(
    services: Services, at: int, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "AT_ONCE", 1)
    hanako = lives(services, "0000000001", "見本 はなこ")
    who = person(services, hanako)
    dying = replace(services, store=cast("Store", Dying(services.store, at, after=after)))
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 (wherever it dies)
        leaving.erase_account(dying, who.session, who.account)
        relay_outbox(dying)
        leaving.clear(dying, _job(hanako))
    ended = services.store.get("account", hanako.account) is None
    assert ended == (at > 0 or after)
    if not ended:
        assert session.find(services, hanako.token)
        leaving.erase_account(services, who.session, who.account)
    assert session.find(services, hanako.token) is None
    leaving.clear(services, _job(hanako))
    leaving.clear(services, _job(hanako))  # the queue may bring it twice
    assert set(left_of(services, hanako).values()) == {0}


def _job(who: Session) -> Any:
    return Message(
        "1", LANES[0], {"act": leaving.ACT, "account": who.account, "resident": who.resident}, 1
    )


def test_a_card_that_began_anew_keeps_what_it_began(services: Services) -> None:
    """Between the end of the account and the clearing, the same card may log in again."""
    hanako = logged_in(services)
    who = person(services, hanako)
    leaving.erase_account(services, who.session, who.account)
    card = services.store.get("credential", f"card-of-{hanako.account}")
    assert card is not None
    fresh = session.new_account(services)
    moved = replace(card, data={**card.data, "account": fresh.id})
    services.store.commit([Create(fresh), Replace(moved)])
    go_on(services)
    assert services.store.get("credential", card.id) is not None
