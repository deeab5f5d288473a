"""Login with a card: a challenge, its answer, a session; and the link to a resident."""

from __future__ import annotations

import hashlib

from todoke.ports import Record, Services


def open_session(services: Services, token: str) -> tuple[Record, Record] | None:
    """(session, account) of a session token; None when it ended."""
    session = services.store.get("session", _hash(token))
    if session is None:
        return None
    account = services.store.get("account", str(session.data["account"]))
    return None if account is None else (session, account)


def _hash(secret: str) -> str:
    """256 random bits need no slow hash: there is nothing to guess."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
