"""Files of a release that are no pages: open data, what the phone needs, what machines read."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from cryptography.hazmat.primitives import serialization

from todoke.config import Config
from todoke.core import benefits, cohort, deadline_rules, deadlines
from todoke.core.catalogue import Catalogue
from todoke.core.site_yaml import invalid
from todoke.ports import Secrets
from todoke.press import modules, reference_pages, schemas, timeline_file
from todoke.press.assets import Assets, number_of, to_json
from todoke.press.catalogue_json import filled, open_data
from todoke.press.frame import FOLDERS, HREFLANG, Frame
from todoke.press.xml_text import escaped

_SITEMAP = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
)
#: pages a phone keeps from the first visit on
KEPT = (
    "index.html",
    "search.html",
    "check.html",
    "timeline.html",
    "topics.html",
    "inbox.html",
    "offline.html",
)
#: assets it keeps with them; the worker shows the small icon in notifications
_KEPT_KINDS = (".js", ".css", ".json", ".svg", "icon-192.png")
#: bytes before the picture in an ICO file: the header and one entry
_ICO_HEADERS = 6 + 16
#: in this order
WORKER_PARTS = ("sw.js", "sw_reminders.js", "sw_dates.js")
_PRECACHE = "const PRECACHE = /*PRECACHE*/ [];"
_RELEASE = 'const RELEASE = /*RELEASE*/ "dev";'


def files(
    config: Config, catalogue: Catalogue, secrets: Secrets, today: date, frame: Frame
) -> Mapping[str, bytes]:
    """catalogue.json, benefits.json, facts.json and deadlines.json with their schemas, app.json,
    manifest.webmanifest, robots.txt, favicon.ico and assets.json."""
    described = {
        "catalogue": open_data(config, catalogue),
        "benefits": benefits.as_json(catalogue.benefits),
        "facts": facts(catalogue, frame),
        "deadlines": deadline_rules.as_json(deadlines.book(catalogue)),
        "timeline": timeline_file.timeline(catalogue, frame),
    }
    return {
        **{f"{name}.json": _described(config, name, data) for name, data in described.items()},
        **{key: to_json(shape) for key, shape in schemas.all_schemas(config.public_url).items()},
        "app.json": to_json(app(config, catalogue, secrets, today)),
        "manifest.webmanifest": to_json(manifest(config, frame)),
        "robots.txt": robots(config),
        "favicon.ico": favicon(frame.assets),
        "assets.json": to_json(frame.assets.table()),
    }


def _described(config: Config, name: str, data: Mapping[str, Any]) -> bytes:
    """Open data that names its schema, so that an editor or a program finds it."""
    return to_json({"$schema": f"{config.public_url}/{schemas.key_of(name)}", **data})


def robots(config: Config) -> bytes:
    """robots.txt (RFC 9309): everything public may be read."""
    return f"User-agent: *\nAllow: /\nSitemap: {config.public_url}/sitemap.xml\n".encode()


def favicon(assets: Assets) -> bytes:
    """The small icon where a browser asks for it unasked: beside what is no page and therefore
    cannot name one (a feed, robots.txt, a calendar). An ICO file of one picture, kept as PNG."""
    picture = assets.files[assets.address("icon-192.png").removeprefix("/")]
    header = struct.pack("<HHH", 0, 1, 1)  # reserved, an icon, one picture
    entry = struct.pack("<BBBBHHII", 192, 192, 0, 0, 1, 32, len(picture), _ICO_HEADERS)
    return header + entry + picture


def facts(catalogue: Catalogue, frame: Frame) -> Mapping[str, Any]:
    """What the rules of catalogue.json may ask, for ``js/facts.js``; やさしい日本語 with readings
    as ``js/words.js`` reads them."""

    def words(text: Mapping[str, str]) -> Mapping[str, str]:
        return {**text, "easy": frame.readings.marked(text["easy"])}

    shapes = []
    for fact in catalogue.facts.values():
        shape = filled(fact)
        shape["question"] = words(fact.question)
        if fact.choices:
            shape["choices"] = [
                {"value": each.value, "label": words(each.label)} for each in fact.choices
            ]
        shapes.append({name: each for name, each in shape.items() if each is not False})
    return {"version": 1, "facts": shapes}


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


def sitemap(config: Config, listed: Sequence[str], catalogue: Catalogue) -> bytes:
    """sitemaps.org 0.9, with the three languages of each page tied together. A procedure says the
    month of its facts (a W3C date may be a month); of other pages no date is known. listed: pages
    of any language that may be listed (``is_listed``). The pages of the reference languages are
    tied to those of the same address."""
    small, shared = reference_pages.paths(catalogue), {*listed}
    months = {f"procedures/{each.id}.html": each.as_of for each in catalogue.procedures.values()}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<urlset {_SITEMAP}>"]
    for path in sorted(_japanese(listed)):
        if path in small:
            if path.partition("/")[2] in shared:
                continue  # with the page of the same address
            tongues = {path: small[path]}
        else:
            tongues = {f"{folder}{path}": HREFLANG[each] for each, folder in FOLDERS.items()}
            own = (f"{each}/{path}" for each in catalogue.references)
            tongues |= {key: small[key] for key in own if key in small}
        ties = "".join(
            f'<xhtml:link rel="alternate" hreflang="{lang}"'
            f' href="{escaped(config.public_url)}/{escaped(key)}"/>'
            for key, lang in tongues.items()
        )
        seen = f"<lastmod>{months[path]}</lastmod>" if path in months else ""
        lines += [
            f"<url><loc>{escaped(config.public_url)}/{escaped(key)}</loc>{seen}{ties}</url>"
            for key in tongues
        ]
    return ("\n".join([*lines, "</urlset>"]) + "\n").encode("utf-8")


def _japanese(pages: Sequence[str]) -> list[str]:
    foreign = tuple(folder for folder in FOLDERS.values() if folder)
    return [each for each in pages if not each.startswith(foreign)]


def is_listed(page: bytes) -> bool:
    """Whether search engines may list a page (its frame says so)."""
    return b'name="robots"' not in page[:4096]


def worker_source(site: Mapping[str, bytes]) -> bytes:
    """sw.js and its parts as one classic script: a worker has one address, and none of its own
    parts may fail to come."""
    return b"\n".join(site[part] for part in WORKER_PARTS)


def worker(source: bytes, digests: Mapping[str, bytes], assets: Assets) -> bytes:
    """sw.js with what to keep and the number of this release: a hash, so that it changes
    exactly when a file does. digests: SHA-256 of every other file."""
    pages = [f"/{folder}{page}" for folder in FOLDERS.values() for page in KEPT]
    table = assets.table()
    left = ("desk", "search/")  # of a large catalogue only what was asked for is kept
    kept = [name for name in table if name.endswith(_KEPT_KINDS) and not name.startswith(left)]
    # joined modules share an address
    addresses = [
        *pages,
        "/app.json",
        "/manifest.webmanifest",
        *dict.fromkeys(table[name] for name in kept),
    ]
    text = source.decode("utf-8")
    for line in (_PRECACHE, _RELEASE):
        if text.count(line) != 1:
            raise invalid("sw.js", line, "this line stands there once", "put it back")
    text = text.replace(_PRECACHE, f"const PRECACHE = {json.dumps(addresses)};")
    text = text.replace(_RELEASE, f'const RELEASE = "{number_of(digests)}";')
    return modules.minified(text.encode("utf-8")).encode("utf-8")
