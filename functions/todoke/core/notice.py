"""A topic notice (お知らせ): its content, its public form, and who may do what to it when.

What a text may say is judged in ``core/notice_check.py``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from todoke.core.errors import TodokeError

#: RFC 8030 section 5.3, without very-low: a city has no use for it
URGENCIES = ("low", "normal", "high")


@dataclass(frozen=True, slots=True)
class Link:
    """A link shown under the text. url: https on an allowed host, or a path of this site."""

    url: str
    label: str


@dataclass(frozen=True, slots=True)
class Content:
    """What the author writes and the approver freezes.

    title, text: language ("ja", "easy", "en") -> words; "ja" is always there.
    area / cohort: None means everybody who follows the topic.
    urgency: RFC 8030 section 5.3 (low | normal | high). expires_at: unix seconds.
    """

    topic: str
    title: Mapping[str, str]
    text: Mapping[str, str]
    expires_at: int
    links: tuple[Link, ...] = ()
    urgency: str = "normal"
    area: str | None = None
    cohort: int | None = None
    procedure: str | None = None


@dataclass(frozen=True, slots=True)
class PublicNotice:
    """A notice as everybody may read it. withdrawn: recalled after it was published, at
    withdrawn_at."""

    id: str
    content: Content
    published_at: datetime
    withdrawn: bool = False
    reason: str = field(default="")
    withdrawn_at: datetime | None = None

    @property
    def updated_at(self) -> datetime:
        """When it last changed in a way a reader must know (``updated``, RFC 4287 4.2.15)."""
        return self.withdrawn_at or self.published_at


# --------------------------------------------------------------------------- JSON, snapshot
def to_json(content: Content) -> dict[str, Any]:
    """The content as JSON values (``Content`` names, links as objects)."""
    return {
        "topic": content.topic,
        "title": dict(content.title),
        "text": dict(content.text),
        "expires_at": content.expires_at,
        "links": [{"url": each.url, "label": each.label} for each in content.links],
        "urgency": content.urgency,
        "area": content.area,
        "cohort": content.cohort,
        "procedure": content.procedure,
    }


def from_json(value: object) -> Content:
    """The content of its JSON form; only shapes are judged here, not what it says.

    Raises ``unknown_field``, ``missing_field`` or ``bad_field`` naming the field."""
    found = _mapping("content", value)
    for name in found:
        if name not in Content.__slots__:
            raise TodokeError("unknown_field", field=name)
    for name in ("topic", "title", "text", "expires_at"):
        if name not in found:
            raise TodokeError("missing_field", field=name)
    return Content(
        topic=_text("topic", found["topic"]),
        title=_words("title", found["title"]),
        text=_words("text", found["text"]),
        expires_at=_whole("expires_at", found["expires_at"]),
        links=_links(found.get("links", [])),
        urgency=_text("urgency", found.get("urgency", "normal")),
        area=_maybe(_text, "area", found.get("area")),
        cohort=_maybe(_whole, "cohort", found.get("cohort")),
        procedure=_maybe(_text, "procedure", found.get("procedure")),
    )


def snapshot(id: str, content: Content, send_at: int | None) -> str:
    """SHA-256, hex, of what the approver sees: number, content and time to send.

    Over canonical JSON (sorted names, no spaces, UTF-8; all numbers are whole, so this is
    RFC 8785 for our values), so two machines agree."""
    seen = {"id": id, "content": to_json(content), "send_at": send_at}
    canonical = json.dumps(seen, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def _mapping(name: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise TodokeError("bad_field", field=name, rule="object")
    return value


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise TodokeError("bad_field", field=name, rule="text")
    return value


def _whole(name: str, value: object) -> int:
    if type(value) is not int:
        raise TodokeError("bad_field", field=name, rule="whole_number")
    return value


def _maybe(read: Any, name: str, value: object) -> Any:
    return None if value is None else read(name, value)


def _words(name: str, value: object) -> dict[str, str]:
    return {key: _text(f"{name}.{key}", words) for key, words in _mapping(name, value).items()}


def _links(value: object) -> tuple[Link, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TodokeError("bad_field", field="links", rule="list")
    found = [_mapping("links", each) for each in value]
    return tuple(
        Link(_text("links.url", each.get("url")), _text("links.label", each.get("label")))
        for each in found
    )


# --------------------------------------------------------------------------- who may do what
@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the staff. roles: of core/desk_roles.py. offices: codes of her offices
    (core/offices.py); None for the city itself, as its operator acts at the machine."""

    id: str
    roles: frozenset[str]
    offices: frozenset[str] | None = frozenset()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a notice stands. writers: everybody who wrote or changed its content."""

    state: str
    writers: frozenset[str] = frozenset()
    snapshot: str | None = None


#: act -> state before -> state after. ``withdraw`` is ``recall`` of what has gone out: nothing
#: is left to stop, but the page and the inboxes must say that it no longer holds.
ACTS: Mapping[str, Mapping[str, str]] = {
    "edit": {"draft": "draft"},
    "ask": {"draft": "asked"},
    "approve": {"asked": "approved"},
    "give_back": {"asked": "draft"},
    "publish": {"approved": "sending"},
    "finish": {"sending": "sent"},
    "recall": {"approved": "recalled", "sending": "recalled", "sent": "recalled"},
}


def after(state: str, act: str) -> str:
    """The state that ``act`` leads to. Raises ``notice_state`` when it is not possible now."""
    following = ACTS[act].get(state)
    if following is None:
        raise TodokeError("notice_state", state=state, act=act)
    return following


def edit(standing: Standing, who: Person) -> str:
    """An author may change any draft of the office; she then counts as one of its writers."""
    _need(who, "author")
    return after(standing.state, "edit")


def ask(standing: Standing, who: Person) -> str:
    """An author freezes a draft and asks for a second person."""
    _need(who, "author")
    return after(standing.state, "ask")


def approve(standing: Standing, who: Person, seen: str) -> str:
    """A second person approves exactly what she saw. seen: the snapshot on her screen.

    Raises ``role_missing``, ``same_person`` (she wrote or changed it), ``notice_state``, or
    ``notice_changed`` (it is not what she saw)."""
    _need(who, "approver")
    following = after(standing.state, "approve")
    if who.id in standing.writers:
        raise TodokeError("same_person")
    if not standing.snapshot or seen != standing.snapshot:
        raise TodokeError("notice_changed")
    return following


def give_back(standing: Standing, who: Person) -> str:
    """An approver gives it back, or a writer takes it back; it is a draft again."""
    if who.id not in standing.writers:
        _need(who, "approver")
    return after(standing.state, "give_back")


def recall(standing: Standing, who: Person) -> str:
    """Stopping harm is fastest: one person of either role, at once."""
    if not who.roles & {"author", "approver"}:
        raise TodokeError("role_missing", role="author")
    return after(standing.state, "recall")


def _need(who: Person, role: str) -> None:
    if role not in who.roles:
        raise TodokeError("role_missing", role=role)
