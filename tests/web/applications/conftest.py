"""A city that takes applications, a browser without cookies, and two residents with sessions."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.parts.applying import QuickCleaner, city
from tests.parts.resident import Session, logged_in
from todoke.ports import Services
from todoke.web.app import create_app


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return dataclasses.replace(city(tmp_path), cleaner=QuickCleaner())


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return create_app(services).test_client(use_cookies=False)


@pytest.fixture
def anne(services: Services) -> Session:
    return logged_in(services)


@pytest.fixture
def bert(services: Services) -> Session:
    return logged_in(services, number="0000000002", name="見本 べつ")
