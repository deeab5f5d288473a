"""Stripe's library on a wire of our own: a deadline for the whole call, a limit of bytes, no
redirect, no proxy, nothing of the environment."""

from __future__ import annotations

import contextlib
import http.client
import logging
import socket
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import stripe

from todoke.adapters.guarded_connection import strict_tls
from todoke.core.errors import TodokeError

LOG = logging.getLogger("todoke.stripe")
#: one call, from the connection to the last byte; with retries below 20 seconds in all
CONNECT_SECONDS = 3.0
CALL_SECONDS = 5.0
RETRIES = 2
#: a Checkout Session is about 5 kB of JSON
MAX_ANSWER_BYTES = 256 * 1024

#: how our machine looks is none of Stripe's business
stripe.enable_telemetry = False


class Client:
    """The one call we make. Threads may share it."""

    def __init__(self, key: str, api: str = "") -> None:
        """key: secret or restricted key. api: another server than Stripe's, for tests."""
        self._stripe = stripe.StripeClient(
            key or "no key",
            base_addresses={"api": api} if api else None,
            max_network_retries=RETRIES,
            http_client=_Wire(),
        )

    def create(self, parameters: dict[str, Any], idempotency_key: str) -> dict[str, Any]:
        """A Checkout Session as a plain dict.

        Raises ``payment_unavailable`` for what may pass, ``payment_refused`` for what would be
        refused again."""
        options: Any = {"idempotency_key": idempotency_key}
        asked: Any = parameters
        try:
            found = self._stripe.v1.checkout.sessions.create(asked, options)
            return dict(found.to_dict())
        except (stripe.AuthenticationError, stripe.PermissionError) as error:
            LOG.error("stripe_key_refused", extra={"kind": type(error).__name__})
            raise TodokeError("payment_unavailable") from None
        except (
            stripe.InvalidRequestError,
            stripe.CardError,
            stripe.IdempotencyError,
        ) as error:
            # the code only: a message may repeat what was sent
            LOG.error("stripe_refused", extra={"kind": type(error).__name__, "code": error.code})
            raise TodokeError("payment_refused") from None
        except stripe.StripeError as error:
            LOG.warning("stripe_unavailable", extra={"kind": type(error).__name__})
            raise TodokeError("payment_unavailable") from None
        except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
            # what came was JSON of another shape than the library expects
            LOG.error("stripe_unreadable", extra={"kind": type(error).__name__})
            raise TodokeError("payment_unavailable") from None


class _Wire(stripe.HTTPClient):
    """One new connection for each try: payments are rare, and a kept one may be dead."""

    name = "todoke"

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        **_: Any,
    ) -> tuple[str, int, Mapping[str, str]]:
        """See ``stripe.HTTPClient.request``. Raises ``stripe.APIConnectionError``."""
        try:
            return _exchange(method, url, dict(headers or {}), post_data)
        except (OSError, http.client.HTTPException, UnicodeDecodeError) as error:
            # of what failed only its kind: a text may hold what was sent
            failed: Any = stripe.APIConnectionError
            raise failed(type(error).__name__, should_retry=True) from None

    def close(self) -> None:
        """Nothing is kept."""


def _exchange(
    method: str, url: str, headers: dict[str, str], body: Any
) -> tuple[str, int, Mapping[str, str]]:
    to = urlsplit(url)
    host, port = to.hostname or "", to.port
    connection: http.client.HTTPConnection
    if to.scheme == "https":
        connection = http.client.HTTPSConnection(
            host, port, timeout=CONNECT_SECONDS, context=strict_tls()
        )
    else:
        connection = http.client.HTTPConnection(host, port, timeout=CONNECT_SECONDS)
    with contextlib.closing(connection):
        connection.connect()
        # a timeout of a socket starts anew with every byte that drips in; this one does not
        late = threading.Event()
        cut = threading.Timer(CALL_SECONDS, _cut, [connection.sock, late])
        cut.daemon = True
        cut.start()
        try:
            connection.sock.settimeout(CALL_SECONDS)
            path = to.path + (f"?{to.query}" if to.query else "")
            connection.request(method.upper(), path, body, headers)
            answer = connection.getresponse()
            found = answer.read(MAX_ANSWER_BYTES + 1)
        finally:
            cut.cancel()
        if late.is_set():  # a cut answer may look like a whole one
            raise TimeoutError("call")
    if len(found) > MAX_ANSWER_BYTES:
        raise http.client.HTTPException("answer too long")
    return found.decode("utf-8"), answer.status, answer.headers  # type: ignore[return-value]


def _cut(connection: socket.socket, late: threading.Event) -> None:
    late.set()
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
