"""What the schema calls sealed is sealed in every record that is there, and what is about a person
and not sealed is known by name."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.parts.lived_in import CANARY, LivedIn, keep_waiting_import, lived_in
from todoke.core import sealed
from todoke.core.errors import TodokeError
from todoke.journeys import attachments, batches, keyring, reseal
from todoke.ports import Create, Record
from todoke.store_schema import RECORDS

#: fields about a person that hold text and are not sealed; why, is said in SECURITY.md
OPEN = {
    "identifiers made by ourselves": {
        ("account", "resident"), ("account_device", "account"), ("account_device", "subscription"),
        ("addressed_notice", "resident"), ("application", "resident"), ("attachment", "resident"),
        ("audit", "resident"), ("bill", "resident"), ("credential", "account"),
        ("delivery", "subscription"), ("follow", "subscription"), ("letter_code", "resident"),
        ("register_row", "resident"), ("resident", "account"), ("resident", "letter_code"),
        ("session", "account"), ("session", "credential"), ("challenge", "account"),
        ("credential", "handle"), ("credential", "user"), ("handover", "account"),
        ("handover", "credential"), ("mandate", "principal"), ("mandate", "agent"),
        ("application", "agent"), ("checkout", "payer"), ("application", "mandate"),
        ("mandate_offer", "mandate"), ("ward_opening", "account"), ("ward_opening", "notice"),
    },
    "blind": {
        ("register_row", "name_born"), ("register_row", "address_born"),
        ("register_row", "name_address"), ("ward", "guardian"),
    },
    "a follower without a name": {
        ("subscription", "endpoint"), ("subscription", "p256dh"), ("subscription", "auth"),
        ("subscription", "area"), ("follow", "area"),
    },
    "two words of a kind that many have": {("session", "browser"), ("handover", "named")},
    "until todoke keys reseal": {("staff", "name")},
}  # fmt: skip


@pytest.fixture
def city(tmp_path: Path) -> LivedIn:
    return lived_in(tmp_path)


def _faults(city: LivedIn) -> list[str]:
    """kind/field of whatever is declared sealed and is not, or does not open."""
    keys, found = city.services.secrets.data_key, []
    for kind, names in keyring.FIELDS.items():
        for record in keyring.everything(city.services, kind):
            for name in names:
                if record.data.get(name) is None:
                    continue
                try:
                    sealed.open_json(keys, kind, record.id, record.data[name])
                except TodokeError:
                    found.append(f"{kind}/{name}")
    return found


def test_every_field_that_is_declared_sealed_is_sealed_in_every_record(city: LivedIn) -> None:
    written = {
        kind for kind in RECORDS if any(True for _ in keyring.everything(city.services, kind))
    }
    assert set(keyring.FIELDS) == written & set(keyring.FIELDS), "each kind was written"
    assert _faults(city) == []
    keyring.rotate(city.services)
    reseal.reseal(city.services)
    assert _faults(city) == []


@pytest.mark.parametrize("kind", sorted(keyring.FIELDS))
@pytest.mark.parametrize(
    "value",
    [f"見本 {CANARY}", base64.b64encode(f"\x01 {CANARY} 見本見本見本".encode()).decode(), "{}"],
)
def test_a_field_that_is_not_sealed_is_noticed(city: LivedIn, kind: str, value: str) -> None:
    """The control."""
    [field] = keyring.FIELDS[kind]
    record = next(keyring.everything(city.services, kind))
    planted = Record(kind, "X-planted", {**record.data, field: value})
    city.services.store.commit([Create(planted)])
    assert _faults(city) == [f"{kind}/{field}"]


def test_every_file_about_a_person_is_sealed(city: LivedIn) -> None:
    batch = keep_waiting_import(city.services)
    files = [(attachments.file_key(each.id), "attachment", each.id)
             for each in keyring.everything(city.services, "attachment")]  # fmt: skip
    files.append((batches.file_key(batch), "batch_input", batch))
    assert len(files) == 3
    for key, kind, id in files:
        closed = city.services.private.get(key)
        assert closed is not None
        assert sealed.unseal(city.services.secrets.data_key, kind, id, closed)


def test_every_open_text_about_a_person_is_known_by_name() -> None:
    found = {
        (kind, name)
        for kind, record in RECORDS.items()
        for name, field in record.fields.items()
        if field.personal and not field.sealed and field.type.startswith("str")
    }
    known: set[Any] = set().union(*OPEN.values())
    assert found == known
