"""Building the site: how long beside Hugo, Pelican, Eleventy and beside only writing the bytes, and
how long a publication takes after one change and after none.

Peers (``tools/site_peers.py``) are given less to do than we: the main part of every page comes to
them ready made, as the content of one file a page; their template adds the frame. We read the
records, make the search index and print the whole. What came out is compared before any figure is
printed: the same files, bytes within 5 %, the same visible text on twenty pages.
"""

from __future__ import annotations

import html
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from tools import many_procedures, site_peers
from tools.figure import Figure, versions

ROUNDS = 5
SAMPLED = 20
ROOT = Path(__file__).resolve().parents[1]
#: a file system in memory, where there is one: the disk is not what is compared
FAST = Path("/dev/shm")


class UnequalError(Exception):
    """The work was not the same, so there is nothing to compare."""


def site() -> Iterator[Figure]:
    """Everything with two thousand procedures, and Hugo with twenty thousand."""
    yield from _builds(2_000, site_peers.installed())
    yield from _publishing(2_000)
    yield from _builds(20_000, [each for each in site_peers.installed() if each.name == "hugo"])


# ------------------------------------------------------------------ whole builds
def _builds(count: int, peers: Sequence[site_peers.Builder]) -> Iterator[Figure]:
    with _workshop(count) as shop:
        pages = shop.pages
        for peer in peers:
            peer.prepare(shop.folder / peer.name, pages)
        ours: list[float] = []
        cores: dict[str, list[float]] = {each: [] for each in ("ours", *(p.name for p in peers))}
        times: dict[str, list[float]] = {each: [] for each in ("write", *(p.name for p in peers))}
        for _ in range(ROUNDS if count < 10_000 else 3):
            ours.append(shop.timed(shop.command))
            cores["ours"].append(shop.core_seconds)
            for peer in peers:
                folder = shop.folder / peer.name
                times[peer.name].append(shop.timed(partial(peer.command, folder), folder))
                cores[peer.name].append(shop.core_seconds)
                _prove_equal(pages, shop.out)
            times["write"].append(shop.written())
        for peer in peers:
            named = versions("jinja2") | {peer.name: peer.version}
            label = f"{peer.name} {peer.version}, given every main part ready made"
            yield Figure(
                f"site.build_vs_{peer.name}_{count}", "s", label, ours, times[peer.name], named
            )
            name = f"site.build_vs_{peer.name}_{count}.cores"
            yield Figure(name, "core-s", label, cores["ours"], cores[peer.name], named)
        if count < 10_000:
            label = "writing the same bytes"
            yield Figure(
                "site.build_vs_write", "s", label, ours, times["write"], versions("jinja2")
            )
        peak = [shop.peak_mb] * len(ours)
        limit = [250.0] * len(ours)
        yield Figure(f"site.build_mb_{count}", "MB", "limit", peak, limit, versions("jinja2"))


class Shop:
    """A site of many procedures, its pages as we print them, and a stopwatch."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder, self.out, self.peak_mb = folder, folder / "out", 0.0
        self.core_seconds = 0.0
        self.root, self._data = folder / "root", folder / "data"
        self.root.mkdir()
        many_procedures.make(self.root, count)
        self.timed(self.command)  # reads every record and compiles every template, once
        self.pages = {
            each.relative_to(self.out).as_posix(): each.read_text("utf-8")
            for each in self.out.rglob("*.html")
        }

    def command(self, out: Path) -> Sequence[str]:
        """Our own build."""
        paths = [str(each) for each in (self.root, self._data, out)]
        return [sys.executable, "-m", "tools.print_japanese", *paths]

    def timed(self, command: Callable[[Path], Sequence[str]], cwd: Path = ROOT) -> float:
        """Seconds until the process has ended, from nothing."""
        shutil.rmtree(self.out, ignore_errors=True)
        own = cwd == ROOT
        environment = {**installed(), "PYTHONPATH": f"{ROOT}:{ROOT}/functions"}
        before = time.perf_counter()
        process = subprocess.Popen(
            command(self.out), cwd=cwd, env=environment, stdout=subprocess.DEVNULL
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - before
        self.core_seconds = used.ru_utime + used.ru_stime
        if status:
            raise UnequalError(f"the build failed: {command(self.out)}")
        if own:
            self.peak_mb = max(self.peak_mb, used.ru_maxrss / 1024)
        return seconds

    def written(self) -> float:
        """Seconds for writing the pages alone."""
        shutil.rmtree(self.out, ignore_errors=True)
        bodies = {key: body.encode() for key, body in self.pages.items()}
        before = time.perf_counter()
        (self.out / "procedures").mkdir(parents=True)
        for key, body in bodies.items():
            handle = os.open(f"{self.out}/{key}", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
            os.write(handle, body)
            os.close(handle)
        return time.perf_counter() - before


class _workshop:  # noqa: N801 - reads like a sentence after "with"
    def __init__(self, count: int) -> None:
        self._count = count

    def __enter__(self) -> Shop:
        self._folder = tempfile.TemporaryDirectory(dir=FAST if FAST.is_dir() else None)
        return Shop(Path(self._folder.name), self._count)

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def _prove_equal(wanted: Mapping[str, str], out: Path) -> None:
    """Raises ``UnequalError`` unless the same was built."""
    found = {path.relative_to(out).as_posix(): path for path in out.rglob("*.html")}
    everything = [path for path in out.rglob("*") if path.is_file()]
    if found.keys() != wanted.keys() or len(everything) != len(wanted):
        raise UnequalError(f"other files: {sorted(found.keys() ^ wanted.keys())[:5]}")
    ours = sum(len(text.encode()) for text in wanted.values())
    theirs = sum(path.stat().st_size for path in found.values())
    if abs(theirs / ours - 1) > 0.05:
        raise UnequalError(f"{theirs} bytes for {ours}")
    for key in random.Random(ours).sample(sorted(wanted), SAMPLED):
        if _visible(found[key].read_text("utf-8")) != _visible(wanted[key]):
            raise UnequalError(f"another text on {key}")


def _visible(page: str) -> str:
    body = re.sub(r"(?s)<(script|style|template)\b.*?</\1>|<!--.*?-->", " ", page)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


# ------------------------------------------------------------------ one change, none
def _publishing(count: int) -> Iterator[Figure]:
    """Milliseconds of a new process ``todoke publish``: after a change of what one page shows,
    after one of what lists are sorted by, and after none."""
    with _workshop(count) as shop:
        file = shop.root / "site" / "procedures" / "si-hiroba-n003.yaml"
        command = [str(Path(sys.executable).with_name("todoke")), "publish", "--data"]
        command.append(str(shop.folder / "city"))
        _published(command, shop.root)
        one, named, none, bare = [], [], [], []
        for number in range(10, 10 + 2 * ROUNDS):
            text = file.read_text("utf-8")
            file.write_text(re.sub(r"as_of: .*", f"as_of: 20{number}-04", text), "utf-8")
            time.sleep(0.1)
            one.append(_published(command, shop.root))
            none.append(_published(command, shop.root))
            text = file.read_text("utf-8")
            file.write_text(re.sub(r"kana: .*", f"kana: {'あ' * (number - 9)}", text), "utf-8")
            time.sleep(0.1)
            named.append(_published(command, shop.root))
            bare.append(_published([sys.executable, "-c", "pass"], shop.root))
    rows = (
        ("rebuild_one", 100.0, one),
        ("rebuild_listed", 100.0, named),
        ("no_change", 40.0, none),
    )
    for name, limit, found in rows:
        limits = [limit] * len(found)
        yield Figure(f"site.{name}_{count}", "ms", "limit", found, limits, versions("jinja2"))
        yield Figure(
            f"site.{name}_{count}.vs_python",
            "ms",
            "python -c pass",
            found,
            bare,
            versions("jinja2"),
        )


def _published(command: Sequence[str], root: Path) -> float:
    before = time.perf_counter()
    subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL, env=installed())
    return 1000 * (time.perf_counter() - before)


def installed() -> Mapping[str, str]:
    """The environment, but a program is there compiled, as an installation has it."""
    return {name: each for name, each in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def figures() -> Iterator[Figure]:
    """Everything of this file."""
    yield from site()


if __name__ == "__main__":
    for each in figures():
        print(each.line(), flush=True)
