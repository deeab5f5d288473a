"""Scripts and stylesheets with as few bytes as browsers need: no comments, no needless space, and
in scripts short names for what is local, which is a seventh fewer bytes on the way.

The library is a shared one with the runtime of Go, which does not survive a fork: it works in a
process of its own. Scripts are tested as it leaves them (tests/js/as_served.mjs), for it has been
seen to be wrong.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256

from todoke.core.site_yaml import invalid
from todoke.ports import Shelf

#: on the shelf
SHORT = "short"
_KINDS = {"js": "application/javascript", "css": "text/css"}
#: what the other process runs; it is given {name: [kind, text]} and gives {name: [error, text]}
_PROGRAM = """
import json, sys, minify
def short(kind, text):
    try:
        return "", minify.string(kind, text)
    except minify.MinifyError as error:
        return str(error), ""
json.dump({name: short(*each) for name, each in json.load(sys.stdin).items()}, sys.stdout)
"""


def shortened(texts: Mapping[str, str]) -> Mapping[str, str]:
    """texts: name ending in .js or .css -> what stands in it. Raises ``site_file_invalid`` for what
    is neither JavaScript nor CSS."""
    return dict(_shortened(tuple(sorted(texts.items()))))


def shortened_before(texts: Mapping[str, str], shelf: Shelf) -> Mapping[str, str]:
    """The same, as it was done before where the texts are those: the other process takes longer to
    start than a hundred pages to print."""
    mark = sha256(json.dumps(sorted(texts.items())).encode()).hexdigest()
    kept = shelf.get(SHORT)
    found = json.loads(kept) if kept is not None else {}
    if found.get("mark") != mark:
        found = {"mark": mark, "texts": dict(shortened(texts))}
        shelf.put(SHORT, json.dumps(found).encode())
    made: Mapping[str, str] = found["texts"]
    return made


@lru_cache(maxsize=4)
def _shortened(texts: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    order = {name: (_KINDS[name.rpartition(".")[2]], text) for name, text in texts}
    # no time limit: a clock that is set while it waits would end it
    done = subprocess.run(  # noqa: S603 (our own words)
        [sys.executable, "-P", "-c", _PROGRAM],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        input=json.dumps(order),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    found = json.loads(done.stdout)
    for name, (error, _) in found.items():
        if error:
            raise invalid(f"assets/{name}", error, "a script or a stylesheet", "correct it")
    return tuple((name, text) for name, (_, text) in found.items())
