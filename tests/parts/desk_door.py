"""A clerk who comes in by a way of her own, at the journeys.

her = AtTheDoor(desk.services, desk.author.id)
secret = her.sets_up_app()
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from tests.parts.authenticator import Authenticator
from todoke.core import totp
from todoke.core.errors import TodokeError
from todoke.journeys import desk_login, desk_session, desk_ways, staff
from todoke.journeys.desk_login import Opened, Typed
from todoke.journeys.desk_ways import Asking
from todoke.ports import Services

BROWSER = "b" * 43


@dataclass
class AtTheDoor:
    """token: of her session, once she came in."""

    services: Services
    id: str
    token: str = ""

    @classmethod
    def inside(cls, services: Services, id: str) -> AtTheDoor:
        """In by a one-time link."""
        made = cls(services, id)
        made.enters_by_link()
        return made

    def enters_by_link(self) -> str:
        """By a fresh one-time link."""
        self.token = staff.open_session(self.services, staff.new_link(self.services, self.id).code)
        return self.token

    def asking(self) -> Asking:
        """Her session, as a page hands it on."""
        found = desk_session.find(self.services, self.token)
        assert found is not None
        return Asking(*found, self.token, "Firefox / Linux")

    def sets_up_app(self, steps: int = 0) -> bytes:
        """The secret in her app. steps: from now, of the code she types first."""
        if not self.token:
            self.enters_by_link()
        shown = desk_ways.begin_totp(self.services, self.asking())
        text = shown.text.replace(" ", "")
        secret = base64.b32decode(text + "=" * (-len(text) % 8))
        token = desk_ways.confirm_totp(self.services, self.asking(), self.code(secret, steps))
        assert token is not None
        self.token = token
        return secret

    def sets_up_passkey(self) -> Authenticator:
        """Her phone."""
        if not self.token:
            self.enters_by_link()
        phone = Authenticator()
        options = desk_ways.ask_passkey(self.services, self.asking(), BROWSER)
        made = phone.create(options, self.services.config.console_url)
        self.token = desk_ways.add_passkey(self.services, self.asking(), BROWSER, made)
        return phone

    def code(self, secret: bytes, steps: int = 0) -> str:
        """What her app shows now, or so many steps later."""
        return totp.at(secret, totp.step_of(self.services.clock.unix()) + steps)

    def shows(self, phone: Authenticator) -> Opened:
        """Comes in by passkey."""
        options = desk_login.ask(self.services, BROWSER)
        answer = phone.get(options, self.services.config.console_url)
        return desk_login.by_passkey(self.services, BROWSER, answer)

    def types(self, code: str, name: str = "", source: str = "", mark: str = "") -> Opened:
        """Comes in by name and code."""
        typed = Typed(name or self.id, code, source, mark)
        return desk_login.by_code(self.services, typed)

    def is_refused(self, code: str, name: str = "", source: str = "", mark: str = "") -> str:
        """Which error she gets."""
        try:
            self.types(code, name, source, mark)
        except TodokeError as error:
            return error.code
        return ""
