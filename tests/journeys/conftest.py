"""Each journey runs twice: in a folder of this machine, and on DynamoDB, S3 and SQS."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts import aws_city, aws_service
from tests.parts.desk import Desk
from tests.parts.late_indexes import LOOKED_FOR_AGAIN
from tests.parts.looking import only_when_acting
from tests.parts.town import Town
from todoke import assemble
from todoke.adapters.fakes import TurnedClock
from todoke.ports import Clock

AWS = pytest.param("aws", marks=pytest.mark.real)
AWS_LATE = pytest.param("aws, late", marks=[pytest.mark.real, pytest.mark.soak])
AWS_LATER = pytest.param("aws", marks=[pytest.mark.real, pytest.mark.soak])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Twice, unless a test reads the files of the embedded stores itself or is of full size
    already; what takes long on the emulation runs there in ``make soak``. What is about AWS runs
    there alone. What also holds when indexes are late runs so in ``make soak``."""
    if "stores" in metafunc.fixturenames:
        marked = metafunc.definition.get_closest_marker
        if marked("only_on_aws"):
            metafunc.parametrize("stores", [AWS], indirect=True)
            return
        alone = marked("looks_into_files") or marked("soak")
        more = [] if alone else [AWS_LATER if marked("slow_on_aws") else AWS]
        if marked("also_late") and not (alone or marked("lists_on_time")):
            more.append(AWS_LATE)
        metafunc.parametrize("stores", ["files", *more], indirect=True)


@pytest.fixture(autouse=True)
def stores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where ``assemble.fake`` keeps a city's things in this test: a patch, because the tests
    assemble their cities in many places."""
    where: str = request.param
    if where != "files":
        cloud: aws_service.Aws = request.getfixturevalue("cloud")
        cloud.faults(conflict=2, unprocessed=5)
        monkeypatch.setattr(assemble, "on_files", _on_aws)
        turn = TurnedClock.turn

        def turn_both(clock: TurnedClock, seconds: float) -> None:
            turn(clock, seconds)
            cloud.turn(seconds)

        monkeypatch.setattr(TurnedClock, "turn", turn_both)
    if where == "aws, late":
        cloud.late(10_000, but=LOOKED_FOR_AGAIN)
        only_when_acting(monkeypatch, cloud)
    return where


def _on_aws(data: Path, clock: Clock) -> assemble.Stores:
    city = aws_city.name_of(data)
    aws_city.settle_all(city)
    return assemble.on_aws(city, clock)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.open(tmp_path)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """Where nobody follows yet."""
    return Town.open(tmp_path)
