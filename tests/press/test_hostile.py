"""Words that try to become markup, and files that are wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from tests.press.conftest import TODAY, press_of
from tests.press.pages import read
from todoke.core import catalogue
from todoke.core.errors import TodokeError
from todoke.core.notice import Content, Link, PublicNotice
from todoke.press.assets import Assets
from todoke.press.house import House

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;{{ 7*7 }}"


def data(script: Mapping[str, str]) -> bool:
    """Whether it is a data block: a browser runs no script of that type."""
    return script == {"type": "application/ld+json"}


def test_markup_in_a_catalogue_stays_words(site: Mapping[str, bytes]) -> None:
    path = "procedures/jt-nintei.yaml"
    quoted = EVIL.replace("'", "''")
    body = site[path].decode()
    body = re.sub(r"^who: .*(?:\n  .*)*", lambda _: f"who: '{quoted}'", body, count=1, flags=re.M)
    body = body.replace("  ja: 児童手当 認定請求", f"  ja: '{quoted}'")
    evil = {**site, path: body.encode()}
    release = press_of(evil).site(catalogue.parse(evil), TODAY)
    for page in ("procedures/jt-nintei.html", "easy/procedures/jt-nintei.html", "search.html"):
        parsed = read(release[page])
        assert parsed.problems == []
        assert "alert(1)" in parsed.text
        assert "{{ 7*7 }}" in parsed.text
        assert not list(parsed.all("img"))
        assert all("src" in each or data(each) for each in parsed.all("script"))
        assert not parsed.values("onerror")


def evil_notice(number: int = 1) -> PublicNotice:
    content = Content(
        topic="allowance",
        title={"ja": EVIL + "\x0b\ufffe"},
        text={"ja": f"{EVIL}\r\n\r\n]]>\x00 second"},
        expires_at=1_800_000_000,
        links=(Link("https://www.city.minatono.example/?a=1&b=<", EVIL),),
        area="kita",
        cohort=2023,
        procedure="jt-nintei",
    )
    return PublicNotice(f"N-2026-{number:04d}", content, datetime(2026, 11, 24, tzinfo=UTC))


def test_markup_in_a_notice_stays_words(press: House, city: catalogue.Catalogue) -> None:
    press.site(city, TODAY)
    files = press.notices([evil_notice()], [evil_notice()])
    for folder in ("", "easy/", "en/"):
        for page in ("notices/N-2026-0001.html", "notices/index.html"):
            parsed = read(files[folder + page])
            assert parsed.problems == []
            assert "alert(1)" in parsed.text
            assert not list(parsed.all("img"))
            assert all("src" in each for each in parsed.all("script"))
    entry = ElementTree.fromstring(files["feeds/all.atom"]).find(
        "{http://www.w3.org/2005/Atom}entry"
    )
    assert entry is not None
    assert (entry.findtext("{http://www.w3.org/2005/Atom}title") or "").startswith("<script>")


@pytest.mark.parametrize(
    ("path", "body", "rule"),
    [
        ("assets/js/a.js", b'import "./none.js";', "does not exist"),
        ("assets/js/a.js", b'import { x } from "../../sw.js";', "does not exist"),
        ("assets/a.css", b"a{background:url(none.svg)}", "does not exist"),
    ],
)
def test_an_import_of_nothing_is_named(path: str, body: bytes, rule: str) -> None:
    with pytest.raises(TodokeError) as caught:
        Assets({path: body})
    assert caught.value.details["file"] == f"site/{path}"
    assert rule in str(caught.value.details["rule"])


def test_a_circle_of_imports_is_named() -> None:
    files = {"assets/a.js": b'import "./b.js";\n', "assets/b.js": b'import "./a.js";\n'}
    with pytest.raises(TodokeError, match="circle"):
        Assets(files)


def test_a_change_deep_in_the_imports_renames_everything_above_it() -> None:
    files = {
        "assets/js/page.js": b'import("./deep/a.js");\nimport { b } from "./b.js";\n',
        "assets/js/deep/a.js": b'import "../b.js";\n',
        "assets/js/b.js": b"export const b = 1; // import './none.js'\n",
    }
    before = Assets(files)
    after = Assets({**files, "assets/js/b.js": b"export const b = 2;\n"})
    assert set(before.table()) == set(after.table())
    assert all(before.address(name) != after.address(name) for name in before.table())
    page = before.files[before.address("js/page.js").removeprefix("/")].decode()
    assert before.address("js/deep/a.js") in page
    assert before.address("js/b.js") in page


def test_a_worker_without_its_two_lines_is_refused(
    site: Mapping[str, bytes], city: catalogue.Catalogue
) -> None:
    broken = {**site, "sw.js": site["sw.js"].replace(b"/*RELEASE*/", b"")}
    with pytest.raises(TodokeError) as caught:
        press_of(broken).site(city, TODAY)
    assert caught.value.details["file"] == "site/sw.js"
