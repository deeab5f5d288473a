"""What every Blobs must do, whatever it is made of (``todoke.ports.Blobs``)."""

from __future__ import annotations

import re
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts import crowd
from tests.contracts.backends import Place
from tests.contracts.worker import pages
from todoke.adapters.blob_keys import check_put
from todoke.core.errors import TodokeError
from todoke.ports import Blobs

BAD_KEYS = (
    *("", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/..", "./a", ".hidden"),
    *("a/.hidden/b", "a\\b", "..\\a", "a\0b", "a\nb", "\ud800", "x" * 256, "a/" * 600 + "b"),
)


def body(blobs: Blobs, key: str) -> bytes | None:
    found = blobs.get(key)
    return None if found is None else found.body


def test_what_is_put_is_served(blobs: Blobs) -> None:
    blobs.put("notices/お知らせ.html", b"one")
    blobs.put("notices/お知らせ.html", b"two")
    assert body(blobs, "notices/お知らせ.html") == b"two"
    assert body(blobs, "notices/absent.html") is None
    assert body(blobs, "notices") is None
    assert body(blobs, "notices/お知らせ.html/below") is None


def test_an_empty_file_is_a_file(blobs: Blobs) -> None:
    blobs.put("empty.txt", b"")
    assert body(blobs, "empty.txt") == b""


def test_delete_erases_and_absent_is_fine(blobs: Blobs) -> None:
    blobs.put("feeds/all.atom", b"x")
    blobs.delete("feeds/all.atom")
    blobs.delete("feeds/all.atom")
    blobs.delete("feeds")
    assert body(blobs, "feeds/all.atom") is None
    assert list(blobs.list("")) == []


def test_list_names_what_was_put_below_a_prefix_in_order(blobs: Blobs) -> None:
    for key in ("notices/b.html", "notices/a.html", "notices-old/c.html", "en/notices/d.html"):
        blobs.put(key, b"x")
    blobs.release({"notices/released.html": b"x"})
    assert list(blobs.list("notices/")) == ["notices/a.html", "notices/b.html"]
    assert list(blobs.list("notices")) == ["notices-old/c.html", "notices/a.html", "notices/b.html"]
    assert list(blobs.list("notices/b")) == ["notices/b.html"]
    assert len(blobs.list("")) == 4
    for strange in ("absent/", "../", "/", "notices/a.html/", "\0", ".hidden/x"):
        assert list(blobs.list(strange)) == []


@pytest.mark.parametrize("key", BAD_KEYS, ids=ascii)
def test_a_key_that_leaves_its_folder_or_hides_is_refused(blobs: Blobs, key: str) -> None:
    blobs.release({"index.html": b"here"})
    for write in (
        lambda: blobs.put(key, b"x"),
        lambda: blobs.delete(key),
        lambda: blobs.release({"index.html": b"new", key: b"x"}),
    ):
        with pytest.raises(TodokeError) as caught:
            write()
        assert caught.value.code == "store_misuse"
    assert blobs.get(key) is None
    assert (body(blobs, "index.html"), blobs.current_release()) == (b"here", 1)
    assert list(blobs.list("")) == []


def test_a_release_with_a_file_below_another_is_refused(blobs: Blobs) -> None:
    """No folder can be a file too, so no backend takes it."""
    with pytest.raises(TodokeError) as caught:
        blobs.release({"a": b"x", "a/b/c": b"y"})
    assert caught.value.code == "store_misuse"
    assert blobs.release({"LICENCE": b"x", "assets/kit-1.2/LICENCE": b"y"}) == 1


@pytest.mark.parametrize("key", ["n", "n/a", "n.d/a.html", "n.html/a.html", "n/a.html/b"])
def test_only_a_name_with_an_ending_is_put_and_no_folder_has_one(blobs: Blobs, key: str) -> None:
    blobs.put("n.html", b"x")
    blobs.put("n/a.html", b"x")
    with pytest.raises(TodokeError) as caught:
        blobs.put(key, b"y")
    assert caught.value.code == "store_misuse"
    assert list(blobs.list("")) == ["n.html", "n/a.html"]


NAMES = st.text("ab.手", min_size=1, max_size=4)


@given(st.lists(st.lists(NAMES, min_size=1, max_size=3).map("/".join), max_size=12))
def test_no_key_that_may_be_put_is_a_folder_of_another(keys: list[str]) -> None:
    """Whatever is put by however many at once: S3 would take both."""
    taken = [key for key in keys if _may_be_put(key)]
    assert not [(a, b) for a in taken for b in taken if b.startswith(f"{a}/")]


def _may_be_put(key: str) -> bool:
    try:
        check_put(key)
    except TodokeError:
        return False
    return True


@pytest.mark.parametrize(
    ("key", "type"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("assets/page.1a2b3c4d.css", "text/css; charset=utf-8"),
        ("sw.js", "text/javascript; charset=utf-8"),
        ("robots.txt", "text/plain; charset=utf-8"),
        ("sitemap.xml", "application/xml; charset=utf-8"),
        ("feeds/all.atom", "application/atom+xml; charset=utf-8"),
        ("catalogue.json", "application/json"),
        ("manifest.webmanifest", "application/manifest+json"),
        ("icon.svg", "image/svg+xml; charset=utf-8"),
        ("icon.png", "image/png"),
        ("favicon.ico", "image/x-icon"),
        ("unknown.thing", "application/octet-stream"),
    ],
)
def test_the_ending_decides_the_media_type(blobs: Blobs, key: str, type: str) -> None:
    blobs.put(key, b"x")
    found = blobs.get(key)
    assert found is not None
    assert found.content_type == type


def test_the_entity_tag_is_strong_and_follows_the_bytes(blobs: Blobs) -> None:
    """Same length, written within one tick of the clock, on a reused inode: still a new tag."""
    tags: dict[bytes, str] = {}
    for number in [*range(60), *range(60)]:
        content = b"%03d" % number
        blobs.put("feeds/all.atom", content)
        found = blobs.get("feeds/all.atom")
        assert found is not None
        assert found.body == content
        assert re.fullmatch(r'"[0-9a-f]{32}"', found.etag)
        assert tags.setdefault(content, found.etag) == found.etag
    assert len(set(tags.values())) == 60


# ------------------------------------------------------------------ releases
def test_before_the_first_release_its_number_is_0(blobs: Blobs) -> None:
    assert blobs.current_release() == 0
    assert blobs.get("index.html") is None


def test_a_release_is_the_whole_site(blobs: Blobs) -> None:
    assert blobs.release(pages("one")) == 1
    assert blobs.release(pages("two")) == 2
    assert blobs.current_release() == 2
    for key, content in pages("two").items():
        assert body(blobs, key) == content
    assert blobs.get("only/one.html") is None


def test_the_same_content_keeps_its_number(blobs: Blobs) -> None:
    assert [blobs.release(pages(name)) for name in ("one", "one", "two", "two")] == [1, 1, 2, 2]
    assert blobs.release(pages("one")) == 3
    fewer = dict(list(pages("one").items())[1:])
    assert blobs.release(fewer) == 4


def test_a_release_comes_before_what_was_put_and_leaves_it_alone(blobs: Blobs) -> None:
    blobs.put("index.html", b"put")
    blobs.put("notices/a.html", b"notice")
    blobs.release({"index.html": b"released"})
    assert body(blobs, "index.html") == b"released"
    assert body(blobs, "notices/a.html") == b"notice"
    blobs.delete("index.html")
    assert body(blobs, "index.html") == b"released"
    blobs.put("index.html", b"put")
    blobs.release({"other.html": b"x"})
    assert body(blobs, "index.html") == b"put"


def test_a_page_opened_before_a_release_still_finds_its_assets(blobs: Blobs) -> None:
    for number in range(1, 5):
        blobs.release({"index.html": b"%d" % number, f"assets/a.{number}.js": b"%d" % number})
    assert body(blobs, "assets/a.4.js") == b"4"
    assert body(blobs, "assets/a.2.js") == b"2"
    assert blobs.get("assets/a.1.js") is None


def test_a_reader_never_sees_two_releases_mixed(blobs_place: Place[Blobs], blobs: Blobs) -> None:
    """While another process publishes, whatever is read under one release number is all of
    that release."""
    names = [f"r{number}" for number in range(25)]
    expected = {number + 1: pages(name) for number, name in enumerate(names)}
    child = crowd.start(blobs_place, "publish", names)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    ended = threading.Event()
    whole = []

    def read() -> None:
        last = False
        while not last:
            last = ended.is_set()  # one more look when everything is published
            number = blobs.current_release()
            seen = {key: body(blobs, key) for key in expected.get(number, {})}
            if number and blobs.current_release() == number:
                assert seen == expected[number]
                whole.append(number)

    reader = threading.Thread(target=read)
    reader.start()
    crowd.go(child)
    published = crowd.finish(child)
    ended.set()
    reader.join()
    assert published == list(range(1, 26))
    assert whole[-1] == 25


def test_releases_and_puts_of_several_processes_do_not_disturb_each_other(
    blobs_place: Place[Blobs], blobs: Blobs
) -> None:
    publishers = [crowd.start(blobs_place, "publish", [f"{p}{n}" for n in range(8)]) for p in "ab"]
    putters = [crowd.start(blobs_place, "put", name) for name in ("x", "y")]
    for child in [*publishers, *putters]:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in [*publishers, *putters]:
        crowd.go(child)
    numbers = [number for child in publishers for number in crowd.finish(child)]
    assert [crowd.finish(child) for child in putters] == [30, 30]
    assert sorted(numbers) == list(range(1, 17))
    last = body(blobs, "pages/0.html")
    assert last is not None
    assert all(body(blobs, key) == content for key, content in pages(last.decode()).items())
    assert body(blobs, "notices/index.html") in (b"x" * 1000, b"y" * 1000)
    keys = [f"notices/{name}-{number}.html" for name in "xy" for number in range(30)]
    assert list(blobs.list("notices/")) == sorted([*keys, "notices/index.html"])
