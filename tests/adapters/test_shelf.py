"""What lies on the shelf is given back as it was put, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from todoke.adapters.shelf import WORDS, FolderShelf, NoShelf, dictionary, edition
from todoke.core import words
from todoke.core.errors import TodokeError

KEY = b"k" * 32
ENGLISH, JAPANESE = "locales/en/a.yaml", "locales/ja/a.yaml"
FILES = {ENGLISH: b"a: {b: Hello}", JAPANESE: "a: {b: こんにちは}".encode()}


@pytest.fixture
def shelf(tmp_path: Path) -> FolderShelf:
    made = FolderShelf(tmp_path / "plan", KEY, "1")
    made.put("plan", b"body")
    return made


def test_what_was_put_is_there_the_next_time(shelf: FolderShelf, tmp_path: Path) -> None:
    assert FolderShelf(tmp_path / "plan", KEY, "1").get("plan") == b"body"
    shelf.put("plan", b"")
    assert shelf.get("plan") == b""
    assert [each.name for each in (tmp_path / "plan").iterdir()] == ["plan"]
    assert (tmp_path / "plan").stat().st_mode & 0o077 == 0


def test_nothing_is_given_when_there_is_any_doubt(shelf: FolderShelf, tmp_path: Path) -> None:
    file = tmp_path / "plan" / "plan"
    sound = file.read_bytes()
    assert shelf.get("nothing") is None
    assert FolderShelf(tmp_path / "plan", KEY, "2").get("plan") is None
    assert FolderShelf(tmp_path / "plan", b"x" * 32, "1").get("plan") is None
    (tmp_path / "plan" / "other").write_bytes(sound)
    assert shelf.get("other") is None
    for place in range(len(sound)):
        file.write_bytes(sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :])
        assert shelf.get("plan") is None
        file.write_bytes(sound[:place])
        assert shelf.get("plan") is None
    file.write_bytes(sound)
    assert shelf.get("plan") == b"body"


def test_a_part_is_read_alone_and_only_as_it_was_put(shelf: FolderShelf, tmp_path: Path) -> None:
    put = {"a": b"first", "b": b"", "c": "三".encode() * 1000}
    shelf.put_parts("records", put)
    assert dict(shelf.parts("records")) == put
    assert "d" not in shelf.parts("records")
    before = shelf.parts("records")
    shelf.put_parts("records", {"a": b"second"})
    assert (before["c"], dict(shelf.parts("records"))) == (put["c"], {"a": b"second"})
    assert shelf.get("records") is None
    other = FolderShelf(tmp_path / "plan", KEY, "another edition")
    assert dict(other.parts("records")) == {}


def test_a_damaged_part_is_not_there_and_no_other_is_taken_for_it(
    shelf: FolderShelf, tmp_path: Path
) -> None:
    put = {"a": b"first", "b": b"second"}
    shelf.put_parts("records", put)
    file = tmp_path / "plan" / "records"
    sound = file.read_bytes()
    for place in range(len(sound)):
        for harmed in (
            sound[:place],
            sound[:place] + bytes([sound[place] ^ 0xFF]) + sound[place + 1 :],
        ):
            file.write_bytes(harmed)
            parts = shelf.parts("records")
            assert {each: parts.get(each, put[each]) for each in put} == put
    assert NoShelf().parts("records") == {}
    NoShelf().put_parts("records", put)


def test_a_shelf_that_cannot_be_written_forgets(tmp_path: Path) -> None:
    (tmp_path / "plan").write_text("no folder")
    shelf = FolderShelf(tmp_path / "plan", KEY, "1")
    shelf.put("plan", b"body")
    assert shelf.get("plan") is None
    NoShelf().put("plan", b"body")
    assert NoShelf().get("plan") is None


def test_the_edition_changes_with_any_file_of_the_program(tmp_path: Path) -> None:
    (tmp_path / "press").mkdir()
    (tmp_path / "press" / "a.py").write_text("a = 1")
    first = edition(tmp_path)
    assert edition(tmp_path) == first
    (tmp_path / "press" / "a.py").write_text("a = 11")
    second = edition(tmp_path)
    (tmp_path / "b.py").write_text("")
    assert len({first, second, edition(tmp_path)}) == 3


def test_sentences_are_read_anew_exactly_when_a_file_is_new(
    shelf: FolderShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dictionary(shelf, FILES).say("en", "a.b") == "Hello"
    assert shelf.get(WORDS) is not None
    with monkeypatch.context() as unread:
        unread.setattr(words, "parse", lambda _: pytest.fail("read again"))
        assert dictionary(shelf, FILES) == words.Dictionary(
            {"ja": {"a.b": "こんにちは"}, "easy": {}, "en": {"a.b": "Hello"}}
        )
    assert dictionary(shelf, {**FILES, ENGLISH: b"a: {b: Bye}"}).say("en", "a.b") == "Bye"
    assert dictionary(shelf, {JAPANESE: FILES[JAPANESE]}).say("en", "a.b") == "こんにちは"
    with pytest.raises(TodokeError, match="site_file_invalid"):
        dictionary(shelf, {**FILES, ENGLISH: b"a: ["})
