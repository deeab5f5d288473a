"""Settings: ``site/todoke.toml`` + environment -> one frozen Config.

An unknown key is an error that names the nearest one. Environment variables override the
file: ``TODOKE_PUSH__ALLOW_LOOPBACK='["127.0.0.1:4321"]'`` sets ``[push] allow_loopback``
(two underscores between table and key; the value is TOML, or plain text).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from todoke.core import app_settings, card_settings, keeping, offices
from todoke.core.app_settings import OidcConfig, StaffOidcConfig
from todoke.core.card_settings import CardConfig
from todoke.core.errors import TodokeError
from todoke.core.keeping import Keeping
from todoke.core.offices import Offices

T = TypeVar("T")
#: hosts of the push services of today's browsers; a leading "*." stands for one or more labels
PUSH_HOSTS = (
    "fcm.googleapis.com",
    "jmt17.google.com",
    "updates.push.services.mozilla.com",
    "web.push.apple.com",
    "*.notify.windows.com",
)
ENGINES = ("multiplexed", "threads", "pywebpush")
PROFILES = ("demonstration", "production")
PROVIDERS = ("pretend", "stripe", "none")
#: settings that are secret
PAYMENT_KEYS = ("stripe_key", "webhook_secret")


@dataclass(frozen=True, slots=True)
class City:
    """The municipality. code: its 6 digits (全国地方公共団体コード). name, office, hours and
    address: language -> words."""

    code: str = "000000"
    name: Mapping[str, str] = field(default_factory=lambda: {"ja": "市"})
    office: Mapping[str, str] = field(default_factory=lambda: {"ja": "担当課"})
    hours: Mapping[str, str] = field(default_factory=lambda: {"ja": "平日"})
    address: Mapping[str, str] = field(default_factory=lambda: {"ja": ""})
    phone: str = ""
    email: str = ""
    contact_url: str = ""


@dataclass(frozen=True, slots=True)
class PushConfig:
    """contact: mailto: or https: (VAPID sub, RFC 8292 section 2.1). hosts: allow-list.
    allow_loopback: "127.0.0.1:PORT" of a push service on this machine, for tests only. engine:
    multiplexed (many messages over few HTTP/2 connections) | threads (HTTP/1.1, eight at
    once) | pywebpush (the same, sealed by that library; pip install todoke[pywebpush]).
    processes: that send to many followers at once on one machine; 0 for one per processor."""

    contact: str = "mailto:push@example.jp"
    hosts: tuple[str, ...] = PUSH_HOSTS
    allow_loopback: tuple[str, ...] = ()
    engine: str = "multiplexed"
    processes: int = 0


@dataclass(frozen=True, slots=True)
class NoticeConfig:
    """floor_k: a narrower segment with fewer people cannot be addressed and is never counted
    out. link_hosts: hosts a notice may link to. feed_items: length of feeds."""

    floor_k: int = 10
    link_hosts: tuple[str, ...] = ()
    feed_items: int = 100


@dataclass(frozen=True, slots=True)
class PaymentConfig:
    """provider: pretend | stripe | none (bills are paid at the counter only). stripe_key and
    webhook_secret: from the environment only (TODOKE_PAYMENTS__STRIPE_KEY …); two secrets,
    parted by a space, while one replaces the other. stripe_api: another server than Stripe's,
    for tests. checkout_hosts: hosts of the provider's page, where a form of ours may lead."""

    provider: str = "pretend"
    stripe_key: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    stripe_api: str = ""
    checkout_hosts: tuple[str, ...] = ("checkout.stripe.com",)


@dataclass(frozen=True, slots=True)
class AwsConfig:
    """city: beginning of every name there (infra/stores.yml); "" on one machine. kms_key: id, ARN
    or alias of the key of AWS KMS that wraps the city's data keys (docs/keys.md)."""

    city: str = ""
    kms_key: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything an installation decides. See docs/reference.md for each setting."""

    root: Path
    data: Path
    profile: str = "demonstration"
    public_url: str = "http://localhost:8080"
    console: str = ""
    city: City = field(default_factory=City)
    push: PushConfig = field(default_factory=PushConfig)
    notices: NoticeConfig = field(default_factory=NoticeConfig)
    card: CardConfig = field(default_factory=CardConfig)
    oidc: OidcConfig = field(default_factory=OidcConfig)
    staff_oidc: StaffOidcConfig = field(default_factory=StaffOidcConfig)
    payments: PaymentConfig = field(default_factory=PaymentConfig)
    aws: AwsConfig = field(default_factory=AwsConfig)
    #: what clerks open a person's record for: code -> language -> words; none: the usual ones
    purposes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: offices (課) and what belongs to each; none: everybody at the desk sees everything
    offices: Offices = field(default_factory=Offices)
    #: how long what stays of a person is kept: kind -> rule; a kind without one is never erased
    keep: Keeping = field(default_factory=dict)

    @property
    def portal_host(self) -> str:
        """Host (with port when not the default) of the citizens' portal."""
        return urlsplit(self.public_url).netloc

    @property
    def console_url(self) -> str:
        """Origin of the clerks' console: ``console.`` before the portal's host, never a port of
        it (cookies ignore ports); the setting ``console_url`` names another (a phone trial
        through a tunnel that gives one name only)."""
        portal = urlsplit(self.public_url)
        return self.console or f"{portal.scheme}://console.{portal.netloc}"

    @property
    def console_host(self) -> str:
        """Host (with port when not the default) of the console."""
        return urlsplit(self.console_url).netloc

    @property
    def files_host(self) -> str:
        """Host for uploaded files; carries no cookie ever."""
        return f"files.{self.portal_host}"

    @property
    def pretend_pay_host(self) -> str:
        """Host of the demonstration's pretend payment provider: another company, so another
        host, which shares no cookie with ours."""
        return f"pretend-pay.{self.portal_host}"

    @property
    def checkout_origins(self) -> tuple[str, ...]:
        """Origins a payment form of ours may lead to."""
        if self.payments.provider == "pretend":
            return (f"{urlsplit(self.public_url).scheme}://{self.pretend_pay_host}",)
        if self.payments.provider == "none":
            return ()
        return tuple(f"https://{host}" for host in self.payments.checkout_hosts)

    def origin_of(self, host: str) -> str:
        """``scheme://host`` as a browser writes it; the scheme is the public one, because a TLS
        front may speak plain http to this process."""
        url = self.console_url if host == self.console_host else self.public_url
        return f"{urlsplit(url).scheme}://{host}"

    @property
    def secure(self) -> bool:
        """Whether the site is served over https (then cookies are __Host- and Secure)."""
        return self.public_url.startswith("https://")

    @property
    def production(self) -> bool:
        """Whether every shortcut must be refused."""
        return self.profile == "production"


#: table -> (class, keys whose value is a table of languages)
_TABLES: Mapping[str, tuple[type, tuple[str, ...]]] = {
    "city": (City, ("name", "office", "hours", "address")),
    "push": (PushConfig, ()),
    "notices": (NoticeConfig, ()),
    "card": (CardConfig, ()),
    "oidc": (OidcConfig, ()),
    "payments": (PaymentConfig, ()),
    "aws": (AwsConfig, ()),
}
#: settings that are lists of texts
_LISTS = ("hosts", "allow_loopback", "link_hosts", "anchors", "checkout_hosts", "acr")
#: settings that are numbers, from and to. k protects people: it can be raised, never lowered
#: (ARCHITECTURE, the floor)
_NUMBERS = {
    "floor_k": (10, 1000),
    "feed_items": (10, 1000),
    "processes": (0, 64),
    "max_age": (0, 86_400),
}
_TOP = ("profile", "public_url", "console_url")
#: tables of the same file that are no settings but facts of the catalogue: ``core/parameters.py``
#: reads and checks them, from the file alone, when the site is published
_PARAMETERS = ("procedures", "facts", "closed_days", "checkups", "payment_days")


def load(
    root: Path, data: Path, environment: Mapping[str, str], public_url: str | None = None
) -> Config:
    """Reads ``root/site/todoke.toml`` and the environment.

    public_url: overrides the file (``todoke serve --port``). Raises ``setting_invalid`` with
    file, field, rule and next step."""
    path = root / "site" / "todoke.toml"
    settings = read_file(path)
    _refuse_keys_in_file(settings)
    for name, value in environment.items():
        if name.startswith("TODOKE_") and name not in OTHER_VARIABLES:
            _override(settings, name, value)
    if public_url is not None:
        settings["public_url"] = public_url
    return build(settings, root, data)


def _refuse_keys_in_file(settings: Mapping[str, Any]) -> None:
    """The file is published with the site's sources; a key in it is no secret any more."""
    table = settings.get("payments")
    for name in PAYMENT_KEYS:
        if isinstance(table, Mapping) and name in table:
            variable = f"TODOKE_PAYMENTS__{name.upper()}"
            raise _invalid(f"payments.{name}", "only from the environment", variable)


#: environment variables that are no settings
OTHER_VARIABLES: Mapping[str, str] = {
    "TODOKE_DATA_FOLDER": "data folder where --data is not given",
    "TODOKE_LANGUAGE": "language of the command line: ja or en (otherwise LANG decides)",
    "TODOKE_BACKUP_PASSPHRASE": "passphrase of todoke backup and restore, for a nightly job",
    "TODOKE_PINENTRY": "program that asks for the PIN of the card, for the card bridge",
    "TODOKE_BRIDGE_HOME": "folder of the card bridge: which pages may ask, and its log",
    "TODOKE_SOAK": "set by make soak: the tests run at full size",
}


def build(settings: Mapping[str, Any], root: Path, data: Path) -> Config:
    """Checks settings already read and makes the Config."""
    _known("", settings, (*_TOP, *_TABLES, "staff", "purposes", "offices", "keep", *_PARAMETERS))
    staff = settings.get("staff", {})
    _known("staff", staff, ("oidc",))
    tables = {
        name: _table(name, settings.get(name, {}), kind, languages)
        for name, (kind, languages) in _TABLES.items()
    }
    config = Config(
        root=root,
        data=data,
        profile=_text("profile", settings.get("profile", "demonstration")),
        public_url=_text("public_url", settings.get("public_url", "http://localhost:8080")),
        console=_text("console_url", settings.get("console_url", "")),
        staff_oidc=_table("staff.oidc", staff.get("oidc", {}), StaffOidcConfig, ()),
        purposes=_purposes(settings.get("purposes", {})),
        offices=_own(offices.read, settings.get("offices", {})),
        keep=_own(keeping.read, settings.get("keep", {})),
        **tables,
    )
    _check(config)
    return config


def read_file(path: Path) -> dict[str, Any]:
    """The settings of one file, not yet checked. Raises ``setting_invalid``."""
    import tomllib  # the shapes above are read again without it

    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise _invalid("-", "the file must exist", "todoke init") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _invalid("-", f"TOML: {error}", "mend that line") from error


def _override(settings: dict[str, Any], name: str, value: str) -> None:
    import tomllib

    parts = name.removeprefix("TODOKE_").lower().split("__")
    try:
        parsed = tomllib.loads(f"v = {value}")["v"]
    except tomllib.TOMLDecodeError:
        parsed = value
    if parts[0] in (*_PARAMETERS, "keep"):
        raise _invalid(parts[0], "a table of the file, not of the environment", "site/todoke.toml")
    into: dict[str, Any] = settings
    for part in parts[:-1]:
        into = into.setdefault(part, {})
    into[parts[-1]] = parsed


def _known(table: str, found: Any, allowed: tuple[str, ...]) -> None:
    if not isinstance(found, Mapping):
        raise _invalid(table, "a table of settings")
    for key in found:
        if key not in allowed:
            nearest = difflib.get_close_matches(key, allowed, 1, 0.4)
            hint = f"did you mean {nearest[0]}?" if nearest else f"known: {', '.join(allowed)}"
            raise _invalid(f"{table}.{key}" if table else key, "an unknown setting", hint)


def _invalid(name: str, rule: str, next_step: str = "see docs/reference.md") -> TodokeError:
    return TodokeError(
        "setting_invalid", file="site/todoke.toml", field=name, rule=rule, next=next_step
    )


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _invalid(name, "text in quotes")
    return value


def _table(table: str, found: Any, kind: type, languages: tuple[str, ...]) -> Any:
    names = {each.name: each for each in fields(kind)}
    _known(table, found, tuple(names))
    values: dict[str, Any] = {}
    for key, value in found.items():
        name = f"{table}.{key}"
        if key in languages:
            values[key] = _languages(name, value)
        elif key in _LISTS:
            if not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
                raise _invalid(name, 'a list of texts, ["a", "b"]')
            values[key] = tuple(value)
        elif key in _NUMBERS:
            low, high = _NUMBERS[key]
            if type(value) is not int or not low <= value <= high:
                raise _invalid(name, f"a whole number from {low} to {high}")
            values[key] = value
        else:
            values[key] = _text(name, value)
    return kind(**values)


def _purposes(found: Any) -> dict[str, Mapping[str, str]]:
    if not isinstance(found, Mapping):
        raise _invalid("purposes", "a table of settings")
    for code in found:
        if not re.fullmatch(r"[a-z][a-z_]{0,39}", code):
            raise _invalid(f"purposes.{code}", "a code of small letters and _")
    return {code: _languages(f"purposes.{code}", words) for code, words in found.items()}


def _own(read: Callable[[Any, Any], T], found: Any) -> T:
    """A table that a module of its own reads."""
    try:
        return read(found, _languages)
    except offices.WrongError as error:
        raise _invalid(error.setting, error.rule) from error


def _languages(name: str, value: Any) -> dict[str, str]:
    words = {"ja": value} if isinstance(value, str) else value
    _known(name, words, ("ja", "easy", "en"))
    if "ja" not in words:
        raise _invalid(name, "needs at least ja (Japanese)")
    return {language: _text(f"{name}.{language}", text) for language, text in words.items()}


def _check(config: Config) -> None:
    if config.profile not in PROFILES:
        raise _invalid("profile", f"one of {', '.join(PROFILES)}")
    for name, text in (("public_url", config.public_url), ("console_url", config.console_url)):
        url = urlsplit(text)
        if url.scheme not in ("http", "https") or not url.hostname or url.path or url.query:
            raise _invalid(name, "https://host (or http://localhost:PORT), nothing after it")
    # by name, not by port: cookies ignore ports, and a browser ignores case and a last dot
    if _name(config.console_url) == _name(config.public_url):
        raise _invalid("console_url", "another host than public_url (cookies)")
    if not config.push.contact.startswith(("mailto:", "https://")):
        raise _invalid("push.contact", "mailto:… or https://… (RFC 8292)")
    if config.push.engine not in ENGINES:
        raise _invalid("push.engine", f"one of {', '.join(ENGINES)}")
    if config.payments.provider not in PROVIDERS:
        raise _invalid("payments.provider", f"one of {', '.join(PROVIDERS)}")
    wrong = card_settings.wrong(config.card) or app_settings.wrong(config.oidc)
    if wrong := wrong or app_settings.wrong_staff(config.staff_oidc):
        raise _invalid(*wrong)


def _name(url: str) -> str:
    return re.sub(r":[0-9]*$", "", urlsplit(url).netloc).lower().rstrip(".")
