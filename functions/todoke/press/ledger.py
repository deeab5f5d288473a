"""What a publication leaves behind for the next one, which may print a few procedures alone
(``press/few.py``).

The ledger is written by every full publication, and vouched for by the shelf. The journal says
what was published this way since: two thousand procedures are not written down again for one.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from todoke.press.assets import number_of

if TYPE_CHECKING:
    from todoke.config import Config
    from todoke.core.catalogue import Catalogue, Procedure
    from todoke.core.coverage import Coverage
    from todoke.press.frame import Frame
    from todoke.press.procedure_page import Beside

#: on the shelf
LEDGER, JOURNAL = "ledger", "journal"
#: of the shapes below; another number is another ledger
VERSION = 4
#: what the page of a procedure is handed of the catalogue
_HEAD = ("topics", "areas", "events", "sources", "checked")


@dataclass(frozen=True, slots=True)
class Ledger:
    """A release and what it was made of. beside: procedure -> ids and amount (as a pickle) of its
    ``Beside``; one that the city's parameters change, or that writes out a source, is not there.
    marks: procedure -> SHA-256 of its file. digests: SHA-256 of every file but sw.js, by key in
    order. number: of the release, as its worker knows it. table: of the assets. head: what
    ``_HEAD`` names of the catalogue. references: its reference languages and how much each has of
    the questions and dates, as a pickle. counted: what about/languages.html says, None where it
    was not counted."""

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
    beside: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], bytes]]
    marks: Mapping[str, str]
    digests: Mapping[str, bytes]
    number: str
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
            id: (
                _ids(each.related),
                _ids(each.nearby),
                pickle.dumps(each.amount, 5),
            )
            for id, each in beside.items()
            if not own[id].own and not own[id].own_sources
        },
        marks=catalogue.marks.procedures,
        digests=dict(sorted(digests.items())),
        number=number_of(digests),
        references=pickle.dumps(
            (dict(catalogue.references), frame.words_of_references(catalogue)), 5
        ),
        counted=frame.counted,
    )
    return pickle.dumps({name: getattr(made, name) for name in Ledger.__slots__}, 5)


def _ids(items: Sequence[Procedure]) -> tuple[str, ...]:
    return tuple(each.id for each in items)


@dataclass(frozen=True, slots=True)
class Journal:
    """What was published since a ledger. of: its release. release: the newest; number: as its
    worker knows it. digests: of files that are others since. items: the procedures as they were
    published, as pickles. counted: as the ledger has it."""

    of: int
    release: int
    number: str
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
