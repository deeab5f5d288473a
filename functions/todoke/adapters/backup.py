"""One file that holds a whole installation: the store, the files published outside a release,
the attachments of residents, and the keys. Without the VAPID key every subscriber would be lost
(RFC 8292 section 4.2), without the data keys every letter, answer and attachment would be, so a
backup carries them and is always encrypted to a passphrase (``backup_box``). It has the ring of
data keys of its own day and their files: it is restored whole whatever became of the keys since.

Inside the sealed stream is a tar archive: ``manifest.json`` (size and SHA-256 of everything),
``store/todoke.sqlite3``, ``keys/…``, ``public/…``, ``private/…``. Releases of the site are left
out: they are made anew from ``site/`` at the next start; so is a demonstration's pretend card.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from todoke.adapters import keys
from todoke.adapters.backup_box import Opener, Sealer, sync, unreadable
from todoke.adapters.disk import disk_error, sync_folder
from todoke.adapters.files import FileBlobs
from todoke.adapters.key_ring import wrapped_of
from todoke.adapters.private_files import PrivateFolder
from todoke.adapters.sqlite import SqliteStore
from todoke.core.errors import TodokeError
from todoke.ports import Clock
from todoke.store_schema import SCHEMA
from todoke.store_schema.keys import NOW, RING

FORMAT = 1
DATABASE = "todoke.sqlite3"
STORE_MEMBER = f"store/{DATABASE}"
#: somebody who makes a new key while a backup begins does so once
ROUNDS = 5
#: scrypt slows a guesser down; it cannot save a word from a dictionary
MIN_PASSPHRASE = 12
_PIECE = 1024 * 1024

#: told what has been done: (files done, files in all)
Watch = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a backup holds. bytes: plaintext. created_at: ISO 8601, UTC."""

    created_at: str
    schema: int
    files: int
    bytes: int


def check_passphrase(passphrase: str) -> None:
    """Raises ``bad_field`` for one that is too short to protect anything."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise TodokeError("bad_field", field="passphrase", rule="too_short", limit=MIN_PASSPHRASE)


def write(data: Path, target: Path, passphrase: str, clock: Clock, watch: Watch) -> Summary:
    """Backs up a living installation while it works, then reads the file back.

    Raises ``would_overwrite``, ``bad_field`` (passphrase), ``storage_full``,
    ``storage_unavailable`` (a damaged store is not backed up over a good one),
    ``version_conflict`` when another backup is running."""
    check_passphrase(passphrase)
    if target.exists():
        raise TodokeError("would_overwrite", path=target)
    part = target.with_name(f".{target.name}.part")
    try:
        with _workroom(data) as room:
            members = _members_at_rest(data, room, clock)
            _write_file(part, members, passphrase, clock, watch)
            summary = verify(part, passphrase)
            part.replace(target)
            sync_folder(target.absolute().parent)
    except OSError as error:
        raise disk_error(error) from error
    finally:
        with suppress(OSError):
            part.unlink()
    return summary


def verify(file: Path, passphrase: str) -> Summary:
    """Reads a whole backup and compares every member with the manifest.

    Raises ``backup_unreadable``."""
    with _opened(file, passphrase) as (manifest, members):
        for _name, _member in members:
            pass  # walking through checks each hash
    return _summary(manifest)


def restore(file: Path, data: Path, passphrase: str, clock: Clock, watch: Watch) -> Summary:
    """Makes a new data folder from a backup: all of it, or nothing.

    Raises ``would_overwrite``, ``backup_unreadable``, ``store_schema_newer``,
    ``storage_full``."""
    data = data.absolute()
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise TodokeError("would_overwrite", path=data)
    part = data.with_name(f".{data.name}.restoring")
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        summary = _unpack(file, part, passphrase, watch)
        _check_whole(part, clock)
        part.replace(data)
        sync_folder(data.parent)
    except OSError as error:
        raise disk_error(error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return summary


@contextmanager
def _workroom(data: Path) -> Iterator[Path]:
    """A private folder for the copy of the store; what a killed backup left is cleared."""
    room = data / ".backup"
    room.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(room, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TodokeError("version_conflict", kind="backup", id=".backup") from error
        _clear(room)
        yield room
    finally:
        with suppress(OSError):
            _clear(room)
        os.close(handle)


def _clear(room: Path) -> None:
    for left in room.iterdir():
        left.unlink()


def _members_at_rest(data: Path, room: Path, clock: Clock) -> dict[str, Path | bytes]:
    """Of a moment at which nobody makes a key: a file sealed with one that the copy of the store
    does not know yet would never open again."""
    store = SqliteStore(data / DATABASE, clock)
    for _ in range(ROUNDS):
        _clear(room)
        # read first: the file of a key that is retired meanwhile is still wanted by the copy
        before = _key_files(data / "keys")
        # the store before the files: a notice in it whose page is missing is written again by
        # its outbox; a page nobody knows of would stay for ever
        store.backup_to(room / DATABASE)
        members = {**before, **_key_files(data / "keys"), **_members(data, room)}
        copied = _ring_of(room / DATABASE, clock)
        if max(copied) == max(_ring(store)):
            break
    store.close()
    for number in copied:
        if f"keys/{keys.data_file(number)}" not in members:
            raise TodokeError("keys_missing", file=keys.data_file(number))
    return members


def _key_files(folder: Path) -> dict[str, Path | bytes]:
    found: dict[str, Path | bytes] = {}
    for name in keys.names(folder):
        try:
            found[f"keys/{name}"] = (folder / name).read_bytes()
        except FileNotFoundError as error:
            if name in (keys.VAPID, keys.SEAL):
                raise TodokeError("keys_missing", file=name) from error
            # a data key may be retired at this moment; whether one is missing the ring says
    return found


def _ring_of(database: Path, clock: Clock) -> Mapping[int, str]:
    store = SqliteStore(database, clock)
    try:
        return _ring(store)
    finally:
        store.close()


def _ring(store: SqliteStore) -> Mapping[int, str]:
    """The data keys that a store may need, number -> wrapped."""
    found = store.get(RING, NOW)
    return wrapped_of(found.data["keys"]) if found else {1: ""}


def _members(data: Path, room: Path) -> dict[str, Path | bytes]:
    """Member name -> where its bytes are, but for the keys."""
    found: dict[str, Path | bytes] = {STORE_MEMBER: room / DATABASE}
    blobs = FileBlobs(data / "public")
    for key in blobs.list(""):
        blob = blobs.get(key)
        if blob is not None:  # else withdrawn this moment
            found[f"public/{key}"] = blob.body
    # a file is put before the application that names it is committed, so every application in
    # our copy of the store has its files by now (one just being uploaded may lack its own, and
    # nobody was told of it); it is linked, because it may be withdrawn any moment
    private = PrivateFolder(data / "private")
    for number, key in enumerate(private.keys()):
        link = room / f"private-{number}"
        if private.link(key, link):
            found[f"private/{key}"] = link
    return found


def _write_file(
    part: Path, members: Mapping[str, Path | bytes], passphrase: str, clock: Clock, watch: Watch
) -> None:
    about = {name: _about(source) for name, source in members.items()}
    created = clock.now().isoformat("T", "seconds")
    manifest = {"format": FORMAT, "created_at": created, "schema": SCHEMA, "files": about}
    # made here and now: what lies there already may be another user's file, or lead to one
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        sealer = Sealer(file, passphrase)
        with tarfile.open(fileobj=sealer, mode="w|", format=tarfile.PAX_FORMAT) as archive:
            _add(archive, "manifest.json", json.dumps(manifest).encode())
            for number, (name, source) in enumerate(members.items(), 1):
                _add(archive, name, source)
                watch(number, len(members))
        sealer.finish()
        sync(file)


def _about(source: Path | bytes) -> dict[str, Any]:
    with _reading(source) as file:
        digest, size = hashlib.sha256(), 0
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return {"bytes": size, "sha256": digest.hexdigest()}


def _reading(source: Path | bytes) -> IO[bytes]:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _add(archive: tarfile.TarFile, name: str, source: Path | bytes) -> None:
    info = tarfile.TarInfo(name)
    info.mode = 0o600
    info.size = len(source) if isinstance(source, bytes) else source.stat().st_size
    with _reading(source) as file:
        archive.addfile(info, file)


@contextmanager
def _opened(
    file: Path, passphrase: str
) -> Iterator[tuple[Mapping[str, Any], Iterator[tuple[str, _Hashed]]]]:
    """The manifest, and every member as a checked stream."""
    try:
        with file.open("rb") as sealed:
            opener = Opener(sealed, passphrase)
            with tarfile.open(fileobj=opener, mode="r|") as archive:
                manifest = _manifest(archive)
                yield manifest, _checked(archive, opener, manifest)
    except (tarfile.TarError, FileNotFoundError, IsADirectoryError) as error:
        raise unreadable("not_a_backup") from error


def _manifest(archive: tarfile.TarFile) -> Mapping[str, Any]:
    first = archive.next()
    body = archive.extractfile(first) if first and first.name == "manifest.json" else None
    if body is None:
        raise unreadable("not_a_backup")
    manifest: Mapping[str, Any] = json.loads(body.read())
    if manifest["format"] != FORMAT or manifest["schema"] > SCHEMA:
        raise TodokeError("store_schema_newer", found=manifest["schema"], known=SCHEMA)
    return manifest


def _checked(
    archive: tarfile.TarFile, opener: Opener, manifest: Mapping[str, Any]
) -> Iterator[tuple[str, _Hashed]]:
    """Each member; after it was consumed its size and hash must be those of the manifest, and
    at the end nothing may be missing."""
    awaited = dict(manifest["files"])
    while (info := archive.next()) is not None:
        about = awaited.pop(info.name, None)
        stream = archive.extractfile(info) if info.isreg() and _is_plain(info.name) else None
        if about is None or stream is None:
            raise unreadable("damaged")
        hashed = _Hashed(stream)
        yield info.name, hashed
        hashed.finish()
        if (hashed.size, hashed.digest.hexdigest()) != (about["bytes"], about["sha256"]):
            raise unreadable("damaged")
    while opener.read(_PIECE):
        pass  # to the authenticated end: a cut tail is noticed only there
    if awaited:
        raise unreadable("incomplete")


class _Hashed:
    """A stream that hashes what is read from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self.digest, self.size = stream, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        """As of a file."""
        piece = self._stream.read(size)
        self.digest.update(piece)
        self.size += len(piece)
        return piece

    def finish(self) -> None:
        """Read what the caller left."""
        while self.read(_PIECE):
            pass


def _is_plain(name: str) -> bool:
    """Authenticated, and still: nothing in it may leave the folder."""
    parts = name.split("/")
    key = parts[0] == "keys" and keys.is_name("/".join(parts[1:]))
    known = name == STORE_MEMBER or key or parts[0] in ("public", "private")
    return known and len(parts) > 1 and not any(part in ("", ".", "..") for part in parts)


def _unpack(file: Path, part: Path, passphrase: str, watch: Watch) -> Summary:
    blobs, private = FileBlobs(part / "public"), PrivateFolder(part / "private")
    with _opened(file, passphrase) as (manifest, members):
        for number, (name, member) in enumerate(members, 1):
            if name.startswith("public/"):
                blobs.put(name.removeprefix("public/"), member.read())
            elif name.startswith("private/"):
                private.put(name.removeprefix("private/"), member.read())
            else:
                place = part / (DATABASE if name == STORE_MEMBER else name)
                _copy_out(member, place)
            watch(number, len(manifest["files"]))
    return _summary(manifest)


def _copy_out(member: _Hashed, place: Path) -> None:
    place.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while piece := member.read(_PIECE):
            file.write(piece)
        sync(file)
    sync_folder(place.parent)


def _check_whole(part: Path, clock: Clock) -> None:
    """The keys open and the store is sound, before the folder gets its name."""
    folder = part / "keys"
    named = (DATABASE, *(f"keys/{name}" for name in keys.names(folder)))
    if not all((part / member).is_file() for member in named):
        raise unreadable("incomplete")
    store = SqliteStore(part / DATABASE, clock)
    faults = [*keys.faults(folder), *store.integrity()]
    ring = {} if faults else _ring(store)
    store.close()
    if faults:
        raise unreadable("damaged")
    try:
        for number, wrapped in ring.items():
            keys.KeyFiles(folder).open(number, wrapped)
    except TodokeError as error:
        raise unreadable("incomplete") from error


def _summary(manifest: Mapping[str, Any]) -> Summary:
    files = manifest["files"].values()
    return Summary(
        created_at=manifest["created_at"],
        schema=manifest["schema"],
        files=len(files),
        bytes=sum(each["bytes"] for each in files),
    )
