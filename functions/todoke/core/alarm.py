"""A blind alarm: the one instant at which a phone asks to be woken, and nothing else.

Why it is all that the city learns, and why that instant follows from no birthday, is measured in
docs/blind-alarms.md.
"""

from __future__ import annotations

from todoke.core.errors import TodokeError
from todoke.core.push_message import MAX_TTL

#: a yearly date and a month in which the phone may be off
MOST_AHEAD_SECONDS = 400 * 24 * 3600
#: seconds would tell one phone's clock from another's
STEP_SECONDS = 60
#: lists that the tick asks for what is due: a commit of many phones at the same minute spreads
#: over so many partitions (DynamoDB writes 1,000 units a second to one), and each is one request
SHARDS = 8
#: a phone that was off finds its alarm for as long as a push service may keep it: without it, it
#: would never ask for the next one
KEEP_SECONDS = MAX_TTL
#: an attempt that fails by our fault or is refused comes again after this
NEXT_DAY_SECONDS = 24 * 3600

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def check_at(value: object, now: int) -> int:
    """The instant of a request, unix seconds.

    Raises ``bad_field`` unless it is a whole minute, still to come, at most 400 days ahead."""
    # bool is an int to Python; 1e9 would be a float
    if type(value) is not int:
        raise TodokeError("bad_field", field="at", rule="whole_number")
    if value <= now:
        raise TodokeError("bad_field", field="at", rule="time_passed")
    if value > now + MOST_AHEAD_SECONDS:
        raise TodokeError("bad_field", field="at", rule="too_late")
    if value % STEP_SECONDS:
        raise TodokeError("bad_field", field="at", rule="whole_minute")
    return value


def shard_of(subscription: str) -> str:
    """The list an alarm stands in: by the id of its subscription (an HMAC, so all are alike long),
    because a phone that asks again must not stand in two."""
    return str(_DIGITS.index(subscription[0]) % SHARDS)
