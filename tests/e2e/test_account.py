"""あなたのアカウント in a real Chromium: ways in renamed, added and removed (the card by the name
of its button), the card asked for and back to the same place, logged out everywhere, the last way
in taken out after a warning; by keyboard alone."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.parts.city import City
from todoke import assemble
from todoke.journeys import residents, session
from todoke.ports import Replace, Services

ROOT = Path(__file__).parents[2]


@pytest.mark.real
def test_a_person_keeps_her_account_in_order(tmp_path: Path) -> None:
    with City.start(tmp_path / "city", card=True) as city:
        services = assemble.local(city.data, city.url)
        job = {
            "url": city.url,
            "bridge": city.bridge,
            "profile": str(tmp_path / "chromium"),
            "code": city.ask("residents", "demo")["code"],
            "age": str(tmp_path / "age"),
        }
        running = subprocess.Popen(
            ["node", "tests/e2e/account.mjs"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert running.stdin is not None
        running.stdin.write(json.dumps(job))
        running.stdin.close()
        running.stdin = None
        asked = tmp_path / "age"
        while running.poll() is None:
            if asked.exists():
                _let_time_pass(services)
                code = city.ask("residents", "demo")["code"]
                asked.with_suffix(".code").write_text(code)
                asked.unlink()
            time.sleep(0.1)
        said, _ = running.communicate()
    seen = json.loads(said.splitlines()[-1])
    assert seen.pop("troubles") == []
    # a card adds a way in; a passkey more; one is taken away, then the card
    ways = ("begun", "withCard", "added", "removed", "left")
    assert [seen.pop(each) for each in ways] == [1, 2, 3, 2, 1]
    assert seen == {
        "login": "/login.html?next=%2Faccount.html",
        "named": True,
        "renamed": "みほんの スマホ",
        "stepUp": "/en/login.html?need=card&next=%2Fen%2Fhistory.html",
        "fresh": "/login.html?need=fresh&next=%2Faccount.html%23proved",
        "cardAsked": "やめる",
        "cardListed": 1,
        "cardGone": True,
        "asked": "no",
        "after": 401,
        "nameAfter": False,
        # another passkey joins the account, the older one goes; then the last one, asked twice
        "joined": 2,
        "warned": True,
        "warnedAt": "no",
        "stillThere": 200,
        "notMeant": 1,
        "lastGone": 401,
        "lastAt": "headline",
    }


def _let_time_pass(services: Services) -> None:
    """Every session of the demonstration was opened so long ago that its proof is old."""
    person = services.store.get("resident", residents.demonstration(services).id)
    assert person is not None
    for each in services.store.find("sessions_by_account", str(person.data["account"])).records:
        at = int(str(each.data["created_at"])) - session.FRESH_SECONDS - 1
        services.store.commit([Replace(replace(each, data={**each.data, "created_at": at}))])
