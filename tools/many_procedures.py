"""A site of many procedures, always the same: ``python -m tools.many_procedures FOLDER 2000``.

The real ones, and then copies of them for districts that do not exist: another id, another name,
other words in every text that a page shows, so that nothing is cheap by being equal.
"""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from todoke.core.site_yaml import load

ROOT = Path(__file__).resolve().parents[1]
#: made up; the parts of a district's name, with reading and romaji
_FIRST = (("緑", "みどり", "Midori"), ("桜", "さくら", "Sakura"), ("泉", "いずみ", "Izumi"),
          ("霞", "かすみ", "Kasumi"), ("星", "ほし", "Hoshi"), ("杉", "すぎ", "Sugi"))  # fmt: skip
_LAST = (("が丘", "がおか", "gaoka"), ("台", "だい", "dai"), ("浜", "はま", "hama"),
         ("谷", "だに", "dani"), ("島", "じま", "jima"), ("野原", "のはら", "nohara"))  # fmt: skip


def make(folder: Path, count: int) -> None:
    """Writes ``folder/site`` and ``folder/templates`` with that many procedures."""
    shutil.copytree(ROOT / "templates", folder / "templates")
    shutil.copytree(ROOT / "site", folder / "site")
    real = {
        path.stem: load(path.name, path.read_bytes()).value
        for path in sorted((ROOT / "site" / "procedures").glob("*.yaml"))
    }
    for id in list(real)[count:]:
        raise ValueError(f"at least {len(real)} procedures, {id} is one of them")
    for number in range(len(real), count):
        id = list(real)[number % len(real)]
        made = _copy(real[id], number // len(real), random.Random(number))
        # of the last copy perhaps only a part is made
        first = number - number % len(real)
        there = {_id(each, number // len(real)) for each in list(real)[: count - first]}
        if "next" in made:
            made["next"] = [each for each in made["next"] if each in there]
        text = yaml.dump(made, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
        (folder / "site" / "procedures" / f"{made['id']}.yaml").write_text(text, "utf-8")


def _copy(procedure: Any, copy: int, luck: random.Random) -> dict[str, Any]:
    made: dict[str, Any] = {**procedure, "id": _id(procedure["id"], copy)}
    made.pop("form", None)
    first, last = luck.choice(_FIRST), luck.choice(_LAST)
    place = {
        "ja": f"{first[0]}{last[0]}{copy}",
        "easy": f"{first[1]}{last[1]}{copy}",
        "en": f"{first[2]}{last[2]} {copy}",
    }
    for field in ("name", "who", "note"):
        if made.get(field):
            made[field] = _of_place(made[field], place)
    made["kana"] = f"{made['kana']} {first[1]}{last[1]}{copy}"
    made["documents"] = [
        {**each, "name": _of_place(each["name"], place)} for each in made.get("documents", [])
    ]
    if "next" in made:
        made["next"] = [_id(each, copy) for each in made["next"]]
    return made


def _id(id: str, copy: int) -> str:
    return f"{id}-n{copy:03}"


def _of_place(words: Any, place: Mapping[str, str]) -> dict[str, str]:
    texts = {"ja": words} if isinstance(words, str) else words
    joint = {"ja": "・", "easy": " ", "en": ", "}
    return {each: f"{text}{joint[each]}{place[each]}" for each, text in texts.items()}


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
