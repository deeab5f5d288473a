"""Keys of a city on AWS. VAPID key and key of look-ups come from one secret of Secrets Manager,
made once by whoever sets the city up (docs/keys.md), read by each function when it starts, never
written by one. Data keys lie in the table, wrapped by a key of AWS KMS that never leaves it; the
first one of a city that began without KMS is in the secret too.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

from todoke.adapters import aws_client
from todoke.adapters.key_ring import KeyRing
from todoke.adapters.keys import KEY_BYTES
from todoke.core.errors import TodokeError
from todoke.ports import Secrets, Store


def load(city: str, kms_key: str, store: Store) -> Secrets:
    """The secret ``<city>-keys``: JSON of vapid_private (PEM), seal_key and, where the city had one
    before KMS, data_key (base64). kms_key: setting aws.kms_key.

    Raises ``keys_missing`` when it is absent or not whole, ``storage_unavailable``."""
    from botocore.exceptions import ClientError

    name = f"{city}-keys"
    with aws_client.said_plainly():
        try:
            text = aws_client.client("secretsmanager").get_secret_value(SecretId=name)
        except ClientError as error:
            if aws_client.code_of(error) != "ResourceNotFoundException":
                raise
            raise TodokeError("keys_missing", file=name) from error
    try:
        found = json.loads(text["SecretString"])
        first = base64.b64decode(found["data_key"]) if "data_key" in found else None
        seal_key = base64.b64decode(found["seal_key"])
        vapid_private = str(found["vapid_private"]).encode("ascii")
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise TodokeError("keys_missing", file=name) from error
    if {len(seal_key), len(first or seal_key)} != {KEY_BYTES}:
        raise TodokeError("keys_missing", file=name)
    ring = KeyRing(store, KmsKeys(city, kms_key, first))
    return Secrets(vapid_private=vapid_private, seal_key=seal_key, data_key=ring)


class KmsKeys:
    """Implements ``ports.Master`` with one symmetric key of AWS KMS. City and number are the
    encryption context of each data key: one that is copied to another city, or to another number,
    does not open, and the trail of KMS says whose it was."""

    def __init__(self, city: str, kms_key: str, first: bytes | None = None) -> None:
        self._city, self._kms_key, self._first = city, kms_key, first

    def make(self, number: int) -> str:
        """See ``ports.Master.make``."""
        if not self._kms_key:
            raise TodokeError(
                "setting_invalid",
                file="TODOKE_AWS__KMS_KEY",
                field="aws.kms_key",
                rule="a key of AWS KMS, which wraps the data keys",
                next="docs/keys.md",
            )
        asked = {"KeyId": self._kms_key, "KeySpec": "AES_256"}
        made = _plainly(lambda kms: kms.generate_data_key(**asked, **self._context(number)))
        return base64.b64encode(made["CiphertextBlob"]).decode("ascii")

    def open(self, number: int, wrapped: str) -> bytes:
        """See ``ports.Master.open``."""
        if not wrapped:
            if self._first is None:
                raise TodokeError("keys_missing", file=f"{self._city}-keys: data_key")
            return self._first
        blob = base64.b64decode(wrapped)
        # the key is named: a wrapped key of somebody else's KMS key is not asked for
        asked = {"CiphertextBlob": blob, **({"KeyId": self._kms_key} if self._kms_key else {})}
        return bytes(
            _plainly(lambda kms: kms.decrypt(**asked, **self._context(number)))["Plaintext"]
        )

    def drop(self, number: int) -> bool:  # noqa: ARG002
        """See ``ports.Master.drop``: the ring held it, nothing else does; the one in the secret
        is taken out by hand."""
        return False

    def _context(self, number: int) -> dict[str, dict[str, str]]:
        return {"EncryptionContext": {"todoke:city": self._city, "todoke:key": str(number)}}


def _plainly(ask: Callable[[Any], Any]) -> Any:
    """Asks KMS. Raises ``keys_unreachable``; reason: what KMS said."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return ask(aws_client.client("kms"))
    except ClientError as error:
        reason = aws_client.code_of(error)
    except BotoCoreError as error:
        reason = type(error).__name__
    raise TodokeError("keys_unreachable", reason=reason)
