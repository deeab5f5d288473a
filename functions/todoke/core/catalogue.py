"""The catalogue of a municipality: procedures, topics, areas and life events, read and checked.

The shapes are here; ``catalogue_files`` reads them out of YAML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from todoke.core.form import Form
from todoke.core.site_fields import Text
from todoke.core.site_yaml import Value

#: how a time limit works; the page has a sentence for each (``site.deadline.<kind>``)
DEADLINE_KINDS = (
    "annual_window",
    "before_expiry",
    "before_payment",
    "before_use",
    "employer",
    "municipality",
    "none",
    "prefecture",
    "promptly",
    "relative",
    "school",
    "statute",
    "window",
)
#: what a relative limit counts from (``site.moment.<name>``)
MOMENTS = (
    "birth_of_sibling",
    "change_address",
    "change_household",
    "change_job",
    "change_name",
    "child_after_18fy_end",
    "child_birth",
    "child_status_change",
    "due_date_minus_6_months",
    "due_date_minus_8_weeks",
    "end_care",
    "heartbeat_confirmed",
    "join_public_service",
    "leave_public_service",
    "move_in",
    "move_out",
    "move_within",
    "pregnancy_confirmed",
    "start_care",
)
ONLINE = ("yes", "partial", "municipality", "employer", "not_needed", "no", "unknown")
SIGNATURES = ("sign", "sign_or_login", "none", "varies", "counter", "employer", "unknown")
CONFIDENCE = ("high", "medium", "low")
#: seen: stated on pages that were read; list: in an official list, details from memory;
#: memory: to be checked against the law before anybody relies on it
EVIDENCE = ("seen", "list", "memory")
#: what comes of a procedure; the page has a sentence for each (``site.result.<kind>``)
RESULTS = (
    "card",
    "certificate",
    "change",
    "deduction",
    "donation",
    "end",
    "exemption",
    "fee_reduction",
    "fee_support",
    "handbook",
    "income_support",
    "keep",
    "loan",
    "medical_aid",
    "monthly_allowance",
    "one_time",
    "placement",
    "record_change",
    "reduction",
    "refund",
    "registration",
    "service",
    "subsidy",
    "tuition",
    "visit",
)
COUNTERS = ("city", "employer", "prefecture", "school")


@dataclass(frozen=True, slots=True)
class Topic:
    """Something a person may follow. name/about/often: language -> words.

    sensitive: following it says something about the household, so the page says so first."""

    id: str
    name: Mapping[str, str]
    about: Mapping[str, str]
    often: Mapping[str, str]
    sensitive: bool = False
    order: int = 0


@dataclass(frozen=True, slots=True)
class Area:
    """A district (地区)."""

    id: str
    name: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Event:
    """A life event (できごと) and the procedures that belong to it, most urgent first.

    icon: a name in ``templates/parts/icons.html``."""

    id: str
    name: Text
    about: Text
    icon: str
    procedures: tuple[str, ...]
    order: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was read. url and date (of the page, as it states) may be empty."""

    id: str
    title: str
    url: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: amount and unit ("day", "month", "year")."""

    amount: int
    unit: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when. ``kind`` decides which of the other fields are set.

    moments: what a relative limit counts from. next_day: the day after is day 1 (民法 140).
    rolls: a limit on a closed day moves to the next open one. minus_days: 1 for 「前日まで」.
    open_from: the moment opens the window instead of starting the limit. from_md, to_md:
    MM-DD of a yearly window. abroad: the limit for an event outside Japan.
    """

    kind: str
    moments: tuple[str, ...] = ()
    length: Span | None = None
    next_day: bool = False
    rolls: bool = False
    minus_days: int = 0
    open_from: bool = False
    from_md: str = ""
    to_md: str = ""
    abroad: Span | None = None
    late_effect: Text | None = None
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One paper. when: the case in which it is needed (None: always). omitted: the city may
    look it up itself; ground says why or when (情報連携 …). remark: more about the paper."""

    name: Text
    when: Text | None = None
    remark: Text | None = None
    omitted: bool = False
    ground: Text | None = None
    original: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What comes of it. amounts: as published, with their conditions, highest rule first."""

    kind: str
    benefit: str = ""
    amounts: tuple[Text, ...] = ()
    paid: Text | None = None
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Online:
    """Whether it can be filed from home and with which proof."""

    possible: str
    signature: str
    conditions: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Procedure:
    """One procedure (手続き). kana: reading of the name in hiragana. words: other words people
    search it by. eligibility and reminders: the rule trees as written, published as data and
    evaluated later. counter: who receives it. as_of: month of the facts, YYYY-MM.
    effective_from, effective_until: YYYY-MM-DD or "". region: prefecture it exists in. form:
    what is asked when it is filed here, None where it is not.
    """

    id: str
    category: str
    topic: str
    name: Text
    kana: str
    who: Text
    deadline: Deadline
    documents: tuple[Document, ...]
    result: Result
    online: Online
    legal_basis: tuple[str, ...]
    confidence: str
    evidence: str
    as_of: str
    eligibility: Value = None
    reminders: Value = None
    sources: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    counter: str = "city"
    one_stop_no: str = ""
    effective_from: str = ""
    effective_until: str = ""
    ended: bool = False
    region: Text | None = None
    emergency: str = ""
    note: Text | None = None
    form: Form | None = None

    @property
    def certain(self) -> bool:
        """Whether the facts may be shown without "check with the city first"."""
        return self.confidence == "high" and self.evidence == "seen"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything of ``site/`` that is not settings, sentences or assets."""

    topics: Mapping[str, Topic]
    areas: Mapping[str, Area]
    events: Mapping[str, Event] = field(default_factory=lambda: MappingProxyType({}))
    procedures: Mapping[str, Procedure] = field(default_factory=lambda: MappingProxyType({}))
    sources: Mapping[str, Source] = field(default_factory=lambda: MappingProxyType({}))

    def of_topic(self, topic: str) -> Sequence[Procedure]:
        """Procedures of a topic: those that a life event names early come first (a first claim
        before the change of an account), then in 五十音 order."""
        own = [each for each in self.by_kana() if each.topic == topic]
        return sorted(own, key=self._place)

    def _place(self, procedure: Procedure) -> tuple[int, int]:
        """Of the first life event that names it, and its place there."""
        for number, event in enumerate(self.events.values()):
            if procedure.id in event.procedures:
                return number, event.procedures.index(procedure.id)
        return len(self.events), 0

    def by_kana(self) -> Sequence[Procedure]:
        """All procedures in 五十音 order."""
        return sorted(self.procedures.values(), key=lambda each: (each.kana, each.id))

    def events_of(self, procedure: str) -> Sequence[Event]:
        """Life events that name a procedure."""
        return [each for each in self.events.values() if procedure in each.procedures]


def parse(files: Mapping[str, bytes]) -> Catalogue:
    """Reads the site's files (path below ``site/`` -> bytes).

    Raises ``site_file_invalid`` with file, field, rule and next step."""
    from todoke.core import catalogue_files  # it needs the shapes above

    return catalogue_files.read(files)
