"""The search in a browser: how soon the first answer is painted, what a key costs, and how often
what is looked for is among the first five."""

from __future__ import annotations

import gzip
import json
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tests.press.conftest import TODAY, press_of
from todoke.adapters.site_folder import read
from todoke.core import catalogue
from todoke.core.catalogue import Catalogue
from todoke.press import pages, search_files
from tools.figure import Figure, versions

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 3
#: our own limits: milliseconds, and questions out of a hundred
COLD_MS, COLD_MS_LARGE, KEY_MS, SUCCESS = 400.0, 1000.0, 16.0, 90.0
LARGE = 20_000
QUESTIONS = ("保育園 申込", "じどうてあて", "ひとり親 医療費", "yobou", "引っ越し")
HELD_OUT = "tests/vectors/search_held_out.yaml"
_TYPES = {"html": "text/html; charset=utf-8", "js": "text/javascript", "css": "text/css"}


def search_cold() -> Iterator[Figure]:
    """Milliseconds from the focus of the field until the first results are painted: the index is
    not there yet, the modules came with the page; quarter of a processor, 150 ms, 1.6 Mbit/s."""
    yield from _figures("search.cold", "cold", COLD_MS, COLD_MS_LARGE)


def search_keystroke() -> Iterator[Figure]:
    """Milliseconds from a key to its results laid out (median of a round), processor as above."""
    yield from _figures("search.keystroke", "keystroke", KEY_MS, KEY_MS)


def search_success_at_5(path: str = HELD_OUT) -> Iterator[Figure]:
    """Of 100 questions that the search was not tuned on, those with a good answer among the first
    five. path: a list of ``{type: …, good: [ids]}``."""
    asked = yaml.safe_load((ROOT / path).read_text("utf-8"))
    city, press = _city()
    items = search_files.order(city)
    fold = city.search.folding.fold
    rows = [search_files.fields(city, each, press._frame, fold) for each in items]
    job = {
        "index": search_files.scanned(search_files.head(city, items), rows),
        "ids": [each.id for each in items],
        "questions": [each["type"] for each in asked],
        "texts": [],
    }
    found = _node("tests/js/found.mjs", job)["found"]
    good = [
        bool(set(each["good"]) & set([*one["exact"], *one["near"]][:5]))
        for each, one in zip(asked, found, strict=True)
    ]
    value = 100 * sum(good) / len(good)
    yield Figure("search.success_at_5", "%", "our own limit", [value], [SUCCESS], _versions())


def _figures(name: str, what: str, limit: float, limit_large: float) -> Iterator[Figure]:
    for ending, count, wanted in (("", 0, limit), ("_20000", LARGE, limit_large)):
        ours = _seen(count)[what]
        yield Figure(name + ending, "ms", "our own limit", ours, [wanted] * len(ours), _versions())


@cache
def _seen(count: int) -> Mapping[str, list[float]]:
    """Both measures of one size, from the same rounds. count: 0 for the real catalogue."""
    with _served(_files(count)) as url:
        job = {"url": url, "rounds": ROUNDS, "questions": QUESTIONS}
        seen: Mapping[str, list[float]] = _node("tools/bench_search.mjs", job)
    return seen


def _files(count: int) -> Mapping[str, bytes]:
    """What the search page asks for. The pages of 20,000 procedures themselves are not printed."""
    city, press = _city()
    if count:
        city = grown(city, count)
    frame = press._frame
    search_files.publish(city, frame)
    wanted = (each for each in pages.sheets(city, frame, TODAY) if each.path == "search.html")
    return {**frame.assets.files, **dict([frame.render(next(wanted), "ja")])}


def grown(city: Catalogue, count: int) -> Catalogue:
    """The catalogue with as many procedures: those of the city again, each for a made-up place."""
    given = list(city.procedures.values())
    made = {}
    for number in range(count):
        each, place = given[number % len(given)], number // len(given)
        name = {language: f"{text} (第{place}支所)" for language, text in each.name.items()}
        made[f"{each.id}-{place}"] = replace(each, id=f"{each.id}-{place}", name=name, next=())
    events = {
        each.id: replace(each, procedures=tuple(f"{id}-0" for id in each.procedures))
        for each in city.events.values()
    }
    return replace(city, procedures=made, events=events)


def _city() -> tuple[Catalogue, Any]:
    site = read(ROOT / "site")
    return catalogue.parse(site), press_of(site)


@contextmanager
def _served(files: Mapping[str, bytes]) -> Iterator[str]:
    """Files over HTTP, packed as a city's own server packs them."""
    packed = {path: gzip.compress(body, 6, mtime=0) for path, body in files.items()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path.lstrip("/")
            body = packed.get(path)
            self.send_response(404 if body is None else 200)
            ending = path.rsplit(".", 1)[-1]
            self.send_header("Content-Type", _TYPES.get(ending, "application/octet-stream"))
            if body is not None:
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _node(script: str, job: Mapping[str, Any]) -> Any:
    done = subprocess.run(
        ["node", script],
        cwd=ROOT,
        input=json.dumps(job),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def _versions() -> dict[str, str]:
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    chromium = subprocess.run(
        ["/usr/bin/chromium", "--version"], capture_output=True, text=True, check=False
    )
    return versions() | {"node": node.stdout.strip(), "chromium": chromium.stdout.strip()}
