"""Asking the person, in a window of the machine's own: who asks, what for, how many tries left.

The PIN comes from a pinentry program, which may be our own window (``tk_pinentry``), or from the
keys of the reader, and from nowhere else. Without a window, only a card whose PIN is published (the
pretend card) is used; every other card is refused with ``pin_dialog_missing``.
"""

from __future__ import annotations

import os
import shutil
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from card_bridge import assuan, pinpad
from card_bridge.assuan import AssuanError, Conversation, erase
from card_bridge.errors import BridgeError
from card_bridge.jpki import AUTHENTICATION, SIGNING
from card_bridge.protocol import LOGIN, SIGN_DOCUMENT, Mode, Purpose
from card_bridge.sentences import Language, say

#: a person looks for a card and a slip of paper; nobody takes longer and still wants it
PATIENCE_SECONDS = 120
#: how often a PIN of the wrong shape is asked for again (it never reaches the card)
_MOST_ATTEMPTS = 3
#: best first: a window, then the terminal
_PROGRAMS = (
    "pinentry", "pinentry-gnome3", "pinentry-qt", "pinentry-gtk-2", "pinentry-x11",
    "pinentry-mac", "pinentry-curses", "pinentry-tty",
)  # fmt: skip
_IN_TERMINAL = ("curses", "tty")
#: our own window, by the word that asks for it; -I and -S: nothing of the environment, and fast
OWN_WINDOW = "tk"
_OWN_PROGRAM = (
    sys.executable, "-I", "-S", str(Path(__file__).with_name("tk_pinentry.py"))
)  # fmt: skip
_CREDENTIALS = {LOGIN: AUTHENTICATION, SIGN_DOCUMENT: SIGNING}


@dataclass(frozen=True, slots=True)
class Question:
    """What the person is told. left: wrong tries until the card locks, at least 1. mode: a visit
    is never answered without her: nobody knows which page sent it."""

    origin: str
    purpose: Purpose
    left: int
    language: Language
    published: str | None
    mode: Mode = "fetch"
    #: what the page calls the document that is to be signed
    document: str = ""


class Hangup:
    """The page is gone, or the bridge stops: ends the dialog that is open, and any later one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._end: Callable[[], None] | None = None
        self.done = False

    def now(self) -> None:
        """Ends the dialog."""
        with self._lock:
            self.done = True
            if self._end:
                self._end()

    def watch(self, end: Callable[[], None] | None) -> None:
        """``end`` is called at a hang-up; at once when it has already happened."""
        with self._lock:
            self._end = end
            if self.done and end:
                end()


class Consent:
    """The person's yes, by typing the PIN into a native dialog.

    command: the pinentry program, or None when there is none. tty: the terminal it may use."""

    def __init__(self, command: Sequence[str] | None, tty: str | None) -> None:
        self.command = command
        self._tty = tty

    def pin(self, question: Question, hangup: Hangup) -> bytearray:
        """The PIN (of a signature: the password), to be erased by the caller. One dialog per call,
        and before it a warning when only one try is left.

        Raises ``pin_cancelled``, ``pin_timeout`` or ``pin_dialog_missing``."""
        if self.command is None:
            return _published(question)
        with self._dialog(hangup) as dialog:
            self._introduce(dialog, question.language, question.purpose)
            if question.left == 1:
                _warn(dialog, question)
            return _ask(dialog, question)

    def agrees(self, question: Question, hangup: Hangup) -> None:
        """Asks before the reader waits for the PIN on its own keys: nobody is to find it waiting
        without having read who asks and how many tries are left.

        Raises ``pin_cancelled``, ``pin_timeout`` or ``pin_dialog_missing``."""
        with self._dialog(hangup) as dialog:
            self._introduce(dialog, question.language, question.purpose)
            if question.left == 1:
                _warn(dialog, question)
            dialog.say("SETDESC", described(question, on_reader=True))
            dialog.say("CONFIRM")

    def beside(
        self,
        question: Question,
        hangup: Hangup,
        enter: Callable[[], None],
        stop: Callable[[], None],
    ) -> None:
        """Shows what to do at the reader while ``enter`` waits for its keys.

        stop: ends ``enter`` from another thread, for the person who does not want to any more.
        Raises what ``enter`` does, and ``pin_cancelled`` or ``pin_dialog_missing``."""
        entering = _Entering(enter)
        try:
            with self._dialog(hangup, pinpad.PATIENCE_SECONDS) as dialog:
                self._introduce(dialog, question.language, question.purpose)
                _optional(dialog, "SETTIMEOUT", "0")  # the reader has a clock
                _optional(dialog, "SETOK", say(question.language, "dialog", "cancel"))
                dialog.say("SETDESC", _at_the_keys(question))
                entering.start(dialog.hang_up)
                dialog.say("CONFIRM", "--one-button")
            raise BridgeError("pin_cancelled")
        except BridgeError:
            if not entering.ended:
                stop()
                raise
        finally:
            entering.join()
        if entering.error:
            raise entering.error

    def trusts(self, origin: str, language: Language, hangup: Hangup) -> bool:
        """Whether the person lets a page of this origin use the card from now on.

        Raises ``pin_cancelled`` when the page went away, ``pin_timeout`` or
        ``pin_dialog_missing``."""
        try:
            with self._dialog(hangup) as dialog:
                self._introduce(dialog, language)
                _optional(dialog, "SETOK", say(language, "dialog", "allow"))
                dialog.say("SETDESC", say(language, "dialog", "new_site", origin=origin))
                dialog.say("CONFIRM")
        except BridgeError as error:
            if hangup.done or error.code != "pin_cancelled":
                raise
            return False
        return True

    @contextmanager
    def _dialog(self, hangup: Hangup, seconds: float = PATIENCE_SECONDS) -> Iterator[Conversation]:
        """A dialog from its start to its end, which a hang-up ends too."""
        if self.command is None:
            raise BridgeError("pin_dialog_missing")
        deadline = time.monotonic() + seconds
        try:
            with _as_it_was(self._tty), Conversation(self.command, deadline) as dialog:
                hangup.watch(dialog.hang_up)
                try:
                    yield dialog
                finally:
                    hangup.watch(None)
        except AssuanError as error:
            if hangup.done:
                raise BridgeError("pin_cancelled") from None
            raise _told(error) from None
        except (OSError, termios.error):
            # the terminal has been closed since the start
            raise BridgeError("pin_dialog_missing") from None

    def _introduce(
        self, dialog: Conversation, language: Language, purpose: Purpose = LOGIN
    ) -> None:
        options = {
            "lc-ctype": _character_set(),
            "ttyname": self._tty,
            "ttytype": os.environ.get("TERM", "") if self._tty else None,
        }
        for name, value in options.items():
            if value:
                _optional(dialog, "OPTION", f"{name}={value}")
        _optional(dialog, "SETTITLE", say(language, "dialog", "title"))
        _optional(dialog, "SETPROMPT", say(language, "dialog", f"prompt_{purpose}"))
        _optional(dialog, "SETOK", say(language, "dialog", "ok"))
        _optional(dialog, "SETCANCEL", say(language, "dialog", "cancel"))
        _optional(dialog, "SETTIMEOUT", str(PATIENCE_SECONDS))


def find(named: str | None, tty: str | None) -> Sequence[str] | None:
    """The program that asks: the one that was named (``tk``: our own window), or the first
    pinentry on PATH that has a place to show itself (a window, or ``tty``), or our own window.
    None when there is none."""
    for program in (named,) if named else _PROGRAMS:
        path = None if program == OWN_WINDOW else shutil.which(program)
        if path and _has_a_place([path], tty):
            return [path]
    own = named in (None, "", OWN_WINDOW) and _has_a_screen() and _has_a_place(_OWN_PROGRAM, tty)
    return _OWN_PROGRAM if own else None


def is_own(command: Sequence[str]) -> bool:
    """Whether the program that asks is our own window."""
    return tuple(command) == _OWN_PROGRAM


def terminal() -> str | None:
    """The terminal in which the person sees what this program says."""
    try:
        return os.ttyname(sys.stderr.fileno()) if sys.stderr.isatty() else None
    except (OSError, ValueError):
        return None


@contextmanager
def _as_it_was(tty: str | None) -> Iterator[None]:
    """Gives the terminal its echo back even when the dialog in it was ended from outside."""
    if tty is None:
        yield
        return
    handle = os.open(tty, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        before = termios.tcgetattr(handle)
        try:
            yield
        finally:
            termios.tcsetattr(handle, termios.TCSADRAIN, before)
    finally:
        os.close(handle)


class _Entering:
    """A PIN being typed on the reader's keys, in a thread beside the dialog that says so."""

    def __init__(self, enter: Callable[[], None]) -> None:
        self._enter = enter
        self._thread: threading.Thread | None = None
        #: whether the reader, or the card, has said something; and what, if it was no yes
        self.ended = False
        self.error: BridgeError | None = None

    def start(self, then: Callable[[], None]) -> None:
        """then: called when it has ended."""

        def run() -> None:
            try:
                self._enter()
            except BridgeError as error:
                self.error = error
            except Exception:  # its words could hold anything
                self.error = BridgeError("defect")
            self.ended = True
            then()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Waits until it has ended, if it has begun."""
        if self._thread:
            self._thread.join()


def described(question: Question, on_reader: bool = False) -> str:
    """The text of the dialog: origin, purpose, tries left, and what to do if it was not me.
    on_reader: the PIN is typed there."""
    language = question.language
    values = {"origin": question.origin, "name": question.document}
    typed = "type_on_reader" if on_reader else f"type_{question.purpose}"
    lines = [
        say(language, "dialog", f"asks_{question.purpose}", **values),
        say(language, "dialog", typed, left=question.left),
    ]
    if question.published:
        lines.append(say(language, "dialog", "pretend", pin=question.published))
    return "\n\n".join(lines)


def _at_the_keys(question: Question) -> str:
    told: dict[str, int | str] = {"origin": question.origin, "left": question.left}
    return say(question.language, "dialog", "keys_now", **told)


def _has_a_screen() -> bool:
    """Whether a window may open at all; whether it does, only the program can tell."""
    shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(shown) or sys.platform == "darwin"


def _has_a_place(command: Sequence[str], tty: str | None) -> bool:
    try:
        with Conversation(command, time.monotonic() + 5) as dialog:
            flavor = bytes(dialog.say("GETINFO", "flavor")).decode("ascii", "replace")
    except AssuanError as error:
        # it speaks Assuan but has no such word: not one of the terminal's
        return error.code != 0
    return tty is not None or flavor.split(":")[-1] not in _IN_TERMINAL


def _published(question: Question) -> bytearray:
    if question.published is None or question.mode == "visit":
        raise BridgeError("pin_dialog_missing")
    print(described(question), file=sys.stderr, flush=True)
    print(say(question.language, "dialog", "typed_itself"), file=sys.stderr, flush=True)
    return bytearray(question.published.encode())


def _warn(dialog: Conversation, question: Question) -> None:
    dialog.say("SETDESC", say(question.language, "dialog", "last_try", origin=question.origin))
    dialog.say("CONFIRM")


def _ask(dialog: Conversation, question: Question) -> bytearray:
    dialog.say("SETDESC", described(question))
    for _ in range(_MOST_ATTEMPTS):
        pin = dialog.say("GETPIN")
        _raise_letters(pin)
        if _CREDENTIALS[question.purpose].takes(pin):
            return pin
        erase(pin)
        _optional(dialog, "SETERROR", say(question.language, "dialog", f"shape_{question.purpose}"))
    raise BridgeError("pin_cancelled")


def _raise_letters(pin: bytearray) -> None:
    """The password has capital letters only; in place, so that no copy of it is left."""
    for at, each in enumerate(pin):
        if 0x61 <= each <= 0x7A:
            pin[at] = each - 0x20


def _character_set() -> str:
    """A locale in which pinentry-curses may draw Japanese: the person's own if it can."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return value if "utf" in value.lower() else "C.UTF-8"
    return "C.UTF-8"


def _optional(dialog: Conversation, command: str, argument: str) -> None:
    """What makes a dialog nicer and what an older program may not know."""
    try:
        dialog.say(command, argument)
    except AssuanError as error:
        if error.code in (0, assuan.TIMEOUT):
            raise


def _told(error: AssuanError) -> BridgeError:
    if error.code in (assuan.CANCELED, assuan.FULLY_CANCELED, assuan.NOT_CONFIRMED):
        return BridgeError("pin_cancelled")
    if error.code == assuan.TIMEOUT:
        return BridgeError("pin_timeout")
    return BridgeError("pin_dialog_missing")
