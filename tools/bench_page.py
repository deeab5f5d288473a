"""The first page: what it weighs, and how long it takes a slow phone on a slow network."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.parts.city import ROOT, City
from tests.parts.weighing import brotli, catalogue_scripts, weighed
from tests.press.conftest import TODAY, press_of
from tests.press.pages import read
from todoke.adapters.site_folder import read as read_site
from todoke.core import catalogue
from todoke.press.frame import FOLDERS
from tools.figure import Figure, versions

#: our own limits, in bytes of brotli, milliseconds and points
FIRST_PAGE, EVERY_SCRIPT = 10_000, 25_000
LCP_MS, TBT_MS = 800.0, 50.0
#: what the web's own measure calls good (web.dev/cls); ours is to be 0
GOOD_CLS = 0.1
ROUNDS = 3
PAGES = ("/index.html", "/procedures/jt-nintei.html", "/check.html")


def page_weight() -> Iterator[Figure]:
    """Bytes of the first page with all it asks for (one round for each language), and of the
    scripts: of the catalogue, with following and inbox, with the worker; beside our own limit."""
    site = read_site(ROOT / "site")
    release = press_of(site).site(catalogue.parse(site), TODAY)
    first = [float(sum(_first(release, folder).values())) for folder in FOLDERS.values()]
    yield _beside("page.weight", "B brotli", first, FIRST_PAGE)
    catalogue_alone = weighed(release, catalogue_scripts(release))
    yield _beside(
        "page.weight.scripts", "B brotli", [float(sum(catalogue_alone.values()))], EVERY_SCRIPT
    )
    scripts = float(sum(weighed(release).values()))
    yield _beside("page.weight.scripts_with_inbox", "B brotli", [scripts], EVERY_SCRIPT)
    worker = float(brotli({"sw.js": release["sw.js"]})["sw.js"])
    yield _beside("page.weight.scripts_and_worker", "B brotli", [scripts + worker], EVERY_SCRIPT)


def _first(release: Mapping[str, bytes], folder: str) -> Mapping[str, int]:
    page = read(release[f"{folder}index.html"])
    links = [each for each in page.all("link") if each["rel"] in ("stylesheet", "icon")]
    asked = [*(each["href"] for each in links), *page.values("src")]
    names = {f"{folder}index.html", *(each.removeprefix("/") for each in asked)}
    return brotli({name: release[name] for name in names})


def page_lighthouse() -> Iterator[Figure]:
    """Lighthouse's points for performance, of 100."""
    for name, runs in _runs().items():
        points = [float(each["scores"]["performance"]) for each in runs]
        yield _beside(f"page.lighthouse.{name}", "points", points, 100)


def page_lcp() -> Iterator[Figure]:
    """Milliseconds to the largest thing on the page, milliseconds the page does not answer, and
    how much it moves: 4 × slower CPU, slow 4G, as Lighthouse reckons them."""
    for name, runs in _runs().items():
        for figure, unit, limit in (
            ("lcp", "ms", LCP_MS),
            ("tbt", "ms", TBT_MS),
            ("cls", "score", GOOD_CLS),
        ):
            seen = [float(each["ms"][figure]) for each in runs]
            yield _beside(f"page.{figure}.{name}", unit, seen, limit)


@lru_cache(maxsize=1)
def _runs() -> Mapping[str, list[dict[str, Any]]]:
    with tempfile.TemporaryDirectory() as folder, City.start(Path(folder)) as city:
        return {
            Path(page).stem: [lighthouse(city.url + page) for _ in range(ROUNDS)] for page in PAGES
        }


def lighthouse(url: str) -> dict[str, Any]:
    """One run: scores (category -> points), ms (lcp, tbt, cls), failed (audits)."""
    done = subprocess.run(
        ["node", "tools/lighthouse.mjs", url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seen


def _beside(name: str, unit: str, ours: list[float], limit: float) -> Figure:
    return Figure(name, unit, "limit", ours, [limit], versions("rjsmin", "tdewolff-minify"))


def figures() -> Iterator[Figure]:
    """Everything of this file."""
    yield from page_weight()
    yield from page_lighthouse()
    yield from page_lcp()


if __name__ == "__main__":
    for each in figures():
        print(each.line())
