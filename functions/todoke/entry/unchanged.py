"""``todoke publish`` when nothing changed: said after one look, before anything else is imported.

After a publication that ended well, ``plan/unchanged`` says what was there when it began: name,
size, times and inode of every file that it may have read, the settings of the environment, the
day. A file whose time of change is not clearly before the look is not trusted: then nothing is
written, and the next publication looks closely again. ``plan/looked`` says the same line by line:
by it ``entry/few.py`` learns that nothing but some files has changed, and which.

Paths are plain text here and nothing is imported that a bare Python has not: ``pathlib``,
``json`` and ``dataclasses`` together take longer than the look.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time

from todoke.root import root_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: within the data folder
PLACE, LINES = "plan/unchanged", "plan/looked"
#: time stamps of files are as coarse as 10 ms on some kernels
_COARSE_NS = 20_000_000
_JAPAN_SECONDS = 9 * 3600
_PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120
#: small files of the data folder that the site depends on
_OF_DATA = ("keys/vapid_private.pem", "served_at", "bridge_at", "public/files/places/lists")


class Look:
    """What was there. sure: whether a change after the look would be seen."""

    def __init__(self, digest: str, sure: bool, lines: Sequence[str] = ()) -> None:
        self.digest, self.sure, self.lines = digest, sure, lines


class Since:
    """What the last publication says of this one. said: the whole answer, where nothing changed.
    files: those that are others since, None where anything else is. data: the folder; wanted: the
    kind of answer; answers: of the last publication, as ``remember`` took them."""

    def __init__(
        self, data: str, wanted: str, now: Look, answers: Mapping[str, str],
        files: Sequence[str] | None,
    ) -> None:  # fmt: skip
        self.data, self.wanted, self.now, self.answers = data, wanted, now, answers
        self.files, self.said = files, answers[wanted] if files == [] else None


def look(data: str) -> Look:
    """Everything a publication may read. To be taken before it reads anything."""
    begun, newest, root = time.time_ns(), 0, root_folder()
    day = (begun // 10**9 + _JAPAN_SECONDS) // 86_400
    lines = [sys.version.replace("\n", " "), root, os.path.abspath(data), f"{day}"]  # noqa: PTH100
    lines += [f"{name}={os.environ[name]}" for name in os.environ if name.startswith("TODOKE_")]
    lines += [_of(each) for each in sys.path if each.endswith("-packages")]
    lines += [_of(f"{data}/{name}") for name in _OF_DATA]
    for folder in (f"{root}/site", f"{root}/templates", _PACKAGE):
        newest = max(newest, _lines(folder, lines))
    return Look(_digest(lines), newest < begun - _COARSE_NS, lines)


def remember(data: str, before: Look, answers: Mapping[str, str]) -> None:
    """After a publication that ended well. answers: what to say next time, by language, and
    under "json"; one line each."""
    place = f"{data}/{PLACE}"
    lines = [before.digest, _published(data), *(f"{key} {said}" for key, said in answers.items())]
    try:
        if not before.sure:
            os.unlink(place)  # noqa: PTH108
            return
        os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120
        _write(f"{data}/{LINES}", [before.digest, *before.lines])
        _write(place, lines)
    except OSError:  # a full disk, or none to forget: the next publication takes longer
        return


def _write(place: str, lines: Sequence[str]) -> None:
    part = f"{place}.{os.getpid()}"
    with open(part, "w", encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
        file.write("\n".join(lines))
    os.replace(part, place)  # noqa: PTH105


def answer(arguments: Sequence[str]) -> str | None:
    """What ``todoke publish`` with these arguments has to say if nothing changed; None when it
    must look closely."""
    found = since(arguments)
    return found.said if found else None


def since(arguments: Sequence[str]) -> Since | None:
    """What is known of the time since the last publication; None when nothing is."""
    options = _options(arguments)
    if options is None:
        return None
    data, wanted = options
    try:
        with open(f"{data}/{PLACE}", encoding="utf-8") as file:  # noqa: PTH123
            before, after, *answers = file.read().split("\n")
        if after != _published(data):
            return None
        now = look(data)
        files = [] if before == now.digest else _others(data, before, now)
        return Since(data, wanted, now, dict(each.split(" ", 1) for each in answers), files)
    except Exception:  # whatever is wrong with it: then it is no answer
        return None


def _others(data: str, before: str, now: Look) -> Sequence[str] | None:
    """Paths of the files that are others than before; None where more is another than files."""
    with open(f"{data}/{LINES}", encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
        digest, *lines = file.read().split("\n")
    if digest != before or _digest(lines) != before:
        return None
    old, new = set(lines), set(now.lines)
    gone = {each.split("\0")[0] for each in old - new if "\0" in each}
    come = sorted(each.split("\0")[0] for each in new - old if "\0" in each)
    return come if len(old - new) == len(new - old) == len(come) and gone == {*come} else None


def _options(arguments: Sequence[str]) -> tuple[str, str] | None:
    data, left = os.environ.get("TODOKE_DATA_FOLDER", "data"), list(arguments)
    chosen = os.environ.get("TODOKE_LANGUAGE") or os.environ.get("LANG", "ja")
    wanted = "en" if chosen.startswith("en") else "ja"
    while left:
        each = left.pop(0)
        if each == "--json":
            wanted = "json"
        elif each == "--data" and left:
            data = left.pop(0)
        elif each.startswith("--data="):
            data = each.removeprefix("--data=")
        else:
            return None
    return data, wanted


def _published(data: str) -> str:
    """The release being served, and the list that every notice changes."""
    current = os.readlink(f"{data}/public/current")  # noqa: PTH115
    return _digest([current, _of(f"{data}/public/files/feeds/all.json")])


def _lines(folder: str, lines: list[str]) -> int:
    """Adds a line for each file below the folder; the newest time of all. In one piece: thousands
    of files are the longest part of the answer that nothing changed."""
    newest, folders = 0, [folder]
    for each in folders:
        with os.scandir(each) as found:
            for one in found:
                if not one.is_dir():
                    status = one.stat()
                    lines.append(_line(one.path, status))
                    if newest < status.st_ctime_ns or newest < status.st_mtime_ns:
                        newest = max(status.st_ctime_ns, status.st_mtime_ns)
                elif one.name != "__pycache__":
                    folders.append(one.path)
    return newest


def _of(path: str) -> str:
    try:
        return _line(path, os.stat(path))  # noqa: PTH116
    except FileNotFoundError:
        return f"{path} -"


def _line(path: str, status: os.stat_result) -> str:
    times = f"{status.st_mtime_ns} {status.st_ctime_ns}"
    return f"{path}\0{status.st_size} {times} {status.st_ino}"


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "surrogateescape")).hexdigest()
