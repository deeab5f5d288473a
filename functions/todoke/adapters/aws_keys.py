"""Keys of a city on AWS, from one secret of Secrets Manager: made once by whoever sets the city up
(docs/reference.md), read by each function when it starts, never written by one."""

from __future__ import annotations

import base64
import binascii
import json

from todoke.adapters import aws_client
from todoke.adapters.keys import KEY_BYTES
from todoke.core.errors import TodokeError
from todoke.ports import Secrets


def load(city: str) -> Secrets:
    """The secret ``<city>-keys``: JSON of vapid_private (PEM), seal_key and data_key (base64).

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
        seal_key, data_key = (base64.b64decode(found[each]) for each in ("seal_key", "data_key"))
        vapid_private = str(found["vapid_private"]).encode("ascii")
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise TodokeError("keys_missing", file=name) from error
    if not len(seal_key) == len(data_key) == KEY_BYTES:
        raise TodokeError("keys_missing", file=name)
    return Secrets(vapid_private=vapid_private, seal_key=seal_key, data_key=data_key)
