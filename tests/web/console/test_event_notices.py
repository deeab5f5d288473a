"""A notice about an event begins with what the published list says of it."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import datetime

import pytest

from tests.parts.clerk import Clerk, Form
from tests.parts.desk import Desk
from todoke.core.places import Origin, Place, PlaceList, write
from todoke.journeys import notices
from todoke.journeys.audit import JST

HOSTILE = '<script>alert("1")</script>'
EVENT = Place(
    "V1", "(架空)冬のおはなし会", first="2026-12-05", last="2026-12-05", opens="10:30",
    closes="11:00", venue="(架空)中央図書館", fee="無料", phones=("000-000-0000",),
    about="絵本を3冊読みます。",
)  # fmt: skip


@pytest.fixture
def events(desk: Desk) -> None:
    over = replace(EVENT, id="V0", name="(架空)前の会", first="2020-01-01", last="2020-01-01")
    hostile = replace(EVENT, id="V2", name=HOSTILE, last="2026-12-06", about=HOSTILE)
    rows = PlaceList("events", Origin(), (over, hostile, EVENT))
    desk.services.blobs.put("places/events.json", write(rows))


@pytest.mark.usefixtures("events")
def test_an_event_fills_the_form_and_the_clerk_chooses_the_topic(desk: Desk, author: Clerk) -> None:
    page = author.get("/notices/new")
    assert '<a href="/notices/new?event=V1">' in page.text
    assert "V0" not in page.text, "what is over is no news"
    form = author.get("/notices/new?event=V1").text
    [text] = re.findall(r'<textarea[^>]*name="text-ja"[^>]*>\n(.*?)</textarea>', form, re.S)
    fields = {**Form(form).values, "text-ja": html.unescape(text)}
    missing = author.post("/notices/new", **{**fields, "topic": ""})
    assert missing.status_code == 422, "which families it is for, a person says"
    saved = author.post("/notices/new", **{**fields, "topic": "nursery"})
    assert saved.status_code == 303
    [record] = notices.listing(desk.services).records
    content = notices.content_of(record)
    assert content.title == {"ja": "(架空)冬のおはなし会"}
    assert content.text["ja"].split("\n") == [
        "2026年12月5日(土) 10:30から11:00まで",
        "絵本を3冊読みます。",
        "場所: (架空)中央図書館",
        "料金: 無料",
        "電話: 000-000-0000",
    ]
    ends = datetime(2026, 12, 5, 23, 59, tzinfo=JST)
    assert content.expires_at == int(ends.timestamp())


@pytest.mark.usefixtures("events")
def test_markup_in_an_event_is_text_in_the_form(author: Clerk) -> None:
    for address in ("/notices/new", "/notices/new?event=V2"):
        page = author.get(address)
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;" in page.text


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize("id", ["V0", "V9", "../V1"])
def test_an_event_that_is_over_or_not_listed_is_not_found(author: Clerk, id: str) -> None:
    assert author.get(f"/notices/new?event={id}").status_code == 404


def test_without_a_list_the_form_is_as_before(author: Clerk) -> None:
    page = author.get("/notices/new")
    assert page.status_code == 200
    assert "event=" not in page.text
