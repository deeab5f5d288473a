"""One Flask factory: all blueprints in one process, or only the named ones in a function.

One process answers three hosts by name (portal, console, files): browsers share cookies
across ports, so a port would separate nothing. Any other host is 421.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from types import ModuleType
from typing import Any

from flask import Flask, Response, request
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.exceptions import MethodNotAllowed

from todoke.core.errors import TodokeError
from todoke.ports import Services
from todoke.web import errors, guard

#: every blueprint: the module's NAME, HOST and blueprint(services)
BLUEPRINTS = (
    "health",
    "subscriptions",
    "identity",
    "inbox",
    "applications",
    "my_data",
    "payments",
    "console",
    "console_assets",
    "portal",
)
HEADERS = {
    # not no-referrer: that would turn the Origin of a form POST into "null" (Fetch, append
    # an Origin header), and the guard needs it
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # our own pages may ask where somebody is (places: the nearest first, on the device alone)
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(self), payment=()",
}


#: whoever is refused because of the crowd comes back after this
OVERLOADED_SECONDS = 5


def security_policy(services: Services, host: str) -> str:
    """Nothing but our own files; scripts are never inline and DOM sinks take no strings. The
    portal may also ask the card bridge on the citizen's own PC, and lead a form on to the
    payment provider (Chromium applies form-action to where a 303 leads, too)."""
    config = services.config
    portal = host == config.portal_host
    ask = f" {config.card.bridge}" if portal else ""
    lead = "".join(f" {each}" for each in config.checkout_origins) if portal else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            f"connect-src 'self'{ask}",
            "manifest-src 'self'",
            "worker-src 'self'",
            f"form-action 'self'{lead}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types todoke",
        )
    )


def create_app(services: Services, only: Iterable[str] | None = None) -> Flask:
    """The WSGI application. ``only`` names blueprints; None is all of them.

    Raises RuntimeError if any route lacks a guard."""
    app = Flask("todoke", static_folder=None, template_folder=None, host_matching=True)
    app.extensions["todoke"] = services
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Japanese stays readable
    for name in tuple(only) if only is not None else BLUEPRINTS:
        module = import_module(f"todoke.web.{name}")
        _register(app, module, services)
    _refuse_unguarded(app)
    errors.install(app, services)
    _install_gate(app, services)
    app.after_request(_add_headers(services))
    return app


def _register(app: Flask, module: ModuleType, services: Services) -> None:
    """Portal and console both have a "/", so every rule of a blueprint carries its host."""
    blueprint = module.blueprint(services)
    host = getattr(services.config, f"{module.HOST}_host")

    class OnHost(BlueprintSetupState):
        def add_url_rule(
            self, rule: str, endpoint: str | None = None, view_func: Any = None, **options: Any
        ) -> None:
            super().add_url_rule(rule, endpoint, view_func, host=host, **options)

    blueprint.make_setup_state = lambda app, options, first_registration=False: OnHost(
        blueprint, app, options, first_registration
    )
    app.register_blueprint(blueprint)


def _refuse_unguarded(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if guard.guard_of(app.view_functions[rule.endpoint]) is None:
            raise RuntimeError(f"route {rule.rule} has no guard (web/guard.py)")


def _install_gate(app: Flask, services: Services) -> None:
    hosts = (services.config.portal_host, services.config.console_host)

    @app.before_request
    def enter() -> None:
        rule = request.url_rule
        needs = None if rule is None else guard.guard_of(app.view_functions[rule.endpoint])
        if request.environ.get("todoke.overdue") and not _must_be_heard(needs):
            raise TodokeError("overloaded", retry_after=OVERLOADED_SECONDS)
        if request.host.lower() not in hosts:
            raise TodokeError("wrong_host", url=services.config.public_url)
        _hide_console(services)
        if rule is not None:
            guard.check(services, needs or "")


def _must_be_heard(needs: str | None) -> bool:
    """Though a crowd waits (entry/server.py): who watches the city must not take a busy one for a
    dead one, and what a payment company tells us comes again only much later."""
    return needs == "signed" or request.path == "/healthz"


def _hide_console(services: Services) -> None:
    """A 405 would tell a stranger which paths the desk has; its views judge methods themselves,
    after the session."""
    on_console = request.host.lower() == services.config.console_host
    if on_console and isinstance(request.routing_exception, MethodNotAllowed):
        raise TodokeError("not_found")


def _add_headers(services: Services) -> Any:
    config = services.config
    policies = {
        host: security_policy(services, host) for host in (config.portal_host, config.console_host)
    }

    def add(response: Response) -> Response:
        policy = policies.get(request.host.lower(), policies[config.console_host])
        response.headers.setdefault("Content-Security-Policy", policy)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if services.config.secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return add
