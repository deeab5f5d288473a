"""The pretend payment company of the demonstration: its books, its page, its messages.

It is another company as far as can be: its own host, its own file, and it tells the city what
happened as real ones do, by signed messages over HTTP, each at least once (here: twice, so that
nobody forgets), until the city answers 2xx. It refuses to exist in production.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets as chance
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from todoke.config import Config
from todoke.core import webhook
from todoke.core.errors import TodokeError
from todoke.ports import Checkout, Secrets

LOG = logging.getLogger("todoke.pretend_pay")
FILE = "pretend_pay.sqlite3"
#: what each button makes of a page, and from which states it may
BUTTONS = {
    "pay": ("paid", ("open",)),
    "fail": ("failed", ("open",)),
    "store": ("pending", ("open",)),
    "store_paid": ("paid", ("pending",)),
    "store_failed": ("failed", ("pending",)),
}
#: seconds until a message that was not taken is sent again; the last for ever, up to three days
PAUSES = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
FORGET_SECONDS = 3 * 24 * 3600
DELIVERIES = 2
ANSWER_SECONDS = 5.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS session (id TEXT PRIMARY KEY, checkout TEXT UNIQUE, yen INTEGER,
  title TEXT, back_url TEXT, language TEXT, expires_at INTEGER, state TEXT);
CREATE TABLE IF NOT EXISTS message (number INTEGER PRIMARY KEY, body BLOB, left_over INTEGER,
  tries INTEGER, due REAL, made REAL);
"""


def webhook_secret(secrets: Secrets) -> str:
    """What the company and the city share; no other installation has it."""
    return hmac.new(secrets.seal_key, b"pretend payments", hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Session:
    """A page of the company. state: open | pending | paid | failed."""

    id: str
    yen: int
    title: str
    back_url: str
    language: str
    expires_at: int
    state: str


class Books:
    """What the company knows, in a file of its own. Threads and processes may share it."""

    def __init__(self, data: Path) -> None:
        self._path = data / FILE

    def open(self, checkout: Checkout) -> str:
        """The id of the page for a checkout; asked again, the same.

        Raises ``payment_refused`` when it was asked for with another amount before, and
        ``payment_unavailable`` when the books cannot be written."""
        id = f"ps_{chance.token_hex(16)}"
        values = (
            id,
            checkout.id,
            checkout.yen,
            checkout.title,
            checkout.back_url,
            checkout.language,
            checkout.expires_at,
        )
        try:
            with self._db() as db:
                db.execute("INSERT OR IGNORE INTO session VALUES (?,?,?,?,?,?,?,'open')", values)
                row = db.execute(
                    "SELECT id, yen FROM session WHERE checkout = ?", (checkout.id,)
                ).fetchone()
        except sqlite3.Error as error:
            raise TodokeError("payment_unavailable") from error
        if row[1] != checkout.yen:
            raise TodokeError("payment_refused")
        return str(row[0])

    def session(self, id: str) -> Session | None:
        """The page with this id."""
        with self._db() as db:
            row = db.execute(
                "SELECT id, yen, title, back_url, language, expires_at, state"
                " FROM session WHERE id = ?",
                (id,),
            ).fetchone()
        return None if row is None else Session(*row)

    def press(self, session: Session, button: str, now: int) -> None:
        """What a button does: the new state and the message about it, together. A button that
        does not fit the state does nothing."""
        state, before = BUTTONS[button]
        told = {
            "id": f"pe_{chance.token_hex(12)}",
            "kind": state,
            "session": session.id,
            "yen": session.yen if state == "paid" else 0,
            "created": now,
        }
        marks = ",".join("?" * len(before))
        with self._db() as db:
            changed = db.execute(
                f"UPDATE session SET state = ? WHERE id = ? AND state IN ({marks})",  # noqa: S608
                (state, session.id, *before),
            ).rowcount
            if changed:
                db.execute(
                    "INSERT INTO message VALUES (NULL, ?, ?, 0, 0, ?)",
                    (json.dumps(told).encode(), DELIVERIES, time.time()),
                )

    def due(self) -> tuple[int, bytes] | None:
        """The next message to send: its number and body."""
        with self._db() as db:
            row = db.execute(
                "SELECT number, body FROM message WHERE due <= ? ORDER BY due, number LIMIT 1",
                (time.time(),),
            ).fetchone()
        return None if row is None else (int(row[0]), bytes(row[1]))

    def sent(self, number: int, taken: bool) -> None:
        """Notes a try: taken often enough it is done, else it waits longer each time."""
        with self._db() as db:
            left, tries, made = db.execute(
                "SELECT left_over, tries, made FROM message WHERE number = ?", (number,)
            ).fetchone()
            left -= taken
            if left <= 0 or time.time() > made + FORGET_SECONDS:
                db.execute("DELETE FROM message WHERE number = ?", (number,))
                return
            pause = PAUSES[min(tries + 1, len(PAUSES) - 1)]
            db.execute(
                "UPDATE message SET left_over = ?, tries = ?, due = ? WHERE number = ?",
                (left, tries + 1, time.time() + pause, number),
            )

    @contextmanager
    def _db(self) -> Iterator[sqlite3.Connection]:
        """One transaction."""
        new = not self._path.exists()
        with closing(sqlite3.connect(self._path, timeout=5, isolation_level=None)) as db:
            if new:
                self._path.chmod(0o600)
            db.executescript(_SCHEMA)
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                db.execute("ROLLBACK")
                raise


class Messenger:
    """Sends what is due, over real HTTP, in a thread of its own."""

    def __init__(self, config: Config, secrets: Secrets, books: Books) -> None:
        self._url = f"{config.public_url}/api/payments/pretend"
        self._secret, self._books = webhook_secret(secrets), books
        self._wake, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="pretend-pay", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There is something new."""
        self._wake.set()

    def stop(self) -> None:
        """End after the message in hand; what is left waits for the next start."""
        self._ending.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(ANSWER_SECONDS + 1)

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                if self._send_one():
                    continue
            except sqlite3.Error as error:
                LOG.error("pretend_books", extra={"reason": type(error).__name__})
            self._wake.wait(0.5)
            self._wake.clear()

    def _send_one(self) -> bool:
        found = self._books.due()
        if found is None:
            return False
        number, body = found
        self._books.sent(number, self._taken(body))
        return True

    def _taken(self, body: bytes) -> bool:
        signature = webhook.sign(self._secret, body, int(time.time()))
        headers = {"Content-Type": "application/json", "Pretend-Signature": signature}
        request = urllib.request.Request(self._url, body, headers)  # noqa: S310 (our own setting)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310
                return bool(answer.status // 100 == 2)
        except (OSError, urllib.error.URLError, ValueError):
            return False
