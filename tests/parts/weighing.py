"""What the public site weighs as brotli at its best level, the way a page asks for it.

weighed(release)            file of scripts -> bytes, for every page that needs no login
catalogue_scripts(release)  those of the catalogue alone: search, check, procedures with amounts
brotli({name: bytes})       the same for anything
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Iterable, Mapping

#: pages for who is logged in, or about to: their scripts are not what a visitor brings
NEEDS_LOGIN = re.compile(
    r"(?:easy/|en/)?(?:apply/.*|login\.html|history\.html|account\.html|allow\.html)"
)
#: pages for who follows the city's notices: not the catalogue
FOLLOWS = re.compile(r"(?:easy/|en/)?(?:topics|inbox|notices/.*)\.html")
#: pages of a child's own dates, of the way to another device and of the places around: not the
#: catalogue either; nor are the pages of the reference languages, which bring its scripts and one
#: of their own
BESIDE = re.compile(r"(?:easy/|en/)?(?:timeline|pair|places/.*)\.html|(?!en/)[a-z]{2,3}/.*\.html")
#: what start.js brings only to a phone that follows
_FOLLOWERS = re.compile(r"assets/js/subscription\.")
_SCRIPT = re.compile(r'<script[^>]* src="/([^"]+)"')
_IMPORT = re.compile(r"""(?<![\w$.])(?:import|from)\s*\(?\s*["']/(assets/[^"']+\.js)["']""")
_BROTLI = """
const { brotliCompressSync, constants } = require("node:zlib");
const given = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
const length = (text) => brotliCompressSync(Buffer.from(text, "base64"), { params }).length;
const sizes = Object.entries(given).map(([name, text]) => [name, length(text)]);
console.log(JSON.stringify(Object.fromEntries(sizes)));
"""


def brotli(files: Mapping[str, bytes]) -> Mapping[str, int]:
    """Name -> bytes of each file by itself, brotli level 11 (Node's zlib)."""
    given = {name: base64.b64encode(body).decode() for name, body in files.items()}
    done = subprocess.run(
        ["node", "-e", _BROTLI], input=json.dumps(given), capture_output=True, text=True, check=True
    )
    found: Mapping[str, int] = json.loads(done.stdout)
    return found


def public_scripts(release: Mapping[str, bytes]) -> set[str]:
    """Every file of scripts that a page without login loads, at once or later by import(…)."""
    return closure(_first(release, NEEDS_LOGIN), release)


def catalogue_scripts(release: Mapping[str, bytes]) -> set[str]:
    """The same for a family that looks for something and follows nothing."""
    first = _first(release, NEEDS_LOGIN, FOLLOWS, BESIDE)
    start = {name for name in first if name.startswith("assets/js/start.")}
    later = {name for name in _imports(start, release) if not _FOLLOWERS.match(name)}
    return start | closure((first - start) | later, release)


def _first(release: Mapping[str, bytes], *without: re.Pattern[str]) -> set[str]:
    """What the pages name themselves."""
    return {
        script
        for path, body in release.items()
        if path.endswith(".html") and not any(each.fullmatch(path) for each in without)
        for script in _SCRIPT.findall(body.decode())
    }


def _imports(names: Iterable[str], release: Mapping[str, bytes]) -> set[str]:
    return {each for name in names for each in _IMPORT.findall(release[name].decode())}


def closure(first: Iterable[str], release: Mapping[str, bytes]) -> set[str]:
    """These scripts and all they import, at once or later."""
    found: set[str] = set()
    waiting = set(first)
    while waiting:
        found |= waiting
        waiting = _imports(waiting, release) - found
    return found


def weighed(release: Mapping[str, bytes], names: Iterable[str] | None = None) -> Mapping[str, int]:
    """File -> bytes, the heaviest first. names: ``public_scripts(release)`` unless told."""
    names = public_scripts(release) if names is None else names
    sizes = brotli({name: release[name] for name in names})
    return dict(sorted(sizes.items(), key=lambda item: -item[1]))


def as_list(sizes: Mapping[str, int], members: Mapping[str, Iterable[str]]) -> str:
    """One line each with what is in it. members: ``Assets.members``."""

    def inside(path: str) -> str:
        name = re.sub(r"^assets/|\.[0-9a-f]{8}(?=\.js$)", "", path)
        return ", ".join(each.removeprefix("js/") for each in members.get(name, ()))

    lines = [f"{size:>6}  {path}  ({inside(path)})" for path, size in sizes.items()]
    return "\n".join([*lines, f"{sum(sizes.values()):>6}  together"])
