"""Clients of AWS, and the plain words for what goes wrong on the way to it.

boto3 is imported here only. Credentials and region come from the environment that AWS gives
each function; nothing is written into a file.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cache
from typing import Any

from todoke.core.errors import TodokeError

#: seconds; a function that waits longer than its caller helps nobody
CONNECT_SECONDS, READ_SECONDS = 2, 5
#: tries of botocore for what was throttled, answered 5xx or lost on the way
TRIES = 6
#: the queue is asked after the commit, while somebody waits for her answer (functions end after
#: 15 s): what it does not take, the tick brings
QUEUE_READ_SECONDS, QUEUE_TRIES = 3, 3
#: as many requests at once as a process has threads, and some
CONNECTIONS = 50

#: codes by which AWS says "not now"
BUSY = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "ThrottlingException",
        "Throttling",
        "TransactionInProgressException",
    }
)

#: errors of botocore where nobody told who asks, and where
WITHOUT = ("NoCredentialsError", "NoRegionError", "PartialCredentialsError")


@cache
def client(service: str) -> Any:
    """The client of one service; safe to share between threads, and slow to make."""
    import boto3
    from botocore.config import Config

    # botocore's older mode waits 50 ms before a second try of DynamoDB, the newer one up to a
    # second: too long for somebody who looks at a screen
    mode = "legacy" if service == "dynamodb" else "standard"
    queue = service == "sqs"
    settings = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=QUEUE_READ_SECONDS if queue else READ_SECONDS,
        max_pool_connections=CONNECTIONS,
        retries={"mode": mode, "total_max_attempts": QUEUE_TRIES if queue else TRIES},
    )
    with said_plainly():
        return boto3.client(service, config=settings)


def code_of(error: Exception) -> str:
    """The code of a ClientError, "" for anything else."""
    answer: Any = getattr(error, "response", None)
    return str(answer["Error"].get("Code", "")) if isinstance(answer, dict) else ""


@contextlib.contextmanager
def said_plainly() -> Iterator[None]:
    """Turns throttling, 5xx and a network that is away into ``storage_unavailable``; a defect
    of ours (a bad request, a missing permission) stays what it is."""
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code_of(error) in BUSY or status >= 500:
            raise TodokeError("storage_unavailable", reason="busy") from error
        raise
    except HTTPClientError as error:
        raise TodokeError("storage_unavailable", reason="out of reach") from error
    except BotoCoreError as error:
        if type(error).__name__ in ("EndpointConnectionError", "ConnectionClosedError"):
            raise TodokeError("storage_unavailable", reason="out of reach") from error
        if type(error).__name__ in WITHOUT:
            raise TodokeError(
                "setting_invalid",
                file="AWS_DEFAULT_REGION",
                field="AWS_ACCESS_KEY_ID",
                rule="a region and the credentials of a role that may use the city's stores",
                next="infra/README.md",
            ) from error
        raise
