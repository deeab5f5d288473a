"""What a few changed procedures change in the release being served, without a look at the others.

Nearly every publication is that of one procedure whose words were mended. Such words stand on its
own pages, in catalogue.json, in the sitemap and in what phones take along, nowhere else; so the
rest of the release stays as it is. ``_SHOWN_ALONE`` names the fields of which that is true. A field
of them that any other page shows one day is found by ``tests/journeys/test_publish_few.py``, which
changes each and holds every file beside a full printing. Whatever else has changed, and whatever
cannot be told, is left to the full way: then ``files`` gives None.

The ledger is written by every full publication, and vouched for by the shelf. The journal says
what was published this way since: two thousand procedures are not written down again for one.
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from todoke.config import Config
from todoke.core.catalogue import Catalogue, Procedure
from todoke.core.catalogue_texts import texts_of
from todoke.core.coverage import Coverage, without_reading
from todoke.core.errors import TodokeError
from todoke.core.procedure_check import ground, known, refuse_my_number
from todoke.core.procedure_file import procedure as procedure_of
from todoke.core.records import RECORDS, Records
from todoke.core.site_yaml import load
from todoke.core.words import LANGUAGES, Dictionary
from todoke.press import catalogue_json, check_files, plan, procedure_page
from todoke.press.assets import Assets, to_json
from todoke.press.frame import FOLDERS, TEMPLATES, Frame
from todoke.press.procedure_page import Beside
from todoke.press.ruby import Readings

#: on the shelf
LEDGER, JOURNAL = "ledger", "journal"
#: of the shapes below; another number is another ledger
VERSION = 2
#: fields of a procedure that only its own page and catalogue.json show, its month also the sitemap
_SHOWN_ALONE = (
    *("documents", "note", "legal_basis", "sources", "confidence", "evidence", "as_of"),
    *("one_stop_no", "counter", "reminders"),
)
#: the same of what it holds
_SHOWN_ALONE_IN = {
    "deadline": ("late_effect", "note"),
    "result": ("paid", "note"),
    "online": ("signature", "conditions"),
}
#: what the page of a procedure is handed of the catalogue
_HEAD = ("topics", "areas", "events", "sources", "checked")
#: a journal of more procedures than these is as long as a ledger is to write
MOST = 200

_Read = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Ledger:
    """A release and what it was made of. beside: procedure -> ids and amount of its ``Beside``; one
    that the city's parameters change, or that writes out a source, is not there. marks: procedure
    -> SHA-256 of its file. digests: SHA-256 of every file but sw.js. table: of the assets. head:
    what ``_HEAD`` names of the catalogue. references: its reference languages, as a pickle.
    counted: what about/languages.html says, None where it was not counted."""

    version: int
    release: int
    mark: str
    config: Config
    sentences: Mapping[str, Mapping[str, str]]
    readings: Mapping[str, str]
    templates: Mapping[str, str]
    table: Mapping[str, str]
    head: Mapping[str, Any]
    order: tuple[str, ...]
    beside: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], Any]]
    marks: Mapping[str, str]
    digests: Mapping[str, bytes]
    references: bytes
    counted: Sequence[Coverage] | None


def ledger(
    frame: Frame,
    catalogue: Catalogue,
    release: int,
    beside: Mapping[str, Beside],
    digests: Mapping[str, bytes],
) -> bytes | None:
    """Of the release just made; None where the catalogue was read from no files."""
    if catalogue.marks is None:
        return None
    head = {name: getattr(catalogue, name) for name in _HEAD}
    own = catalogue.procedures
    made = Ledger(
        version=VERSION,
        release=release,
        mark=frame.mark,
        config=frame.config,
        sentences=frame.words.sentences,
        readings=frame.readings.table,
        templates=frame.templates,
        table=frame.assets.table(),
        head=head,
        order=tuple(own),
        beside={
            id: (_ids(each.related), _ids(each.nearby), each.amount)
            for id, each in beside.items()
            if not own[id].own and not own[id].own_sources
        },
        marks=catalogue.marks.procedures,
        digests=digests,
        references=pickle.dumps(dict(catalogue.references), 5),
        counted=frame.counted,
    )
    return pickle.dumps({name: getattr(made, name) for name in Ledger.__slots__}, 5)


def _ids(items: Sequence[Procedure]) -> tuple[str, ...]:
    return tuple(each.id for each in items)


@dataclass(frozen=True, slots=True)
class Journal:
    """What was published since a ledger. of: its release. release: the newest. digests: of files
    that are others since. items: the procedures as they were published, as pickles. counted: as the
    ledger has it."""

    of: int
    release: int
    digests: Mapping[str, bytes]
    items: Mapping[str, bytes]
    counted: Sequence[Coverage] | None


def journal_of(kept: bytes | None, release: int) -> Journal | None:
    """What was published since the ledger of that release; None for nothing."""
    if kept is None:
        return None
    version, found = pickle.loads(kept)  # noqa: S301 - of a shelf that vouches for it
    made = Journal(**found) if version == VERSION else None
    return made if made and made.of == release else None


class Few:
    """Implements ``ports.Few``. Raises ``LookupError`` where nothing fitting was kept."""

    def __init__(self, shelf: Callable[[str], bytes | None]) -> None:
        """shelf: what was kept under a name."""
        kept = shelf(LEDGER)
        if kept is None:
            raise LookupError(LEDGER)
        found = pickle.loads(kept)  # noqa: S301 - of a shelf that vouches for it
        if found["version"] != VERSION:
            raise LookupError(LEDGER)
        self._ledger = ledger = Ledger(**found)
        empty = Journal(ledger.release, ledger.release, {}, {}, ledger.counted)
        self._journal = journal_of(shelf(JOURNAL), ledger.release) or empty
        self._records = Records(shelf(RECORDS))
        self._compiled = shelf(TEMPLATES)
        self._counted = self._journal.counted
        self._new: dict[str, Procedure] = {}
        self._changed: dict[str, bytes] = {}
        self._procedures = _Kept(ledger.order, self._item)

    @property
    def release(self) -> int:
        """See ``ports.Few``."""
        return self._journal.release

    @property
    def count(self) -> int:
        """See ``ports.Few``."""
        return len(self._ledger.digests) + 1  # sw.js

    @property
    def words(self) -> Dictionary:
        """See ``ports.Few``."""
        return Dictionary(self._ledger.sentences)

    def files(self, bodies: Mapping[str, bytes], read: _Read) -> Mapping[str, bytes] | None:
        """See ``ports.Few``."""
        try:
            olds = {id: self._procedures[id] for id in bodies}
            news = {id: self._fitting(id, bodies[id], old) for id, old in olds.items()}
            self._new = {id: each for id, each in news.items() if each is not None}
            if self._new.keys() != olds.keys() or len({*self._journal.items, *olds}) > MOST:
                return None
            found = dict(self._files(olds, read))
        except LookupError:  # not kept, or not as it was left
            return None
        known = self._digests()
        self._changed = {
            key: digest
            for key, body in found.items()
            if (digest := sha256(body).digest()) != known.get(key)
        }
        if not self._changed:
            return {}
        worker = read("sw.js") or b""
        before, after = plan.number(known), plan.number(known | self._changed)
        return {
            **{key: found[key] for key in self._changed},
            "sw.js": _replaced(worker, before.encode(), after.encode()),
        }

    def journal(self, release: int) -> bytes:
        """See ``ports.Few``."""
        items = {id: pickle.dumps(each, 5) for id, each in self._new.items()}
        made = {
            "of": self._ledger.release,
            "release": release,
            "digests": {**self._journal.digests, **self._changed},
            "items": {**self._journal.items, **items},
            "counted": self._counted,
        }
        return pickle.dumps((VERSION, made), 5)

    # ------------------------------------------------------------------ a procedure
    def _item(self, id: str) -> Procedure:
        if id in self._new:
            return self._new[id]
        kept = self._journal.items.get(id)
        if kept is None:
            kept = self._records.kept(f"procedures/{id}.yaml", self._ledger.marks[id])
        if kept is None:
            raise LookupError(id)
        item: Procedure = pickle.loads(kept)  # noqa: S301 - of a shelf that vouches for it
        return item

    def _fitting(self, id: str, body: bytes, old: Procedure) -> Procedure | None:
        """The procedure as its file has it now; None where other files could show a change, or
        where something is wrong, which the full way has words for."""
        path = f"procedures/{id}.yaml"
        if id not in self._ledger.beside:
            return None
        try:
            file = load(path, body)
            refuse_my_number(file, "", file.value)
            new = procedure_of(file)
            known(path, "sources", new.sources, self._ledger.head["sources"])
            ground(path, new)
        except TodokeError:
            return None
        window = new.deadline.kind == "annual_window"  # a calendar says when it was looked at
        if _for_others(old) != _for_others(new) or (window and old.as_of != new.as_of):
            return None
        return new

    # ------------------------------------------------------------------ its files
    def _files(self, olds: Mapping[str, Procedure], read: _Read) -> Iterator[tuple[str, bytes]]:
        catalogue = Catalogue(**self._ledger.head, procedures=self._procedures)
        pages: dict[str, bytes] = {}
        for id in olds:
            related, nearby, amount = self._ledger.beside[id]
            shown = Beside(
                tuple(self._procedures[each] for each in related),
                tuple(self._procedures[each] for each in nearby),
                amount,
            )
            sheet = procedure_page.sheet(catalogue, self._new[id], shown)
            pages |= dict(self._frame.render(sheet, language) for language in LANGUAGES)
        yield from pages.items()
        yield from self._languages(catalogue, olds)
        for language in LANGUAGES:
            if within := check_files.pages_in(catalogue, language):
                every = {key: pages.get(key) or self._served(key, read) for key in within}
                yield check_files.pages_key(language), check_files.pages(every)
        yield "catalogue.json", self._data(olds, read)
        yield "sitemap.xml", self._map(olds, read)

    def _languages(
        self, catalogue: Catalogue, olds: Mapping[str, Procedure]
    ) -> Iterator[tuple[str, bytes]]:
        """The page that counts what there is in each language, where it counts otherwise now."""
        more: Counter[str] = Counter()
        for id, old in olds.items():
            more.update(_texts(self._frame.readings, self._new[id]))
            more.subtract(_texts(self._frame.readings, old))
        if not any(more.values()):
            return
        if self._counted is None:
            raise LookupError("counted")
        self._counted = [
            each
            if each.part != "procedures"
            else replace(
                each,
                texts=each.texts + more["texts"],
                there=each.there + more[each.language],
                without_reading=each.without_reading + (each.language == "easy") * more["bare"],
            )
            for each in self._counted
        ]
        from todoke.press import pages  # it knows every other page too

        references = pickle.loads(self._ledger.references)  # noqa: S301 - vouched for
        whole = replace(catalogue, references=references)
        self._frame.count(whole, self._counted)
        for language in LANGUAGES:
            yield self._frame.render(pages.languages(whole), language)

    def _data(self, olds: Mapping[str, Procedure], read: _Read) -> bytes:
        data, config = self._served("catalogue.json", read), self._ledger.config
        for id, old in olds.items():
            one = [catalogue_json.procedure(config, each) for each in (old, self._new[id])]
            data = _replaced(data, *(to_json(each).rstrip(b"\n") for each in one))
        return data

    def _map(self, olds: Mapping[str, Procedure], read: _Read) -> bytes:
        data, address = self._served("sitemap.xml", read), _escaped(self._ledger.config.public_url)
        for id, old in olds.items():
            for folder in FOLDERS.values():
                start = f"<loc>{address}/{folder}procedures/{id}.html</loc><lastmod>"
                months = (f"{start}{each.as_of}<".encode() for each in (old, self._new[id]))
                data = _replaced(data, *months)
        return data

    def _served(self, key: str, read: _Read) -> bytes:
        body = read(key)
        if body is None or sha256(body).digest() != self._digests().get(key):
            raise LookupError(key)
        return body

    def _digests(self) -> dict[str, bytes]:
        return {**self._ledger.digests, **self._journal.digests}

    @property
    def _frame(self) -> Frame:
        if "frame" not in self.__dict__:
            kept = self._ledger
            self.__dict__["frame"] = Frame(
                kept.config,
                self.words,
                {name: text.encode("utf-8") for name, text in kept.templates.items()},
                Assets.known(kept.table),
                Readings(kept.readings),
                self._compiled,
                kept.mark,
            )
        frame: Frame = self.__dict__["frame"]
        return frame


class _Kept(Mapping[str, Procedure]):
    """Procedures in the order of the catalogue, each read when it is asked for."""

    def __init__(self, order: Sequence[str], item: Callable[[str], Procedure]) -> None:
        self._order, self._item, self._known = order, item, frozenset(order)

    def __getitem__(self, id: str) -> Procedure:
        if id not in self._known:
            raise KeyError(id)
        return self._item(id)

    def __iter__(self) -> Iterator[str]:
        return iter(self._order)

    def __len__(self) -> int:
        return len(self._order)


def _for_others(item: Procedure) -> tuple[Procedure, bool]:
    """What other files may show of it. Whether its facts are certain they do."""
    bare: dict[str, Any] = {
        name: replace(getattr(item, name), **dict.fromkeys(fields))
        for name, fields in _SHOWN_ALONE_IN.items()
    }
    who = {"ja": item.who["ja"]}  # words of the search
    if item.deadline.kind == "annual_window":
        who = dict(item.who)
    own: dict[str, Any] = {**bare, **dict.fromkeys(_SHOWN_ALONE), "who": who}
    if item.result.amounts and item.result.benefit:
        del own["as_of"]  # says which figures its words may name (``core/shown_amounts``)
    return replace(item, **own), item.certain


def _texts(readings: Readings, item: Procedure) -> Mapping[str, int]:
    """What ``about/languages.html`` counts of it."""
    texts = [each for field, each in texts_of(item) if not field.startswith("form.")]
    there = {each: sum(each in one for one in texts) for each in LANGUAGES}
    easy = [each["easy"] for each in texts if "easy" in each]
    return {"texts": len(texts), **there, "bare": without_reading(easy, readings.uncovered)}


def _escaped(text: str) -> str:
    """As ``xml.sax.saxutils``, which loads a whole web client."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _replaced(data: bytes, before: bytes, after: bytes) -> bytes:
    """Raises ``LookupError`` unless it stands there exactly once."""
    if data.count(before) != 1:
        raise LookupError(before)
    return data.replace(before, after)
