"""QR codes: the modules that an independent program drew, and read back by the standard."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from todoke.core import qr
from todoke.core.qr import Matrix

#: length -> beginning of SHA-256 over the modules. Compared module by module with segno (PyPI,
#: BSD) at the same mask on 2026-11-23; each length just fills a version, 1 to 10
KNOWN = {
    14: "ff942ccc2c48247a",
    26: "c3e2efb8f86c2d70",
    42: "3d2e798a21dab08e",
    62: "ec17c12b5d852d0b",
    84: "bdd5bb137b8991eb",
    106: "0d1bd0eac69e6e45",
    122: "47bd0b4ea306ab71",
    152: "be6df6a7437cf8c1",
    180: "3ece6624f8793ca8",
    213: "4572f684921160c0",
}
TEXTS = some.text(some.characters(min_codepoint=32, max_codepoint=126), max_size=213)


@pytest.mark.parametrize("length", KNOWN)
def test_every_version_is_drawn_as_an_independent_program_draws_it(length: int) -> None:
    found = qr.matrix(("otpauth://totp/" + "abc" * 80)[:length])
    assert found is not None
    bits = "".join("01"[value] for row in found for value in row)
    assert hashlib.sha256(bits.encode()).hexdigest()[:16] == KNOWN[length]


@settings(max_examples=60)
@given(TEXTS)
def test_what_was_drawn_is_read_back(text: str) -> None:
    found = qr.matrix(text)
    assert found is not None
    assert read(found) == text


def test_what_does_not_fit_is_not_drawn() -> None:
    assert qr.matrix("a" * 213) is not None
    assert qr.matrix("a" * 214) is None


@settings(max_examples=20)
@given(TEXTS)
def test_the_path_covers_exactly_the_dark_modules(text: str) -> None:
    found = qr.matrix(text)
    assert found is not None
    dark = set()
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", qr.path(found)):
        dark |= {(int(x) + at - qr.QUIET, int(y) - qr.QUIET) for at in range(int(length))}
    assert dark == {(x, y) for y, row in enumerate(found) for x, value in enumerate(row) if value}


# ------------------------------------------------------------- a reader, for this test alone
def read(found: Matrix) -> str:
    """By the mask that the format names, without any correction: nothing was damaged."""
    size = len(found)
    version = (size - 17) // 4
    bits = [found[8][size - 1 - at] for at in range(8)]
    bits += [found[size - 15 + at][8] for at in range(8, 15)]
    said = sum(bit << at for at, bit in enumerate(bits)) ^ 0x5412
    assert remainder(said, 0x537) == 0
    assert said >> 13 == 0  # level M
    _, fixed = qr._patterns(version)
    plain = qr._masked(found, fixed, said >> 10 & 7)
    stream = [plain[y][x] for x, y in qr._way(fixed)]
    words = [
        reduce(lambda a, b: a << 1 | b, stream[at : at + 8], 0)
        for at in range(0, len(stream) // 8 * 8, 8)
    ]
    text = "".join(f"{each:08b}" for each in joined(words, version))
    assert text[:4] == "0100"
    long = 16 if version == 10 else 8
    length = int(text[4 : 4 + long], 2)
    body = text[4 + long : 4 + long + 8 * length]
    return bytes(int(body[at : at + 8], 2) for at in range(0, len(body), 8)).decode()


def joined(words: Sequence[int], version: int) -> list[int]:
    """The data of all blocks in their order; every block must be a code word of the field."""
    number, shapes = qr._BLOCKS[version - 1]
    lengths = [length for count, length in shapes for _ in range(count)]
    blocks: list[list[int]] = [[] for _ in lengths]
    left = iter(words)
    for at in range(max(lengths)):
        for block, length in zip(blocks, lengths, strict=True):
            if at < length:
                block.append(next(left))
    for _ in range(number):
        for block in blocks:
            block.append(next(left))
    for block in blocks:
        for power in range(number):  # zero at every root of the generator
            value = 0
            for each in block:
                value = times(value, alpha(power)) ^ each
            assert value == 0
    return [each for block, length in zip(blocks, lengths, strict=True) for each in block[:length]]


def remainder(value: int, divisor: int) -> int:
    while value.bit_length() >= divisor.bit_length():
        value ^= divisor << (value.bit_length() - divisor.bit_length())
    return value


def alpha(power: int) -> int:
    return reduce(lambda a, _: remainder(a << 1, 0x11D), range(power), 1)


def times(a: int, b: int) -> int:
    product = 0
    for bit in range(8):
        if b >> bit & 1:
            product ^= a << bit
    return remainder(product, 0x11D)
