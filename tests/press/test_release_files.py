"""What a release holds for machines: open data, the app's facts, the worker, the sitemap."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from xml.etree import ElementTree

from tests.press.conftest import TODAY, press_of
from todoke.core.catalogue import Catalogue


def test_open_data_carries_date_confidence_and_evidence_of_every_fact(
    release: Mapping[str, bytes],
) -> None:
    data = json.loads(release["catalogue.json"])
    assert len(data["procedures"]) == 85
    for each in data["procedures"]:
        assert re.fullmatch(r"20\d\d-(?:0[1-9]|1[0-2])", each["as_of"])
        assert each["confidence"] in ("high", "medium", "low")
        assert each["evidence"] in ("seen", "list", "memory")
        assert each["url"].startswith("https://city.minatono.example/procedures/")
    known = {each["id"] for each in data["sources"]}
    assert {source for each in data["procedures"] for source in each.get("sources", [])} <= known


def test_the_phone_learns_topics_areas_and_nineteen_school_years(
    release: Mapping[str, bytes],
) -> None:
    data = json.loads(release["app.json"])
    assert data["cohorts"][0] == {"id": 2026, "from": "2026-04-02", "to": "2027-04-01"}
    assert len(data["cohorts"]) == 19
    assert data["topics"][0]["id"] == "allowance"
    sensitive = {each["id"] for each in data["topics"] if each["sensitive"]}
    assert {"single_parent", "disability"} <= sensitive
    assert len(data["vapid"]) == 87  # 65 bytes in base64url without padding
    assert data["vapid"].startswith("B")  # 0x04: an uncompressed point


def test_the_sitemap_lists_pages_for_search_engines_only(release: Mapping[str, bytes]) -> None:
    root = ElementTree.fromstring(release["sitemap.xml"])
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    places = [each.text or "" for each in root.findall("s:url/s:loc", space)]
    assert len(places) == len(set(places)) > 250
    assert "https://city.minatono.example/easy/procedures/jt-nintei.html" in places
    assert not [
        each for each in places if each.endswith(("404.html", "inbox.html", "offline.html"))
    ]


def test_the_manifest_points_to_icons_that_exist(release: Mapping[str, bytes]) -> None:
    manifest = json.loads(release["manifest.webmanifest"])
    for icon in manifest["icons"]:
        body = release[icon["src"].removeprefix("/")]
        if icon["type"] == "image/png":
            width = int.from_bytes(body[16:20], "big")
            assert icon["sizes"] == f"{width}x{width}"
    assert {each["purpose"] for each in manifest["icons"]} == {"any", "maskable"}
    assert manifest["start_url"].removeprefix("/") in release


def test_the_worker_keeps_only_addresses_that_exist(release: Mapping[str, bytes]) -> None:
    worker = release["sw.js"].decode()
    assert "/*" not in worker.replace("*/*", "")
    found = json.loads(re.search(r"const PRECACHE=(\[.*?\]);", worker, re.S)[1])  # type: ignore[index]
    assert len(found) > 20
    assert {each.removeprefix("/") for each in found} <= set(release)
    assert re.search(r'const RELEASE="[0-9a-f]{12}";', worker)


def test_the_number_of_a_release_changes_with_any_word_of_any_page(
    release: Mapping[str, bytes], site: Mapping[str, bytes], city: Catalogue
) -> None:
    path = "locales/en/site.yaml"
    other = {**site, path: site[path].replace(b"There is no such page", b"No such page")}
    changed = press_of(other).site(city, TODAY)
    assert {each for each in changed if changed[each] != release.get(each)} == {
        "en/404.html",
        "sw.js",
    }


def test_modules_import_each_other_by_their_hashed_names(release: Mapping[str, bytes]) -> None:
    modules = {path: body.decode() for path, body in release.items() if path.endswith(".js")}
    seen = 0
    for path, text in modules.items():
        if path.startswith("assets/"):
            for found in re.findall(r"""(?:\bfrom|\bimport\(?)["'](/assets/[^"']+)["']""", text):
                seen += 1
                assert found.removeprefix("/") in release, (path, found)
    assert seen > 10


def test_the_same_files_give_the_same_bytes(
    release: Mapping[str, bytes], site: Mapping[str, bytes], city: Catalogue
) -> None:
    again = press_of(dict(reversed(list(site.items())))).site(city, TODAY)
    assert {path for path in again if again[path] != release[path]} == set()
    assert set(again) == set(release)


def test_no_word_of_the_machine_that_made_it_gets_into_a_page(release: Mapping[str, bytes]) -> None:
    for path, body in release.items():
        assert not re.search(rb"/(?:work|tmp|root|home)/|seed00|public repo|stored cop", body), path


def test_the_amounts_are_published_with_their_law_and_date(release: Mapping[str, bytes]) -> None:
    benefits = json.loads(release["benefits.json"])["benefits"]
    assert len(benefits) == 5
    for benefit in benefits:
        for period in (*benefit["versions"], *benefit["limits"]):
            for name in ("from", "law", "confidence"):
                assert period[name], (benefit["id"], name)
            assert bool(period["verified_until"]) == bool(period["sources"]), benefit["id"]


def test_the_questions_of_the_rules_are_published_with_readings(
    release: Mapping[str, bytes], city: Catalogue
) -> None:
    facts = json.loads(release["facts.json"])["facts"]
    assert [each["name"] for each in facts] == list(city.facts)
    found = {each["name"]: each for each in facts}
    assert found["child.insured"]["question"]["easy"].startswith("[子|こ]どもは ")
    assert found["person.pension_category"]["most"] == 3
    assert found["child.grade_or_below"]["ordered"] is True
    assert found["child.age_years"]["derived_from"] == "child.birth_date"
    assert found["resident.prefecture"]["choices"][12]["label"]["en"] == "Tokyo"
