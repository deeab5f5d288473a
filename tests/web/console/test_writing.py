"""Writing at the desk: the whole way of a notice, and refusals that keep every word."""

from __future__ import annotations

import html
import logging
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.parts.clerk import Clerk, Elements, approval, draft, enter, filled
from tests.parts.desk import Desk
from todoke.core.errors import TodokeError
from todoke.journeys import announce, notices
from todoke.ports import Page
from todoke.web import guard
from todoke.web.app import create_app

NUMBER = "053703296641"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}'


def test_a_notice_goes_from_the_authors_form_to_the_approvers_button(
    desk: Desk, author: Clerk, approver: Clerk
) -> None:
    desk.followers(whole=2946)
    id = draft(author, title_easy="ほいくえん", text_easy="12月4日までに 申し込んで ください。")
    assert "2,946台" in author.get(f"/notices/{id}").text
    assert author.post(f"/notices/{id}/ask").status_code == 303
    assert f"/notices/{id}/approve" in approver.get("/").text
    sent = approval(approver, id, "２９４６")
    assert sent.headers["Location"] == f"/notices/{id}/result?done=approved"
    assert [each.data["act"] for each in desk.outbox()] == ["publish_notice"]
    announce.publish_notice(desk.services, id)
    assert "送っています" in approver.get(f"/notices/{id}/result").text
    recalled = author.post(f"/notices/{id}/recall", reason="日付に誤りがありました")
    assert recalled.status_code == 303
    assert "日付に誤りがありました" in author.get(f"/notices/{id}").text
    assert notices.get(desk.services, id).data["state"] == "recalled"


def test_the_same_form_sent_twice_makes_one_notice(desk: Desk, author: Clerk) -> None:
    fields = filled(author.get("/notices/new"))
    first = author.post("/notices/new", **fields)
    second = author.post("/notices/new", **fields)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(notices.listing(desk.services).records) == 1


def test_a_time_to_send_is_japanese_wall_clock_in_any_width(desk: Desk, author: Clerk) -> None:
    at = {"year": "２０２６", "month": "12", "day": "1", "hour": "９", "minute": "30"}
    id = draft(author, when="later", **{f"send_{name}": value for name, value in at.items()})
    assert notices.send_at_of(notices.get(desk.services, id)) == 1_796_085_000  # 00:30 UTC
    assert "12月1日(火) 9:30" in author.get(f"/notices/{id}").text


def test_the_two_links_of_a_notice_keep_their_rows(desk: Desk, author: Clerk) -> None:
    id = draft(author, link_1_url="/topics.html", link_1_label="話題")
    (link,) = notices.content_of(notices.get(desk.services, id)).links
    assert (link.url, link.label) == ("/topics.html", "話題")


def test_an_empty_form_lists_what_to_mend_with_links_to_the_fields(author: Clerk) -> None:
    page = author.post(
        "/notices/new", **{**filled(author.get("/notices/new")), "topic": "", "title-ja": ""}
    )
    assert page.status_code == 422
    for field in ("topic", "title-ja"):
        assert f'href="#{field}"' in page.text
        assert f'id="e-{field}"' in page.text
        tag = re.search(rf'<(input|select)[^>]*id="{field}"[^>]*>', page.text)
        assert tag
        assert 'aria-invalid="true"' in tag.group()
        assert f"e-{field}" in tag.group()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expires_month": "2", "expires_day": "31"}, "expires-year"),
        ({"expires_year": "らいねん"}, "expires-year"),
        ({"when": "later", "send_year": ""}, "send-year"),
        ({"cohort": "9999999"}, "cohort"),
        ({"area": "nowhere"}, "area"),
        ({"link_1_url": "https://evil.test/", "link_1_label": "外"}, "link-1-url"),
        ({"text_ja": "bit.ly/x を見てください"}, "text-ja"),
        ({"urgency": "now!"}, "urgency"),
    ],
)
def test_a_refused_form_keeps_every_word_and_names_the_field(
    desk: Desk, author: Clerk, changes: dict[str, str], field: str
) -> None:
    page = author.post("/notices/new", **filled(author.get("/notices/new"), **changes))
    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert 'value="保育園の申込は12月4日(金)まで"' in page.text
    for value in changes.values():
        assert html.escape(value) in page.text or value in ("nowhere", "9999999", "now!", "later")
    assert not notices.listing(desk.services).records


def test_a_my_number_is_refused_with_the_reason_and_neither_stored_nor_logged(
    desk: Desk, author: Clerk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    spaced = "0537 0329 6641"
    page = author.post(
        "/notices/new", **filled(author.get("/notices/new"), text_ja=f"番号は {spaced} です")
    )
    assert page.status_code == 422
    assert "マイナンバー" in page.text
    id = draft(author)
    author.post(f"/notices/{id}/ask")
    for act in ("return", "recall"):
        assert author.post(f"/notices/{id}/{act}", reason=NUMBER).status_code == 422
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for number in (NUMBER, spaced):
        assert number.encode() not in stored
        assert number not in caplog.text


def test_hostile_text_stays_text_on_every_page(desk: Desk, author: Clerk, approver: Clerk) -> None:
    short = HOSTILE[:40]
    id = draft(
        author,
        title_ja=short,
        text_ja=HOSTILE,
        title_en=short,
        text_en=HOSTILE,
        link_0_url="/topics.html?x=%22",
        link_0_label=HOSTILE[:60],
    )
    author.post(f"/notices/{id}/ask")
    approver.post(f"/notices/{id}/return", reason=HOSTILE)
    pages = [author.get(path) for path in ("/", "/notices", f"/notices/{id}")]
    pages.append(author.get(f"/notices/{id}/edit"))
    author.post(f"/notices/{id}/ask")
    pages += [approver.get(path) for path in (f"/notices/{id}/approve", f"/notices/{id}/result")]
    pages.append(author.get(f"/notices?number={HOSTILE}"))
    pages.append(author.get(f"/audit?number={HOSTILE}&who={HOSTILE}&what=x&month={HOSTILE}"))
    for page in pages:
        assert page.status_code == 200
        parsed = Elements(page.text)
        assert not parsed.tags & {"script", "img", "iframe", "style"}
        assert not {each for each in parsed.attributes if each.startswith("on")} | (
            parsed.attributes & {"style", "srcdoc"}
        )
        assert "49" not in re.findall(r">(\d+)<", page.text)
    assert html.escape(HOSTILE) in pages[2].text.replace("&#34;", "&quot;").replace(
        "&#39;", "&#x27;"
    )


def test_a_colleagues_newer_version_is_shown_and_nobodys_words_are_lost(
    app: Flask, desk: Desk, author: Clerk
) -> None:
    colleague = enter(app, desk, desk.both)
    id = draft(author)
    mine, theirs = author.get(f"/notices/{id}/edit"), colleague.get(f"/notices/{id}/edit")
    saved = colleague.post(f"/notices/{id}/edit", **filled(theirs, title_ja="ふたばの題"))
    assert saved.status_code == 303
    page = author.post(f"/notices/{id}/edit", **filled(mine, title_ja="あおいの題"))
    assert page.status_code == 409
    for words in ("あおいの題", "ふたばの題", "見本 ふたば", "消えていません"):
        assert words in page.text
    again = author.post(f"/notices/{id}/edit", **filled(page, title_ja="あおいの題"))
    assert again.status_code == 303
    kept = notices.content_of(notices.get(desk.services, id))
    assert kept.title["ja"] == "あおいの題"


def test_an_oversize_form_is_refused_before_it_is_read(desk: Desk, author: Clerk) -> None:
    fields = filled(author.get("/notices/new"), text_ja="あ" * guard.MAX_FORM_BYTES)
    assert author.post("/notices/new", **fields).status_code == 413
    assert not notices.listing(desk.services).records


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"title-ja=%ff%fe&topic=nursery", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(600)), "application/x-www-form-urlencoded"),
        (b'{"title": 1}', "application/json"),
        (b"\xff\xfe=\x00", "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
    ],
)
def test_a_broken_form_is_a_documented_refusal(author: Clerk, body: bytes, kind: str) -> None:
    for path in ("/notices/new", "/language"):
        page = author.client.post(
            path,
            base_url=author.origin,
            data=body,
            content_type=kind,
            headers={"Origin": author.origin},
        )
        assert page.status_code in (303, 400, 415, 422)


@pytest.mark.parametrize(
    "path",
    [
        "/notices?cursor=%00",
        "/notices?cursor=nonsense",
        "/audit?cursor=nonsense",
        "/notices?state=x",
        "/notices/%00",
        "/notices/..%2F..",
        "/notices/" + "x" * 3000,
        "/audit?month=9999-99",
    ],
)
def test_a_made_up_address_is_never_a_defect(author: Clerk, path: str) -> None:
    assert author.get(path).status_code < 500


class NoLists:
    """A store that finds nothing at the moment."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def find(self, *_: Any, **__: Any) -> Page:
        raise TodokeError("storage_unavailable")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def test_a_refusal_stays_one_when_the_menu_of_its_page_cannot_be_counted(desk: Desk) -> None:
    id, store = desk.approved().id, NoLists(desk.services.store)
    author = enter(create_app(replace(desk.services, store=store)), desk, desk.author)
    refused = author.post(f"/notices/{id}/ask")
    assert refused.status_code == 409
    assert "notice_state" in refused.text
