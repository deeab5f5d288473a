"""What a page says to programs that read the web: schema.org as JSON-LD 1.1.

https://schema.org/GovernmentService. Only what is known is said. The block is data, not a script:
a browser runs no type it does not know, and script-src does not apply to it (HTML, "prepare the
script element": the type is looked at before the policy)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from todoke.core.catalogue import Event, Procedure, Source, Topic
from todoke.press.frame import FOLDERS, HREFLANG, Frame

_CONTEXT = "https://schema.org"
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
#: letters that could end the element, begin another, or a line of JavaScript
_ESCAPED = {letter: f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}
#: who receives it, where it is not the city: the page names the counter, but we know no more
_ELSEWHERE = ("employer", "prefecture", "school")


def script(value: Mapping[str, Any]) -> Markup:
    """The whole element. No letter that could end it or begin another stays as it is."""
    text = _ENCODER.encode(value)
    for letter, escaped in _ESCAPED.items():  # five passes that find nothing beat one translate()
        text = text.replace(letter, escaped)
    return Markup(f'<script type="application/ld+json">{text}</script>')  # noqa: S704 - see above


def home(frame: Frame, language: str) -> Mapping[str, Any]:
    """The site as a whole, and where to search it."""
    city = frame.config.city
    address = frame.absolute(FOLDERS[language])
    find = frame.absolute(f"{FOLDERS[language]}search.html#q=") + "{words}"
    return {
        "@context": _CONTEXT,
        "@type": "WebSite",
        "@id": f"{address}#site",
        "name": f"{frame.words.say(language, 'site.brand')} {frame.pick(language, city.name)}",
        "url": address,
        "description": frame.words.say(
            language, "site.description", city=frame.pick(language, city.name)
        ),
        "inLanguage": HREFLANG[language],
        "publisher": _provider(frame, language),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": find},
            "query-input": "required name=words",
        },
    }


def procedure(
    frame: Frame,
    item: Procedure,
    topic: Topic,
    events: Sequence[Event],
    sources: Sequence[Source],
    language: str,
) -> Mapping[str, Any]:
    """The page, what it is about, and the way to it. events: that name it.

    What was checked when, in which language and by which law belongs to the page: these are
    properties of a CreativeWork and not of a Service."""
    steps = [(frame.words.say(language, "site.list.head"), "procedures/index.html")]
    if events:
        steps = [(frame.pick(language, events[0].name), f"events/{events[0].id}.html")]
    name, path = frame.pick(language, item.name), f"procedures/{item.id}.html"
    made = {
        "@context": _CONTEXT,
        "@type": "WebPage",
        "name": name,
        "url": _page(frame, language, path),
        "inLanguage": HREFLANG[language],
        # a month (ISO 8601): the day is not known, so none is claimed
        "dateModified": item.as_of,
        "lastReviewed": item.as_of,
        "isBasedOn": [{"@type": "Legislation", "name": each} for each in item.legal_basis],
        "citation": [
            {"@type": "WebPage", "name": frame.pick(language, each.title), "url": each.url}
            for each in sources
            if each.url
        ],
        "breadcrumb": _crumbs(frame, language, [*steps, (name, path)]),
        "mainEntity": _service(frame, item, topic, language),
    }
    return _said(made)


def event(frame: Frame, item: Event, language: str) -> Mapping[str, Any]:
    """The way to the page of a life event."""
    steps = [(frame.pick(language, item.name), f"events/{item.id}.html")]
    return {"@context": _CONTEXT, **_crumbs(frame, language, steps)}


def _service(frame: Frame, item: Procedure, topic: Topic, language: str) -> Mapping[str, Any]:
    """GovernmentService. Words stand in the language of the page where there are any."""
    address = _page(frame, language, f"procedures/{item.id}.html")
    names = list(dict.fromkeys(item.name.values()))
    name = frame.pick(language, item.name)
    region = item.region or frame.config.city.name
    made = {
        "@type": "GovernmentService",
        "@id": f"{address}#service",
        "identifier": item.id,
        "name": name,
        "alternateName": [each for each in names if each != name],
        "description": frame.pick(language, item.who),
        "serviceType": frame.pick(language, topic.name),
        "provider": _provider(frame, language),
        "areaServed": {"@type": "AdministrativeArea", "name": frame.pick(language, region)},
        "audience": {"@type": "Audience", "audienceType": frame.pick(language, item.who)},
        "serviceOutput": _output(frame, item, language),
        "availableChannel": _channels(frame, item, language),
        "url": address,
    }
    return _said(made)


def _output(frame: Frame, item: Procedure, language: str) -> Mapping[str, Any]:
    """What comes of it. An amount is only named where the page does not warn of it."""
    kind = frame.words.say(language, f"site.result.{item.result.kind}")
    amounts = [frame.pick(language, each) for each in item.result.amounts if item.certain]
    return _said({"@type": "Thing", "name": kind, "description": " / ".join(amounts)})


def _channels(frame: Frame, item: Procedure, language: str) -> Sequence[Mapping[str, Any]]:
    """The counter with its telephone and hours, and the form on this site."""
    counter = _counter(frame, language, elsewhere=item.counter in _ELSEWHERE)
    found: list[Mapping[str, Any]] = [counter]
    if item.form is not None:
        form = _page(frame, language, f"apply/{item.id}.html")
        found.append({"@type": "ServiceChannel", "serviceUrl": form})
    return found


@lru_cache(maxsize=32)  # the same on every page of a language
def _counter(frame: Frame, language: str, *, elsewhere: bool) -> Mapping[str, Any]:
    """The city's counter; where others receive it, the telephone that tells who."""
    city = frame.config.city
    phone = _said(
        {
            "@type": "ContactPoint",
            "telephone": city.phone,
            "url": city.contact_url,
            "email": city.email,
            "description": frame.pick(language, city.hours) if city.phone else "",
        }
    )
    place = {
        "@type": "GovernmentOffice",
        "name": " ".join(
            frame.pick(language, each) for each in (city.name, city.office) if any(each.values())
        ),
        "address": frame.pick(language, city.address),
        "telephone": city.phone,
    }
    where = {} if elsewhere else {"serviceLocation": _said(place)}
    return {"@type": "ServiceChannel", "servicePhone": phone, **where}


@lru_cache(maxsize=16)
def _provider(frame: Frame, language: str) -> Mapping[str, Any]:
    city = frame.config.city
    return _said(
        {
            "@type": "GovernmentOrganization",
            "@id": f"{frame.absolute('')}#city",
            "name": frame.pick(language, city.name),
            "url": city.contact_url,
            "telephone": city.phone,
            "email": city.email,
        }
    )


def _crumbs(frame: Frame, language: str, steps: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
    """BreadcrumbList. steps: name and path below the language's folder, the first door left out."""
    whole = [(frame.words.say(language, "site.brand"), ""), *steps]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": number,
                "name": name,
                "item": _page(frame, language, path),
            }
            for number, (name, path) in enumerate(whole, 1)
        ],
    }


def _page(frame: Frame, language: str, path: str) -> str:
    return frame.absolute(FOLDERS[language] + path)


def _said(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without what is not known."""
    return {name: value for name, value in fields.items() if value not in ("", [], {}, None)}
