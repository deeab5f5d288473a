"""The city's own OpenID Connect provider, by which its clerks come in; and a city without."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlencode

from todoke.adapters.guarded_connection import Reach, strict_tls
from todoke.adapters.openid import OpenIdClient, Place, own_key
from todoke.config import Config
from todoke.core import oidc
from todoke.core.errors import TodokeError
from todoke.core.oidc import Answer, Client, Question
from todoke.ports import Clock, StaffLogin


def of(config: Config, clock: Clock) -> StaffLogin:
    """What the settings name. Raises ``setting_invalid``."""
    return StaffProvider(config, clock) if config.staff_oidc.issuer else NoProvider()


class StaffProvider(OpenIdClient):
    """Implements ``ports.StaffLogin``: only this server and the browser must reach it, and it may
    stand behind a root certificate of the city's own."""

    def __init__(self, config: Config, clock: Clock, reach: Reach | None = None) -> None:
        """reach: the way out, for tests. Raises ``setting_invalid``."""
        found, keys = config.staff_oidc, config.data / "keys"
        client = Client(
            id=found.client_id,
            redirect_uri=f"{config.console_url}/login/oidc/back",
            acr=found.acr or None,
            max_age=found.max_age,
        )
        key = own_key(keys / found.key_file, "staff.oidc.key_file")
        place = Place(found.issuer, client, key, inside=True)
        way = reach or Reach(tls=_tls(keys / found.ca_file) if found.ca_file else strict_tls())
        super().__init__(place, clock, way)

    def address(self, question: Question, max_age: int) -> str:
        """See ``ports.StaffLogin.address``."""
        return oidc.address(self._known(), replace(self._client, max_age=max_age), question)

    def proved(self, question: Question, answer: Answer, max_age: int) -> tuple[str, int]:
        """See ``ports.StaffLogin.proved``."""
        client = replace(self._client, max_age=max_age)
        subject, claims = self.answered(client, question, answer)
        return subject, oidc.proved_at(claims)

    def goodbye(self) -> str:
        """See ``ports.StaffLogin.goodbye``. Nobody waits for the provider when she leaves."""
        known = self._provider[1].goodbye if self._provider else ""
        return f"{known}?{urlencode({'client_id': self._client.id})}" if known else ""


def _tls(file: Path) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(file))
    except (OSError, ssl.SSLError) as error:
        raise TodokeError(
            "setting_invalid",
            file="site/todoke.toml",
            field="staff.oidc.ca_file",
            rule="a readable file with certificates (PEM)",
            next="the root certificate of the city's network",
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class NoProvider:
    """Implements ``ports.StaffLogin``: there is no such way in."""

    issuer = ""

    def address(self, _question: Question, _max_age: int) -> NoReturn:
        """See ``ports.StaffLogin.address``."""
        raise TodokeError("not_found")

    def proved(self, _question: Question, _answer: Answer, _max_age: int) -> NoReturn:
        """See ``ports.StaffLogin.proved``."""
        raise TodokeError("not_found")

    def public_keys(self) -> Sequence[Mapping[str, str]]:
        """See ``ports.StaffLogin.public_keys``."""
        raise TodokeError("not_found")

    def goodbye(self) -> str:
        """See ``ports.StaffLogin.goodbye``."""
        return ""
