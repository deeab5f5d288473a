"""Whatever a city may do to the files of a small site, by chance."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

#: procedures of the small site
KEPT = (
    *("jt-nintei", "jt-koza", "jt-kaitei", "bo-ninshin", "ho-nintei", "si-hiroba", "ko-shussho"),
    *("ir-kodomo", "ky-gakudo", "ho-moushikomi"),  # which the city's parameters name
)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text, (file, old)
    file.write_text(text.replace(old, new, 1), "utf-8")


def without_next(lines: list[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        inside = line.startswith("next:") or (inside and line.startswith((" ", "-")))
        if not inside:
            yield line


def _in_procedure(root: Path, luck: random.Random) -> None:
    file = luck.choice(sorted((root / "site" / "procedures").glob("*.yaml")))
    field = luck.choice(["  ja: ", "  en: ", "  easy: ", "kana: ", "confidence: ", "as_of: "])
    number = luck.randrange(10, 99)
    if field == "confidence: ":
        text = file.read_text("utf-8")
        old = next(each for each in ("high", "medium", "low") if f"confidence: {each}" in text)
        levels = ["medium", "low"] if "\nevidence: memory" in text else ["high", "medium", "low"]
        edit(file, f"confidence: {old}", f"confidence: {luck.choice(levels)}")
    elif field == "as_of: ":
        edit(file, "as_of: 20", f"as_of: 20{number}-01 # ")
    else:
        edit(file, field, f"{field}{'あ' if field == 'kana: ' else f'{number} '}")


def _relation(root: Path, luck: random.Random) -> None:
    file = luck.choice(sorted((root / "site" / "procedures").glob("*.yaml")))
    other = luck.choice(sorted((root / "site" / "procedures").glob("*.yaml")))
    lines = without_next(file.read_text("utf-8").rstrip("\n").split("\n"))
    text = "\n".join(lines)
    file.write_text(f"{text}\nnext: [{other.stem}]\n", "utf-8")


def _add_or_remove(root: Path, luck: random.Random) -> None:
    folder = root / "site" / "procedures"
    made = sorted(folder.glob("made-*.yaml"))
    if made and luck.random() < 0.5:
        for file in folder.glob("*.yaml"):
            lines = without_next(file.read_text("utf-8").split("\n"))
            file.write_text("\n".join(lines), "utf-8")
        made[0].unlink()
        return
    id = f"made-{luck.randrange(1000)}"
    kept = (folder / "si-hiroba.yaml").read_text("utf-8").split("\n")
    # a source is written out once
    text = "\n".join(each for each in kept if not each.startswith("sources: [{"))
    (folder / f"{id}.yaml").write_text(text.replace("id: si-hiroba", f"id: {id}", 1), "utf-8")


def _event(root: Path, luck: random.Random) -> None:
    file = luck.choice(sorted((root / "site" / "events").glob("*.yaml")))
    if luck.random() < 0.5:
        edit(file, "name: {ja: ", f"name: {{ja: {luck.randrange(99)}")
    else:
        edit(file, "procedures: [", f"procedures: [{luck.choice(KEPT)}] # [")


def _of_all_pages(root: Path, luck: random.Random) -> None:
    number = luck.randrange(1000)
    act = luck.choice(["template", "sentence", "css", "reading", "topic", "source", "city"])
    if act == "template":
        edit(root / "templates" / "parts" / "lists.html", "<li", f'<li data-n="{number}"')
    elif act == "sentence":
        edit(root / "site" / "locales" / "ja" / "site.yaml", 'brand: "', f'brand: "N{number}')
    elif act == "css":
        with (root / "site" / "assets" / "todoke.css").open("a") as css:
            css.write(f"/* {number} */\n")
    elif act == "reading":
        with (root / "site" / "readings.yaml").open("a") as table:
            table.write(f"\n鰯{'々' * (number % 50 + 1)}: {'い' * (number % 50 + 2)}\n")
    elif act == "topic":
        edit(root / "site" / "topics" / "play.yaml", "ja: ", f"ja: {number}")
    elif act == "source":
        edit(root / "site" / "sources.yaml", "ja: '", f"ja: '{number}")
    else:
        edit(root / "site" / "todoke.toml", 'phone = "', f'phone = "{number}')


def _search_words(root: Path, luck: random.Random) -> None:
    file, word = (
        root / "site" / "search.yaml",
        "あいうえお"[luck.randrange(5)] * luck.randrange(3, 9),
    )
    edit(file, "spellings:\n", f"spellings:\n  {word}: [木{word}]\n")


def _readers(root: Path, luck: random.Random) -> None:
    language, part = luck.choice(["ja", "easy", "en"]), luck.choice(["procedures", "events"])
    by = "{ja: 市の人, easy: 市の 人, en: Somebody}"
    entry = (
        f"{{language: {language}, part: {part}, by: {by}, on: 2026-01-{luck.randrange(10, 30)}}}"
    )
    (root / "site" / "languages.yaml").write_text(f"checked:\n  - {entry}\n", "utf-8")


def _parameter(root: Path, luck: random.Random) -> None:
    file, number = root / "site" / "todoke.toml", luck.randrange(10, 28)
    act = luck.choice(["days = ", "window", "phone", "amount", "fact"])
    if act == "days = ":
        edit(file, "days = ", f"days = {number} # ")
    elif act == "window":
        edit(file, 'window = ["', f'window = ["09-{number}", "11-30"] # "')
    elif act == "phone":
        edit(file, 'value = "0', f'value = "0{number}-111-2222" # "0')
    elif act == "amount":
        edit(file, "1回500円まで", f"1回5{number}円まで 1回500円まで")
    else:
        edit(
            file, 'to = "high_school_3"', f'under = {luck.randrange(3, 18)} # to = "high_school_3"'
        )


def _benefit(root: Path, luck: random.Random) -> None:
    file, number = root / "site" / "benefits.yaml", luck.randrange(10, 30)
    act = luck.choice(["figure", "until", "words"])
    if act == "figure":
        _third_child(file, number % 10 * 1000)
    elif act == "until":
        text = file.read_text("utf-8")
        file.write_text(
            re.sub("verified_until: 2027-0[123]", f"verified_until: 2027-0{number // 10}", text),
            "utf-8",
        )
    else:
        edit(file, "law: ", f"law: {number} ")


def _third_child(benefits: Path, more: int) -> None:
    """The same amount in both files: one that says another is refused."""
    found = re.search(r"\bthird: (\d+)", benefits.read_text("utf-8"))
    assert found
    old = int(found[1])
    edit(benefits, found[0], f"third: {old + more}")
    words = benefits.parent / "procedures" / "jt-nintei.yaml"
    words.write_text(words.read_text("utf-8").replace(f"{old:,}", f"{old + more:,}"), "utf-8")


def _example(root: Path, luck: random.Random) -> None:
    file = luck.choice(sorted((root / "site" / "procedures").glob("*.yaml")))
    lines = file.read_text("utf-8").split("\nexamples:")[0]
    example = f"""
examples:
  - name: nothing is known, {luck.randrange(1000)}
    on: 2026-04-01
    facts: {{}}
    answer: ask
    law: 児童手当法 7条
    why: nobody was asked
"""
    file.write_text(lines.rstrip("\n") + example, "utf-8")


def _own_source(root: Path, luck: random.Random) -> None:
    """A source that a procedure writes out, and another one names."""
    folder, number = root / "site" / "procedures", luck.randrange(1000)
    for name, entry in (
        ("si-hiroba", f"{{id: own-source, title: {{ja: 出典{number}}}, date: 2026-04}}"),
        ("jt-koza", "own-source"),
    ):
        file = folder / f"{name}.yaml"
        lines = file.read_text("utf-8").split("\n")
        kept = [each for each in lines if not each.startswith(("sources:", "  - own-source"))]
        file.write_text("\n".join([f"sources: [{entry}]", *kept]), "utf-8")


def _new_event(root: Path, luck: random.Random) -> None:
    folder = root / "site" / "events"
    made = sorted(folder.glob("made-*.yaml"))
    if made and luck.random() < 0.5:
        made[0].unlink()
        return
    id = f"made-{luck.randrange(1000)}"
    text = (folder / "born.yaml").read_text("utf-8").replace("id: born", f"id: {id}", 1)
    text = text.replace("procedures: [", f"procedures: [{luck.choice(KEPT)}] # [", 1)
    (folder / f"{id}.yaml").write_text(text, "utf-8")


EDITS: tuple[Callable[[Path, random.Random], None], ...] = (
    _in_procedure,
    _in_procedure,
    _relation,
    _add_or_remove,
    _event,
    _of_all_pages,
    _search_words,
    _readers,
    _parameter,
    _benefit,
    _example,
    _own_source,
    _new_event,
)
