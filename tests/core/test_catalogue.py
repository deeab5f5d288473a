"""Files of site/ that are wrong in one way each: the error names file, field, rule, next step."""

from __future__ import annotations

import re

import pytest

from todoke.core.catalogue import parse
from todoke.core.errors import TodokeError

TOPIC = b"""
id: allowance
name: {ja: a, easy: b, en: c}
about: {ja: a, easy: b, en: c}
often: {ja: a, easy: b, en: c}
"""
EVENT = b"""
id: born
icon: birth
name: {ja: a, easy: b, en: c}
about: {ja: a, easy: b, en: c}
procedures: [claim]
"""
LAW = "legal_basis: [母子保健法13条]".encode()
CLAIM = b"""
id: claim
category: allowance
topic: allowance
name: {ja: "\xe8\xab\x8b\xe6\xb1\x82", en: claim}
kana: "\xe3\x81\x9b\xe3\x81\x84\xe3\x81\x8d\xe3\x82\x85\xe3\x81\x86"
who: everybody
deadline: {kind: none}
documents:
  - name: form
result: {kind: one_time}
online: {possible: "no", signature: counter}
legal_basis: [law]
sources: [seen]
confidence: high
as_of: 2026-04
evidence: seen
""".replace(b"legal_basis: [law]", LAW)
SITE = {
    "topics/allowance.yaml": TOPIC,
    "events/born.yaml": EVENT,
    "procedures/claim.yaml": CLAIM,
    "areas.yaml": b"areas: [{id: kita, name: {ja: a, easy: b, en: c}}]",
    "sources.yaml": b"sources: [{id: seen, title: page, url: https://example.jp/, date: 2026-04}]",
}


def refusal(path: str, old: bytes, new: bytes) -> dict[str, object]:
    """Details of the error after one replacement in one file."""
    assert old in SITE[path]
    with pytest.raises(TodokeError) as caught:
        parse({**SITE, path: SITE[path].replace(old, new, 1)})
    assert caught.value.code == "site_file_invalid"
    return caught.value.details


def test_the_small_site_is_read() -> None:
    found = parse(SITE)
    claim = found.procedures["claim"]
    assert claim.name == {"ja": "請求", "en": "claim"}
    assert claim.as_of == "2026-04"
    assert claim.certain
    assert found.events_of("claim") == [found.events["born"]]
    assert found.of_topic("allowance") == [claim]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"evidence: seen", b"evidence: list"),
        (b"confidence: high", b"confidence: medium"),
        (b"confidence: high", b"confidence: low"),
    ],
)
def test_only_what_was_seen_with_high_confidence_is_certain(old: bytes, new: bytes) -> None:
    site = {**SITE, "procedures/claim.yaml": CLAIM.replace(old, new)}
    assert not parse(site).procedures["claim"].certain


def test_an_unknown_field_names_the_nearest_one() -> None:
    details = refusal("procedures/claim.yaml", b"confidence:", b"confidense:")
    assert details["file"] == "site/procedures/claim.yaml"
    assert str(details["field"]).startswith("confidense (line ")
    assert details["next"] == "did you mean confidence?"


def test_an_unknown_field_inside_another_is_named_by_its_whole_path() -> None:
    details = refusal("procedures/claim.yaml", b"{kind: none}", b"{kind: none, mement: x}")
    assert str(details["field"]).startswith("deadline.mement (line 8)")
    assert details["next"] == "did you mean moments?"


@pytest.mark.parametrize(
    ("old", "new", "field", "rule"),
    [
        (b"name: form", b"{name: f, omitted: true, ground: why}", "documents[1].by", "legal"),
        (b"name: form", b"{name: f, omitted: true, by: link}", "documents[1].ground", "legal"),
        (b"name: form", b"{name: f, omitted: true, by: law}", "documents[1].by", "known"),
    ],
)
def test_a_paper_that_need_not_be_brought_without_a_ground_does_not_publish(
    old: bytes, new: bytes, field: str, rule: str
) -> None:
    details = refusal("procedures/claim.yaml", old, new)
    assert str(details["field"]).startswith(field)
    assert rule in str(details["rule"])


def test_amounts_without_a_date_do_not_publish() -> None:
    claim = CLAIM.replace(b"one_time}", b"one_time, amounts: ['1']}").replace(
        b"as_of: 2026-04", b""
    )
    with pytest.raises(TodokeError) as caught:
        parse({**SITE, "procedures/claim.yaml": claim})
    assert str(caught.value.details["field"]).startswith("as_of")


def from_memory(confidence: bytes) -> bytes:
    claim = CLAIM.replace(b"sources: [seen]\n", b"").replace(b"evidence: seen", b"evidence: memory")
    return claim.replace(b"confidence: high", b"confidence: " + confidence)


def test_what_nobody_has_seen_rests_on_the_law_alone() -> None:
    site = {**SITE, "procedures/claim.yaml": from_memory(b"medium")}
    assert parse(site).procedures["claim"].sources == ()


@pytest.mark.parametrize("sources", [b"", b"sources: [seen]\n"])
def test_nobody_is_very_sure_of_what_nobody_has_read(sources: bytes) -> None:
    """「確かさ: 高い」 beside 「公表資料での確認はこれから」 would be two things at once."""
    with pytest.raises(TodokeError) as caught:
        parse({**SITE, "procedures/claim.yaml": from_memory(b"high") + sources})
    assert caught.value.code == "site_file_invalid"
    assert caught.value.details["field"] == "confidence"
    assert "write confidence: medium" in str(caught.value.details["next"])


def test_an_amount_that_names_no_page_is_of_medium_confidence_at_most() -> None:
    sure = b"""
benefits:
  - id: ninpu_shien_kyufu
    name: {ja: a}
    law: b
    paid_once: true
    versions:
      - {from: 2026-04, law: l, verified_until: 2027-03, confidence: high,
         amounts: {recognition: 50000, fetus: 50000}}
"""
    unseen = sure.replace(b"high", b"medium").replace(b" verified_until: 2027-03,", b"")
    parse({**SITE, "benefits.yaml": unseen})
    with pytest.raises(TodokeError) as caught:
        parse({**SITE, "benefits.yaml": sure})
    assert str(caught.value.details["field"]).startswith("benefits[1].versions[1].confidence")
    assert "add sources:" in str(caught.value.details["next"])


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (b"who: everybody\n", "who"),
        (b"deadline: {kind: none}\n", "deadline"),
        (b"confidence: high\n", "confidence"),
        (b"as_of: 2026-04\n", "as_of"),
        (b"result: {kind: one_time}\n", "result"),
        (b"id: claim\n", "id"),
    ],
)
def test_a_missing_field_is_named(line: bytes, field: str) -> None:
    details = refusal("procedures/claim.yaml", line, b"")
    assert str(details["field"]).startswith(field)
    assert "filled in" in str(details["rule"])


@pytest.mark.parametrize(
    ("old", "new", "field", "rule"),
    [
        (b"who: everybody", b"who: [a]", "who", "fields written as"),
        (b"who: everybody", b"who: ''", "who", "filled in|text of"),
        (b"who: everybody", b"who: 12", "who", "fields written as"),
        (b"documents:\n  - name: form", b"documents: form", "documents", "a list"),
        (LAW, b"legal_basis: [1]", "legal_basis[1]", "text"),
        (b"kind: none", b"kind: nome", "deadline.kind", "not a known value"),
        (b"kind: one_time", b"kind: onetime", "result.kind", "not a known value"),
        (b"as_of: 2026-04", b"as_of: 2026-13", "as_of", "YYYY-MM"),
        (b"as_of: 2026-04", b"as_of: April", "as_of", "YYYY-MM"),
        (b"confidence: high", b"confidence: sure", "confidence", "not a known value"),
        (b"id: claim", b"id: Claim!", "id", "a-z"),
        (b"\xe3\x81\x9b\xe3\x81\x84", b"\xe8\xab\x8b", "kana", "hiragana"),
        (b"who: everybody", b"who: {ja: a, fr: b}", "who.fr", "unknown field"),
        (b"who: everybody", b"who: {en: b}", "who.ja", "filled in"),
        (b"evidence: seen", b"evidence: seen\nended: 'yes'", "ended", "true or false"),
        (
            b"evidence: seen",
            b"evidence: seen\neffective_from: 2026-02-30",
            "effective_from",
            "exists",
        ),
        (b"evidence: seen", b"evidence: seen\neffective_from: 2026-4-1", "effective_from", "date"),
        (b"{kind: none}", b"{kind: annual_window, from_md: 06-01}", "deadline.from_md", "to_md"),
        (
            b"{kind: none}",
            b"{kind: annual_window, from_md: 06-01, to_md: 06-31}",
            "deadline.to_md",
            "exists",
        ),
        (
            b"{kind: none}",
            b"{kind: relative, moments: [child_birth]}",
            "deadline.moments",
            "how long",
        ),
        (b"{kind: none}", b"{kind: statute}", "deadline.length", "length"),
        (
            b"{kind: none}",
            b"{kind: none, moments: [birth]}",
            "deadline.moments",
            "not a known moment",
        ),
        (
            b"{kind: none}",
            b"{kind: statute, length: {amount: 0, unit: year}}",
            "deadline.length.amount",
            "1 to",
        ),
        (
            b"{kind: none}",
            b"{kind: statute, length: {amount: 2, unit: week}}",
            "deadline.length.unit",
            "known",
        ),
        (b"evidence: seen", b"evidence: seen\neligibility: {some: []}", "eligibility", "rule"),
        (
            b"evidence: seen",
            b"evidence: seen\neligibility: {all: [{fact: a, op: is, value: 1}]}",
            "eligibility",
            "rule",
        ),
    ],
)
def test_a_wrong_value_names_its_field_and_rule(
    old: bytes, new: bytes, field: str, rule: str
) -> None:
    details = refusal("procedures/claim.yaml", old, new)
    assert str(details["field"]).split(" ")[0].startswith(field), details
    assert re.search(rule, str(details["rule"])), details
    assert details["next"]


@pytest.mark.parametrize(
    ("path", "old", "new", "near"),
    [
        ("procedures/claim.yaml", b"topic: allowance", b"topic: alowance", "allowance"),
        ("procedures/claim.yaml", b"sources: [seen]", b"sources: [sean]", "seen"),
        ("procedures/claim.yaml", b"evidence: seen", b"evidence: seen\nnext: [clame]", "claim"),
        ("events/born.yaml", b"[claim]", b"[clam]", "claim"),
    ],
)
def test_a_reference_to_nothing_names_the_nearest_thing(
    path: str, old: bytes, new: bytes, near: str
) -> None:
    details = refusal(path, old, new)
    assert details["file"] == f"site/{path}"
    assert "does not exist" in str(details["rule"])
    assert details["next"] == f"did you mean {near}?"


def test_the_id_must_be_the_name_of_the_file() -> None:
    details = refusal("procedures/claim.yaml", b"id: claim", b"id: other")
    assert details["next"] == "rename the file to other.yaml"


def test_two_entries_of_a_list_cannot_share_an_id() -> None:
    area = b"{id: kita, name: {ja: a, easy: b, en: c}}"
    details = refusal("areas.yaml", area, area + b", " + area)
    assert str(details["field"]).startswith("areas[2].id")
    assert "twice" in str(details["rule"])


def test_names_people_choose_by_stand_in_every_language() -> None:
    details = refusal("topics/allowance.yaml", b"name: {ja: a, easy: b, en: c}", b"name: {ja: a}")
    assert details["next"] == "add name.easy: …"


@pytest.mark.parametrize(
    "name", ["procedures/claim.yml", "procedures/old/claim.yaml", "topics/a.txt"]
)
def test_a_stray_file_is_named(name: str) -> None:
    with pytest.raises(TodokeError) as caught:
        parse({**SITE, name: CLAIM})
    assert caught.value.details["file"] == f"site/{name}"


@pytest.mark.parametrize("path", ["areas.yaml", "sources.yaml", "topics/allowance.yaml"])
def test_a_missing_file_is_named(path: str) -> None:
    with pytest.raises(TodokeError) as caught:
        parse({name: body for name, body in SITE.items() if name != path})
    assert str(caught.value.details["file"]) in (f"site/{path}", "site/topics")


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({LAW + b"\n": b"", b"sources: [seen]\n": b""}, "a law or on a source"),
        ({b"sources: [seen]\n": b""}, "the page that was read"),
        (
            {b"sources: [seen]\n": b"", b"evidence: seen": b"evidence: list"},
            "the page that was read",
        ),
    ],
)
def test_a_page_without_a_source_does_not_publish(changes: dict[bytes, bytes], rule: str) -> None:
    claim = CLAIM
    for old, new in changes.items():
        assert old in claim
        claim = claim.replace(old, new)
    with pytest.raises(TodokeError) as caught:
        parse({**SITE, "procedures/claim.yaml": claim})
    assert rule in str(caught.value.details["rule"])
    assert caught.value.details["field"] == "sources"


def test_a_rule_that_names_an_unknown_fact_does_not_publish() -> None:
    rule = b"evidence: seen\neligibility: {all: [{fact: child.hight, op: lt, value: 1}]}"
    details = refusal("procedures/claim.yaml", b"evidence: seen", rule)
    assert details["field"] == "eligibility.all[1].fact"
    assert "no fact of site/facts.yaml" in str(details["rule"])


@pytest.mark.parametrize("field", [b"from: 2026-04, ", b"verified_until: 2027-03, ", b"law: 5, "])
def test_an_amount_without_date_or_law_does_not_publish(field: bytes) -> None:
    whole = b"""
benefits:
  - id: ninpu_shien_kyufu
    name: {ja: a}
    law: b
    paid_once: true
    versions:
      - {from: 2026-04, law: '5', verified_until: 2027-03, confidence: high, sources: [seen],
         amounts: {recognition: 50000, fetus: 50000}}
""".replace(b"'5'", b"5 jo")
    given = field.replace(b"law: 5", b"law: 5 jo")
    assert given in whole
    parse({**SITE, "benefits.yaml": whole})
    with pytest.raises(TodokeError) as caught:
        parse({**SITE, "benefits.yaml": whole.replace(given, b"")})
    name = field.split(b":")[0].decode()
    assert str(caught.value.details["field"]).startswith(f"benefits[1].versions[1].{name}")
    assert "filled in" in str(caught.value.details["rule"])


def test_facts_without_their_month_do_not_publish() -> None:
    details = refusal("procedures/claim.yaml", b"as_of: 2026-04\n", b"")
    assert str(details["field"]).startswith("as_of")


@pytest.mark.parametrize(
    "reminders",
    [b"[{md: 02-30}]", b"[{offset_days: 3}]", b"[{event: x}]", b"[{event: x, offset_days: a}]",
     b"[{md: 06-01, event: x}]", b"soon", b"[{when: x}]"],
)  # fmt: skip
def test_a_reminder_that_names_no_day_is_refused(reminders: bytes) -> None:
    details = refusal(
        "procedures/claim.yaml", b"evidence: seen", b"evidence: seen\nreminders: " + reminders
    )
    assert str(details["field"]).startswith("reminders")


def test_a_relative_source_address_is_refused() -> None:
    details = refusal("sources.yaml", b"https://example.jp/", b"javascript:alert(1)")
    assert str(details["field"]).startswith("sources[1].url")


@pytest.mark.parametrize(
    "number",
    ["123456789018", "1234-5678-9018", "１２３４５６７８９０１８"],
)
def test_text_with_a_valid_my_number_is_refused_without_repeating_it(number: str) -> None:
    details = refusal("procedures/claim.yaml", b"who: everybody", f"who: 'x {number} y'".encode())
    assert "My Number" in str(details["rule"])
    assert str(details["field"]).startswith("who")
    assert number not in str(details)


def test_twelve_digits_that_are_no_my_number_are_kept() -> None:
    site = {**SITE, "procedures/claim.yaml": CLAIM.replace(b"everybody", b"x 123456789012 y")}
    assert parse(site).procedures["claim"].who["ja"] == "x 123456789012 y"
