"""What a few changed procedures change in the release being served, without a look at the others.

Nearly every publication is that of one procedure whose words were mended. Such words stand on its
own pages, in catalogue.json, in the sitemap, in the feeds and in what phones take along, nowhere
else; so the rest of the release stays as it is. ``_SHOWN_ALONE`` names the fields of which that is
true. A field of them that any other page shows one day is found by
``tests/journeys/test_publish_few.py``, which changes each and holds every file beside a full
printing. Whatever else has changed, and whatever cannot be told, is left to the full way: then
``files`` gives None.

What it needs to know of the others is in ``press/ledger.py``.
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from todoke.core.catalogue import Catalogue, Procedure
from todoke.core.catalogue_texts import texts_of, without_reading
from todoke.core.errors import TodokeError
from todoke.core.procedure_check import ground, known, refuse_my_number
from todoke.core.procedure_file import procedure as procedure_of
from todoke.core.records import RECORDS, Records
from todoke.core.site_yaml import load
from todoke.core.words import LANGUAGES, Dictionary
from todoke.press import catalogue_feed, catalogue_json, procedure_page, taken_along
from todoke.press.assets import Assets, number_of, to_json
from todoke.press.frame import FOLDERS, TEMPLATES, Frame
from todoke.press.ledger import JOURNAL, LEDGER, VERSION, Journal, Ledger, journal_of
from todoke.press.procedure_page import Beside
from todoke.press.ruby import Readings
from todoke.press.xml_text import escaped

if TYPE_CHECKING:
    from todoke.ports import Shelf

#: fields of a procedure that only its own page and catalogue.json show, its month also the sitemap
#: and the feeds
_SHOWN_ALONE = (
    *("documents", "note", "legal_basis", "sources", "confidence", "evidence", "as_of"),
    *("one_stop_no", "counter", "reminders"),
)
#: the same of what it holds
_SHOWN_ALONE_IN = {
    "deadline": ("late_effect", "note"),
    "result": ("paid", "note"),
    "online": ("conditions",),
}
#: a journal of more procedures than these is as long as a ledger is to write
MOST = 200

_Read = Callable[[str], bytes | None]


class Few:
    """Implements ``ports.Few``. Raises ``LookupError`` where nothing fitting was kept."""

    def __init__(self, shelf: Shelf) -> None:
        kept = shelf.get(LEDGER)
        if kept is None:
            raise LookupError(LEDGER)
        found = pickle.loads(kept)  # noqa: S301 - of a shelf that vouches for it
        if found["version"] != VERSION:
            raise LookupError(LEDGER)
        self._ledger = ledger = Ledger(**found)
        empty = Journal(ledger.release, ledger.release, ledger.number, {}, {}, ledger.counted)
        self._journal = journal_of(shelf.get(JOURNAL), ledger.release) or empty
        self._records = Records(shelf.parts(RECORDS))
        self._compiled = shelf.parts(TEMPLATES)
        self._digests = {**ledger.digests, **self._journal.digests}
        self._counted, self._number = self._journal.counted, self._journal.number
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
        known = self._digests
        self._changed = {
            key: digest
            for key, body in found.items()
            if (digest := sha256(body).digest()) != known.get(key)
        }
        if not self._changed:
            return {}
        worker, self._number = read("sw.js") or b"", number_of(known | self._changed)
        before, after = self._journal.number.encode(), self._number.encode()
        return {
            **{key: found[key] for key in self._changed},
            "sw.js": _replaced(worker, before, after),
        }

    def journal(self, release: int) -> bytes:
        """See ``ports.Few``."""
        items = {id: pickle.dumps(each, 5) for id, each in self._new.items()}
        made = {
            "of": self._ledger.release,
            "release": release,
            "number": self._number,
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
        none: Any = None  # no page made here looks at them
        catalogue = Catalogue(
            **self._ledger.head, procedures=self._procedures, search=none, timeline=none
        )
        pages: dict[str, bytes] = {}
        for id in olds:
            related, nearby, amount = self._ledger.beside[id]
            shown = Beside(
                tuple(self._procedures[each] for each in related),
                tuple(self._procedures[each] for each in nearby),
                pickle.loads(amount),  # noqa: S301 - vouched for
            )
            sheet = procedure_page.sheet(catalogue, self._new[id], shown)
            pages |= dict(self._frame.render(sheet, language) for language in LANGUAGES)
        yield from pages.items()
        yield from self._languages(catalogue, olds)
        for language in LANGUAGES:
            if within := taken_along.pages_in(catalogue, language):
                every = {key: pages.get(key) or self._served(key, read) for key in within}
                yield taken_along.pages_key(language), taken_along.pages(every)
        yield "catalogue.json", self._data(olds, read)
        yield "sitemap.xml", self._map(olds, read)
        yield from self._feeds(catalogue, olds, read)

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

        references, said = pickle.loads(self._ledger.references)  # noqa: S301 - vouched for
        whole = replace(catalogue, references=references)
        self._frame.count(whole, self._counted, said)
        for language in LANGUAGES:
            yield self._frame.render(pages.languages(whole), language)

    def _data(self, olds: Mapping[str, Procedure], read: _Read) -> bytes:
        data, config = self._served("catalogue.json", read), self._ledger.config
        for id, old in olds.items():
            one = [catalogue_json.procedure(config, each) for each in (old, self._new[id])]
            data = _replaced(data, *(to_json(each).rstrip(b"\n") for each in one))
        return data

    def _map(self, olds: Mapping[str, Procedure], read: _Read) -> bytes:
        data, address = self._served("sitemap.xml", read), escaped(self._ledger.config.public_url)
        for id, old in olds.items():
            for folder in FOLDERS.values():
                start = f"<loc>{address}/{folder}procedures/{id}.html</loc><lastmod>"
                months = (f"{start}{each.as_of}<".encode() for each in (old, self._new[id]))
                data = _replaced(data, *months)
        return data

    def _feeds(
        self, catalogue: Catalogue, olds: Mapping[str, Procedure], read: _Read
    ) -> Iterator[tuple[str, bytes]]:
        """The feeds in which the first lines or the month of one are others."""
        for language, folder in FOLDERS.items():
            both = [
                [catalogue_feed.entry(catalogue, self._frame, each, language) for each in pair]
                for pair in ((old, self._new[id]) for id, old in olds.items())
            ]
            if others := [(before, after) for before, after in both if before != after]:
                data = self._served(key := f"{folder}{catalogue_feed.NAME}", read)
                for before, after in others:
                    data = _replaced(data, before, after)
                yield key, catalogue_feed.dated(data)

    def _served(self, key: str, read: _Read) -> bytes:
        body = read(key)
        if body is None or sha256(body).digest() != self._digests.get(key):
            raise LookupError(key)
        return body

    @property
    def _frame(self) -> Frame:
        if "frame" not in self.__dict__:
            kept = self._ledger
            self.__dict__["frame"] = Frame(
                kept.config,
                self.words,
                {name: text.encode("utf-8") for name, text in kept.templates.items()},
                Assets.known(kept.table),
                Readings(kept.readings, checked=True),
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


def _replaced(data: bytes, before: bytes, after: bytes) -> bytes:
    """Raises ``LookupError`` unless it stands there exactly once."""
    if data.count(before) != 1:
        raise LookupError(before)
    return data.replace(before, after)
