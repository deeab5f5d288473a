"""Strangers and their requests, input made to do harm, and a log that holds no answer."""

from __future__ import annotations

from typing import Any, cast

import pytest
from flask.testing import FlaskClient

from tests.parts.applying import return_it
from tests.parts.filing import KEY, PAPER, base, call, fields, filed, get, hidden, post, whole
from tests.parts.resident import Session
from todoke.journeys import address, apply
from todoke.ports import Services
from todoke.web import form_fields


# ------------------------------------------------------------------ strangers
def test_a_page_that_needs_a_login_leads_to_it_and_back(
    services: Services, client: FlaskClient
) -> None:
    shown = client.get(
        "/applications/T-00000-00000?lang=easy",
        headers={"Accept": "text/html"},
        **cast("Any", base(services)),
    )
    assert shown.status_code == 401
    assert (
        'href="/easy/login.html?next=%2Fapplications%2FT-00000-00000%3Flang%3Deasy"' in shown.text
    )


def test_two_people_and_every_route_anothers_number_is_like_none(
    services: Services, client: FlaskClient, anne: Session, bert: Session
) -> None:
    """Every answer for Anne's numbers asked by Bert equals the answer for a number by chance."""
    call(services, client, "/api/applications", whole(), anne, **KEY)
    (id,) = filed(services, anne)
    return_it(services, id, {"claimant_phone": "つながりません"})
    none = address.new_number("T")
    for who in (bert, None):
        for path in ("/applications/{}", "/applications/{}?filed=1"):
            real, random = (get(services, client, path.format(each), who) for each in (id, none))
            assert real.status_code == (404 if who else 401)
            assert (real.status_code, real.data, dict(real.headers)) == (
                random.status_code,
                random.data,
                dict(random.headers),
            )
        data = {"version": "2", "claimant_phone": "09022222222"}
        real, random = (
            post(services, client, f"/applications/{each}/mend", data, who) for each in (id, none)
        )
        # without a session the page says the number that was asked for, and nothing else
        assert (real.status_code, real.text.replace(id, none)) == (random.status_code, random.text)
        assert real.status_code == (404 if who else 401)
    assert id not in get(services, client, "/applications", bert).text
    assert apply.read_own(services, anne.resident, id).state == "returned"


def test_a_form_from_another_site_is_refused(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    for path in (
        PAPER,
        "/applications/T-00000-00000/mend",
        "/api/attachments",
        "/api/applications",
    ):
        for origin in ("https://evil.example", "null", services.config.console_url):
            headers = {**anne.headers, "Origin": origin}
            answer = client.post(
                path, data=fields(), headers=headers, **cast("Any", base(services))
            )
            assert answer.status_code == 403, (path, origin)
    assert filed(services, anne) == []


# ------------------------------------------------------------------ hard input
@pytest.mark.parametrize("path", [PAPER, "/apply/none", "/apply/..%2fapp", "/apply/jt-henko"])
def test_a_procedure_without_a_form_is_none(
    services: Services, client: FlaskClient, anne: Session, path: str
) -> None:
    status = post(services, client, path, fields(), anne).status_code
    assert status == 200 if path == PAPER else status in (404, 405)


def test_hostile_multipart_is_bounded(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    def raw(body: bytes, kind: str = "multipart/form-data; boundary=x") -> int:
        headers = {
            "Origin": services.config.public_url,
            "Cookie": anne.cookie,
            "Content-Type": kind,
        }
        return client.post(
            PAPER, data=body, headers=headers, **cast("Any", base(services))
        ).status_code

    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
    assert raw(part * (form_fields.MAX_PARTS + 1) + b"--x--\r\n") == 413
    long = b'--x\r\nContent-Disposition: form-data; name="claimant_name"\r\n\r\n'
    assert raw(long + b"x" * (form_fields.MAX_FIELD_BYTES + 1) + b"\r\n--x--\r\n") == 413
    assert raw(b"x" * (form_fields.MAX_BYTES + 1)) == 413
    assert raw(b"{}", "application/json") == 415
    for broken in (b"", b"--x", b"--x\r\n\r\n\r\n--x--", part, b"\xff" * 2000):
        assert raw(broken) in (400, 409, 422), broken[:20]
    assert filed(services, anne) == []


def test_markup_in_an_answer_stays_text(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    evil = '"><script>alert(1)</script>'
    check = post(services, client, PAPER, fields(claimant_name=evil), anne)
    assert check.status_code == 200
    assert "<script>alert" not in check.text
    again = post(services, client, PAPER, {"step": "back", "sealed": hidden(check)}, anne)
    assert "<script>alert" not in again.text
    assert "&lt;script&gt;alert(1)" in again.text


def test_no_answer_reaches_the_log(
    services: Services, client: FlaskClient, anne: Session, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    post(services, client, PAPER, fields(claimant_phone="abc"), anne)
    call(services, client, "/api/applications", whole(pension="secret"), anne, **KEY)
    call(services, client, "/api/applications", whole(), anne, **KEY)
    assert "見本" not in caplog.text
    assert "secret" not in caplog.text
    assert anne.token not in caplog.text


def test_a_list_with_an_invented_place_to_go_on_from_is_no_defect(
    services: Services, client: FlaskClient, anne: Session
) -> None:
    for after in ("x", "../", "\x00", "A" * 5000):
        shown = client.get(
            "/applications",
            query_string={"after": after},
            headers={"Cookie": anne.cookie},
            **cast("Any", base(services)),
        )
        assert shown.status_code < 500
