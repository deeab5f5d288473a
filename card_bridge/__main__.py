"""``todoke-card-bridge``: says what this version can do and ends."""

from __future__ import annotations

import sys

from card_bridge import __version__


def main() -> int:
    """Exit code 1: this version cannot talk to a card yet, and must not look as if it did."""
    print(
        f"todoke-card-bridge {__version__}: この版は、まだカードを読みません。\n"
        "This version does not read cards yet.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
