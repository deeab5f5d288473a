"""Files of a release that are no pages: open data, what the phone needs, what machines read."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives import serialization

from todoke.config import Config
from todoke.core import cohort
from todoke.core.catalogue import Catalogue, Procedure
from todoke.core.site_yaml import invalid
from todoke.ports import Secrets
from todoke.press.assets import Assets, to_json
from todoke.press.frame import FOLDERS, HREFLANG, Frame

_SITEMAP = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
)
#: pages a phone keeps from the first visit on
KEPT = ("index.html", "search.html", "topics.html", "inbox.html", "offline.html")
#: assets it keeps with them; the worker shows the small icon in notifications
_KEPT_KINDS = (".js", ".css", ".json", ".svg", "icon-192.png")
_PRECACHE = "const PRECACHE = /*PRECACHE*/ [];"
_RELEASE = 'const RELEASE = /*RELEASE*/ "dev";'


def files(
    config: Config, catalogue: Catalogue, secrets: Secrets, today: date, frame: Frame
) -> Mapping[str, bytes]:
    """catalogue.json, app.json, manifest.webmanifest, robots.txt and assets.json."""
    return {
        "catalogue.json": to_json(open_data(config, catalogue)),
        "app.json": to_json(app(config, catalogue, secrets, today)),
        "manifest.webmanifest": to_json(manifest(config, frame)),
        "robots.txt": robots(config),
        "assets.json": to_json(frame.assets.table()),
    }


def robots(config: Config) -> bytes:
    """robots.txt (RFC 9309): everything public may be read."""
    return f"User-agent: *\nAllow: /\nSitemap: {config.public_url}/sitemap.xml\n".encode()


def open_data(config: Config, catalogue: Catalogue) -> Mapping[str, Any]:
    """The catalogue as open data: every fact with its date, confidence and evidence."""
    return {
        "version": 1,
        "city": {"code": config.city.code, "name": dict(config.city.name)},
        "url": config.public_url,
        "licence": "Apache-2.0",
        "topics": [
            {"id": each.id, "name": dict(each.name), "sensitive": each.sensitive}
            for each in catalogue.topics.values()
        ],
        "events": [
            {"id": each.id, "name": dict(each.name), "procedures": list(each.procedures)}
            for each in catalogue.events.values()
        ],
        "sources": [_filled(asdict(each)) for each in catalogue.sources.values()],
        "procedures": [_procedure(config, each) for each in catalogue.procedures.values()],
    }


def _procedure(config: Config, procedure: Procedure) -> Mapping[str, Any]:
    address = f"{config.public_url}/procedures/{procedure.id}.html"
    shape = _filled(asdict(procedure))
    shape.pop("form", None)  # a file of its own: forms/<id>.json
    return {"id": procedure.id, "url": address, **shape, "certain": procedure.certain}


def _filled(value: Any) -> Any:
    """Without the fields that say nothing (None, "", False, empty lists)."""
    if isinstance(value, Mapping):
        pairs = ((key, _filled(each)) for key, each in value.items())
        return {key: each for key, each in pairs if each not in (None, "", [], {}) or each == 0}
    if isinstance(value, list | tuple):
        return [_filled(each) for each in value]
    return value


def app(config: Config, catalogue: Catalogue, secrets: Secrets, today: date) -> Mapping[str, Any]:
    """What the phone needs to let a person choose: topics, areas, cohorts, the city's key."""
    return {
        "city": {"name": dict(config.city.name)},
        "vapid": application_server_key(secrets),
        "topics": [
            {
                "id": each.id,
                "name": dict(each.name),
                "about": dict(each.about),
                "often": dict(each.often),
                "sensitive": each.sensitive,
            }
            for each in catalogue.topics.values()
        ],
        "areas": [{"id": each.id, "name": dict(each.name)} for each in catalogue.areas.values()],
        "cohorts": [
            {"id": each.id, "from": each.first.isoformat(), "to": each.last.isoformat()}
            for each in cohort.current(today)
        ],
    }


def application_server_key(secrets: Secrets) -> str:
    """The public VAPID key as ``subscribe()`` wants it: uncompressed point, base64url
    (RFC 8292 section 3.2)."""
    private = serialization.load_pem_private_key(secrets.vapid_private, None)
    point = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode("ascii")


def manifest(config: Config, frame: Frame) -> Mapping[str, Any]:
    """Web app manifest: what the home screen shows."""
    asset, city = frame.assets.address, config.city.name["ja"]
    png = {"type": "image/png"}
    return {
        "id": "/",
        "name": f"とどけ {city}",
        "short_name": "とどけ",
        "description": frame.words.say("ja", "site.description", city=city),
        "lang": "ja",
        "dir": "ltr",
        "start_url": "/inbox.html",
        "scope": "/",
        "display": "standalone",
        "theme_color": "#00316a",
        "background_color": "#fdfaf2",
        "icons": [
            {"src": asset("icon-192.png"), "sizes": "192x192", "purpose": "any", **png},
            {"src": asset("icon-512.png"), "sizes": "512x512", "purpose": "any", **png},
            {
                "src": asset("icon-maskable-512.png"),
                "sizes": "512x512",
                "purpose": "maskable",
                **png,
            },
            {"src": asset("mark.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
        ],
    }


def sitemap(config: Config, files: Mapping[str, bytes]) -> bytes:
    """sitemaps.org 0.9, with the three languages of each page tied together."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<urlset {_SITEMAP}>"]
    for path in sorted(_listed(files)):
        ties = "".join(
            f'<xhtml:link rel="alternate" hreflang="{HREFLANG[each]}"'
            f' href="{escape(config.public_url)}/{folder}{escape(path)}"/>'
            for each, folder in FOLDERS.items()
        )
        lines += [
            f"<url><loc>{escape(config.public_url)}/{folder}{escape(path)}</loc>{ties}</url>"
            for folder in FOLDERS.values()
        ]
    return ("\n".join([*lines, "</urlset>"]) + "\n").encode("utf-8")


def _listed(files: Mapping[str, bytes]) -> list[str]:
    """Japanese pages that search engines may list (their frame says so)."""
    foreign = tuple(folder for folder in FOLDERS.values() if folder)
    pages = [each for each in files if each.endswith(".html") and not each.startswith(foreign)]
    return [each for each in pages if b'name="robots"' not in files[each][:4096]]


def worker(source: bytes, files: Mapping[str, bytes], assets: Assets) -> bytes:
    """sw.js with what to keep and the number of this release: a hash, so that it changes
    exactly when a file does."""
    pages = [f"/{folder}{page}" for folder in FOLDERS.values() for page in KEPT]
    table = assets.table()
    kept = [name for name in table if name.endswith(_KEPT_KINDS) and not name.startswith("desk")]
    addresses = [*pages, "/app.json", *(table[name] for name in kept)]
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.encode() + b"\0" + hashlib.sha256(files[path]).digest())
    text = source.decode("utf-8")
    for line in (_PRECACHE, _RELEASE):
        if text.count(line) != 1:
            raise invalid("sw.js", line, "this line stands there once", "put it back")
    listed = json.dumps(addresses, indent=2)
    text = text.replace(_PRECACHE, f"const PRECACHE = {listed};")
    return text.replace(_RELEASE, f'const RELEASE = "{digest.hexdigest()[:12]}";').encode("utf-8")
