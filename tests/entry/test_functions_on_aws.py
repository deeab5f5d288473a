"""The Lambda functions with their real services: DynamoDB, S3, SQS and Secrets Manager."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.parts import aws_city, aws_service
from tests.parts.sealing_keys import tell_secret
from todoke import assemble
from todoke.adapters import aws_client
from todoke.adapters.sqs import SqsQueue
from todoke.core.errors import TodokeError
from todoke.core.subscription import encode
from todoke.entry import aws
from todoke.journeys import audit, deliver, publish
from todoke.ports import Json, Message, Put, Record, Services, Write

pytestmark = pytest.mark.real
TRIES = 8


@pytest.fixture
def name(cloud: aws_service.Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A city's resources, without keys yet."""
    name = aws_city.name_of(tmp_path)
    aws_city.settle_all(name)
    monkeypatch.setenv("TODOKE_AWS__CITY", name)
    assemble.aws.cache_clear()
    aws._application.cache_clear()
    aws._services.cache_clear()
    yield name
    assemble.aws.cache_clear()
    aws._application.cache_clear()
    aws._services.cache_clear()


@pytest.fixture
def services(name: str, tmp_path: Path) -> Services:
    """A whole city, its site published."""
    tell_secret(name, tmp_path)
    services = assemble.aws()
    publish.publish_site(services)
    return services


def _told() -> TodokeError:
    with pytest.raises(TodokeError) as caught:
        assemble.aws()
    return caught.value


def test_without_a_name_or_keys_a_function_says_what_is_missing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (_told().code, _told().details["file"]) == ("keys_missing", f"{name}-keys")
    tell_secret(name, tmp_path, seal_key="c2hvcnQ=")
    assert _told().code == "keys_missing"
    monkeypatch.delenv("TODOKE_AWS__CITY")
    assert (_told().code, _told().details["field"]) == ("setting_invalid", "aws.city")


def test_the_production_profile_refuses_this_very_cloud(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_secret(name, tmp_path)
    monkeypatch.setenv("TODOKE_PROFILE", "production")
    assert _told().code == "production_refused"
    assert "other_aws" in str(_told().details["reasons"]).split()


def test_a_parent_follows_through_the_function_and_lies_in_dynamodb(services: Services) -> None:
    device = {
        "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/made-up",
        "keys": _browser_keys(),
    }
    choices = {"topics": ["nursery"], "area": None, "cohorts": [], "language": "ja"}
    sent = {**device, **choices, "show": "discreet"}
    answer = aws.subscriptions(
        {
            "rawPath": "/api/subscriptions",
            "requestContext": {"http": {"method": "POST", "sourceIp": "192.0.2.1"}},
            "headers": {
                "host": services.config.portal_host,
                "origin": services.config.public_url,
                "content-type": "application/json",
                "x-forwarded-proto": "http",
            },
            "body": json.dumps(sent),
        },
        None,
    )
    told = json.loads(base64.b64decode(answer["body"]))
    assert answer["statusCode"] == 201, told
    (follow,) = services.store.find("follows_by_topic", "nursery").records
    assert services.store.get("subscription", str(follow.data["subscription"])) is not None


def _entry(id: str, due_at: int = 0) -> Put:
    data: dict[str, Json] = {"act": "x", "body": {}, "lane": "urgent", "waiting": "waiting"}
    return Put(Record("outbox", id, {**data, "due_at": audit.sort_key(due_at)}))


def _post(monkeypatch: pytest.MonkeyPatch, *writes: Write) -> dict[str, Any]:
    """A request that commits so much and is answered."""

    def application(environ: Any, start_response: Any) -> list[bytes]:
        aws._services()[0].store.commit(writes)
        start_response("204 No Content", [])
        return [b""]

    http = {"method": "POST", "sourceIp": "192.0.2.1"}
    event = {"rawPath": "/x", "requestContext": {"http": http}, "headers": {}}
    with monkeypatch.context() as patched:
        patched.setattr(aws, "_application", lambda name: application)
        return aws.payments(event, None)


def test_what_a_function_has_asked_for_is_on_its_way_when_it_answers(
    services: Services, cloud: aws_service.Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not a minute later, when the tick comes; what cannot go now, it takes. No list needs to
    know of it, and what other functions asked for is left to them."""
    ahead = services.clock.unix() + 600
    services.store.commit([_entry("another function's")])
    cloud.late(1000)
    _post(monkeypatch, _entry("first"), _entry("not yet", ahead))
    assert services.queue.waiting("urgent") == 1
    assert services.store.get("outbox", "first") is None
    assert services.store.get("outbox", "not yet") is not None
    with monkeypatch.context() as broken:
        broken.setattr(SqsQueue, "send", _out_of_order)
        assert _post(monkeypatch, _entry("second"))["statusCode"] == 204
    _post(monkeypatch)
    assert services.queue.waiting("urgent") == 1, "nothing of an earlier request"
    cloud.late(0)
    aws.tick({}, None)
    assert services.queue.waiting("urgent") == 3


def _out_of_order(*_: object, **__: object) -> None:
    raise TodokeError("storage_unavailable")


def _browser_keys() -> dict[str, str]:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {"p256dh": encode(raw), "auth": encode(b"a" * 16)}


def test_of_a_batch_only_what_failed_is_kept(
    services: Services, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQS erases what is not named in the answer, and shows the rest again."""
    done: list[int] = []

    def did(_: Services, job: Message) -> None:
        done.append(int(str(job.body["n"])))

    monkeypatch.setitem(deliver._ACTS, "send_part", did)
    services.queue.send("bulk", {"act": "send_part", "n": 1})
    services.queue.send("bulk", {"act": "no such act"})
    services.queue.send("bulk", {"act": "send_part", "n": 2})
    aws_client.client("sqs").send_message(
        QueueUrl=SqsQueue(name, services.clock)._lanes["bulk"], MessageBody="no job at all"
    )
    event = _event(services, name, 4)
    answer = aws.delivery_bulk(event, None)
    failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
    bodies = {each["messageId"]: each["body"] for each in event["Records"]}
    assert sorted(done) == [1, 2]
    assert sorted(bodies[each] for each in failed) == ["no job at all", '{"act":"no such act"}']


def test_poison_ends_with_the_dead_letters_and_the_function_lives_on(
    services: Services, name: str, cloud: aws_service.Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("todoke.journeys.deliver.random.randint", lambda *_: 0)
    services.queue.send("urgent", {"act": "no such act", "n": 1})
    for _ in range(TRIES):
        event = _event(services, name, 1, "urgent")
        assert len(aws.delivery_urgent(event, None)["batchItemFailures"]) == 1
    assert list(services.queue.receive("urgent")) == []
    (dead,) = services.queue.dead_letters()
    assert (dead.body["n"], dead.tries) == (1, TRIES)
    assert services.queue.redrive() == 1
    assert services.queue.receive("urgent")[0].tries == 1


def _event(services: Services, name: str, count: int, lane: str = "bulk") -> dict[str, Any]:
    """What SQS gives a function: it has received for it."""
    queue = SqsQueue(name, services.clock)
    messages = list(queue._take(queue._lanes[lane], count, 600))
    assert len(messages) == count
    return {
        "Records": [
            {
                "messageId": each["MessageId"],
                "receiptHandle": each["ReceiptHandle"],
                "body": each["Body"],
                "attributes": each["Attributes"],
                "eventSource": "aws:sqs",
            }
            for each in messages
        ]
    }
