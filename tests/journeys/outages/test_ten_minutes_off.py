"""What the city depends on is off for ten minutes: reading goes on, what was accepted waits, and
within a minute afterwards everything has happened that should, without anybody's help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from flask.testing import FlaskClient

from tests.parts import payer
from tests.parts.following import unless
from tests.parts.hall import BROWSER, refusal
from tests.parts.pretend_signer import Authority, Card
from tests.parts.resident import Session, logged_in
from tests.parts.town import NoPages, Town
from todoke.core.errors import TodokeError
from todoke.core.notice import PublicNotice
from todoke.journeys import address, bills, challenge, login, pay, session
from todoke.ports import PushAnswer, Services
from todoke.web.app import create_app

pytestmark = pytest.mark.slow_on_aws

OFF_SECONDS, HEALED_SECONDS, STEP = 600, 60, 10


class Switch:
    """An adapter that can be off: then each call is an error of this code."""

    def __init__(self, inner: Any, code: str) -> None:
        self.inner, self.code, self.off, self.refused = inner, code, False, 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        if not callable(found):
            return found

        def call(*given: Any, **named: Any) -> Any:
            if self.off:
                self.refused += 1
                raise TodokeError(self.code)
            return found(*given, **named)

        return call


class SilentTrust:
    """Implements ``ports.CardTrust``: who could say something about a card does not answer."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.off = inner, False

    def anchors(self) -> Any:
        return self.inner.anchors()

    def revocation(self, certificate: bytes, issuer: bytes) -> str:
        return "unknown" if self.off else str(self.inner.revocation(certificate, issuer))


@dataclass
class City:
    """town: of which parts can be off. reader: somebody with a session, a letter and a bill."""

    town: Town
    queue: Switch
    payments: Switch
    trust: SilentTrust
    reader: Session
    bill: str

    @property
    def services(self) -> Services:
        return self.town.services

    def reads(self) -> None:
        """Catalogue and inbox, each time she looks."""
        client = create_app(self.services).test_client(use_cookies=False)
        for path, headers in (
            ("/catalogue.json", {}),
            ("/app.json", {}),
            ("/api/me/notices", {"Cookie": self.reader.cookie}),
        ):
            assert _get(client, self.services, path, headers) == 200, path

    def pass_time(self, seconds: int) -> None:
        """And everybody looks at the city all the time."""
        for number in range(seconds // STEP):
            self.town.clock.turn(STEP)
            with unless("storage_unavailable"):  # as the city's own loop (entry/local.py)
                self.town.settle()
            if number % 6 == 0:
                self.reads()


def _get(client: FlaskClient, services: Services, path: str, headers: dict[str, str]) -> int:
    named = cast("Any", {"base_url": services.config.public_url, "headers": headers})
    return client.get(path, **named).status_code


@pytest.fixture
def city(tmp_path: Path) -> City:
    town = Town.open(tmp_path)
    Authority().trusted_in(tmp_path)
    queue = Switch(town.services.queue, "storage_unavailable")
    payments = Switch(town.services.payments, "payment_unavailable")
    trust = SilentTrust(town.services.card)
    services = replace(
        town.services, queue=cast("Any", queue), payments=cast("Any", payments), card=trust
    )
    town = Town(replace(town.desk, services=services))
    reader = logged_in(services)
    due = (bills.today(services) + timedelta(days=30)).isoformat()
    made = bills.import_csv(services, payer.CASHIER, payer.csv(payer.row(due=due)))
    return City(town, queue, payments, trust, reader, made.taken[0][1])


def later(*_: object) -> PushAnswer:
    return PushAnswer("later", detail="unreachable")


def accepted(*_: object) -> PushAnswer:
    return PushAnswer("accepted", 201)


@pytest.mark.parametrize("followers", [1, 3, 40])
def test_a_push_service_that_was_off_gets_every_message_within_a_minute(
    city: City, followers: int
) -> None:
    for _ in range(followers):
        city.town.join()
    city.town.push.answer = later
    id = city.town.send()
    city.pass_time(OFF_SECONDS)
    assert city.town.outcomes(id) == {}
    city.town.push.answer = accepted
    city.pass_time(HEALED_SECONDS)
    assert city.town.outcomes(id) == {"accepted": followers}


def test_a_letter_accepted_while_the_push_service_is_off_can_be_read_at_once(city: City) -> None:
    city.town.push.answer = later
    writes = address.writes(
        city.services, city.reader.resident, "card_linked", "account/U", link="/"
    )
    city.services.store.commit(writes)
    city.pass_time(OFF_SECONDS)
    (kept,) = [
        each
        for each in address.of_resident(city.services, city.reader.resident).records
        if each.data["kind"] == "card_linked"
    ]
    assert kept.data["about"] == "account/U"


def test_a_queue_that_was_off_has_lost_nothing(city: City) -> None:
    for _ in range(3):
        city.town.join()
    city.queue.off = True
    id = city.town.desk.approved().id  # accepted all the same
    city.pass_time(OFF_SECONDS)
    assert city.queue.refused
    assert city.town.pushed() == []
    city.queue.off = False
    city.pass_time(HEALED_SECONDS)
    assert city.town.outcomes(id) == {"accepted": 3}


class OnePage(NoPages):
    """A press with one file, so that there is something to store."""

    def notices(
        self, changed: Sequence[PublicNotice], latest: Sequence[PublicNotice]
    ) -> Mapping[str, bytes]:
        """The same file for each."""
        return {"notices/one.json": b"{}"}


def test_an_object_store_that_was_off_gets_every_notice_within_a_minute(city: City) -> None:
    blobs = Switch(city.services.blobs, "storage_unavailable")
    services = replace(city.services, blobs=cast("Any", blobs), press=OnePage())
    there = replace(city, town=Town(replace(city.town.desk, services=services)))
    for _ in range(3):
        there.town.join()
    ids = [there.town.desk.approved().id for _ in range(5)]
    blobs.off = True
    for _ in range(OFF_SECONDS // STEP):
        there.town.clock.turn(STEP)
        there.town.settle()
    assert blobs.refused
    assert there.town.services.queue.dead_letters() == []
    blobs.off = False
    there.pass_time(HEALED_SECONDS)
    assert [there.town.outcomes(id) for id in ids] == [{"accepted": 3}] * 5


def test_a_payment_company_that_was_off_opens_the_very_payment_that_was_begun(city: City) -> None:
    def begin() -> Any:
        return pay.start_checkout(city.services, city.reader.resident, city.bill, "ja")

    city.payments.off = True
    for _ in range(3):
        refusal("payment_unavailable", begin)
        city.pass_time(OFF_SECONDS // 3)
    city.payments.off = False
    assert begin()
    bill = city.services.store.get("bill", city.bill)
    assert bill is not None
    ways = [
        city.services.store.get("checkout", id) for id in cast("list[str]", bill.data["checkouts"])
    ]
    assert sum(way is not None and way.data["session"] is not None for way in ways) == 1


def test_a_login_is_refused_plainly_while_nobody_can_say_whether_the_card_is_revoked(
    city: City,
) -> None:
    def enter() -> session.Opened:
        nonce = challenge.issue(city.services, BROWSER, "login").nonce
        body = Card().answer(nonce, city.services.config.public_url)
        return login.login(city.services, BROWSER, body)

    city.trust.off = True
    for _ in range(3):
        refusal("revocation_unknown", enter)
        city.pass_time(OFF_SECONDS // 3)  # who is inside reads on
    for language in ("ja", "easy", "en"):
        message, advice = city.services.words.explain(language, TodokeError("revocation_unknown"))
        assert message
        assert advice
    city.trust.off = False
    assert enter().account
