"""Coming in to the desk by a way of one's own: a passkey, a code of an app, a recovery code.

Whoever is refused learns nothing but that: an unknown name costs the same reads, the same reckoning
and the same line in the record of acts as a wrong code, and gets the same answer.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from todoke.core import letter_code, passkey, totp
from todoke.core.errors import TodokeError
from todoke.journeys import audit, challenge, desk_session, desk_tries, desk_ways, staff
from todoke.journeys.desk_session import CODE, PASSKEY, TOTP, Proof
from todoke.ports import Json, Record, Replace, Services, Write

#: purpose of a challenge for a login at the desk
LOGIN = "staff_passkey_login"
#: two logins of one clerk at the same moment: the loser reads again
ATTEMPTS = 5
#: for whom there is no secret: the reckoning is done all the same
_NOBODYS = bytes(totp.SECRET_BYTES)


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed at the door. source: where from. mark: of her browser (desk_tries).
    browser: its rough name. old_token: of the session that this browser had."""

    name: str
    code: str
    source: str = ""
    mark: str = ""
    browser: str = ""
    old_token: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just opened. token: for the cookie, kept nowhere. mark: for her browser."""

    token: str
    staff: str
    mark: str


def by_code(services: Services, typed: Typed) -> Opened:
    """Opens a session for a name and a code. Raises ``staff_login_refused`` whatever is wrong,
    ``too_many_requests``."""
    clerk = staff.by_typed(services, typed.name)
    who = clerk.id if clerk else f"?{' '.join(typed.name.split())}"
    desk_tries.take(services, who, typed.source, typed.mark)
    for _ in range(ATTEMPTS):
        try:
            proof, writes = _proved(services, clerk, typed)
        except TodokeError:
            note_refused(services, clerk.id if clerk else "-", "code")
            raise
        assert clerk is not None
        token, making = desk_session.opening(services, clerk, proof, typed.old_token)
        closing = desk_session.closing(services, typed.old_token)
        try:
            services.store.commit([*writes, *making, *closing])
        except TodokeError as error:
            if error.code not in ("version_conflict", "record_exists"):
                raise
            clerk = services.store.get("staff", clerk.id)
            continue
        return Opened(token, clerk.id, desk_tries.mark_for(services, clerk.id))
    raise TodokeError("storage_unavailable")


def _proved(services: Services, clerk: Record | None, typed: Typed) -> tuple[Proof, list[Write]]:
    """The proof and the write that spends it. All that can be compared is compared, whoever it is
    and whatever the first says."""
    active = clerk is not None and bool(clerk.data["active"])
    ways = staff.ways_of(clerk) if clerk else 0
    app = services.store.get("staff_credential", str((clerk and clerk.data.get("totp")) or "-"))
    codes = services.store.get("staff_codes", clerk.id if clerk else "-")
    app = app if app is not None and app.data["ways"] == ways else None
    codes = codes if codes is not None and codes.data["ways"] == ways else None
    secret = desk_ways.secret_of(services, app) if app else _NOBODYS
    after = int(str(app.data["step"])) if app else -1
    digits = totp.read(typed.code)
    step = totp.matching(secret, digits or "", services.clock.unix(), after)
    letters = letter_code.read(typed.code)
    wanted = desk_ways.code_hash(services, clerk.id if clerk else "-", letters or "")
    left = [str(each) for each in _list(codes)]
    same = [each for each in left if hmac.compare_digest(each, wanted)]
    if active and app is not None and digits and step is not None:
        spent = {**app.data, "step": step, "used_at": services.clock.unix()}
        return Proof(TOTP, app.id, typed.browser), [Replace(replace(app, data=spent))]
    if active and codes is not None and letters and same:
        unused: list[Json] = [each for each in left if each not in same]
        kept = {**codes.data, "left": unused}
        return Proof(CODE, None, typed.browser), [Replace(replace(codes, data=kept))]
    raise TodokeError("staff_login_refused")


# -------------------------------------------------------------------------------- passkeys
def ask(services: Services, browser: str) -> dict[str, Any]:
    """Options for a login by passkey. browser: pre-session token."""
    asked = challenge.issue(services, browser, LOGIN)
    return passkey.request(desk_ways.site(services), asked.nonce)


def by_passkey(
    services: Services,
    browser: str,
    body: Mapping[str, object],
    old_token: str | None = None,
    named: str = "",
) -> Opened:
    """Opens a session for the passkey that answered; that of this browser ends.

    Raises ``staff_login_refused``."""
    for _ in range(ATTEMPTS):
        asked = None
        try:
            answer = passkey.read_shown(body)
            nonce = passkey.nonce_of(answer.client_data)
            asked = challenge.find(services, browser, LOGIN, nonce)
            credential, clerk, count = _passkey_of(services, nonce, answer)
        except TodokeError as error:
            if error.code != "passkey_refused":
                raise
            raise _refused(services, PASSKEY, asked) from error
        if asked is None:
            raise _refused(services, PASSKEY, None)
        proof = Proof(PASSKEY, credential.id, named)
        token, making = desk_session.opening(services, clerk, proof, old_token)
        used = {**credential.data, "used_at": services.clock.unix(), "count": count}
        closing = desk_session.closing(services, old_token)
        kept = Replace(replace(credential, data=used))
        try:
            services.store.commit([challenge.spending(asked), kept, *making, *closing])
        except TodokeError as error:
            if challenge.spent_meanwhile(error):
                raise _refused(services, PASSKEY, None) from error
            continue
        return Opened(token, clerk.id, desk_tries.mark_for(services, clerk.id))
    raise TodokeError("storage_unavailable")


def _passkey_of(
    services: Services, nonce: str, answer: passkey.Shown
) -> tuple[Record, Record, int]:
    """(credential, clerk, new counter); an id that nobody has costs the same check."""
    found = services.store.get("staff_credential", desk_ways.id_of(services, answer.id))
    known = found if found is not None and found.data["means"] == PASSKEY else None
    clerk = services.store.get("staff", str(known.data["staff"]) if known else "-")
    key = _raw(str(known.data["key"])) if known else passkey.NOBODYS_KEY
    count = int(str(known.data["count"])) if known else 0
    new_count = passkey.shown(desk_ways.site(services), nonce, answer, key, count)
    if known is None or clerk is None or not clerk.data["active"]:
        raise passkey.refused("passkey_unknown")
    if known.data["ways"] != staff.ways_of(clerk) or answer.handle != clerk.id:
        raise passkey.refused("passkey_unknown")
    return known, clerk, new_count


def _refused(services: Services, means: str, asked: Record | None) -> TodokeError:
    """The one error for a passkey that proves nothing; the question, if any, has ended."""
    note_refused(services, "-", means, *([challenge.spending(asked)] if asked else []))
    return TodokeError("staff_login_refused")


def note_refused(
    services: Services, staff_id: str, means: str, *more: Write, why: str = ""
) -> None:
    """Whose name was used, and why it was refused, stand in the record of acts, and nowhere that a
    stranger reads."""
    detail: dict[str, Json] = {"means": means, **({"why": why} if why else {})}
    noted = audit.entry(services, "system", "staff_login_refused", f"staff/{staff_id}", detail)
    try:
        services.store.commit([noted, *more])
    except TodokeError as lost:
        if challenge.spent_meanwhile(lost):
            services.store.commit([noted])


def _list(codes: Record | None) -> list[Any]:
    left = codes.data["left"] if codes else []
    return left if isinstance(left, list) else []


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
