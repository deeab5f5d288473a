"""The demonstration city, printed once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.parts.sealing_keys import ONE_KEY
from todoke import config as settings
from todoke.adapters.site_folder import read
from todoke.core import catalogue, words
from todoke.core.catalogue import Catalogue
from todoke.core.words import Dictionary
from todoke.ports import Secrets
from todoke.press import build
from todoke.press.house import House

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 24)


def secrets_of(scalar: int) -> Secrets:
    """A pair of keys that is the same in every run."""
    key = ec.derive_private_key(scalar, ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Secrets(vapid_private=pem, seal_key=b"s" * 32, data_key=ONE_KEY)


def press_of(site: Mapping[str, bytes], issuer: str = "") -> House:
    """A press over those site files and the real templates. issuer: of the phone's login."""
    config = settings.load(ROOT, ROOT / "data", {}, "https://city.minatono.example")
    config = replace(config, oidc=replace(config.oidc, issuer=issuer))
    return build(
        config, words.parse(site), secrets_of(7), lambda: read(ROOT / "templates"), lambda: site
    )


@pytest.fixture(scope="session")
def site() -> Mapping[str, bytes]:
    return read(ROOT / "site")


@pytest.fixture(scope="session")
def city(site: Mapping[str, bytes]) -> Catalogue:
    return catalogue.parse(site)


@pytest.fixture(scope="session")
def press(site: Mapping[str, bytes]) -> House:
    return press_of(site)


@pytest.fixture(scope="session")
def said(site: Mapping[str, bytes]) -> Dictionary:
    return words.parse(site)


@pytest.fixture(scope="session")
def release(press: House, city: Catalogue) -> Mapping[str, bytes]:
    return press.site(city, TODAY)
