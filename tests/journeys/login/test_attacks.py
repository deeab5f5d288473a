"""Every token that only looks like one: refused alike, with the same work, and no session made.

One public error, whatever was wrong; why stands in the record of acts. That the work is the same
is counted (signatures computed, reads and commits of the Store) and not timed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from tests.parts import attacks
from tests.parts.attacks import ATTACKS
from tests.parts.hall import BROWSER, Hall, refusal
from tests.parts.pretend_signer import Card, Key, p256_key, p384_key, rsa_key
from todoke.core import token
from todoke.core.errors import TodokeError
from todoke.journeys import challenge, login, session

pytestmark = pytest.mark.also_late


KEYS: dict[str, Callable[[str], Key]] = {"RS256": rsa_key, "ES256": p256_key, "ES384": p384_key}


@pytest.fixture(params=KEYS)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of the key in the cards that the attacks are made of; the list itself stays one list."""
    key = KEYS[request.param]("card")
    monkeypatch.setattr(attacks, "Card", lambda **changes: Card(**{"key": key, **changes}))
    return str(request.param)


def test_a_card_of_each_kind_is_let_in(hall: Hall) -> None:
    for kind, key in KEYS.items():
        body = hall.answer(Card(key=key("card")))
        assert body["algorithm"] == kind
        assert login.login(hall.services, BROWSER, body).token


@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_refused_alike_and_told_to_the_record_of_acts(
    hall: Hall, kind: str, name: str
) -> None:
    attack, why = ATTACKS[name]
    browser, body = attack(hall)
    before, acts = sessions(hall), len(hall.acts())
    assert refusal("card_refused", lambda: login.login(hall.services, browser, body)) == {}
    assert hall.acts()[acts:] == ["login_refused"]
    assert hall.why() == why
    assert sessions(hall) == before, "a session was made"


@pytest.mark.parametrize("name", ["replayed", "revoked", "re-signed", "oversize certificate"])
def test_a_card_is_not_added_by_it_either(hall: Hall, name: str) -> None:
    opened = hall.enter(Card(serial=1))
    browser, body = ATTACKS[name][0](hall)
    refusal("card_refused", lambda: login.add_card(hall.services, browser, body, opened.token))
    assert session.find(hall.services, opened.token), "she is logged in as before"


def test_every_refusal_takes_the_same_work(
    hall: Hall, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signatures computed and touches of the Store; those the attacks prepare are not counted."""
    seen = {}
    for name, (attack, _) in ATTACKS.items():
        browser, body = attack(hall)
        with counted(hall, monkeypatch) as work, pytest.raises(TodokeError):
            login.login(hall.services, browser, body)
        seen[name] = dict(work)
    least = seen["re-signed"]
    assert least == {"signatures": 2, "reads": 1, "commits": 1}
    for name, done in seen.items():
        assert done == least, name


@pytest.mark.parametrize("took", [0.0007, 0.019, 0.0411])
def test_a_refusal_waits_for_the_next_step_whatever_it_found(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, took: float
) -> None:
    times, slept = iter([100.0, 100.0 + took] * len(ATTACKS)), list[float]()
    watch = SimpleNamespace(monotonic=lambda: next(times), sleep=slept.append)
    for attack, _ in ATTACKS.values():
        browser, body = attack(hall)
        refused = partial(login.login, hall.services, browser, body)
        with monkeypatch.context() as patch:
            patch.setattr(challenge, "time", watch)
            refusal("card_refused", refused)
    assert len(slept) == len(ATTACKS)
    steps = {round((took + each) / challenge.STEP_SECONDS, 6) for each in slept}
    assert steps == {float(int(took / challenge.STEP_SECONDS) + 1)}


def test_who_is_let_in_does_not_wait(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: float) -> None:
        raise AssertionError

    watch = SimpleNamespace(monotonic=time.monotonic, sleep=never)
    monkeypatch.setattr(challenge, "time", watch)
    assert hall.enter(Card()).token


def sessions(hall: Hall) -> int:
    return hall.acts().count("session_opened")


@contextmanager
def counted(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    work: Counter[str] = Counter()
    store = hall.services.store
    signature, get, commit = token._is_signature, store.get, store.commit

    def count(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*given: Any, **more: Any) -> Any:
            work[name] += 1
            return call(*given, **more)

        return counting

    with monkeypatch.context() as patch:
        patch.setattr(token, "_is_signature", count("signatures", signature))
        patch.setattr(store, "get", count("reads", get), raising=False)
        patch.setattr(store, "commit", count("commits", commit), raising=False)
        yield work
