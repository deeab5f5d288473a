"""What a parent's inbox shows of a child's notices, and what it shows of nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parts.inbox import NOTICES, Page, alike
from tests.parts.letters import SECRET
from tests.parts.resident import Session, logged_in
from tests.parts.snapshots import LATER, line, take
from todoke.journeys import address, residents
from todoke.ports import Create

CHILD = "1003"


def family(guardians: str = "1001 1002") -> list[dict[str, str]]:
    child = {"氏名": "見本 たろう", "生年月日": "2020-04-01", "保護者の宛名番号": guardians}
    return [line("1001"), line("1002", 氏名="見本 一郎"), line(CHILD, **child)]


@pytest.fixture
def mother(page: Page) -> Session:
    take(page.town.services, *family())
    return logged_in(page.town.services, number="1001")


@pytest.fixture
def father(page: Page, mother: Session) -> Session:
    return logged_in(page.town.services, number="1002")


@pytest.fixture
def written(page: Page, mother: Session) -> str:
    """A notice to the child."""
    services = page.town.services
    values: Any = {"title": SECRET, "yen": "5,000", "due": "12/25"}
    child = residents.id_of(services, CHILD)
    writes = address.writes(services, child, "bill", "bill/B-00000-00000", **values)
    services.store.commit(writes)
    records = [each.record for each in writes if isinstance(each, Create)]
    return next(each.id for each in records if each.kind == "addressed_notice")


def listed(page: Page, who: Session) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.call(who, "GET", NOTICES).get_json()["notices"]
    return found


def test_the_childs_name_stands_beside_its_notice_and_nothing_else_of_it(
    page: Page, mother: Session, written: str
) -> None:
    answer = page.call(mother, "GET", NOTICES)
    (shown,) = answer.get_json()["notices"]
    assert (shown["id"], shown["child"]) == (written, "見本 たろう")
    text = answer.get_data(as_text=True)
    for word in ("2020", CHILD, "1002", residents.id_of(page.town.services, CHILD)):
        assert word not in text


def test_one_parent_cannot_tell_whether_the_other_has_opened_it(
    page: Page, mother: Session, father: Session, written: str
) -> None:
    before = page.call(father, "GET", NOTICES)
    opened = page.call(mother, "POST", f"{NOTICES}/{written}/opened", {})
    assert opened.status_code == 200
    alike(page.call(father, "GET", NOTICES), before)
    assert [each["opened"] for each in listed(page, mother)] == [True]
    history = page.call(father, "GET", "/api/me/history").get_data(as_text=True)
    assert written not in history


def test_whoever_the_register_no_longer_names_is_answered_as_anybody(
    page: Page, father: Session, written: str
) -> None:
    assert page.call(father, "POST", f"{NOTICES}/{written}/opened", {}).status_code == 200
    take(page.town.services, *family("1001"), on=LATER)
    assert listed(page, father) == []
    of_childs = page.call(father, "POST", f"{NOTICES}/{written}/opened", {})
    of_none = page.call(father, "POST", f"{NOTICES}/A-00000-00000/opened", {})
    alike(of_childs, of_none)
    child = residents.id_of(page.town.services, CHILD)
    taken = page.call(father, "GET", f"{NOTICES}?cursor={child}~")
    junk = page.call(father, "GET", f"{NOTICES}?cursor=junk")
    alike(taken, junk)
    assert junk.get_json()["error"] == "bad_field"
