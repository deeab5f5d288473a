"""The login by デジタル認証アプリ, where a city has set one; and a city without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

from todoke.config import Config
from todoke.core.errors import TodokeError
from todoke.core.oidc import Answer, Question
from todoke.ports import AppLogin, Clock


def of(config: Config, clock: Clock) -> AppLogin:
    """What the settings name. Raises ``setting_invalid``."""
    if not config.oidc.issuer:
        return NoApp()
    from todoke.adapters.openid import OpenIdProvider

    return OpenIdProvider(config, clock)


class NoApp:
    """Implements ``ports.AppLogin``: there is no such way in."""

    issuer = ""

    def address(self, _question: Question) -> NoReturn:
        """See ``ports.AppLogin.address``."""
        raise TodokeError("not_found")

    def subject(self, _question: Question, _answer: Answer) -> NoReturn:
        """See ``ports.AppLogin.subject``."""
        raise TodokeError("not_found")

    def public_keys(self) -> Sequence[Mapping[str, str]]:
        """See ``ports.AppLogin.public_keys``."""
        raise TodokeError("not_found")
