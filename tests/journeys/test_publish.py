"""Publish: whole or not at all."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from todoke import assemble
from todoke.core import notice
from todoke.core.errors import TodokeError
from todoke.core.notice import Content
from todoke.journeys import notices, publish
from todoke.ports import Create, Json, Record, Services

pytestmark = pytest.mark.slow_on_aws

KEPT = ("jt-nintei", "jt-koza")
EVENT = b"""
id: born
icon: birth
name: {ja: a, easy: b, en: c}
about: {ja: a, easy: b, en: c}
procedures: [jt-nintei]
"""


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """A city of two procedures: what is tested here does not depend on how many there are."""
    city = assemble.fake(tmp_path)
    left_out = ("procedures/", "events/", "todoke.toml")  # which names others of them
    site = {path: body for path, body in city.read_site().items() if not path.startswith(left_out)}
    for each in KEPT:
        site[f"procedures/{each}.yaml"] = city.read_site()[f"procedures/{each}.yaml"]
    site["events/born.yaml"] = EVENT
    return dataclasses.replace(city, read_site=lambda: site)


def with_file(services: Services, path: str, body: bytes) -> Services:
    """The same city with one file of its site replaced."""
    site: Mapping[str, bytes] = {**services.read_site(), path: body}
    return dataclasses.replace(services, read_site=lambda: site)


def everything(services: Services) -> Mapping[str, bytes]:
    folder = services.config.data / "public"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def published_notice(
    services: Services,
    number: str,
    state: str = "sent",
    published: bool = True,
    topic: str = "nursery",
) -> None:
    content = Content(topic, {"ja": "題名"}, {"ja": "本文"}, services.clock.unix() + 86400)
    data: dict[str, Json] = {
        "state": state,
        "content": notice.to_json(content),
        "author": "a",
        "published_at": services.clock.unix() if published else None,
        "reason": "まちがい" if state == "recalled" else None,
        "created_at": services.clock.unix(),
        "changed_at": services.clock.unix(),
        "all": "all",
        "order": f"{services.clock.unix():012d}",
    }
    record = Record("notice", number, data)
    if published:
        record = dataclasses.replace(record, data={**data, **notices.publication(services, record)})
    services.store.commit([Create(record)])


def test_the_first_publish_serves_every_procedure(services: Services) -> None:
    report = publish.publish_site(services)
    assert (report.release, report.changed, report.procedures) == (1, True, 2)
    page = services.blobs.get("procedures/jt-nintei.html")
    assert page is not None
    assert page.content_type.startswith("text/html")
    assert services.blobs.get("notices/index.html")
    assert services.blobs.get("feeds/all.atom")


def test_publishing_the_same_again_changes_nothing(services: Services) -> None:
    publish.publish_site(services)
    before = everything(services)
    report = publish.publish_site(services)
    assert (report.release, report.changed) == (1, False)
    assert everything(services) == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("procedures/jt-nintei.yaml", b"id: jt-nintei\nnome: {}\n"),
        ("procedures/jt-nintei.yaml", b"id: [\n"),
        ("topics/allowance.yaml", b"id: allowance\n"),
        ("areas.yaml", b"areas: 1\n"),
    ],
)
def test_a_bad_file_leaves_the_published_site_as_it_was(
    services: Services, path: str, body: bytes
) -> None:
    publish.publish_site(services)
    before = everything(services)
    with pytest.raises(TodokeError) as caught:
        publish.publish_site(with_file(services, path, body))
    assert caught.value.code == "site_file_invalid"
    assert caught.value.details["file"] == f"site/{path}"
    assert everything(services) == before
    assert services.blobs.current_release() == 1


def test_one_changed_file_becomes_a_new_release(services: Services) -> None:
    publish.publish_site(services)
    body = services.read_site()["procedures/jt-nintei.yaml"].replace(
        "子どもを育てている父母".encode(), "ここを変えた父母".encode()
    )
    report = publish.publish_site(with_file(services, "procedures/jt-nintei.yaml", body))
    assert (report.release, report.changed) == (2, True)
    page = services.blobs.get("procedures/jt-nintei.html")
    assert page is not None
    assert "ここを変えた父母" in page.body.decode()


def test_published_notices_are_printed_again_with_the_site(services: Services) -> None:
    published_notice(services, "N-2026-0001")
    published_notice(services, "N-2026-0002", "recalled")
    report = publish.publish_site(services)
    assert report.notices == 2
    page = services.blobs.get("en/notices/N-2026-0001.html")
    assert page is not None
    feed = services.blobs.get("feeds/nursery.json")
    assert feed is not None
    found = {each["id"]: each["withdrawn"] for each in json.loads(feed.body)["items"]}
    assert found == {"N-2026-0001": False, "N-2026-0002": True}


def test_a_busy_topic_pushes_no_other_one_out_of_its_feed(services: Services) -> None:
    city = assemble.fake(services.config.data, notices={"feed_items": 10})
    city = dataclasses.replace(city, read_site=services.read_site)
    publish.publish_site(city)
    published_notice(city, "N-2026-0001", topic="pregnancy")
    for number in range(2, 14):
        published_notice(city, f"N-2026-{number:04d}")
    publish.publish_site(city)
    ids = {}
    for feed in ("all", "nursery", "pregnancy"):
        blob = city.blobs.get(f"feeds/{feed}.json")
        assert blob is not None
        ids[feed] = [int(each["id"][-2:]) for each in json.loads(blob.body)["items"]]
    newest = list(range(13, 3, -1))
    assert ids == {"all": newest, "nursery": newest, "pregnancy": [1]}


@pytest.mark.parametrize("state", ["draft", "asked", "approved", "recalled"])
def test_what_was_not_published_never_gets_out(services: Services, state: str) -> None:
    published_notice(services, "N-2026-0003", state, published=False)
    assert publish.publish_site(services).notices == 0
    assert services.blobs.get("notices/N-2026-0003.html") is None
    feed = services.blobs.get("feeds/all.json")
    assert feed is not None
    assert b"N-2026-0003" not in feed.body


def test_a_page_that_differs_from_the_record_is_written_again(services: Services) -> None:
    published_notice(services, "N-2026-0001")
    services.blobs.put("notices/N-2026-0001.html", b"an older look")
    publish.publish_site(services)
    page = services.blobs.get("notices/N-2026-0001.html")
    assert page is not None
    assert "本文" in page.body.decode()


def test_long_work_tells_how_far_it_is(services: Services) -> None:
    told: list[str] = []
    publish.publish_site(services, lambda what, _done, _of: told.append(what))
    assert told[0] == "read"
    assert told[-1] == "done"
    assert {"print", "release"} <= set(told)


def test_checking_publishes_nothing(services: Services) -> None:
    assert len(publish.read_catalogue(services).procedures) == 2
    assert services.blobs.current_release() == 0
