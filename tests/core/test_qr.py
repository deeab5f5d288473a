"""QR codes: read back by a reader that was written apart from what draws them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as some

from todoke.core import handover, qr

READER = Path(__file__).parents[1] / "js/qr_reader.mjs"
TEXTS = some.text(some.characters(min_codepoint=32, max_codepoint=126), max_size=qr.MOST)
#: each just fills a version, 1 to 10
LENGTHS = (1, 14, 26, 42, 62, 84, 106, 122, 152, 180, 213)


def read(pictures: list[list[list[int]]]) -> list[str]:
    """What is in them, by tests/js/qr_reader.mjs."""
    script = f'''import {{ readQr }} from "{READER.as_uri()}";
    import {{ readFileSync }} from "node:fs";
    console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(readQr)));'''
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        input=json.dumps(pictures),
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def test_every_size_is_read_back() -> None:
    texts = [("otpauth://totp/" + "abc" * 80)[:length] for length in LENGTHS]
    found = [qr.matrix(each) for each in texts]
    assert read([[[int(bit) for bit in row] for row in each or []] for each in found]) == texts


def test_the_picture_of_a_phone_has_its_quiet_zone() -> None:
    rows = handover.picture("https://city.example/allow.html#abc")
    plain = [[int(each) for each in row[qr.QUIET : -qr.QUIET]] for row in rows]
    assert read([plain[qr.QUIET : -qr.QUIET]]) == ["https://city.example/allow.html#abc"]
    edge = {*rows[: qr.QUIET], *rows[-qr.QUIET :]}
    assert edge == {"0" * len(rows)}
    assert {len(each) for each in rows} == {len(rows)}


def test_what_does_not_fit_is_not_drawn() -> None:
    assert qr.matrix("a" * qr.MOST) is not None
    assert qr.matrix("a" * (qr.MOST + 1)) is None


@settings(max_examples=20)
@given(TEXTS)
def test_the_path_covers_exactly_the_dark_modules(text: str) -> None:
    found = qr.matrix(text or "-")
    assert found is not None
    dark = set()
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", qr.path(found)):
        dark |= {(int(x) + at - qr.QUIET, int(y) - qr.QUIET) for at in range(int(length))}
    assert dark == {(x, y) for y, row in enumerate(found) for x, value in enumerate(row) if value}
