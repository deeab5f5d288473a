"""What a page may say, and the bytes that are signed."""

from __future__ import annotations

import json
import re
import string
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from card_bridge import protocol
from card_bridge.consent import Question, described
from card_bridge.errors import STATUS, BridgeError
from card_bridge.limits import Buckets
from card_bridge.sentences import LANGUAGES, say
from card_bridge.wire import parse_head

ROOT = Path(__file__).parents[2]
_nonces = st.text(string.ascii_letters + string.digits + "-_", min_size=43, max_size=43)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner),
    max_leaves=10,
)


@given(nonce=_nonces, language=st.sampled_from(LANGUAGES))
def test_a_right_body_is_read_as_it_stands(nonce: str, language: str) -> None:
    body = json.dumps({"language": language, "nonce": nonce, "purpose": "login"}).encode()
    read = protocol.authenticate(body)
    assert (read.nonce, read.purpose, read.language) == (nonce, "login", language)


@given(body=st.binary(max_size=200) | _json.map(lambda each: json.dumps(each).encode()))
@example(body=b"[" * 8192).via("nesting")
@example(body=b"1" * 8000).via("a number of 8,000 digits")
@example(body=b'"\\ud800"').via("half a surrogate pair")
def test_any_other_body_is_refused_by_name(body: bytes) -> None:
    with pytest.raises(BridgeError, match="bad_request"):
        protocol.authenticate(body)


@given(field=st.text(max_size=20), value=_json, nonce=_nonces)
def test_one_field_too_many_is_refused(field: str, value: object, nonce: str) -> None:
    fields = {"nonce": nonce, "purpose": "login", "language": "ja"}
    body = json.dumps({**fields, f"x{field}": value}).encode()
    with pytest.raises(BridgeError, match="bad_request"):
        protocol.authenticate(body)


_origins = st.from_regex(
    r"https?://[a-z0-9]{1,8}(\.[a-z0-9]{1,8})?(:[1-9][0-9]{0,3})?", fullmatch=True
)


@given(origin=_origins, nonce=_nonces)
def test_the_signed_bytes_can_be_read_in_one_way_only(origin: str, nonce: str) -> None:
    parts = protocol.signed_bytes("visit", "login", origin, nonce).split(b"\0")
    assert [each.decode() for each in parts] == ["todoke-card/1", "visit", "login", origin, nonce]


def test_a_visit_names_a_nonce_and_a_site_once_each_and_nothing_else() -> None:
    nonce, site = "n" * 43, "s" * 22
    for query in (f"nonce={nonce}&site={site}", f"site={site}&nonce={nonce}"):
        assert protocol.visit(f"/v1/visit?{query}") == protocol.Visit(nonce, site)
    right = f"nonce={nonce}&site={site}"
    for query, field in (
        ("", "unknown"), (f"nonce={nonce}", "site"), (f"site={site}", "nonce"),
        (f"{right}&site={site}", "unknown"), (f"{right}&return=https://evil.example", "unknown"),
        (f"{right}&", "unknown"), (f"nonce={nonce}a&site={site}", "nonce"),
        (f"nonce={nonce}&site=%73{site[1:]}", "site"), (f"{right}#x", "site"),
        (f"nonce=&nonce={nonce}&site=", "site"),
    ):  # fmt: skip
        with pytest.raises(BridgeError) as refused:
            protocol.visit(f"/v1/visit?{query}")
        assert refused.value.details == {"field": field}, query


@given(text=st.text(max_size=60) | _origins)
def test_what_counts_as_an_origin_has_no_path_and_no_case(text: str) -> None:
    if protocol.is_origin(text):
        assert re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]+)?", text)
    if protocol.is_local_origin(text):
        assert re.fullmatch(r"http://([a-z0-9.-]+\.)?localhost(:[0-9]+)?", text)


def test_every_code_has_its_words_in_three_languages() -> None:
    for language in LANGUAGES:
        words = tomllib.loads((ROOT / f"card_bridge/words/{language}.toml").read_text("utf-8"))
        assert set(words) - {"dialog", "cli", "doctor"} == set(STATUS)
        for code in STATUS:
            for part in ("message", "advice"):
                text = say(language, code, part, left=2, seconds=1, limit=1, field="x")
                assert text
                assert "{" not in text


def test_the_longest_question_fits_a_line_of_a_pinentry() -> None:
    # https is the longer scheme; 200 is what an origin may have at most
    origin = "https://" + "a" * (protocol.LONGEST_ORIGIN - 8)
    for language in LANGUAGES:
        texts = [say(language, "dialog", "last_try", origin=origin)]
        texts.append(say(language, "dialog", "new_site", origin=origin))
        asked = Question(origin, "login", 3, language, "1234")
        texts.append(described(asked))
        signing = replace(asked, purpose="sign-document", document="書" * protocol.LONGEST_NAME)
        texts += [described(signing), described(replace(signing, published="MIHON1234"))]
        for text in texts:
            sent = "SETDESC " + text.replace("\n", "%0A")
            assert len(sent.encode()) <= 1000, language


def test_no_pinentry_words_hold_a_line_break_of_their_own() -> None:
    for language in LANGUAGES:
        for name in ("title", "prompt_login", "ok", "cancel", "shape_login", "shape_sign-document"):
            assert "\n" not in say(language, "dialog", name)


@given(raw=st.binary(max_size=200))
def test_a_head_is_read_or_refused(raw: bytes) -> None:
    try:
        head = parse_head(raw)
    except BridgeError:
        return
    assert all(name == name.lower() for name in head.headers)


def test_asks_come_back_with_time_and_each_page_has_its_own() -> None:
    now = [0.0]
    buckets = Buckets(lambda: now[0])
    for _ in range(30):
        buckets.take("/v1/authenticate", "http://a.localhost")
    with pytest.raises(BridgeError) as refused:
        buckets.take("/v1/authenticate", "http://a.localhost")
    assert refused.value.details == {"seconds": 3}
    buckets.take("/v1/authenticate", "http://b.localhost")
    now[0] = 2.0
    buckets.take("/v1/authenticate", "http://a.localhost")
    with pytest.raises(BridgeError):
        buckets.take("/v1/authenticate", "http://a.localhost")


def test_a_no_costs_more_but_is_never_owed() -> None:
    buckets = Buckets(lambda: 0.0)
    buckets.charge("/v1/authenticate", "http://a.localhost", 1000)
    with pytest.raises(BridgeError) as refused:
        buckets.take("/v1/authenticate", "http://a.localhost")
    assert refused.value.details == {"seconds": 3}
    buckets.take("/v1/authenticate", "http://b.localhost")
