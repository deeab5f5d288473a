"""A desk with an author and an approver, over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.parts.clerk import Clerk, enter
from tests.parts.desk import Desk
from todoke.web.app import create_app


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.open(tmp_path)


@pytest.fixture
def app(desk: Desk) -> Flask:
    return create_app(desk.services)


@pytest.fixture
def author(app: Flask, desk: Desk) -> Clerk:
    return enter(app, desk, desk.author)


@pytest.fixture
def approver(app: Flask, desk: Desk) -> Clerk:
    return enter(app, desk, desk.approver)
