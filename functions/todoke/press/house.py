"""The press: implements ``ports.Press``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from todoke.config import Config
from todoke.core import catalogue as core_catalogue
from todoke.core.catalogue import Catalogue
from todoke.core.notice import PublicNotice
from todoke.core.site_yaml import invalid, load
from todoke.core.words import LANGUAGES, Dictionary
from todoke.ports import Secrets
from todoke.press import data_files, form_files, notice_files, pages
from todoke.press.assets import Assets
from todoke.press.frame import Frame, Sheet
from todoke.press.ruby import Readings

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
    ) -> None:
        self._config, self._words, self._secrets = config, words, secrets
        self._read_templates, self._read_site = read_templates, read_site
        self._catalogue: Catalogue | None = None

    def site(self, catalogue: Catalogue, today: date) -> Mapping[str, bytes]:
        """Every file of a release."""
        self._catalogue = catalogue
        frame = self._frame
        files: dict[str, bytes] = {}
        for sheet in pages.sheets(catalogue, frame, today):
            files.update(frame.render(sheet, language) for language in LANGUAGES)
        files.update(data_files.files(self._config, catalogue, self._secrets, today, frame))
        files.update(form_files.files(catalogue, frame))
        files.update(frame.assets.files)
        files["sitemap.xml"] = data_files.sitemap(self._config, files)
        files["sw.js"] = data_files.worker(self._site["sw.js"], files, frame.assets)
        return dict(sorted(files.items()))

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

    @cached_property
    def _site(self) -> Mapping[str, bytes]:
        return self._read_site()

    @property
    def _known(self) -> Catalogue:
        """Names of topics, areas and procedures: of the catalogue printed last, else read."""
        if self._catalogue is None:
            self._catalogue = core_catalogue.parse(self._site)
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
            Assets(self._site),
            read_readings(self._site),
        )


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
