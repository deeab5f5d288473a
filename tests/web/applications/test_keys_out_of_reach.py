"""A form on paper whose answers travel sealed, while keys change or cannot be had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.parts.applying import PROCEDURE, answers, city
from todoke.core.errors import TodokeError
from todoke.journeys import keyring
from todoke.ports import Services
from todoke.web import form_fields


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return city(tmp_path)


def _carry(services: Services) -> str:
    return form_fields.carry(services, PROCEDURE, "U-1", "2026-11", answers())


def test_a_form_begun_before_a_rotation_goes_on_after_it(services: Services) -> None:
    text = _carry(services)
    keyring.rotate(services)
    assert form_fields.carried(services, PROCEDURE, text).answers == answers()
    assert form_fields.carried(services, PROCEDURE, _carry(services)).account == "U-1"


def test_while_the_keys_are_out_of_reach_nobody_is_told_that_her_form_is_wrong(
    services: Services,
) -> None:
    text = _carry(services)

    class Away:
        """Keys of a service that does not answer."""

        def __getattr__(self, name: str) -> Any:
            def refuse(*_: object) -> None:
                raise TodokeError("keys_unreachable", reason="made up")

            return refuse

    away = replace(services, secrets=replace(services.secrets, data_key=Away()))
    for ask in (
        lambda: form_fields.carried(away, PROCEDURE, text),
        lambda: form_fields.carry(away, PROCEDURE, "U-1", "2026-11", answers()),
    ):
        with pytest.raises(TodokeError, match="keys_unreachable"):
            ask()
    with pytest.raises(TodokeError, match="bad_request"):
        form_fields.carried(services, PROCEDURE, text[:-8])
    assert form_fields.carried(services, PROCEDURE, text).account == "U-1"
