"""Publishing the mended words of a few procedures gives, byte for byte, what publishing everything
gives; whatever else they may touch is left to the full way."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.parts import processes, small_city
from tests.parts.site_edits import EDITS, edit
from tests.parts.small_city import city, differences, served
from todoke import assemble_few
from todoke.core.errors import TodokeError
from todoke.core.site_yaml import load
from todoke.entry import few as entry
from todoke.entry import unchanged
from todoke.journeys import publish, publish_few

pytestmark = pytest.mark.looks_into_files

SOAK = pytest.mark.soak
#: whose words may change alone: the city's parameters name the others
PLAIN = ("jt-koza", "jt-kaitei", "bo-ninshin", "ko-shussho", "ho-nintei", "si-hiroba")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small city that has published, to be copied."""
    folder = tmp_path_factory.mktemp("published")
    small_city.make(folder / "root")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder / "root")
        publish.publish_site(city(folder / "root"))
    return folder


@pytest.fixture
def root(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a small city that has published; its files may be edited."""
    shutil.copytree(published, tmp_path, symlinks=True, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path / "root")
    return tmp_path / "root"


def file_of(root: Path, name: str) -> Path:
    return root / "site" / "procedures" / f"{name}.yaml"


def quickly(root: Path, *names: str) -> tuple[int, bool] | None:
    """As a new process does it; None where it leaves it to the full way."""
    services = assemble_few.local(root.parent / "data")
    bodies = {each: file_of(root, each).read_bytes() for each in names}
    return publish_few.publish_few(services, bodies)


def change(root: Path, name: str, how: Callable[[dict[str, Any]], object]) -> None:
    file = file_of(root, name)
    found: Any = load(file.name, file.read_bytes()).value
    how(found)
    text = yaml.dump(found, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
    file.write_text(text, "utf-8")


def reworded(value: Any, luck: random.Random) -> Any:
    """Other words in every text, as many texts as before."""
    if isinstance(value, str):
        return f"{value} {luck.randrange(1000)}<&>"
    if isinstance(value, list):
        return [reworded(each, luck) for each in value]
    return {key: reworded(each, luck) for key, each in value.items()}


def _papers(found: dict[str, Any], luck: random.Random) -> None:
    for each in found["documents"]:
        for name in {"name", "when", "remark", "ground"} & each.keys():
            each[name] = reworded(each[name], luck)


def _inner(where: str, *names: str) -> Callable[[dict[str, Any], random.Random], None]:
    def how(found: dict[str, Any], luck: random.Random) -> None:
        for name in {*names} & found[where].keys():
            found[where][name] = reworded(found[where][name], luck)

    return how


def _plain(name: str) -> Callable[[dict[str, Any], random.Random], None]:
    def how(found: dict[str, Any], luck: random.Random) -> None:
        if name in found:
            found[name] = reworded(found[name], luck)

    return how


def _month(found: dict[str, Any], luck: random.Random) -> None:
    if found["deadline"]["kind"] != "annual_window":
        found["as_of"] = f"20{luck.randrange(10, 26)}-11"


def _who(found: dict[str, Any], luck: random.Random) -> None:
    if isinstance(found["who"], dict) and found["deadline"]["kind"] != "annual_window":
        others = {each: found["who"][each] for each in {"easy", "en"} & found["who"].keys()}
        found["who"] = {**found["who"], **reworded(others, luck)}


def _ground(found: dict[str, Any], luck: random.Random) -> None:
    if (found["confidence"], found["evidence"]) != ("high", "seen"):
        found["confidence"] = luck.choice(["medium", "low"])


def _source(found: dict[str, Any], luck: random.Random) -> None:
    if all(isinstance(each, str) for each in found.get("sources", [])):
        found["sources"] = found.get("sources", [])[::-1] + ["elaws-jite"][: luck.randrange(2)]


def _texts(found: dict[str, Any], luck: random.Random) -> None:
    if "note" in found and luck.random() < 0.5:
        del found["note"]
    else:
        found["note"] = {"ja": "新しい", "easy": luck.choice(["あたらしい", "鑿と 鏨"])}


#: everything that may change alone
WORDS: Mapping[str, Callable[[dict[str, Any], random.Random], None]] = {
    "papers": _papers,
    "note": _plain("note"),
    "law": _plain("legal_basis"),
    "month": _month,
    "who": _who,
    "confidence": _ground,
    "counter": lambda found, luck: found.update(counter=luck.choice(["school", "prefecture"])),
    "one stop": lambda found, luck: found.update(one_stop_no=f"{luck.randrange(99)}"),
    "limit": _inner("deadline", "note", "late_effect"),
    "result": _inner("result", "paid", "note"),
    "online": _inner("online", "conditions"),
    "a paper more": lambda found, _: found["documents"].append({"name": "絆創膏"}),
    "texts that are new or gone": _texts,
    "reminders": lambda found, _: found.pop("reminders", None),
}


@pytest.mark.parametrize("what", ["all", *(pytest.param(each, marks=SOAK) for each in WORDS)])
def test_words_that_stand_on_one_page_only_are_published_alone(root: Path, what: str) -> None:
    luck = random.Random(what)
    for name in PLAIN:
        for each in WORDS.values() if what == "all" else [WORDS[what]]:
            change(root, name, lambda found, each=each: each(found, luck))  # type: ignore[misc]
    done = quickly(root, *PLAIN)
    assert done is not None
    assert done[1] or what in ("reminders", "confidence")
    assert differences(root) == []


#: what others show too, or what may be wrong: left to the full way
ELSEWHERE: Mapping[str, Callable[[dict[str, Any]], object]] = {
    "name": lambda found: found["name"].update(ja="別の名前"),
    "reading": lambda found: found.update(kana="べつ"),
    "words": lambda found: found.update(words=["べつの ことば"]),
    "topic": lambda found: found.update(topic="allowance"),
    "category": lambda found: found.update(category="other"),
    "who": lambda found: found["who"].update(ja="だれでも"),
    "kind of limit": lambda found: found.update(deadline={"kind": "promptly"}),
    "amounts": lambda found: found["result"].update(amounts=["月 1円"]),
    "kind of result": lambda found: found["result"].update(kind="loan"),
    "online": lambda found: found["online"].update(possible="yes"),
    # the form's file names the tier it asks for
    "signature": lambda found: found["online"].update(signature="sign_or_login"),
    "next": lambda found: found.update(next=["jt-koza"]),
    "ended": lambda found: found.update(ended=True),
    "since when": lambda found: found.update(effective_from="2026-04-01"),
    "emergency": lambda found: found.update(emergency="119"),
    "rule": lambda found: found.update(eligibility=None),
    "a source of its own": lambda found: found.update(
        sources=[{"id": "mine", "title": {"ja": "あ", "easy": "い", "en": "u"}, "date": "2026"}]
    ),
    "a source that is none": lambda found: found.update(sources=["nobody-knows"]),
    "a field that is none": lambda found: found.update(nme="x"),
    "a My Number": lambda found: found.update(legal_basis=["123456789018"]),
    "another id": lambda found: found.update(id="si-other"),
    "less sure": lambda found: found.update(confidence="medium"),
}


def test_whatever_others_may_show_is_left_to_the_full_way(root: Path) -> None:
    file = file_of(root, "si-hiroba")
    before, release = file.read_bytes(), served(city(root))
    for what, how in ELSEWHERE.items():
        change(root, "si-hiroba", how)
        assert quickly(root, "si-hiroba") is None, what
        file.write_bytes(before)
    assert quickly(root, "ho-moushikomi") is None  # the city's parameters name it
    assert quickly(root, "si-hiroba") == (1, False)
    assert served(city(root)) == release


def test_one_after_the_other_and_then_a_full_one(root: Path) -> None:
    for number, names in enumerate([["si-hiroba"], ["jt-koza", "si-hiroba"], ["jt-koza"]] * 2, 2):
        for name in names:
            change(root, name, lambda found, n=number: found.update(as_of=f"20{n + 10}-01"))  # type: ignore[misc]
        assert quickly(root, *names) == (number, True)
        assert len(list((root.parent / "data" / "public" / "releases").iterdir())) == min(number, 3)
    assert differences(root) == []
    edit(root / "site" / "topics" / "play.yaml", "ja: ", "ja: 7")
    publish.publish_site(city(root))
    assert differences(root) == []
    change(root, "si-hiroba", lambda found: found.update(as_of="2009-01"))
    assert quickly(root, "si-hiroba") == (9, True)
    assert differences(root) == []


def test_a_full_publication_after_a_few_words_keeps_the_other_pages(root: Path) -> None:
    change(root, "si-hiroba", lambda found: found.update(as_of="2009-01"))
    assert quickly(root, "si-hiroba")
    services = city(root)
    before = services.press._before(services.shelf.get(publish.PLAN), 2)  # type: ignore[attr-defined]
    assert "procedures/jt-koza.html" in before
    assert "procedures/si-hiroba.html" not in before


@pytest.mark.parametrize("what", ["ledger", "journal", "records", "templates"])
@pytest.mark.parametrize(
    "harm", ["gone", *(pytest.param(each, marks=SOAK) for each in ("half", "older"))]
)
def test_what_was_kept_and_is_damaged_or_stale_is_as_good_as_none(
    root: Path, what: str, harm: str
) -> None:
    change(root, "si-hiroba", lambda found: found.update(as_of="2009-01"))
    assert quickly(root, "si-hiroba")
    kept = root.parent / "data" / "plan" / what
    older = kept.read_bytes()
    change(root, "si-hiroba", lambda found: found.update(as_of="2010-01"))
    assert quickly(root, "si-hiroba")
    if harm == "gone":
        kept.unlink()
    else:
        kept.write_bytes(older if harm == "older" else older[: len(older) // 2])
    change(root, "jt-koza", lambda found: found.update(as_of="2011-01"))
    try:
        quickly(root, "jt-koza")
    except LookupError:
        assert what == "ledger"
    publish.publish_site(city(root))
    assert differences(root) == []


@pytest.mark.parametrize(
    "harm",
    [
        "gone",
        "another map",
        *(pytest.param(each, marks=SOAK) for each in ("more", "another release")),
    ],
)
def test_what_somebody_did_to_the_release_is_left_to_the_full_way(root: Path, harm: str) -> None:
    current = root.parent / "data" / "public" / "current"
    if harm == "gone":
        (current / "easy" / "topics.html").unlink()
    elif harm == "more":
        (current / "easy" / "more.html").write_bytes(b"x")
    elif harm == "another map":
        (current / "sitemap.xml").write_bytes((current / "sitemap.xml").read_bytes()[::-1])
    else:
        services = city(root)
        services.blobs.release({"a.html": b"1"})
    change(root, "si-hiroba", lambda found: found.update(as_of="2009-01"))
    assert quickly(root, "si-hiroba") is None
    publish.publish_site(city(root))
    assert differences(root) == []


def test_a_release_that_becomes_the_new_one_is_no_other_for_what_it_was(root: Path) -> None:
    for month in ("01", "02"):
        change(root, "si-hiroba", lambda found, m=month: found.update(as_of=f"2009-{m}"))  # type: ignore[misc]
        assert quickly(root, "si-hiroba")
    spare = root.parent / "data" / "public" / "releases" / "1"
    (spare / "more.html").write_bytes(b"x")
    shutil.rmtree(spare / "easy" / "about")
    (spare / "en" / "topics.html").unlink()
    (spare / "en" / "topics.html").mkdir()
    (spare / "events").rename(spare / "happenings")
    (spare / "events").write_bytes(b"x")
    (spare / "404.html").unlink()
    (spare / "404.html").write_bytes(b"another inode")
    change(root, "si-hiroba", lambda found: found.update(as_of="2009-03"))
    assert quickly(root, "si-hiroba") == (4, True)
    assert differences(root) == []


# ------------------------------------------------------------------ as the command does it
def command(root: Path) -> str:
    """``todoke publish``: which way it went."""
    data = str(root.parent / "data")
    time.sleep(0.05)  # stamps of files are coarse
    since = unchanged.since(["--data", data, "--json"])
    if since is not None and since.said is not None:
        return "nothing"
    if since is not None and since.files and entry.answer(since) is not None:
        return "few"
    before = unchanged.look(data)
    publish.publish_site(city(root))
    unchanged.remember(data, before, {"ja": "x", "en": "x", "json": '{"ok": true}'})
    return "full"


def _words(root: Path, luck: random.Random) -> None:
    how = luck.choice(list(WORDS.values()))
    change(root, luck.choice(PLAIN), lambda found: how(found, luck))


@pytest.mark.parametrize("seed", [0, *(pytest.param(each, marks=SOAK) for each in range(1, 25))])
def test_after_any_edits_the_command_serves_what_a_full_printing_gives(
    root: Path, seed: int
) -> None:
    luck, ways = random.Random(seed), set[str]()
    assert command(root) == "full"
    for _ in range(4 if seed == 0 else 8):
        shutil.copytree(root, root.parent / "before", dirs_exist_ok=True)
        for _ in range(luck.choice([0, 1, 1, 2, 3])):
            luck.choice([_words, _words, _words, luck.choice(EDITS)])(root, luck)
        try:
            ways.add(command(root))
        except TodokeError:  # two edits that do not go together
            shutil.rmtree(root)
            shutil.copytree(root.parent / "before", root)
            os.chdir(root)
            continue
        assert differences(root) == []
        assert command(root) == "nothing"
    assert "few" in ways


def test_it_says_what_a_full_publication_says(root: Path) -> None:
    assert command(root) == "full"
    change(root, "si-hiroba", lambda found: found.update(as_of="2009-01"))
    time.sleep(0.05)
    since = unchanged.since(["--data", str(root.parent / "data"), "--json"])
    assert since is not None
    assert entry.answer(since) == '{"ok": true, "release": 2, "changed": true}'
    assert unchanged.answer(["--data", str(root.parent / "data"), "--json"]) == (
        '{"ok": true, "release": 2, "changed": false}'
    )


# ------------------------------------------------------------------ killed at any point
def _killed(root: Path, at: int) -> bool:
    """In a process that dies at the given touch of the file system; whether it did."""

    def prepare() -> Callable[[], object]:
        services = assemble_few.local(root.parent / "data")
        body = file_of(root, "si-hiroba").read_bytes()
        return lambda: publish_few.publish_few(services, {"si-hiroba": body})

    return processes.dies_at(at, prepare)


@pytest.mark.parametrize("faster", [3, pytest.param(1.2, marks=SOAK)])
def test_whenever_it_dies_the_old_release_or_the_new_one_is_served_whole(
    root: Path, faster: float
) -> None:
    deaths, step, month = 0, 1, 0
    while True:
        old = served(city(root))
        month += 1
        change(
            root,
            "si-hiroba",
            lambda found, n=month: found.update(as_of=f"2{n // 12:03}-{n % 12 + 1:02}"),  # type: ignore[misc]
        )
        killed = _killed(root, step)
        assert served(city(root)) == old or differences(root) == []
        if not killed:
            break
        deaths += 1
        if quickly(root, "si-hiroba") is None:  # it was served before it was written down
            publish.publish_site(city(root))
        assert differences(root) == [], step
        step = int(step * faster) + 1
    assert deaths > 4
