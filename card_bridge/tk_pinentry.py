"""A window of our own that asks for the PIN, where the machine has no pinentry: Tk, which comes
with Python. It speaks Assuan like a pinentry, so ``consent`` knows no difference.

It is a program of its own and imports nothing of the bridge: it can be killed, and what copies of
the PIN Tcl made end with it. The PIN leaves through the pipe of standard output and in no other
way (on a terminal it refuses to start); it is not drawn, not selectable for other programs, and
not shown to an input method, which would draw and learn it. When the bridge is gone, the window
closes. It is never an argument, never in the environment, never in a log.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, NoReturn

if TYPE_CHECKING:
    import tkinter
    from tkinter import font as tkfont

Outcome = Literal["yes", "no", "late"]

#: gpg-error numbers with pinentry as their source (5 << 24)
_CANCELLED, _NOT_CONFIRMED, _TIMEOUT = 83886179, 83886194, 83886142
_UNKNOWN = 83886355
#: a yes or no counts only when the person can have read what appeared under her fingers: who was
#: typing into another window must not answer by that
_UNREADABLE_MILLISECONDS = 600
#: points of a letter and letters of a line: kind ones, and smaller ones where a page's long
#: address would push the buttons off a small screen
_SIZES = ((12, 33), (10, 46), (8, 62))
#: fonts whose letters are Japanese ones; otherwise the system chooses, perhaps Chinese ones
_JAPANESE = (
    "Noto Sans CJK JP", "Noto Sans JP", "Hiragino Sans", "IPAexGothic", "IPAGothic", "TakaoPGothic",
    "VL PGothic",
)  # fmt: skip
_PAPER, _INK, _QUIET, _FOCUS, _ERROR = "#ffffff", "#1b1b1f", "#e8eaf0", "#0b57d0", "#a3160c"
#: a paragraph with a space among so many letters is written in words (English, やさしい日本語)
_SPARSE = 16
_CLOSES = "、。，．・：；！？）」』】〉》ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ…"
_TOKEN = re.compile(rf"[（「『【〈《]*(?:[!-~]+| +|.)[{_CLOSES}]*")
_WORD = re.compile(rf"[^\s。]*。[{_CLOSES}]*|[^\s。]+|\s+")
_ADDRESS = re.compile(r"https?://[!-~]+")


@dataclass(slots=True)
class _Words:
    """What the next window says; each is set by a command of its own."""

    title: str = "Todoke"
    text: str = ""
    prompt: str = "PIN"
    error: str = ""
    ok: str = "OK"
    cancel: str = "Cancel"
    seconds: int = 0


def folded(text: str, room: float, measure: Callable[[str], float]) -> list[str]:
    """A text as lines that fit: broken between words and sentences where it has spaces, otherwise
    between letters, never before 、 or 。 nor after （ (JIS X 4051). What is longer is cut."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        spaced = paragraph.count(" ") * _SPARSE > len(paragraph)
        words = _WORD.findall(paragraph) if spaced else [paragraph]
        tokens = [
            token
            for word in words
            for token in ([word] if spaced and measure(word) <= room else _TOKEN.findall(word))
        ]
        line = ""
        for token in tokens:
            if measure(line + token.rstrip(" ")) <= room:
                line += token
                continue
            if line.strip(" "):
                lines.append(line.rstrip(" "))
            line = token.lstrip(" ")
            while measure(line.rstrip(" ")) > room and len(line) > 1:
                most = next(
                    (at for at in range(len(line) - 1, 1, -1) if measure(line[:at]) <= room), 1
                )
                lines.append(line[:most])
                line = line[most:]
        lines.append(line.rstrip(" "))
    return lines


class _Window:
    """One window of Tk, shown once for each question."""

    def __init__(self, root: tkinter.Tk) -> None:
        self._root = root
        root.withdraw()
        # an input method would draw what is typed in a window of its own, and learn it
        root.tk.call("tk", "useinputmethods", "-displayof", ".", False)
        self._outcome: Outcome = "no"

    def ask(self, words: _Words, secret: bool, one_button: bool) -> tuple[Outcome, str]:
        """Shows a question until it is answered; what was typed, where a PIN is asked for."""
        root = self._root
        for size, letters in _SIZES:
            sheet, field, buttons = self._laid_out(words, secret, one_button, size, letters)
            root.update_idletasks()
            if root.winfo_reqheight() < root.winfo_screenheight() * 0.9 or size == _SIZES[-1][0]:
                break
            sheet.destroy()
        root.title(words.title)
        root.configure(background=_PAPER)
        root.resizable(width=False, height=False)
        root.protocol("WM_DELETE_WINDOW", lambda: self._end("no"))
        root.bind("<Escape>", lambda _event: self._end("no"))
        if words.seconds:
            late = root.after(words.seconds * 1000, lambda: self._end("late"))
        root.eval("tk::PlaceWindow . center")
        root.attributes("-topmost", True)
        root.lift()
        (field or buttons[-1]).focus_force()
        if field is None:
            self._not_yet(buttons)
        root.mainloop()
        if words.seconds:
            root.after_cancel(late)
        typed = field.get() if field is not None and self._outcome == "yes" else ""
        if field is not None:
            field.delete(0, "end")
        sheet.destroy()
        root.withdraw()
        root.update()
        return self._outcome, typed

    def _laid_out(
        self, words: _Words, secret: bool, one_button: bool, size: int, letters: int
    ) -> tuple[tkinter.Frame, tkinter.Entry | None, list[tkinter.Button]]:
        """The content of the window, in letters of so many points and lines of so many letters."""
        import tkinter

        sheet = tkinter.Frame(self._root, background=_PAPER, padx=28, pady=24)
        sheet.pack(fill="both", expand=True)
        plain, bold = self._fonts(words, size)
        room = min(plain.measure("あ" * letters), self._root.winfo_screenwidth() * 0.85)
        self._write(sheet, words.text, room, plain, bold)
        field = None
        if secret:
            self._tell(sheet, words, room, bold)
            field = self._field(sheet, size)
        return sheet, field, self._buttons(sheet, words, plain, one_button, secret)

    def _end(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self._root.quit()

    def _fonts(self, words: _Words, size: int) -> tuple[tkfont.Font, tkfont.Font]:
        from tkinter import font as tkfont

        family = tkfont.nametofont("TkDefaultFont").actual("family")
        if not (words.text + words.ok).isascii():
            known = set(tkfont.families())
            family = next((each for each in _JAPANESE if each in known), family)
        return (
            tkfont.Font(family=family, size=size),
            tkfont.Font(family=family, size=size, weight="bold"),
        )

    def _write(
        self,
        sheet: tkinter.Frame,
        text: str,
        room: float,
        plain: tkfont.Font,
        bold: tkfont.Font,
    ) -> None:
        """The text, with the page's address in bold: it is what the person must look at."""
        import tkinter

        lines = folded(text, room, bold.measure)
        sheet_of_text = tkinter.Text(
            sheet, font=plain, background=_PAPER, foreground=_INK, relief="flat", borderwidth=0,
            highlightthickness=0, height=len(lines), width=int(room / plain.measure("0")) + 2,
            wrap="none", cursor="arrow", takefocus=False, spacing1=2, spacing3=2,
        )  # fmt: skip
        whole = "\n".join(lines)
        sheet_of_text.insert("1.0", whole)
        sheet_of_text.tag_configure("address", font=bold)
        for address in set(_ADDRESS.findall(text)):
            for found in re.finditer("\n?".join(map(re.escape, address)), whole):
                sheet_of_text.tag_add("address", f"1.0+{found.start()}c", f"1.0+{found.end()}c")
        sheet_of_text.configure(state="disabled")
        sheet_of_text.bindtags(())  # to be read, not to be marked or typed into
        sheet_of_text.pack(anchor="w")

    def _tell(self, sheet: tkinter.Frame, words: _Words, room: float, bold: tkfont.Font) -> None:
        """What was wrong with what was typed before, and the name of the field."""
        import tkinter

        if words.error:
            told = "\n".join(folded(f"⚠ {words.error}", room, bold.measure))
            tkinter.Label(
                sheet, text=told, font=bold, background=_PAPER, foreground=_ERROR, justify="left"
            ).pack(anchor="w", pady=(12, 0))
        tkinter.Label(
            sheet, text=words.prompt, font=bold, background=_PAPER, foreground=_INK
        ).pack(anchor="w", pady=(16, 4))  # fmt: skip

    def _field(self, sheet: tkinter.Frame, size: int) -> tkinter.Entry:
        import tkinter

        field = tkinter.Entry(
            sheet, show="●", font=("TkDefaultFont", size + 8), width=18, exportselection=False,
            relief="solid", borderwidth=1, background=_PAPER, foreground=_INK,
            insertbackground=_INK, insertofftime=0,
            highlightthickness=3, highlightcolor=_FOCUS, highlightbackground=_PAPER,
        )  # fmt: skip
        field.pack(anchor="w", ipady=4)
        for keys in ("<<Copy>>", "<<Cut>>"):
            field.bind(keys, lambda _event: "break")
        for keys in ("<Return>", "<KP_Enter>"):
            field.bind(keys, lambda _event: self._end("yes"))
        return field

    def _buttons(
        self, sheet: tkinter.Frame, words: _Words, plain: tkfont.Font, one: bool, secret: bool
    ) -> list[tkinter.Button]:
        """Yes, then no, in the order of Tab. Where nothing is typed, the no is where the
        fingers are: Enter and the space bar then stop."""
        import tkinter

        row = tkinter.Frame(sheet, background=_PAPER)
        row.pack(fill="x", pady=(24, 0))
        wanted: list[tuple[str, Outcome]] = [(words.ok, "yes")]
        if not one:
            wanted.append((words.cancel, "no"))
        made = []
        for label, outcome in wanted:
            strong = outcome == "yes" and (secret or not one)
            button = tkinter.Button(
                row, text=label, font=plain, padx=22, pady=6, relief="flat", borderwidth=0,
                background=_FOCUS if strong else _QUIET, foreground=_PAPER if strong else _INK,
                activebackground=_INK, activeforeground=_PAPER, disabledforeground="#8a8d96",
                highlightthickness=3, highlightcolor=_INK, highlightbackground=_PAPER,
                command=partial(self._end, outcome),
            )  # fmt: skip
            for keys in ("<Return>", "<KP_Enter>"):
                button.bind(keys, lambda event: event.widget.invoke())
            button.pack(side="right", padx=(10, 0))
            made.append(button)
        return made

    def _not_yet(self, buttons: list[tkinter.Button]) -> None:
        for button in buttons:
            button.configure(state="disabled")

        def now() -> None:
            for button in buttons:
                button.configure(state="normal")

        self._root.after(_UNREADABLE_MILLISECONDS, now)


class _Conversation:
    """The bridge's side: its lines come in, our answers go out."""

    def __init__(self) -> None:
        self._rest = b""

    def say(self, line: str) -> None:
        os.write(1, line.encode() + b"\n")

    def lines(self) -> Iterator[str]:
        """Each command, until the bridge hangs up."""
        while True:
            line, mark, rest = self._rest.partition(b"\n")
            if mark:
                self._rest = rest
                yield line.decode("utf-8", "replace")
            else:
                self.read()

    def read(self, *_of_tk: object) -> None:
        """More of what the bridge says; its silence for good ends this program, also in the
        midst of a question."""
        got = os.read(0, 4096)
        if not got or len(self._rest) > 65536:
            os._exit(0)
        self._rest += got


def main() -> NoReturn:
    """Answers commands until they end."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    line = _Conversation()
    if not stat.S_ISFIFO(os.fstat(1).st_mode):
        sys.exit("This program asks for a PIN and gives it to the card bridge, which starts it.")
    try:
        import tkinter

        root = tkinter.Tk(className="Todoke-bridge")
    except Exception:  # no tkinter, no display, no right to draw on it
        os._exit(1)  # without a greeting: then it is no pinentry that could be used
    window = _Window(root)
    root.tk.createfilehandler(0, tkinter.READABLE, line.read)
    words = _Words()
    line.say("OK Pleased to meet you")
    for command in line.lines():
        _answer(command, words, window, line)
    os._exit(0)


_SETTERS = {
    "SETTITLE": "title", "SETDESC": "text", "SETPROMPT": "prompt", "SETERROR": "error",
    "SETOK": "ok", "SETCANCEL": "cancel", "SETNOTOK": "cancel",
}  # fmt: skip


def _answer(command: str, words: _Words, window: _Window, line: _Conversation) -> None:
    name, _, given = command.partition(" ")
    if name in _SETTERS:
        setattr(words, _SETTERS[name], _decoded(given))
    elif name == "SETTIMEOUT":
        with contextlib.suppress(ValueError):
            words.seconds = max(0, int(given))
    elif name in ("GETPIN", "CONFIRM", "MESSAGE"):
        _asked(name, given, words, window, line)
        return
    elif name == "GETINFO":
        line.say("D " + {"flavor": "tk", "pid": str(os.getpid())}.get(given, "1"))
    elif name == "BYE":
        line.say("OK closing connection")
        os._exit(0)
    elif name not in ("OPTION", "NOP", "RESET"):
        line.say(f"ERR {_UNKNOWN} Unknown command")
        return
    line.say("OK")


def _asked(name: str, given: str, words: _Words, window: _Window, line: _Conversation) -> None:
    one = name == "MESSAGE" or given == "--one-button"
    outcome, typed = window.ask(words, secret=name == "GETPIN", one_button=one)
    words.error = ""
    if outcome == "late":
        line.say(f"ERR {_TIMEOUT} Timeout")
    elif outcome == "no":
        line.say(f"ERR {_NOT_CONFIRMED if name == 'CONFIRM' else _CANCELLED} Stopped")
    elif typed:
        line.say("D " + typed.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))
        line.say("OK")
    else:
        line.say("OK")


def _decoded(text: str) -> str:
    raw = re.sub(
        rb"%([0-9A-Fa-f]{2})", lambda code: bytes([int(code[1], 16)]), text.encode("utf-8")
    )
    return raw.decode("utf-8", "replace")


if __name__ == "__main__":
    main()
