"""Assets under names that carry a hash of their bytes, so that browsers keep them a year.

A module that imports another one names the hashed file, so its own hash covers its imports;
the files are therefore named from the leaves up.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Mapping

from todoke.core.site_yaml import invalid

FOLDER = "assets/"
#: ``import … from "./x.js"``, ``import "./x.js"``, ``export … from "./x.js"``; not import(…)
_IMPORT = re.compile(
    r"""^\s*(?:import|export)\b(?:[^"';]*?\bfrom)?\s*(?P<quote>["'])(?P<path>\.{1,2}/[^"']+)(?P=quote)""",
    re.M,
)
_CSS_URL = re.compile(r"""url\((?P<quote>["']?)(?P<path>[^"')]+)(?P=quote)\)""")


def to_json(value: object) -> bytes:
    """JSON as we publish it: UTF-8, short, the same bytes for the same value."""
    return (json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8")


class Assets:
    """name below site/assets -> address, and address -> bytes."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """files: the site's files. Raises ``site_file_invalid`` for an import of nothing and
        for modules that import each other in a circle."""
        self._source = {
            path.removeprefix(FOLDER): body
            for path, body in files.items()
            if path.startswith(FOLDER)
        }
        self._named: dict[str, str] = {}
        self.files: dict[str, bytes] = {}
        for name in sorted(self._source):
            self._name(name, ())

    def has(self, name: str) -> bool:
        """Whether there is such an asset."""
        return name in self._named

    def address(self, name: str) -> str:
        """``/assets/<name>.<hash8>.<ext>``. Raises KeyError for an unknown name."""
        return self._named[name]

    def add(self, name: str, body: bytes) -> str:
        """Adds a made file; its address."""
        stem, extension = posixpath.splitext(name)
        digest = hashlib.sha256(body).hexdigest()[:8]
        path = f"{FOLDER}{stem}.{digest}{extension}"
        self.files[path] = body
        self._named[name] = f"/{path}"
        return self._named[name]

    def table(self) -> Mapping[str, str]:
        """Every name and its address."""
        return dict(sorted(self._named.items()))

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
