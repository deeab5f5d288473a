"""Publish: the files of ``site/`` become the public site, whole or not at all."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from todoke.core import catalogue as core_catalogue
from todoke.core import offices
from todoke.core.catalogue import Catalogue
from todoke.core.errors import TodokeError
from todoke.core.notice import PublicNotice
from todoke.core.records import RECORDS, Records
from todoke.journeys import notices, places
from todoke.journeys.audit import JST
from todoke.ports import Blob, Kept, OtherRelease, Served, Services

#: called with what is being done ("read", "print", "release", "notices"), how much is done, of
#: how much
Progress = Callable[[str, int, int], None]
#: on the shelf: what is known of the pages being served, and what ``ports.Few`` wants to know
PLAN, LEDGER = "plan", "ledger"
#: notices printed at a time: 200 pages of three languages are about 10 MB
BATCH = 200
#: a notice published meanwhile makes the lists stale; they are then printed again
_TRIES = 5


@dataclass(frozen=True, slots=True)
class PublishReport:
    """release: number now served; changed: whether it is a new one. files: in the release.
    procedures: in the catalogue. notices: public notices whose pages were looked at."""

    release: int
    changed: bool
    files: int
    procedures: int
    notices: int


def read_catalogue(services: Services, *, whole: bool = False) -> Catalogue:
    """Reads every file and checks what was not checked before, or the whole site. Raises
    ``site_file_invalid``; publishes nothing."""
    records = Records(None if whole else services.shelf.parts(RECORDS))
    files = ChainMap(dict(places.brought_in(services)), services.read_site())  # type: ignore[arg-type]
    catalogue = core_catalogue.parse(files, records)
    _check_offices(services, catalogue)
    if records.changed:
        services.shelf.put_parts(RECORDS, records.parts())
    return catalogue


def _check_offices(services: Services, catalogue: Catalogue) -> None:
    """A misspelt procedure of an office would be another office's to decide."""
    wrong = offices.unknown(services.config.offices, catalogue.procedures, catalogue.topics)
    if wrong is not None:
        rule = f"{wrong}: no such procedure or topic"
        next_step = "the name of a file in site/procedures or site/topics"
        raise TodokeError(
            "setting_invalid", file="site/todoke.toml", field="offices", rule=rule, next=next_step
        )


def publish_site(
    services: Services, progress: Progress | None = None, *, whole: bool = False
) -> PublishReport:
    """Prints the site and makes it the current release, then the notices anew (their pages lie
    outside the release, but share its looks). Pages that certainly did not change are not printed
    again unless the whole site is wanted.

    Raises ``site_file_invalid`` or ``storage_full``; the site stays as it was."""
    say = progress or (lambda *_: None)
    say("read", 0, 1)
    catalogue = read_catalogue(services, whole=whole)
    before = services.blobs.current_release()
    say("print", 0, len(catalogue.procedures))
    try:
        plan = None if whole else services.shelf.get(PLAN)
        release, files = _release(services, catalogue, plan, say)
    except OtherRelease:  # somebody published meanwhile, or took files away
        release, files = _release(services, catalogue, None, say)
    printed = _print_notices(services, say)
    say("done", 1, 1)
    return PublishReport(release, release != before, files, len(catalogue.procedures), printed)


def _release(
    services: Services, catalogue: Catalogue, plan: bytes | None, say: Progress
) -> tuple[int, int]:
    """Number of the release and of its files."""
    today = services.clock.now().astimezone(JST).date()
    served = Served(services.blobs.current_release(), lambda key: _body(services.blobs.get(key)))
    printing = services.press.printing(catalogue, today, plan, served)
    keys: list[str] = []

    def counted() -> Iterator[tuple[str, bytes | Kept]]:
        for key, body in printing:
            keys.append(key)
            yield key, body
        say("release", 0, len(keys))

    release = services.blobs.release(counted())
    # after the release: a plan without its release is no plan
    services.shelf.put(PLAN, printing.plan(release))
    if (ledger := printing.ledger(release)) is not None:
        services.shelf.put(LEDGER, ledger)
    return release, len(keys)


def _body(blob: Blob | None) -> bytes | None:
    return blob.body if blob else None


def _print_notices(services: Services, say: Progress) -> int:
    """Every public notice's page, then the list and the feeds. How many notices there are."""
    count = 0
    public = _all_public(services)
    while batch := list(islice(public, BATCH)):
        _put(services, services.press.notices(batch, batch), only_pages=True)
        count += len(batch)
        say("notices", count, count)
    for _ in range(_TRIES):
        latest = notices.published(services)
        _put(services, services.press.notices((), latest))
        if notices.published(services) == latest:
            break
    return count


def _all_public(services: Services) -> Iterator[PublicNotice]:
    cursor: str | None = None
    while True:
        page = notices.public_page(services, cursor=cursor)
        yield from map(notices.public_form, page.records)
        cursor = page.cursor
        if cursor is None:
            break


def _put(services: Services, files: Mapping[str, bytes], only_pages: bool = False) -> None:
    """Writes what differs: a start of the city should not rewrite a hundred equal files."""
    for key in _in_order(files):
        listed = key.startswith("feeds/") or key.endswith("notices/index.html")
        if only_pages and listed:
            continue
        stored = services.blobs.get(key)
        if stored is None or stored.body != files[key]:
            services.blobs.put(key, files[key])


def _in_order(files: Mapping[str, bytes]) -> Sequence[str]:
    """Pages before the lists and feeds that point to them."""
    return sorted(files, key=lambda key: (key.startswith("feeds/"), key))
