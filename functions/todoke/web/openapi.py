"""OpenAPI 3.1 made from the routes themselves: path, method, guard, docstring, shapes.

A view says what it takes and gives with ``@openapi.shapes(request=…, response=…)``.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from flask import Flask
from werkzeug.routing import Rule

from todoke import __version__
from todoke.config import Config
from todoke.core.errors import STATUS
from todoke.web import guard

P = ParamSpec("P")
R = TypeVar("R")
Schema = Mapping[str, Any]

ERROR: Schema = {
    "type": "object",
    "required": ["ok", "error", "message", "advice"],
    "properties": {
        "ok": {"const": False},
        "error": {"type": "string", "enum": sorted(STATUS)},
        "message": {"type": "string", "description": "what happened, for a person"},
        "advice": {"type": "string", "description": "what to do next"},
    },
}


def shapes(
    request: Schema | None = None, response: Schema | None = None, status: int = 200
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """JSON Schemas of the request body and of the answer, for the description only."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        view.shapes = (request, response, status)  # type: ignore[attr-defined]
        return view

    return decorate


def describe(app: Flask, config: Config) -> dict[str, Any]:
    """The document of every route on the portal below /api/ and of /healthz."""
    paths: dict[str, dict[str, Any]] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
        if rule.host == config.portal_host and rule.rule.startswith(("/api/", "/healthz")):
            view = app.view_functions[rule.endpoint]
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                paths.setdefault(_path(rule), {})[method.lower()] = _operation(rule, view)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Todoke — {config.city.name.get('en', config.city.name['ja'])}",
            "version": __version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": config.public_url}],
        "paths": paths,
        "components": {
            "schemas": {"Error": ERROR},
            "securitySchemes": {
                "device": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "management token of a push subscription",
                }
            },
        },
    }


def _path(rule: Rule) -> str:
    """``/a/<path:key>`` -> ``/a/{key}``."""
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)


def _operation(rule: Rule, view: Callable[..., Any]) -> dict[str, Any]:
    request, response, status = getattr(view, "shapes", (None, None, 200))
    words = (inspect.getdoc(view) or rule.endpoint).split("\n")[0]
    operation: dict[str, Any] = {
        "operationId": rule.endpoint.replace(".", "_"),
        "summary": words,
        "responses": {
            str(status): _content("Done", response or {"type": "object"}),
            "default": _content("The one error shape", {"$ref": "#/components/schemas/Error"}),
        },
    }
    if request is not None:
        operation["requestBody"] = {"required": True, **_content("", request, body=True)}
    if guard.guard_of(view) == "device":
        operation["security"] = [{"device": []}]
    return operation


def _content(words: str, schema: Schema, body: bool = False) -> dict[str, Any]:
    content: dict[str, Any] = {"content": {"application/json": {"schema": schema}}}
    return content if body else {"description": words, **content}
