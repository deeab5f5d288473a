"""One person lets another act for her, each in a Chromium of her own: from the code to the end,
by keyboard, in three languages, on three widths."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.parts import node
from tests.parts.applying import ANSWERS
from tests.parts.city import City
from tests.parts.payer import CASHIER, csv, row
from tests.parts.resident import logged_in
from todoke import assemble
from todoke.journeys import address, apply, bills, mandates


def draft() -> dict[str, Any]:
    """As the page keeps it on the device, right before it is sent."""
    return {
        "procedure": "jt-nintei",
        "version": "2026-11",
        "answers": ANSWERS,
        "files": [],
        "at": "check",
        "account": None,
        "tried": False,
    }


@pytest.mark.real
def test_a_code_is_told_looked_at_accepted_and_the_mandate_ended(tmp_path: Path) -> None:
    with City.start(tmp_path / "city") as city:
        services = assemble.local(city.data, city.url)
        hanako = logged_in(services, number="0000000021", name="見本 はなこ")
        jiro = logged_in(services, number="0000000022", name="見本 じろう")
        line = row("E-1", "0000000021", due=bills.today(services).isoformat())
        ((_, bill),) = bills.import_csv(services, CASHIER, csv(line)).taken
        job = {
            "url": city.url,
            "profiles": [str(tmp_path / each) for each in ("principal", "agent")],
            "principal": hanako.cookie,
            "agent": jiro.cookie,
            "scope": ["お知らせを読む", "申請を出す", "請求を払う"],
            "draft": draft(),
        }
        seen = node.see("tests/e2e/mandates.mjs", job, seconds=400)
        assert seen.pop("troubles") == []
        assert mandates.of_resident(services, hanako.resident) == []
        assert bills.opened(services, bills.own(services, hanako.resident, bill)).state == "paid"
        told = address.of_resident(services, hanako.resident).records
        assert "bill_paid_by_agent" in {each.data["kind"] for each in told}
        (filed,) = apply.list_own(services, hanako.resident).records
        assert apply.list_own(services, jiro.resident).records == []
        assert (filed.id, filed.data["agent"]) == (seen.pop("number"), jiro.resident)
    assert seen == {"wrong": "problems", "before": True, "after": 403}
