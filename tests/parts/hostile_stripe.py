"""A server that speaks the needed part of Stripe's HTTP, and is hostile on purpose.

As docs.stripe.com describes it: form-encoded requests, an idempotency key that is bound to its
parameters and remembers errors too, limits of convenience stores, sessions that expire, signed
events at least once and in no order. What a request gets is told by ``faults``, one per request;
without one it is answered properly.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

from todoke.core import webhook

KEY, SECRET = "sk_test_hostile", "whsec_hostile"
KONBINI = range(120, 300_001)


class HostileStripe:
    """Listens on 127.0.0.1. requests: (headers, parameters) in order. sessions: by id. now: its
    clock, which a test may turn."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.requests: list[tuple[dict[str, str], dict[str, str]]] = []
        self.sessions: dict[str, dict[str, Any]] = {}
        self.now: Callable[[], int] = lambda: int(time.time())
        self._answers: dict[str, tuple[dict[str, str], int, bytes]] = {}
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> HostileStripe:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    # ------------------------------------------------------------------------- requests
    def answer(self, headers: dict[str, str], asked: dict[str, str]) -> tuple[int, bytes]:
        """Status and body, as the real one would."""
        self.requests.append((headers, asked))
        if headers.get("authorization") != f"Bearer {KEY}":
            return _error(401, "invalid_request_error", "Invalid API Key")
        key = headers.get("idempotency-key", "")
        with self._lock:
            if key in self._answers:
                before, status, body = self._answers[key]
                if before != asked:
                    return _error(400, "idempotency_error", "Keys … same parameters")
                return status, body
            status, body = self._create(asked)
            if key:
                self._answers[key] = (asked, status, body)
            return status, body

    def remember_failure(self, headers: dict[str, str], asked: dict[str, str]) -> None:
        """A 500 is kept under its key as any other answer."""
        self.requests.append((headers, asked))
        status, body = _error(500, "api_error", "Something went wrong")
        self._answers[headers.get("idempotency-key", "")] = (asked, status, body)

    def _create(self, asked: dict[str, str]) -> tuple[int, bytes]:
        price = "line_items[0][price_data]"
        amount, methods = (
            asked.get(f"{price}[unit_amount]", ""),
            _list(asked, "payment_method_types"),
        )
        if asked.get("mode") != "payment" or asked.get(f"{price}[currency]") != "jpy":
            return _error(400, "invalid_request_error", "mode or currency")
        if not amount.isdigit() or ("konbini" in methods and int(amount) not in KONBINI):
            return _error(400, "invalid_request_error", "amount", "amount_too_large")
        ends = int(asked.get("expires_at", 0))
        if not self.now() + 1800 <= ends <= self.now() + 86_400:
            return _error(400, "invalid_request_error", "expires_at")
        id = f"cs_test_{secrets.token_hex(20)}"
        session = {
            "id": id,
            "object": "checkout.session",
            "amount_total": int(amount),
            "currency": "jpy",
            "payment_status": "unpaid",
            "status": "open",
            "metadata": {
                name[9:-1]: value for name, value in asked.items() if name.startswith("metadata[")
            },
            "client_reference_id": asked.get("client_reference_id"),
            "url": f"https://checkout.stripe.com/c/pay/{id}#fid",
            "livemode": False,
        }
        self.sessions[id] = session
        return 200, json.dumps(session).encode()

    # -------------------------------------------------------------------------- events
    def event(
        self, type_: str, session: str, *, skew: int = 0, now: int | None = None, **changes: Any
    ) -> tuple[bytes, str]:
        """A signed event about a session: body and header. changes: of the session it shows;
        "event_id" names the event. skew: of its clock, seconds."""
        moment = self.now() if now is None else now
        id = changes.pop("event_id", f"evt_{secrets.token_hex(12)}")
        told = {
            "id": id,
            "object": "event",
            "type": type_,
            "created": moment,
            "livemode": False,
            "data": {"object": {**self.sessions[session], **changes}},
        }
        body = json.dumps(told, ensure_ascii=False, indent=2).encode()
        return body, webhook.sign(SECRET, body, moment + skew)

    def card_paid(self, session: str, **changes: Any) -> tuple[bytes, str]:
        """Paid by card: one event."""
        shown = {"payment_status": "paid", "status": "complete", **changes}
        return self.event("checkout.session.completed", session, **shown)

    def slip_printed(self, session: str, **changes: Any) -> tuple[bytes, str]:
        """A slip for the convenience store: completed, unpaid."""
        shown = {"payment_status": "unpaid", "status": "complete", **changes}
        return self.event("checkout.session.completed", session, **shown)

    def slip_paid(self, session: str, **changes: Any) -> tuple[bytes, str]:
        """Days later."""
        type_ = "checkout.session.async_payment_succeeded"
        return self.event(type_, session, **{"payment_status": "paid", **changes})

    def slip_expired(self, session: str, **changes: Any) -> tuple[bytes, str]:
        """Nobody went to the store."""
        return self.event("checkout.session.async_payment_failed", session, **changes)

    def wait(self, seconds: float) -> None:
        """Sleeps, or until the end."""
        self._ending.wait(seconds)


def _error(status: int, type_: str, message: str, code: str | None = None) -> tuple[int, bytes]:
    return status, json.dumps({"error": {"type": type_, "message": message, "code": code}}).encode()


def _list(asked: dict[str, str], name: str) -> list[str]:
    return [value for key, value in asked.items() if key.startswith(f"{name}[")]


def _handler(stripe: HostileStripe) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """One call."""
            with contextlib.suppress(OSError):
                self._post()

        def _post(self) -> None:
            size = int(self.headers.get("Content-Length", "0"))
            asked = dict(parse_qsl(self.rfile.read(size).decode(), keep_blank_values=True))
            headers = {name.lower(): value for name, value in self.headers.items()}
            fault = stripe.faults.pop(0) if stripe.faults else ""
            act = getattr(self, f"_fault_{fault}", None)
            if self.path != "/v1/checkout/sessions":
                self._send(*_error(404, "invalid_request_error", self.path))
            elif act is not None:
                act(headers, asked)
            elif fault:
                self._changed(fault, *stripe.answer(headers, asked))
            else:
                self._send(*stripe.answer(headers, asked))

        def _send(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Request-Id", f"req_{secrets.token_hex(6)}")
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def _changed(self, fault: str, status: int, body: bytes) -> None:
            """An answer that is not what was asked for."""
            session = json.loads(body)
            session |= {
                "wrong_amount": {"amount_total": 1},
                "wrong_currency": {"currency": "usd"},
                "other_host": {"url": "https://checkout.stripe.com.evil.test/pay"},
                "http_page": {"url": "http://checkout.stripe.com/pay"},
                "script_page": {"url": "javascript:alert(1)"},
                "no_page": {"url": None},
                "odd_id": {"id": "../../etc"},
            }[fault]
            self._send(status, json.dumps(session).encode())

        def _fault_busy(self, headers: Any, asked: Any) -> None:
            self._send(*_error(429, "invalid_request_error", "rate", "rate_limit"))

        def _fault_in_use(self, headers: Any, asked: Any) -> None:
            self._send(*_error(409, "idempotency_error", "in use", "idempotency_key_in_use"))

        def _fault_broken(self, headers: Any, asked: Any) -> None:
            self._send(*_error(500, "api_error", "before the effect"))

        def _fault_broken_after(self, headers: Any, asked: Any) -> None:
            stripe.answer(headers, asked)
            self._send(*_error(500, "api_error", "after the effect"))

        def _fault_broken_for_good(self, headers: Any, asked: Any) -> None:
            stripe.remember_failure(headers, asked)
            self._send(*_error(500, "api_error", "kept"), Stripe_Should_Retry="false")

        def _fault_reset(self, headers: Any, asked: Any) -> None:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()

        def _fault_reset_after(self, headers: Any, asked: Any) -> None:
            stripe.answer(headers, asked)
            self._fault_reset(headers, asked)

        def _fault_silent(self, headers: Any, asked: Any) -> None:
            stripe.wait(30)

        def _fault_drip(self, headers: Any, asked: Any) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
            for _ in range(300):
                self.wfile.write(b"x")
                self.wfile.flush()
                stripe.wait(0.1)

        def _fault_huge(self, headers: Any, asked: Any) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(10**9))
            self.end_headers()
            for _ in range(1000):
                self.wfile.write(b" " * 65_536)

        def _fault_html(self, headers: Any, asked: Any) -> None:
            self._send(200, b"<html>maintenance</html>")

        def _fault_list(self, headers: Any, asked: Any) -> None:
            self._send(200, b"[1, 2, 3]")

        def _fault_latin(self, headers: Any, asked: Any) -> None:
            self._send(200, b'{"id": "\xff\xfe"}')

        def _fault_deep(self, headers: Any, asked: Any) -> None:
            self._send(200, b"[" * 100_000)

        def _fault_away(self, headers: Any, asked: Any) -> None:
            self._send(302, b"", Location="https://evil.test/v1/checkout/sessions")

        def _fault_forbidden(self, headers: Any, asked: Any) -> None:
            self._send(*_error(403, "invalid_request_error", "no permission"))

        def _fault_odd_error(self, headers: Any, asked: Any) -> None:
            self._send(400, b'{"error": ["?"]}')

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler
