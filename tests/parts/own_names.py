"""Names that mean what a test says, for the programs it starts: a hosts file of their own.

names = OwnNames(tmp_path, "evil.test", "127.0.0.2")
Firefox(home, space=names.space)              # there evil.test is 127.0.0.2
names.means("evil.test", "127.0.0.1")         # and from now on 127.0.0.1 (DNS rebinding)
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts.pcscd import namespace

_BIND = 'mount --bind "$0" /etc/hosts && exec "$@"'


class OwnNames:
    """A hosts file below ``folder``. Skips the test, loudly, where there is no mount namespace."""

    def __init__(self, folder: Path, name: str, *addresses: str) -> None:
        space = namespace()
        if space is None:
            pytest.skip("NO NAMES OF ITS OWN: this machine gives no mount namespace (unshare)")
        self._file = folder / "hosts"
        self._machine = Path("/etc/hosts").read_text("utf-8")
        self.means(name, *addresses)
        #: before the words of a program that is to see these names
        self.space = (*space, "sh", "-c", _BIND, str(self._file))

    def means(self, name: str, *addresses: str) -> None:
        """From now on. Written in place: the file is mounted, another one would not be seen."""
        lines = "".join(f"{each} {name}\n" for each in addresses)
        self._file.write_text(f"{self._machine}\n{lines}", "utf-8")

    def program(self, path: str) -> Path:
        """A program that starts another one there, for whoever takes a path and no words."""
        found = self._file.with_name(f"{Path(path).name}-there")
        words = " ".join(f"'{each}'" for each in (*self.space, path))
        found.write_text(f'#!/bin/sh\nexec {words} "$@"\n', "utf-8")
        found.chmod(0o700)
        return found
