"""Two clerks at a terminal: one writes a notice, the other approves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.parts.city import City


def announce(city: City, topic: str, title: str, text: str) -> str:
    """A notice to everybody who follows the topic, asked for and approved; its number."""
    everybody = city.ask("staff", "list")["staff"]
    author, approver = (_with_role(everybody, role) for role in ("author", "approver"))
    expires = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    content = ["--topic", topic, "--title", title, "--text", text, "--expires", expires]
    notice = str(city.ask("announce", "draft", "--as", author, *content)["id"])
    asked = city.ask("announce", "ask", notice, "--as", author)
    seen = ["--seen", str(asked["snapshot"]), "--count", str(asked["audience"]["number"])]
    city.ask("announce", "approve", notice, "--as", approver, *seen)
    return notice


def state(city: City, notice: str) -> str:
    """Where a notice stands: "sending", "sent" …"""
    return str(city.ask("announce", "show", notice)["state"])


def _with_role(everybody: Sequence[Mapping[str, Any]], role: str) -> str:
    return next(str(each["id"]) for each in everybody if each["roles"] == [role])
