"""The published rules and the vectors of eligibility, for the tests of the evaluator."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.parts.sealing_keys import ONE_KEY
from todoke import config as settings
from todoke.adapters.site_folder import read
from todoke.core import catalogue, eligibility, facts, words
from todoke.core.catalogue import Catalogue
from todoke.core.errors import TodokeError
from todoke.ports import Secrets
from todoke.press import build

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests/vectors/eligibility"


@cache
def city() -> Catalogue:
    return catalogue.parse(read(ROOT / "site"))


@cache
def vectors() -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """(procedure, vector) of every file that is there, and the examples in the procedures' own
    files."""
    files = sorted(FOLDER.glob("*.yaml"))
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read_in = [(path.stem, yaml.load(path.read_bytes(), Loader=loader)) for path in files]
    written = [(procedure, each) for procedure, items in read_in for each in items]
    own = [(each.id, asdict(one)) for each in city().procedures.values() for one in each.examples]
    return (*written, *own)


def answers(cases: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What Python says to cases {procedures, facts, on}, in the shape the phone answers."""
    return [_answer(each) for each in cases]


def _answer(case: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        there = facts.known(city().facts, case["facts"], date.fromisoformat(case["on"]))
    except TodokeError as error:
        return {"field": error.details["field"], "rule": error.details["rule"]}
    asked = [city().procedures[each] for each in case["procedures"]]
    verdicts = [eligibility.judge(eligibility.whole_rule(each), there) for each in asked]
    shown = [
        {"answer": each.answer, "because": dict(each.because), "ask": list(each.ask)}
        for each in verdicts
    ]
    return {"verdicts": shown, "next": eligibility.next_question(asked, there)}


@cache
def published() -> Mapping[str, Any]:
    """catalogue.json and facts.json as the press prints them."""
    site = read(ROOT / "site")
    key = ec.derive_private_key(7, ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    secrets = Secrets(vapid_private=pem, seal_key=b"s" * 32, data_key=ONE_KEY)
    config = settings.load(ROOT, ROOT / "data", {}, "https://city.minatono.example")
    press = build(
        config, words.parse(site), secrets, lambda: read(ROOT / "templates"), lambda: site
    )
    printed = press.site(city(), date(2026, 11, 24))
    return {name: json.loads(printed[f"{name}.json"]) for name in ("catalogue", "facts")}


def on_the_phone(cases: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What ``site/assets/js/eligibility.js`` says to the same cases."""
    return asked_of_the_phone(published(), cases)


def asked_of_the_phone(
    files: Mapping[str, Any], cases: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The same with any catalogue.json and facts.json."""
    done = subprocess.run(
        ["node", "tests/js/eligibility_answers.mjs"],
        cwd=ROOT,
        input=json.dumps({**files, "cases": list(cases)}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: list[Mapping[str, Any]] = json.loads(done.stdout)
    return found
