"""A citizen with a session, made without a card; and one who logs in with the pretend card."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient

from todoke.journeys import audit, residents, session, ways_in
from todoke.journeys.ways_in import Way
from todoke.ports import Create, Json, Record, Replace, Services
from todoke.web import guard


@dataclass(frozen=True, slots=True)
class Session:
    """cookie: value of the Cookie header, for real HTTP or a test client without cookies of its
    own (``app.test_client(use_cookies=False)``). headers: of an unsafe call by a script, Origin
    too. resident: id, "" for an account that no letter code has linked."""

    token: str
    cookie: str
    account: str
    resident: str
    headers: dict[str, str] = field(repr=False)

    def on(self, client: FlaskClient, services: Services) -> FlaskClient:
        """Puts the cookie into a test client, as the login would."""
        host = urlsplit(services.config.public_url).hostname or ""
        client.set_cookie(guard.session_cookie(services), self.token, domain=host)
        return client


def logged_in(
    services: Services,
    *,
    number: str = residents.DEMONSTRATION_NUMBER,
    name: str = "見本 はなこ",
    linked: bool = True,
    means: str = "card",
) -> Session:
    """A session of the resident with this number (宛名番号), who is made if absent; each number
    is another person with an account of her own, each call another session. means:
    "card", or "passkey" for a session of tier 1 (it stands on the same credential)."""
    found = residents.find(services, number)
    if found is None and linked:
        services.store.commit(residents.new(services, number, name, "みほん", demonstration=True))
        found = residents.find(services, number)
    account = _account(services, found.id if found and linked else None)
    proof = session.Proof(means, f"card-of-{account.id}")
    opened, writes = session.opening(services, account, proof)
    services.store.commit(writes[:1])
    cookie = f"{guard.session_cookie(services)}={opened.token}"
    headers = {
        "Cookie": cookie,
        "Todoke-Account": account.id,
        "Origin": services.config.origin_of(services.config.portal_host),
    }
    return Session(opened.token, cookie, account.id, found.id if found and linked else "", headers)


def _account(services: Services, resident: str | None) -> Record:
    person = services.store.get("resident", resident) if resident else None
    if person is not None:
        there = services.store.get("account", str(person.data["account"] or "-"))
        if there is not None:
            return there
    now = services.clock.unix()
    made = session.new_account(services)
    linked: dict[str, Json] = {"resident": resident, "linked_at": now if resident else None}
    account = Record("account", made.id, {**made.data, **linked})
    credential = ways_in.made(services, made, Way("card", f"card-of-{made.id}"))
    noted = audit.entry(
        services, "citizen", "account_linked", f"account/{made.id}", resident=resident
    )
    services.store.commit([Create(account), credential, noted])
    if person is not None:
        named = {**person.data, "account": made.id}
        services.store.commit([Replace(replace(person, data=named))])
    return account


@dataclass(slots=True)
class Resident:
    """Somebody with a card, a bridge on her own PC and a browser, over HTTP.

    url: the portal's origin. bridge: the bridge's origin (tests/parts/bridge.py)."""

    url: str
    bridge: str
    cookies: dict[str, str] = field(default_factory=dict, repr=False)
    account: str = ""

    def log_in(self) -> dict[str, Any]:
        """Challenge, card, session. The city's answer; an AssertionError tells what refused."""
        nonce = self.call("POST", "/api/login/challenge", {}, 201)["nonce"]
        signed = self.ask_bridge(nonce)
        fields = ("version", "mode", "certificate", "signature", "algorithm")
        body = {each: signed[each] for each in fields} | {"nonce": nonce}
        answer = self.call("POST", "/api/login", body, 201)
        self.account = str(answer["account"])
        return answer

    def link(self, code: str) -> dict[str, Any]:
        """Types the letter code."""
        answer = self.call("POST", "/api/me/link", {"code": code}, 200)
        self.account = str(answer["account"])
        return answer

    def ask_bridge(self, nonce: str) -> dict[str, Any]:
        """What the page's script asks of the bridge; PIN from its scripted pinentry."""
        body = {"nonce": nonce, "purpose": "login", "language": "ja"}
        headers = {"Origin": self.url, "Content-Type": "application/json", "Todoke-Card": "1"}
        status, answer, _ = _send("POST", f"{self.bridge}/v1/authenticate", body, headers)
        assert status == 200, f"the bridge: {status} {answer.get('error')}"
        return answer

    def call(
        self, method: str, path: str, body: Any = None, expected: int | None = None
    ) -> dict[str, Any]:
        """A call by a script of the portal's page, with the cookies of this browser."""
        status, answer = self.ask(method, path, body)
        wanted = (200, 201) if expected is None else (expected,)
        assert status in wanted, f"{method} {path}: {status} {answer.get('error')}"
        return answer

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """The same without an opinion: status and answer."""
        headers = {"Origin": self.url, "Content-Type": "application/json"}
        if self.account:
            headers["Todoke-Account"] = self.account
        if self.cookies:
            headers["Cookie"] = self.cookie
        status, answer, given = _send(method, f"{self.url}{path}", body, headers)
        for line in given:
            name, _, rest = line.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return status, answer

    @property
    def cookie(self) -> str:
        """Value of the Cookie header."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items() if value)


def _send(
    method: str, url: str, body: Any, headers: dict[str, str]
) -> tuple[int, dict[str, Any], list[str]]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            cookies = answer.headers.get_all("Set-Cookie") or []
            return answer.status, dict(json.loads(answer.read() or b"{}")), cookies
    except urllib.error.HTTPError as error:
        try:
            shown = dict(json.loads(error.read() or b"{}"))
        except ValueError:
            shown = {}
        return error.code, shown, error.headers.get_all("Set-Cookie") or []
