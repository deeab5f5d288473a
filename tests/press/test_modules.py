"""The scripts as browsers get them: shorter and joined, and still what was written."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.press.conftest import ROOT
from todoke.core.errors import TodokeError
from todoke.press import modules
from todoke.press.assets import Assets
from todoke.press.shorten import shortened


def node(program: Path | str, **given: Any) -> Any:
    """What a program says about what it is given."""
    done = subprocess.run(
        ["node", "--no-warnings", "--experimental-vm-modules", str(program)],
        cwd=ROOT,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def agree(**given: Any) -> Any:
    return node("tests/press/modules_agree.mjs", **given)


@pytest.fixture(scope="module")
def scripts(site: Mapping[str, bytes]) -> Mapping[str, bytes]:
    return {
        path.removeprefix("assets/"): body
        for path, body in site.items()
        if path.startswith("assets/") and path.endswith(".js")
    }


def test_a_shorter_module_is_the_same_tree_with_the_same_words(
    scripts: Mapping[str, bytes], site: Mapping[str, bytes]
) -> None:
    tricky = rb"""
        // a word with ' in it
        export const a = `two  spaces // stay ${ [1,  2].map((x) => "in  " + x) } /* too */ `;
        export const b = "a//b".replace(/["'`]\/\/[/"]  x/g, "/* c */") / 2 / 3;
        export const c = (x) => { return /a  b/.test(x) }
        const e = 5
        const f = e++ + +e - -e
        export function d() { return`x` } export class G { static #p = 1; get q() { return G.#p } }
    """
    every = {**scripts, "tricky": tricky, "sw.js": site["sw.js"]}
    same = {
        name: [body.decode().replace("export {};", ""), modules.minified(body)]
        for name, body in every.items()
    }
    seen = agree(same=same)
    assert seen["troubles"] == []
    assert seen["words"] > 20_000


def test_what_is_no_script_is_told() -> None:
    with pytest.raises(TodokeError) as caught:
        Assets({"assets/js/a.js": b"const a = {;\n"})
    assert caught.value.details["file"] == "site/assets/js/a.js"


def test_the_comparison_sees_a_lost_space_and_a_lost_name() -> None:
    pairs = {"a": ["const a = `x  y`;", "const a=`x y`;"], "b": ["export const b=1", "const b=1"]}
    assert len(agree(same=pairs)["troubles"]) == 2


def test_a_template_inside_a_template_would_be_seen() -> None:
    """rjsmin takes the inner one for plain code: write two lines instead."""
    source = "export const a = (x) => `${`two  ${x}`}`;"
    assert agree(same={"a": [source, modules.minified(source.encode())]})["troubles"]


def test_every_file_of_modules_finds_what_it_takes(release: Mapping[str, bytes]) -> None:
    files = {f"/{path}": body.decode() for path, body in release.items() if path.endswith(".js")}
    linked = {path: text for path, text in files.items() if path.startswith("/assets/")}
    assert len(linked) > 10
    assert agree(linked=linked)["troubles"] == []
    path = next(path for path, text in linked.items() if "/database." in path and "export{" in text)
    broken = {**linked, path: re.sub(r"export\{.*\}", "export{}", linked[path])}
    assert agree(linked=broken)["troubles"]


def test_no_module_gives_its_names_to_another_unasked(
    scripts: Mapping[str, bytes],
) -> None:
    """Modules of one file stand in one function. A name of one that a browser has too would be
    taken by the others; the names are what TypeScript sees, however the source is laid out."""
    sources = {name: body.decode() for name, body in scripts.items()}
    seen = agree(declare=sources)
    assert seen["troubles"] == []
    assert {name: sorted(modules.declared_by(text)) for name, text in sources.items()} == {
        name: sorted(names) for name, names in seen["declared"].items()
    }
    assert agree(declare={"a": "const location = 1;"})["troubles"]


def test_names_that_meet_are_kept_apart() -> None:
    """Each says what it would say alone: in its own function where a name stands twice."""
    page = (
        b'import { a } from "./a.js";\nimport { b as c } from "./b.js";\nconsole.log(a(), c());\n'
    )
    files = {
        "a.js": b"const row = 1;\nexport const a = () => row;\n",
        "b.js": b"const row = 2;\nexport const b = () => row;\n",
        "page.js": page,
    }
    [text] = modules.join(files).files.values()
    assert text.count("=>{") == 4, (
        "one function for all, and one for each that has a name of another"
    )
    files["b.js"] = b"const other = 2;\nexport const b = () => other;\n"
    files["page.js"] = page.replace(b"b as c", b"b").replace(b"c()", b"b()")
    [text] = modules.join(files).files.values()
    assert text.count("=>{") == 1


def test_two_files_may_give_the_same_name(tmp_path: Path) -> None:
    written = {
        "p.js": 'import { x } from "./one.js";\nimport { x as y } from "./two.js";\n'
        "process.stdout.write(JSON.stringify([x, y]));\n",
        "q.js": 'import { x } from "./one.js";\nglobalThis.q = x;\n',
        "r.js": 'import { x } from "./two.js";\nglobalThis.r = x;\n',
        "one.js": "export const x = 1;\n",
        "two.js": "export const x = 2;\n",
    }
    files = modules.join({name: text.encode() for name, text in written.items()}).files
    assert len(files) == len(written)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert node(tmp_path / "p.js") == [1, 2]


def test_a_value_taken_under_another_name_may_leave_its_own_to_somebody_else(
    tmp_path: Path,
) -> None:
    written = {
        "p.js": 'import { FIRST as KNOWN, plus } from "./one.js";\nconst FIRST = 1900;\n'
        "process.stdout.write(JSON.stringify([KNOWN, FIRST, plus]));\n",
        "q.js": 'import { FIRST } from "./one.js";\nglobalThis.q = FIRST;\n',
        "one.js": "export const FIRST = 2000;\nexport const plus = 3;\n",
    }
    files = modules.join({name: text.encode() for name, text in written.items()}).files
    assert len(files) == len(written), "what two pages share is a file of its own"
    (tmp_path / "package.json").write_text('{"type": "module"}')
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert node(tmp_path / "p.js") == [2000, 1900, 3]


#: every form of import and export we use, in modules that travel together and in ones that do not
WORLD = {
    "a.js": 'import { n as many, twice } from "./lib.js";\nimport * as lib from "./lib.js";\n'
    'import { fold } from "./deep/fold.js";\nimport "./effect.js";\n'
    "const row = 1;\n"
    "const later = await import('./later.js');\n"
    "const { say: spoken } = await import('./later.js');\n"
    "const told = await import('./later.js').then(({ say }) => say());\n"
    "const box = new lib.Box().name;\n"
    "const all = [many, twice(row), box, fold('A'), later.say(), spoken(), told];\n"
    "globalThis.a = [...all, globalThis.hit];\n",
    "b.js": 'import { twice } from "./lib.js";\nimport { shout } from "./deep/fold.js";\n'
    'import { say } from "./later.js";\n'
    "globalThis.b = [twice(4), shout('a'), say()];\n",
    "c.js": 'import { fold } from "./deep/fold.js";\nglobalThis.c = [fold("C")];\n',
    "lib.js": "const row = 7;\nexport const n = row;\nexport function twice(x) { return 2 * x; }\n"
    "class Box { name = 'Box' }\nexport { Box };\n",
    "deep/fold.js": 'import { n } from "../lib.js";\nconst row = (x) => x.toLowerCase() + n;\n'
    "function loud(x) { return x.toUpperCase() }\nexport { row as fold, loud as shout };\n",
    "effect.js": "globalThis.hit = 1;\n",
    "later.js": "export async function* never() {}\nexport function say() { return 'later' }\n",
}


def test_joined_modules_give_what_they_gave_apart(tmp_path: Path) -> None:
    given = {f"js/{name}": text.encode() for name, text in WORLD.items()}
    joined = modules.join(given)
    assert len(joined.files) < len(given)
    assert joined.home["js/deep/fold.js"] == joined.home["js/lib.js"]
    served = {name: modules.unfolded(text) for name, text in shortened(joined.files).items()}
    still = {name for name, text in served.items() if "import*as" in text or text[:6] == "(()=>{"}
    assert still == {"js/a.js"}  # which waits
    answers = []
    for folder, files in (("apart", given), ("joined", joined.files), ("served", served)):
        for name, body in files.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body if isinstance(body, bytes) else body.encode())
        (tmp_path / folder / "package.json").write_text('{"type": "module"}')
        run = tmp_path / folder / "run.mjs"
        run.write_text(
            "".join(f'import "./js/{each}.js";\n' for each in ("a", "b", "c"))
            + "process.stdout.write(JSON.stringify([globalThis.a, globalThis.b, globalThis.c]));\n"
        )
        answers.append(node(run))
    assert answers[0] == [
        [7, 2, "Box", "a7", "later", "later", "later", 1],
        [8, "A", "later"],
        ["c7"],
    ]
    assert answers[1] == answers[2] == answers[0]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("export default 1;", "export default"),
        ("export let a = 1;", "export let"),
        ('export * from "./b.js";', "export*"),
        ('import b from "./b.js";', "import b"),
        ('import { none } from "./b.js";', "none"),
        ('import("./none.js");', "none.js"),
        ('import("./b.js").then(({ none }) => none);', "none"),
        ('import("./a.js");', "circle"),
    ],
)
def test_a_form_that_is_not_understood_is_named(text: str, word: str) -> None:
    files = {"assets/js/a.js": text.encode(), "assets/js/b.js": b"export const b = 1;\n"}
    with pytest.raises(TodokeError) as caught:
        Assets(files)
    assert caught.value.details["file"] == "site/assets/js/a.js"
    assert word in str(caught.value.details)
