"""A bad day in one process: clients, workers, tick and clock take turns over stores that fail."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from tests.histories.baton import Turns
from tests.histories.citizen import Citizen
from tests.histories.diary import Diary
from tests.histories.faults import (
    BadBlobs,
    BadQueue,
    BadStore,
    DiedError,
    WatchedPush,
    Weather,
    small_steps,
)
from tests.histories.official import Official
from tests.histories.scene import BEFORE, PlainPress, Scene, publish, write_keys
from todoke import assemble
from todoke.adapters.fakes import TurnedClock
from todoke.core.errors import TodokeError
from todoke.journeys import deliver
from todoke.journeys.tick import tick
from todoke.store_schema import LANES
from todoke.web.app import create_app

#: a run is over within this: the same answers ten minutes later are another application
LONGEST = 400


class Compiled(BytecodeCache):
    """The desk's templates, compiled once for all runs."""

    kept: dict[str, CodeType] = {}  # noqa: RUF012 (shared on purpose)

    def load_bytecode(self, bucket: Bucket) -> None:
        """From the runs before."""
        bucket.code = self.kept.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """For the runs after."""
        if bucket.code is not None:
            self.kept[bucket.key] = bucket.code


@dataclass(slots=True)
class Day:
    """One run."""

    scene: Scene
    weather: Weather

    @classmethod
    def open(cls, folder: Path, seed: int, turns: Turns) -> Day:
        """Everybody is in place and has begun; the weather is calm."""
        clock, weather = TurnedClock(), Weather(random.Random(f"weather {seed}"), on=False)
        write_keys(folder / "keys")
        push = WatchedPush(weather, turns)
        calm = replace(assemble.fake(folder, clock=clock, push=push), press=PlainPress())
        publish(calm)
        services = replace(
            calm,
            store=BadStore(calm.store, weather, turns),
            queue=BadQueue(calm.queue, weather, turns),
            blobs=BadBlobs(calm.blobs, weather, turns),
        )
        app = create_app(services)
        app.jinja_env.bytecode_cache = Compiled()
        scene = Scene(services, calm, clock, push, turns, app.test_client, Diary(turns))
        scene.settle_people(seed)
        for each in scene.clients:
            each.begin()
        clock.turn(BEFORE)
        return cls(scene, weather)

    def live(self, acts: int) -> None:
        """Each client does so many acts, while the workers work and the clock goes."""
        ended: list[str] = []

        def client(who: Citizen | Official) -> None:
            try:
                for _ in range(acts):
                    who.do_something()
            finally:
                ended.append(who.name)

        def going() -> bool:
            return len(ended) < len(self.scene.clients)

        self.weather.on, end = True, self.scene.clock.unix() + LONGEST
        self.scene.turns.run(
            [
                *(lambda each=each: client(each) for each in self.scene.clients),
                lambda: self._repeat(going, self._tick),
                *(lambda lane=lane: self._repeat(going, lambda: self._work(lane))
                  for lane in (*LANES, LANES[0])),
                lambda: self._repeat(going, lambda: self._clock(end)),
            ]
        )  # fmt: skip
        self.weather.on = False

    def _repeat(self, going: Callable[[], bool], act: Callable[[], object]) -> None:
        """A process that starts again whenever it died."""
        while going():
            self.scene.turns.rest()
            try:
                act()
            except DiedError:
                continue

    def _clock(self, end: int) -> None:
        small_steps(self.scene.clock, self.weather, end)

    def _tick(self) -> None:
        try:
            tick(self.scene.services)
        except TodokeError:  # the next tick goes on
            self.scene.turns.pause()

    def _work(self, lane: str) -> None:
        try:
            deliver.work(self.scene.services, lane)
        except TodokeError:  # the queue itself was away
            self.scene.turns.pause()
