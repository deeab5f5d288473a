"""A cashier at her desk: the book, one bill, and a file of bills looked at before it comes in."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.parts.case_desk import CaseDesk
from tests.parts.clerk import Clerk, Elements, Form, enter
from todoke.core import csv_file
from todoke.entry.server import LARGE_BODIES, MAX_BODY_BYTES, MAX_SMALL_BODY_BYTES
from todoke.journeys import bill_desk, bills
from todoke.web import console_bills

HEADER = "宛名番号,請求番号,種別,件名,金額,納期限"
GOOD = "0000000001,MIHON-1,保育料,保育料 11月,24000,2026-12-28"


@pytest.fixture
def cashier(app: Flask, desk: CaseDesk) -> Clerk:
    return enter(app, desk.desk, desk.cashier)


def csv(*lines: str) -> bytes:
    return "\r\n".join((HEADER, *lines, "")).encode()


def upload(clerk: Clerk, body: bytes, origin: str | None = None) -> TestResponse:
    # by hand: werkzeug's own client would spill a large file into a temporary one
    head = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="seikyu.csv"\r\n\r\n'
    headers = {
        "Accept": "text/html",
        "Origin": clerk.origin if origin is None else origin,
        "Content-Type": "multipart/form-data; boundary=cut",
    }
    data = head + body + b"\r\n--cut--\r\n"
    return clerk.client.post("/bills/import", base_url=clerk.origin, data=data, headers=headers)


def confirm(clerk: Clerk, page: TestResponse) -> TestResponse:
    return clerk.post("/bills/import", **Form(page.text).values)


def stored(desk: CaseDesk) -> list[bills.Bill]:
    return list(bill_desk.listing(desk.services, desk.cashier, "open").bills)


def test_a_file_is_looked_at_first_and_brought_in_by_the_button(
    desk: CaseDesk, cashier: Clerk
) -> None:
    looked = upload(cashier, csv(GOOD))
    assert "まだ1行も入れていません" in looked.text
    assert "24,000円" in looked.text
    assert "断られた行は、入れられません" not in looked.text, "none was refused"
    assert "断られた行は、入れられません" in upload(cashier, csv(GOOD, "x")).text
    assert not stored(desk)
    done = confirm(cashier, looked)
    assert "1件を取り込みました" in done.text
    assert [each.yen for each in stored(desk)] == [24000]
    assert desk.letters()[0].kind == "bill"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_the_encodings_of_japan_are_read_alike(
    desk: CaseDesk, cashier: Clerk, encoding: str
) -> None:
    body = csv(GOOD).decode().encode(encoding)
    confirm(cashier, upload(cashier, body))
    assert [each.title for each in stored(desk)] == ["保育料 11月"]


def test_bad_lines_are_refused_by_number_and_reason_and_the_others_come_in(
    desk: CaseDesk, cashier: Clerk
) -> None:
    body = csv(
        GOOD,
        "0000000001,MIHON-2,保育料,保育料 11月,24000円,2026-12-28",
        "9999999999,MIHON-3,保育料,保育料 11月,24000,2026-12-28",
        "0000000001,MIHON-4,保育料,保育料 11月,24000,2026-02-31",
        "0000000001,MIHON-1,保育料,保育料 12月,24000,2026-12-28",
        "0000000001,MIHON-5,保育料",
    )
    page = upload(cashier, body)
    line = r'<tr class="warm"><td class="r nw">(\d+)</td><td class="nw">([^<]*)'
    rows = re.findall(line, page.text)
    assert rows == [
        ("3", "金額"),
        ("4", "宛名番号"),
        ("5", "納期限"),
        ("6", "請求番号"),
        ("7", "行ぜんたい"),
    ]
    assert "csv_" not in page.text
    # what stands in a refused line is not repeated: it may be anything
    assert "24000円" not in page.text
    assert "9999999999" not in page.text
    done = confirm(cashier, page)
    assert "断った行が 5行" in done.text
    assert len(stored(desk)) == 1


def test_the_same_file_again_makes_nothing(desk: CaseDesk, cashier: Clerk) -> None:
    page = upload(cashier, csv(GOOD))
    for _ in range(2):
        confirm(cashier, page)
    assert len(stored(desk)) == 1
    assert len(desk.letters()) == 1
    again = upload(cashier, csv(GOOD))
    assert "取り込める行がありません" in again.text
    assert 'name="file" value=' not in again.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\x01\x02",
        b"\xff\xfe" + "宛名番号".encode("utf-16-le"),
        b"a,b,c\n1,2,3\n",
        HEADER.encode() + b'\n"unclosed',
        b"PK\x03\x04 an xlsx renamed",
        b"<script>alert(1)</script>,x\n",
    ],
)
def test_junk_is_no_file_of_bills(desk: CaseDesk, cashier: Clerk, body: bytes) -> None:
    page = upload(cashier, body)
    assert page.status_code == 422
    assert "このファイルは読めません" in page.text
    assert "script" not in Elements(page.text).tags
    assert not re.search(r"\{\w+\}|csv_|Traceback", page.text)
    assert not stored(desk)


def test_a_file_over_the_limit_is_refused_before_it_is_read(desk: CaseDesk, cashier: Clerk) -> None:
    for size in (csv_file.MAX_BYTES + 1, 2 * csv_file.MAX_BYTES):
        assert upload(cashier, b"x" * size).status_code == 413
    fields = {"file": "A" * (8 * console_bills.SMALL_BYTES)}
    assert cashier.post("/bills/import", **fields).status_code == 413
    assert not stored(desk)


def test_the_largest_file_of_one_request_passes_through_both_forms(
    desk: CaseDesk, cashier: Clerk
) -> None:
    lines = [f"0000000001,MIHON-{number},保育料,{'あ' * 60},1,2026-12-28" for number in range(3)]
    body = csv(*lines)
    blank = b" " * 100_000 + b"\r\n"  # a cell of CSV holds no more than 131,072 letters
    filled = body + blank * ((console_bills.SMALL_BYTES - len(body)) // len(blank))
    looked = upload(cashier, filled)
    fields = Form(looked.text).values
    sent = len(urlencode(fields))
    assert MAX_SMALL_BODY_BYTES < sent < MAX_BODY_BYTES
    assert "/bills/import" in LARGE_BODIES  # else the server would stop it on the way
    assert "3件を取り込みました" in cashier.post("/bills/import", **fields).text
    assert len(stored(desk)) == 3


def test_a_broken_form_is_a_bad_request(desk: CaseDesk, cashier: Clerk) -> None:
    for fields in ({"file": "not base64!"}, {"file": "あ"}):
        assert cashier.post("/bills/import", **fields).status_code == 400
    assert cashier.post("/bills/import").status_code in (400, 415)
    headers = {"Origin": cashier.origin, "Content-Type": "multipart/form-data; boundary=x"}
    for body in (b"", b"--x", b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nhi'):
        page = cashier.client.post(
            "/bills/import", base_url=cashier.origin, data=body, headers=headers
        )
        assert page.status_code in (400, 422)
    assert not stored(desk)


def test_a_foreign_form_brings_nothing_in(desk: CaseDesk, cashier: Clerk) -> None:
    carried = Form(upload(cashier, csv(GOOD)).text).values
    for origin in ("https://evil.test", "null", desk.services.config.public_url, ""):
        assert upload(cashier, csv(GOOD), origin=origin).status_code == 403
        assert cashier.post("/bills/import", origin=origin, **carried).status_code == 403
    assert not stored(desk)


def test_an_attack_in_a_title_is_text(desk: CaseDesk, cashier: Clerk) -> None:
    title = "<img src=x onerror=alert(1)>{{7*7}}"
    page = upload(cashier, csv(GOOD.replace("保育料 11月", title)))
    confirm(cashier, page)
    shown = cashier.get(f"/bills/{stored(desk)[0].id}")
    for each in (page, shown):
        assert "img" not in Elements(each.text).tags
        assert "{{7*7}}" in each.text


def test_the_sample_comes_in_as_it_is_saved(desk: CaseDesk, cashier: Clerk) -> None:
    sample = cashier.get("/bills/sample.csv")
    assert sample.headers["Content-Disposition"].startswith("attachment;")
    assert "2件を取り込みました" in confirm(cashier, upload(cashier, sample.data)).text
    assert sorted(each.yen for each in stored(desk)) == [4720, 24000]


def test_the_book_counts_and_sums_each_state_and_shows_no_name(
    desk: CaseDesk, cashier: Clerk
) -> None:
    late = "0000000001,MIHON-2,給食費,給食費 9月,4720,2026-09-30"
    confirm(cashier, upload(cashier, csv(GOOD, late)))
    for path in ("/", "/bills"):
        page = cashier.get(path).text
        assert "28,720" in page
        for secret in ("見本 はなこ", "保育料 11月", "MIHON", desk.resident.id):
            assert secret not in page, (path, secret)
    page = cashier.get("/bills").text
    rows = [each.id for each in stored(desk)]
    assert page.index(rows[0]) < page.index(rows[1])  # the earlier last day first
    assert page.count("過ぎた") == 1
    assert '<span class="n hot">1' in page
    assert "ありません" in cashier.get("/bills?state=paid").text
    assert cashier.get("/bills?state=junk&cursor=junk").status_code == 422


def test_a_bill_opened_stands_in_the_persons_history(desk: CaseDesk, cashier: Clerk) -> None:
    confirm(cashier, upload(cashier, csv(GOOD)))
    id = stored(desk)[0].id
    for typed in (id, id.lower(), id.replace("-", "")):
        found = cashier.get(f"/bills?{urlencode({'number': typed})}")
        assert found.headers["Location"] == f"/bills/{id}"
    assert (desk.cashier.id, "bill_read") not in desk.history()
    for _ in range(2):
        page = cashier.get(f"/bills/{id}").text
    assert "見本 はなこ" in page
    assert "+24,000" in page
    assert "「やりとり履歴」に残りました" in page
    assert desk.history().count((desk.cashier.id, "bill_read")) == 1


def test_what_does_not_exist_is_404_whatever_it_looks_like(cashier: Clerk) -> None:
    for id in ("B-00000-00000", "..", "B" * 3000, "見本", "\x00"):
        assert cashier.get(f"/bills/{id}").status_code in (404, 308), id
    assert "見つかりません" in cashier.get("/bills?number=B-1").text


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_of_bills_fills_in_its_sentences(
    desk: CaseDesk, cashier: Clerk, language: str
) -> None:
    cashier.post("/language", to=language)
    looked = upload(cashier, csv(GOOD, "x,y"))
    pages = [cashier.get("/bills/import"), looked, confirm(cashier, looked), upload(cashier, b"x")]
    id = stored(desk)[0].id
    pages += [cashier.get(path) for path in ("/", "/bills", f"/bills/{id}", "/audit")]
    pages += [cashier.get(f"/bills?state={each}") for each in bills.STATES]
    for page in pages:
        assert page.status_code < 500
        assert not re.search(r"\{\w+\}|Undefined|\bNone\b(?!<)|>[^<]*(csv_|bill_\w)", page.text)
