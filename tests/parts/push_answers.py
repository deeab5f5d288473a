"""What push services answer in a test, and which messages a town has pushed."""

from __future__ import annotations

from collections.abc import Callable

from tests.parts.town import Town
from todoke.ports import PushAnswer, PushMessage, PushTarget

ACCEPTED = PushAnswer("accepted", 201)


def answer_by_part(**by_origin: PushAnswer) -> Callable[[PushTarget, PushMessage], PushAnswer]:
    """Answers by part of the endpoint, accepted otherwise."""

    def answer(target: PushTarget, message: PushMessage) -> PushAnswer:
        found = [each for part, each in by_origin.items() if part in target.endpoint]
        return found[0] if found else ACCEPTED

    return answer


def always(outcome: str, status: int, wait: int | None = None) -> Callable[..., PushAnswer]:
    return lambda target, message: PushAnswer(outcome, status, wait)


def messages(town: Town) -> list[PushMessage]:
    return [message for _, message in town.push.sent]
