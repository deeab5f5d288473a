"""Servers for a stranger's page in a real browser, and one that is as careless as many are.

with Stranger("127.0.0.2", port, then=lambda: names.means("evil.test", "127.0.0.1")): …
with Careless() as careless: …                # answers anybody, and keeps what it was asked
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

_SCRIPT = Path(__file__).parents[1] / "e2e/stranger_page.mjs"
_PAGE = """<!doctype html><title>a page</title><body>
<script src="stranger_page.mjs" type="module"></script>"""
#: what the careless one gives away
SECRET = "a-secret-of-this-machine"


def _nothing() -> None:
    pass


class _Server:
    """Answers with ``answer(handler)`` until left; every connection is closed after one answer."""

    def __init__(self, host: str, port: int, answer: Callable[[BaseHTTPRequestHandler], None]):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with contextlib.suppress(OSError):  # the page has gone on
                    answer(self)

            do_POST = do_OPTIONS = do_GET  # noqa: N815

            def log_message(self, *_words: object) -> None:
                pass

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.daemon = True

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


class Stranger(_Server):
    """Serves the stranger's page at every address. then: done once its script was fetched."""

    def __init__(self, host: str, port: int = 0, then: Callable[[], object] = _nothing) -> None:
        super().__init__(host, port, self._page)
        self._then = then

    def _page(self, handler: BaseHTTPRequestHandler) -> None:
        script = handler.path.endswith(".mjs")
        kind = "text/javascript" if script else "text/html"
        _send(handler, kind, _SCRIPT.read_text("utf-8") if script else _PAGE, ("X-Stranger", "1"))
        if script:
            self._then()


class Careless(_Server):
    """Looks at no Host and no Origin. heard: method and path of what it was asked."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(host, port, self._tell)
        self.heard: list[str] = []

    def _tell(self, handler: BaseHTTPRequestHandler) -> None:
        self.heard.append(f"{handler.command} {handler.path}")
        origin = handler.headers.get("Origin", "*")
        shared = [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Allow-Headers", "content-type, todoke-card"),
        ]
        _send(handler, "application/json", f'{{"secret": "{SECRET}"}}', *shared)


def _send(handler: BaseHTTPRequestHandler, kind: str, text: str, *headers: tuple[str, str]) -> None:
    body = text.encode()
    handler.send_response(200)
    sizes = (("Content-Type", kind), ("Content-Length", str(len(body))), ("Connection", "close"))
    for name, value in (*sizes, ("Cache-Control", "no-store"), *headers):
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
