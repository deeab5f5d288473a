"""The press: implements ``ports.Press``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from hashlib import sha256
from itertools import chain
from typing import Any

from todoke.config import Config
from todoke.core import catalogue as core_catalogue
from todoke.core.catalogue import Catalogue
from todoke.core.notice import PublicNotice
from todoke.core.site_yaml import invalid, load
from todoke.core.words import Dictionary
from todoke.ports import Kept, OtherRelease, Secrets, Served, Shelf
from todoke.press import (
    calendar_feed,
    catalogue_feed,
    check_files,
    data_files,
    event_files,
    form_files,
    ledger,
    notice_files,
    pages,
    reference_files,
    reference_phone,
    search_files,
    taken_along,
    timeline_page,
)
from todoke.press import plan as printed
from todoke.press.assets import Assets
from todoke.press.frame import FOLDERS, TEMPLATES, Frame, Sheet
from todoke.press.ledger import JOURNAL, journal_of
from todoke.press.plan import Marker, Printed
from todoke.press.procedure_page import PAGE, Beside
from todoke.press.ruby import Readings
from todoke.press.shorten import shortened, shortened_before

READINGS = "readings.yaml"


class House:
    """Reads templates, assets and readings once, when the first file is asked for."""

    def __init__(
        self,
        config: Config,
        words: Dictionary,
        secrets: Secrets,
        read_templates: Callable[[], Mapping[str, bytes]],
        read_site: Callable[[], Mapping[str, bytes]],
        shelf: Shelf | None = None,
    ) -> None:
        self._config, self._words, self._secrets = config, words, secrets
        self._read_templates, self._read_site = read_templates, read_site
        self._shelf = shelf
        self._catalogue: Catalogue | None = None

    def site(self, catalogue: Catalogue, today: date) -> Mapping[str, bytes]:
        """Every file of a release."""
        files = dict(self.printing(catalogue, today))
        return {key: body for key, body in sorted(files.items()) if isinstance(body, bytes)}

    def printing(
        self,
        catalogue: Catalogue,
        today: date,
        plan: bytes | None = None,
        served: Served | None = None,
    ) -> Run:
        """See ``ports.Press.printing``."""
        self._catalogue = catalogue
        served = served or Served(0, lambda _: None)
        worker = data_files.worker_source(self._site)
        return Run(self._config, self._secrets, self._frame, worker, catalogue, today,
                   self._before(plan, served.release), served, self.keep_templates)  # fmt: skip

    def _before(self, plan: bytes | None, served: int) -> Mapping[str, Printed]:
        """The pages of the release being served; none where the plan is of another one. Those that
        were published since the plan as a few are left out."""
        release, pages = printed.read(plan)
        if release == served:
            return pages
        since = journal_of(self._shelf.get(JOURNAL), release) if self._shelf else None
        if since is None or since.release != served:
            return {}
        return {key: each for key, each in pages.items() if key not in since.digests}

    def notices(
        self, changed: Sequence[PublicNotice], latest: Sequence[PublicNotice]
    ) -> Mapping[str, bytes]:
        """Files outside the release."""
        return notice_files.files(self._frame, self._known, changed, latest)

    def page(self, template: str, language: str, values: Mapping[str, Any]) -> bytes:
        """One page for one person; see ``ports.Press.page``."""
        sheet = Sheet(template, "index.html", values, indexed=False)
        return self._frame.render(sheet, language)[1]

    def furigana(self, text: str) -> str:
        """Readings as ``js/words.js`` reads them; see ``ports.Press.furigana``."""
        return self._frame.readings.marked(text)

    def asset(self, name: str) -> str:
        """Address of an asset; see ``ports.Press.asset``."""
        return self._frame.assets.address(name)

    @cached_property
    def _site(self) -> Mapping[str, bytes]:
        """But for the procedures, which are in the catalogue: thousands are not held twice."""
        found = self._read_site()
        return {path: found[path] for path in found if not path.startswith("procedures/")}

    @property
    def _known(self) -> Catalogue:
        """Names of topics, areas and procedures: of the catalogue printed last, else read."""
        if self._catalogue is None:
            self._catalogue = core_catalogue.parse(self._read_site())
        return self._catalogue

    @cached_property
    def _frame(self) -> Frame:
        return Frame(
            self._config,
            self._words,
            {
                name: body
                for name, body in self._read_templates().items()
                if not name.startswith("console/")
            },
            Assets(self._site, self._short),
            read_readings(self._site),
            self._shelf.parts(TEMPLATES) if self._shelf else None,
        )

    def _short(self, texts: Mapping[str, str]) -> Mapping[str, str]:
        return shortened_before(texts, self._shelf) if self._shelf else shortened(texts)

    def keep_templates(self) -> None:
        """Put what was compiled on the shelf, if anything was."""
        if self._shelf and self._frame.compiled.changed:
            self._shelf.put_parts(TEMPLATES, self._frame.compiled.parts())


class Run:
    """Implements ``ports.Printing``. before: pages of the release being served."""

    def __init__(
        self,
        config: Config,
        secrets: Secrets,
        frame: Frame,
        worker: bytes,
        catalogue: Catalogue,
        today: date,
        before: Mapping[str, Printed],
        served: Served,
        at_the_end: Callable[[], None],
    ) -> None:
        self._at_the_end = at_the_end
        self._config, self._secrets, self._frame, self._worker = config, secrets, frame, worker
        self._catalogue, self._today = catalogue, today
        self._before, self._served = before, served
        self._pages: dict[str, Printed] = {}
        self._new: dict[str, bytes] = {}
        self._beside: dict[str, Beside] = {}
        self._digests: Mapping[str, bytes] = {}

    def __iter__(self) -> Iterator[tuple[str, bytes | Kept]]:
        frame, catalogue, digests = self._frame, self._catalogue, dict[str, bytes]()
        listed: list[str] = []
        search_files.publish(catalogue, frame)
        for key, body, page in chain(self._printed(), self._taken_along()):
            yield key, body
            digests[key] = bytes.fromhex(page.digest)
            listed += [key] if page.listed else []
        others = {
            **data_files.files(self._config, catalogue, self._secrets, self._today, frame),
            **form_files.files(catalogue, frame),
            **frame.assets.files,
            **check_files.files(catalogue, frame),
            **timeline_page.files(catalogue, frame),
            **reference_files.files(catalogue, frame),
            **reference_phone.files(catalogue, frame),
            **event_files.files(catalogue, frame, self._today),
            **calendar_feed.files(catalogue, frame, self._today),
            **catalogue_feed.files(catalogue, frame),
            "sitemap.xml": data_files.sitemap(self._config, listed, catalogue),
        }
        digests |= {key: sha256(body).digest() for key, body in others.items()}
        self._digests = digests
        yield from others.items()
        yield "sw.js", data_files.worker(self._worker, digests, frame.assets)
        self._at_the_end()

    def plan(self, release: int) -> bytes:
        """See ``ports.Printing.plan``."""
        return printed.write(release, self._pages)

    def ledger(self, release: int) -> bytes | None:
        """See ``ports.Printing.ledger``."""
        return ledger.ledger(self._frame, self._catalogue, release, self._beside, self._digests)

    def _printed(self) -> Iterator[tuple[str, bytes | Kept, Printed]]:
        marker = Marker(self._catalogue, self._frame.mark)
        self._pages, self._new, self._beside = {}, {}, {}
        wanted = {
            key
            for each in taken_along.languages(self._catalogue)
            for key in taken_along.pages_in(self._catalogue, each)
        }
        for sheet in pages.sheets(self._catalogue, self._frame, self._today):
            if sheet.template == PAGE:
                shown = (sheet.values[each] for each in ("related", "nearby", "amount"))
                self._beside[sheet.values["item"].id] = Beside(*shown)
            for language in sheet.languages:
                key, mark = FOLDERS[language] + sheet.path, marker.mark(sheet, language)
                before = self._before.get(key)
                if before is not None and mark is not None and before.mark == mark:
                    self._pages[key] = before
                    yield key, Kept(self._served.release), before
                    continue
                body = self._frame.render(sheet, language)[1]
                page = Printed(mark or "", sha256(body).hexdigest(), data_files.is_listed(body))
                self._pages[key] = page
                if key in wanted:
                    self._new[key] = body
                yield key, body, page

    def _taken_along(self) -> Iterator[tuple[str, bytes | Kept, Printed]]:
        """Pages within one file. It is made of their bytes and their order alone."""
        for language in taken_along.languages(self._catalogue):
            key = taken_along.pages_key(language)
            within = taken_along.pages_in(self._catalogue, language)
            mark = sha256(repr([(each, self._pages[each].digest) for each in within]).encode())
            before = self._before.get(key)
            if before is not None and before.mark == mark.hexdigest():
                self._pages[key] = before
                yield key, Kept(self._served.release), before
                continue
            body = taken_along.pages({each: self._page(each) for each in within})
            page = Printed(mark.hexdigest(), sha256(body).hexdigest(), listed=False)
            self._pages[key] = page
            yield key, body, page

    def _page(self, key: str) -> bytes:
        """Printed now, or as it is served. Raises ``OtherRelease`` when what is served is not the
        page that was printed."""
        body = self._new.get(key) or self._served.read(key)
        if body is None or sha256(body).hexdigest() != self._pages[key].digest:
            raise OtherRelease
        return body


def read_readings(site: Mapping[str, bytes]) -> Readings:
    """``readings.yaml``: word -> hiragana. Raises ``site_file_invalid``."""
    file = load(READINGS, site.get(READINGS, b"{}"))
    if not isinstance(file.value, dict):
        raise invalid(READINGS, "-", "lines of word: reading", "see docs/reference.md")
    table: dict[str, str] = {}
    for word, reading in file.value.items():
        if not isinstance(reading, str):
            raise invalid(READINGS, word, "a reading in hiragana", "write it in quotes")
        table[word] = reading
    try:
        return Readings(table)
    except ValueError as error:
        raise invalid(READINGS, "-", str(error), "correct that line") from error
