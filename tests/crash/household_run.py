"""One crash run of what residents do: a city that is killed again and again while people log in,
apply and pay, and the verdict of an oracle that knows only what was acknowledged."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tests.crash.household import JSON
from tests.crash.kills import Plan, live_and_die
from tests.crash.witness import Host
from tests.parts import payer, resident
from tests.parts.applying import ANSWERS, PROCEDURE
from tests.parts.city import City, free_port
from tests.parts.pretend_signer import Authority, Card, rsa_key
from todoke import assemble
from todoke.adapters.clock import SystemClock
from todoke.adapters.pretend_provider import webhook_secret
from todoke.adapters.sqlite import SqliteStore
from todoke.journeys import bills, login, residents
from todoke.ports import Record, Services

#: parents with a session, and their bills; people with a card and a letter
PARENTS, YEN = ("1000000001", "1000000002"), payer.YEN
#: how many of each one kill can use up, and some for the start
EACH, FIRST = 8, 40
#: what an application has gone through in each acknowledged state, and the letters about it;
#: the record itself calls a mended one "submitted" again
PATH = ["submitted", "returned", "mended", "accepted"]
LETTERS = [f"application_{each}" for each in ("received", "returned", "mended", "accepted")]


@dataclass(slots=True)
class Scene:
    """What stays while servers come and go. people: resident id of each card's letter."""

    plan: Plan
    data: Path
    port: int = field(default_factory=free_port)
    people: list[str] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)

    def start(self, *, wait: bool = True, site: str = "publish") -> City:
        """The city, with the fault of the plan."""
        return self.plan.start(self.data, self.port, wait=wait, site=site)

    def prepare(self) -> None:
        """Residents with letters, residents with sessions and bills, cards."""
        services = assemble.fake(self.data, clock=SystemClock())
        many = FIRST + EACH * self.plan.kills
        self.told = {
            "port": self.port,
            "yen": YEN,
            "secret": webhook_secret(services.secrets),
            "codes": [self._letter(services, number) for number in range(many)],
            "sessions": [_parent(services, number, many) for number in PARENTS],
            "procedure": PROCEDURE,
            "answers": born_yesterday(services),
            **_cards(self.data, many),
        }

    def witness_is_told(self, city: City) -> Mapping[str, Any]:
        """The form as it was published, and the case worker's link."""
        form = Host("localhost", self.port).insist("GET", f"/forms/{PROCEDURE}.json")
        version = json.loads(form.body)["version"]
        return {**self.told, "form_version": version, "caseworker": city.link("caseworker")}

    def _letter(self, services: Services, number: int) -> str:
        person = residents.new(services, f"20{number:08d}", f"見本 {number}", "みほん")
        services.store.commit(person)
        self.people.append(person[0].record.id)
        return login.new_letter_code(services, person[0].record.id)


def _parent(services: Services, number: str, many: int) -> dict[str, Any]:
    session = resident.logged_in(services, number=number)
    rows = (
        payer.row(f"{number}-{each}", number, yen=YEN, due=_due(services)) for each in range(many)
    )
    made = bills.import_csv(services, payer.CASHIER, payer.csv(*rows))
    assert len(made.taken) == many, made.refused
    ids = [id for _, id in made.taken]
    return {"cookie": session.cookie, "account": session.account, "bills": ids}


def _due(services: Services) -> str:
    return (bills.today(services) + timedelta(days=30)).isoformat()


def born_yesterday(services: Services) -> Mapping[str, Any]:
    day = (bills.today(services) - timedelta(days=1)).isoformat()
    children = [{**child, "born": day} for child in ANSWERS["children"]]
    return {**ANSWERS, "event_on": day, "children": children}


def _cards(data: Path, many: int) -> dict[str, Any]:
    authority = Authority().trusted_in(data)
    cards = [Card(authority, serial=1000 + number) for number in range(many)]
    pem = rsa_key("card").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    ders = [base64.b64encode(each.der).decode() for each in cards]
    return {"key": pem.decode(), "certificates": ders}


# ------------------------------------------------------------------------- the verdict
def complaints(plan: Plan, data: Path) -> list[str]:
    """Runs the plan; what was lost or doubled, one sentence each. Empty is what we promise."""
    scene = Scene(plan, data)
    scene.prepare()
    report = live_and_die(plan, scene.start, "tests.crash.household", scene.witness_is_told)
    found = [f"the witness: {each}" for each in report["faults"]]
    found += _too_little(plan, report)
    with scene.start(site="keep") as city:
        found += _of_sessions(scene, report)
        found += _of_files(scene, report)
    assert city.process.returncode == 0, city.output[-2000:]
    with closing(SqliteStore(data / "todoke.sqlite3", SystemClock())) as store:
        found += [f"the store: {fault}" for fault in store.integrity()]
        letters = _letters(store, scene)
        found += _of_links(scene, store, letters, report)
        found += _of_applications(store, letters, report)
        found += _of_payments(store, letters, report)
    return found


def _too_little(plan: Plan, report: Mapping[str, Any]) -> Iterator[str]:
    """A run in which hardly anything happened proves nothing."""
    for what in ("logins", "applications", "payments"):
        if len(report[what]) < plan.least:
            yield f"only {len(report[what])} {what} in {plan.kills} lives"


def _of_sessions(scene: Scene, report: Mapping[str, Any]) -> Iterator[str]:
    for each in report["logins"]:
        home = Host("localhost", scene.port, each["cookie"])
        answer = home.insist("GET", "/api/me")
        said = json.loads(answer.body)
        kept = answer.status == 200 and (said["account"], said["linked"]) == (each["account"], True)
        if not kept:
            yield f"card {each['card']}: its acknowledged session is lost ({answer.status})"
        browser = Host("localhost", scene.port, each["pre"])
        body = json.dumps(each["spent"]).encode()
        if browser.insist("POST", "/api/login", body, **JSON).status == 201:
            yield f"card {each['card']}: a spent challenge opened a second session"


def _of_files(scene: Scene, report: Mapping[str, Any]) -> Iterator[str]:
    """The case worker opens every attachment of an acknowledged application."""
    desk = Host("console.localhost", scene.port, report["clerk"])
    for each in report["applications"]:
        if each["file"]:
            desk.form("/purpose", subject=f"application/{each['id']}", purpose="review")
            answer = desk.insist("GET", f"/cases/{each['id']}/files/{each['file']}")
            if answer.status != 200 or not answer.body.startswith(b"\xff\xd8\xff"):
                yield f"{each['id']}: its attachment is lost ({answer.status})"


def _letters(store: SqliteStore, scene: Scene) -> Counter[tuple[str, str]]:
    """(kind, about) of every addressed notice, and how often it is there."""
    found: Counter[tuple[str, str]] = Counter()
    owners = [*scene.people, *(_resident_of(store, each) for each in scene.told["sessions"])]
    for owner in owners:
        for record in _all(store, "addressed_by_resident", owner):
            found[str(record.data["kind"]), str(record.data["about"])] += 1
    return found


def _resident_of(store: SqliteStore, session: Mapping[str, Any]) -> str:
    account = store.get("account", session["account"])
    assert account is not None
    return str(account.data["resident"])


def _all(store: SqliteStore, index: str, partition: str) -> Iterator[Record]:
    cursor = None
    while True:
        page = store.find(index, partition, limit=1000, cursor=cursor)
        yield from page.records
        cursor = page.cursor
        if cursor is None:
            return


def _times(what: str, letters: Counter[tuple[str, str]], kind: str, about: str) -> Iterator[str]:
    times = letters[kind, about]
    if times == 0:
        yield f"{what}: its notice {kind} is lost"
    if times > 1:
        yield f"{what}: its notice {kind} is doubled ({times})"


def _of_links(
    scene: Scene, store: SqliteStore, letters: Counter[tuple[str, str]], report: Mapping[str, Any]
) -> Iterator[str]:
    for each in report["logins"]:
        card, person = f"card {each['card']}", scene.people[each["card"]]
        known = store.get("resident", person)
        accounts = [str(known.data["account"])] if known else []
        if known is None or accounts != [each["account"]]:
            yield f"{card}: its acknowledged account is lost"
            continue
        if known.data["letter_code"] is not None:
            yield f"{card}: its letter code opens a second account"
        if len(list(_all(store, "credentials_by_account", accounts[0]))) != 1:
            yield f"{card}: its credential is lost or doubled"
        yield from _times(card, letters, "card_linked", f"account/{accounts[0]}")


def _of_applications(
    store: SqliteStore, letters: Counter[tuple[str, str]], report: Mapping[str, Any]
) -> Iterator[str]:
    for each in report["applications"]:
        record, id = store.get("application", each["id"]), each["id"]
        if record is None:
            yield f"{id}: an acknowledged application is lost"
            continue
        if record.data["state"] != each["state"].replace("mended", "submitted"):
            yield f"{id}: {each['state']} was acknowledged, and it is lost ({record.data['state']})"
        acts = Counter(
            str(line.data["act"])
            for line in _all(store, "audit_by_resident", str(record.data["resident"]))
            if line.data["subject"] == f"application/{id}"
        )
        for kind in LETTERS[: PATH.index(each["state"]) + 1]:
            yield from _times(id, letters, kind, f"application/{id}")
            act = "application_submitted" if kind == "application_received" else kind
            if acts[act] != 1:
                yield f"{id}: {act} stands {acts[act]} times in the history"
    # what was never acknowledged may be there, but no application has two first letters
    for (kind, about), times in letters.items():
        if kind == "application_received" and times > 1:
            yield f"{about}: doubled"


def _of_payments(
    store: SqliteStore, letters: Counter[tuple[str, str]], report: Mapping[str, Any]
) -> Iterator[str]:
    for each in report["payments"]:
        bill, id = store.get("bill", each["bill"]), each["bill"]
        if bill is None or bill.data["state"] != "paid":
            yield f"{id}: an acknowledged payment is lost ({bill and bill.data['state']})"
            continue
        lines = [
            (line.data["entry"], line.data["yen"]) for line in _all(store, "ledger_by_bill", id)
        ]
        if lines != [("billed", YEN), ("paid", -YEN)]:
            yield f"{id}: its ledger is {lines}"
        ways = bill.data["checkouts"]
        assert isinstance(ways, list)
        if len(ways) != each["ways"]:
            yield f"{id}: {len(ways)} ways to pay it, {each['ways']} acknowledged"
        yield from _times(id, letters, "bill_paid", f"bill/{id}")
