"""A bill only moves forward, and the end is the same in whatever order the news comes."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from todoke.core import payment
from todoke.core.errors import TodokeError
from todoke.core.payment import Entry, Standing, Way, apply_event

YEN = 12_000
#: one event: which checkout, what kind, how much the provider says
News = tuple[str, str, int]


def standing(bill: str = "started", **states: str) -> Standing:
    """A bill with one way per keyword."""
    return Standing(bill, {name: Way(state, YEN) for name, state in states.items()})


def tell(start: Standing, history: Sequence[News]) -> tuple[Standing, list[Entry], set[str], int]:
    """All events one after the other: the end, the lines, the flags, how many receipts."""
    now, lines, flags, receipts = start, list[Entry](), set[str](), 0
    for checkout, kind, yen in history:
        effect = apply_event(now, checkout, kind, yen)
        now = effect.standing
        lines += effect.entries
        flags |= {effect.flag} if effect.flag else set()
        receipts += effect.notice is not None
    return now, lines, flags, receipts


def test_a_card_pays_at_once() -> None:
    effect = apply_event(standing(a="open"), "a", "paid", YEN)
    assert effect.standing.bill == "paid"
    assert effect.entries == (Entry("paid", -YEN),)
    assert (effect.notice, effect.flag) == ("bill_paid", None)


def test_a_convenience_store_is_awaited_then_paid() -> None:
    waiting = apply_event(standing(a="open"), "a", "pending", 0)
    assert waiting.standing.bill == "awaiting"
    assert not waiting.entries
    assert waiting.notice is None
    assert apply_event(waiting.standing, "a", "paid", YEN).standing.bill == "paid"


@pytest.mark.parametrize("kind", ["failed", "expired"])
def test_what_failed_before_it_was_paid_leaves_the_bill_open(kind: str) -> None:
    effect = apply_event(standing(a="open"), "a", kind, 0)
    assert effect.standing.bill == "open"
    assert not effect.entries


@pytest.mark.parametrize("kind", ["failed", "expired", "pending", "other"])
def test_nothing_takes_back_what_is_paid(kind: str) -> None:
    paid = apply_event(standing(a="open"), "a", "paid", YEN).standing
    effect = apply_event(paid, "a", kind, 0)
    assert effect.standing == paid
    assert not effect.entries


def test_a_checkout_pays_once_however_many_events_say_so() -> None:
    end, lines, _, receipts = tell(standing(a="open"), [("a", "paid", YEN)] * 5)
    assert (end.bill, lines, receipts) == ("paid", [Entry("paid", -YEN)], 1)


def test_a_second_payment_is_entered_and_flagged() -> None:
    end, lines, flags, _ = tell(
        standing(a="open", b="open"), [("a", "paid", YEN), ("b", "paid", YEN)]
    )
    assert end.bill == "paid"
    assert [each.entry for each in lines] == ["paid", "overpaid"]
    assert flags == {"overpaid"}


def test_a_payment_of_a_withdrawn_bill_is_entered_and_flagged() -> None:
    effect = apply_event(standing("withdrawn", a="open"), "a", "paid", YEN)
    assert effect.standing.bill == "withdrawn"
    assert effect.entries == (Entry("overpaid", -YEN),)
    assert effect.flag == "overpaid"


@pytest.mark.parametrize("yen", [0, 1, YEN - 1, YEN + 1, -YEN, 100 * YEN])
def test_another_amount_is_not_paid_and_never_silent(yen: int) -> None:
    effect = apply_event(standing(a="open"), "a", "paid", yen)
    assert effect.standing.bill == "awaiting"  # nobody is asked to pay again meanwhile
    assert not effect.entries
    assert effect.notice is None
    assert effect.flag == "amount_differs"
    assert apply_event(effect.standing, "a", "paid", YEN).standing.bill == "paid"


def test_a_bill_waits_while_any_way_waits() -> None:
    effect = apply_event(standing("awaiting", a="pending", b="open"), "b", "expired", 0)
    assert effect.standing.bill == "awaiting"


# --------------------------------------------------------------------- any order, any number
def canonical(start: Standing, told: set[News]) -> tuple[str, int, str | None]:
    """What must come out, from the set of events alone: state, received, flag."""
    paid = {name for name, kind, yen in told if kind == "paid" and yen == YEN}
    other = {name for name, kind, yen in told if kind == "paid" and yen != YEN}
    ended = {name for name, kind, _ in told if kind in ("failed", "expired")}
    begun = {name for name, kind, _ in told if kind == "pending"}
    flag = "overpaid" if len(paid) > 1 else "amount_differs" if other else None
    if paid:
        return "paid", -YEN * len(paid), flag
    if other or begun - ended:
        return "awaiting", 0, flag
    return ("started" if set(start.ways) - ended else "open"), 0, flag


EVENTS = st.tuples(
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["pending", "paid", "paid", "failed", "expired", "other"]),
    st.sampled_from([YEN, YEN, YEN, YEN - 1, 0]),
)
HISTORIES = st.tuples(
    st.lists(st.tuples(EVENTS, st.integers(1, 5)), max_size=9), st.randoms(use_true_random=False)
)


def agrees(drawn: tuple[Sequence[tuple[News, int]], random.Random]) -> None:
    """Each event one to five times, shuffled: the end is the canonical one."""
    events, chance = drawn
    history = [event for event, times in events for _ in range(times)]
    chance.shuffle(history)
    start = standing(a="open", b="asked", c="open")
    end, lines, flags, receipts = tell(start, history)
    flag: str | None = None
    for each in flags:
        flag = payment.heavier(flag, each)
    told = {each for each in history if each[1] != "other"}
    assert (end.bill, sum(each.yen for each in lines), flag) == canonical(start, told)
    assert receipts == len(lines)


@settings(max_examples=500, deadline=None)
@given(HISTORIES)
def test_any_order_and_any_number_of_events_ends_the_same(
    drawn: tuple[Sequence[tuple[News, int]], random.Random],
) -> None:
    agrees(drawn)


@pytest.mark.soak
@settings(max_examples=10_000, deadline=None)
@given(HISTORIES)
def test_ten_thousand_histories_end_the_same(
    drawn: tuple[Sequence[tuple[News, int]], random.Random],
) -> None:
    agrees(drawn)


# ------------------------------------------------------------------------ which way is reused
def ways(**states: tuple[str, int]) -> Mapping[str, Way]:
    """name -> (state, created_at)."""
    return {name: Way(state, YEN, at) for name, (state, at) in states.items()}


@pytest.mark.parametrize(
    ("state", "age", "reused"),
    [
        ("asked", 0, True),
        ("asked", payment.ASK_AGAIN_SECONDS - 1, True),
        ("asked", payment.ASK_AGAIN_SECONDS, False),
        ("open", payment.LIFE_SECONDS - payment.CLOSING_SECONDS - 1, True),
        ("open", payment.LIFE_SECONDS - payment.CLOSING_SECONDS, False),
        ("failed", 0, False),
        ("expired", 0, False),
    ],
)
def test_a_way_is_gone_on_with_while_it_is_open(state: str, age: int, reused: bool) -> None:
    found = payment.reusable(Standing("started", ways(a=(state, 1000))), 1000 + age, ["a"])
    assert found == ("a" if reused else None)


@pytest.mark.parametrize("state", ["paid", "awaiting", "withdrawn"])
def test_a_bill_that_waits_or_is_done_is_not_begun_again(state: str) -> None:
    with pytest.raises(TodokeError) as caught:
        payment.reusable(Standing(state, ways(a=("pending", 0))), 0, ["a"])
    assert caught.value.code == "bill_state"


@pytest.mark.parametrize(
    ("state", "age", "may"),
    [
        ("pending", payment.FORGOTTEN_SECONDS - 1, False),
        ("pending", payment.FORGOTTEN_SECONDS, True),
        ("differs", payment.FORGOTTEN_SECONDS, False),
    ],
)
def test_a_slip_whose_end_nobody_told_keeps_nobody_from_paying(
    state: str, age: int, may: bool
) -> None:
    assert payment.payable(Standing("awaiting", ways(a=(state, 0))), age) is may


def test_ways_do_not_grow_without_end() -> None:
    many = {f"c{n}": Way("failed", YEN) for n in range(payment.MOST_CHECKOUTS)}
    with pytest.raises(TodokeError, match="bill_tried_often"):
        payment.reusable(Standing("open", many), 0, many)
