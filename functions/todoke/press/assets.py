"""Assets under names that carry a hash of their bytes, so that browsers keep them a year.

A module that imports another one names the hashed file, so its own hash covers its imports;
the files are therefore named from the leaves up. What always travels together is joined before
(``press/modules.py``), so several modules may have one address.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Callable, Mapping

from todoke.core.site_yaml import invalid

FOLDER = "assets/"
_Shorten = Callable[[Mapping[str, str]], Mapping[str, str]]
#: ``import … from "./x.js"``, ``import "./x.js"``, ``export … from "./x.js"``, ``import("./x.js")``
#: in a minified module, where no comment is left
_IMPORT = re.compile(
    r"""(?<![\w$.])(?:(?:import|export)\b(?:[^"'`;()]*?\bfrom)?\s*|import\(\s*)"""
    r"""(?P<quote>["'])(?P<path>\.{1,2}/[^"']+)(?P=quote)"""
)
_CSS_URL = re.compile(r"""url\((?P<quote>["']?)(?P<path>[^"')]+)(?P=quote)\)""")


def to_json(value: object) -> bytes:
    """JSON as we publish it: UTF-8, short, the same bytes for the same value."""
    return (json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8")


def address_of(name: str, body: bytes) -> str:
    """``/assets/<name>.<hash8>.<ext>``."""
    stem, extension = posixpath.splitext(name)
    return f"/{FOLDER}{stem}.{hashlib.sha256(body).hexdigest()[:8]}{extension}"


def _path(address: str) -> str:
    return address.removeprefix("/")


def number_of(digests: Mapping[str, bytes]) -> str:
    """Of a release, as its worker knows it: another one exactly when a file is another. digests:
    SHA-256 of every file but the worker itself."""
    lines = (path.encode() + b"\0" + digests[path] for path in sorted(digests))
    return hashlib.sha256(b"".join(lines)).hexdigest()[:12]


class Assets:
    """name below site/assets -> address, and address -> bytes."""

    def __init__(self, files: Mapping[str, bytes], short: _Shorten | None = None) -> None:
        """files: the site's files. short: how scripts and sheets are shortened.

        Raises ``site_file_invalid`` for an import of nothing and for modules that import each other
        in a circle."""
        from todoke.press import modules  # ``known`` needs neither
        from todoke.press.shorten import shortened

        self._source = {
            path.removeprefix(FOLDER): body
            for path, body in files.items()
            if path.startswith(FOLDER)
        }
        scripts = {name: body for name, body in self._source.items() if name.endswith(".js")}
        joined = modules.join(scripts)
        sheets = {name: body.decode("utf-8") for name, body in self._source.items()
                  if name.endswith(".css")}  # fmt: skip
        brief = (short or shortened)({**joined.files, **sheets})
        self._source |= {
            name: (modules.unfolded(text) if name in joined.files else text).encode("utf-8")
            for name, text in brief.items()
        }
        self._named: dict[str, str] = {}
        self._files: dict[str, bytes] = {}
        #: of the files made of the catalogue
        self._made: dict[str, tuple[str, bytes]] = {}
        #: file of modules -> what is in it, for who weighs them
        self.members = joined.members
        for name in sorted(self._source):
            if joined.home.get(name, name) == name:
                self._name(name, ())
        self._named |= {name: self._named[home] for name, home in joined.home.items()}

    @classmethod
    def known(cls, table: Mapping[str, str]) -> Assets:
        """Without their bytes: the addresses alone, as ``table`` gave them."""
        made = cls.__new__(cls)
        made._source, made._files, made._made, made.members = {}, {}, {}, {}
        made._named = dict(table)
        return made

    @property
    def files(self) -> Mapping[str, bytes]:
        """Path below the site -> bytes."""
        return self._files | {_path(address): body for address, body in self._made.values()}

    def has(self, name: str) -> bool:
        """Whether there is such an asset, whatever the catalogue."""
        return name in self._named

    def address(self, name: str) -> str:
        """``/assets/<name>.<hash8>.<ext>``, whatever the catalogue: a template works it out once.
        Raises KeyError for an unknown name."""
        return self._named[name]

    def made(self, name: str) -> str:
        """Address of a file made of the catalogue. Raises KeyError before ``publish``."""
        return self._made[name][0]

    def add(self, name: str, body: bytes) -> str:
        """Adds a file that is the same whatever the catalogue; its address."""
        self._named[name] = address_of(name, body)
        self._files[_path(self._named[name])] = body
        return self._named[name]

    def publish(self, made: Mapping[str, bytes]) -> None:
        """The files made of the catalogue, in place of those of the catalogue before."""
        self._made = {name: (address_of(name, body), body) for name, body in made.items()}

    def table(self) -> Mapping[str, str]:
        """Every name and its address."""
        made = {name: address for name, (address, _) in self._made.items()}
        return dict(sorted((self._named | made).items()))

    def _name(self, name: str, above: tuple[str, ...]) -> str:
        if name in self._named:
            return self._named[name]
        if name in above:
            circle = " -> ".join((*above, name))
            raise invalid(FOLDER + name, "import", f"no circle of imports: {circle}", "break it")
        body = self._source[name]
        if name.endswith((".js", ".css")):
            pattern = _IMPORT if name.endswith(".js") else _CSS_URL
            text = body.decode("utf-8")
            body = pattern.sub(lambda found: self._point(name, above, found), text).encode("utf-8")
        return self.add(name, body)

    def _point(self, name: str, above: tuple[str, ...], found: re.Match[str]) -> str:
        """The import or url() with the hashed address in place of the path."""
        path = found["path"]
        if path.startswith(("data:", "#", "/", "http:", "https:")):
            return found[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        if target not in self._source:
            raise invalid(FOLDER + name, "import", f"{path!r} does not exist", "correct the path")
        address = self._name(target, (*above, name))
        start, end = found.start("path") - found.start(), found.end("path") - found.start()
        return found[0][:start] + address + found[0][end:]
