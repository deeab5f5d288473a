"""Two bills paid in a real Chromium: one without any script, one with; every page of it is
accessible at three widths and in three languages."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.parts.city import City
from tests.parts.payer import YEN, csv, row
from tests.parts.resident import logged_in
from todoke import assemble
from todoke.journeys import bills
from todoke.web import guard

ROOT = Path(__file__).parents[2]


@pytest.mark.real
def test_a_bill_is_paid_with_and_without_a_script_on_accessible_pages(
    tmp_path: Path,
) -> None:
    with City.start(tmp_path / "data") as city:
        services = assemble.local(city.data, city.url)
        session = logged_in(services)
        due = bills.today(services).isoformat()
        file = csv(row("E-1", due=due), row("E-2", due=due))
        ids = [id for _, id in bills.import_csv(services, "S-demo-cashier", file).taken]
        job = {
            "url": city.url,
            "profile": str(tmp_path / "profile"),
            "cookie": {"name": guard.session_cookie(services), "value": session.token},
            "bills": ids,
        }
        done = subprocess.run(
            ["node", "tests/e2e/pay.mjs"],
            cwd=ROOT,
            input=json.dumps(job),
            stdout=subprocess.PIPE,
            text=True,
            timeout=150,
            check=True,
        )
        seen = json.loads(done.stdout.splitlines()[-1])
        assert seen["troubles"] == []
        for way, id in (("without", ids[0]), ("scripted", ids[1])):
            expected = {"led": True, "back": f"/bills/{id}/back", "end": f"/bills/{id}"}
            assert seen[way] == expected, way
            lines = sorted((each.entry, each.yen) for each in bills.ledger(services, id))
            assert lines == [("billed", YEN), ("paid", -YEN)]
