"""あなたの情報 in a real Chromium: read in three languages, corrected, and the account erased."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.parts import node
from tests.parts.city import City
from tests.parts.resident import logged_in
from todoke import assemble
from todoke.journeys import residents, session


@pytest.mark.real
def test_a_person_reads_corrects_and_erases(tmp_path: Path) -> None:
    with City.start(tmp_path / "city") as city:
        services = assemble.local(city.data, city.url)
        residents.demonstration(services)
        person = logged_in(services)
        job = {
            "url": city.url,
            "profile": str(tmp_path / "profile"),
            "cookie": person.cookie,
            "shots": os.environ.get("SHOTS", ""),
        }
        seen = node.see("tests/e2e/my_data.mjs", job, seconds=240)
        assert session.find(services, person.token) is None
        filed = services.store.find("applications_by_resident", person.resident).records
    assert seen.pop("troubles") == []
    assert seen == {
        "named": True,
        "kinds": True,
        "kept": "My address",
        "focus": "problems",
        "filed": True,
        "years": True,
        "basis": True,
        "mandates": True,
        "after": 401,
    }
    assert [each.data["procedure"] for each in filed] == ["correction"]
