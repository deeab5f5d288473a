"""What a tick asks of DynamoDB for the alarms: the same few requests, however many phones wait."""

from __future__ import annotations

import pytest

from tests.parts import aws_service
from tests.parts.town import Town
from tests.parts.waking import HOUR, asleep
from todoke.core.alarm import SHARDS
from todoke.journeys import alarms

pytestmark = [pytest.mark.only_on_aws, pytest.mark.real]


def _requests(cloud: aws_service.Aws, town: Town) -> dict[str, int]:
    """By name, of one tick's part in the alarms."""
    before = cloud.calls()
    alarms.queue_due(town.services, 1)
    after = cloud.calls()
    changed = {name: after[name] - before.get(name, 0) for name in after}
    return {name: number for name, number in changed.items() if number}


@pytest.fixture
def calm(town: Town, cloud: aws_service.Aws) -> Town:
    """A town on a day without faults: each request counts once."""
    cloud.faults()
    return town


@pytest.mark.parametrize("phones", [0, 30])
def test_a_minute_in_which_nothing_is_due_costs_one_request_for_each_list(
    calm: Town, cloud: aws_service.Aws, phones: int
) -> None:
    asleep(calm, phones, 2 * HOUR)
    assert _requests(cloud, calm) == {"Query": SHARDS}


def test_what_is_due_is_read_at_most_a_page_from_each_list(
    calm: Town, cloud: aws_service.Aws
) -> None:
    asleep(calm, 30)
    calm.clock.turn(HOUR)
    asked = _requests(cloud, calm)
    # what the lists name, and the mark of the clock; chance may have left a list empty
    assert 2 <= asked.pop("BatchGetItem") <= SHARDS + 1
    assert asked == {
        "Query": SHARDS,
        "SendMessage": 1,
        "TransactWriteItems": 1,  # all are put off in one commit
    }
