"""Prints the Japanese procedure pages, their list and the home page of a site, as a process of its
own: ``python -m tools.print_japanese ROOT DATA OUT``. What ``tools/bench_site.py`` measures."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from todoke import assemble
from todoke.adapters.draft import Draft
from todoke.journeys import publish
from todoke.journeys.audit import JST
from todoke.press import pages, search_files
from todoke.press.house import House


def main(root: Path, data: Path, out: Path) -> int:
    """How many pages were printed. Files read and templates compiled before are known again, as
    they are to ``todoke publish``; every page is printed and written."""
    os.chdir(root)
    services = assemble.local(data)
    press = services.press
    assert isinstance(press, House)
    catalogue, frame = publish.read_catalogue(services), press._frame
    draft, count = Draft(out, None, 0), 0
    today = services.clock.now().astimezone(JST).date()
    search_files.publish(catalogue, frame)  # pages name the index by what is in it
    for sheet in pages.sheets(catalogue, frame, today):
        if sheet.path == "index.html" or sheet.template in ("procedure.html", "procedures.html"):
            draft.add(*frame.render(sheet, "ja"))
            count += 1
    press.keep_templates()
    return count


if __name__ == "__main__":
    main(*(Path(each) for each in sys.argv[1:4]))
