"""Rules of subscriptions: hostile endpoints, keys, choices, tokens, segments."""

from __future__ import annotations

import base64
import itertools

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from todoke.core import subscription as rules
from todoke.core.errors import TodokeError

KNOWN = rules.Known(
    frozenset({"allowance", "vaccination", "nursery"}),
    frozenset({"kita", "minami"}),
    frozenset(range(2008, 2027)),
)
POINT = (
    # the same in every worker of a run: the names of the examples hold it
    ec.derive_private_key(20261122, ec.SECP256R1())
    .public_key()
    .public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
)
AUTH = bytes(range(16))


# ------------------------------------------------------------------------- keys
def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


@pytest.mark.parametrize("shape", [_b64, lambda data: _b64(data).rstrip("=")])
def test_keys_are_read_with_and_without_padding(shape: object) -> None:
    assert callable(shape)
    keys = rules.check_keys({"p256dh": shape(POINT), "auth": shape(AUTH)})
    assert keys == rules.Keys(POINT, AUTH)


OFF_CURVE = POINT[:64] + bytes([POINT[64] ^ 1])


@pytest.mark.parametrize(
    ("p256dh", "auth", "rule"),
    [
        (_b64(OFF_CURVE), _b64(AUTH), "curve"),
        (_b64(b"\x04" + bytes(64)), _b64(AUTH), "curve"),
        (_b64(b"\x04" + b"\xff" * 64), _b64(AUTH), "curve"),
        (_b64(b"\x02" + POINT[1:]), _b64(AUTH), "uncompressed"),
        (_b64(b"\x06" + POINT[1:]), _b64(AUTH), "uncompressed"),
        (_b64(b"\x02" + POINT[1:33]), _b64(AUTH), "bytes"),
        (_b64(POINT[:64]), _b64(AUTH), "bytes"),
        (_b64(POINT + b"\0"), _b64(AUTH), "bytes"),
        ("", _b64(AUTH), "bytes"),
        (None, _b64(AUTH), "base64url"),
        (_b64(POINT), _b64(AUTH[:8]), "bytes"),
        (_b64(POINT), _b64(AUTH + b"\0"), "bytes"),
        (_b64(POINT), "", "bytes"),
        (_b64(POINT), 5, "base64url"),
        (_b64(POINT), "AAECAwQFBgcICQoLDA0OD+==", "base64url"),  # the other alphabet
        (_b64(POINT), "AAECAwQFBgcICQoLDA0ODw=", "base64url"),  # half the padding
        (_b64(POINT), "AAECAwQFBgcICQoLDA0ODw===", "base64url"),
        (_b64(POINT), "AAECAwQFBgcICQoLDA0ODx", "base64url"),  # bits left over
        (_b64(POINT), "AAEC AwQFBgcICQoLDA0ODw", "base64url"),
        (_b64(POINT), "AAECAwQFBgcICQoLDA0ODw\n", "base64url"),
        (_b64(POINT), "A" * 10_000, "base64url"),
    ],
)
def test_bad_keys_are_refused_with_the_rule(p256dh: object, auth: object, rule: str) -> None:
    with pytest.raises(TodokeError) as refused:
        rules.check_keys({"p256dh": p256dh, "auth": auth})
    assert refused.value.code == "subscription_keys_refused"
    assert refused.value.details["rule"] == rule


@given(st.binary(max_size=100))
def test_base64url_comes_back_as_it_was(data: bytes) -> None:
    assert rules.decode(rules.encode(data)) == data


@given(st.text(max_size=12))
def test_one_key_has_one_spelling(text: str) -> None:
    try:
        data = rules.decode(text)
    except ValueError:
        return
    assert rules.encode(data) == text.rstrip("=")


# ------------------------------------------------------------------------- choices
def _given(**changes: object) -> dict[str, object]:
    return {
        "topics": ["nursery", "allowance"],
        "area": "kita",
        "cohorts": [2024, 2021],
        "language": "easy",
        "show": "title",
    } | changes


def test_choices_are_read_and_put_in_order() -> None:
    assert rules.check_choices(_given(), KNOWN) == rules.Choices(
        ("allowance", "nursery"), "kita", (2021, 2024), "easy", "title"
    )


def test_what_is_left_out_is_the_most_private_choice() -> None:
    found = rules.check_choices({"topics": ["nursery"]}, KNOWN)
    assert found == rules.Choices(("nursery",), None, (), "ja", "discreet")


def test_a_change_keeps_what_it_does_not_name_even_if_no_longer_offered() -> None:
    before = rules.Choices(("old-topic",), "old-area", (1990,), "en", "title")
    changed = rules.check_choices({"show": "discreet"}, KNOWN, before)
    assert changed == rules.Choices(("old-topic",), "old-area", (1990,), "en", "discreet")


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("topics", ["nowhere"], "known"),
        ("topics", ["nursery", "nursery"], "distinct"),
        ("topics", "nursery", "list"),
        ("topics", None, "list"),
        ("topics", [["nursery"]], "known"),
        ("topics", [{"a": 1}], "known"),
        ("topics", ["nursery"] * 41, "at_most"),
        ("area", "nowhere", "known"),
        ("area", 5, "known"),
        ("area", ["kita"], "known"),
        ("cohorts", [1990], "known"),
        ("cohorts", [2024, 2024], "distinct"),
        ("cohorts", list(range(2010, 2017)), "at_most"),
        ("cohorts", [True], "known"),
        ("cohorts", [2024.0], "known"),
        ("cohorts", ["2024"], "known"),
        ("cohorts", None, "list"),
        ("language", "fr", "one_of"),
        ("language", None, "one_of"),
        ("show", "everything", "one_of"),
    ],
)
def test_a_choice_that_is_not_offered_is_refused_by_field_and_rule(
    field: str, value: object, rule: str
) -> None:
    with pytest.raises(TodokeError) as refused:
        rules.check_choices(_given(**{field: value}), KNOWN)
    assert refused.value.code == "bad_field"
    assert (refused.value.details["field"], refused.value.details["rule"]) == (field, rule)


def test_following_without_topics_is_a_missing_field() -> None:
    with pytest.raises(TodokeError, match="missing_field: field=topics"):
        rules.check_choices({"area": "kita"}, KNOWN)


def test_a_pause_lies_ahead_and_within_a_year() -> None:
    assert rules.check_pause(None, 100) is None
    assert rules.check_pause(200, 100) == 200
    assert rules.check_pause(50, 100) is None
    for wrong in (True, "200", 200.0, 100 + rules.MAX_PAUSE_SECONDS + 1):
        with pytest.raises(TodokeError, match="paused_until"):
            rules.check_pause(wrong, 100)


# ------------------------------------------------------------------------- segments
AREAS = st.sampled_from([None, "kita", "minami"])
COHORTS = st.lists(st.sampled_from([2021, 2022, 2023]), unique=True, max_size=3)


@given(AREAS, COHORTS)
def test_a_person_is_counted_in_exactly_the_segments_that_reach_her(
    area: str | None, cohorts: list[int]
) -> None:
    cells = rules.segment_cells(rules.Choices(("nursery",), area, tuple(cohorts), "ja", "discreet"))
    assert set(cells.values()) == {1}
    for to_area, to_cohort in itertools.product((None, "kita", "minami"), (None, 2021, 2022, 2023)):
        cell = f"{to_area or '*'}|{to_cohort or '*'}"
        reached = rules.matches(area, cohorts, to_area=to_area, to_cohort=to_cohort)
        assert reached == (cell in cells), cell


def test_someone_without_an_area_gets_notices_to_the_whole_city_only() -> None:
    assert rules.matches(None, (), to_area=None, to_cohort=None)
    assert not rules.matches(None, (), to_area="kita", to_cohort=None)
    assert not rules.matches("kita", (), to_area="kita", to_cohort=2023)
    assert rules.matches("kita", (2023,), to_area="kita", to_cohort=2023)


# ------------------------------------------------------------------------- identity
def test_one_browser_has_one_id_and_any_other_triple_another() -> None:
    base = rules.subscription_id(b"k" * 32, "https://a/", rules.Keys(POINT, AUTH))
    assert base == rules.subscription_id(b"k" * 32, "https://a/", rules.Keys(POINT, AUTH))
    assert len(base) == 43
    others = {
        rules.subscription_id(b"j" * 32, "https://a/", rules.Keys(POINT, AUTH)),
        rules.subscription_id(b"k" * 32, "https://b/", rules.Keys(POINT, AUTH)),
        rules.subscription_id(b"k" * 32, "https://a/", rules.Keys(OFF_CURVE, AUTH)),
        rules.subscription_id(b"k" * 32, "https://a/", rules.Keys(POINT, b"0" * 16)),
        base,
    }
    assert len(others) == 5


def test_a_token_is_known_again_by_its_hash_alone() -> None:
    token = rules.make_token("i" * 43, bytes(32))
    parts = rules.split_token(token)
    assert parts is not None
    assert parts[0] == "i" * 43
    kept = rules.hash_secret(parts[1])
    assert rules.is_secret(parts[1], kept)
    assert not rules.is_secret("A" * 42 + "B", kept)
    assert parts[1] not in kept


@pytest.mark.parametrize(
    "token",
    ["", ".", "a.b", "i" * 43, "i" * 43 + "." + "s" * 42, "i" * 43 + "." + "s" * 44,
     "i" * 42 + "é." + "s" * 43, "i" * 43 + "." + "s" * 43 + "\n", " " + "i" * 43 + "." + "s" * 43],
)  # fmt: skip
def test_a_text_that_cannot_be_a_token_is_none(token: str) -> None:
    assert rules.split_token(token) is None
