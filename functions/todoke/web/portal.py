"""The citizens' public files: the current release, notices and feeds. No cookie, no identity.

On AWS this blueprint does not exist: CloudFront serves the same files from S3.
"""

from __future__ import annotations

import gzip
import re
from functools import lru_cache

from flask import Blueprint, Response, request

from todoke.core.errors import TodokeError
from todoke.ports import Blob, Services
from todoke.web import guard

NAME = "portal"
HOST = "portal"
#: assets carry a hash in their name, so a year is safe (RFC 8246 immutable)
HASHED = re.compile(r"^assets/.+\.[0-9a-f]{8,}\.[a-z0-9]+$")

#: media types that shrink; pictures do not
TEXT = ("text/", "application/json", "application/atom+xml", "application/xml", "image/svg")
#: below this a packed answer is no faster
WORTH_PACKING = 1024


def blueprint(services: Services) -> Blueprint:
    """Every public file by its path."""
    routes = Blueprint(NAME, __name__)

    @routes.get("/")
    @guard.public
    def home() -> Response:
        return public_file(services, "index.html")

    @routes.get("/<path:key>")
    @guard.public
    def file(key: str) -> Response:
        return public_file(services, key)

    return routes


def public_file(services: Services, key: str) -> Response:
    """The file with its validators; a folder shows its index; nothing is a 404 page."""
    if key.endswith("/"):
        key += "index.html"
    blob = services.blobs.get(key)
    if blob is None:
        return _missing(services, key)
    return respond(blob, key)


def respond(blob: Blob, key: str) -> Response:
    """200 with the bytes, or 304 when the browser has them (RFC 9110 section 13)."""
    body, etag = blob.body, blob.etag
    packed = len(body) >= WORTH_PACKING and blob.content_type.startswith(TEXT)
    if packed and request.accept_encodings["gzip"] > 0:
        # another representation, so another strong entity tag (RFC 9110 section 8.8.3)
        body, etag = _gzip(blob.etag, blob.body), f'{blob.etag[:-1]}-gzip"'
    response = Response(body, content_type=blob.content_type)
    if body is not blob.body:
        response.headers["Content-Encoding"] = "gzip"
    if packed:
        response.headers["Vary"] = "Accept-Encoding"
    response.headers["ETag"] = etag
    if HASHED.match(key):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers["Cache-Control"] = "public, no-cache"
    response.make_conditional(request)
    return response


@lru_cache(maxsize=512)
def _gzip(_etag: str, body: bytes) -> bytes:
    """Packed once per content. Public files only: nothing secret shares the packing."""
    return gzip.compress(body, compresslevel=6, mtime=0)


def _missing(services: Services, key: str) -> Response:
    language = key.split("/")[0] if key.startswith(("easy/", "en/")) else ""
    page = services.blobs.get(f"{language}/404.html".lstrip("/"))
    wants_page = "text/html" in request.headers.get("Accept", "")
    if page is None or not wants_page:
        raise TodokeError("not_found")
    response = Response(page.body, status=404, content_type=page.content_type)
    response.headers["Cache-Control"] = "no-store"
    return response
