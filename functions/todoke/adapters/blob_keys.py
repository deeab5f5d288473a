"""What a key of a blob may look like and which media type its ending means: the same for
every Blobs backend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from todoke.adapters.misuse import misuse

#: S3: a key holds at most 1,024 bytes; file systems: one name at most 255
MAX_KEY_BYTES = 1024
MAX_NAME_BYTES = 255

MEDIA_TYPES: Mapping[str, str] = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",  # RFC 9239
    "txt": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "ics": "text/calendar; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",  # RFC 4287
    "svg": "image/svg+xml; charset=utf-8",
    "json": "application/json",  # RFC 8259: always UTF-8, the parameter is not defined
    "webmanifest": "application/manifest+json",
    "ico": "image/x-icon",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "woff2": "font/woff2",
    "pdf": "application/pdf",
}


def media_type(key: str) -> str:
    """The Content-Type for a key, by its ending; unknown endings are downloads."""
    return MEDIA_TYPES.get(PurePosixPath(key).suffix.removeprefix("."), "application/octet-stream")


def is_blob_key(key: str) -> bool:
    """Whether this is a relative URL path that means the same file everywhere: no way out
    of the folder, nothing hidden, nothing a file system reads differently."""
    try:
        names = [name.encode() for name in key.split("/")]
    except UnicodeEncodeError:  # a lone surrogate
        return False
    if len(key.encode()) > MAX_KEY_BYTES or "\\" in key or not key.isprintable():
        return False
    return all(0 < len(name) <= MAX_NAME_BYTES and name[:1] != b"." for name in names)


def check_keys(keys: Iterable[str]) -> None:
    """Raises ``store_misuse`` for a key that is none, or is a folder of another one."""
    known = set(keys)
    for key in known:
        if not is_blob_key(key):
            raise misuse("key of a blob", key=ascii(key)[:80])
        for folder in PurePosixPath(key).parents:
            if folder.as_posix() in known:
                raise misuse("key is also a folder", key=folder.as_posix())


def check_put(key: str) -> None:
    """Raises ``store_misuse`` for a key that cannot be put: one that is none, has no ending, or
    lies in a folder that has one.

    So no key that is put can be a folder of another, whoever else is putting: that must not be
    left to a look beforehand, because S3 has no folders that would refuse the second."""
    check_keys([key])
    *folders, name = key.split("/")
    if "." not in name or any("." in folder for folder in folders):
        raise misuse("key without an ending, or below a name with one", key=key)
