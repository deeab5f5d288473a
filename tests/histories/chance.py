"""Chance that can be repeated: for one run, what the city draws by chance comes from its number.

This is a patch of the standard library, because nothing else reaches every receipt number and
every token; and those decide in which order equal things stand in a list, so without it a run that
failed would go another way when it is looked at again.
"""

from __future__ import annotations

import base64
import contextlib
import random
import secrets
from collections.abc import Iterator
from unittest import mock


@contextlib.contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """While it lasts, secrets are none."""
    luck = random.Random(f"secrets {seed}")
    random.seed(f"waits {seed}")

    def token_urlsafe(nbytes: int = 32) -> str:
        return base64.urlsafe_b64encode(luck.randbytes(nbytes)).rstrip(b"=").decode()

    drawn = {
        "token_bytes": lambda nbytes=32: luck.randbytes(nbytes),
        "token_hex": lambda nbytes=32: luck.randbytes(nbytes).hex(),
        "token_urlsafe": token_urlsafe,
        "choice": luck.choice,
        "randbelow": luck.randrange,
    }
    with contextlib.ExitStack() as patches:
        for name, draw in drawn.items():
            patches.enter_context(mock.patch.object(secrets, name, draw))
        yield
