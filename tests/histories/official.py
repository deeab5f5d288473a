"""A clerk at the desk: writes, asks, approves, gives back, recalls; returns and decides cases."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from tests.histories.diary import Board, Diary, in_state, told
from tests.histories.linear import Act
from tests.parts.clerk import Clerk, Form
from todoke.ports import Services
from todoke.web import console_form

#: notices that wait for a second person when a run begins
AT_FIRST = 3
ASKED_BACK = "claimant_phone"
#: fewer than ten follow, so this is what is shown and typed
TYPED = "10"
TICKS = ("dates", "audience", "links", "contact", "plain")
_TITLE = re.compile(r"見本のお知らせ \d+番")
_STATES = ("draft", "asked", "approved", "sending", "sent", "recalled", "returned")


@dataclass(slots=True)
class Official:
    """name: of the client, and of her in the histories. forms: what she sent, to send again.
    mine: notices she wrote."""

    name: str
    services: Services
    clerk: Clerk
    diary: Diary
    board: Board
    luck: random.Random
    forms: list[dict[str, str]] = field(default_factory=list)
    mine: set[str] = field(default_factory=set)

    def begin(self) -> None:
        """So that there is something to do from the first moment."""
        for _ in range(AT_FIRST):
            self.write()
            self.ask()

    def do_something(self) -> None:
        """One act."""
        acts: Mapping[Callable[[], Any], int] = {
            self.write: 3,
            self.edit: 2,
            self.ask: 4,
            self.approve: 10,
            self.give_back: 1,
            self.recall: 3,
            self.read: 2,
            self.look: 4,
            self.give_case_back: 4,
            self.decide: 2,
        }
        self.luck.choices(list(acts), list(acts.values()))[0]()

    # ------------------------------------------------------------------ a notice
    def write(self) -> None:
        """A new notice, or the same form once more."""
        if not self.forms or self.luck.random() < 0.6:
            title = f"見本のお知らせ {self.board.number()}番"
            self.forms.append({**console_form.blank(self.services), **_words(title)})
        form = self.luck.choice(self.forms[-2:])
        act = self._do(
            f"form {form['form']}",
            "write",
            form["title-ja"],
            lambda: self.clerk.post("/notices/new", **form),
            lambda got: got.headers["Location"].split("/")[-1].partition("?")[0],
        )
        if act.result == "ok":
            self.diary.also(act, f"notice {act.answer}", "write", form["title-ja"])
            self.board.notices.setdefault(act.answer, "draft")
            self.mine.add(act.answer)

    def edit(self) -> None:
        """Another title, over the version on her screen."""
        id = self._notice("draft")
        page = self._shown(f"/notices/{id}/edit") if id else None
        if page is None:
            return
        form = Form(page.text).values
        title = f"見本のお知らせ {self.board.number()}番"
        fields = {**form, **_words(title)}
        self._do(
            f"notice {id}",
            "edit",
            (int(form["version"]), title),
            lambda: self.clerk.post(f"/notices/{id}/edit", **fields),
        )

    def ask(self) -> None:
        """For a second person."""
        self._press("ask", self._notice("draft"), "asked")

    def give_back(self) -> None:
        """To its author."""
        reason = f"見本の理由 {self.board.number()}番です。"
        self._press("give_back", self._notice("asked"), "draft", "return", reason=reason)

    def recall(self, id: str | None = None) -> None:
        """At once, alone."""
        id = id or self._notice("approved")
        act = self._press("recall", id, "recalled", reason="見本の理由です。")
        if act is not None:
            self.diary.also(act, act.thing.replace("notice", "page"), "recall", None)

    def approve(self) -> None:
        """What she sees."""
        others = {id: at for id, at in self.board.notices.items() if id not in self.mine}
        id = in_state(self.luck, others or self.board.notices, "asked")
        page = self._shown(f"/notices/{id}/approve") if id else None
        if page is None:
            return
        title, snapshot = _TITLE.search(page.text), Form(page.text).values["snapshot"]
        assert title
        fields = {
            "act": "approve",
            "snapshot": snapshot,
            "count": TYPED,
            **dict.fromkeys(TICKS, "1"),
        }
        act = self._do(
            f"notice {id}",
            "approve",
            title[0],
            lambda: self.clerk.post(f"/notices/{id}/approve", **fields),
        )
        self._heard(act, "approved")

    def read(self, id: str | None = None) -> None:
        """Where it stands and what it says, as its page on the desk shows."""
        id = id or self._notice()
        if id:
            path = f"/notices/{id}"
            self._do(f"notice {id}", "read", None, lambda: self.clerk.get(path), self._standing)

    def look(self, id: str | None = None) -> None:
        """Whether its public page says that it was withdrawn; no page says nothing."""
        id = id or self._notice("approved", "recalled")
        if id is None:
            return
        place = f"{self.services.config.public_url}/notices/{id}.json"

        def looked() -> tuple[str, Any]:
            got = self.clerk.client.get(place)
            return ("nothing", None) if got.status_code == 404 else told(got, _withdrawn)

        act = self.diary.write(self.name, f"notice {id}", "look", None, looked)
        self.diary.also(act, f"page {id}", "look", None)

    def _press(
        self, what: str, id: str | None, after: str, path: str = "", **fields: str
    ) -> Act | None:
        if id is None:
            return None
        place = f"/notices/{id}/{path or what}"
        act = self._do(f"notice {id}", what, None, lambda: self.clerk.post(place, **fields))
        self._heard(act, after)
        return act

    def _heard(self, act: Act, state: str) -> None:
        if act.result == "ok":
            self.board.notices[act.thing.partition(" ")[2]] = state

    def _notice(self, *states: str) -> str | None:
        return in_state(self.luck, self.board.notices, *states)

    def _standing(self, page: TestResponse) -> tuple[str, str]:
        head = page.text[page.text.index("<h1>") :]
        title, mark = _TITLE.search(head), re.search(r'class="st [^>]*>.*?</i>([^<]*)<', head)
        assert title
        assert mark
        say = self.services.words.say
        named = {say("ja", f"console.state.{each}"): each for each in _STATES}
        return named[mark[1]], title[0]

    # ------------------------------------------------------------------ a case
    def give_case_back(self) -> None:
        """Asks for another telephone number."""
        found = self._case()
        if found:
            note = f"電話番号をもう一度書いてください。見本 {self.board.number()}番"
            fields = {"version": str(found[1]), "act": "send"}
            fields |= {f"pick-{ASKED_BACK}": "1", f"note-{ASKED_BACK}": note}
            self._settle(found, "return", note, "return", fields)

    def decide(self) -> None:
        """Accepts or refuses."""
        found, decision = self._case(), self.luck.choice(("accepted", "refused"))
        if found:
            fields = {"version": str(found[1]), "act": "decide", "number": found[0][-5:]}
            fields |= {"reason": "見本の理由です。"} if decision == "refused" else {}
            self._settle(found, "decide", decision, f"decide?as={decision}", fields)

    def _case(self) -> tuple[str, int] | None:
        """An application that waits, and its version on the screen."""
        id = in_state(self.luck, self.board.cases, "submitted")
        page = self._shown(f"/cases/{id}") if id else None
        seen = re.search(r"seen=(\d+)", page.text) if page else None
        return (id, int(seen[1])) if id and seen else None

    def _settle(
        self, found: tuple[str, int], what: str, said: str, path: str, fields: Mapping[str, str]
    ) -> None:
        id, version = found

        def settled() -> tuple[str, Any]:
            got = self.clerk.post(f"/cases/{id}/{path}", **fields)
            # a colleague was quicker: her page, with what was typed
            return ("refused", "application_state") if got.status_code == 409 else told(got)

        act = self.diary.write(self.name, f"application {id}", what, (version, said), settled)
        if act.result == "ok":
            self.board.cases[id] = "returned" if what == "return" else said

    # ------------------------------------------------------------------ the door
    def _do(
        self,
        thing: str,
        what: str,
        given: Any,
        ask: Callable[[], TestResponse],
        read: Callable[[TestResponse], Any] | None = None,
    ) -> Act:
        def done() -> tuple[str, Any]:
            result, answer = told(ask(), read)
            # the page of a colleague's newer version: nothing was saved
            conflict = result == "refused" and answer in ("", "version_conflict")
            return ("nothing", None) if conflict else (result, answer)

        return self.diary.write(self.name, thing, what, given, done)

    def _shown(self, path: str) -> TestResponse | None:
        """A page; None when there is none now."""
        found: list[TestResponse] = []
        self.diary.write(
            self.name, f"desk {path}", "read", None, lambda: _kept(found, self.clerk.get(path))
        )
        return found[0] if found and found[0].status_code == 200 else None


def _kept(found: list[TestResponse], page: TestResponse) -> tuple[str, Any]:
    found.append(page)
    return "nothing", None


def _withdrawn(got: TestResponse) -> bool:
    return bool(got.get_json()["withdrawn"])


def _words(title: str) -> dict[str, str]:
    return {"topic": "nursery", "title-ja": title, "text-ja": "見本の本文です。"}
