"""The desk through its pages: closed to strangers, two people for every notice, words kept."""

from __future__ import annotations

import html
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.parts.desk import Desk
from todoke.core.notice import Person
from todoke.journeys import announce, notices, staff
from todoke.web import guard
from todoke.web.app import create_app

NUMBER = "053703296641"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}'


@dataclass(frozen=True, slots=True)
class Clerk:
    """A browser with a session (or none)."""

    client: FlaskClient
    origin: str

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, base_url=self.origin, headers={"Accept": "text/html"})

    def post(self, path: str, origin: str | None = None, **fields: str) -> TestResponse:
        headers = {"Accept": "text/html", "Origin": self.origin if origin is None else origin}
        return self.client.post(path, base_url=self.origin, data=fields, headers=headers)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.open(tmp_path)


@pytest.fixture
def app(desk: Desk) -> Flask:
    return create_app(desk.services)


def stranger(app: Flask, desk: Desk) -> Clerk:
    return Clerk(app.test_client(), desk.services.config.console_url)


def enter(app: Flask, desk: Desk, person: Person) -> Clerk:
    clerk = stranger(app, desk)
    code = staff.new_link(desk.services, person.id).code
    assert clerk.get(f"/enter/{code}").status_code == 200
    assert clerk.post(f"/enter/{code}").status_code == 303
    return clerk


@pytest.fixture
def author(app: Flask, desk: Desk) -> Clerk:
    return enter(app, desk, desk.author)


@pytest.fixture
def approver(app: Flask, desk: Desk) -> Clerk:
    return enter(app, desk, desk.approver)


def filled(page: TestResponse, **changes: str) -> dict[str, str]:
    """The form of a page as a browser would send it, changed as told (names with _ for -)."""
    found = Form(page.text).values
    good = {
        "topic": "nursery",
        "title-ja": "保育園の申込は12月4日(金)まで",
        "text-ja": "一次申込の締切は12月4日(金)です。",
    }
    return {**found, **good, **{name.replace("_", "-"): value for name, value in changes.items()}}


class Form(HTMLParser):
    """Names and values of the inputs of the main form of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select = ""
        self.feed(text[text.index('<main id="main"') :])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("type") not in ("checkbox", "radio"):
            self.values[given["name"]] = given.get("value", "")
        elif tag == "input" and "checked" in given:
            self.values[given["name"]] = given["value"]
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and ("selected" in given or self._select not in self.values):
            self.values[self._select] = given.get("value", "")


class Elements(HTMLParser):
    """Which elements and attributes a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def draft(clerk: Clerk, **changes: str) -> str:
    """Writes a draft through the pages; its number."""
    page = clerk.post("/notices/new", **filled(clerk.get("/notices/new"), **changes))
    assert page.status_code == 303, page.text
    found = re.search(r"N-\d{4}-\d{4}", page.headers["Location"])
    assert found
    return found.group()


def approval(clerk: Clerk, id: str, count: str, **changes: str) -> TestResponse:
    """All five ticks and the count."""
    seen = Form(clerk.get(f"/notices/{id}/approve").text).values.get("snapshot", "")
    ticks = dict.fromkeys(("dates", "audience", "links", "contact", "plain"), "1")
    fields = {"snapshot": seen, "count": count, "act": "approve", **ticks, **changes}
    return clerk.post(f"/notices/{id}/approve", **fields)


# ------------------------------------------------------------------ closed to strangers
PATHS = (
    "/",
    "/notices",
    "/notices/new",
    "/notices/N-2026-0001",
    "/notices/N-2026-0001/edit",
    "/notices/N-2026-0001/ask",
    "/notices/N-2026-0001/approve",
    "/notices/N-2026-0001/return",
    "/notices/N-2026-0001/recall",
    "/notices/N-2026-0001/result",
    "/audit",
    "/leave",
    "/language",
    "/enter/unknown",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.mark.parametrize("method", METHODS)
def test_without_a_session_every_path_is_the_same_404(app: Flask, desk: Desk, method: str) -> None:
    announce.draft(desk.services, desk.author, desk.content())
    clerk = stranger(app, desk)

    def answer(path: str) -> tuple[int, bytes, str | None]:
        headers = {"Accept": "text/html", "Origin": clerk.origin}
        page = clerk.client.open(path, method=method, base_url=clerk.origin, headers=headers)
        return page.status_code, page.data, page.headers.get("Allow")

    unknown = answer("/no-such-page")
    assert unknown[0] == 404
    for path in PATHS:
        assert answer(path) == unknown, path


def test_a_foreign_form_without_a_session_finds_nothing_either(app: Flask, desk: Desk) -> None:
    clerk = stranger(app, desk)
    for path in PATHS:
        if not path.startswith("/enter"):
            assert clerk.post(path, origin="https://evil.test").status_code == 404, path


def test_the_list_of_paths_above_is_every_route_of_the_desk(app: Flask, desk: Desk) -> None:
    host = desk.services.config.console_host
    rules = {each.rule for each in app.url_map.iter_rules() if each.host == host}
    known = {re.sub("N-2026-0001", "<id>", path).replace("unknown", "<code>") for path in PATHS}
    assert rules - {"/assets/<path:name>"} == known


def test_the_desk_does_not_exist_on_the_portal_host(app: Flask, desk: Desk) -> None:
    portal = desk.services.config.public_url
    page = app.test_client().get("/notices/new", base_url=portal)
    assert page.status_code == 404


def test_with_a_session_a_wrong_method_is_405_and_an_unknown_notice_404(author: Clerk) -> None:
    assert author.get("/notices/N-2026-0001/ask").status_code == 405
    assert author.get("/notices/N-2026-0001").status_code == 404


# ------------------------------------------------------------------ coming and going
def test_opening_a_link_spends_nothing_and_the_button_spends_it(app: Flask, desk: Desk) -> None:
    code = staff.new_link(desk.services, desk.author.id).code
    clerk = stranger(app, desk)
    assert clerk.get(f"/enter/{code}").status_code == 200
    assert clerk.get(f"/enter/{code}").status_code == 200
    entered = clerk.post(f"/enter/{code}")
    cookie = entered.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert clerk.get("/").status_code == 200
    for again in (stranger(app, desk).get(f"/enter/{code}"), clerk.post(f"/enter/{code}")):
        assert again.status_code == 404


def test_an_expired_link_is_404(app: Flask, desk: Desk) -> None:
    code = staff.new_link(desk.services, desk.author.id).code
    desk.clock.turn(staff.LINK_SECONDS)
    assert stranger(app, desk).get(f"/enter/{code}").status_code == 404


def test_another_site_cannot_spend_a_link(app: Flask, desk: Desk) -> None:
    code = staff.new_link(desk.services, desk.author.id).code
    for origin in ("https://evil.test", "null", desk.services.config.public_url, ""):
        page = stranger(app, desk).post(f"/enter/{code}", origin=origin)
        assert page.status_code == 403
    assert staff.is_open(desk.services, code)


def test_over_https_the_cookie_is_bound_to_the_host(tmp_path: Path) -> None:
    desk = Desk.open(tmp_path, public_url="https://todoke.minatono.example")
    app = create_app(desk.services)
    clerk = stranger(app, desk)
    code = staff.new_link(desk.services, desk.author.id).code
    cookie = clerk.post(f"/enter/{code}").headers["Set-Cookie"]
    assert cookie.startswith("__Host-")
    assert "Secure" in cookie
    assert "Path=/" in cookie


def test_a_session_ends_after_twelve_hours_and_by_leaving(
    app: Flask, desk: Desk, author: Clerk
) -> None:
    other = enter(app, desk, desk.author)
    assert other.post("/leave").status_code == 200
    assert other.get("/").status_code == 404
    desk.clock.turn(staff.SESSION_SECONDS)
    assert author.get("/").status_code == 404


def test_a_stolen_cookie_is_dead_after_leaving(app: Flask, desk: Desk, author: Clerk) -> None:
    name = "todoke-staff"
    token = author.client.get_cookie(name, domain=desk.services.config.console_host.split(":")[0])
    assert token is not None
    author.post("/leave")
    thief = stranger(app, desk)
    thief.client.set_cookie(name, token.value, domain="console.localhost")
    assert thief.get("/").status_code == 404


def test_a_form_from_another_origin_changes_nothing(desk: Desk, author: Clerk) -> None:
    fields = filled(author.get("/notices/new"))
    for origin in ("https://evil.test", "null", desk.services.config.public_url, ""):
        assert author.post("/notices/new", origin=origin, **fields).status_code == 403
    assert not notices.listing(desk.services).records


def test_every_page_lets_forms_send_their_origin_and_is_never_stored(author: Clerk) -> None:
    id = draft(author)
    for path in ("/", "/notices", f"/notices/{id}", f"/notices/{id}/edit", "/audit"):
        page = author.get(path)
        assert page.status_code == 200
        # no-referrer would turn the Origin of our own forms into "null"
        assert page.headers["Referrer-Policy"] != "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"


# ------------------------------------------------------------------ the whole way
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


# ------------------------------------------------------------------ refused, with words kept
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


# ------------------------------------------------------------------ the second person
def test_a_small_segment_is_refused_and_the_next_wider_one_offered(
    desk: Desk, author: Clerk
) -> None:
    desk.followers(whole=187, kita=96, kita_2023=4)
    id = draft(author, area="kita", cohort="2023")
    for page in (author.get(f"/notices/{id}"), author.post(f"/notices/{id}/ask")):
        assert "10台より少ない" in page.text
        assert "90台以上" in page.text
        assert "4台" not in page.text
    assert notices.get(desk.services, id).data["state"] == "draft"


def test_who_wrote_it_cannot_approve_it_by_any_button(app: Flask, desk: Desk) -> None:
    clerk = enter(app, desk, desk.both)
    id = draft(clerk)
    clerk.post(f"/notices/{id}/ask")
    assert clerk.get(f"/notices/{id}/approve").status_code == 403
    seen = str(notices.get(desk.services, id).data["snapshot"])
    page = approval(clerk, id, "10", snapshot=seen)
    assert page.status_code == 403
    assert "2人目になれません" in page.text
    assert f"/notices/{id}/approve" not in clerk.get("/").text
    assert not desk.outbox()
    assert (desk.both.id, "refused", f"notice/{id}") in desk.acts()


def test_an_author_without_the_role_cannot_approve(desk: Desk, author: Clerk) -> None:
    record = desk.asked()
    page = approval(author, record.id, "10", snapshot=str(record.data["snapshot"]))
    assert page.status_code == 403
    assert notices.get(desk.services, record.id).data["state"] == "asked"


def test_an_approver_without_the_role_cannot_write(desk: Desk, approver: Clerk) -> None:
    record = announce.draft(desk.services, desk.author, desk.content())
    fields = filled(approver.get(f"/notices/{record.id}/edit"), title_ja="直した題")
    for path in (f"/notices/{record.id}/edit", "/notices/new"):
        page = approver.post(path, **{"form": "x" * 30, **fields})
        assert page.status_code == 403
    assert approver.post(f"/notices/{record.id}/ask").status_code == 403
    assert len(notices.listing(desk.services).records) == 1


@pytest.mark.parametrize("missing", ["dates", "audience", "links", "contact", "plain"])
def test_four_ticks_are_not_enough(desk: Desk, approver: Clerk, missing: str) -> None:
    record = desk.asked()
    seen = str(record.data["snapshot"])
    ticks = {"dates", "audience", "links", "contact", "plain"} - {missing}
    fields = {"snapshot": seen, "count": "10", "act": "approve", **dict.fromkeys(ticks, "1")}
    page = approver.post(f"/notices/{record.id}/approve", **fields)
    assert page.status_code == 422
    assert f'href="#tick-{missing}"' in page.text
    assert page.text.count(" checked") == 4
    assert not desk.outbox()


def test_enter_in_a_field_sends_nothing(desk: Desk, approver: Clerk) -> None:
    """A browser presses the first submit button of the form for Enter (HTML, implicit
    submission): it must be the harmless one."""
    record = desk.asked()
    page = approver.get(f"/notices/{record.id}/approve").text
    form = page[page.index(f'action="/notices/{record.id}/approve"') :]
    first = re.search(r"<button[^>]*>", form)
    assert first
    assert 'value="look"' in first.group()
    ticks = dict.fromkeys(("dates", "audience", "links", "contact", "plain"), "1")
    seen = str(record.data["snapshot"])
    for act in ({"act": "look"}, {}):
        looked = approver.post(
            f"/notices/{record.id}/approve", snapshot=seen, count="10", **ticks, **act
        )
        assert looked.status_code == 200
        assert "まだ送っていません" in looked.text
        assert looked.text.count(" checked") == 5
    assert not desk.outbox()


def test_only_the_field_for_the_number_takes_alt_9_on_the_approval(
    desk: Desk, approver: Clerk
) -> None:
    record = desk.asked()
    page = approver.get(f"/notices/{record.id}/approve").text
    assert re.findall(r"<(\w+)[^>]*accesskey=\"9\"", page) == ["input"]


def test_another_count_is_refused_and_the_ticks_are_kept(desk: Desk, approver: Clerk) -> None:
    desk.followers(whole=2946)
    record = desk.asked()
    page = approval(approver, record.id, "294")
    assert page.status_code == 422
    assert 'href="#count"' in page.text
    assert page.text.count(" checked") == 5
    assert 'value="294"' in page.text
    assert not desk.outbox()


def test_what_changed_after_she_saw_it_is_refused(desk: Desk, approver: Clerk) -> None:
    record = desk.asked()
    page = approval(approver, record.id, "10", snapshot="0" * 64)
    assert page.status_code == 409
    assert not desk.outbox()


def test_two_approvers_at_once_one_wins(app: Flask, desk: Desk) -> None:
    record = desk.asked()
    clerks = [enter(app, desk, desk.approver), enter(app, desk, desk.both)]
    seen = str(record.data["snapshot"])
    with ThreadPoolExecutor(2) as pool:
        pages = list(
            pool.map(lambda clerk: approval(clerk, record.id, "10", snapshot=seen), clerks)
        )
    assert sorted(page.status_code for page in pages) == [303, 409]
    assert len(desk.outbox()) == 1


def test_a_returned_notice_shows_its_reason_to_the_author(
    desk: Desk, author: Clerk, approver: Clerk
) -> None:
    id = draft(author)
    author.post(f"/notices/{id}/ask")
    assert approver.post(f"/notices/{id}/return", reason="曜日が\r\nちがいます").status_code == 303
    page = author.get(f"/notices/{id}")
    assert "曜日が ちがいます" in page.text
    assert "差し戻し" in author.get("/").text


def test_a_recall_without_a_reason_says_so_and_recalls_nothing(desk: Desk, approver: Clerk) -> None:
    record = desk.approved()
    page = approver.post(f"/notices/{record.id}/recall", reason=" ")
    assert page.status_code == 422
    assert 'href="#reason"' in page.text
    assert notices.get(desk.services, record.id).data["state"] == "approved"


# ------------------------------------------------------------------ reading
def test_results_below_the_floor_are_said_in_words(desk: Desk, author: Clerk) -> None:
    from todoke.ports import Count

    desk.followers(whole=2946)
    record = desk.approved()
    announce.publish_notice(desk.services, record.id)
    counted = {"accepted": 2941, "gone": 3}
    desk.services.store.commit([Count("delivery", record.id, counted)])
    page = author.get(f"/notices/{record.id}/result").text
    assert "2,941台" in page
    assert "10台より少ない" in page
    assert "3台" not in page


def test_results_of_a_narrow_segment_are_rounded_like_its_audience(
    desk: Desk, author: Clerk
) -> None:
    from todoke.ports import Count

    desk.followers(whole=187, kita=96)
    record = desk.approved(area="kita")
    desk.services.store.commit([Count("delivery", record.id, {"accepted": 96})])
    page = author.get(f"/notices/{record.id}/result").text
    assert "90台以上" in page
    assert "96台" not in page


def test_the_menu_holds_only_what_a_role_may_do(author: Clerk, approver: Clerk) -> None:
    assert "/notices/new" in author.get("/").text
    assert "state=asked" not in author.get("/").text
    assert "/notices/new" not in approver.get("/").text
    assert "state=asked" in approver.get("/").text


def test_empty_blocks_say_so_and_stay_in_their_order(author: Clerk) -> None:
    page = author.get("/").text
    order = [
        "住民が困っていること",
        "わたしの確認を待っているもの",
        "市の期限",
        "わたしの仕事",
        "いま動いているもの",
    ]
    assert all(title in page for title in order)
    assert page.count("ありません") == 5


def test_the_record_of_acts_is_filtered_by_who_what_and_number(
    desk: Desk, author: Clerk, approver: Clerk
) -> None:
    id = draft(author)
    other = draft(author, title_ja="ほかのお知らせ")
    author.post(f"/notices/{id}/ask")

    def rows(query: str) -> str:
        page = author.get(f"/audit?month=2026-11&{query}").text
        return page[page.index("<tbody>") :] if "<tbody>" in page else ""

    assert f"/notices/{other}" in rows("")
    assert f"/notices/{other}" not in rows(f"number={id.lower()}")
    assert f"/notices/{id}" in rows("what=asked")
    assert f"/notices/{other}" not in rows("what=asked")
    assert rows(f"who={desk.approver.id}").count("<tr") == 1  # she came to the desk


def test_a_number_leads_straight_to_its_notice(author: Clerk) -> None:
    id = draft(author)
    assert author.get(f"/notices?number={id.lower()}").headers["Location"] == f"/notices/{id}"
    assert "N-2026-9999" in author.get("/notices?number=N-2026-9999").text


def test_the_desk_speaks_english_when_asked(author: Clerk) -> None:
    assert author.post("/language", to="en").status_code == 303
    assert '<html lang="en">' in author.get("/").text
    assert author.post("/language", to="fr").status_code == 303
    assert '<html lang="en">' in author.get("/").text
    author.post("/language", to="ja")
    assert '<html lang="ja">' in author.get("/").text


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_fills_in_its_sentences(
    desk: Desk, author: Clerk, approver: Clerk, language: str
) -> None:
    for clerk in (author, approver):
        clerk.post("/language", to=language)
    desk.followers(whole=187, kita=4)
    id, small = draft(author), draft(author, area="kita", cohort="2023")
    author.post(f"/notices/{id}/ask")
    pages = [approver.get(path) for path in ("/", "/notices", "/audit", f"/notices/{id}/approve")]
    pages += [author.get(f"/notices/{each}") for each in (id, small)]
    pages += [author.get("/notices/new"), author.get(f"/notices/{small}/edit")]
    pages += [author.post("/notices/new"), author.post(f"/notices/{small}/ask")]
    pages += [approval(approver, id, "1"), approval(author, id, "1"), approval(approver, id, "187")]
    pages += [approver.get(f"/notices/{id}/{part}") for part in ("result", "approve")]
    pages += [approver.get(f"/notices/{id}?done=approved"), approver.get("/notices?number=N-1")]
    for page in pages:
        assert page.status_code < 500
        assert not re.search(r"\{\w+\}|Undefined|\bNone\b(?!<)", page.text)


def test_the_stylesheet_named_on_a_page_is_in_the_release(desk: Desk, app: Flask) -> None:
    from todoke.journeys import publish

    publish.publish_site(desk.services)
    clerk = enter(app, desk, desk.author)
    page = clerk.get("/").text
    for address in re.findall(r'<link rel="(?:stylesheet|icon)"[^>]*href="([^"]+)"', page):
        assert clerk.get(address).status_code == 200
        assert stranger(app, desk).get(address).status_code == 200


def test_the_desk_needs_no_script_and_no_inline_style() -> None:
    templates = Path(__file__).parents[2] / "templates" / "console"
    for path in templates.glob("*.html"):
        text = path.read_text("utf-8")
        assert "<script" not in text, path.name
        assert "style=" not in text, path.name
        assert "| safe" not in text, path.name
        assert not re.search(r"\son\w+=", text), path.name
