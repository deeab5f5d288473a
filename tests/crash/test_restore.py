"""A backup taken while people apply and pay, restored into a new folder: everything acknowledged
before it began is there, whole and readable, and the people can go on."""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from tests.parts.applicants import ANNE, BERT, sent
from tests.parts.applying import QuickCleaner, city
from tests.parts.hall import Hall
from tests.parts.payer import YEN, Payer
from tests.parts.pretend_signer import Authority, Card
from todoke import assemble
from todoke.adapters import backup, backup_box
from todoke.adapters.fakes import TurnedClock
from todoke.adapters.sqlite import SqliteStore
from todoke.core import sealed
from todoke.core.errors import TodokeError
from todoke.journeys import address, apply, attachments, bills, session
from todoke.ports import MAX_PAGE, Record, Services

pytestmark = pytest.mark.real

PASSPHRASE = "みなとの鐘が三つ鳴る朝に"
#: what each writer has done at least before the first backup
WARM = 5
#: how far a writer may be ahead of that: each payment turns the clock, and thousands of them would
#: end the session that is looked at
AHEAD = 40


@pytest.fixture(autouse=True)
def _quick_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    # half a second for each key is the purpose of scrypt, not of these tests
    monkeypatch.setattr(backup_box, "SCRYPT_N", 2**10)


@dataclass
class Life:
    """What was acknowledged. filed: (resident, application, attachment, telephone). paid:
    (resident, bill)."""

    folder: Path
    services: Services
    session: session.Opened
    filed: list[tuple[str, str, str, str]] = field(default_factory=list)
    paid: list[tuple[str, str]] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    wanted: int = WARM
    _ending: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def begin(cls, folder: Path) -> Life:
        """A city that takes applications, and somebody who has logged in with a card."""
        services = replace(city(folder), cleaner=QuickCleaner())
        Authority().trusted_in(folder)
        return cls(folder, services, _enter(services, folder))

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Three people, all the time."""
        works = (lambda: self._apply(ANNE, 1), lambda: self._apply(BERT, 2), self._pay)
        threads = [threading.Thread(target=self._until_the_end, args=(each,)) for each in works]
        for each in threads:
            each.start()
        try:
            yield
        finally:
            self._ending.set()
            for each in threads:
                each.join()
        assert self.failures == []

    def _until_the_end(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            self.failures.append(error)

    def _apply(self, who: str, line: int) -> None:
        for number in itertools.count():
            if self._ending.is_set():
                return
            phone = f"090{line}{number:07d}"
            file = attachments.take(self.services, who, os.urandom(2000)).id
            answers = sent(proofs=[file], claimant_phone=phone)
            id = apply.submit(self.services, who, answers, f"a-key-made-by-chance-{phone}")
            self.filed.append((who, id, file, phone))
            self._rest(self.filed)

    def _pay(self) -> None:
        first = Payer(self.services, "", "")
        for number in itertools.count(1):
            if self._ending.is_set():
                return
            person = first.neighbour(number)
            person.tell(person.start(), "paid")
            self.paid.append((person.resident, person.bill))
            self._rest(self.paid)

    def _rest(self, done: Sequence[object]) -> None:
        """A little; longer while it is far ahead."""
        self._ending.wait(0.01)
        while len(done) > self.wanted + AHEAD and not self._ending.is_set():
            self._ending.wait(0.05)


def look(services: Services, folder: Path, life: Life, filed: int, paid: int) -> None:
    """The restored city, of which so many first applications and payments were acknowledged."""
    store = SqliteStore(folder / "todoke.sqlite3", services.clock)
    assert store.integrity() == []
    store.close()
    for who, id, file, phone in life.filed[:filed]:
        record = services.store.get("application", id)
        assert record is not None, "an acknowledged application is lost"
        inside = sealed.open_json(
            services.secrets.data_key, "application", id, record.data["sealed"]
        )
        assert inside["answers"]["claimant_phone"] == phone
        assert file in attachments.of_mine(services, who, [file], id)
    for who in (ANNE, BERT):
        _look_at_applicant(services, who)
    for who, bill in life.paid[:paid]:
        record = services.store.get("bill", bill)
        assert record is not None
        assert record.data["state"] == "paid"
        lines = [(each.entry, each.yen) for each in bills.ledger(services, bill)]
        assert lines == [("billed", YEN), ("paid", -YEN)]
        receipt = next(each for each in _letters(services, who) if each.data["kind"] == "bill_paid")
        assert address.opened(services, receipt)
    assert session.find(services, life.session.token)
    Authority().trusted_in(folder)
    assert _enter(services, folder).account == life.session.account


def _enter(services: Services, folder: Path) -> session.Opened:
    """A login with the card."""
    return Hall(services, cast("TurnedClock", services.clock), folder).enter(Card())


def _look_at_applicant(services: Services, who: str) -> None:
    """Each application with its files, its letter and its act: all of it or nothing."""
    applications = _all(services, "applications_by_resident", who)
    letters = Counter(str(each.data["about"]) for each in _letters(services, who))
    acts = Counter(
        str(each.data["subject"])
        for each in _all(services, "audit_by_resident", who)
        if each.data["act"] == "application_submitted"
    )
    wanted = Counter(f"application/{each.id}" for each in applications)
    assert letters == wanted
    assert acts == wanted
    for file in itertools.chain.from_iterable(
        cast("list[str]", each.data["attachments"]) for each in applications
    ):
        record, closed = (
            services.store.get("attachment", file),
            services.private.get(attachments.file_key(file)),
        )
        assert record is not None
        assert closed is not None, "an application without its file"
        body = sealed.unseal(services.secrets.data_key, "attachment", file, closed)
        digest = attachments.digest(services, hashlib.sha256(body).hexdigest())
        assert digest == record.data["digest"]


def _letters(services: Services, who: str) -> list[Record]:
    return _all(services, "addressed_by_resident", who)


def _all(services: Services, index: str, partition: str) -> list[Record]:
    found: list[Record] = []
    cursor = None
    while True:
        page = services.store.find(index, partition, limit=MAX_PAGE, cursor=cursor)
        found += page.records
        cursor = page.cursor
        if cursor is None:
            return found


def rounds(folder: Path, many: int) -> None:
    """So many backups one after the other while people go on; each is restored and looked at."""
    life = Life.begin(folder / "city")
    with life.going_on():
        for number in range(many):
            life.wanted = WARM * (number + 1)
            while min(len(life.filed), len(life.paid)) < life.wanted:
                assert life.failures == []
                threading.Event().wait(0.01)
            # each payment turns the clock a little, and a session lasts half an hour
            life.session = _enter(life.services, life.folder)
            filed, paid = len(life.filed), len(life.paid)
            file, new = folder / f"backup-{number}", folder / f"new-{number}"
            clock = life.services.clock
            made = backup.write(life.folder, file, PASSPHRASE, clock, lambda *_: None)
            assert backup.restore(file, new, PASSPHRASE, clock, lambda *_: None) == made
            restored = assemble.fake(new, clock=clock)
            look(restored, new, life, filed, paid)
            shutil.rmtree(new)
            file.unlink()


def test_three_backups_under_writes_are_restored_whole(tmp_path: Path) -> None:
    rounds(tmp_path, 3)


def test_a_plain_copy_of_the_file_under_writes_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control. A patch, because no switch of the product may do this."""

    def copy(store: SqliteStore, path: Path) -> None:
        shutil.copyfile(store._file.path, path)

    monkeypatch.setattr(SqliteStore, "backup_to", copy)
    with pytest.raises((AssertionError, TodokeError)):
        rounds(tmp_path, 3)


@pytest.mark.soak
def test_thirty_backups_under_writes_are_restored_whole(tmp_path: Path) -> None:
    rounds(tmp_path, 30)
