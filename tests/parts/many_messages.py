"""Our engine on a wire of the test, and many messages for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.parts.hostile_push import Certificates
from tests.parts.push_wire import AUTH, HOST, MESSAGE, POINT, SECRETS, Wire
from todoke.adapters.fakes import TurnedClock
from todoke.adapters.guarded_connection import Reach
from todoke.adapters.push_engine import PushEngine
from todoke.config import Config, PushConfig
from todoke.ports import PushAnswer, PushTarget

OTHER = "fcm.googleapis.com"


def engine_over(wire: Wire, certificates: Certificates, seconds: float = 20.0) -> PushEngine:
    tls = certificates.trusting()
    tls.set_alpn_protocols(["h2", "http/1.1"])
    reach = Reach(wire.look_up, wire.dial, certificates.trusting(), 20.0, seconds, tls)
    settings = PushConfig("mailto:push@city.example", (HOST, OTHER))
    config = Config(Path(), Path(), push=settings)
    return PushEngine(config, SECRETS, TurnedClock(), reach)


def targets(count: int, host: str = HOST) -> list[PushTarget]:
    return [PushTarget(f"https://{host}/m/{number}", POINT, AUTH) for number in range(count)]


def sent(engine: PushEngine, to: Sequence[PushTarget]) -> dict[int, PushAnswer]:
    """Each message answered exactly once."""
    answers: dict[int, PushAnswer] = {}
    for key, answer in engine.send_many((n, each, MESSAGE) for n, each in enumerate(to)):
        assert key not in answers
        answers[key] = answer
    assert sorted(answers) == list(range(len(to)))
    return answers


def outcomes(answers: dict[int, PushAnswer]) -> Counter[str]:
    return Counter(each.outcome for each in answers.values())
