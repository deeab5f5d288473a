"""What ``todoke catalogue diff`` compares: a catalogue.json, a site's folder, or a release's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from todoke import assemble
from todoke.config import Config
from todoke.core import catalogue as core_catalogue
from todoke.core.errors import TodokeError
from todoke.press import catalogue_json
from todoke.root import find_root

#: 85 procedures are 0.3 MB, 20,000 of them 70 MB
MAX_BYTES = 128 * 1024 * 1024
_LISTS = ("procedures", "events", "topics", "sources")


def load(field: str, place: str) -> Mapping[str, Any]:
    """The catalogue at a place, as catalogue.json has it. field: the argument it came by.

    Raises ``bad_field`` for what is no catalogue, ``site_file_invalid`` for a site with a mistake.
    """
    path = Path(place)
    if path.is_dir():
        for site in (path, path / "site"):
            if (site / "procedures").is_dir() and (site / "sources.yaml").is_file():
                catalogue = core_catalogue.parse(assemble.site_files(site))
                return catalogue_json.open_data(Config(root=path, data=path), catalogue)
        path = path / "catalogue.json"
    if not path.is_file():
        raise TodokeError("bad_field", field=f"{field} {place}", rule="catalogue_missing")
    return _checked(f"{field} {place}", path)


def _checked(field: str, path: Path) -> Mapping[str, Any]:
    if path.stat().st_size > MAX_BYTES:
        raise TodokeError("bad_field", field=field, rule="catalogue_large")
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise TodokeError("bad_field", field=field, rule="catalogue_json") from error
    if not isinstance(data, dict) or not isinstance(data.get("procedures"), list):
        raise TodokeError("bad_field", field=field, rule="catalogue_shape")
    if data.get("version") != catalogue_json.VERSION:
        raise TodokeError("bad_field", field=field, rule="catalogue_version")
    for name in _LISTS:
        entries = data.get(name, [])
        named = isinstance(entries, list) and all(
            isinstance(each, dict) and isinstance(each.get("id"), str) for each in entries
        )
        if not named or len({each["id"] for each in entries}) != len(entries):
            raise TodokeError("bad_field", field=field, rule="catalogue_shape")
    return data


def examples_beside() -> Mapping[str, int]:
    """Procedure -> examples of its rule among the tests of a checkout; an installation has none."""
    folder = find_root() / "tests" / "vectors" / "eligibility"
    return {
        path.stem: path.read_text("utf-8").count("\n- name:") + 1 for path in folder.glob("*.yaml")
    }
