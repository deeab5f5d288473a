"""Whoever steals the stores of a city, or its backup, reads nothing of what people wrote."""

from __future__ import annotations

import base64
import gzip
import io
import json
import logging
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.parts import aws_city, canaries
from tests.parts.lived_in import CANARY, KANA_CANARY, LATIN_CANARY, LivedIn, keep_waiting_import
from tests.parts.lived_in import lived_in as live
from todoke.adapters import aws_client, backup, backup_box
from todoke.adapters.fakes import TurnedClock
from todoke.entry.logs import JsonLines
from todoke.journeys import keyring, reseal
from todoke.ports import Create, Record, Services

PASSPHRASE = "みなとの鐘が三つ鳴る朝に"
CANARIES = (CANARY, KANA_CANARY, LATIN_CANARY)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Everything that is logged meanwhile, the lowest level included, as the service writes it."""
    file = tmp_path / "log.jsonl"
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(JsonLines())
    root, before = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield file
    root.setLevel(before)
    root.removeHandler(handler)
    handler.close()


@pytest.fixture
def city(tmp_path: Path, log: Path) -> LivedIn:
    """Before, while and after everything is sealed anew: the stolen copy holds old pages too."""
    del log
    found = live(tmp_path)
    keep_waiting_import(found.services)
    keyring.rotate(found.services)
    reseal.reseal(found.services)
    found.reads_everything()
    return found


def stolen(stores: str, folder: Path) -> Mapping[str, bytes]:
    """Name -> bytes of everything that lies there."""
    found = {
        each.relative_to(folder).as_posix(): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file()
    }
    return found if stores == "files" else {**found, **dict(_of_the_cloud(folder))}


def _of_the_cloud(folder: Path) -> Iterator[tuple[str, bytes]]:
    name = aws_city.name_of(folder)
    table = aws_client.client("dynamodb").get_paginator("scan")
    for page in table.paginate(TableName=f"{name}-records", ConsistentRead=True):
        for item in page["Items"]:
            yield f"table {item['pk']}", b"\n".join(_attributes(item))
    s3 = aws_client.client("s3")
    for bucket in ("public", "private"):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=f"{name}-{bucket}"):
            for each in page.get("Contents", []):
                got = s3.get_object(Bucket=f"{name}-{bucket}", Key=each["Key"])
                yield f"{bucket} {each['Key']}", each["Key"].encode() + got["Body"].read()


def _attributes(value: Any) -> Iterator[bytes]:
    """Every text and every byte string of an item, names included."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield str(name).encode()
            yield from _attributes(each)
    elif isinstance(value, list):
        for each in value:
            yield from _attributes(each)
    else:
        yield value if isinstance(value, bytes) else str(value).encode()


def _shown(found: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """(where, which canary)."""
    return [
        (name, canary)
        for name, body in found.items()
        for canary in CANARIES
        if canaries.seen(canary, body)
    ]


def test_the_stolen_stores_of_a_city_show_no_canary(
    stores: str, city: LivedIn, tmp_path: Path, log: Path
) -> None:
    found = stolen(stores, tmp_path)
    assert city.application.encode() in b"".join(found.values()), "this is the city"
    if stores == "files":
        assert len(found["todoke.sqlite3-wal"]) > 1000, "what was written last lies beside the file"
        assert any(name.startswith("private/attachments/") for name in found)
        assert any(name.startswith("private/batches/") for name in found)
    assert log.exists()
    assert _shown(found) == []


@pytest.mark.looks_into_files
def test_the_stolen_backup_shows_no_canary_even_opened(city: LivedIn, tmp_path: Path) -> None:
    file = tmp_path / "b.todoke"
    data, clock = city.services.config.data, TurnedClock()
    backup.write(data, file, PASSPHRASE, clock, lambda *_: None)
    assert _shown({"backup": file.read_bytes()}) == []
    with file.open("rb") as sealed:
        opener = backup_box.Opener(sealed, PASSPHRASE)
        inside = b"".join(iter(lambda: opener.read(1 << 16), b""))
    assert b"SQLite format 3" in inside
    assert city.application.encode() in inside
    # whoever opened the box has the keys as well; this says that nothing lay beside its seal
    assert _shown({"inside": inside}) == []


def _gzipped(text: str) -> bytes:
    return gzip.compress(f"見本の {text} です".encode())


def _zipped(text: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("mihon.txt", f"{text * 20}")
    return b"before it " + body.getvalue()


#: how an unsealed text may lie there
_WAYS: Mapping[str, Callable[[str], bytes]] = {
    "plain": lambda text: f"a {text} b".encode(),
    "utf-16": lambda text: f"x{text}".encode("utf-16-le"),
    "utf-16, big end first": lambda text: f"x{text}".encode("utf-16-be"),
    "base64": lambda text: base64.b64encode(f"見{text}本".encode()),
    "base64, one later": lambda text: base64.b64encode(f"1見{text}本".encode()),
    "base64, two later": lambda text: base64.b64encode(f"12見{text}本".encode()),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(f"?>{text}".encode()),
    "hex": lambda text: text.encode().hex().encode(),
    "escaped": lambda text: json.dumps({"a": text}).encode(),
    "gzip": _gzipped,
    "gzip within": lambda text: b"\0" * 99 + _gzipped(text) + b"\0" * 9,
    "zip": _zipped,
    "gzip in base64": lambda text: b'{"a": "' + base64.b64encode(_gzipped(text)) + b'"}',
}


@pytest.mark.looks_into_files
@pytest.mark.parametrize("way", _WAYS)
@pytest.mark.parametrize("canary", [CANARY, LATIN_CANARY])
def test_the_search_finds_what_is_not_sealed(way: str, canary: str) -> None:
    body = bytes(500) + _WAYS[way](canary) + bytes(500)
    assert canaries.seen(canary, body)
    assert not canaries.seen("雲雀zqx", body)


def test_a_canary_that_was_not_sealed_is_found_where_it_lies(
    stores: str, city: LivedIn, tmp_path: Path
) -> None:
    """The control, in the very stores."""
    services: Services = city.services
    services.store.commit([Create(Record("setting", "planted", {"value": f"見本 {CANARY}"}))])
    services.private.put("attachments/F-planted", _gzipped(LATIN_CANARY))
    found = _shown(stolen(stores, tmp_path))
    assert {canary for _, canary in found} == {CANARY, LATIN_CANARY}
    assert any("F-planted" in where for where, _ in found)
