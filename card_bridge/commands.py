"""``todoke-bridge doctor | status | trust | forget | install``: short acts of the command line."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from card_bridge import autostart, examination, home
from card_bridge.errors import BridgeError
from card_bridge.home import Home
from card_bridge.sentences import Language, say, tell
from card_bridge.trust import RETURN_PATH, Trust

_LINES_SHOWN = 10
_MARKS = {"ok": "○", "hint": "△", "fail": "×"}


def language() -> Language:
    """The language of this terminal: Japanese where the system says so, otherwise English."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((os.environ[each] for each in names if os.environ.get(each)), "")
    return "ja" if chosen.startswith("ja") else "en"


def doctor(chosen: argparse.Namespace) -> int:
    """What works here; 1 when something stands in the way of a login."""
    findings = examination.examine(home.place(), chosen.port)
    spoken = language()
    fit = all(each.state != "fail" for each in findings)
    if chosen.json:
        checks = [
            {
                "name": each.name,
                "state": each.state,
                "message": each.message(spoken),
                "advice": each.advice(spoken),
            }
            for each in findings
        ]
        print(json.dumps({"ok": fit, "checks": checks}, ensure_ascii=False, indent=1))
        return 0 if fit else 1
    for each in findings:
        print(f"{_MARKS[each.state]} {each.message(spoken)}")
        if each.advice(spoken):
            print(f"   → {each.advice(spoken)}")
    print(say(spoken, "cli", "doctor_fit" if fit else "doctor_unfit"))
    return 0 if fit else 1


def status(_chosen: argparse.Namespace) -> int:
    """Whether a bridge runs, which pages may ask, and what they asked."""
    kept = _home()
    if kept is None:
        return 1
    spoken, runs = language(), kept.running()
    name = "runs" if runs else "runs_not"
    print(say(spoken, "cli", name, port=runs["port"] if runs else 0))
    sites = sorted(Trust(kept).sites())
    print(say(spoken, "cli", "sites" if sites else "sites_none"))
    print("".join(f"  {each}\n" for each in sites), end="")
    lines = kept.last_lines(_LINES_SHOWN)
    if lines:
        print(say(spoken, "cli", "asked", file=str(kept.folder / "log.txt")))
        print("".join(f"  {each}\n" for each in lines), end="")
    return 0


def trust(chosen: argparse.Namespace) -> int:
    """Lets a page ask from now on."""
    kept = _home()
    if kept is None:
        return 1
    try:
        site = Trust(kept).add(chosen.origin, chosen.path or RETURN_PATH)
    except BridgeError as error:
        if error.code == "home_refused":
            tell("home_unusable", folder=str(kept.folder))
            return 1
        tell("trust_refused", origin=chosen.origin)
        return 2
    kept.log(f"{site.origin} was allowed on the command line")
    tell("trusted", origin=site.origin, url=site.return_url)
    return 0


def forget(chosen: argparse.Namespace) -> int:
    """Lets a page ask no more; 1 when it could not before."""
    kept = _home()
    if kept is None:
        return 1
    try:
        was = Trust(kept).forget(chosen.origin)
    except BridgeError:
        tell("home_unusable", folder=str(kept.folder))
        return 1
    if was:
        kept.log(f"{chosen.origin} was forgotten on the command line")
    tell("forgotten" if was else "forgotten_not", origin=chosen.origin)
    return 0 if was else 1


def install(chosen: argparse.Namespace) -> int:
    """Starts the bridge with the desktop, or no more."""
    if sys.platform != "linux":
        tell("install_not_here")
        return 1
    kept = None if chosen.remove else _home()
    if kept is None and not chosen.remove:
        return 1
    try:
        found = autostart.install(Path(sys.executable), kept.folder) if kept else autostart.remove()
    except OSError as error:
        tell("install_refused", reason=error.strerror or "")
        return 1
    for each in found.files:
        print(each)
    tell("removed" if chosen.remove else f"installed_{found.way}")
    return 0


def _home() -> Home | None:
    place = home.place()
    try:
        return Home(place)
    except BridgeError as error:
        tell(f"home_{error.details['reason']}", folder=str(place))
        return None
