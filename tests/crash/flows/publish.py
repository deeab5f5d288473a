"""The site is published anew over an older release, and a notice's page with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tests.crash.flows.announce import invented, of_pages
from tests.crash.flows.seen import Plain, Say, Seen
from tests.crash.flows.settling import settle
from tests.parts.desk import Desk
from todoke.core.catalogue import Catalogue
from todoke.core.notice import PublicNotice
from todoke.journeys import publish
from todoke.ports import Kept, Press, Served, Services

#: files of the printed site (the calls of the file system are alike for all) and pages that differ
EVERY, CHANGED = 10, 6
#: what the phones' pages ask for belongs to any release
NEEDED = ("app.json", "catalogue.json")


@dataclass(frozen=True, slots=True)
class Printed:
    """A press whose site is printed already, once for all processes forked from here."""

    press: Press
    files: Mapping[str, bytes]

    def printing(
        self, catalogue: Catalogue, today: date, plan: bytes | None, served: Served
    ) -> AsPrinted:
        """As it was printed."""
        return AsPrinted(self.files)

    def notices(
        self, changed: Sequence[PublicNotice], latest: Sequence[PublicNotice]
    ) -> Mapping[str, bytes]:
        """The pages of notices are printed now; of the feeds only the one of all topics."""
        printed = self.press.notices(changed, latest)
        return {
            key: body for key, body in printed.items() if key.startswith(("notices/", "feeds/all."))
        }

    def __getattr__(self, name: str) -> Any:
        return getattr(self.press, name)


class AsPrinted:
    """Implements ``ports.Printing``."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def __iter__(self) -> Iterator[tuple[str, bytes | Kept]]:
        return iter(self._files.items())

    def plan(self, release: int) -> bytes:
        """No page is known again."""
        return b'{"version": 0}'

    def ledger(self, release: int) -> bytes | None:
        """No procedure is known again."""
        return None


class Publish(Plain):
    """Implements ``Flow``. files: of the site, once they are printed."""

    def __init__(self) -> None:
        self.files: Mapping[str, bytes] = {}

    def prepare(self, services: Services, told: Mapping[str, Any]) -> dict[str, Any]:
        """An old release; a notice that was published without a page."""
        desk = Desk.open(services.config.data)
        new = self._printed(services)
        older = _older(new.files)
        old = replace(services, press=replace(new, files=older))
        publish.publish_site(old)
        notice = desk.approved().id
        settle(old)
        for key in (f"notices/{notice}.html", f"notices/{notice}.json", "feeds/all.json"):
            services.blobs.delete(key)
        return {"notice": notice, "new": _marks(new.files), "old": _marks(older)}

    def warm(self, services: Services) -> Services:
        """The site is printed before anybody dies."""
        services.press.notices([invented()], [invented()])
        return replace(services, press=self._printed(services))

    def _printed(self, services: Services) -> Printed:
        if not self.files:
            today = services.clock.now().date()
            files = services.press.site(publish.read_catalogue(services), today)
            some = sorted(files)[::EVERY]
            self.files = {key: files[key] for key in {*some, *NEEDED}}
        return Printed(services.press, self.files)

    def act(
        self, services: Services, told: Mapping[str, Any], said: Mapping[str, str], say: Say
    ) -> None:
        """Once more from the start when nobody heard that it was done."""
        if "release" not in said:
            say("release", str(publish.publish_site(services).release))

    def look(self, seen: Seen) -> Iterator[str]:
        """All old or all new, nothing between; what was published stays."""
        new, old = seen.told["new"], seen.told["old"]
        blobs = seen.services.blobs
        bodies = {key: blobs.get(key) for key in sorted({*new, *old})}
        found = _marks({key: each.body for key, each in bodies.items() if each})
        if found not in (old, new):
            yield "the site is half: pages of two releases, or some are lost"
        served = blobs.current_release()
        wanted = 2 if seen.ended or "release" in seen.said else served
        if served != wanted or (found == new) != (wanted == 2):
            yield f"release {wanted} is lost ({served} is served)"
        if seen.ended:
            yield from _of_the_end(seen)


def _of_the_end(seen: Seen) -> Iterator[str]:
    folder, notice = seen.services.config.data / "public", str(seen.told["notice"])
    left = [*(folder / "incoming").iterdir(), *folder.glob("next")]
    if left:
        yield f"{len(left)} halves of files are left"
    yield from of_pages(seen, notice)


def _older(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """What the release before said: other words on some pages, one page more, one less."""
    pages = sorted(key for key in files if key.endswith(".html"))
    older = {**files, **{key: b"old " + files[key] for key in pages[:CHANGED]}}
    del older[pages[CHANGED]]
    return {**older, "zz-gone.html": b"a page that goes"}


def _marks(files: Mapping[str, bytes]) -> dict[str, str]:
    return {key: hashlib.sha256(body).hexdigest() for key, body in files.items()}
