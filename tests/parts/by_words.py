"""A person at a real Firefox who knows nothing but the words on the screen.

Whatever she presses, ticks, chooses or fills must show its words to the eye (drawn, not only in
the page) and must say the same words to a screen reader (WCAG 2.2, 2.5.3 Label in Name): the
name and the role come from the browser's own accessibility. There is no way in here to reach
anything by id, class, name or place; an address can only be typed as a person types one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tests.parts.firefox import Firefox
from tests.parts.marionette import MarionetteError
from tests.parts.waiting import wait_for

#: what a person may do with a thing -> the roles (WAI-ARIA 1.2) it may have
PRESS = frozenset({"link", "button"})
TICK = frozenset({"checkbox", "radio"})
CHOOSE = frozenset({"combobox", "listbox"})
WRITE = frozenset({"textbox", "searchbox"})

#: Text that is drawn: a box of one pixel is the trick that hides words from the eye.
_EYES = """
const plain = (text) => text.replace(/\\s+/g, " ").trim();
const drawn = (node) => {
  if (!node.parentElement?.checkVisibility({ visibilityProperty: true })) return false;
  const range = document.createRange();
  range.selectNodeContents(node);
  const clipped = (each) => each && each !== document.body &&
    (each.clientWidth === 1 && each.clientHeight === 1 || clipped(each.parentElement));
  const boxes = [...range.getClientRects()];
  return boxes.some((box) => box.width > 2 && box.height > 2 && box.right > 0 &&
    box.bottom + scrollY > 0) && !clipped(node.parentElement);
};
const block = (each) =>
  getComputedStyle(each).display === "inline" ? block(each.parentElement) : each;
const seen = (root) => {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let [said, last] = ["", null];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.data.trim() || !drawn(node)) continue;
    const here = block(node.parentElement);
    said += (last && last !== here ? " " : "") + node.data;
    last = here;
  }
  return plain(said);
};
"""
_THINGS_THAT_SAY = f"""{_EYES}
const words = plain(arguments[0]);
const kinds = "a[href], button, input, select, textarea, [role]";
// where one question fills a page, its heading is what the eye reads of the label
const heads = [...document.querySelectorAll("h1")].map(seen);
const asked = (label) => heads.filter((head) => plain(label.textContent).includes(head));
return [...document.querySelectorAll(kinds)].filter((each) => {{
  const labels = [...(each.labels ?? [])].flatMap((label) => [seen(label), ...asked(label)]);
  const inside = each instanceof HTMLSelectElement ? "" : seen(each);
  return [inside, ...labels, plain(each.placeholder ?? "")].some((said) => said.includes(words));
}});"""
_PAGE = f"{_EYES} return document.body ? seen(document.body) : ''"
_HEADINGS = f"{_EYES} return [...document.querySelectorAll('h1, h2, h3')].map(seen)"
_FOLDS = f"""{_EYES}
return [...document.querySelectorAll("summary")].filter((each) => seen(each) === arguments[0]);"""
_OPTION = f"""{_EYES}
const words = plain(arguments[1]);
return [...arguments[0].options].filter((each) => plain(each.label).includes(words));"""

Element = Mapping[str, str]


class Person:
    """typed: every address she typed, in order. Waits for whatever she looks for."""

    def __init__(self, firefox: Firefox) -> None:
        self._firefox = firefox
        self.typed: list[str] = []

    # ------------------------------------------------------------------ reading
    def page(self) -> str:
        """All the words drawn on the page now, spaces made single."""
        return str(self._firefox.script(_PAGE))

    def reads(self, *words: str) -> None:
        """Waits until all the words stand on the page."""
        for each in words:
            self._wait(partial(self._says, each), f"the page to say {each!r}")

    def sees_heading(self, words: str) -> None:
        """Waits until a heading says exactly so."""

        def seen() -> bool:
            # nothing at all while one page follows another
            return words in (self._firefox.script(_HEADINGS) or ())

        self._wait(seen, f"the heading {words!r}")

    # ------------------------------------------------------------------ acting
    def presses(self, words: str, kind: str = "") -> None:
        """A link or a button. kind: which of them, where both say so: they look different, and
        a screen reader tells them apart."""
        roles = PRESS & {kind} if kind else PRESS
        self._wait(lambda: self._click(words, roles), f"one thing to press that says {words!r}")

    def unfolds(self, words: str) -> None:
        """What is folded away under these words."""
        self._wait(lambda: self._unfold(words), f"one fold that says {words!r}")

    def ticks(self, words: str) -> None:
        """A box or one of several choices, which is ticked afterwards."""
        self._wait(lambda: self._click(words, TICK), f"one thing to tick that says {words!r}")
        (box,) = self._things(words, TICK)
        assert self._ask("GetElementProperty", box, name="checked"), f"{words!r} is not ticked"

    def chooses(self, words: str, label: str) -> None:
        """The one option that says ``words``, of the list called ``label``."""
        self._wait(lambda: self._choose(words, label), f"{words!r} to choose in {label!r}")

    def writes(self, text: str, label: str) -> None:
        """Into the field called ``label``, in place of what stood there."""
        self._wait(lambda: self._write(text, label), f"a field {label!r} to write into")

    def attaches(self, file: Path, label: str) -> None:
        """A file of hers, to the field called ``label`` (what the browser's own window of files
        would do)."""
        self._wait(lambda: self._attach(file, label), f"a field {label!r} for a file")

    # ------------------------------------------------------------------ the browser's own things
    def types_address(self, address: str) -> None:
        """Into the address bar of this tab."""
        self.typed.append(address)
        self._firefox.go(address)

    def reloads(self) -> None:
        """What the browser's own reload button does. The remote control's goes past the
        service worker (like Shift and reload), so it cannot show what is read offline."""
        shown = "return document.readyState == 'complete' ? performance.timeOrigin : null"
        before = self._firefox.script(shown)
        self._firefox.remote.script("BrowserCommands.reload()", chrome=True)
        self._wait(lambda: self._firefox.script(shown) not in (None, before), "the page again")

    def opens_tab(self) -> None:
        """A new tab, and goes to it."""
        handle = self._call("NewWindow", type="tab")["handle"]
        self._call("SwitchToWindow", handle=handle)

    def tab(self) -> str:
        """The tab she looks at, for ``goes_back_to``."""
        return str(self._call("GetWindowHandle")["value"])

    def goes_back_to(self, tab: str) -> None:
        """A tab she has looked at before."""
        self._call("SwitchToWindow", handle=tab)

    def turns_to_tab(self, title: str) -> None:
        """The one tab whose title says so."""
        self._wait(lambda: self._turn(title), f"one tab called {title!r}")

    # ------------------------------------------------------------------ how
    def _wait(self, look: Callable[[], bool], what: str) -> None:
        """Looks again after whatever a page does to itself meanwhile; in vain, it says what the
        browser objected to last and what stands on the page."""
        objections: list[MarionetteError] = []

        def tolerantly() -> bool:
            try:
                return look()
            except MarionetteError as error:
                objections[:] = [error]
                return False

        try:
            wait_for(tolerantly, what)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{objections}\n{self.page()[:1500]}") from None

    def _things(self, words: str, roles: Collection[str] | None) -> list[Element]:
        """What says the words to eye and screen reader: in full, else at its start, else in
        the middle. Links to one page are one thing. roles: None is any."""
        named = [
            (self._ask("GetComputedLabel", each), each)
            for each in self._firefox.script(_THINGS_THAT_SAY, words)
            if roles is None or self._ask("GetComputedRole", each) in roles
        ]
        ways = (str.__eq__, str.startswith, str.__contains__)
        found = ([each for name, each in named if way(name, words)] for way in ways)
        return self._once(next((each for each in found if each), []))

    def _says(self, words: str) -> bool:
        return words in self.page()

    def _once(self, things: list[Element]) -> list[Element]:
        places = {str(self._ask("GetElementProperty", each, name="href")) for each in things}
        pages = {each.partition("#")[0] for each in places}
        return things[:1] if len(pages) == 1 and "None" not in pages else things

    def _click(self, words: str, roles: Collection[str]) -> bool:
        things = self._things(words, roles)
        if len(things) == 1:
            self._firefox.remote.click(things[0])
        return len(things) == 1

    def _unfold(self, words: str) -> bool:
        found = self._firefox.script(_FOLDS, words)
        if len(found) == 1:
            self._firefox.remote.click(found[0])
        return len(found) == 1

    def _choose(self, words: str, label: str) -> bool:
        lists = self._things(label, CHOOSE)
        options = self._firefox.script(_OPTION, lists[0], words) if len(lists) == 1 else []
        if len(options) == 1:
            self._firefox.remote.click(options[0])
        return len(options) == 1

    def _write(self, text: str, label: str) -> bool:
        fields = self._things(label, WRITE)
        if len(fields) == 1:
            self._ask("ElementClear", fields[0])
            self._ask("ElementSendKeys", fields[0], text=text)
        return len(fields) == 1

    def _attach(self, file: Path, label: str) -> bool:
        found = [
            each
            for each in self._things(label, None)
            if self._ask("GetElementProperty", each, name="type") == "file"
        ]
        if len(found) == 1:
            self._ask("ElementSendKeys", found[0], text=str(file))
        return len(found) == 1

    def _turn(self, title: str) -> bool:
        start, found = self._call("GetWindowHandle")["value"], []
        for handle in self._call("GetWindowHandles"):
            with contextlib.suppress(MarionetteError):  # closed while we looked
                self._call("SwitchToWindow", handle=handle, focus=False)
                if title in self._call("GetTitle")["value"]:
                    found.append(handle)
        self._call("SwitchToWindow", handle=found[0] if len(found) == 1 else start)
        return len(found) == 1

    def _ask(self, command: str, element: Element, **more: Any) -> Any:
        return self._call(command, id=next(iter(element.values())), **more)["value"]

    def _call(self, command: str, **parameters: Any) -> Any:
        return self._firefox.remote.call(f"WebDriver:{command}", **parameters)
