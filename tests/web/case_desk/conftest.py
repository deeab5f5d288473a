"""A desk with case workers and a cashier, its console, and a worker who sits there."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.parts.case_desk import CaseDesk
from tests.parts.casework import seat
from tests.parts.clerk import Clerk
from todoke.web.app import create_app


@pytest.fixture
def desk(tmp_path: Path) -> CaseDesk:
    return CaseDesk.open(tmp_path)


@pytest.fixture
def app(desk: CaseDesk) -> Flask:
    return create_app(desk.services, ("console", "console_assets"))


@pytest.fixture
def worker(app: Flask, desk: CaseDesk) -> Clerk:
    return seat(app, desk, desk.worker)
