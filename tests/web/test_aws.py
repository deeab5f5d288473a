"""An HTTP API event (payload format 2.0) becomes a WSGI call and its answer an event's answer."""

from __future__ import annotations

import base64
import logging
import re
from pathlib import Path
from typing import Any

import yaml

from todoke import assemble
from todoke.entry import aws, logs
from todoke.web.app import create_app

ROOT = Path(__file__).parents[2]


def event(path: str = "/", **more: Any) -> dict[str, Any]:
    context = {"http": {"method": more.pop("method", "GET"), "path": path}, "stage": "$default"}
    context.update(more.pop("context", {}))
    return {"version": "2.0", "rawPath": path, "requestContext": context, **more}


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("201 Created", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-A", "b")])
    body = environ["wsgi.input"].read()
    return [environ["PATH_INFO"].encode("latin-1"), b"|", body]


def body_of(answer: dict[str, Any]) -> bytes:
    return base64.b64decode(answer["body"])


def test_a_japanese_path_arrives_as_its_utf8_bytes() -> None:
    assert body_of(aws.answer(echo, event("/手当"))) == "/手当|".encode()


def test_a_percent_sign_is_not_decoded_twice() -> None:
    assert body_of(aws.answer(echo, event("/a%25b"))) == b"/a%25b|"


def test_two_cookies_both_arrive() -> None:
    answer = aws.answer(echo, event())
    assert answer["cookies"] == ["a=1", "b=2"]
    assert answer["statusCode"] == 201
    assert answer["headers"] == {"x-a": "b"}


def test_a_base64_body_and_the_stage_prefix_are_undone() -> None:
    raw = base64.b64encode("届".encode()).decode()
    sent = event("/v1/x", method="POST", body=raw, isBase64Encoded=True, context={"stage": "v1"})
    assert body_of(aws.answer(echo, sent)) == "/x|届".encode()


def test_headers_and_cookies_reach_the_environment() -> None:
    made = aws.environ_of(
        event(headers={"Host": "city.example", "X-One": "1"}, cookies=["a=1", "b=2"])
    )
    assert made["HTTP_HOST"] == "city.example"
    assert made["HTTP_X_ONE"] == "1"
    assert made["HTTP_COOKIE"] == "a=1; b=2"
    assert made["wsgi.url_scheme"] == "https"


def test_the_callers_address_is_the_one_the_gateway_saw() -> None:
    made = aws.environ_of(
        event(
            headers={"X-Forwarded-For": "198.51.100.9", "Forwarded": "for=198.51.100.9"},
            context={"http": {"method": "POST", "sourceIp": "192.0.2.1"}},
        )
    )
    assert made["REMOTE_ADDR"] == "192.0.2.1"


def test_a_function_logs_nothing_but_what_is_allowed() -> None:
    formatters = [type(each.formatter) for each in logging.getLogger().handlers]
    logs.configure("INFO")
    assert logs.JsonLines in [type(each.formatter) for each in logging.getLogger().handlers]
    assert logs.JsonLines in formatters, "importing the functions sets it up"


# ------------------------------------------------------------------------------ whole routes
def _fits(route: str, method: str, path: str) -> tuple[bool, int, int] | None:
    """How well a route of an HTTP API fits (API Gateway: the most exact path wins, then a method
    that is named); None for one that does not."""
    if route == "*":
        return (False, 0, 0)
    named, _, wanted = route.partition(" ")
    if named not in ("*", method):
        return None
    greedy = wanted.endswith("/{proxy+}")
    stem = wanted.removesuffix("{proxy+}")
    if greedy and path.startswith(stem) and len(path) > len(stem):
        return (False, len(stem), int(named != "*"))
    return (True, len(wanted), int(named != "*")) if path == wanted else None


def test_every_route_of_the_portal_reaches_a_function_that_answers_it(tmp_path: Path) -> None:
    functions = yaml.safe_load((ROOT / "serverless.yml").read_text("utf-8"))["functions"]
    routes = {
        str(event["httpApi"]): name
        for name, function in functions.items()
        for event in function["events"]
        if "httpApi" in event
    }
    services = assemble.fake(tmp_path)
    wrong = []
    for name, blueprints in aws.WEB_FUNCTIONS.items():
        for rule in create_app(services, only=blueprints).url_map.iter_rules():
            if rule.host != services.config.portal_host:
                continue
            path = re.sub(r"<[^>]+>", "x", rule.rule)
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                fits = {
                    each: well for each in routes if (well := _fits(each, method, path)) is not None
                }
                best = routes[max(fits, key=lambda each: fits[each])]
                if best != name:
                    wrong.append(f"{method} {rule.rule}: {best} instead of {name}")
    assert wrong == []
