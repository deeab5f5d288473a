"""A city that takes applications, without printing its whole site; answers that are right, and
an application returned to be mended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from todoke import assemble
from todoke.core import catalogue, sealed
from todoke.core.form import as_json
from todoke.ports import CleanFile, Press, Record, Replace, Services

ROOT = Path(__file__).parents[2]
PROCEDURE = "jt-nintei"
#: visibly made up; judged right on the clock of the tests (2026-11-24)
ANSWERS: Mapping[str, Any] = json.loads(
    (ROOT / "tests/vectors/form_answers.jsonl").read_text("utf-8").split("\n", 1)[0]
)["answers"]


_PRESS: dict[str, Press] = {}


class QuickCleaner:
    """Implements ``ports.Cleaner`` for tests of what comes after it."""

    def clean(self, body: bytes) -> CleanFile:
        """Takes everything as one page."""
        return CleanFile("image/jpeg", b"\xff\xd8\xff" + body, 1)


def city(folder: Path, **overrides: Any) -> Services:
    """Services with the form and the names of a published site."""
    services = assemble.fake(folder, **overrides)
    if not overrides:  # the press reads and compiles everything once: the same for every test
        services = replace(services, press=_PRESS.setdefault("press", services.press))
    for key, body in _published().items():
        services.blobs.put(key, body)
    return services


@lru_cache(maxsize=1)
def _published() -> Mapping[str, bytes]:
    site = ROOT / "site"
    files = {e.relative_to(site).as_posix(): e.read_bytes() for e in site.rglob("*.yaml")}
    procedure = catalogue.parse(files).procedures[PROCEDURE]
    assert procedure.form is not None
    names = [{"id": PROCEDURE, "name": dict(procedure.name)}]
    shapes = {
        f"forms/{PROCEDURE}.json": as_json(procedure.form),
        "app.json": {"topics": [], "areas": [], "cohorts": []},
        "catalogue.json": {"procedures": names},
    }
    return {key: json.dumps(shape).encode() for key, shape in shapes.items()}


def answers(**changes: Any) -> dict[str, Any]:
    """Right answers, some of them changed."""
    return {**json.loads(json.dumps(ANSWERS)), **changes}


def return_it(services: Services, id: str, asks: dict[str, str]) -> int:
    """What a case worker does (journeys/cases.py), in short. The version afterwards."""
    record = services.store.get("application", id)
    assert record is not None
    key = services.secrets.data_key
    inside = sealed.open_json(key, "application", id, record.data["sealed"])
    data = {
        **record.data,
        "state": "returned",
        "sealed": sealed.seal_json(key, "application", id, {**inside, "asks": asks}),
    }
    services.store.commit([Replace(Record("application", id, data, record.version))])
    return record.version + 1
