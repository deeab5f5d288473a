"""A real Firefox ESR without a screen, subscribed to the push service of the tests.

Nothing is stubbed: the permission is given by pressing "Allow" in the browser's own question,
and a notification is opened by pressing the alert the browser drew. Without a desktop's
notification service Firefox draws alerts itself, as windows of their own
(chrome://global/content/alerts/alert.xhtml); the remote control may enter them because of
``--remote-allow-system-access``. So the click takes the way of a person's: window -> alert
service -> service worker's ``notificationclick``.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import IO, Any

from tests.parts import processes
from tests.parts.marionette import Marionette, MarionetteError
from tests.parts.waiting import PATIENCE_SECONDS, wait_for

_PREFERENCES: Mapping[str, bool | int | str] = {
    # the remote control turns push off unless the profile itself says otherwise
    "dom.push.connection.enabled": True,
    "dom.push.testing.allowInsecureServerURL": True,
    # come back quickly after darkness: 0.1 s, doubled each time up to 2 s
    "dom.push.retryBaseInterval": 100,
    "dom.push.pingInterval": 2000,
    # alerts drawn by the browser, where they can be pressed
    "alerts.useSystemBackend": False,
    "alerts.disableSlidingEffect": True,
    # the browser's questions ignore clicks in their first half second, against clickjacking
    "security.notification_enable_delay": 0,
    "marionette.port": 0,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
}
#: nobody listens on the port of "discard"
_NO_PUSH = "http://127.0.0.1:9"
_QUESTION = "#notification-popup popupnotification:not([hidden])"
_ALLOW = f"{_QUESTION} .popup-notification-primary-button"
_BLOCK = f"{_QUESTION} .popup-notification-secondary-button"


@dataclass(frozen=True, slots=True)
class Alert:
    """A notification as it stands on the screen."""

    title: str
    body: str


class Firefox:
    """One browser with a fresh home. Give every test its own.

    push_origin: of the push service; a browser without one asks nobody. more: preferences of
    its profile besides. space: a command that starts it somewhere (tests/parts/own_names.py)."""

    def __init__(
        self,
        home: Path,
        push_origin: str = _NO_PUSH,
        more: Mapping[str, bool | int | str] = MappingProxyType({}),
        space: Sequence[str] = (),
    ) -> None:
        self._home = home
        self._space = space
        self._profile = home / "profile"
        self._profile.mkdir(parents=True)
        server = push_origin.replace("http://", "ws://") + "/"
        self._write_preferences({**_PREFERENCES, "dom.push.serverURL": server, **more})
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by stop)

    # ------------------------------------------------------------------ life
    def start(self) -> Firefox:
        """Opens the browser (again, with everything it remembers, after ``switch_off``)."""
        announced = self._profile / "MarionetteActivePort"
        announced.unlink(missing_ok=True)
        environment = {
            **os.environ,
            "HOME": str(self._home),
            "MOZ_HEADLESS": "1",
            "MOZ_CRASHREPORTER_DISABLE": "1",
        }
        command = [*self._space, executable(), "--headless", "--no-remote", "--marionette"]
        command += ["--remote-allow-system-access", "--profile", str(self._profile), "about:blank"]
        self._process = processes.start(command, environment, self._output, self._home)
        try:
            port = wait_for(lambda: self._announced_port(announced), "Firefox to open its port")
            self.remote = Marionette(int(port))
            self.remote.call("WebDriver:NewSession", capabilities={})
        except BaseException:
            processes.kill_group(self._process)
            raise
        return self

    def switch_off(self) -> None:
        """Quits in order; the profile stays."""
        if self._process is None:
            return
        with contextlib.suppress(MarionetteError, OSError, TimeoutError):
            self.remote.call("Marionette:Quit", flags=["eForceQuit"])
        self.remote.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE_SECONDS)
        processes.kill_group(self._process)
        self._process = None

    def stop(self) -> None:
        """Kills it: the profile is thrown away with the test's folder."""
        if self._process is not None:
            self.remote.close()
            processes.kill_group(self._process)
            self._process = None
        self._output.close()

    def __enter__(self) -> Firefox:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # ------------------------------------------------------------------ pages
    def go(self, url: str) -> None:
        """Loads a page in the current tab."""
        self.remote.call("WebDriver:Navigate", url=url)

    def text(self) -> str:
        """What a person could read on the page now."""
        return str(self.remote.script("return document.body ? document.body.innerText : ''"))

    def press(self, words: str) -> None:
        """Clicks the visible button, link or label that says so (exactly, else containing)."""
        wait_for(lambda: self._press(words), f"something to press that says {words!r}")

    def page(self, part: str) -> str:
        """Goes to the tab whose address holds ``part``, once there is one; its address."""
        return wait_for(lambda: self._tab(part), f"a tab at {part!r}")

    def script(self, body: str, *arguments: Any) -> Any:
        """Runs a function body in the page."""
        return self.remote.script(body, *arguments)

    # ------------------------------------------------------------------ the browser itself
    def permit(self) -> None:
        """Presses "Allow" in the browser's own question (about notifications, say)."""
        wait_for(lambda: self._reply(_ALLOW), "the browser's question")

    def refuse(self) -> None:
        """Presses "Block" in it."""
        wait_for(lambda: self._reply(_BLOCK), "the browser's question")

    def alerts(self) -> list[Alert]:
        """The notifications on the screen; one whose window is still empty is none yet."""
        found = self.remote.script(
            """const found = [];
            for (const each of Services.wm.getEnumerator("alert:alert")) {
              const title = each.document.getElementById("alertTitleLabel");
              const body = each.document.getElementById("alertTextLabel");
              const drawn = each.document.readyState === "complete";
              if (drawn && title?.getAttribute("value") && body)
                found.push([title.getAttribute("value"), body.textContent]);
            }
            return found;""",
            chrome=True,
        )
        return [Alert(str(title), str(body)) for title, body in found]

    def press_alert(self, words: str) -> None:
        """Presses the notification on the screen that says so."""
        wait_for(lambda: self._press_alert(words), f"a notification that says {words!r}")

    def notifications(self) -> list[dict[str, str]]:
        """What this page's service worker shows: title, body, tag and language of each."""
        found = self.script(
            """return navigator.serviceWorker.getRegistration().then((found) =>
                 found ? found.getNotifications() : []).then((all) =>
                 all.map(({ title, body, tag, lang }) => ({ title, body, tag, lang })));"""
        )
        return [dict(each) for each in found]

    # ------------------------------------------------------------------ how
    def _write_preferences(self, preferences: Mapping[str, bool | int | str]) -> None:
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in preferences.items()]
        (self._profile / "user.js").write_text("\n".join(lines) + "\n")

    def _announced_port(self, announced: Path) -> str | None:
        if self._process is not None and self._process.poll() is not None:
            raise AssertionError(f"Firefox ended with {self._process.returncode}")
        return announced.read_text().strip() if announced.exists() else None

    def _press(self, words: str) -> bool:
        said = json.dumps(words, ensure_ascii=False)
        kinds = "self::button or self::a or self::label or self::summary"
        for test in (f"normalize-space(.)={said}", f"contains(normalize-space(.),{said})"):
            for element in self.remote.find(f"//*[{kinds}][{test}]"):
                with contextlib.suppress(MarionetteError):  # hidden, or replaced while we looked
                    self.remote.click(element)
                    return True
        return False

    def _tab(self, part: str) -> str | None:
        for handle in self.remote.call("WebDriver:GetWindowHandles"):
            with contextlib.suppress(MarionetteError):  # closed or loading
                self.remote.call("WebDriver:SwitchToWindow", handle=handle)
                url = str(self.remote.call("WebDriver:GetCurrentURL")["value"])
                if part in url:
                    return url
        return None

    @contextlib.contextmanager
    def _chrome(self) -> Iterator[None]:
        """Inside the browser's own windows; afterwards back in a tab."""
        tab = self.remote.call("WebDriver:GetWindowHandle")["value"]
        self.remote.call("Marionette:SetContext", value="chrome")
        try:
            yield
        finally:
            self.remote.call("Marionette:SetContext", value="content")
            self.remote.call("WebDriver:SwitchToWindow", handle=tab, focus=False)

    def _reply(self, chosen: str) -> bool:
        with self._chrome(), contextlib.suppress(MarionetteError):
            ready = f"""return document.getElementById("notification-popup").state == "open"
                ? document.querySelector({json.dumps(chosen)}) : null"""
            button = self._evaluate(ready)
            if button is None:
                return False
            # "in view" is unknown for a panel of the browser, so the mouse is moved by hand
            mouse = [
                {"type": "pointerMove", "origin": button, "x": 0, "y": 0},
                {"type": "pointerDown", "button": 0},
                {"type": "pointerUp", "button": 0},
            ]
            self.remote.call(
                "WebDriver:PerformActions",
                actions=[{"type": "pointer", "id": "mouse", "actions": mouse}],
            )
            return True
        return False

    def _press_alert(self, words: str) -> bool:
        with self._chrome():
            for handle in self.remote.call("WebDriver:GetWindowHandles"):
                with contextlib.suppress(MarionetteError):
                    self.remote.call("WebDriver:SwitchToWindow", handle=handle, focus=False)
                    box = self._evaluate('return document.getElementById("alertBox")')
                    if box and words in str(self._evaluate(_ALERT_WORDS)):
                        self.remote.click(box)
                        return True
        return False

    def _evaluate(self, body: str) -> Any:
        return self.remote.call("WebDriver:ExecuteScript", script=body, args=[])["value"]


_ALERT_WORDS = """const [title, body] = ["alertTitleLabel", "alertTextLabel"].map((id) =>
  document.getElementById(id)); return `${title.getAttribute("value")} ${body.textContent}`"""


def executable() -> str:
    """Where Firefox is. Raises AssertionError: `make test` installs firefox-esr."""
    found = shutil.which("firefox-esr") or shutil.which("firefox")
    assert found, "Firefox ESR is missing: install the package firefox-esr"
    return found
