"""Sentences are found in the reader's language, and a broken locale file is named."""

from __future__ import annotations

import pytest

from todoke.core import words
from todoke.core.errors import TodokeError

FILES = {
    "locales/ja/a.yaml": "a:\n  hello: こんにちは、{name}さん\n  only: 日本語だけ\n".encode(),
    "locales/easy/a.yaml": "a:\n  hello: こんにちは {name}さん\n".encode(),
    "locales/en/a.yaml": b"a:\n  hello: Hello {name}\n",
    "topics/x.yaml": b"not a locale: [",
}


def test_a_sentence_is_said_in_each_language() -> None:
    found = words.parse(FILES)
    assert found.say("en", "a.hello", name="A") == "Hello A"
    assert found.say("easy", "a.hello", name="A") == "こんにちは Aさん"


def test_what_a_language_lacks_falls_back_to_japanese() -> None:
    found = words.parse(FILES)
    assert found.say("en", "a.only") == "日本語だけ"
    assert found.part("en", "a") == {"hello": "Hello {name}", "only": "日本語だけ"}
    assert not found.has("en", "a.only")


def test_a_missing_value_never_breaks_an_error_page() -> None:
    assert words.parse(FILES).say("en", "a.hello", other="x") == "Hello {name}"


def test_a_name_no_language_has_is_a_defect() -> None:
    with pytest.raises(KeyError):
        words.parse(FILES).say("ja", "a.nothing")


@pytest.mark.parametrize("body", [b"a: [1, 2", b"a:\n  - list\n", b"a:\n  n: 7\n", b"a: \xff"])
def test_a_broken_locale_file_is_named(body: bytes) -> None:
    with pytest.raises(TodokeError) as caught:
        words.parse({**FILES, "locales/en/b.yaml": body})
    assert caught.value.details["file"] == "locales/en/b.yaml"
