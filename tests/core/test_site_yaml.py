"""The strict YAML of site/."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from todoke.core.errors import TodokeError
from todoke.core.site_yaml import MAX_BYTES, MAX_DEPTH, load


def refused(body: bytes) -> dict[str, object]:
    with pytest.raises(TodokeError) as caught:
        load("x.yaml", body)
    assert caught.value.code == "site_file_invalid"
    assert caught.value.details["file"] == "site/x.yaml"
    return caught.value.details


def test_plain_words_mean_what_they_look_like() -> None:
    body = b"a: no\nb: 2026-04\nc: 06-01\nd: 007\ne: 15\nf: true\ng: '15'\nh: ~\ni: 1.5\nj: on\n"
    assert load("x.yaml", body).value == {
        "a": "no",
        "b": "2026-04",
        "c": "06-01",
        "d": "007",
        "e": 15,
        "f": True,
        "g": "15",
        "h": None,
        "i": "1.5",
        "j": "on",
    }


def test_every_field_knows_its_line() -> None:
    lines = load("x.yaml", b"a: 1\nb:\n  - c: 2\n  - d:\n      e: 3\n").lines
    assert lines["a"] == 1
    assert lines["b[1].c"] == 3
    assert lines["b[2].d.e"] == 5


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        (b"a: 1\na: 2\n", "line 2", "twice"),
        (b"a: &x 1\nb: *x\n", "line 1", "anchors"),
        (b"a: 1\nb: *x\n", "line 2", "anchors"),
        (b"a: !!python/name:os.system\n", "line 1", "tags"),
        (b"a: 1\n---\nb: 2\n", "line 2", "one document"),
        (b"[a]: 1\n", "line 1", "field name"),
        (b"a: [1\nb: 2\n", "line 2", "YAML"),
        (b"a: 1\n\tb: 2\n", "line 2", "YAML"),
        (b"a: \xff\n", "byte 3", "UTF-8"),
        (b"a: " + b"x" * MAX_BYTES, "-", "at most 256 KB"),
    ],
)
def test_what_is_not_plain_is_refused_with_its_place(body: bytes, field: str, rule: str) -> None:
    details = refused(body)
    assert details["field"] == field
    assert rule in str(details["rule"])


@pytest.mark.parametrize("opening", [b"[", b"- ", b"{a: "])
def test_depth_is_bounded_before_it_can_exhaust_anything(opening: bytes) -> None:
    details = refused(opening * 60_000)
    assert f"{MAX_DEPTH} levels" in str(details["rule"]) or "YAML" in str(details["rule"])


def test_a_bomb_of_aliases_is_refused_at_its_first_line() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert refused("\n".join(lines).encode())["field"] == "line 1"


_TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(_TEXT, _VALUES, max_size=5))
def test_what_a_stock_writer_writes_in_quotes_is_read_back(value: dict[str, object]) -> None:
    body = yaml.safe_dump(value, allow_unicode=True, default_style=None, sort_keys=False)
    quoted = yaml.dump(value, Dumper=_Quoting, allow_unicode=True, sort_keys=False)
    assert body
    assert load("x.yaml", quoted.encode()).value == value


class _Quoting(yaml.SafeDumper):
    """Quotes every text and shares nothing."""

    def ignore_aliases(self, data: object) -> bool:
        return True


_Quoting.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


def read_or_refused(body: bytes) -> bool:
    """Whether the bytes are read, or refused with field and next step; anything else escapes."""
    try:
        load("x.yaml", body)
    except TodokeError as error:
        return error.code == "site_file_invalid" and all(error.details.values())
    return True


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_by_name(body: bytes) -> None:
    assert read_or_refused(body)


@given(st.text("ab:-{}[],&*!|>'\"#%@` \n\t?~123", max_size=60))
def test_any_punctuation_is_read_or_refused_by_name(text: str) -> None:
    assert read_or_refused(text.encode())
