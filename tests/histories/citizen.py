"""A citizen at the portal: follows, changes, leaves, applies, mends, pays, reads."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.histories.diary import Board, Diary, in_state, lately, told
from tests.histories.linear import Act
from tests.parts.applying import PROCEDURE
from tests.parts.payer import YEN, signed
from tests.parts.resident import Session
from tests.parts.town import Phone
from todoke.ports import Services

#: phones that come and go, in whosever hand
MOVING = (6, 7)
TOPICS = (("nursery",), ("vaccines",), ("nursery", "vaccines"))
CHOICES = {
    "topics": TOPICS,
    "area": (None, "kita"),
    "cohorts": ((), (2024,)),
    "language": ("ja", "en"),
    "show": ("discreet", "title"),
}
FORM_VERSION = "2026-11"
Choices = tuple[tuple[str, Any], ...]


@dataclass(slots=True)
class Citizen:
    """name: of the client. session: of her account. bills: hers. answers: of an application.
    sent: (key, telephone number) of what she filed."""

    name: str
    services: Services
    client: FlaskClient
    session: Session
    bills: list[str]
    answers: Mapping[str, Any]
    diary: Diary
    board: Board
    luck: random.Random
    sent: list[tuple[str, str]] = field(default_factory=list)

    def begin(self) -> None:
        """So that there is something to do from the first moment."""
        self.apply()
        self.follow()
        self.pay()

    def do_something(self) -> None:
        """One act."""
        acts: Mapping[Callable[[], Any], int] = {
            self.follow: 3,
            self.change: 4,
            self.leave: 2,
            self.read_choices: 2,
            self.apply: 3,
            self.mend: 4,
            self.read_application: 3,
            self.pay: 4,
            self.tell: 4,
            self.read_bill: 2,
            self.read_inbox: 2,
            self.open_letter: 2,
        }
        self.luck.choices(list(acts), list(acts.values()))[0]()

    # ------------------------------------------------------------------ a phone
    def follow(self) -> None:
        """With new choices; the browser gets a new token."""
        number = self.luck.choice(MOVING)
        chosen = _choices({name: self.luck.choice(some) for name, some in CHOICES.items()})
        body = {**Phone(number).device(), **dict(chosen)}
        act = self._do(
            f"subscription {number}",
            "follow",
            chosen,
            lambda: self._api("POST", "/api/subscriptions", body),
            lambda got: (got.status_code == 201, got.get_json()["token"], _shown(got)),
        )
        if act.result == "ok":
            self.board.tokens.setdefault(number, []).append(act.answer[1])

    def change(self) -> None:
        """One or two of the choices."""
        number, token = self._phone()
        if not token:
            return
        names = self.luck.sample(sorted(CHOICES), self.luck.choice((1, 2)))
        chosen = _choices({name: self.luck.choice(CHOICES[name]) for name in names})
        self._do(
            f"subscription {number}",
            "change",
            (token, chosen),
            lambda: self._api("PUT", "/api/subscriptions/me", dict(chosen), token),
            _shown,
        )

    def leave(self) -> None:
        """For good."""
        number, token = self._phone()
        if not token:
            return
        self._do(
            f"subscription {number}",
            "leave",
            (token,),
            lambda: self._api("DELETE", "/api/subscriptions/me", {}, token),
        )

    def read_choices(self) -> None:
        """What the phone follows."""
        number, token = self._phone()
        if token:
            self.read_phone(number, token)

    def read_phone(self, number: int, token: str) -> None:
        """The same of this one, with this token."""
        self._do(
            f"subscription {number}",
            "read",
            (token,),
            lambda: self._api("GET", "/api/subscriptions/me", token=token),
            _shown,
        )

    def _phone(self) -> tuple[int, str]:
        number = self.luck.choice(MOVING)
        known = self.board.tokens.get(number) or [""]
        return number, known[-1] if self.luck.random() < 0.8 else self.luck.choice(known)

    # ------------------------------------------------------------------ an application
    def apply(self) -> None:
        """A new one, or once more what was sent before, with the same key or from another tab."""
        if self.sent and self.luck.random() < 0.5:
            key, phone = lately(self.luck, self.sent)
            key = key if self.luck.random() < 0.5 else f"another-tab-{self.board.number():06d}"
        else:
            number = self.board.number()
            key, phone = f"key-made-by-chance-{number:06d}", f"0900000{number:04d}"
        self.sent.append((key, phone))
        body = {"procedure": PROCEDURE, "form_version": FORM_VERSION}
        body |= {"answers": {**self.answers, "claimant_phone": phone}}  # type: ignore[dict-item]
        act = self._do(
            f"filing {self.session.resident}/{phone}",
            "apply",
            phone,
            lambda: self._api("POST", "/api/applications", body, **{"Idempotency-Key": key}),
            lambda got: got.get_json()["id"],
        )
        if act.result == "ok":
            self.diary.also(act, f"application {act.answer}", "filed", phone)
            self.board.filed[act.answer] = self.session.resident
            self.board.cases.setdefault(act.answer, "submitted")

    def mend(self) -> None:
        """What was asked back, as the page shows it."""
        id = self._own("returned")
        found = self.read_application(id) if id else None
        if id is None or found is None or found.result != "ok":
            return
        version, phone = found.answer[1], f"0900000{self.board.number():04d}"
        form = {"version": str(version), "claimant_phone": phone}
        act = self._do(
            f"application {id}",
            "mend",
            (version, phone),
            lambda: self._page("POST", f"/applications/{id}/mend", form),
        )
        if act.result == "ok":
            self.board.cases[id] = "submitted"

    def read_application(self, id: str | None = None) -> Act | None:
        """State, version and telephone number."""
        id = id or self._own("submitted", "returned")
        if id is None:
            return None

        def shown(got: TestResponse) -> tuple[str, int, str]:
            page = got.get_json(force=True)
            held = page["application"]
            return held["state"], held["version"], page["answers"]["claimant_phone"]

        page = f"/applications/{id}"
        return self._do(f"application {id}", "read", None, lambda: self._page("GET", page), shown)

    def _own(self, *states: str) -> str | None:
        cases, filed = self.board.cases, self.board.filed
        own = {id: cases[id] for id, who in filed.items() if who == self.session.resident}
        return in_state(self.luck, own, *states)

    # ------------------------------------------------------------------ a bill
    def pay(self) -> None:
        """Presses the button."""
        bill = self.luck.choice(self.bills)
        act = self._do(
            f"bill {bill}",
            "checkout",
            None,
            lambda: self._page("POST", f"/bills/{bill}/checkout", {}),
            lambda got: got.headers["Location"].rsplit("/", 1)[1],
        )
        if act.result == "ok":
            self.board.pages.append((bill, act.answer))

    def tell(self) -> None:
        """The company tells what became of a page; or tells again what it told before."""
        if self.board.events and self.luck.random() < 0.4:
            event = self.luck.choice(self.board.events)
        elif self.board.pages:
            kind = self.luck.choice(("paid", "paid", "pending", "failed", "expired"))
            event = (f"pe_{self.board.number()}", kind, *lately(self.luck, self.board.pages))
        else:
            return
        self.board.events.append(event)
        id, kind, bill, page = event
        yen = YEN if kind == "paid" else 0
        self._do(
            f"bill {bill}",
            "event",
            (id, kind, page),
            lambda: self._told_by_the_company(
                {"id": id, "kind": kind, "session": page, "yen": yen}
            ),
        )

    def _told_by_the_company(self, said: Mapping[str, Any]) -> TestResponse:
        body, signature = signed(self.services, **said)
        sent = {"Pretend-Signature": signature, "Content-Type": "application/json"}
        place = f"{self.services.config.public_url}/api/payments/pretend"
        return self.client.post(place, data=body, headers=sent)

    def read_bill(self, bill: str | None = None) -> None:
        """Its state, as its page says."""
        bill = bill or self.luck.choice(self.bills)
        self._do(
            f"bill {bill}",
            "read",
            None,
            lambda: self._page("GET", f"/bills/{bill}"),
            lambda got: got.get_json(force=True)["bill"]["state"],
        )

    # ------------------------------------------------------------------ letters
    def read_inbox(self) -> None:
        """All letters: (number, kind, about)."""

        def shown(got: TestResponse) -> list[tuple[str, str, str]]:
            found = [(e["id"], e["kind"], e["link"]) for e in got.get_json()["notices"]]
            self.board.letters[self.session.resident] = [id for id, _, _ in found]
            return found

        thing = f"inbox {self.session.resident}"
        self._do(thing, "read", None, lambda: self._api("GET", "/api/me/notices"), shown)

    def open_letter(self) -> None:
        """Its text was on the screen."""
        known = self.board.letters.get(self.session.resident)
        if known:
            id = self.luck.choice(known)
            self._do(
                f"letter {id}",
                "opened",
                None,
                lambda: self._api("POST", f"/api/me/notices/{id}/opened", {}),
                lambda got: int(datetime.fromisoformat(got.get_json()["opened_at"]).timestamp()),
            )

    # ------------------------------------------------------------------ the door
    def _do(
        self,
        thing: str,
        what: str,
        given: Any,
        ask: Callable[[], TestResponse],
        read: Callable[[TestResponse], Any] | None = None,
    ) -> Act:
        return self.diary.write(self.name, thing, what, given, lambda: told(ask(), read))

    def _api(
        self, method: str, path: str, body: Any = None, token: str = "", **more: str
    ) -> TestResponse:
        """A call by a script of the portal's page."""
        headers = {"Todoke-Account": self.session.account, **more}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self._call(method, path, headers, json=body)

    def _page(self, method: str, path: str, form: Mapping[str, str] | None = None) -> TestResponse:
        """A link or a form of a page."""
        return self._call(method, path, {}, data=form)

    def _call(
        self, method: str, path: str, headers: Mapping[str, str], **body: Any
    ) -> TestResponse:
        portal = self.services.config.public_url
        sent = {"Origin": portal, **headers}
        return self.client.open(f"{portal}{path}", method=method, headers=sent, **body)


def _choices(found: Mapping[str, Any]) -> Choices:
    return tuple(sorted((name, _plain(value)) for name, value in found.items()))


def _shown(got: TestResponse) -> Choices:
    found = json.loads(got.data)
    return _choices({name: found[name] for name in CHOICES})


def _plain(value: Any) -> Any:
    return tuple(sorted(value)) if isinstance(value, list | tuple) else value
