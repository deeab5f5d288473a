"""``todoke publish`` when nothing changed but the words of a few procedures: published without the
store, the web server and all that is not needed for it. Whatever else there is to do is left to the
full way, which begins as if nobody had been here.
"""

from __future__ import annotations

import json
from pathlib import Path

from todoke import assemble_few
from todoke.core.errors import TodokeError
from todoke.entry import unchanged
from todoke.entry.unchanged import Since
from todoke.journeys import publish_few
from todoke.root import find_root

#: more files than these are read the full way
MOST = 20


def answer(since: Since) -> str | None:
    """What to say after publishing; None where the full way must do it."""
    folder = find_root() / "site" / "procedures"
    paths = [Path(each) for each in since.files or ()]
    named = all(each.parent == folder and each.suffix == ".yaml" for each in paths)
    if not 0 < len(paths) <= MOST or not named or any(p.name.startswith((".", "#")) for p in paths):
        return None
    try:
        services = assemble_few.local(Path(since.data))
        bodies = {each.stem: each.read_bytes() for each in paths}
        done = publish_few.publish_few(services, bodies)
    except (LookupError, OSError, TodokeError):
        return None  # the full way has words for it
    if done is None:
        return None
    release, changed = done
    before = json.loads(since.answers["json"])
    report = {**before, "release": release, "changed": changed}
    report.pop("ok")
    same = {**report, "changed": False}
    say = services.press.words.say
    answers = {each: say(each, "cli.publish.same", **same) for each in ("ja", "en")}
    answers["json"] = json.dumps({"ok": True, **same}, ensure_ascii=False)
    unchanged.remember(since.data, since.now, answers)
    if since.wanted == "json":
        return json.dumps({"ok": True, **report}, ensure_ascii=False)
    return say(since.wanted, "cli.publish.done" if changed else "cli.publish.same", **report)
