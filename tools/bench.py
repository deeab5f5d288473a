"""Measured figures as JSON lines: ``python -m tools.bench [PREFIX]``, or ``make bench ONLY=…``.

What a figure is: ``tools/figure.py``. Each file named here gives some.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module

from tools.figure import Figure

#: name, or the start of several names -> module:function; loaded only when it is asked for
FIGURES: Mapping[str, str] = {
    "run.ready": "tools.bench_run:run_ready",
    "run.idle_mb": "tools.bench_run:run_idle_mb",
    "store.commit": "tools.bench_store:store_commit",
    "store.batch_beside_citizens": "tools.bench_batch:batch_beside_citizens",
    "push.seal": "tools.bench_push:push_seal",
    "push.send": "tools.bench_push:push_send",
    "audience.count": "tools.bench_store:audience_count",
    "deliver.100k": "tools.bench_deliver:deliver_100k",
    "deliver.first_push": "tools.bench_deliver:deliver_first_push",
    "alarms.": "tools.bench_alarms:alarms_tick",
    "bridge.sign_ms": "tools.bench_bridge:sign_ms",
    "bridge.start": "tools.bench_bridge:start_s",
    "bridge.idle_": "tools.bench_bridge:idle",
    "login.verify": "tools.bench_login:login_verify",
    "login.challenge": "tools.bench_login:login_challenge",
    "login.checks": "tools.bench_login:login_checks",
    "login.refused": "tools.bench_login:login_refused",
    "login.passkey": "tools.bench_login:login_passkey",
    "apply.submit": "tools.bench_apply:apply_submit",
    "search.cold": "tools.bench_search:search_cold",
    "search.keystroke": "tools.bench_search:search_keystroke",
    "search.success_at_5": "tools.bench_search:search_success_at_5",
    "timeline.": "tools.bench_timeline:timeline_shown",
    "pay.webhook": "tools.bench_pay:pay_webhook",
    "page.weight": "tools.bench_page:page_weight",
    "page.lighthouse": "tools.bench_page:page_lighthouse",
    "page.lcp": "tools.bench_page:page_lcp",
    "opendata.import": "tools.bench_places:opendata_import",
    "site.": "tools.bench_site:site",
}


def _measured(place: str) -> Iterator[Figure]:
    module, _, name = place.partition(":")
    figures: Iterator[Figure] = getattr(import_module(module), name)()
    return figures


def main(prefix: str) -> int:
    """Prints the lines of every figure whose name starts with the prefix."""
    printed = 0
    for name, place in FIGURES.items():
        if name.startswith(prefix) or prefix.startswith(name):
            for figure in _measured(place):
                if figure.name.startswith(prefix):
                    print(figure.line(), flush=True)
                    printed += 1
    if not printed:
        print(f"no figure starts with {prefix!r}: {', '.join(FIGURES)}", file=sys.stderr)
    return 0 if printed else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
