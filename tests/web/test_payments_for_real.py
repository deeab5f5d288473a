"""Paying over real HTTP: the running city, its pretend company next door, and Stripe's part
played by a hostile server."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.parts.city import City
from tests.parts.hostile_stripe import KEY, SECRET, HostileStripe
from tests.parts.payer import YEN, csv, row
from tests.parts.resident import Session, logged_in
from tests.parts.waiting import wait_for
from todoke import assemble
from todoke.core import webhook
from todoke.journeys import address, bills
from todoke.ports import Services

pytestmark = pytest.mark.real


@dataclass(slots=True)
class Town:
    """A running city, a look into its store, one resident and her bill."""

    city: City
    services: Services
    session: Session
    bill: str

    @classmethod
    def over(cls, city: City) -> Town:
        """The resident and her bill are made in the running city's store."""
        services = assemble.local(city.data, city.url)
        session = logged_in(services)
        due = bills.today(services).isoformat()
        report = bills.import_csv(services, "S-demo-cashier", csv(row("R-1", due=due)))
        return cls(city, services, session, report.taken[0][1])

    def call(
        self, method: str, path: str, body: bytes = b"", host: str = "", **headers: str
    ) -> tuple[int, str, str]:
        """Status, Location and text of one request. Without cookies unless given."""
        connection = http.client.HTTPConnection("127.0.0.1", self.city.port, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            origin = host or f"localhost:{self.city.port}"
            connection.request(method, path, body, {"Host": origin, **named})
            answer = connection.getresponse()
            text = answer.read().decode()
            return answer.status, answer.getheader("Location") or "", text
        finally:
            connection.close()

    def press_pay(self) -> str:
        """The pay button; where the browser is led."""
        status, location, _ = self.call(
            "POST",
            f"/bills/{self.bill}/checkout",
            Origin=self.city.url,
            Cookie=self.session.cookie,
        )
        assert status == 303
        return location

    def press(self, page: str, button: str) -> str:
        """A button of the pretend company; where it leads."""
        host = urlsplit(page).netloc
        status, location, _ = self.call(
            "POST",
            urlsplit(page).path,
            urlencode({"act": button}).encode(),
            host,
            Origin=f"http://{host}",
            Content_Type="application/x-www-form-urlencoded",
        )
        assert status == 303
        return location

    @property
    def state(self) -> str:
        """The bill's, from the store."""
        return bills.opened(
            self.services, bills.own(self.services, self.session.resident, self.bill)
        ).state

    @property
    def lines(self) -> list[tuple[str, int]]:
        """Its ledger."""
        return sorted((each.entry, each.yen) for each in bills.ledger(self.services, self.bill))

    def until(self, state: str) -> None:
        """Waits for it."""
        wait_for(lambda: self.state == state, f"the bill to be {state}")

    def receipts(self) -> int:
        """How many she got."""
        found = address.of_resident(self.services, self.session.resident).records
        return sum(each.data["kind"] == "bill_paid" for each in found)


def test_a_bill_is_paid_at_the_pretend_company_and_a_power_cut_loses_nothing(
    tmp_path: Path,
) -> None:
    with City.start(tmp_path / "data") as city:
        town = Town.over(city)
        page = town.press_pay()
        host = urlsplit(page).netloc
        assert host == f"pretend-pay.localhost:{city.port}"
        status, _, text = town.call("GET", urlsplit(page).path, host=host)
        assert status == 200
        assert "お金は1円も動きません" in text
        assert town.press(page, "store") == urlsplit(page).path
        town.until("awaiting")
        # from elsewhere nothing is pressed, and a page nobody opened is not there
        assert town.call("POST", urlsplit(page).path, host=host, Origin=city.url)[0] == 403
        assert town.call("GET", f"/pay/ps_{'0' * 32}", host=host)[0] == 404
        town.press(page, "store_paid")
        city.kill()
    with City.start(tmp_path / "data", port=city.port) as again:
        town.city = again
        town.until("paid")
        wait_for(lambda: again.output.count('"duplicate"') or None, "the second delivery")
        assert town.lines == [("billed", YEN), ("paid", -YEN)]
        assert town.receipts() == 1
        page = f"/bills/{town.bill}"
        assert "領収のしるし" in town.call("GET", page, Cookie=town.session.cookie)[2]
        assert not re.search(r"12,?000|見本|ps_[0-9a-f]", again.output.partition("ready")[2])


def test_only_stripes_signed_word_pays_a_bill_over_real_http(tmp_path: Path) -> None:
    with (
        HostileStripe() as stripe,
        City.start(
            tmp_path / "data",
            payments__provider="stripe",
            payments__stripe_key=KEY,
            payments__webhook_secret=SECRET,
            payments__stripe_api=stripe.url,
        ) as city,
    ):
        town = Town.over(city)
        stripe.faults = ["reset_after"]
        location = town.press_pay()
        assert location.startswith("https://checkout.stripe.com/")
        assert town.press_pay() == location
        assert len(stripe.sessions) == 1
        session = next(iter(stripe.sessions))

        def tell(body: bytes, header: str | None, path: str = "stripe") -> int:
            headers = {"Stripe_Signature": header} if header is not None else {}
            return town.call("POST", f"/api/payments/{path}", body, **headers)[0]

        body, header = stripe.card_paid(session)
        refused: list[Callable[[], int]] = [
            lambda: tell(body, None),
            lambda: tell(body, "t=1,v1=" + "0" * 64),
            lambda: tell(body, webhook.sign("whsec_guessed", body, stripe.now())),
            lambda: tell(body + b" ", header),
            lambda: tell(body.replace(b"12000", b"1"), header),
            lambda: tell(*stripe.card_paid(session, skew=-400)),
            lambda: tell(*stripe.card_paid(session, skew=400)),
            lambda: tell(b"[]", webhook.sign(SECRET, b"[]", stripe.now())),
            lambda: tell(b"\xff", webhook.sign(SECRET, b"\xff", stripe.now())),
        ]
        assert [each() for each in refused] == [400] * len(refused)
        assert tell(body, header, "pretend") == 404
        assert town.state == "started"
        late = stripe.slip_printed(session)
        assert [tell(body, header) for _ in range(3)] == [200, 200, 200]
        assert tell(*late) == 200
        assert tell(*stripe.slip_expired(session)) == 200
        assert (town.state, town.lines) == ("paid", [("billed", YEN), ("paid", -YEN)])
        assert town.receipts() == 1
        told = json.dumps([KEY, SECRET, session])
        assert not any(each in city.output for each in json.loads(told))
