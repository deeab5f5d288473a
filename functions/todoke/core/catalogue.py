"""The catalogue of a municipality: procedures, topics, areas and life events, read and checked.
The shapes are here; ``catalogue_files`` reads them out of YAML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # shapes of one procedure alone are needed more often than those of all else
    from todoke.core.benefits import Benefit
    from todoke.core.coverage import Checked
    from todoke.core.deadline_rules import Rule
    from todoke.core.facts import FactValue, Vocabulary
    from todoke.core.form import Form
    from todoke.core.immunization import Timeline
    from todoke.core.places import PlaceFile
    from todoke.core.records import Records
    from todoke.core.reference import Reference
    from todoke.core.search_words import SearchWords
    from todoke.core.site_fields import Text
    from todoke.core.site_yaml import Value

_Item = TypeVar("_Item")

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
    *("birth_of_sibling", "change_address", "change_household", "change_job", "change_name"),
    *("child_after_18fy_end", "child_birth", "child_status_change", "due_date_minus_6_months"),
    *("due_date_minus_8_weeks", "end_care", "heartbeat_confirmed", "join_public_service"),
    *("leave_public_service", "move_in", "move_out", "move_within", "pregnancy_confirmed"),
    "start_care",
)
ONLINE = ("yes", "partial", "municipality", "employer", "not_needed", "no", "unknown")
BY_AGENT = ("yes", "no")
SIGNATURES = ("sign", "sign_or_login", "none", "varies", "counter", "employer", "unknown")
CONFIDENCE = ("high", "medium", "low")
#: seen: stated on pages that were read; list: in an official list, details from memory;
#: memory: to be checked against the law before anybody relies on it
EVIDENCE = ("seen", "list", "memory")
#: what comes of a procedure; the page has a sentence for each (``site.result.<kind>``)
RESULTS = (
    *("card", "certificate", "change", "deduction", "donation", "end", "exemption"),
    *("fee_reduction", "fee_support", "handbook", "income_support", "keep", "loan"),
    *("medical_aid", "monthly_allowance", "one_time", "placement", "record_change", "reduction"),
    *("refund", "registration", "service", "subsidy", "tuition", "visit"),
)
COUNTERS = ("city", "employer", "prefecture", "school")
#: why a paper need not be brought (``procedure.by.<name>`` says the law): link is 情報連携,
#: account the 公金受取口座, insurance オンライン資格確認, moving the 転入 with a card, own_record
#: what the city itself has on record
GROUNDS = ("link", "account", "insurance", "moving", "own_record")


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
    title: Text
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
    look it up itself; ground says why or when (情報連携 …), by the kind of legal ground. remark:
    more about the paper."""

    name: Text
    when: Text | None = None
    remark: Text | None = None
    omitted: bool = False
    ground: Text | None = None
    original: bool = False
    by: str = ""


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
    """Whether it can be filed from home and with which proof. agent: see core/form.py:by_agent."""

    possible: str
    signature: str
    conditions: tuple[Text, ...] = ()
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A family worked out by hand from the law. on: the day, YYYY-MM-DD. facts: what is known
    (``core/facts.py``). answer: "yes", "no" or "ask". law, why: what it stands on."""

    name: str
    on: str
    facts: Mapping[str, FactValue]
    answer: str
    law: str
    why: str


@dataclass(frozen=True, slots=True)
class Own:
    """What a municipality decided itself (todoke.toml, ``core/parameters.py``). as_of: YYYY-MM or
    YYYY-MM-DD. source, url: where it was decided (an ordinance has no address). words: what the
    page says; value: what programs read, where words alone would not do."""

    as_of: str
    source: Text
    url: str = ""
    words: Text | None = None
    value: Value = None


@dataclass(frozen=True, slots=True)
class Procedure:
    """One procedure (手続き). kana: reading of the name in hiragana. words: other words people
    search it by. eligibility: the rule tree as written (see ``core/eligibility.py``). reminders:
    theirs, published as data. counter: who receives it. as_of: month of the facts, YYYY-MM.
    effective_from, effective_until: YYYY-MM-DD or "". region: prefecture it exists in. form:
    what is asked when it is filed here, None where it is not. own_sources: those of ``sources``
    that stand in its own file. examples: families whose answer is known. ages_at: the way to the
    age in its rule that a city decides (``core/city_ages.py``), None where there is none. set_by:
    who set it up where no national law did (``core/legal_basis.py``). own: parameter -> what
    this municipality decided; where one replaces a fact above, it stands there already.
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
    emergency: Text | None = None
    note: Text | None = None
    form: Form | None = None
    own_sources: tuple[Source, ...] = ()
    examples: tuple[Example, ...] = ()
    ages_at: tuple[int, ...] | None = None
    set_by: tuple[str, ...] = ()
    own: Mapping[str, Own] = field(default_factory=dict)

    @property
    def certain(self) -> bool:
        """Whether the facts may be shown without "check with the city first"."""
        return self.confidence == "high" and self.evidence == "seen"


@dataclass(frozen=True, slots=True)
class Marks:
    """What a catalogue was read from, as SHA-256. procedures: id -> its file. rest: every other
    file of the site, taken together, but the lists of places, which bear their own."""

    procedures: Mapping[str, str]
    rest: str


@dataclass(frozen=True)
class Catalogue:
    """Everything of ``site/`` that is not settings, sentences or assets. facts: what the rules may
    ask about a family. city_facts: those this municipality answers for everybody. search: words
    that people search with. deadlines: rules that compute days by name. closed: days on which the
    city is closed beside those of the law (``closed_days``). checked: who has read the words of
    which language. timeline: the vaccinations and check-ups of a childhood. references: small
    editions in further languages. marks: by which the press knows what changed; None for one made
    by hand. places: lists of places by kind."""

    topics: Mapping[str, Topic]
    areas: Mapping[str, Area]
    events: Mapping[str, Event] = field(default_factory=lambda: MappingProxyType({}))
    procedures: Mapping[str, Procedure] = field(default_factory=lambda: MappingProxyType({}))
    sources: Mapping[str, Source] = field(default_factory=lambda: MappingProxyType({}))
    benefits: Mapping[str, Benefit] = field(default_factory=lambda: MappingProxyType({}))
    facts: Vocabulary = field(default_factory=lambda: MappingProxyType({}))
    city_facts: Mapping[str, Own] = field(default_factory=lambda: MappingProxyType({}))
    search: SearchWords = field(default_factory=lambda: _no_words())
    deadlines: Mapping[str, Rule] = field(default_factory=lambda: MappingProxyType({}))
    closed: tuple[str, ...] = ()
    checked: tuple[Checked, ...] = ()
    timeline: Timeline = field(default_factory=lambda: _no_timeline())
    references: Mapping[str, Reference] = field(default_factory=lambda: MappingProxyType({}))
    marks: Marks | None = None
    places: Mapping[str, PlaceFile] = field(default_factory=lambda: MappingProxyType({}))

    def of_topic(self, topic: str) -> Sequence[Procedure]:
        """Procedures of a topic: those that a life event names early come first (a first claim
        before the change of an account), then in 五十音 order."""
        return self._by_topic.get(topic, ())

    def by_kana(self) -> Sequence[Procedure]:
        """All procedures in 五十音 order."""
        return self._by_kana

    def events_of(self, procedure: str) -> Sequence[Event]:
        """Life events that name a procedure."""
        return self._events.get(procedure, ())

    def naming(self, procedure: str) -> Sequence[Procedure]:
        """Procedures that name a procedure as one of their next."""
        return self._naming.get(procedure, ())

    def who_checked(self, language: str, part: str) -> Checked | None:
        """Who has read the words of a part, None for nobody yet."""
        return next((e for e in self.checked if (e.language, e.part) == (language, part)), None)

    # each of them looks at every procedure once, not once for every procedure
    @cached_property
    def _by_topic(self) -> Mapping[str, Sequence[Procedure]]:
        found: dict[str, list[Procedure]] = {}
        for each in sorted(self._by_kana, key=self._place):
            found.setdefault(each.topic, []).append(each)
        return found

    def _place(self, procedure: Procedure) -> tuple[int, int]:
        """Of the first life event that names it, and its place there."""
        return self._places.get(procedure.id, (len(self.events), 0))

    @cached_property
    def _places(self) -> Mapping[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for number, event in enumerate(self.events.values()):
            for place, procedure in enumerate(event.procedures):
                found.setdefault(procedure, (number, place))
        return found

    @cached_property
    def _by_kana(self) -> Sequence[Procedure]:
        return tuple(sorted(self.procedures.values(), key=lambda each: (each.kana, each.id)))

    @cached_property
    def _events(self) -> Mapping[str, Sequence[Event]]:
        return _by_named((each, each.procedures) for each in self.events.values())

    @cached_property
    def _naming(self) -> Mapping[str, Sequence[Procedure]]:
        return _by_named((each, each.next) for each in self.procedures.values())


def _no_words() -> SearchWords:
    from todoke.core.search_words import SearchWords

    return SearchWords()


def _no_timeline() -> Timeline:
    from todoke.core.immunization import Timeline

    return Timeline()


def _by_named(items: Iterable[tuple[_Item, Sequence[str]]]) -> Mapping[str, Sequence[_Item]]:
    """Id -> those that name it, each once. items: each with the ids it names."""
    found: dict[str, list[_Item]] = {}
    for each, names in items:
        for name in dict.fromkeys(names):
            found.setdefault(name, []).append(each)
    return found


def parse(files: Mapping[str, bytes], records: Records | None = None) -> Catalogue:
    """Reads the site's files (path below ``site/`` -> bytes). records: what was read before.

    Raises ``site_file_invalid`` with file, field, rule and next step."""
    from todoke.core import catalogue_files  # it needs the shapes above

    return catalogue_files.read(files, records)
