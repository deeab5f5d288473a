"""A city in which somebody has done everything that leaves something sealed, each text of it with a
canary: strings that must be found nowhere but in their seals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from tests.parts import payer, snapshots
from tests.parts.applicants import KEY, sent
from tests.parts.applying import QuickCleaner, city
from tests.parts.authenticator import Authenticator
from tests.parts.desk_door import AtTheDoor
from tests.parts.hall import BROWSER
from todoke.core.notice import Person
from todoke.core.resident_file import ADDRESS, BORN, KANA, NAME, SEX
from todoke.journeys import (
    address,
    apply,
    attachments,
    batches,
    bills,
    cases,
    desk_ways,
    passkeys,
    pay,
    register_report,
    residents,
    staff,
)
from todoke.ports import Services

#: in every personal text; the katakana one where only these are taken
CANARY, KANA_CANARY = "金糸雀zqx", "カナリヤヅュ"
#: where only letters of the Latin alphabet are taken, and in what a picture holds
LATIN_CANARY = "canary7q"
BYTES = f"a picture of a {LATIN_CANARY}".encode()
REASON = f"見本の理由です。{CANARY}8のため、もう一度出してください。"


@dataclass(frozen=True, slots=True)
class LivedIn:
    """resident: whose everything is. application: accepted by nobody, returned once. bill: a
    payment of it was begun on the page. waiting: a file that was not sent. account: of somebody
    with a passkey."""

    services: Services
    resident: str
    application: str
    bill: str
    page: str
    waiting: str
    account: str

    def reads_everything(self) -> None:
        """Opens whatever is sealed, as those who may read it do."""
        services = self.services
        person = residents.get(services, self.resident)
        assert person is not None
        assert CANARY in person.name
        assert CANARY in person.address
        own = apply.read_own(services, self.resident, self.application)
        assert CANARY in own.answers["claimant_name"]
        assert CANARY in own.asks["claimant_address"]
        worker = self.worker()
        [file] = own.files
        assert BYTES in cases.attachment(services, worker, self.application, file.id, "review")[1]
        found = address.of_resident(services, self.resident).records
        letters = address.letters(services, found)
        assert {each.kind for each in letters} >= {"application_returned", "bill"}
        assert not any("読み出せ" in each.title["ja"] for each in letters)
        record = bills.own(services, self.resident, self.bill)
        bill = bills.opened(services, record)
        assert CANARY in bill.title
        assert LATIN_CANARY in bill.reference
        answers = [pay.answered(services, each) for each in bills.checkouts(services, record)]
        assert [each.url for each in answers if each] == [self.page]
        account = services.store.get("account", self.account)
        assert account is not None
        [kept] = passkeys.of_account(services, account)
        assert CANARY in kept.name
        assert CANARY in staff.names(services)[worker.id]
        assert services.private.get(attachments.file_key(self.waiting)) is not None

    def worker(self) -> Person:
        """The case worker."""
        return _person(self.services, "caseworker")


def lived_in(folder: Path) -> LivedIn:
    """Over an empty folder."""
    return live_in(replace(city(folder), cleaner=QuickCleaner()))


def live_in(services: Services) -> LivedIn:
    """In a city that takes applications."""
    worker = staff.add(services, f"見本 {CANARY}1", ["caseworker"])
    staff.add(services, f"見本 {CANARY}2", ["cashier"])
    people = (
        snapshots.line(
            str(number),
            **{NAME: f"見本 {CANARY}{number}", ADDRESS: f"見本町{CANARY}一丁目{number}号"},
            **{KANA: f"みほん {KANA_CANARY}"},
        )
        for number in (1001, 1002)
    )
    child = {"保護者の宛名番号": "1001", SEX: "", BORN: "2020-04-01", NAME: f"見本 {CANARY}3"}
    young = snapshots.line("1003", **{**child, KANA: f"みほん {KANA_CANARY}"})
    brought = snapshots.take(services, *people, young)
    assert brought.batch, brought.refusals
    register_report.report(services, "cli")  # the child's sex is missing
    person = residents.find(services, "1001")
    assert person is not None
    application = _applied(services, person.id, Person(worker.staff, frozenset(worker.roles)))
    waiting = attachments.take(services, person.id, BYTES + b" not sent").id
    line = payer.row(f"{LATIN_CANARY}-3", "1001", title=f"保育料 {CANARY}4")
    bill = bills.import_csv(services, "cli", payer.csv(line)).taken[0][1]
    page = pay.start_checkout(services, person.id, bill, "ja")
    account = _passkey(services)
    clerk = AtTheDoor(services, worker.staff)
    clerk.sets_up_app()
    desk_ways.begin_totp(services, clerk.asking())  # another, not yet confirmed
    snapshots.work(services)
    return LivedIn(services, person.id, application, bill, page, waiting, account)


def _passkey(services: Services) -> str:
    """Somebody has a passkey and gave it a name; her account."""
    phone, origin = Authenticator(), services.config.origin_of(services.config.portal_host)
    options = passkeys.ask_new(services, BROWSER)
    opened = passkeys.begin(services, BROWSER, phone.create(options, origin))
    account = services.store.get("account", opened.account)
    assert account is not None
    [made] = passkeys.of_account(services, account)
    passkeys.rename(services, account, made.id, f"見本の{CANARY}7")
    return opened.account


def keep_waiting_import(services: Services) -> str:
    """A file of bills that waits for a word to begin; the id of its batch."""
    line = payer.row(f"{LATIN_CANARY}-9", "1002", title=f"保育料 {CANARY}9")
    record, _ = bills.keep_csv(services, "cli", payer.csv(line))
    assert batches.kept_input(services, record.id)
    return record.id


def _applied(services: Services, resident: str, worker: Person) -> str:
    file = attachments.take(services, resident, BYTES + b" sent").id
    answers = sent(
        proofs=[file],
        claimant_name=f"見本 {CANARY}5",
        claimant_kana=f"ミホン {KANA_CANARY}",
        claimant_address=f"みなと野市 見本町{CANARY}6",
    )
    id = apply.submit(services, resident, answers, KEY)
    seen = cases.open_case(services, worker, id, "review").record.version
    cases.return_fields(services, worker, id, seen, {"claimant_address": REASON})
    return id


def _person(services: Services, role: str) -> Person:
    people = [staff.person(each) for each in staff.everybody(services)]
    return next(each for each in people if role in each.roles)
