"""ALL the wiring: which adapter stands behind which port. Nothing else imports adapters."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from todoke import config as settings
from todoke import production
from todoke.core import card_settings, catalogue_files, words
from todoke.core import catalogue as core_catalogue
from todoke.core.benefits import Benefit
from todoke.core.catalogue import Catalogue
from todoke.core.errors import TodokeError
from todoke.core.words import Dictionary
from todoke.ports import (
    Blobs,
    Clock,
    Message,
    Payments,
    PrivateFiles,
    Push,
    Queue,
    Secrets,
    Services,
    Shelf,
    Store,
)
from todoke.root import find_root

if TYPE_CHECKING:
    from todoke.adapters.backup import Summary, Watch
    from todoke.adapters.machine import Machine
    from todoke.adapters.pretend_page import PretendProvider
    from todoke.config import Config

#: in the data folder: the public URL of a demonstration's last ``serve``, and its card bridge
SERVED_AT, BRIDGE_AT = "served_at", "bridge_at"
BRIDGE_VARIABLE = "TODOKE_CARD__BRIDGE"


def local(data: Path, public_url: str | None = None) -> Services:
    """One machine: SQLite, files and a queue in the same SQLite file, real push.

    public_url: where ``serve`` answers; the other commands remember it, because their links,
    pages and feeds must lead to the running city, unless the settings name one."""
    from todoke.adapters.clock import SystemClock

    environment = dict(os.environ)
    bridge = data / BRIDGE_AT
    if bridge.is_file() and _bridge_is_ours():
        environment[BRIDGE_VARIABLE] = bridge.read_text("ascii")
    config = settings.load(find_root(), data, environment, public_url or _served_url(data))
    return _on_files(config, SystemClock(), None)


def serving(data: Path, port: int, *, bridge: bool) -> Services:
    """As ``local``, for the process that answers on this port. bridge: whether it brings its
    own card bridge, which then gets a free port when another one has the usual."""
    public_url, place = local_url(port), _bridge_place() if bridge and _bridge_is_ours() else None
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, said in ((SERVED_AT, public_url), (BRIDGE_AT, place)):
        if said is not None:
            (data / name).write_text(said, "ascii")
        elif name == BRIDGE_AT:
            (data / name).unlink(missing_ok=True)
    return local(data, public_url)


@cache
def aws() -> Services:
    """DynamoDB, S3 and SQS, for one function; its keys come from Secrets Manager.

    Raises ``setting_invalid`` without TODOKE_AWS__CITY, ``keys_missing``, and
    ``production_refused`` for whatever belongs to a demonstration."""
    from todoke.adapters import aws_keys
    from todoke.adapters.clock import SystemClock
    from todoke.adapters.shelf import NoShelf

    config = settings.load(find_root(), Path(tempfile.gettempdir()) / "todoke", os.environ)
    if not config.aws.city:
        raise TodokeError(
            "setting_invalid",
            file="TODOKE_AWS__CITY",
            field="aws.city",
            rule="the name in infra/stores.yml",
            next="set it",
        )
    clock = SystemClock()
    stores = on_aws(config.aws.city, clock)
    secrets = aws_keys.load(config.aws.city, config.aws.kms_key, stores.store)
    services = _built(config, clock, secrets, stores, None, NoShelf())
    refuse_unready(services)
    return services


def noting(services: Services) -> tuple[Services, Callable[[], Sequence[str]]]:
    """The same services, and what tells which outbox entries were committed through them since it
    was last asked."""
    from todoke.adapters.noting_store import NotingStore

    store = NotingStore(services.store)
    return replace(services, store=store), store.noted


def jobs_of(event: Mapping[str, Any], lane: str) -> Sequence[Message]:
    """The jobs that SQS hands to a function."""
    from todoke.adapters import sqs
    from todoke.adapters.clock import SystemClock

    return sqs.jobs_of(event, lane, SystemClock())


def fake(
    data: Path, *, clock: Clock | None = None, push: Push | None = None, **overrides: Any
) -> Services:
    """For tests: the real store and files in ``data``, a clock that is turned by hand and a
    push service that records. ``overrides`` are settings (``push={"hosts": [...]}``)."""
    from todoke.adapters.fakes import RecordingPush, TurnedClock

    root = find_root()
    file_settings = settings.read_file(root / "site" / "todoke.toml")
    config = settings.build({**file_settings, **overrides}, root, data)
    return _on_files(config, clock or TurnedClock(), push or RecordingPush())


@dataclass(frozen=True, slots=True)
class Stores:
    """Where a city keeps its things."""

    store: Store
    blobs: Blobs
    queue: Queue
    private: PrivateFiles


def on_files(data: Path, clock: Clock) -> Stores:
    """In one folder of one machine."""
    from todoke.adapters.files import FileBlobs
    from todoke.adapters.local_queue import LocalQueue
    from todoke.adapters.private_files import PrivateFolder
    from todoke.adapters.sqlite import SqliteStore

    database = data / "todoke.sqlite3"
    return Stores(
        store=SqliteStore(database, clock),
        blobs=FileBlobs(data / "public"),
        queue=LocalQueue(database, clock),
        private=PrivateFolder(data / "private"),
    )


def on_aws(city: str, clock: Clock) -> Stores:
    """In the resources of infra/stores.yml."""
    from todoke.adapters.dynamodb import DynamoStore
    from todoke.adapters.s3 import S3Blobs, S3Files
    from todoke.adapters.sqs import SqsQueue

    return Stores(
        store=DynamoStore(f"{city}-records", clock),
        blobs=S3Blobs(f"{city}-public"),
        queue=SqsQueue(city, clock),
        private=S3Files(f"{city}-private"),
    )


def _on_files(config: Config, clock: Clock, push: Push | None) -> Services:
    from todoke.adapters import keys
    from todoke.adapters.shelf import FolderShelf, edition

    config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    stores = on_files(config.data, clock)
    secrets = keys.load_or_make(config.data / "keys", stores.store)
    shelf = FolderShelf(config.data / "plan", secrets.seal_key, edition(Path(__file__).parent))
    return _built(config, clock, secrets, stores, push, shelf)


def _built(
    config: Config,
    clock: Clock,
    secrets: Secrets,
    stores: Stores,
    push: Push | None,
    shelf: Shelf,
) -> Services:
    from todoke.adapters import app_way, staff_openid
    from todoke.adapters.card_trust import CardTrustFiles
    from todoke.adapters.reencode import Reencoder
    from todoke.adapters.shelf import dictionary
    from todoke.adapters.site_folder import read
    from todoke.journeys import clock_watch
    from todoke.press import build

    site, templates = config.root / "site", config.root / "templates"
    sentences = dictionary(shelf, _locales(site))
    services = Services(
        config=config,
        words=sentences,
        store=stores.store,
        blobs=stores.blobs,
        queue=stores.queue,
        push=push or _push(config, secrets, clock),
        press=build(config, sentences, secrets, lambda: read(templates), lambda: read(site), shelf),
        private=stores.private,
        cleaner=Reencoder(),
        card=CardTrustFiles(config, clock),
        app=app_way.of(config, clock),
        staff_login=staff_openid.of(config, clock),
        payments=_payments(config, secrets),
        clock=clock,
        secrets=secrets,
        shelf=shelf,
        read_site=lambda: read(site),
    )
    clock_watch.restore_order(services)
    return services


def _push(config: Config, secrets: Secrets, clock: Clock) -> Push:
    if config.push.engine == "threads":
        from todoke.adapters.webpush import GuardedPush

        return GuardedPush(config, secrets, clock)
    if config.push.engine == "pywebpush":
        return _pywebpush(config, secrets, clock)
    from todoke.adapters.push_engine import PushEngine

    return PushEngine(config, secrets, clock)


def _pywebpush(config: Config, secrets: Secrets, clock: Clock) -> Push:
    try:
        from todoke.adapters.pywebpush_push import PywebpushPush
    except ImportError as error:
        raise TodokeError(
            "setting_invalid",
            file="site/todoke.toml",
            field="push.engine",
            rule="the library pywebpush is not installed",
            next="pip install todoke[pywebpush]",
        ) from error
    return PywebpushPush(config, secrets, clock)


def _payments(config: Config, secrets: Secrets) -> Payments:
    if config.payments.provider == "stripe":
        from todoke.adapters.stripe_checkout import StripeCheckout

        return StripeCheckout(config)
    if config.payments.provider == "none":
        from todoke.adapters.no_payments import NoPayments

        return NoPayments()
    from todoke.adapters.pretend_payments import PretendPayments

    return PretendPayments(config, secrets)


def _served_url(data: Path) -> str | None:
    if local_url(0) is None or not (data / SERVED_AT).is_file():
        return None
    return (data / SERVED_AT).read_text("ascii")


def is_city(data: Path) -> bool:
    """Whether the folder holds a city's store."""
    return (data / "todoke.sqlite3").is_file()


def dictionary() -> Dictionary:
    """The sentences alone, for a command that must speak before anything else works."""
    return words.parse(_locales(find_root() / "site"))


def benefits() -> Mapping[str, Benefit]:
    """The amounts alone, for a command that needs no city."""
    site = find_root() / "site"
    paths = [site / name for name in ("benefits.yaml", "sources.yaml")]
    return catalogue_files.benefits({each.name: each.read_bytes() for each in paths})


def municipalities() -> str:
    """The table of ``site/municipalities.csv``."""
    return (find_root() / "site" / "municipalities.csv").read_text("utf-8")


def catalogue() -> Catalogue:
    """The catalogue alone, for a command that needs no city. Raises ``site_file_invalid``."""
    return core_catalogue.parse(site_files(find_root() / "site"))


def site_files(site: Path) -> Mapping[str, bytes]:
    """The files of a folder like ``site/``, as they are."""
    from todoke.adapters.site_folder import read

    return read(site)


def local_url(port: int) -> str | None:
    """The public URL of a demonstration on this port; None where the settings name one."""
    root = find_root()
    if settings.read_file(root / "site" / "todoke.toml").get("public_url"):
        return None
    return None if "TODOKE_PUBLIC_URL" in os.environ else f"http://localhost:{port}"


def _bridge_is_ours() -> bool:
    """Whether we may choose where the card bridge listens: the settings name no place, and this
    is a demonstration (otherwise each citizen has a bridge of her own)."""
    found = settings.read_file(find_root() / "site" / "todoke.toml")
    profile = os.environ.get("TODOKE_PROFILE", found.get("profile", "demonstration"))
    named = BRIDGE_VARIABLE in os.environ or "bridge" in found.get("card", {})
    return not named and profile != "production"


def _bridge_place() -> str:
    """The usual port, or a free one when somebody has it."""
    from todoke.adapters import machine

    usual = urlsplit(card_settings.CardConfig().bridge)
    return f"http://{usual.hostname}:{machine.free_port(usual.port or 0)}"


def pretend_provider(services: Services) -> PretendProvider | None:
    """The demonstration's pretend payment company, where it is the one that is paid through."""
    if services.config.production or services.payments.name != "pretend":
        return None
    from todoke.adapters.pretend_page import STYLE, PretendProvider

    if not (services.config.root / "site" / STYLE).is_file():
        return None
    return PretendProvider(services.config, services.secrets, services.words)


def refuse_unready(services: Services) -> None:
    """What must hold before a process may serve. Raises ``production_refused`` naming every
    reason at once; outside production nothing is refused."""
    reasons = unready(services)
    if services.config.production and reasons:
        raise TodokeError("production_refused", reasons=" ".join(reasons))


def unready(services: Services) -> list[str]:
    """Names (``errors.production.<name>``) of what keeps this city from being a real one."""
    from todoke.adapters import card_trust, keys
    from todoke.journeys import residents, staff

    own_keys = (services.config.oidc.key_file, services.config.staff_oidc.key_file)
    found = production.Found(
        demonstration_clerks=any(
            each.data["demonstration"] and each.data["active"] for each in staff.everybody(services)
        ),
        demonstration_resident=residents.has_demonstration(services),
        readable_keys=keys.readable_by_others(services.config.data / "keys", *own_keys),
        pretend_card=card_trust.names_pretend(services.config),
        other_aws=any(name.startswith("AWS_ENDPOINT_URL") for name in os.environ),
    )
    return production.refusals(services.config, found)


def back_up(data: Path, target: Path, passphrase: str, watch: Watch) -> Summary:
    """See ``adapters.backup.write``."""
    from todoke.adapters import backup
    from todoke.adapters.clock import SystemClock

    return backup.write(data, target, passphrase, SystemClock(), watch)


def restore(file: Path, data: Path, passphrase: str, watch: Watch) -> Summary:
    """See ``adapters.backup.restore``."""
    from todoke.adapters import backup
    from todoke.adapters.clock import SystemClock

    return backup.restore(file, data, passphrase, SystemClock(), watch)


def look(data: Path) -> Machine:
    """See ``adapters.machine.look``."""
    from todoke.adapters import machine

    return machine.look(data)


def store_faults(data: Path) -> Sequence[str]:
    """See ``adapters.machine.store_faults``."""
    from todoke.adapters import machine
    from todoke.adapters.clock import SystemClock

    return machine.store_faults(data, SystemClock())


def _locales(site: Path) -> Mapping[str, bytes]:
    paths = sorted(site.glob("locales/*/*.yaml"))
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in paths}
