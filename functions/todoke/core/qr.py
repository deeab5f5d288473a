"""A QR code (ISO/IEC 18004) of a short text, as what a page draws from. Pure, so that a page can
show one where no network is. The modules are segno's."""

from __future__ import annotations

Matrix = list[list[bool]]

#: quiet zone around the picture, in modules (section 9.1)
QUIET = 4
#: bytes of a text (version 10): a denser picture is hard to read from a screen
MOST = 213


def matrix(text: str) -> Matrix | None:
    """The modules, row by row, True for dark, without the quiet zone; None for a text too long."""
    import segno

    if len(text.encode("utf-8")) > MOST:
        return None
    made = segno.make(text, error="m", mode="byte", micro=False, boost_error=False)
    return [[bool(each) for each in row] for row in made.matrix]


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
