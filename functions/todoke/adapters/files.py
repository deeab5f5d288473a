"""The Blobs on a folder of files.

    files/<key>             written by ``put``
    releases/<n>/<key>      the last releases of the site, unchanged files shared by hard links
    current -> releases/<n> the release being served: renaming this link is the switch
    incoming/               halves of files being put
    release.lock, put.lock  who may work here (flock: threads and processes alike)

A stored file is never edited in place: a hard link would carry the edit into the releases
before. Whatever a crash leaves behind is no part of ``current`` and goes at the next release.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from todoke.adapters.blob_keys import check_keys, check_put, is_blob_key, media_type
from todoke.adapters.disk import disk_error, sync_file_system, sync_folder
from todoke.adapters.draft import Draft, share_but
from todoke.adapters.etags import Etags
from todoke.core.files import Blob, Files, OtherRelease

#: releases kept: the one being served and two to look back at
KEPT_RELEASES = 3
#: hashed names: a page that somebody opened before the switch still finds its old assets
ASSETS = "assets/"


class FileBlobs:
    """Implements ``ports.Blobs``. Threads and other processes may use the folder at once.

    Raises ``storage_full`` or ``storage_unavailable``, having changed nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._files = self._folder / "files"
        self._releases = self._folder / "releases"
        self._incoming = self._folder / "incoming"
        self._current = self._folder / "current"
        self._etags = Etags()
        with _said_plainly():
            for each in (self._files, self._releases, self._incoming):
                each.mkdir(parents=True, exist_ok=True)
            # also when they were there: whoever made them may have died before this
            for each in (self._folder, self._folder.parent):
                sync_folder(each)

    def put(self, key: str, body: bytes) -> None:
        """See ``ports.Blobs.put``. Raises ``store_misuse`` for a bad key."""
        check_put(key)
        target = self._files / key
        part = self._incoming / secrets.token_hex(8)
        with _said_plainly(), self._lock("put.lock", fcntl.LOCK_SH):
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                _write_new(part, body, durable=True)
                part.replace(target)
                # each folder above too: this call or one still under way may have made it
                for folder in target.parents[: len(Path(key).parts)]:
                    sync_folder(folder)
            finally:
                part.unlink(missing_ok=True)

    def get(self, key: str) -> Blob | None:
        """See ``ports.Blobs.get``. A key that cannot be one is simply absent."""
        if not is_blob_key(key):
            return None
        with _said_plainly():
            for path in self._places(key):
                found = self._read(path)
                if found is not None:
                    return Blob(found[0], media_type(key), found[1])
        return None

    def list(self, prefix: str) -> Sequence[str]:
        """See ``ports.Blobs.list``."""
        parent = prefix.rpartition("/")[0]
        if parent and not is_blob_key(parent):
            return []
        found = []
        with _said_plainly():
            for folder, _, names in os.walk(self._files / parent, onerror=_unless_absent):
                base = Path(folder).relative_to(self._files)
                found += [(base / name).as_posix() for name in names]
        return sorted(key for key in found if key.startswith(prefix))

    def delete(self, key: str) -> None:
        """See ``ports.Blobs.delete``. Raises ``store_misuse`` for a bad key."""
        check_keys([key])
        path = self._files / key
        with _said_plainly(), contextlib.suppress(FileNotFoundError, NotADirectoryError):
            if path.is_dir():  # the folder of other keys
                return
            path.unlink()
            sync_folder(path.parent)

    def current_release(self) -> int:
        """See ``ports.Blobs.current_release``."""
        try:
            return int(self._current.readlink().name)
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise disk_error(error) from error

    def release(self, files: Files) -> int:
        """See ``ports.Blobs.release``. Raises ``store_misuse`` for a bad key."""
        if isinstance(files, Mapping):
            check_keys(files)
        with _said_plainly(), self._lock("release.lock", fcntl.LOCK_EX):
            self._clean()
            before = self.current_release()
            served = self._releases / str(before)
            if isinstance(files, Mapping) and before and _holds_exactly(served, files):
                sync_folder(self._folder)  # whoever switched to it may have died before this
                return before
            number = before + 1
            new = self._releases / str(number)
            try:
                draft = Draft(new, served if before else None, before)
                for key, body in files.items() if isinstance(files, Mapping) else files:
                    draft.add(key, body)
                if draft.same():
                    shutil.rmtree(new)
                    sync_folder(self._folder)
                    return before
                self._switch_to(number)
            except BaseException:
                if self.current_release() != number:
                    shutil.rmtree(new, ignore_errors=True)
                raise
            self._clean()
            return number

    def reader(self, release: int) -> Callable[[str], bytes | None] | None:
        """See ``ports.SharedReleases.reader``."""
        if not release or self.current_release() != release:
            return None
        served = self._releases / str(release)

        def read(key: str) -> bytes | None:
            return _body(served / key) if is_blob_key(key) else None

        return read

    def release_but(self, release: int, count: int, files: Mapping[str, bytes]) -> int:
        """See ``ports.SharedReleases.release_but``."""
        with _said_plainly(), self._lock("release.lock", fcntl.LOCK_EX):
            self._clean()
            if not release or self.current_release() != release:
                raise OtherRelease
            number = release + 1
            new = self._releases / str(number)
            try:
                spare = self._releases / str(number - KEPT_RELEASES)
                share_but(self._releases / str(release), spare, new, count, files)
                self._switch_to(number)
            except BaseException:
                if self.current_release() != number:
                    shutil.rmtree(new, ignore_errors=True)
                raise
            self._clean()
            return number

    def _switch_to(self, number: int) -> None:
        sync_file_system(self._releases)
        link = self._folder / "next"
        link.symlink_to(Path("releases") / str(number))
        link.replace(self._current)
        sync_folder(self._folder)

    def _clean(self) -> None:
        """Take away releases that were never finished, those too old, and halves of files."""
        (self._folder / "next").unlink(missing_ok=True)
        current = self.current_release()
        for folder in self._releases.iterdir():
            kept = folder.name.isdecimal() and current - KEPT_RELEASES < int(folder.name) <= current
            if not kept:
                shutil.rmtree(folder)
        with (
            contextlib.suppress(BlockingIOError),  # somebody is putting: next time
            self._lock("put.lock", fcntl.LOCK_EX | fcntl.LOCK_NB),
        ):
            for part in self._incoming.iterdir():
                part.unlink()

    @contextlib.contextmanager
    def _lock(self, name: str, how: int) -> Iterator[None]:
        handle = os.open(self._folder / name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, how)
            yield
        finally:
            os.close(handle)

    def _places(self, key: str) -> Iterator[Path]:
        yield self._current / key
        yield self._files / key
        # Two switches may have happened between reading the link and opening the file: look
        # again; and keep what an older page refers to.
        yield self._current / key
        if key.startswith(ASSETS):
            current = self.current_release()
            for number in range(current - 1, max(0, current - KEPT_RELEASES), -1):
                yield self._releases / str(number) / key

    def _read(self, path: Path) -> tuple[bytes, str] | None:
        try:
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                body = file.read()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        return body, self._etags.of(status, body)


def _body(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _same(path: Path, body: bytes) -> bool:
    try:
        return path.stat().st_size == len(body) and path.read_bytes() == body
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return False


def _holds_exactly(served: Path, files: Mapping[str, bytes]) -> bool:
    count = sum(len(names) for _, _, names in os.walk(served, onerror=_unless_absent))
    return count == len(files) and all(_same(served / key, body) for key, body in files.items())


def _write_new(path: Path, body: bytes, *, durable: bool) -> None:
    with path.open("xb") as file:
        file.write(body)
        if durable:
            file.flush()
            os.fsync(file.fileno())


def _unless_absent(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error


@contextlib.contextmanager
def _said_plainly() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_error(error) from error
