"""The checker itself: histories written by hand, those it must explain and those it must not."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.histories import linear
from tests.histories.linear import Act, Model, explained, offence, offences
from tests.histories.models import MODELS

CALM = (("area", None), ("show", "discreet"))
LOUD = (("area", None), ("show", "title"))


def act(thing: str, what: str, at: tuple[int, int], given: Any = None, **told: Any) -> Act:
    """told: ok, refused or lost, with the answer. The client is named with ``by``."""
    by = str(told.pop("by", "anne"))
    ((result, answer),) = told.items() if told else (("ok", None),)
    named = {"lost": "unknown"}.get(result, result)
    return Act(by, thing, what, given, at[0], at[1], named, answer)


def phone(what: str, at: tuple[int, int], given: Any = None, **told: Any) -> Act:
    return act("subscription 1", what, at, given, **told)


def follow(at: tuple[int, int], token: str, *, new: bool = True, choices: Any = CALM) -> Act:
    return phone("follow", at, choices, ok=(new, token, choices))


def notice(what: str, at: tuple[int, int], given: Any = None, **told: Any) -> Act:
    return act("notice N-1", what, at, given, **told)


def case(what: str, at: tuple[int, int], given: Any = None, **told: Any) -> Act:
    return act("application T-1", what, at, given, **told)


def bill(what: str, at: tuple[int, int], given: Any = None, **told: Any) -> Act:
    return act("bill B-1", what, at, given, **told)


ASKED = [
    notice("write", (1, 2), "one", by="aoi"),
    notice("ask", (3, 4), by="aoi"),
]
GOING = [*ASKED, notice("approve", (5, 6), "one", by="midori")]
PAGE = bill("checkout", (1, 2), ok="p1")

GOOD = {
    "one after the other": [
        follow((1, 2), "t1"),
        phone("change", (3, 4), ("t1", (("show", "title"),)), ok=LOUD),
        phone("read", (5, 6), ("t1",), ok=LOUD),
        phone("leave", (7, 8), ("t1",)),
        phone("leave", (9, 10), ("t1",)),
        phone("read", (11, 12), ("t1",), refused="token_refused"),
    ],
    "at the same time, in the other order": [
        follow((1, 2), "t1"),
        phone("change", (3, 8), ("t1", (("show", "title"),)), ok=LOUD),
        phone("read", (4, 5), ("t1",), ok=CALM),
        phone("read", (6, 7), ("t1",), ok=LOUD),
    ],
    "a lost answer that was done": [
        follow((1, 2), "t1"),
        phone("leave", (3, 4), ("t1",), lost=None),
        phone("read", (5, 6), ("t1",), refused="token_refused"),
    ],
    "a lost answer that was not done": [
        follow((1, 2), "t1"),
        phone("leave", (3, 4), ("t1",), lost=None),
        phone("read", (5, 6), ("t1",), ok=CALM),
    ],
    "a lost follow whose token nobody knows": [
        follow((1, 2), "t1"),
        phone("follow", (3, 4), LOUD, lost=None),
        phone("read", (5, 6), ("t1",), refused="token_refused"),
        follow((7, 8), "t3", new=False),
    ],
    "of two approvers one wins": [
        *ASKED,
        notice("approve", (5, 8), "one", by="midori"),
        notice("approve", (6, 7), "one", by="futaba", refused="notice_state"),
        notice("read", (9, 10), ok=("sending", "one")),
        notice("recall", (11, 12), by="aoi"),
        notice("look", (13, 14), ok=True),
    ],
    "the same answers from two tabs": [
        act("filing R/1", "apply", (1, 4), ok="T-1"),
        act("filing R/1", "apply", (2, 3), ok="T-1"),
        act("filing R/1", "apply", (5, 6), lost=None),
    ],
    "returned, mended, decided": [
        case("filed", (1, 2), "090"),
        case("return", (3, 4), (1, "again"), by="aoi"),
        case("mend", (5, 6), (2, "091")),
        case("mend", (7, 8), (2, "091")),
        case("decide", (9, 12), (3, "accepted"), by="aoi"),
        case("return", (10, 11), (3, "again"), by="midori", refused="application_state"),
        case("read", (13, 14), ok=("accepted", 4, "091")),
    ],
    "a page whose answer got lost is given to the next click": [
        bill("checkout", (1, 2), lost=None),
        bill("checkout", (3, 4), ok="p1"),
        bill("checkout", (5, 6), ok="p1"),
        bill("event", (7, 8), ("e1", "paid", "p1")),
        bill("event", (9, 10), ("e1", "paid", "p1")),
        bill("event", (11, 12), ("e2", "expired", "p1")),
        bill("read", (13, 14), ok="paid"),
        bill("checkout", (15, 16), refused="bill_state"),
    ],
    "opened once": [
        act("letter A-1", "opened", (1, 2), lost=None),
        act("letter A-1", "opened", (3, 4), ok=77),
        act("letter A-1", "opened", (5, 6), ok=77),
    ],
}

BAD = {
    "lost update": [
        follow((1, 2), "t1"),
        phone("change", (3, 4), ("t1", (("area", "kita"),)), ok=(("area", "kita"), CALM[1])),
        phone("change", (5, 6), ("t1", (("show", "title"),)), ok=LOUD),
    ],
    "stale read": [
        follow((1, 2), "t1"),
        phone("change", (3, 4), ("t1", (("show", "title"),)), ok=LOUD),
        phone("read", (5, 6), ("t1",), ok=CALM),
    ],
    "read before it was asked for": [
        follow((1, 2), "t1"),
        phone("read", (3, 4), ("t1",), ok=LOUD),
        phone("change", (5, 6), ("t1", (("show", "title"),)), ok=LOUD),
    ],
    "seen and unseen again": [
        follow((1, 2), "t1"),
        phone("change", (3, 4), ("t1", (("show", "title"),)), lost=None),
        phone("read", (5, 6), ("t1",), ok=LOUD),
        phone("read", (7, 8), ("t1",), ok=CALM),
    ],
    "resurrected after leaving": [
        follow((1, 2), "t1"),
        phone("leave", (3, 4), ("t1",)),
        phone("read", (5, 6), ("t1",), ok=CALM),
    ],
    "resurrected by a change that was under way": [
        follow((1, 2), "t1"),
        phone("change", (3, 8), ("t1", (("show", "title"),)), lost=None),
        phone("leave", (4, 5), ("t1",)),
        phone("read", (9, 10), ("t1",), ok=LOUD),
    ],
    "an old token still works": [
        follow((1, 2), "t1"),
        follow((3, 4), "t2", new=False),
        phone("leave", (5, 6), ("t1",)),
    ],
    "a new row where one is": [follow((1, 2), "t1"), follow((3, 4), "t2")],
    "an acknowledged follow is lost": [
        follow((1, 2), "t1"),
        phone("read", (3, 4), ("t1",), refused="token_refused"),
    ],
    "double effect of a filing": [
        act("filing R/1", "apply", (1, 2), ok="T-1"),
        act("filing R/1", "apply", (3, 4), ok="T-2"),
    ],
    "both decided": [
        case("filed", (1, 2), "090"),
        case("decide", (3, 6), (1, "accepted"), by="aoi"),
        case("decide", (4, 5), (1, "refused"), by="midori"),
    ],
    "decided over what changed since": [
        case("filed", (1, 2), "090"),
        case("return", (3, 4), (1, "again"), by="aoi"),
        case("mend", (5, 6), (2, "091")),
        case("decide", (7, 8), (1, "accepted"), by="midori"),
    ],
    "mended and lost": [
        case("filed", (1, 2), "090"),
        case("return", (3, 4), (1, "again"), by="aoi"),
        case("mend", (5, 6), (2, "091")),
        case("read", (7, 8), ok=("submitted", 3, "090")),
    ],
    "refused for no reason": [
        case("filed", (1, 2), "090"),
        case("return", (3, 4), (1, "again"), by="aoi", refused="application_state"),
    ],
    "approved by who wrote it": [*ASKED, notice("approve", (5, 6), "one", by="aoi")],
    "approved what she did not see": [
        *ASKED,
        notice("give_back", (5, 6), by="midori"),
        notice("edit", (7, 8), (3, "two"), by="aoi"),
        notice("ask", (9, 10), by="aoi"),
        notice("approve", (11, 12), "one", by="midori"),
    ],
    "edited over a colleague": [
        ASKED[0],
        notice("edit", (3, 4), (1, "two"), by="aoi"),
        notice("edit", (5, 6), (1, "three"), by="midori"),
    ],
    "public before it was approved": [*ASKED, notice("look", (5, 6), ok=False)],
    "sent and then not yet sent": [
        *GOING,
        notice("read", (7, 8), ok=("sent", "one")),
        notice("read", (9, 10), ok=("sending", "one")),
    ],
    "going after its recall": [
        *GOING,
        notice("recall", (7, 8), by="aoi"),
        notice("read", (9, 10), ok=("sending", "one")),
    ],
    "an acknowledged notice that nobody finds": [
        *ASKED,
        notice("read", (5, 6), refused="notice_not_found"),
    ],
    "two pages at once": [PAGE, bill("checkout", (3, 4), ok="p2")],
    "paid and open again": [
        PAGE,
        bill("event", (3, 4), ("e1", "paid", "p1")),
        bill("event", (5, 6), ("e2", "expired", "p1")),
        bill("read", (7, 8), ok="open"),
    ],
    "paid and a new page": [
        PAGE,
        bill("event", (3, 4), ("e1", "paid", "p1")),
        bill("checkout", (5, 6), ok="p2"),
    ],
    "an acknowledged payment that nobody sees": [
        PAGE,
        bill("event", (3, 4), ("e1", "paid", "p1")),
        bill("read", (5, 6), ok="started"),
    ],
    "opened twice": [
        act("letter A-1", "opened", (1, 2), ok=77),
        act("letter A-1", "opened", (3, 4), ok=78),
    ],
}


@pytest.mark.parametrize("name", GOOD)
def test_what_some_order_explains_is_no_offence(name: str) -> None:
    assert offences(MODELS, GOOD[name]) == []


@pytest.mark.parametrize("name", BAD)
def test_what_no_order_explains_is_an_offence(name: str) -> None:
    assert len(offences(MODELS, BAD[name])) == 1


@pytest.mark.parametrize("name", [each for each in BAD if each != "read before it was asked for"])
def test_without_its_last_answer_it_would_be_none(name: str) -> None:
    history = sorted(BAD[name], key=lambda each: each.answered)
    assert offences(MODELS, history[:-1]) == []


def test_an_offence_shows_no_look_that_does_not_matter_and_nothing_that_came_later() -> None:
    looks = [phone("read", (at, at + 1), ("t1",), ok=CALM) for at in (3, 5, 7)]
    later = phone("change", (20, 21), ("t1", (("show", "title"),)), ok=LOUD)
    stale = phone("read", (10, 11), ("t1",), ok=LOUD)
    found = offence(MODELS["subscription"], [follow((1, 2), "t1"), *looks, stale, later])
    assert found is not None
    assert found.acts == [follow((1, 2), "t1"), stale]
    assert "no order explains what was answered about subscription 1" in str(found)


def test_what_says_nothing_is_left_aside() -> None:
    busy = phone("change", (3, 4), ("t1", (("show", "title"),)), nothing=None)
    assert offences(MODELS, [follow((1, 2), "t1"), busy, busy]) == []


def test_objects_are_judged_one_by_one() -> None:
    good, bad = GOOD["one after the other"], BAD["opened twice"]
    (found,) = offences(MODELS, [*good, *bad, act("inbox R", "read", (1, 2), ok=[])])
    assert found.thing == "letter A-1"


def test_a_search_that_grows_too_large_is_no_acquittal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "MOST_STATES", 20)
    many = [bill("checkout", (1, 50), lost=None) for _ in range(6)]
    events = [bill("event", (1, 50), (f"e{n}", "paid", f"p{n}")) for n in range(6)]
    with pytest.raises(OverflowError):
        explained(MODELS["bill"], [*many, *events])


# ------------------------------------------------------------------------- against every order
def _register(state: int, one: Act) -> Iterator[int]:
    if one.what == "write":
        yield one.given
    elif one.answer == state:
        yield state


REGISTER = Model(0, _register, frozenset({"read"}))


def test_it_agrees_with_trying_every_order() -> None:
    luck, judged = random.Random(1), {True: 0, False: 0}
    for _ in range(400):
        history = _any_history(luck)
        expected = any(_holds(order) for order in _orders(history))
        assert explained(REGISTER, history) == expected, history
        judged[expected] += 1
    assert min(judged.values()) > 50, judged


def _any_history(luck: random.Random) -> list[Act]:
    found = []
    for _ in range(5):
        start = luck.randrange(20)
        span, value = (start, start + luck.randrange(1, 12)), luck.randrange(3)
        if luck.random() < 0.5:
            found.append(act("register x", "read", span, ok=value))
        else:
            result = {"lost": None} if luck.random() < 0.3 else {"ok": None}
            found.append(act("register x", "write", span, value, **result))
    return found


def _orders(history: Sequence[Act]) -> Iterator[Sequence[Act]]:
    """Every order of the acts, each lost one left out or taken."""
    lost = [each for each in history if each.lost]
    for kept in itertools.product((False, True), repeat=len(lost)):
        gone = [each for each, stays in zip(lost, kept, strict=True) if not stays]
        yield from itertools.permutations([e for e in history if not any(e is g for g in gone)])


def _holds(order: Sequence[Act]) -> bool:
    """Whether it keeps to real time and to the register."""
    state = 0
    for place, each in enumerate(order):
        if any(not e.lost and e.answered <= each.invoked for e in order[place + 1 :]):
            return False
        if each.what == "read" and each.answer != state:
            return False
        state = each.given if each.what == "write" else state
    return True
