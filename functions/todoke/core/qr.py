"""A QR code (ISO/IEC 18004, model 2) of a short text: byte mode, correction level M, versions 1 to
10. Pure, so that a page can show one where no network is and no library has to be trusted with a
secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Matrix = list[list[bool]]

#: version -> (correction words of a block, [(blocks, data words of each)]), level M (table 9)
_BLOCKS: tuple[tuple[int, tuple[tuple[int, int], ...]], ...] = (
    (10, ((1, 16),)),
    (16, ((1, 28),)),
    (26, ((1, 44),)),
    (18, ((2, 32),)),
    (24, ((2, 43),)),
    (16, ((4, 27),)),
    (18, ((4, 31),)),
    (22, ((2, 38), (2, 39))),
    (22, ((3, 36), (2, 37))),
    (26, ((4, 43), (1, 44))),
)
#: version -> rows and columns of the centres of alignment patterns (annex E)
_ALIGNED: tuple[tuple[int, ...], ...] = (
    (),
    (6, 18),
    (6, 22),
    (6, 26),
    (6, 30),
    (6, 34),
    (6, 22, 38),
    (6, 24, 42),
    (6, 26, 46),
    (6, 28, 50),
)
#: quiet zone around the picture, in modules (section 9.1)
QUIET = 4
_BYTE_MODE = 0b0100
#: from this version on the length has 16 bits, and from the next constant on the picture names its
#: version
_LONG, _NAMED = 10, 7
#: the field of the correction words: x^8 + x^4 + x^3 + x^2 + 1 (section 7.5.2)
_FIELD = 0x11D


def matrix(text: str) -> Matrix | None:
    """The modules, row by row, True for dark, without the quiet zone; None for a text too long."""
    data = text.encode("utf-8")
    for version in range(1, len(_BLOCKS) + 1):
        words = _words(data, version)
        if words is not None:
            return _drawn(version, _with_correction(words, version))
    return None


def path(found: Matrix) -> str:
    """The dark modules as the ``d`` of an SVG path, one unit a module, after the quiet zone."""
    parts = []
    for y, row in enumerate(found):
        x = 0
        while x < len(row):
            length = 0
            while x + length < len(row) and row[x + length]:
                length += 1
            if length:
                parts.append(f"M{x + QUIET} {y + QUIET}h{length}v1h-{length}z")
            x += length or 1
    return "".join(parts)


# ------------------------------------------------------------------------------- the words
def _words(data: bytes, version: int) -> list[int] | None:
    """Mode, length, data, end and padding (section 7.4); None where it does not fit."""
    room = sum(blocks * words for blocks, words in _BLOCKS[version - 1][1])
    length_bits = 16 if version >= _LONG else 8
    if 4 + length_bits + 8 * len(data) > 8 * room:
        return None
    bits = f"{_BYTE_MODE:04b}{len(data):0{length_bits}b}" + "".join(f"{each:08b}" for each in data)
    bits += "0" * min(4, 8 * room - len(bits))
    bits += "0" * (-len(bits) % 8)
    words = [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]
    return words + [0xEC if at % 2 == 0 else 0x11 for at in range(room - len(words))]


def _with_correction(words: Sequence[int], version: int) -> list[int]:
    """The blocks' words one by one, first of the data, then of the correction (section 7.6)."""
    number, shapes = _BLOCKS[version - 1]
    divisor = _divisor(number)
    blocks: list[Sequence[int]] = []
    at = 0
    for count, length in shapes:
        for _ in range(count):
            blocks.append(words[at : at + length])
            at += length
    corrections = [_remainder(each, divisor) for each in blocks]
    longest = max(map(len, blocks))
    found = [each[at] for at in range(longest) for each in blocks if at < len(each)]
    return found + [each[at] for at in range(number) for each in corrections]


def _times(a: int, b: int) -> int:
    found = 0
    for bit in range(7, -1, -1):
        found = (found << 1) ^ ((found >> 7) * _FIELD)
        found ^= ((b >> bit) & 1) * a
    return found


def _divisor(degree: int) -> list[int]:
    found, root = [0] * (degree - 1) + [1], 1
    for _ in range(degree):
        for at in range(degree):
            found[at] = _times(found[at], root)
            if at + 1 < degree:
                found[at] ^= found[at + 1]
        root = _times(root, 2)
    return found


def _remainder(data: Sequence[int], divisor: Sequence[int]) -> list[int]:
    found = [0] * len(divisor)
    for each in data:
        factor = each ^ found.pop(0)
        found.append(0)
        found = [old ^ _times(part, factor) for old, part in zip(found, divisor, strict=True)]
    return found


# ------------------------------------------------------------------------------- the picture
def _drawn(version: int, words: Sequence[int]) -> Matrix:
    """With the mask that leaves the fewest misleading patterns (section 7.8.3)."""
    plain, fixed = _patterns(version)
    _fill(plain, fixed, words)
    best: Matrix = []
    lowest = -1
    for mask in range(8):
        masked = _masked(plain, fixed, mask)
        _write_format(masked, mask)
        points = _penalty(masked)
        if lowest < 0 or points < lowest:
            best, lowest = masked, points
    return best


def _patterns(version: int) -> tuple[Matrix, Matrix]:
    """The picture with all that says no data, and which modules those are."""
    size = 17 + 4 * version
    dark = [[False] * size for _ in range(size)]
    fixed = [[False] * size for _ in range(size)]

    def put(x: int, y: int, value: bool) -> None:
        if 0 <= x < size and 0 <= y < size:
            dark[y][x], fixed[y][x] = value, True

    for at in range(size):
        put(6, at, at % 2 == 0)
        put(at, 6, at % 2 == 0)
    for cx, cy in ((3, 3), (size - 4, 3), (3, size - 4)):
        for dx in range(-4, 5):
            for dy in range(-4, 5):
                put(cx + dx, cy + dy, max(abs(dx), abs(dy)) not in (2, 4))
    centres = _ALIGNED[version - 1]
    for cx in centres:
        for cy in centres:
            if (cx, cy) in ((6, 6), (6, centres[-1]), (centres[-1], 6)):
                continue
            for dx in range(-2, 3):
                for dy in range(-2, 3):
                    put(cx + dx, cy + dy, max(abs(dx), abs(dy)) != 1)
    for each in (*range(9), *range(size - 8, size)):  # kept free for the format
        if each != 6:
            for x, y in ((8, each), (each, 8)):
                if each < 9 or x == 8 or y == 8:
                    fixed[y][x] = True
    put(8, size - 8, True)
    if version >= _NAMED:
        bits = _version_bits(version)
        for at in range(18):
            a, b = size - 11 + at % 3, at // 3
            put(a, b, bool(bits >> at & 1))
            put(b, a, bool(bits >> at & 1))
    return dark, fixed


def _version_bits(version: int) -> int:
    """Six bits and twelve of a Golay code (annex D)."""
    rest = version
    for _ in range(12):
        rest = (rest << 1) ^ ((rest >> 11) * 0x1F25)
    return version << 12 | rest


def _write_format(dark: Matrix, mask: int) -> None:
    """Level M (00) and mask, ten bits of a BCH code, twice (annex C)."""
    size, rest = len(dark), mask
    for _ in range(10):
        rest = (rest << 1) ^ ((rest >> 9) * 0x537)
    bits = (mask << 10 | rest) ^ 0x5412
    bit = [bool(bits >> at & 1) for at in range(15)]
    for at in range(6):
        dark[at][8] = bit[at]
    dark[7][8], dark[8][8], dark[8][7] = bit[6], bit[7], bit[8]
    for at in range(9, 15):
        dark[8][14 - at] = bit[at]
    for at in range(8):
        dark[8][size - 1 - at] = bit[at]
    for at in range(8, 15):
        dark[size - 15 + at][8] = bit[at]


def _fill(dark: Matrix, fixed: Matrix, words: Sequence[int]) -> None:
    bits = [bool(word >> bit & 1) for word in words for bit in range(7, -1, -1)]
    for place, (x, y) in enumerate(_way(fixed)):
        dark[y][x] = place < len(bits) and bits[place]


def _way(fixed: Matrix) -> Iterator[tuple[int, int]]:
    """Two columns at a time, up and down, from the right (section 7.7.3)."""
    size, right, upward = len(fixed), len(fixed) - 1, True
    while right > 0:
        if right == 6:
            right = 5
        for step in range(size):
            y = size - 1 - step if upward else step
            for x in (right, right - 1):
                if not fixed[y][x]:
                    yield x, y
        right, upward = right - 2, not upward


def _masked(dark: Matrix, fixed: Matrix, mask: int) -> Matrix:
    return [
        [value ^ (not fixed[y][x] and _is_masked(mask, x, y)) for x, value in enumerate(row)]
        for y, row in enumerate(dark)
    ]


def _is_masked(mask: int, x: int, y: int) -> bool:
    """Table 10."""
    return (
        (x + y) % 2,
        y % 2,
        x % 3,
        (x + y) % 3,
        (x // 3 + y // 2) % 2,
        x * y % 2 + x * y % 3,
        (x * y % 2 + x * y % 3) % 2,
        ((x + y) % 2 + x * y % 3) % 2,
    )[mask] == 0


def _penalty(dark: Matrix) -> int:
    """Long runs, blocks, what looks like a corner, and an uneven share of dark (table 11)."""
    size, points = len(dark), 0
    for lines in (dark, list(zip(*dark, strict=True))):
        for line in lines:
            text = "".join("1" if each else "0" for each in line)
            points += sum(len(run) - 2 for run in _runs(text) if len(run) >= 5)
            for corner in ("00001011101", "10111010000"):
                points += 40 * sum(text.startswith(corner, at) for at in range(size - 10))
    for y in range(size - 1):
        for x in range(size - 1):
            if dark[y][x] == dark[y][x + 1] == dark[y + 1][x] == dark[y + 1][x + 1]:
                points += 3
    share = sum(map(sum, dark)) * 100 / size**2
    return points + 10 * int(abs(share - 50) / 5)


def _runs(text: str) -> list[str]:
    return text.replace("01", "0 1").replace("10", "1 0").split()
