"""Keys for whoever tests without an installation, and the secret of a city on AWS."""

from __future__ import annotations

import base64
import contextlib
import json
from pathlib import Path

from todoke.adapters import aws_client, keys
from todoke.core.sealed import Ring


class FixedKeys(Ring):
    """Implements ``ports.DataKeys`` with keys that nobody changes."""

    def make(self, number: int) -> str:
        """Nobody asks."""
        raise NotImplementedError(number)

    def drop(self, number: int) -> bool:
        """Nobody asks."""
        raise NotImplementedError(number)

    def forget(self) -> None:
        """They are always the same."""


ONE_KEY = FixedKeys({1: b"d" * 32})


def tell_secret(city: str, folder: Path, **changed: str | None) -> None:
    """The secret ``<city>-keys``, of key files made in ``folder``. changed: other texts in it, or
    None for what it lacks."""
    made = folder / "keys"
    keys.make_missing(made)
    secret = {
        "vapid_private": (made / keys.VAPID).read_text("ascii"),
        "seal_key": base64.b64encode((made / keys.SEAL).read_bytes()).decode(),
        "data_key": base64.b64encode((made / keys.DATA).read_bytes()).decode(),
        **changed,
    }
    text = json.dumps({name: value for name, value in secret.items() if value is not None})
    secrets = aws_client.client("secretsmanager")
    with contextlib.suppress(secrets.exceptions.ResourceExistsException):  # its answer was lost
        secrets.create_secret(Name=f"{city}-keys", SecretString=text)
