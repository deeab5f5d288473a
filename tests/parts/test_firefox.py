"""The parts of the browser proof work together, with a page and a worker of ten lines.

When the proof against the city fails and this passes, the fault is in the city. The sender is
pywebpush, so neither end of the encryption is ours.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.parts.firefox import Alert, Firefox
from tests.parts.phone import encode
from tests.parts.push_service import PushService
from tests.parts.sender import Sender
from tests.parts.waiting import wait_for

PAGE = """<!doctype html><meta charset="utf-8"><title>A page</title>
<button>Follow</button><output></output><script src="/page.js"></script>"""
SCRIPT = """
document.querySelector("button").onclick = async () => {
  const applicationServerKey = location.hash.slice(1);
  if (await Notification.requestPermission() !== "granted") return;
  await navigator.serviceWorker.register("/sw.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  document.querySelector("output").textContent = JSON.stringify(made);
};"""
WORKER = """
self.addEventListener("push", (event) => {
  const { title, body, tag } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { body, tag }));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(clients.openWindow("/opened#" + event.notification.tag));
});
self.addEventListener("pushsubscriptionchange", (event) => {
  const options = { userVisibleOnly: true, applicationServerKey: KEY };
  event.waitUntil(self.registration.pushManager.subscribe(options).then((made) =>
    fetch("/changed", { method: "POST", body: JSON.stringify(made) })));
});"""


@dataclass
class Site:
    """Serves the page; keeps what the worker reports."""

    url: str = ""
    key: str = ""
    changed: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            worker = f"const KEY = {json.dumps(made.key)};{WORKER}"
            scripts = {"/page.js": SCRIPT, "/sw.js": worker}
            kind = "text/javascript" if self.path in scripts else "text/html"
            body = scripts.get(self.path, PAGE).encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            made.changed.append(json.loads(self.rfile.read(length)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def service() -> Iterator[PushService]:
    with PushService() as running:
        yield running


@pytest.fixture
def firefox(tmp_path: Path, service: PushService) -> Iterator[Firefox]:
    with Firefox(tmp_path / "home", service.origin) as browser:
        yield browser


@pytest.mark.real
def test_a_real_firefox_decrypts_shows_opens_and_comes_back(
    firefox: Firefox, service: PushService, site: Site
) -> None:
    sender = Sender(service)
    site.key = encode(sender.key)
    firefox.go(f"{site.url}/#{site.key}")
    firefox.press("Follow")
    firefox.permit()
    subscription = json.loads(
        wait_for(
            lambda: firefox.script("return document.querySelector('output').textContent"),
            "the subscription",
        )
    )

    def push(to: dict[str, Any], tag: str, title: str) -> int:
        data = json.dumps({"title": title, "body": f"{title}の本文", "tag": tag}).encode()
        return sender.send(to, data, {"Topic": tag}).status_code

    # shown, and opened by pressing it
    assert push(subscription, "N-1", "最初") == 201
    wait_for(lambda: firefox.alerts() == [Alert("最初", "最初の本文")], "the alert")
    assert [each["tag"] for each in firefox.notifications()] == ["N-1"]
    firefox.press_alert("最初")
    assert firefox.page("/opened").endswith("#N-1")
    firefox.page("/#")

    wait_for(lambda: len(service.acks) == 1, "the acknowledgement")

    # in the dark: two of one topic become one
    service.go_dark()
    assert push(subscription, "N-2", "古い") == 201
    assert push(subscription, "N-2", "新しい") == 201
    service.light()
    wait_for(lambda: service.room.waiting() == 0, "the browser to come back")
    shown = wait_for(firefox.notifications, "the notification")
    assert [each["title"] for each in shown] == ["新しい"]
    assert [ack.code for ack in service.acks] == [100, 100]

    # forgotten: it subscribes again by itself
    service.forget_all()
    renewed = wait_for(lambda: site.changed, "pushsubscriptionchange")[-1]
    assert renewed["endpoint"] != subscription["endpoint"]
    assert push(subscription, "N-3", "前の宛先") == 410
    assert push(renewed, "N-3", "次") == 201
    wait_for(lambda: "N-3" in [each["tag"] for each in firefox.notifications()], "the next one")
