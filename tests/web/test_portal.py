"""Public files: validators, packing, languages of the 404 page, and nothing but files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from todoke import assemble
from todoke.journeys import publish
from todoke.web.app import create_app


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    services = assemble.fake(Path(tmp_path_factory.mktemp("city")))
    publish.publish_site(services)
    app = create_app(services)
    app.config["SERVER_NAME"] = services.config.portal_host  # what the client calls itself
    return app.test_client()


def test_the_same_file_is_not_sent_twice(client: FlaskClient) -> None:
    first = client.get("/index.html")
    again = client.get("/index.html", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert again.data == b""


def test_packed_and_plain_are_two_representations_of_one_page(client: FlaskClient) -> None:
    plain = client.get("/index.html")
    packed = client.get("/index.html", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    again = client.get(
        "/index.html",
        headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]},
    )
    assert again.status_code == 304


def test_pages_are_asked_for_again_and_hashed_assets_never(client: FlaskClient) -> None:
    page = client.get("/index.html")
    assert page.headers["Cache-Control"] == "public, no-cache"
    start = page.data.index(b"/assets/")
    asset = page.data[start : page.data.index(b'"', start)].decode()
    assert "immutable" in client.get(asset).headers["Cache-Control"]


@pytest.mark.parametrize(("path", "words"), [("/x.html", "ja"), ("/en/x.html", "en")])
def test_a_missing_page_speaks_the_language_of_its_address(
    client: FlaskClient, path: str, words: str
) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert f'<html lang="{words}"'.encode() in answer.data


def test_a_missing_file_is_the_error_shape_for_a_program(client: FlaskClient) -> None:
    answer = client.get("/nothing.json")
    assert answer.status_code == 404
    assert answer.json is not None
    assert answer.json["error"] == "not_found"


@pytest.mark.parametrize(
    "path",
    ["/../keys/seal.key", "/%2e%2e/keys/seal.key", "/..%2fkeys/seal.key", "/assets/", "/a\\b"],
)
def test_nothing_outside_the_public_files_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_every_answer_carries_the_policies(client: FlaskClient) -> None:
    for path in ("/", "/x", "/healthz", "/api/openapi.json", "/api/subscriptions/me"):
        answer = client.get(path)
        assert answer.status_code != 421
        headers = answer.headers
        assert "require-trusted-types-for 'script'" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in headers


def test_answers_of_functions_are_never_stored(client: FlaskClient) -> None:
    assert client.get("/api/subscriptions/me").headers["Cache-Control"] == "no-store"


def test_the_api_describes_its_own_routes(client: FlaskClient) -> None:
    document = client.get("/api/openapi.json").json
    assert document is not None
    assert document["openapi"] == "3.1.0"
    assert {"/healthz", "/api/subscriptions", "/api/subscriptions/me"} <= set(document["paths"])
    assert document["paths"]["/api/subscriptions/me"]["get"]["security"] == [{"device": []}]
