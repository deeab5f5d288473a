"""Blobs and private files on S3.

    files/<key>                    written by ``put``
    releases/<n>-<chance>/<key>    one release of the site, whole
    contents/<n>-<chance>.json     {key: entity tag} of its files
    current.json                   {"folders": […]}: releases kept, the one being served last

S3 renames nothing, but it replaces ``current.json`` only for whoever saw the one before
(If-Match): that one small write is the switch. Two who publish at once take two numbers, one
after the other. What was never switched to is no part of the site and goes after a day.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from todoke.adapters import aws_client
from todoke.adapters.blob_keys import check_keys, check_put, is_blob_key, media_type
from todoke.adapters.etags import etag_of
from todoke.ports import Blob, Files, OtherRelease

#: releases kept: the one being served and two to look back at
KEPT_RELEASES = 3
#: hashed names: a page that somebody opened before the switch still finds its old assets
ASSETS = "assets/"
#: a publish that has taken longer was stopped
ABANDONED = timedelta(days=1)
#: files written at once
_AT_ONCE = 8
_CURRENT = "current.json"
_JSON = "application/json"
_ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})
#: somebody else was quicker (412), or is at it at this moment (409)
_LOST = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})


@dataclass(frozen=True, slots=True)
class _Current:
    """folders: of the releases kept, the one being served last. tag: of the file that says so,
    "" before the first."""

    folders: tuple[str, ...] = ()
    tag: str = ""

    @property
    def number(self) -> int:
        return _number(self.folders[-1]) if self.folders else 0


class S3Blobs:
    """Implements ``ports.Blobs`` in one bucket. Raises ``storage_unavailable``."""

    def __init__(self, bucket: str) -> None:
        self._bucket = _Bucket(bucket)

    def put(self, key: str, body: bytes) -> None:
        """See ``ports.Blobs.put``. Raises ``store_misuse`` for a bad key."""
        check_put(key)
        self._bucket.put(f"files/{key}", body, media_type(key))

    def get(self, key: str) -> Blob | None:
        """See ``ports.Blobs.get``. A key that cannot be one is simply absent."""
        if not is_blob_key(key):
            return None
        for place in self._places(key):
            body = self._bucket.get(place)
            if body is not None:
                return Blob(body, media_type(key), etag_of(body))
        return None

    def list(self, prefix: str) -> Sequence[str]:
        """See ``ports.Blobs.list``."""
        if not prefix.isprintable():
            return []
        found = self._bucket.keys(f"files/{prefix}")
        return sorted(key.removeprefix("files/") for key in found)

    def delete(self, key: str) -> None:
        """See ``ports.Blobs.delete``. Raises ``store_misuse`` for a bad key."""
        check_keys([key])
        self._bucket.delete([f"files/{key}"])

    def current_release(self) -> int:
        """See ``ports.Blobs.current_release``."""
        return self._current().number

    def release(self, files: Files) -> int:
        """See ``ports.Blobs.release``. Raises ``store_misuse`` for a bad key. Nothing is kept by a
        plan here: a function has no shelf."""
        return self._release(_whole(files))

    def _release(self, files: Mapping[str, bytes]) -> int:
        check_keys(files)
        tags = {key: etag_of(body) for key, body in files.items()}
        while True:
            current = self._current()
            served = current.folders[-1] if current.folders else None
            before = self._contents(served) if served else {}
            if served and before == tags:
                return current.number
            folder = f"{current.number + 1}-{secrets.token_hex(4)}"
            same = {key for key, tag in tags.items() if before.get(key) == tag}
            self._write(folder, files, str(served), same)
            self._bucket.put(f"contents/{folder}.json", json.dumps(tags).encode(), _JSON)
            folders = (*current.folders, folder)[-KEPT_RELEASES:]
            if self._switched(current, folders):
                self._clean(folders)
                return current.number + 1

    # ------------------------------------------------------------------ releases
    def _current(self) -> _Current:
        found = self._bucket.get_tagged(_CURRENT)
        if found is None:
            return _Current()
        return _Current(tuple(json.loads(found[0])["folders"]), found[1])

    def _places(self, key: str) -> Iterator[str]:
        folders = self._current().folders
        if folders:
            yield f"releases/{folders[-1]}/{key}"
        yield f"files/{key}"
        if key.startswith(ASSETS):
            for folder in reversed(folders[:-1]):
                yield f"releases/{folder}/{key}"

    def _contents(self, folder: str) -> Mapping[str, str]:
        found = self._bucket.get(f"contents/{folder}.json")
        return {} if found is None else dict(json.loads(found))

    def _write(self, folder: str, files: Mapping[str, bytes], served: str, same: Set[str]) -> None:
        def write(key: str) -> None:
            target = f"releases/{folder}/{key}"
            if not (key in same and self._bucket.copy(f"releases/{served}/{key}", target)):
                self._bucket.put(target, files[key], media_type(key))

        _all_at_once(write, list(files))

    def _switched(self, before: _Current, folders: Sequence[str]) -> bool:
        body = json.dumps({"folders": list(folders)}).encode()
        return self._bucket.replace(_CURRENT, body, before.tag)

    def _clean(self, folders: Sequence[str]) -> None:
        """Take away releases too old, and after a day what was never switched to."""
        oldest = _number(folders[0])
        gone = []
        for prefix in ("contents/", "releases/"):
            for key, age in self._bucket.ages(prefix):
                folder = key.split("/")[1].removesuffix(".json")
                if folder not in folders and (_number(folder) < oldest or age > ABANDONED):
                    gone.append(key)
        self._bucket.delete(gone)


def _whole(files: Files) -> Mapping[str, bytes]:
    if isinstance(files, Mapping):
        return files
    found = dict(files)
    bodies = {key: body for key, body in found.items() if isinstance(body, bytes)}
    if len(bodies) < len(found):
        raise OtherRelease
    return bodies


class S3Files:
    """Implements ``ports.PrivateFiles`` in a bucket of its own, which nobody else may read."""

    def __init__(self, bucket: str) -> None:
        self._bucket = _Bucket(bucket)

    def put(self, key: str, body: bytes) -> None:
        """See ``ports.PrivateFiles.put``. Raises ``store_misuse``, ``storage_unavailable``."""
        check_keys([key])
        self._bucket.put(key, body, "application/octet-stream")

    def get(self, key: str) -> bytes | None:
        """See ``ports.PrivateFiles.get``."""
        return self._bucket.get(key) if is_blob_key(key) else None

    def delete(self, key: str) -> None:
        """See ``ports.PrivateFiles.delete``."""
        if is_blob_key(key):
            self._bucket.delete([key])

    def tidy(self, key: str) -> None:
        """See ``ports.PrivateFiles.tidy``: S3 has no half of an object."""


class _Bucket:
    """The few calls of S3 that we need, absence as None and trouble in plain words."""

    def __init__(self, name: str) -> None:
        self._name, self._s3 = name, aws_client.client("s3")

    def put(self, key: str, body: bytes, type: str) -> None:
        with aws_client.said_plainly():
            self._s3.put_object(Bucket=self._name, Key=key, Body=body, ContentType=type)

    def replace(self, key: str, body: bytes, tag: str) -> bool:
        """Whether we were the one who replaced the object with this tag ("": none)."""
        from botocore.exceptions import ClientError

        condition = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
        with aws_client.said_plainly():
            try:
                self._s3.put_object(Bucket=self._name, Key=key, Body=body, **condition)
            except ClientError as error:
                if aws_client.code_of(error) not in _LOST:
                    raise
                return False
        return True

    def get(self, key: str) -> bytes | None:
        found = self.get_tagged(key)
        return None if found is None else found[0]

    def get_tagged(self, key: str) -> tuple[bytes, str] | None:
        """(body, S3's tag)."""
        from botocore.exceptions import ClientError

        with aws_client.said_plainly():
            try:
                found = self._s3.get_object(Bucket=self._name, Key=key)
                return found["Body"].read(), str(found["ETag"])
            except ClientError as error:
                if aws_client.code_of(error) not in _ABSENT:
                    raise
                return None

    def copy(self, source: str, key: str) -> bool:
        """False when the source is gone: a release after the next may have been published."""
        from botocore.exceptions import ClientError

        with aws_client.said_plainly():
            try:
                self._s3.copy_object(
                    Bucket=self._name, Key=key, CopySource={"Bucket": self._name, "Key": source}
                )
            except ClientError as error:
                if aws_client.code_of(error) not in _ABSENT:
                    raise
                return False
        return True

    def delete(self, keys: Sequence[str]) -> None:
        """A thousand in one call."""
        for start in range(0, len(keys), 1000):
            wanted = [{"Key": key} for key in keys[start : start + 1000]]
            with aws_client.said_plainly():
                self._s3.delete_objects(
                    Bucket=self._name, Delete={"Objects": wanted, "Quiet": True}
                )

    def keys(self, prefix: str) -> Iterator[str]:
        return (
            str(each["Key"]) for page in self._pages(prefix) for each in page.get("Contents", [])
        )

    def ages(self, prefix: str) -> Iterator[tuple[str, timedelta]]:
        """(key, how long ago it was written), by the clock of S3 itself."""
        for page in self._pages(prefix):
            now = parsedate_to_datetime(page["ResponseMetadata"]["HTTPHeaders"]["date"])
            for each in page.get("Contents", []):
                yield str(each["Key"]), now - each["LastModified"]

    def _pages(self, prefix: str) -> Iterator[Any]:
        token: dict[str, str] = {}
        while True:
            with aws_client.said_plainly():
                found = self._s3.list_objects_v2(Bucket=self._name, Prefix=prefix, **token)
            yield found
            if not found.get("IsTruncated"):
                return
            token = {"ContinuationToken": found["NextContinuationToken"]}


def _number(folder: str) -> int:
    return int(folder.partition("-")[0])


def _all_at_once(act: Callable[[str], None], keys: Sequence[str]) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for _ in pool.map(act, keys):
            pass
