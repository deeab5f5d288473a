"""Pages of procedures in one file a language, which a phone takes along with check.html, so that
nobody learns which of them a family opens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from todoke.core.words import LANGUAGES
from todoke.press import reference_pages
from todoke.press.assets import to_json
from todoke.press.frame import FOLDERS

if TYPE_CHECKING:
    from todoke.core.catalogue import Catalogue

_FOR_MACHINES = re.compile(r'<script type="application/ld\+json">.*?</script>\n?', re.DOTALL)
#: a phone takes the pages of so many procedures along; a larger catalogue is read on the network
MOST_PAGES = 300


def pages_key(language: str) -> str:
    """Of the file with the pages that a phone takes along."""
    return f"check/{language}.pages.json"


def pages_in(catalogue: Catalogue, language: str) -> Sequence[str]:
    """Keys of the pages that a phone takes along: those of every procedure."""
    if len(catalogue.procedures) > MOST_PAGES:
        return ()
    if language in catalogue.references:
        return reference_pages.pages_of(catalogue, language)
    return [f"{FOLDERS[language]}procedures/{each}.html" for each in catalogue.procedures]


def languages(catalogue: Catalogue) -> Sequence[str]:
    """Those that have questions, and pages that are taken along with them."""
    small = [each.id for each in catalogue.references.values() if each.words is not None]
    return (*LANGUAGES, *small)


def pages(printed: Mapping[str, bytes]) -> bytes:
    """check/<language>.pages.json: pages by key, as they are printed, but for what only search
    engines read. A page is a list of its lines; one that several pages have stands once, as its
    place in lines."""
    pages_lines = {
        f"/{key}": _FOR_MACHINES.sub("", body.decode("utf-8")).split("\n")
        for key, body in printed.items()
    }
    times = Counter(line for lines in pages_lines.values() for line in dict.fromkeys(lines))
    shared = {line: place for place, line in enumerate(each for each in times if times[each] > 1)}
    return to_json(
        {
            "lines": list(shared),
            "pages": {
                path: [shared.get(line, line) for line in lines]
                for path, lines in pages_lines.items()
            },
        }
    )
