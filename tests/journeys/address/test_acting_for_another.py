"""Somebody files for another: by a mandate to file, hers and nobody else's application, written for
both, and nothing more once the mandate has ended, by whatever way it did."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.parts.applying import PROCEDURE, QuickCleaner, _published, answers, return_it
from tests.parts.desk import DAY
from tests.parts.letters import Neighbour, neighbour
from tests.parts.town import Town
from todoke.core.errors import TodokeError
from todoke.core.notice import Person
from todoke.journeys import (
    address,
    apply,
    attachments,
    cases,
    forms,
    history,
    leaving,
    mandates,
    residents,
)
from todoke.journeys.apply import Mending, Sent
from todoke.journeys.mandates import FILE, READ, Mandate
from todoke.ports import Record, Replace, Services

KEY = "made-by-chance-01"
WORKER = Person("S-1", frozenset(["caseworker"]))


@pytest.fixture(autouse=True)
def form(town: Town) -> None:
    """The site offers a form that an agent may file."""
    for key, body in _published().items():
        shape = json.loads(body)
        if key.startswith("forms/"):
            shape["agent"] = True
        town.services.blobs.put(key, json.dumps(shape).encode())


@pytest.fixture
def agent(town: Town) -> Neighbour:
    return neighbour(town, 2, "見本 じろう")


def given_to(who: Neighbour, to: Neighbour, *scope: str, days: int = 30, ahead: int = 0) -> Mandate:
    services = who.town.services
    first = mandates.today(services) + timedelta(days=ahead)
    term = mandates.term(services, scope or (FILE,), first, first + timedelta(days=days - 1))
    made, code = mandates.offer(services, who.resident, term)
    mandates.accept(services, to.resident, code)
    return made


def sent(mandate: str = "", **changes: Any) -> Sent:
    return Sent(PROCEDURE, "2026-11", answers(**changes), mandate)


def file(services: Services, who: Neighbour, mandate: str, key: str = KEY, more: Any = None) -> str:
    more = more or {}
    return apply.submit(services, who.resident, sent(mandate, **more), key)


def refused(act: Callable[[], object], code: str = "mandate_over") -> None:
    with pytest.raises(TodokeError) as error:
        act()
    assert error.value.code == code


def filed(town: Town) -> list[Record]:
    return list(town.services.store.find("applications_by_state", "submitted").records)


def acts(who: Neighbour) -> list[tuple[str, str]]:
    found, _ = history.entries(who.town.services, who.resident)
    return [(each.act, each.by) for each in found if each.act.startswith("application")]


def test_the_application_is_hers_and_names_both(
    town: Town, hanako: Neighbour, agent: Neighbour
) -> None:
    services = town.services
    made = given_to(hanako, agent)
    id = file(services, agent, made.id)
    (record,) = filed(town)
    assert (record.id, record.data["resident"]) == (id, hanako.resident)
    assert (record.data["agent"], record.data["mandate"]) == (agent.resident, made.id)
    assert acts(hanako)[0] == ("application_submitted", "agent")
    assert acts(agent)[0] == ("application_submitted_for", "you")
    (told, *_) = address.letters(services, address.of_resident(services, hanako.resident).records)
    assert told.kind == "application_by_agent"
    assert "見本 じろう" in told.title["ja"]
    case = cases.open_case(services, WORKER, id, "review")
    assert case.agent
    assert (case.resident.name, case.agent.name) == ("見本 はなこ", "見本 じろう")
    assert apply.read_own(services, hanako.resident, id).acting.agent is None
    assert apply.read_own(services, agent.resident, id).acting.agent == agent.resident
    assert [each.id for each in apply.list_filed(services, agent.resident)] == [id]
    assert apply.list_own(services, agent.resident).records == []


def test_what_is_filed_twice_is_filed_once(town: Town, hanako: Neighbour, agent: Neighbour) -> None:
    services = replace(town.services, cleaner=QuickCleaner())
    made = given_to(hanako, agent)
    photo = attachments.take(services, agent.resident, b"photo").id
    more: dict[str, Any] = {_files(services)[0]: [photo]}
    first = file(services, agent, made.id, more=more)
    assert file(services, agent, made.id, more=more) == first
    assert file(services, agent, made.id, "another-key-by-chance", more=more) == first
    assert len(filed(town)) == 1
    own = file(services, agent, "", "a-third-key-by-chance")
    assert own != first, "what she files for herself is hers"
    hers = apply.submit(services, hanako.resident, sent(), "made-by-chance-01")
    assert hers not in (first, own), "the principal never meets her agent's key"


def _files(services: Services) -> list[str]:
    form = forms.form_of(services, PROCEDURE)
    return [each.id for each in form.questions if each.kind == "file"]


def test_what_the_agent_attached_becomes_the_principals(
    town: Town, hanako: Neighbour, agent: Neighbour
) -> None:
    services = replace(town.services, cleaner=QuickCleaner())
    made = given_to(hanako, agent)
    (question, *_) = _files(services)
    hers = attachments.take(services, hanako.resident, b"hers").id
    refused(
        lambda: file(services, agent, made.id, more={question: [hers]}), "answers_refused"
    )  # a paper of the principal that she has not sent is not the agent's to send
    photo = attachments.take(services, agent.resident, b"photo").id
    id = file(services, agent, made.id, more={question: [photo]})
    record = services.store.get("attachment", photo)
    assert record is not None
    assert (record.data["resident"], record.data["application"]) == (hanako.resident, id)
    again = file(services, agent, made.id, "another-key-by-chance", more={question: [photo]})
    assert again == id


def break_it(name: str, town: Town, hanako: Neighbour, agent: Neighbour) -> str:
    """A mandate that does not allow it; its id."""
    services = town.services
    if name == "only to read":
        return given_to(hanako, agent, READ).id
    if name == "not begun":
        return given_to(hanako, agent, ahead=2).id
    if name == "of another":
        return given_to(hanako, neighbour(town, 3, "見本 さぶろう")).id
    if name == "of an agent's agent":
        third = neighbour(town, 3, "見本 さぶろう")
        given_to(third, hanako)  # hanako files for her, and jiro for hanako
        given_to(hanako, agent)
        (of_third,) = mandates.of_resident(services, third.resident)
        return of_third.id
    if name in ("none", "a word"):
        return "M-0000000000000000" if name == "none" else "<b>"
    made = given_to(hanako, agent, days=3)
    if name == "ended by her":
        mandates.end(services, hanako.resident, made.id)
    elif name == "ended by the agent":
        mandates.end(services, agent.resident, made.id)
    elif name == "over":
        town.clock.turn(3 * DAY)
    elif name == "left":
        leaving._end_mandates(services, hanako.resident)
    else:
        _now_is(town, {"the agent died": agent}.get(name, hanako), name)
    return made.id


def _now_is(town: Town, who: Neighbour, name: str) -> None:
    """The register's row says that she moved away or died."""
    from todoke.core import sealed

    services = town.services
    id = residents.row_id(residents.OWN, who.resident)
    record = services.store.get("register_row", id)
    assert record is not None
    key = services.secrets.data_key
    inside = sealed.open_json(key, "register_row", id, record.data["sealed"])
    inside["state"] = "closed" if name == "moved away" else "deceased"
    data = {**record.data, "sealed": sealed.seal_json(key, "register_row", id, inside)}
    services.store.commit([Replace(replace(record, data=data))])


BROKEN = [
    *("only to read", "not begun", "of another", "of an agent's agent", "none", "a word"),
    *("ended by her", "ended by the agent", "over", "left", "died", "the agent died"),
    "moved away",
]


@pytest.mark.parametrize("name", BROKEN)
def test_by_a_mandate_that_does_not_allow_it_nothing_is_filed(
    town: Town, hanako: Neighbour, agent: Neighbour, name: str
) -> None:
    mandate = break_it(name, town, hanako, agent)
    before = len(acts(hanako))
    refused(lambda: file(town.services, agent, mandate))
    assert filed(town) == []
    assert len(acts(hanako)) == before


@pytest.mark.parametrize("form", ["no word about it", "no"])
def test_what_takes_her_own_signature_is_refused(
    town: Town, hanako: Neighbour, agent: Neighbour, form: str
) -> None:
    services, made = town.services, given_to(hanako, agent)
    shape = json.loads(_published()[f"forms/{PROCEDURE}.json"])
    shape |= {"agent": False} if form == "no" else {}
    services.blobs.put(f"forms/{PROCEDURE}.json", json.dumps(shape).encode())
    refused(lambda: file(services, agent, made.id), "agent_refused")
    correction = Sent(forms.CORRECTION, "1", {"what": "x", "right": "y"}, made.id)
    refused(
        lambda: apply.submit(services, agent.resident, correction, "made-by-chance-02"),
        "agent_refused",
    )
    assert filed(town) == []


def test_what_she_filed_herself_is_not_the_agents_to_see(
    town: Town, hanako: Neighbour, agent: Neighbour
) -> None:
    services = town.services
    given_to(hanako, agent, READ, FILE)
    hers = apply.submit(services, hanako.resident, sent(), "made-by-chance-01")
    return_it(services, hers, {"claimant_phone": "もう一度"})
    for number in (hers, "T-00000-00000"):
        refused(partial(apply.read_own, services, agent.resident, number), "not_found")
        mending = Mending(2, {})
        refused(partial(apply.mend, services, agent.resident, number, mending), "not_found")


def test_the_agent_answers_what_is_asked_back_while_she_may(
    town: Town, hanako: Neighbour, agent: Neighbour
) -> None:
    services = town.services
    made = given_to(hanako, agent)
    id = file(services, agent, made.id)
    version = return_it(services, id, {"claimant_phone": "もう一度"})
    mending = Mending(version, {"claimant_phone": "0300000000"})
    own = apply.mend(services, agent.resident, id, mending)
    assert (own.state, own.answers["claimant_phone"]) == ("submitted", "0300000000")
    assert acts(hanako)[0] == ("application_mended", "agent")
    assert acts(agent)[0] == ("application_mended_for", "you")
    version = return_it(services, id, {"claimant_phone": "もう一度"})
    mandates.end(services, hanako.resident, made.id)
    mending = Mending(version, {"claimant_phone": "0311111111"})
    refused(lambda: apply.mend(services, agent.resident, id, mending))
    refused(lambda: apply.read_own(services, agent.resident, id))
    assert apply.list_filed(services, agent.resident) == []
    own = apply.mend(services, hanako.resident, id, mending)
    assert own.answers["claimant_phone"] == "0311111111", "the principal goes on with it herself"


class Between:
    """A store in which something happens right before a commit of an application."""

    def __init__(self, store: Any, act: Callable[[], None]) -> None:
        self._store, self._act = store, act
        self.done = 0

    def commit(self, writes: Any) -> None:
        kinds = {each.record.kind for each in writes if hasattr(each, "record")}
        if "application" in kinds and not self.done:
            self.done = 1
            self._act()
        self._store.commit(writes)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.mark.parametrize("what", ["filing", "mending"])
def test_a_mandate_that_ends_between_look_and_commit_files_nothing(
    town: Town, hanako: Neighbour, agent: Neighbour, what: str
) -> None:
    services = town.services
    made = given_to(hanako, agent)
    id = file(services, agent, made.id) if what == "mending" else ""
    version = return_it(services, id, {"claimant_phone": "もう一度"}) if id else 0
    store = Between(services.store, lambda: mandates.end(services, hanako.resident, made.id))
    racing = replace(services, store=store)
    if what == "filing":
        refused(lambda: file(racing, agent, made.id))
        assert filed(town) == []
    else:
        mending = Mending(version, {"claimant_phone": "0311111111"})
        refused(lambda: apply.mend(racing, agent.resident, id, mending))
        own = apply.read_own(services, hanako.resident, id)
        assert own.state == "returned"
    assert store.done


@pytest.mark.looks_into_files
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(before=st.integers(0, 3))
def test_after_the_end_has_returned_nothing_is_filed(town: Town, before: int) -> None:
    """However the two meet: whoever files at the same time files before the end, or not at all."""
    hanako, agent = neighbour(town, 1, "見本 はなこ"), neighbour(town, 2, "見本 じろう")
    services, made = town.services, given_to(hanako, agent)
    over, began = threading.Event(), threading.Event()
    late: list[bool] = []
    tries = 0

    def filing() -> None:
        nonlocal tries
        while True:
            after = over.is_set()
            tries += 1
            town_key = f"key-{made.id[2:10]}-{tries:06d}"
            try:
                more = {"claimant_phone": f"03{tries:08d}"}
                file(services, agent, made.id, town_key, more)
                done = True
            except TodokeError as error:
                done = error.code != "mandate_over"
            late.append(after and done)
            if tries > before:
                began.set()
            if after or not done:
                began.set()
                return

    thread = threading.Thread(target=filing)
    thread.start()
    began.wait(20)
    mandates.end(services, hanako.resident, made.id)
    count = len(filed(town))
    over.set()
    thread.join(30)
    assert not any(late)
    assert len(filed(town)) == count
