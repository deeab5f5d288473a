"""The twelve digits are found however they are written, and never repeated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.core import my_number
from todoke.core.errors import TodokeError

VECTORS = [
    json.loads(line)
    for line in Path(__file__)
    .parents[1]
    .joinpath("vectors", "my_number.jsonl")
    .read_text("utf-8")
    .splitlines()
]
#: computed, no person's
NUMBER = "053703296641"
SPACED = "0537 0329 6641"


def of_kind(kind: str) -> list[dict[str, object]]:
    return [each for each in VECTORS if each["kind"] == kind]


def numbers() -> st.SearchStrategy[str]:
    eleven = st.text("0123456789", min_size=11, max_size=11)
    return eleven.map(lambda digits: digits + my_number.check_digit(digits))


@pytest.mark.parametrize("vector", of_kind("mynumber"), ids=lambda each: each["id"])
def test_a_published_number_passes_the_check_digit(vector: dict[str, object]) -> None:
    assert my_number.is_valid(str(vector["value"])) == vector["valid"]


@pytest.mark.parametrize("vector", of_kind("mynumber_in_text"), ids=lambda each: each["id"])
def test_a_number_in_a_sentence_is_refused(vector: dict[str, object]) -> None:
    assert my_number.found_in(str(vector["text"])) == vector["must_refuse"]


@pytest.mark.parametrize("vector", of_kind("corporate_number"), ids=lambda each: each["id"])
def test_the_thirteen_digits_of_a_corporation_are_no_my_number(vector: dict[str, object]) -> None:
    assert not my_number.found_in(f"法人番号は{vector['value']}です")


@pytest.mark.parametrize("vector", of_kind("phone"), ids=lambda each: each["id"])
def test_a_telephone_number_is_no_my_number(vector: dict[str, object]) -> None:
    assert not my_number.found_in(f"電話 {vector['text']}(平日 8:30〜17:15)")


@pytest.mark.parametrize(
    "text",
    [
        "０５３７０３２９６６４１",
        "٠٥٣٧٠٣٢٩٦٦٤١",
        "0537－0329－6641",
        "0537‐0329‑6641",
        "0537–0329—6641",
        "0537−0329−6641",
        "0537ー0329ー6641",
        "0537・0329・6641",
        "0537·0329•6641",
        "0537　0329　6641",
        "0537\u00a00329\u20096641",
        "0537\u200b0329\u200d6641",
        "0537\n0329\n6641",
        "0 5 3 7 0 3 2 9 6 6 4 1",
        "053 703 296 641",
        "053703 296641",
        "0537 - 0329 - 6641",
        "番号 1 0537 0329 6641 2通",
        "000-000-1234 0537-0329-6641",
        "〇五三七〇三二九六六四一",
        "零五三七〇参弐九六六四壱",
        "番号は ⓪⑤③⑦ ⓪③②⑨ ⑥⑥④①",
        "⁰⁵³⁷⁰³²⁹⁶⁶⁴¹",
        "①053703296641",
        "その一053703296641",
        "0️⃣5️⃣3️⃣7️⃣0️⃣3️⃣2️⃣9️⃣6️⃣6️⃣4️⃣1️⃣",
    ],
)
def test_width_and_separators_hide_nothing(text: str) -> None:
    assert my_number.found_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "053703296642",  # wrong check digit
        "0537032966410",  # thirteen digits
        "9053703296641",
        "9999-0537-0329-6641",  # a card
        "0537,0329,6641",  # amounts
        "0537 0329 664",
        "0537a0329a6641",
        "日 26 27 28 29 30 31 32 33",  # six of them happen to pass the check digit
        "令和8年11月24日 9:00〜17:00",
        "令和八年十一月二十四日 〇五三七の〇三二九の六六四一",
        "",
    ],
)
def test_other_figures_pass(text: str) -> None:
    assert not my_number.found_in(text)


@given(numbers(), st.sampled_from(["", " ", "-", "・", "　", "−", " - "]))
def test_every_valid_number_is_found_in_any_grouping(number: str, separator: str) -> None:
    grouped = separator.join((number[:4], number[4:8], number[8:]))
    assert my_number.found_in(f"わたしは{grouped}です")


@given(numbers(), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_noticed_or_the_check_digit_agrees(
    number: str, place: int, more: int
) -> None:
    changed = number[:place] + str((int(number[place]) + more) % 10) + number[place + 1 :]
    assert my_number.found_in(changed) == (my_number.check_digit(changed[:11]) == changed[11])


@given(st.text(max_size=200))
def test_any_text_can_be_searched(text: str) -> None:
    assert my_number.found_in(text) in (True, False)


def test_the_error_names_the_field_and_never_the_number() -> None:
    with pytest.raises(TodokeError) as caught:
        my_number.refuse("text.ja", f"番号 {SPACED}")
    assert caught.value.code == "my_number_in_text"
    said = f"{caught.value} {caught.value.details}"
    assert "text.ja" in said
    assert "0537" not in said
    assert NUMBER not in said
