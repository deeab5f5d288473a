"""A clerk comes in to the desk with the code of her app."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from tests.crash.flows.seen import Plain, Say, Seen, exactly
from tests.parts.desk_door import AtTheDoor
from todoke.core import totp
from todoke.core.errors import TodokeError
from todoke.journeys import desk_login, desk_session, staff
from todoke.journeys.desk_login import Typed
from todoke.ports import Services


class Door(Plain):
    """Implements ``Flow``."""

    def prepare(self, services: Services, told: Mapping[str, Any]) -> dict[str, Any]:
        """A clerk with an app, which was set up a minute ago."""
        her = AtTheDoor(services, staff.add(services, "見本 はるか", ["author"]).staff)
        secret = her.sets_up_app(steps=-1)
        app = str(her.asking().clerk.data["totp"])
        record = services.store.get("staff_credential", app)
        assert record is not None
        step = int(str(record.data["step"]))
        code = base64.b64encode(secret).decode()
        return {"staff": her.id, "app": app, "secret": code, "step": step}

    def act(
        self, services: Services, told: Mapping[str, Any], said: Mapping[str, str], say: Say
    ) -> None:
        """Without an answer she types the code again; where it was spent, the next one."""
        secret = base64.b64decode(told["secret"])
        if "session" in said:
            return
        for ahead in (0, 1):
            code = totp.at(secret, totp.step_of(services.clock.unix()) + ahead)
            try:
                say("session", desk_login.by_code(services, Typed(told["staff"], code)).token)
            except TodokeError as error:
                if error.code != "staff_login_refused":
                    raise
                continue
            return

    def look(self, seen: Seen) -> Iterator[str]:
        """Every session that began has its act and has spent its code; hers is there."""
        opened = seen.acts("session_opened") - 2  # by the link, and by the app's first code
        sessions = len(seen.all("staff_session")) - 1
        yield from exactly("a session at the desk", sessions, opened)
        app = seen.one("staff_credential", seen.told["app"])
        spent = app is not None and int(str(app.data["step"])) > seen.told["step"]
        yield from exactly("a spent code", int(spent), min(opened, 1))
        last = seen.said.get("session")
        if last and desk_session.clerk_of(seen.services, last) is None:
            yield "her session at the desk is lost"
