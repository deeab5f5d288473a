"""What a caller did that no adapter allows: a defect, not an accident of the world."""

from __future__ import annotations

from todoke.core.errors import TodokeError


def misuse(rule: str, **where: object) -> TodokeError:
    """A defect of the caller, told as ``store_misuse`` with the rule that it broke."""
    return TodokeError("store_misuse", rule=rule, **where)
