"""The oracle of the crash tests of residents, a process of its own: people who log in with a
card and type their letter code, file applications, mend them and pay, and a case worker. It
knows only what the socket acknowledged, and keeps asking for what was not answered.

Reads one JSON line (``household_run.Scene``), says "ready", works until it reads another line,
finishes what is under way and prints what was acknowledged.
"""

from __future__ import annotations

import base64
import io
import json
import re
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from PIL import Image

from tests.crash.witness import Answer, Host, Works, enter
from todoke.core import token, webhook

#: what a case worker asks for and what the parent answers
ASKED, MENDED = "claimant_phone", "09000009999"
PAUSE_SECONDS = 0.02
#: every so many applications have an attachment
WITH_FILE = 4


def _photo() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (64, 48), (240, 240, 240)).save(kept, "JPEG")
    return kept.getvalue()


PHOTO = _photo()


# ------------------------------------------------------------------------- a card
@dataclass(slots=True)
class Login:
    """What was acknowledged to one card. spent: an answer that has opened a session, and must
    never open another. linked: whether the letter code was taken."""

    card: int
    account: str = ""
    cookie: str = ""
    linked: bool = False
    spent: dict[str, Any] = field(default_factory=dict)
    pre: str = ""


@dataclass(frozen=True, slots=True)
class Cards:
    """Cards in a hand. certificates: DER in base64. codes: of each card's letter."""

    portal: Host
    key: rsa.RSAPrivateKey
    certificates: list[str]
    codes: list[str]

    def live(self, made: Login) -> None:
        """Login, letter code, login again with the same card."""
        self._log_in(made)
        self._link(made)
        if made.card % 3 == 0:
            self._log_in(made)
            assert self._me(made)["linked"], "a second login found another account"

    def _log_in(self, made: Login) -> None:
        """Until a session is opened. An answer that got lost has spent its challenge: the next
        try begins with a fresh one, as the page does."""
        while True:
            asked = _post(self.portal, "/api/login/challenge", {})
            assert asked.status == 201, f"challenge: {asked.status}"
            pre = _cookie(asked)
            body = self._signed(made.card, json.loads(asked.body)["nonce"])
            host = Host(self.portal.name, self.portal.port, pre)
            answer = host.call("POST", "/api/login", json.dumps(body).encode(), **JSON)
            if answer is not None and answer.status == 201:
                break
            spent = answer is None or answer.status in (429, 503, 507) or b"spent" in answer.body
            assert spent, f"login: {answer and answer.status}"
            time.sleep(PAUSE_SECONDS)
        account = json.loads(answer.body)["account"]
        assert made.account in ("", account), "one card has two accounts"
        made.account, made.cookie = account, _cookie(answer)
        made.spent, made.pre = body, pre

    def _signed(self, card: int, nonce: str) -> dict[str, str]:
        origin = f"http://{self.portal.name}:{self.portal.port}"
        message = token.signed_bytes(token.FETCH, token.LOGIN, origin, nonce)
        signature = self.key.sign(message, padding.PKCS1v15(), SHA256())
        return {
            "version": token.VERSION,
            "mode": token.FETCH,
            "certificate": self.certificates[card],
            "signature": base64.b64encode(signature).decode(),
            "algorithm": "RS256",
            "nonce": nonce,
        }

    def _link(self, made: Login) -> None:
        """A link gives a new session: after a lost answer the old one may have ended, and the
        card shows whether the code was taken."""
        while not made.linked:
            body = json.dumps({"code": self.codes[made.card]}).encode()
            host = Host(self.portal.name, self.portal.port, made.cookie)
            named = {**JSON, "Todoke-Account": made.account}
            answer = host.call("POST", "/api/me/link", body, **named)
            if answer is not None and answer.status == 200:
                made.cookie, made.linked = _cookie(answer), True
                assert json.loads(answer.body)["account"] == made.account
            elif answer is None or answer.status in (401, 429, 503, 507):
                time.sleep(PAUSE_SECONDS)
                self._log_in(made)
                made.linked = bool(self._me(made)["linked"])
            else:
                raise AssertionError(f"link: {answer.status}")

    def _me(self, made: Login) -> dict[str, Any]:
        host = Host(self.portal.name, self.portal.port, made.cookie)
        answer = host.insist("GET", "/api/me")
        assert answer.status == 200, "a session just opened is gone"
        return dict(json.loads(answer.body))


# ------------------------------------------------------------------------- an application
@dataclass(frozen=True, slots=True)
class Parent:
    """Files one application after another, each with another telephone number."""

    home: Host
    account: str
    clerk: Host
    procedure: str
    form_version: str
    answers: Mapping[str, Any]
    numbers: count[int]

    def live(self, known: list[dict[str, str]]) -> None:
        """One application; every third is left as filed, every third waits for mending. known:
        it stands there as soon as it is acknowledged, with its last acknowledged state."""
        number = next(self.numbers)
        files = [self._attach()] if number % WITH_FILE == 0 else []
        id = self._file(number, files)
        filed = {"id": id, "state": "submitted", "file": "".join(files)}
        known.append(filed)
        if number % 3 == 0:
            return
        self._give_back(id)
        filed["state"] = "returned"
        if number % 3 == 1:
            return
        self._mend(id)
        filed["state"] = "mended"
        self._accept(id)
        filed["state"] = "accepted"

    def _attach(self) -> str:
        """A photo; a try whose answer got lost leaves one that nobody names."""
        named = {"Content-Type": "image/jpeg", "Todoke-Account": self.account}
        answer = self.home.insist("POST", "/api/attachments", PHOTO, **named)
        assert answer.status == 201, f"attachment: {answer.status}"
        return str(json.loads(answer.body)["id"])

    def _file(self, number: int, files: list[str]) -> str:
        answers = {**self.answers, ASKED: f"0900000{number:04d}", "proofs": files}
        body = {"procedure": self.procedure, "form_version": self.form_version, "answers": answers}
        key = secrets.token_urlsafe(24)
        ids = []
        for _ in range(2):  # the second is what a page does that never saw the first answer
            headers = {"Todoke-Account": self.account, "Idempotency-Key": key}
            answer = _post(self.home, "/api/applications", body, **headers)
            assert answer.status == 201, f"application: {answer.status}"
            ids.append(str(json.loads(answer.body)["id"]))
        assert ids[0] == ids[1], f"{ids[0]}: sent twice with one key, and doubled as {ids[1]}"
        return ids[0]

    def _give_back(self, id: str) -> None:
        self._says_what_for(id)
        path = f"/cases/{id}/return"
        page = self.clerk.insist("GET", path)
        fields = {f"pick-{ASKED}": "1", f"note-{ASKED}": "見本です。もう一度書いてください。"}
        done = self.clerk.form(path, version=_hidden(page, "version"), act="send", **fields)
        assert done.status == 303, f"{path}: {done.status}"

    def _says_what_for(self, id: str) -> None:
        done = self.clerk.form("/purpose", subject=f"application/{id}", purpose="review")
        assert done.status == 303, f"purpose: {done.status}"

    def _mend(self, id: str) -> None:
        path = f"/applications/{id}"
        fields = {"version": _hidden(self.home.insist("GET", path), "version"), ASKED: MENDED}
        done = self.home.form(f"{path}/mend", **fields)
        assert done.status == 303, f"{path}: {done.status}"

    def _accept(self, id: str) -> None:
        self._says_what_for(id)
        seen = _hidden(self.clerk.insist("GET", f"/cases/{id}/return"), "version")
        fields = {"version": seen, "number": id[-5:], "act": "decide"}
        path = f"/cases/{id}/decide?as=accepted"
        done = self.clerk.form(path, **fields)
        assert done.status == 303, f"{path}: {done.status}"


# ------------------------------------------------------------------------- a bill
@dataclass(frozen=True, slots=True)
class Payer:
    """Pays her bills at the pretend company, whose messages are made here: so it is known which
    of them the city acknowledged."""

    home: Host
    company: Host
    secret: str
    yen: int

    def live(self, bill: str, number: int, known: list[dict[str, Any]]) -> None:
        """One bill. Every third way fails first; every message comes twice. known: the bill
        stands there as soon as its payment is acknowledged."""
        ways = 1
        if number % 3 == 0:
            self._tell(bill, self._press(bill), self._message("failed", 0))
            ways = 2
        session, paid = self._press(bill), self._message("paid", self.yen)
        self._tell(bill, session, paid)
        known.append({"bill": bill, "ways": ways})
        self._tell(bill, session, paid)

    def _press(self, bill: str) -> str:
        """The button, twice: both lead to the same page of the company."""
        pages = []
        for _ in range(2):
            answer = self.home.form(f"/bills/{bill}/checkout")
            assert answer.status == 303, f"{bill}: {answer.status}"
            pages.append(answer.headers["Location"])
        assert pages[0] == pages[1], f"{bill}: two pages to pay it at the same time"
        return urlsplit(pages[0]).path.rsplit("/", 1)[1]

    def _message(self, kind: str, yen: int) -> dict[str, Any]:
        id = f"pe_{secrets.token_hex(12)}"
        return {"id": id, "kind": kind, "yen": yen, "created": int(time.time())}

    def _tell(self, bill: str, session: str, message: Mapping[str, Any]) -> None:
        body = json.dumps({**message, "session": session}).encode()
        while True:
            signature = webhook.sign(self.secret, body, int(time.time()))
            named = {**JSON, "Pretend-Signature": signature}
            answer = self.company.call("POST", "/api/payments/pretend", body, **named)
            if answer is not None and answer.status == 200:
                return
            late = answer is None or answer.status in (429, 503, 507)
            assert answer is None or answer.status != 404, (
                f"{bill}: its acknowledged checkout is lost"
            )
            assert late, f"{session}: {answer and answer.status}"
            time.sleep(PAUSE_SECONDS)


# ------------------------------------------------------------------------- shared
JSON = {"Content-Type": "application/json"}


def _post(host: Host, path: str, body: Mapping[str, Any], **headers: str) -> Answer:
    return host.insist("POST", path, json.dumps(body).encode(), **{**JSON, **headers})


def _cookie(answer: Answer) -> str:
    """What the browser sends from now on; a cookie that was taken away is not among it."""
    pairs = [line.partition(";")[0] for line in answer.cookies]
    return "; ".join(each for each in pairs if not each.endswith("="))


def _hidden(page: Answer, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"'.encode(), page.body)
    assert found, f"a page without its {name}: {page.status}"
    return found[1].decode()


class Household:
    """Two hands full of cards, two parents with a case worker, two who pay."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        portal = Host("localhost", told["port"])
        clerk = enter(Host("console.localhost", told["port"]), told["caseworker"])
        key = load_pem_private_key(told["key"].encode(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self.cards = Cards(portal, key, told["certificates"], told["codes"])
        homes = [Host("localhost", told["port"], each["cookie"]) for each in told["sessions"]]
        numbers = count(1)
        self.parents = [
            Parent(
                home, each["account"], clerk, told["procedure"], told["form_version"],
                told["answers"], numbers,
            )
            for home, each in zip(homes, told["sessions"], strict=True)
        ]  # fmt: skip
        company = Host("localhost", told["port"])
        self.payers = [Payer(home, company, told["secret"], told["yen"]) for home in homes]
        self.bills: list[list[str]] = [each["bills"] for each in told["sessions"]]
        self.logins: list[Login] = []
        self.applications: list[dict[str, str]] = []
        self.payments: list[dict[str, Any]] = []
        self.works = Works()

    def run(self) -> None:
        works: list[Callable[[], None]] = []
        for place in range(2):
            works.append(partial(self._log_in, place))
            works.append(partial(self._apply, self.parents[place]))
            works.append(partial(self._pay, self.payers[place], self.bills[place]))
        self.works.run(works)

    def _log_in(self, place: int) -> None:
        for number in range(place, len(self.cards.codes), 2):
            if self.works.ending.is_set():
                return
            made = Login(number)
            self.cards.live(made)
            self.logins.append(made)
            self.works.ending.wait(PAUSE_SECONDS)

    def _apply(self, parent: Parent) -> None:
        while not self.works.ending.is_set():
            parent.live(self.applications)
            self.works.ending.wait(PAUSE_SECONDS)

    def _pay(self, payer: Payer, bills: list[str]) -> None:
        for number, bill in enumerate(bills):
            if self.works.ending.is_set():
                return
            payer.live(bill, number, self.payments)
            self.works.ending.wait(PAUSE_SECONDS)

    def report(self) -> dict[str, Any]:
        return {
            "logins": [asdict(each) for each in self.logins],
            "applications": self.applications,
            "payments": self.payments,
            "faults": self.works.faults,
            "clerk": self.parents[0].clerk.cookie,
        }


if __name__ == "__main__":
    household = Household(json.loads(sys.stdin.readline()))
    household.run()
    print(json.dumps(household.report()), flush=True)
