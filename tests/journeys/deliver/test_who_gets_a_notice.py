"""Who gets a message about a notice, and what the message says and hides."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.parts.desk import DAY
from tests.parts.push_answers import messages
from tests.parts.town import Town
from todoke.journeys import pages, subscribe
from todoke.ports import PushMessage

pytestmark = pytest.mark.slow_on_aws


def _shown(message: PushMessage) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(message.body)["notification"]
    return shown


def test_everybody_who_follows_gets_one_message_and_the_notice_is_sent(town: Town) -> None:
    phones = town.joined(3)
    town.join(topics=["vaccines"])
    id = town.send()
    assert sorted(town.pushed()) == sorted(each.endpoint for each in phones)
    assert town.notice(id).data["state"] == "sent"
    assert town.outcomes(id) == {"accepted": 3}
    assert ("system", "sent", f"notice/{id}") in town.desk.acts()
    assert [each.id for each in town.desk.outbox()] == []


def test_by_default_a_message_says_only_that_a_notice_has_come(town: Town) -> None:
    town.join()
    id = town.send(urgency="high", title={"ja": "ひみつの題"}, text={"ja": "ひみつの文"})
    ((target, message),) = town.push.sent
    assert _shown(message) == {
        "title": "みなと野市",
        "body": "お知らせが届きました。開いて読んでください。",
        "navigate": f"{town.services.config.public_url}/inbox.html#{id}",
        "tag": id,
        "lang": "ja",
        "silent": False,
    }
    assert "ひみつ".encode() not in message.body
    assert message.urgency == "high"
    assert len(message.topic) == 32
    assert len(target.p256dh) == 65


def test_whoever_chose_so_sees_the_title_in_her_language(town: Town) -> None:
    for language in ("ja", "easy", "en"):
        town.join(language=language, show="title")
    id = town.send(title={"ja": "題", "easy": "だい"}, text={"ja": "文", "easy": "ぶん"})
    shown = {each["navigate"]: each["body"] for each in map(_shown, messages(town))}
    url = town.services.config.public_url
    assert shown == {
        f"{url}/inbox.html#{id}": "題",
        f"{url}/easy/inbox.html#{id}": "だい",
        f"{url}/en/inbox.html#{id}": "だい",
    }


def test_topics_on_the_wire_link_neither_people_nor_notices(town: Town) -> None:
    town.joined(3)
    town.send()
    town.send()
    assert len({each.topic for each in messages(town)}) == 6


def test_a_message_lives_until_the_notice_ends_and_28_days_at_most(town: Town) -> None:
    town.join()
    town.send(expires_at=town.clock.unix() + 5 * DAY)
    town.send(expires_at=town.clock.unix() + 60 * DAY)
    assert [each.ttl for each in messages(town)] == [5 * DAY, 28 * DAY]


def test_area_and_school_year_choose_who_gets_it(town: Town) -> None:
    choices: list[dict[str, Any]] = [
        {},
        {"area": "kita"},
        {"area": "kita", "cohorts": [2023]},
        {"area": "minato", "cohorts": [2023, 2024]},
        {"cohorts": [2024]},
    ]
    phones = [town.join(**each) for each in choices]
    town.desk.followers(whole=20, kita=20, kita_2023=20, any_2023=20)  # above the floor
    expected = {
        (None, None): {1, 2, 3, 4, 5},
        ("kita", None): {2, 3},
        (None, 2023): {3, 4},
        ("kita", 2023): {3},
    }
    for (area, cohort), numbers in expected.items():
        town.push.sent.clear()
        town.send(area=area, cohort=cohort)
        got = {each.number for each in phones if each.endpoint in town.pushed()}
        assert got == numbers, (area, cohort)


def test_whoever_follows_after_publication_is_not_pushed_to(town: Town) -> None:
    town.joined(2)
    town.announce()
    town.clock.turn(1)
    town.join()
    town.settle()
    assert len(town.pushed()) == 2


def test_a_paused_phone_is_passed_over_and_gets_the_next_one_afterwards(town: Town) -> None:
    phone = town.join()
    record = subscribe.subscription_of(town.services, phone.token)
    subscribe.change(town.services, record, {"paused_until": town.clock.unix() + DAY})
    id = town.send()
    assert town.pushed() == []
    assert town.outcomes(id) == {"skipped": 1}
    town.clock.turn(DAY)
    town.settle()
    assert town.pushed() == []
    town.send()
    assert town.pushed() == [phone.endpoint]


def test_nobody_follows_and_the_notice_is_sent_all_the_same(town: Town) -> None:
    id = town.send()
    assert (town.notice(id).data["state"], town.outcomes(id)) == ("sent", {})


def test_pages_follow_one_another_until_everybody_has_it(town: Town) -> None:
    phones = town.joined(2 * pages.PAGE + 5)
    id = town.send()
    assert sorted(town.pushed()) == sorted(each.endpoint for each in phones)
    assert town.outcomes(id) == {"accepted": len(phones)}
    assert town.notice(id).data["state"] == "sent"


def test_a_full_page_of_one_message_to_each_of_many_services_fits(town: Town) -> None:
    for number in range(pages.PAGE):
        town.join(f"https://wns{number}.notify.windows.com")
    id = town.send()
    assert town.outcomes(id) == {"accepted": pages.PAGE}
