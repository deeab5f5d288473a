"""The people of one run and the city they use, however it is run; and how it comes to rest."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask.testing import FlaskClient

from tests.histories.baton import Turns
from tests.histories.citizen import Citizen
from tests.histories.diary import Board, Diary
from tests.histories.faults import WatchedPush
from tests.histories.official import Official
from tests.parts.applying import ANSWERS, PROCEDURE
from tests.parts.case_desk import published_form
from tests.parts.clerk import Clerk
from tests.parts.desk import AREAS, COHORTS, PROCEDURES, TOPICS
from tests.parts.payer import CASHIER, csv
from tests.parts.payer import row as bill_row
from tests.parts.resident import Session, logged_in
from tests.parts.town import NoPages, Phone
from todoke.adapters import keys
from todoke.adapters.fakes import TurnedClock
from todoke.core.notice import PublicNotice
from todoke.journeys import bills, deliver, devices, staff, subscribe
from todoke.journeys.bills import Bill
from todoke.journeys.tick import tick
from todoke.ports import Services
from todoke.store_schema import LANES
from todoke.web import guard

#: phones that follow from the beginning to the end; one that its service has forgotten; and the
#: one that is told of a resident's letters
STEADY, GONE, LETTERS = (1, 2, 3, 4), 5, 8
RESIDENTS = {"0000000001": "見本 はなこ", "0000000002": "見本 たろう"}
#: seconds between what was before the run and the run: no clock steps back so far
BEFORE = 60
ROLES = ("author", "approver", "caseworker")


class PlainPress(NoPages):
    """Prints what a test must read, as JSON: the pages themselves have their own tests."""

    def notices(
        self, changed: Sequence[PublicNotice], latest: Sequence[PublicNotice]
    ) -> Mapping[str, bytes]:
        """Each notice and one feed."""
        feed = [{"id": each.id, "withdrawn": each.withdrawn} for each in latest]
        made = {f"notices/{each.id}.json": _json(_public(each)) for each in changed}
        return {**made, "feeds/all.json": _json(feed)}

    def page(self, template: str, language: str, values: Mapping[str, Any]) -> bytes:
        """What the page would say of the one thing it is about."""
        return _json(
            {name: values.get(name) for name in ("application", "answers", "bill", "code")}
        )


def _public(notice: PublicNotice) -> Mapping[str, Any]:
    return {"id": notice.id, "withdrawn": notice.withdrawn, "title": dict(notice.content.title)}


def _json(value: Any) -> bytes:
    return json.dumps(value, default=_plain, ensure_ascii=False).encode()


def _plain(value: Any) -> Any:
    return dataclasses.asdict(value) if isinstance(value, Bill) else str(value)


@dataclass(slots=True)
class Scene:
    """services: what the clients meet. calm: the same stores without bad weather. client: makes a
    browser. answers: of an application, right on the clock of this city."""

    services: Services
    calm: Services
    clock: TurnedClock
    push: WatchedPush
    turns: Turns
    client: Callable[[], FlaskClient]
    diary: Diary
    answers: Mapping[str, Any] = field(default_factory=lambda: ANSWERS)
    board: Board = field(default_factory=Board)
    citizens: list[Citizen] = field(default_factory=list)
    officials: list[Official] = field(default_factory=list)
    resident: str = ""

    @property
    def clients(self) -> Sequence[Citizen | Official]:
        """All five."""
        return [*self.citizens, *self.officials]

    # ------------------------------------------------------------------ people
    def settle_people(self, seed: int) -> None:
        """Everybody takes her place; nobody has done anything yet."""
        for number in (*STEADY, GONE):
            self._follows(number, "nursery")
        self.push.gone.add(Phone(GONE).endpoint)
        first, second = RESIDENTS
        mother, again, father = (self._logged_in(each) for each in (first, first, second))
        self.resident = mother.resident
        account = self.calm.store.get("account", mother.account)
        assert account is not None
        devices.join(self.calm, account, self._follows(LETTERS, "vaccines"))
        hers = [self._bill("H-1", first), self._bill("H-2", first)]
        his = [self._bill("T-1", second)]
        for name, session, owed in (
            ("mother", mother, hers),
            ("other tab", again, hers),
            ("father", father, his),
        ):
            self.citizens.append(self._citizen(name, session, owed, seed))
        self.officials = [self._official(name, seed) for name in ("aoi", "midori")]

    def _follows(self, number: int, topic: str) -> str:
        shown, _ = subscribe.follow(self.calm, {**Phone(number).device(), "topics": [topic]})
        return str(shown["token"])

    def _logged_in(self, number: str) -> Session:
        return logged_in(self.calm, number=number, name=RESIDENTS[number])

    def _bill(self, reference: str, number: str) -> str:
        report = bills.import_csv(self.calm, CASHIER, csv(bill_row(reference, number)))
        return report.taken[0][1]

    def _citizen(self, name: str, session: Session, owed: list[str], seed: int) -> Citizen:
        return Citizen(
            name,
            self.services,
            session.on(self.client(), self.calm),
            session,
            owed,
            self.answers,
            self.diary,
            self.board,
            random.Random(f"{name} {seed}"),
        )

    def _official(self, name: str, seed: int) -> Official:
        link, console = (
            staff.add(self.calm, f"見本 {name}", ROLES),
            self.services.config.console_url,
        )
        token, host = staff.open_session(self.calm, link.code), urlsplit(console).hostname or ""
        clerk = Clerk(self.client(), console)
        clerk.client.set_cookie(guard.cookie_name(self.calm), token, domain=host)
        luck = random.Random(f"{name} {seed}")
        return Official(name, self.services, clerk, self.diary, self.board, luck)

    # ------------------------------------------------------------------ at the end
    def settle(self) -> None:
        """In calm weather, until nothing is left to do: hours pass, as retries need."""
        self.clock.turn(BEFORE)
        idle = 0
        while idle < 3:
            done = sum(tick(self.calm).values())
            done += sum(deliver.work(self.calm, lane) for lane in LANES)
            waits = any(self.calm.queue.waiting(lane) for lane in LANES) or self._retries()
            idle = 0 if done or waits else idle + 1
            if not done:
                self.clock.turn(600)

    def _retries(self) -> bool:
        return bool(self.calm.store.find("deliveries_due", "retry", limit=1).records)


def publish(services: Services) -> None:
    offer = {"topics": TOPICS, "areas": AREAS, "cohorts": COHORTS}
    services.blobs.put("app.json", json.dumps(offer).encode())
    services.blobs.put("catalogue.json", json.dumps({"procedures": PROCEDURES}).encode())
    services.blobs.put(f"forms/{PROCEDURE}.json", published_form())


def write_keys(folder: Path) -> None:
    """The same in every run: a subscription's number is made with them, and pages are sent in
    the order of numbers."""
    folder.mkdir(parents=True)
    private = ec.derive_private_key(1_000_003, ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for name, body in ((keys.VAPID, pem), (keys.SEAL, b"\1" * 32), (keys.DATA, b"\2" * 32)):
        (folder / name).write_bytes(body)
        (folder / name).chmod(0o600)
