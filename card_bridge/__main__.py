"""``todoke-bridge``: lets a page of the city use the My Number card in this computer's reader.

    todoke-bridge serve              listen for the pages that may ask
    todoke-bridge doctor [--json]    what works here, and what to do where it does not
    todoke-bridge status             whether it runs, which pages may ask, what they asked
    todoke-bridge trust ORIGIN       let a page ask;  forget ORIGIN  takes that back
    todoke-bridge install            start it with the desktop;  --remove  undoes it

TODOKE_BRIDGE_HOME names the folder of its trust list and log, TODOKE_PINENTRY the program that
asks for the PIN. Exit codes: 0 done, 1 cannot, 2 wrong words.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from card_bridge import __version__, commands, serving

_ACTS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "serve": serving.serve,
    "doctor": commands.doctor,
    "status": commands.status,
    "trust": commands.trust,
    "forget": commands.forget,
    "install": commands.install,
}


def main(words: Sequence[str] | None = None) -> int:
    """Reads the words and does what they say; the exit code."""
    chosen = _parser().parse_args(words)
    return _ACTS[chosen.act](chosen)


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("todoke-bridge", description=__doc__, formatter_class=raw)
    parser.add_argument("--version", action="version", version=__version__)
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    serving.words(acts.add_parser("serve", help="listen for the pages that may ask"))
    doctor = acts.add_parser("doctor", help="what works here, and what to do where it does not")
    doctor.add_argument("--json", action="store_true", help="for programs")
    doctor.add_argument("--port", type=int, default=serving.PORT, help="the port to look at")
    acts.add_parser("status", help="whether it runs, which pages may ask, what they asked")
    trust = acts.add_parser("trust", help="let a page ask")
    trust.add_argument("origin", help="as browsers write it: https://city.example")
    trust.add_argument("--path", default=None, help="where a visit returns to (/login.html)")
    forget = acts.add_parser("forget", help="let a page ask no more")
    forget.add_argument("origin")
    install = acts.add_parser("install", help="start it with the desktop")
    install.add_argument("--remove", action="store_true", help="start it no more")
    return parser


if __name__ == "__main__":
    sys.exit(main())
