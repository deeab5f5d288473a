"""Which acts there are, who does them, and that each act of staff and each login stands in the
record of acts by the very commit that does it, ready for the chain."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.batches.test_care import work
from tests.journeys.login.test_passkeys import added, begun, entered, found
from tests.parts.authenticator import Authenticator
from tests.parts.case_desk import CaseDesk
from tests.parts.chained import Chained
from tests.parts.hall import BROWSER, Hall
from tests.parts.payer import AT_THE_COUNTER, CASHIER, Payer, csv, row
from tests.parts.pretend_signer import Authority, Card
from tests.parts.snapshots import ON, crowd, file
from todoke import assemble
from todoke.adapters.fakes import TurnedClock
from todoke.core import audit_chain
from todoke.core.errors import TodokeError
from todoke.journeys import (
    announce,
    batches,
    bill_desk,
    bills,
    cases,
    desk_session,
    login,
    passkeys,
    redrive,
    register,
    register_findings,
    register_report,
    residents,
    session,
    staff,
    ways_in,
)
from todoke.journeys.ways_in import Way
from todoke.ports import MAX_PAGE, Create, Delete, Put, Record, Replace, Services, Write

#: written by the city itself
BY_ITSELF = {
    "published", "sent", "clock_moved", "subscription_gone", "account_unlinked", "device_taken",
    "letter_code_ended", "kept_erased",
    "payment_pending", "payment_paid", "payment_failed", "payment_expired", "payment_refunded",
    "payment_refused", "payment_amount_differs", "payment_overpaid", "payment_other",
}  # fmt: skip
#: by citizens, about what is theirs (their logins are below)
BY_CITIZENS = {
    "subscription_made", "subscription_changed", "subscription_left", "device_joined",
    "device_left", "application_submitted", "application_mended", "payment_started",
    "account_erased", "app_added", "app_removed", "data_exported", "handover_allowed",
    "handover_refused", "handover_wrong", "mandate_accepted", "mandate_ended",
    "mandate_offered", "mandate_read",
    "mandate_read_for", "mandate_looked", "mandate_looked_for", "application_submitted_for",
    "application_mended_for", "payment_started_for",
}  # fmt: skip
#: by staff or an operator, and held to the same elsewhere: tests/journeys/clock,
#: tests/journeys/batches/test_to_many.py, tests/journeys/login/test_linking.py,
#: tests/journeys/keys, tests/journeys/test_desk_login.py, tests/web/console/test_clerks.py,
#: tests/journeys/test_scope.py
ELSEWHERE = {
    "clock_confirmed", "letters_sent", "link_refused", "key_retired", "keys_resealed",
    "keys_rotated", "staff_codes_made", "staff_login_refused", "staff_recovered", "staff_roles",
    "staff_offices", "staff_sessions_ended", "staff_way_added", "staff_way_removed",
    "application_handed_over",
}  # fmt: skip
ACT = "console.act."
#: names of the desk for what a citizen does under the same name as a clerk
TWO_NAMES = {"citizen_session_opened", "citizen_session_closed"}
#: what a commit beside the act's own may hold: questions, rows nobody sees yet, marks
BESIDE = {"challenge", "batch", "batch_part", "setting", "outbox"}


class Watched:
    """A store that remembers what was committed."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.commits: list[Sequence[Write]] = []

    def commit(self, writes: Sequence[Write]) -> None:
        """As ``ports.Store.commit``."""
        self.store.commit(writes)
        self.commits.append(list(writes))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def entries(writes: Sequence[Write]) -> list[Record]:
    """The entries of the record of acts that a commit writes."""
    created = [each.record for each in writes if isinstance(each, Create)]
    return [each for each in created if each.kind == "audit"]


def changes(writes: Sequence[Write]) -> set[str]:
    """Kinds of what a commit changes beside them; what waits in a batch is not there yet."""
    kinds = set()
    for each in writes:
        if isinstance(each, Delete):
            kinds.add(each.kind)
        elif isinstance(each, Create | Replace | Put) and each.record.batch is None:
            kinds.add(each.record.kind)
    return kinds - {"audit"}


@contextmanager
def acting(services: Services, *names: str) -> Iterator[Services]:
    """What is done inside are these acts: every change stands in a commit with an entry that is
    ready for the chain, and the acts are those."""
    watched = Watched(services.store)
    yield dataclasses.replace(services, store=watched)
    said = []
    for writes in watched.commits:
        written = [each for each in entries(writes) if each.batch is None]
        assert written or changes(writes) <= BESIDE, (names, changes(writes))
        said += [str(each.data["act"]) for each in written]
        for each in written:
            assert each.data["chain"] == audit_chain.WAITING
            key = services.secrets.seal_key
            promised, salt = str(each.data["mac"]), str(each.data["salt"])
            assert audit_chain.holds(key, each.id, each.data, promised, salt)
    assert set(said) == set(names)


def notices(data: Path) -> Services:
    """An author and an approver."""
    desk = CaseDesk.open(data).desk
    services, author, approver = desk.services, desk.author, desk.approver
    with acting(services, "drafted") as city:
        record = announce.draft(city, author, desk.content())
    with acting(services, "edited") as city:
        other = desk.content(text={"ja": "一次申込の締切は12月5日(土)です。"})
        record = announce.edit(city, author, record.id, record.version, other)
    with acting(services, "asked") as city:
        record = announce.ask(city, author, record.id)
    with acting(services, "given_back") as city:
        announce.give_back(city, approver, record.id, "日付を たしかめて ください。")
    announce.ask(services, author, record.id)
    record = desk.asked()
    seal = str(record.data["snapshot"])
    with acting(services, "refused") as city, pytest.raises(TodokeError):
        announce.approve(city, approver, record.id, seal, "987654")
    with acting(services, "approved") as city:
        desk = dataclasses.replace(desk, services=city)
        desk.approve(record)
    with acting(services, "recalled") as city:
        announce.recall(city, approver, record.id, "まちがいが ありました。")
    return services


def clerks(data: Path) -> Services:
    """Who comes, and goes."""
    services = assemble.fake(data)
    with acting(services, "staff_added") as city:
        link = staff.add(city, "見本 あさひ", ["author"])
    with acting(services, "session_opened") as city:
        token = staff.open_session(city, link.code)
    with acting(services, "session_closed") as city:
        desk_session.close(city, token)
    with acting(services, "staff_link_made") as city:
        staff.new_link(city, link.staff)
    with acting(services, "staff_removed") as city:
        staff.remove(city, link.staff)
    return services


def casework(data: Path) -> Services:
    """A case worker reads, gives back and decides."""
    desk = CaseDesk.open(data)
    services, worker = desk.services, desk.worker
    record = desk.apply(files=(b"%PDF-1.4 made up",))
    files = record.data["attachments"]
    assert isinstance(files, list)
    with acting(services, "application_read") as city:
        cases.open_case(city, worker, record.id, "review")
    with acting(services, "attachment_read") as city:
        cases.attachment(city, worker, record.id, str(files[0]), "review")
    with acting(services, "application_returned") as city:
        note = {"claimant_name": "うつした書類の字が読めません。"}
        cases.return_fields(city, worker, record.id, record.version, note)
    for decision, reason in (("accepted", ""), ("refused", "要件に あたらないため。")):
        other = desk.apply()
        with acting(services, f"application_{decision}") as city:
            cases.decide(city, worker, other.id, other.version, decision, reason)
    return services


def money(data: Path) -> Services:
    """A cashier brings bills in and reads one."""
    payer = Payer.open(data)
    services = payer.services
    with acting(services, "bills_imported") as city:
        bills.import_csv(city, CASHIER, csv(row("B-2")))
    with acting(services, "bill_read") as city:
        bill_desk.read(city, AT_THE_COUNTER, payer.bill, "payment")
    waiting, _ = bills.keep_csv(services, CASHIER, csv(row("B-3")))
    with acting(services, "batch_begun") as city:
        batches.start(city, waiting.id, CASHIER)
    return services


def operators(data: Path) -> Services:
    """Who sits at the terminal."""
    services = assemble.fake(data)
    with acting(services, "residents_imported") as city:
        register.bring_in(city, "cli", file(*crowd(3)), ON)
    with acting(services, "register_reported") as city:
        register_report.report(city, "cli")
    boss = staff.person(
        staff.here(services, staff.add(services, "見本 ひまり", ["administrator"]).staff)
    )
    with acting(services, "register_report_asked") as city:
        register_findings.ask(city, boss)
    with acting(services, "register_findings_seen") as city:
        register_findings.opened(city, boss, "", 1)
    with acting(services, "redriven") as city:
        redrive.redrive(city)
    return services


def logins(data: Path) -> Services:
    """By card, by passkey, by the code of a letter; and the way out."""
    clock = TurnedClock()
    services = assemble.fake(data, clock=clock)
    Authority().trusted_in(data)

    @contextmanager
    def at(*names: str) -> Iterator[Hall]:
        with acting(services, *names) as city:
            yield Hall(city, clock, data)

    card, phone = Card(), Authenticator()
    with at("session_opened") as hall:
        opened = hall.enter(card)
    with at("session_opened", "session_closed") as hall:
        opened = hall.enter(card, old=opened.token)
    with at("login_refused") as hall, pytest.raises(TodokeError):
        login.login(hall.services, BROWSER, hall.answer(card, signed=b"something else"))
    code = Hall(services, clock, data).code()
    with at("letter_code_wrong") as hall, pytest.raises(TodokeError):
        login.link(hall.services, opened.token, "AAAA-AAAA-AAAA")
    with at("account_linked") as hall:
        opened = login.link(hall.services, opened.token, code)
    with at("passkey_added") as hall:
        added(hall, phone, opened)
    with at("session_opened") as hall:
        second = entered(hall, phone)
    with at("sessions_closed") as hall:
        session.close_all(hall.services, *found(hall, opened))
    with at("passkey_removed") as hall:
        mine, account = found(hall, opened)
        (only,) = passkeys.of_account(hall.services, account)
        passkeys.remove(hall.services, mine, account, only.id)
    with at("session_closed") as hall:
        session.close(hall.services, opened.token)
    with at("session_opened") as hall:
        third = begun(hall, Authenticator())
    assert len({opened.account, third.account}) == 2
    assert second.account == opened.account
    with at("card_added", "session_opened") as hall:
        fourth = login.add_card(hall.services, BROWSER, hall.answer(Card(serial=4712)), third.token)
    with at("card_removed") as hall:
        mine, account = found(hall, fourth)
        (only_card,) = ways_in.kept(hall.services, account, login.CARD)
        ways_in.remove(hall.services, mine, account, Way(login.CARD, only_card.id))
    person = residents.find(services, "0000000001")
    assert person is not None
    with at("letter_code_made") as hall:
        login.new_letter_code(hall.services, person.id)
    return services


SCENES: Mapping[str, Callable[[Path], Services]] = {
    "notices": notices, "clerks": clerks, "casework": casework, "money": money,
    "operators": operators, "logins": logins,
}  # fmt: skip


@pytest.mark.looks_into_files
@pytest.mark.parametrize("scene", SCENES)
def test_every_act_stands_in_the_commit_that_does_it_and_then_in_the_chain(
    scene: str, tmp_path: Path
) -> None:
    services = SCENES[scene](tmp_path)
    city = Chained(services)
    work(services)
    city.link()
    report = city.verify()
    assert (report.findings, report.waiting) == ([], 0)
    entries = services.store.walk("audit", MAX_PAGE).records
    assert report.entries == len(entries) > 1


@pytest.mark.looks_into_files
def test_every_act_that_the_desk_has_words_for_is_known_here() -> None:
    """An act that is new belongs into one of the lists, and into a scene if it is one of staff or a
    login."""
    text = Path(__file__).read_text("utf-8")
    done = {
        name
        for names in re.findall(r"(?:acting\(services, |at\()([^)]*)\) as", text)
        for name in re.findall(r'"([a-z_]+)"', names)
    }
    done |= {f"application_{each}" for each in ("accepted", "refused")}
    others = BY_ITSELF | BY_CITIZENS | ELSEWHERE | TWO_NAMES
    # the rows of an import: their own test is in test_links.py
    others |= {"bill_imported"}
    words = assemble.dictionary().sentences["ja"]
    acts = {name.removeprefix(ACT) for name in words if name.startswith(ACT)}
    assert acts == done | others
    assert not done & others
