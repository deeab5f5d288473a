"""The inbox of one resident: her notices and the history of acts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.parts.inbox import HISTORY, NOTICES, Page
from tests.parts.letters import SECRET, Neighbour
from tests.parts.town import Town
from todoke.core.words import LANGUAGES
from todoke.journeys import address, audit, devices, session
from todoke.ports import Record, Replace


def test_she_reads_her_notices_newest_first_in_three_languages(
    page: Page, hanako: Neighbour
) -> None:
    first = hanako.is_written_to("一つ目")
    page.town.clock.turn(60)
    second = hanako.is_written_to("二つ目")
    answer = page.call(hanako.session, "GET", NOTICES)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    body = answer.get_json()
    assert [each["id"] for each in body["notices"]] == [second, first]
    shown = body["notices"][0]
    fields = [
        "body",
        "child",
        "furigana",
        "id",
        "kind",
        "link",
        "opened",
        "principal",
        "published",
        "title",
    ]
    assert sorted(shown) == fields
    assert sorted(shown["furigana"]) == ["text", "title"]
    assert sorted(shown["title"]) == ["easy", "en", "ja"]
    assert (shown["kind"], shown["link"], shown["opened"]) == (
        "bill",
        "/bills/B-00000-00000",
        False,
    )
    assert shown["published"].endswith("+09:00")
    assert body["next"] is None


def test_many_letters_come_page_by_page_and_each_once(
    page: Page, hanako: Neighbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address, "MOST", 3)
    ids = [hanako.is_written_to() for _ in range(3)]
    for _ in range(4):
        page.town.clock.turn(1)
        services = page.town.services
        services.store.commit(
            address.writes(services, hanako.resident, "card_linked", f"account/{hanako.account.id}")
        )
    found: list[str] = []
    query = ""
    for _ in range(5):
        body = page.call(hanako.session, "GET", f"{NOTICES}{query}").get_json()
        found += [each["id"] for each in body["notices"]]
        if body["next"] is None:
            break
        query = f"?cursor={body['next']}"
    assert len(found) == len(set(found)) == 7
    assert set(ids) <= set(found)


def test_opening_counts_once(page: Page, hanako: Neighbour) -> None:
    id = hanako.is_written_to()
    first = page.call(hanako.session, "POST", f"{NOTICES}/{id}/opened", {})
    page.town.clock.turn(60)
    again = page.call(hanako.session, "POST", f"{NOTICES}/{id}/opened", {})
    assert first.get_json() == again.get_json()
    (shown,) = page.call(hanako.session, "GET", NOTICES).get_json()["notices"]
    assert shown["opened"] is True


def test_reading_the_list_opens_nothing(page: Page, hanako: Neighbour) -> None:
    id = hanako.is_written_to()
    page.call(hanako.session, "GET", NOTICES)
    record = page.town.services.store.get("addressed_notice", id)
    assert record is not None
    assert record.data["opened_at"] is None


def test_a_notice_whose_seal_is_broken_is_told_beside_the_others(
    page: Page, hanako: Neighbour
) -> None:
    good, bad = hanako.is_written_to(), hanako.is_written_to()
    store = page.town.services.store
    record = store.get("addressed_notice", bad)
    assert record is not None
    data = {**record.data, "sealed": "AAAA"}
    store.commit([Replace(Record(record.kind, record.id, data, record.version))])
    answer = page.call(hanako.session, "GET", NOTICES)
    shown = {each["id"]: each for each in answer.get_json()["notices"]}
    assert answer.status_code == 200
    assert SECRET in shown[good]["title"]["ja"]
    assert bad in shown[bad]["body"]["ja"]
    assert shown[bad]["link"] is None


def test_the_history_tells_who_did_what_to_her_record_by_role_and_not_by_name(
    page: Page, hanako: Neighbour
) -> None:
    town = page.town
    services = town.services
    clerk = town.desk._person(services, "見本 しずか", ["author", "caseworker"])
    for actor, act, subject, detail in (
        ("citizen", "application_submitted", "application/T-4K9Q2-7MX0R", {}),
        (clerk.id, "application_read", "application/T-4K9Q2-7MX0R", {"purpose": "review"}),
        ("system", "bill_paid", "bill/B-00000-00001", {}),
        ("staff-who-left", "bill_read", "bill/B-00000-00001", {}),
    ):
        town.clock.turn(60)
        services.store.commit(
            [audit.entry(services, actor, act, subject, detail, resident=hanako.resident)]
        )
    answer = page.call(hanako.session, "GET", HISTORY)
    shown = [(e["act"], e["by"], e["about"]) for e in answer.get_json()["entries"]][:4]
    assert shown == [
        ("bill_read", "city", "B-00000-00001"),
        ("bill_paid", "city", "B-00000-00001"),
        ("application_read", "caseworker", "T-4K9Q2-7MX0R"),
        ("application_submitted", "you", "T-4K9Q2-7MX0R"),
    ]
    purposes = [(e["purpose"], e["why"]) for e in answer.get_json()["entries"]][:4]
    assert purposes == [(None, None), (None, None), (None, "review"), (None, None)]
    for secret in ("しずか", clerk.id, hanako.resident, hanako.session.account, "staff-who-left"):
        assert secret not in answer.get_data(as_text=True)


def test_the_history_comes_page_by_page(page: Page, hanako: Neighbour) -> None:
    services = page.town.services
    for _ in range(120):
        page.town.clock.turn(1)
        services.store.commit(
            [audit.entry(services, "system", "bill_issued", "bill/B-1", resident=hanako.resident)]
        )
    seen, query = 0, ""
    for _ in range(10):
        body = page.call(hanako.session, "GET", f"{HISTORY}{query}").get_json()
        seen += len([each for each in body["entries"] if each["act"] == "bill_issued"])
        if body["next"] is None:
            break
        query = f"?cursor={body['next']}"
    assert seen == 120


def test_every_act_that_journeys_write_into_a_history_has_its_words(town: Town) -> None:
    """States, moves and flags make names at run time; a name without words would be told as
    "used your record", which is true and says little."""
    acts = {f"application_{each}" for each in ("submitted", "mended", "read")}
    acts |= {f"application_{each}" for each in ("returned", "accepted", "refused")}
    acts |= {f"payment_{each}" for each in ("started", "paid", "pending", "amount_differs")}
    acts |= {f"{means}_{done}" for means in session.TIERS for done in ("added", "removed")}
    journeys = Path(devices.__file__).parent
    files = (
        "login",
        "session",
        "challenge",
        "passkeys",
        "bills",
        "bill_desk",
        "hand_over",
        "standing_in",
    )
    source = "".join((journeys / f"{each}.py").read_text("utf-8") for each in files)
    acts |= set(re.findall(r'noted\(services, \w+, "(\w+)"', source))
    acts |= set(re.findall(r'services, (?:who|who\.id|actor), "([a-z_]+)", [^)]*resident=', source))
    acts |= {
        "device_joined",
        "device_left",
        "device_taken",
        "attachment_read",
        "account_linked",
    }
    assert {"session_opened", "letter_code_made", "bill_imported", "bill_read"} <= acts
    for act in acts:
        for language in LANGUAGES:
            assert town.services.words.has(language, f"phone.history.act.{act}"), (language, act)
